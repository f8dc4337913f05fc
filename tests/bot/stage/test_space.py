"""Room for a recording: reserved against free space and against what running shows still have to write."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.stage.space import needed, reserve
from products.errors import SetupError

MB = 10**6


def claim(shows: Path, name: str, size: int, free: int):
    return reserve(shows / name / "recording", shows, size, margin=100 * MB, free=lambda p: free)


def test_what_a_recording_needs_follows_its_rates() -> None:
    assert needed(3600, 2500, 128) == pytest.approx(1206e6, rel=0.001)


def test_a_show_without_room_is_told_the_bytes_and_what_to_do(tmp_path) -> None:
    with pytest.raises(SetupError) as told:
        claim(tmp_path, "a", 950 * MB, 1000 * MB)
    said = str(told.value)
    assert "950 MB" in said and "room for 900 MB" in said and "1,000 MB free" in said
    assert "CASTMATE_DATA" in (told.value.remedy or "")
    assert not (tmp_path / "a" / "recording" / "reserved.json").exists()


def test_two_shows_do_not_take_the_same_room(tmp_path) -> None:
    first = claim(tmp_path, "a", 500 * MB, 1000 * MB)
    with pytest.raises(SetupError, match="500 MB promised"):
        claim(tmp_path, "b", 500 * MB, 1000 * MB)
    first.release()
    claim(tmp_path, "b", 500 * MB, 1000 * MB).release()
    first.release()


def test_what_a_running_show_has_written_is_promised_no_longer(tmp_path) -> None:
    first = claim(tmp_path, "a", 500 * MB, 1000 * MB)
    with (tmp_path / "a" / "recording" / "segment-00000.mp4").open("wb") as film:
        film.truncate(400 * MB)
    claim(tmp_path, "b", 500 * MB, 700 * MB).release()
    first.release()


def test_a_dead_shows_reservation_holds_nothing(tmp_path) -> None:
    """Killed outright: its file stays, and its lock is gone."""
    code = (
        "import os, signal, sys; from pathlib import Path; from bot.stage.space import reserve\n"
        "kept = reserve(Path(sys.argv[1]) / 'a' / 'recording', Path(sys.argv[1]), 10**8, margin=0,"
        " free=lambda p: 10**9)\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=root, check=False)
    assert (tmp_path / "a" / "recording" / "reserved.json").exists()
    claim(tmp_path, "b", 900 * MB, 1000 * MB).release()


def test_a_folder_that_cannot_be_made_is_said(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="cannot be written"):
        reserve(tmp_path / "file" / "recording", tmp_path, 1)
