"""A clause as it was rendered, free of the Line it was rendered for: what the cache keeps."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from persona.script import Line
from persona.speech import Phone, Speech, Word
from persona.voice.clauses import Clause


@dataclass(frozen=True, slots=True)
class Take:
    """pcm, phones as in Speech; words: start, end (s), a, b (characters from the clause's start)."""

    pcm: NDArray[np.float32]
    words: tuple[tuple[float, float, int, int], ...]
    phones: tuple[Phone, ...]


def speech(line: Line, index: int, last: bool, clause: Clause, take: Take) -> Speech:
    """The take as clause `index` of `line`."""
    words = tuple(
        Word(line.text[clause.a + a : clause.a + b], start, end, clause.a + a, clause.a + b)
        for start, end, a, b in take.words
    )
    text = line.text[clause.a : clause.b]
    return Speech(line.id, index, last, text, line.language, clause.a, clause.b, take.pcm, words, take.phones)
