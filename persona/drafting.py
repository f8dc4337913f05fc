"""A text of several lines that a language model writes in a few goes: what cleared stands, what did not is
asked for again, and at the end a line that is still wanting is left out or somebody else's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from persona.daytime import RULE as UNTIMELY
from persona.script import Line
from products.verdict import Finding

ONLY_WORDS = frozenset({"facts.material", "facts.unknown", "persona.stale", UNTIMELY})
"""Findings of words that nothing carries. A model that gives a wrong figure, a forbidden claim or somebody
else's words is not trusted with the lines beside them either."""

_ENOUGH = 0.5
"""Share of a text's lines that must have cleared for the rest to be done without."""


def trusted(findings: Iterable[Finding]) -> bool:
    """Whether the other lines of a text with these findings may be kept."""
    return all(finding.rule in ONLY_WORDS for finding in findings)


@dataclass(slots=True)
class Draft:
    """`slots`: the lines in their order; None where one was refused and none took its place so far."""

    slots: list[Line | None] = field(default_factory=list)

    def take(self, lines: Sequence[Line], cleared: Sequence[bool]) -> None:
        """A first text as it stands; later ones fill the gaps in order, and what is over is dropped."""
        if not any(self.slots):
            self.slots = [line if good else None for line, good in zip(lines, cleared, strict=True)]
            return
        good_ones = [line for line, good in zip(lines, cleared, strict=True) if good]
        for place, line in enumerate(self.slots):
            if line is None and good_ones:
                self.slots[place] = good_ones.pop(0)

    @property
    def kept(self) -> tuple[Line, ...]:
        return tuple(line for line in self.slots if line is not None)

    @property
    def whole(self) -> bool:
        return bool(self.slots) and all(self.slots)

    @property
    def enough(self) -> bool:
        """Whether what cleared can stand for the text."""
        return len(self.kept) >= max(2, _ENOUGH * len(self.slots))

    def framed(self, first: Line, last: Line) -> tuple[Line, ...]:
        """What cleared; `first` opens and `last` ends it where the model's own did not clear: a pitch names
        its product and says where to find it.
        """
        lines = list(self.kept)
        if self.slots[0] is None:
            lines.insert(0, first)
        if self.slots[-1] is None:
            lines.append(last)
        return tuple(lines)
