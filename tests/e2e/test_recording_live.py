"""A live show's recording: its disk fills up and is freed again, then the show is killed outright."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from seeing import look, probe
from servers import wait_for
from shows import SHOW, Castmate, entries, of_kind

from bot.compliance.credentials import read_credentials
from bot.recorded import inventory
from bot.stage.aigc import count_aigc

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.live,
    pytest.mark.timeout(400),
    pytest.mark.skipif(os.getuid() != 0, reason="only root may make a small disk (mount -t tmpfs)"),
]
DISK_MB = 400
HOLD_WITHIN_S = 5.0


@dataclass
class Filled:
    castmate: Castmate
    folder: Path
    held_after_s: float
    on_after_s: float
    output: str


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("disk")
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(place)], capture_output=True
    )
    if made.returncode:
        pytest.skip(f"no small disk can be made here: {made.stderr.decode().strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture(scope="module")
def filled(home: Castmate, disk: Path) -> Filled:
    castmate = Castmate(disk / "data", home.cache)
    with castmate.running("air", SHOW, "--minutes", "3", "--seed", "7") as process:
        wait_for(lambda: [s for s in castmate.shows() if list(s.glob("recording/segment-*.mp4"))], 120)
        (folder,) = castmate.shows()
        live = lambda: any(x["air"] == "live" for x in of_kind(entries(folder), "session"))  # noqa: E731
        wait_for(live, 120)
        time.sleep(4)
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        with (disk / "ballast").open("wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, free - (2 << 20))
        began = time.monotonic()
        process.says("The show holds.", 20)
        held = time.monotonic() - began
        time.sleep(3)
        (disk / "ballast").unlink()
        began = time.monotonic()
        process.says("The show goes on.", 20)
        goes_on = time.monotonic() - began
        time.sleep(6)
        os.killpg(process.child.pid, signal.SIGKILL)
        process.child.wait()
        output = process.output
    print(f"hold after {held:.2f} s, on again after {goes_on:.2f} s")
    return Filled(castmate, folder, held, goes_on, output)


def test_a_full_disk_is_covered_by_the_slate_within_five_seconds(filled: Filled) -> None:
    assert filled.held_after_s <= HOLD_WITHIN_S
    assert "What cannot be recorded must not air" in filled.output
    assert "Free space" in filled.output or "left" in filled.output


def test_it_goes_on_by_itself_and_the_gap_is_known(filled: Filled) -> None:
    found = inventory(filled.folder)
    assert len(found.kept) == 1 and len(found.loose) == 1, (
        "closed in order; and what was open when it was killed"
    )
    assert not found.kept[0].torn
    assert found.kept[0].to_s > 3


def test_what_was_recorded_plays_and_carries_label_and_marks(filled: Filled) -> None:
    found = inventory(filled.folder)
    for path in (found.kept[0].path, found.loose[0]):
        assert {s["codec_name"] for s in probe(path)["streams"]} == {"h264", "aac"}
        assert json.loads(probe(path)["format"]["tags"]["AIGC"])["Label"] == "1"
        assert count_aigc(path) == 1
        seen = look(path, "en")
        assert len(seen.label) > 5 and all(s.label for s in seen.label)
    unsigned = {x["file"] for x in of_kind(entries(filled.folder), "file.unsigned")}
    marks = read_credentials(found.kept[0].path)
    if found.kept[0].path.name in unsigned:  # two megabytes are no room for signing: it is said, and hashed
        assert marks is None
    else:
        assert marks is not None and marks.sound
    assert read_credentials(found.loose[0]) is None, "a killed show signs nothing more"
    assert float(look(found.loose[0], "en").times[-1]) > 4, "at most the last second is lost"


def test_verify_names_the_open_end_and_export_hands_out_the_rest(filled: Filled, tmp_path: Path) -> None:
    done = filled.castmate("recording", "verify", filled.folder)
    assert done.returncode == 1 and "segment-00001.mp4: not in the ledger" in done.stdout, done.stdout
    assert "segment-00000.mp4:" not in done.stdout
    out = tmp_path / "part.mp4"
    done = filled.castmate("recording", "export", filled.folder, "--from", "0:01", "--out", out)
    assert done.returncode == 0, done.stdout
    assert "no trust list" in " ".join(done.stdout.split())
    marks = read_credentials(out)
    assert marks is not None and marks.sound and marks.facts["segments"][0]["file"] == "segment-00000.mp4"
    listed = filled.castmate("recording", "list", filled.folder)
    assert "segment-00000.mp4" in listed.stdout and "not in the ledger" in listed.stdout


def test_a_show_for_which_there_is_no_room_does_not_begin(filled: Filled) -> None:
    done = filled.castmate("air", SHOW, "--minutes", "60")
    said = " ".join(done.stdout.split())
    assert done.returncode == 2 and "The recording may take 1,206 MB" in said and "What to do" in said, said
