"""`castmate air --to rtmp://...`: a real RTMP server gets the show; one that refuses does not stop it."""

import contextlib
import json
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from seeing import (
    FPS,
    HEIGHT,
    WIDTH,
    beside_the_picture,
    keyframes,
    label_of,
    look,
    picture,
    probe,
    read,
    reader_missing,
    same,
    sound,
)
from servers import free_port, nginx_rtmp, nginx_rtmp_missing, wait_for
from shows import SHOW, Castmate, Process, entries, of_kind, shop

from bot.stage.aigc import read_aigc
from bot.stage.blend import box

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.live,
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(nginx_rtmp_missing()), reason=nginx_rtmp_missing() or "-"),
    pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is missing: apt-get install ffmpeg"),
    pytest.mark.skipif(bool(reader_missing()), reason=reader_missing() or "-"),
]
KEY = "live_S3CRET-key_4711"
MINUTES = 0.6


def in_a_file(folder: Path, number: int, address: str) -> str:
    """The address as @FILE, so that no process list shows its key."""
    folder.joinpath(f"to-{number}.txt").write_text(address)
    return f"@{folder}/to-{number}.txt"


def process_lists_with(key: str) -> list[str]:
    """Processes of this machine whose arguments or environment hold `key`."""
    found = []
    for process in Path("/proc").iterdir():
        for name in ("cmdline", "environ"):
            with contextlib.suppress(OSError):
                if process.name.isdecimal() and key.encode() in (process / name).read_bytes():
                    found.append(f"{process.name} {name}")
    return found


class Aired:
    """One show that went to a server that takes it and, at the same time, to three that are not there."""

    def __init__(self, castmate: Castmate, process: Process, flv: Path, pulled: Path) -> None:
        self.castmate, self.output, self.code = castmate, process.output, process.child.returncode
        (self.folder,) = castmate.shows()
        self.ledger, self.flv, self.pulled = entries(self.folder), flv, pulled


@pytest.fixture(scope="module")
def aired(home: Castmate, tmp_path_factory: pytest.TempPathFactory) -> Aired:
    folder = tmp_path_factory.mktemp("air")
    castmate = Castmate(folder / "data", home.cache)
    with nginx_rtmp(folder) as server:
        nobody = f"127.0.0.1:{free_port()}"
        where = (
            f"{server.url}/{KEY}",
            f"rtmp://{nobody}/live/{KEY}",
            f"srt://{nobody}?streamid={KEY}",
            f"whip+http://{nobody}/whip#{KEY}",
        )
        to = [option for i, url in enumerate(where) for option in ("--to", in_a_file(folder, i, url))]
        with castmate.running("air", SHOW, "--minutes", MINUTES, "--seed", "7", *to) as process:
            wait_for(server.recordings, 120)
            assert not process_lists_with(KEY)
            pull = ["ffmpeg", "-v", "error", "-i", f"{server.url}/{KEY}", "-t", "2", "-c", "copy"]
            subprocess.run([*pull, str(folder / "pulled.flv")], check=True, timeout=60)
            process.child.wait(MINUTES * 60 + 180)
        (flv,) = wait_for(server.recordings)
    return Aired(castmate, process, flv, folder / "pulled.flv")


def test_the_show_ends_in_order_though_one_server_refuses(aired: Aired) -> None:
    assert aired.code == 0, aired.output
    assert "Traceback" not in aired.output
    assert of_kind(aired.ledger, "show.ended")[0]["air"] == "ended"
    assert of_kind(aired.ledger, "line.aired")[-1]["kind"] == "goodbye"


def test_the_server_got_what_platforms_want(aired: Aired) -> None:
    told = probe(aired.flv)
    streams = {s["codec_type"]: s for s in told["streams"]}
    video, audio = streams["video"], streams["audio"]
    assert (video["codec_name"], video["width"], video["height"]) == ("h264", WIDTH, HEIGHT)
    assert video["r_frame_rate"] == f"{FPS}/1"
    assert (video["color_space"], video["color_range"]) == ("bt709", "tv")
    assert (audio["codec_name"], audio["sample_rate"], audio["channels"]) == ("aac", "48000", 2)
    keys = keyframes(aired.flv)
    assert keys[0] == pytest.approx(0, abs=0.05)
    assert max(b - a for a, b in pairwise(keys)) <= 2.001


