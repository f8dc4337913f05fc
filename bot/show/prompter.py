"""The prompter: lines go to a person's page instead of a synthetic voice. Stands where a studio stands.

The person reads the line that is up, then goes on (a key, a pedal, or the pace that they chose). What is read
counts as said from the moment when it came up until they went on.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from bot.show.messages import PromptLine, Prompts
from bot.show.studio import ClauseReady, Report
from bot.stage.air import Mark
from persona.script import Line

AHEAD = 4  # lines that the page sees beyond the one that is up
WORDS_PER_S, SIGNS_PER_S = 2.5, 4.0  # reading aloud, English words, Chinese characters
BREATH_S = 0.8
MAX_LINES = 64


@dataclass(slots=True)
class _Item:
    number: int
    line: Line
    generation: int


def reading_s(text: str, language: str) -> float:
    """How long a person takes to say a text aloud, seconds."""
    pace = (
        len(text.replace(" ", "")) / SIGNS_PER_S
        if language.startswith("zh")
        else len(text.split()) / WORDS_PER_S
    )
    return BREATH_S + pace


class Prompter:
    """Used by the show's event loop alone. `mark` is told what began and was done, `n` is the air's tick."""

    restarts = 0
    lost = False
    pid: int | None = None
    missed = 0  # no mouth is painted

    def __init__(self, mark: Callable[[Mark], None], n: Callable[[], int], fps: int) -> None:
        self._mark, self._n, self._fps = mark, n, fps
        self._items: deque[_Item] = deque()
        self._reports: deque[Report] = deque()
        self._up = False  # whether the first item stands on the page
        self._since = 0.0
        self.auto = False
        self.changed = True
        self.ready = self._started = False

    # ---- as a studio

    def start(self) -> None:
        """There is nothing to load: ready with the first reports."""
        self._started = True

    def say(self, number: int, line: Line, generation: int) -> None:
        """A newer generation goes before all that is older; the line that is up is done with."""
        item = _Item(number, line, generation)
        if any(i.generation < generation for i in self._items):
            self._items = deque(i for i in self._items if i.generation >= generation)
            self._up = False
        if len(self._items) < MAX_LINES:
            self._items.append(item)
        seconds = reading_s(line.text, line.language)
        self._reports.append(
            ClauseReady(number, 0, True, 0, len(line.text), round(seconds * self._fps), (), generation)
        )
        self.changed = True

    def cancel(self, first: int, last: int) -> None:
        """Lines `first`..`last` are taken back, unless one is up."""
        up = self._items[0].number if self._up and self._items else 0
        self._items = deque(i for i in self._items if i.number == up or not first <= i.number <= last)
        self.changed = True

    def prepare(self, line: Line) -> None:
        """Nothing to prepare: a person says it."""

    def reports(self) -> list[Report]:
        self.ready = self._started
        out, self._reports = list(self._reports), deque()
        return out

    def check(self, now: float) -> None:
        """A page that is closed is the co-host's absence, which the rules notice."""

    def kill(self) -> None:
        self._items.clear()

    def close(self) -> None:
        self._items.clear()

    @property
    def border(self) -> "Prompter":
        return self

    @property
    def waiting(self) -> int:
        """Lines that wait."""
        return len(self._items)

    def drop_below(self, generation: int) -> None:
        """Everything older than `generation` is taken off the page."""
        if any(i.generation < generation for i in self._items):
            up = self._items[0]
            self._items = deque(i for i in self._items if i.generation >= generation)
            self._up = self._up and bool(self._items) and self._items[0] is up
            self.changed = True

    # ---- as a page

    def step(self, at: float) -> None:
        """Brings the next line up; goes on by itself when the person asked for that. `at`: seconds of air."""
        if not self._up and self._items:
            self._up, self._since, self.changed = True, at, True
            self._mark(Mark(self._n(), self._items[0].number, 0, "start"))
        elif self._up and self.auto:
            line = self._items[0].line
            if at - self._since >= reading_s(line.text, line.language):
                self.go_on()

    def go_on(self) -> None:
        """The person has said the line that is up."""
        if self._up and self._items:
            item = self._items.popleft()
            self._up, self.changed = False, True
            self._mark(Mark(self._n(), item.number, 0, "end"))
            self._mark(Mark(self._n(), item.number, 0, "line_end"))

    def view(self) -> Prompts:
        """For the page."""
        self.changed = False
        lines = [
            PromptLine(
                id=i.line.id,
                kind=str(i.line.kind),
                text=i.line.text,
                language=i.line.language,
                seconds=round(reading_s(i.line.text, i.line.language), 1),
            )
            for i in list(self._items)[: AHEAD + 1]
        ]
        up = lines[0] if self._up and lines else None
        return Prompts(up=up, next=tuple(lines[1:] if up is not None else lines), auto=self.auto)
