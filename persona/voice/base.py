"""The Voice interface. Voices live in the studio process, so they are plain iterators, not coroutines."""

from collections.abc import Iterator
from typing import Protocol

from persona.script import Line
from persona.speech import Speech


class Voice(Protocol):
    """Turns a Line into Speech, clause by clause, the first as soon as it is known.

    say      yields the clauses of `line` in order; deterministic for equal lines. Raises ContentError for a
             language that it does not speak, SetupError when its model is missing.
    close    frees the model.
    """

    @property
    def languages(self) -> frozenset[str]: ...
    def say(self, line: Line) -> Iterator[Speech]: ...
    def close(self) -> None: ...