def test_who_pulls_from_the_server_gets_the_aigc_record(aired: Aired) -> None:
    """The server hands our metadata on to players; its own files keep none."""
    record = read_aigc(aired.pulled)
    assert record is not None
    assert record["Label"] == "1"


def test_no_frame_is_missing_and_each_bears_the_label(aired: Aired) -> None:
    seen = look(aired.flv, "en")
    assert len(seen.times) > MINUTES * 60 * FPS - 5 * FPS
    assert np.diff(seen.times).max() <= 0.2 + 1e-3  # a repeated frame at most, never a gap of more
    assert all(s.label for s in seen.label)
    assert not any(s.black for s in seen.label)


def test_the_sound_came_along(aired: Aired) -> None:
    samples, start = sound(aired.flv)
    seen = look(aired.flv, "en")
    assert abs(start - seen.times[0]) < 0.05
    assert abs(samples.shape[1] / 48_000 - (seen.times[-1] - seen.times[0])) < 0.3
    blocks = samples[:, : samples.shape[1] // 1920 * 1920].reshape(2, -1, 1920)
    level = 20 * np.log10(np.sqrt((blocks**2).mean(axis=2)).max(axis=0) + 1e-12)
    assert level.min() > -72
    assert (level > -35).mean() > 0.5


def test_a_reader_reads_label_and_card_in_frames_from_the_server(aired: Aired, tmp_path: Path) -> None:
    words, overlay, plan = label_of("en")
    times = look(aired.flv, "en").times
    first = times[0]
    for at in np.linspace(first + 2, times[-1] - 2, 4):
        label = read(picture(aired.flv, float(at)), box(overlay), "en", tmp_path, dark=True)
        assert re.sub(r"\W", "", label) == re.sub(r"\W", "", same(words)), at
    pitch = next(x for x in of_kind(aired.ledger, "line.aired") if x["kind"] == "pitch")
    row = shop("en")["harbor-sneakers"]
    assert row["Title"] in pitch["text"]
    frame = picture(aired.flv, float(times[-1]) - 6)
    card = read(frame, beside_the_picture(plan), "en", tmp_path)
    assert same(row["Title"]) in card
    assert f"${row['Variant Price']}" in card


def test_the_ledger_names_each_channel_and_what_is_wrong_with_it(aired: Aired) -> None:
    opened = of_kind(aired.ledger, "channel.open")
    assert {x["channel"] for x in opened} == {"rtmp-1", "rtmp-2", "rtmp-3", "rtmp-4"}
    closed = {x["channel"]: x for x in of_kind(aired.ledger, "channel.closed")}
    assert closed["rtmp-1"]["sent"] > MINUTES * 60 * FPS
    assert closed["rtmp-1"]["reconnects"] == 0
    assert closed["rtmp-1"]["dropped"] <= 2 * (FPS + 47)  # what is made until it answers, and a keyframe
    assert [x["channel"] for x in of_kind(aired.ledger, "channel.live")] == ["rtmp-1"]
    trouble = of_kind(aired.ledger, "channel.trouble")
    why = {x["channel"]: x["why"] for x in trouble}
    assert set(why) == {"rtmp-2", "rtmp-3", "rtmp-4"}
    assert "refuses" in why["rtmp-2"] and "refuses" in why["rtmp-4"]
    assert "does not answer" in why["rtmp-3"]
    alarmed = {x["channel"] for x in of_kind(aired.ledger, "channel.alarm")}
    assert "rtmp-2" in alarmed and "rtmp-1" not in alarmed
    assert "refuses" in closed["rtmp-2"]["error"]
    assert closed["rtmp-1"]["error"] == ""


def test_the_key_is_nowhere(aired: Aired) -> None:
    assert KEY not in aired.output
    for path in aired.folder.rglob("*"):
        if path.is_file() and path.suffix != ".mp4":
            assert KEY.encode() not in path.read_bytes(), path
    told = json.dumps(probe(aired.flv)["format"].get("tags", {}))
    assert KEY not in told


def test_its_log_is_whole(aired: Aired) -> None:
    done = aired.castmate("ledger", "verify", aired.folder)
    assert done.returncode == 0, done.stdout
