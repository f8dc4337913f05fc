"""The sounds that a show file names are read before it airs; each that will not do is told by its field."""

from pathlib import Path

import pytest

from bot.show.show_sounds import open_sounds
from products.documents import DocumentError
from schedules.sound import SoundEntry

FILE = Path("shows/evening.yaml")


def test_what_is_made_here_needs_no_file(tmp_path: Path) -> None:
    entry = SoundEntry(music=Path("house"), jingles={"product": Path("chime"), "opening": Path("chime")})
    sounds = open_sounds(entry, tmp_path, FILE)
    assert sounds.bed is not None and set(sounds.jingles) == {"product", "opening"}


def test_nothing_named_is_nothing_played(tmp_path: Path) -> None:
    sounds = open_sounds(SoundEntry(), tmp_path, FILE)
    assert sounds.bed is None and not sounds.jingles


def test_every_sound_that_will_not_do_is_told_at_once_with_file_and_field(tmp_path: Path) -> None:
    (tmp_path / "bad.mp3").write_text("no sound")
    entry = SoundEntry(music=Path("none.mp3"), jingles={"product": Path("bad.mp3"), "ending": Path("chime")})
    with pytest.raises(DocumentError) as caught:
        open_sounds(entry, tmp_path, FILE)
    assert [p.field for p in caught.value.problems] == ["sound.music", "sound.jingles.product"]
    for word in ("evening.yaml", "none.mp3", "bad.mp3", "sound.music"):
        assert word in str(caught.value)
