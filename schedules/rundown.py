"""The order of a show: cues with wanted lengths, and where a moment falls among them. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class CueKind(StrEnum):
    WELCOME = "welcome"
    PITCH = "pitch"
    QUESTIONS = "questions"
    OFFER = "offer"
    NOTICE = "notice"
    BREAK = "break"
    CLIP = "clip"
    GOODBYE = "goodbye"


@dataclass(frozen=True, slots=True)
class Cue:
    """One step of a rundown. `seconds` > 0: its wanted length; speech may end it earlier or a sentence
    later. `clip`: the id of a filmed clip that plays by itself, or under a pitch.
    """

    id: str
    kind: CueKind
    seconds: float
    product: str | None = None
    clip: str | None = None


@dataclass(frozen=True, slots=True)
class Rundown:
    """Cues in order. The part from `loop_from` is repeated until the show ends (None: once through)."""

    cues: tuple[Cue, ...]
    loop_from: int | None = None

    def __post_init__(self) -> None:
        if not self.cues:
            raise ValueError("a rundown needs at least one cue")
        if any(c.seconds <= 0 for c in self.cues):
            raise ValueError("every cue needs a length above 0 s")
        if self.loop_from is not None and not 0 <= self.loop_from < len(self.cues):
            raise ValueError("loop_from is outside the rundown")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the show stands: cue number `index`, `lap` from 0, and for how long (`into`) and yet (`left`),
    seconds.
    """

    cue: Cue
    index: int
    lap: int
    into: float
    left: float


def steps(
    rundown: Rundown, index: int = 0, lap: int = 0, *, vary: int | None = None
) -> Iterator[tuple[int, int, Cue]]:
    """(index, lap, cue) from a position on, endless when the rundown loops. `vary`: a seed; with it the
    pitches of later laps change places among themselves (lap_order).
    """
    while True:
        cues = rundown.cues if vary is None else lap_order(rundown, lap, vary)
        for i in range(index, len(cues)):
            yield i, lap, cues[i]
        if rundown.loop_from is None:
            return
        index, lap = rundown.loop_from, lap + 1


def rearranged(rundown: Rundown, order: Sequence[str]) -> Rundown:
    """The same cues in another order, by their ids. What comes once before the loop stays where it is. Raises
    ValueError: these are not its cues, each once, or the loop would not hold the same.
    """
    known = {cue.id: cue for cue in rundown.cues}
    fixed = rundown.loop_from or 0
    if sorted(order) != sorted(known) or [c.id for c in rundown.cues[:fixed]] != list(order[:fixed]):
        raise ValueError("these are not the cues of this rundown, each once, its beginning first")
    return Rundown(tuple(known[cue] for cue in order), rundown.loop_from)


def lap_order(rundown: Rundown, lap: int, seed: int) -> tuple[Cue, ...]:
    """The cues of one lap. The first is as planned; in later ones pitches change places within each half of
    the loop, so that a product never comes again before half a lap has passed. All else stays where it is.
    """
    if lap == 0 or rundown.loop_from is None:
        return rundown.cues
    cues = list(rundown.cues)
    places = [i for i in range(rundown.loop_from, len(cues)) if cues[i].kind is CueKind.PITCH]
    middle = len(places) // 2
    for half, where in enumerate((places[:middle], places[middle:])):
        pitches = [cues[i] for i in where]
        Random(f"{seed} {lap} {half}").shuffle(pitches)
        for i, cue in zip(where, pitches, strict=True):
            cues[i] = cue
    return tuple(cues)


LINE_ID = re.compile(r"(?P<lap>\d+)\.(?P<cue>\d+-.+)\.\d+\.\d+\+*")


def position_of(line_id: str) -> str:
    """Where the line of a cue stood ("LAP.CUE"); "" for lines outside the rundown (answers, inserts)."""
    found = LINE_ID.fullmatch(line_id)
    return f"{found['lap']}.{found['cue']}" if found else ""


def place_of(rundown: Rundown, position: str, seed: int) -> tuple[int, int]:
    """(lap, index) of a position as `position_of` gave it, in the order that `seed` makes of its lap. A
    position that the rundown does not have (any more) is its beginning.
    """
    lap_text, _, cue_id = position.partition(".")
    if not lap_text.isdigit() or len(lap_text) > 6:
        return (0, 0)
    lap = int(lap_text)
    cues = lap_order(rundown, lap, seed)
    index = next((i for i, cue in enumerate(cues) if cue.id == cue_id), None)
    return (0, 0) if index is None else (lap, index)


def cue_at(rundown: Rundown, elapsed: float) -> Place | None:
    """The plan's cue `elapsed` seconds (>= 0) after the start; None after the end of a rundown that does not
    loop.
    """
    first = sum(c.seconds for c in rundown.cues)
    if elapsed >= first and rundown.loop_from is not None:
        lap_length = sum(c.seconds for c in rundown.cues[rundown.loop_from :])
        laps, rest = divmod(elapsed - first, lap_length)
        return _walk(rundown, rundown.loop_from, int(laps) + 1, rest)
    return _walk(rundown, 0, 0, elapsed)


def _walk(rundown: Rundown, index: int, lap: int, into: float) -> Place | None:
    for i in range(index, len(rundown.cues)):
        cue = rundown.cues[i]
        if into < cue.seconds:
            return Place(cue, i, lap, into, cue.seconds - into)
        into -= cue.seconds
    return None
