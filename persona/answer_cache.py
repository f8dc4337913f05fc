"""Answers that a language model wrote and that cleared: said again a few times, until the facts change."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from persona.script import Line
from products.catalogue import Fact

MOST_USES = 5
"""After so many uses it is written anew, so that a chat does not hear one wording all evening."""


@dataclass(slots=True)
class _Kept:
    line: Line
    viewer: str
    stamp: int
    uses: int = 0


def stamp_of(facts: Iterable[Fact]) -> int:
    """Equal while no fact changed in value; times do not count, as they are read anew every few minutes."""
    return hash(frozenset((f.id, f.value, f.unit) for f in facts))


class AnswerCache:
    """At most `size` answers, those used longest ago forgotten first. `hits` and `misses` are counted."""

    def __init__(self, size: int = 500, uses: int = MOST_USES) -> None:
        self._size, self._uses = size, uses
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self.hits, self.misses = 0, 0

    def get(self, meaning: str, stamp: int, viewer: str) -> Line | None:
        """The line for this `viewer` (a name as it is spoken); None: unknown, used up, or facts changed."""
        kept = self._kept.get(meaning)
        named = kept is not None and (kept.viewer == viewer or kept.line.text.startswith(kept.viewer))
        if kept is None or kept.stamp != stamp or kept.uses >= self._uses or not named:
            self._kept.pop(meaning, None)
            self.misses += 1
            return None
        kept.uses += 1
        self.hits += 1
        self._kept.move_to_end(meaning)
        return replace(kept.line, text=viewer + kept.line.text[len(kept.viewer) :], names=(viewer,))

    def put(self, meaning: str, stamp: int, viewer: str, line: Line) -> None:
        """Keeps a line that began with the name of `viewer`; one that does not is not kept."""
        if not line.text.startswith(viewer) or viewer in line.text[len(viewer) :]:
            return
        self._kept[meaning] = _Kept(line, viewer, stamp)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)
