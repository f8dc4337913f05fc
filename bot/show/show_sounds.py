"""What a show file's `sound:` names, read and ready: one that cannot be used is told by file and field."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.stage.sounds import CHIME, HOUSE, ShowSounds, jingle, music_bed
from products.documents import DocumentError
from products.errors import ContentError, Problem
from schedules.sound import SoundEntry

T = TypeVar("T")


def open_sounds(entry: SoundEntry, folder: Path, file: Path) -> ShowSounds:
    """Reads music and jingles. `file`: the show file that names them, `folder` where its paths start.

    Raises DocumentError with a Problem for each sound that cannot be used.
    """
    problems: list[Problem] = []

    def tried(field: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except ContentError as error:
            remedy = error.remedy or "Name another file, or leave it out."
            problems.append(Problem(str(file), None, f"sound.{field}", None, error.message, remedy))
            return None

    music = entry.music
    bed = None
    if music is not None:
        bed = tried("music", lambda: music_bed(_source(music, folder, HOUSE), entry.music_level))
    made: dict[str, NDArray[np.float32]] = {}
    for name, path in entry.jingles.items():
        sound = tried(f"jingles.{name}", partial(jingle, _source(path, folder, CHIME)))
        if sound is not None:
            made[name] = sound
    if problems:
        raise DocumentError(file, tuple(problems))
    return ShowSounds(bed, MappingProxyType(made))


def _source(path: Path, folder: Path, made: str) -> Path | str:
    return made if str(path) == made else folder / path
