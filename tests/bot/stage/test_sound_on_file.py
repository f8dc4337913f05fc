"""The sound of a show with its music on, as another program measures it in the file."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest

from bot.stage.encoder import Encoder, EncoderSettings
from bot.stage.microphone import Microphone
from bot.stage.mixer import Mixer
from bot.stage.picture import WorkFrame
from bot.stage.recording import FileRecorder
from bot.stage.sounds import CHIME, HOUSE, jingle, music_bed
from bot.stage.strand import BLOCK, RATE
from persona.voice.finish import finish

SECONDS = 30


def clips() -> list[np.ndarray]:
    """Clips as a voice gives them, brought to air loudness as every clip is."""
    out = []
    for seed, seconds in enumerate((2.5, 4.0, 1.2, 5.0)):
        rng = np.random.default_rng(seed)
        n = int(seconds * RATE)
        t = np.arange(n) / RATE
        pitch = np.cumsum(130 + 25 * np.sin(2 * np.pi * 0.7 * t + seed)) / RATE
        x = sum(np.sin(2 * np.pi * k * pitch) / k**1.1 for k in range(1, 30))
        x = x * np.clip(np.sin(2 * np.pi * 3.1 * t) * 1.6, 0.02, 1) + 0.01 * rng.standard_normal(n)
        out.append(finish((0.2 * x).astype(np.float32), RATE)[0])
    return out


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is missing: apt-get install ffmpeg")
def test_ffmpeg_measures_minus_16_lufs_and_no_true_peak_too_high_with_music_jingles_and_a_co_host(
    tmp_path: Path,
) -> None:
    encoder = Encoder(96, 160, 25, EncoderSettings("ultrafast", 300, 128))
    path = tmp_path / "show.mp4"
    recorder = FileRecorder(path, encoder, {})
    mic = Microphone()
    mixer = Mixer(1, bed=music_bed(HOUSE, -18), microphone=mic)
    work, voice = WorkFrame(96, 160), []
    for k, clip in enumerate(clips() * 3):
        voice += [clip[i : i + BLOCK] for i in range(0, len(clip), BLOCK)] + [None] * (6 + 10 * (k % 3))
    other = clips()[1] * 0.4
    mixed = []
    for n in range(SECONDS * 25):
        if n % 300 == 200:
            mixer.play(jingle(CHIME))
        if 300 <= n < 400:
            mic.put(other[(n - 300) * BLOCK % len(other) :][:BLOCK])
        mixed.append(mixer.block(voice[n] if n < len(voice) else None))
        recorder.write(encoder.encode(n, work.frame, mixed[-1]))
    recorder.write(encoder.close())
    recorder.close()
    told = subprocess.run(
        ["ffmpeg", "-nostats", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stderr
    summary = told[told.rindex("Summary:") :]
    loudness = float(re.search(r"I:\s+(-[\d.]+) LUFS", summary)[1])
    peak = float(re.search(r"Peak:\s+(-?[\d.]+) dBFS", summary)[1])
    ours = pyloudnorm.Meter(RATE).integrated_loudness(np.concatenate(mixed, axis=1).T.astype(np.float64))
    assert loudness == pytest.approx(-16, abs=1.0)
    assert loudness == pytest.approx(ours, abs=0.2)
    assert peak <= -1.5
