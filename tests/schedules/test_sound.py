"""`sound:` of a show file: what is allowed, and that what is wrong is named by line and field."""

from pathlib import Path

import pytest

from products.documents import DocumentError
from schedules.showfile import load_show

SHOW = """show: s
title: {en: A show}
persona: p.yaml
rundown: [welcome]
"""


def load(tmp_path: Path, sound: str):
    path = tmp_path / "show.yaml"
    path.write_text(SHOW + sound, "utf-8")
    return load_show(path)


def test_a_show_without_sound_has_no_music(tmp_path: Path) -> None:
    sound = load(tmp_path, "").sound
    assert (sound.music, sound.music_level, sound.jingles) == (None, -20.0, {})


def test_music_level_and_jingles_are_read(tmp_path: Path) -> None:
    sound = load(
        tmp_path, "sound: {music: a/theme.mp3, music_level: -18.5, jingles: {product: chime}}\n"
    ).sound
    assert sound.music == Path("a/theme.mp3") and sound.music_level == -18.5
    assert sound.jingles == {"product": Path("chime")}


@pytest.mark.parametrize(
    ("sound", "words"),
    [
        ("sound:\n  music_level: -5\n", ("music_level", "6")),
        ("sound:\n  music_level: -60\n", ("music_level", "6")),
        ("sound:\n  musik: a.mp3\n", ("musik", "6")),
        ("sound:\n  jingles: {applause: a.mp3}\n", ("applause", "6")),
        ("sound:\n  music: 3\n", ("music", "6")),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, sound: str, words: tuple[str, ...]) -> None:
    with pytest.raises(DocumentError) as caught:
        load(tmp_path, sound)
    for word in words:
        assert word in str(caught.value)
