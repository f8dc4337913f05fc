"""What a platform plays back is looked at: from a real nginx-rtmp, pushed by our own muxer's packets."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from servers import free_port, nginx_rtmp, nginx_rtmp_missing, wait_for

from bot.compliance.label import LabelSpec, draw_label, label_text
from bot.stage.blend import Planes, blend, box
from bot.stage.encoder import Encoder, EncoderSettings
from bot.stage.layout import layout
from bot.stage.picture import WorkFrame
from bot.stage.playback import Playback
from bot.stage.recording import FileRecorder
from bot.stage.watch import LabelWatch
from connectors.base import Secret

W, H = 360, 640
LABEL = draw_label(LabelSpec(label_text(["en"], [])), layout(W, H)).overlay


def film(path: Path, *, labelled: bool) -> Path:
    encoder = Encoder(W, H, 25, EncoderSettings("ultrafast", 800, keyframe_s=0.4))
    recorder, work = FileRecorder(path, encoder, {}), WorkFrame(W, H)
    scene = np.kron(
        np.random.default_rng(3).integers(60, 200, (10, 6), np.uint8), np.ones((64, 60), np.uint8)
    )
    for n in range(400):
        work.y[:], work.u[:], work.v[:] = np.roll(scene, n, 1), 128, 128
        if labelled:
            blend(Planes(work.y, work.u, work.v), LABEL, box(LABEL))
        recorder.write(encoder.encode(n, work.frame, np.zeros((2, 1920), np.float32)))
    recorder.write(encoder.close())
    recorder.close()
    return path


@pytest.mark.e2e
@pytest.mark.timeout(120)
@pytest.mark.skipif(bool(nginx_rtmp_missing()), reason=nginx_rtmp_missing() or "-")
@pytest.mark.parametrize("labelled", [True, False])
def test_what_a_server_plays_back_is_looked_at(tmp_path: Path, labelled: bool) -> None:
    source = film(tmp_path / "film.flv", labelled=labelled)
    with nginx_rtmp(tmp_path) as server:
        url = f"{server.url}/stream"
        push = ["ffmpeg", "-v", "error", "-re", "-i", str(source), "-c", "copy", "-f", "flv", url]
        with subprocess.Popen(push) as pushing:
            wait_for(lambda: "<name>stream</name>" in server.stat())
            playback = Playback("rtmp-1", Secret(url), LabelWatch(LABEL), (H, W))
            wait_for(lambda: playback.pictures >= 12 and (labelled or "label" in playback.bad()), 40)
            bad = playback.bad()
            spells = playback.close()
            pushing.terminate()
    assert set(bad) == (set() if labelled else {"label"})
    assert {s.check for s in spells if s.ok} == (
        {"arrives", "black", "label"} if labelled else {"arrives", "black"}
    )


def test_an_address_that_does_not_answer_is_said_and_closing_does_not_wait() -> None:
    now = [0.0]
    url = Secret(f"rtmp://127.0.0.1:{free_port()}/live/S3CRET")
    playback = Playback("rtmp-1", url, LabelWatch(LABEL), (H, W), clock=lambda: now[0])
    wait_for(lambda: playback.error)
    now[0] = 30.0
    wait_for(lambda: "arrives" in playback.bad())
    assert "S3CRET" not in playback.error
    (spell,) = playback.close()
    assert not spell.ok and spell.check == "arrives"
