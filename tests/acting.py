"""A small company of players: a voice, a clone and a reel, light and exact, that may be told to misbehave.

A line's text is cut into clauses at "|"; each clause is `TICKS` ticks of sound, or as many as `ticks` says. A
clause whose words hold "voice!" makes the voice raise, "clone!" makes the clone raise, "slow!" takes a while.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event

import numpy as np

from persona.clone.base import Patch, PatchRect, Rect
from persona.script import Line, LineKind
from persona.speech import Speech
from products.errors import ContentError

WIDTH, HEIGHT, LENGTH = 240, 320, 40
TICKS = 4


def line(number: int, text: str, kind: LineKind = LineKind.PITCH) -> Line:
    return Line(f"line{number}", kind, text, "en")


def planes(width: int, height: int, level: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    shape = (height // 2, width // 2)
    return (
        np.full((height, width), level, np.uint8),
        np.full(shape, 128, np.uint8),
        np.full(shape, 128, np.uint8),
    )


class SmallReel:
    """Frame i is a region of one grey: 100 + i."""

    size, fps, length = (WIDTH, HEIGHT), 25, LENGTH
    region = Rect(0, 160, WIDTH, 80)
    backdrop = planes(WIDTH, HEIGHT, 60)

    def frame(self, i):
        return planes(self.region.w, self.region.h, 100 + i % LENGTH)

    def life(self, n, i):
        return ()


@dataclass
class SmallClone:
    """One rectangle a tick; remembers where each clause began."""

    reel: SmallReel = field(default_factory=SmallReel)
    closed: bool = False

    def render(self, speech: Speech, first: int) -> Iterator[Patch]:
        for k in range(-(-len(speech.pcm) // 1920)):
            if "clone!" in speech.text and k == 2:
                raise RuntimeError("the mouth came off")
            rect = PatchRect(Rect(100, 200, 4, 4), *planes(4, 4, 200))
            yield Patch((first + k) % LENGTH, (rect,), 0.5)

    def rest(self, i: int) -> Patch:
        return Patch(i, (), 0.0)

    def close(self) -> None:
        self.closed = True


@dataclass
class SmallVoice:
    """Says each clause as a level of sound. `gate`: when set, every clause waits for it."""

    ticks: int = TICKS
    gate: Event | None = None
    languages: frozenset[str] = frozenset({"en"})
    said: list[str] = field(default_factory=list)
    closed: bool = False

    def say(self, line: Line) -> Iterator[Speech]:
        self.said.append(line.text)
        parts = line.text.split("|")
        at = 0
        for k, part in enumerate(parts):
            if "voice!" in part:
                raise ContentError(f"cannot say {part!r}")
            if "odd!" in part:
                raise ZeroDivisionError("foreign code")
            if "slow!" in part:
                time.sleep(0.3)
            if self.gate is not None:
                self.gate.wait(10)
            pcm = np.full(self.ticks * 1920, 0.1, np.float32)
            last = k == len(parts) - 1
            yield Speech(line.id, k, last, part, "en", at, at + len(part), pcm, (), ())
            at += len(part) + 1

    def close(self) -> None:
        self.closed = True


def open_players() -> tuple[SmallVoice, SmallClone]:
    """For a studio process of its own."""
    return SmallVoice(), SmallClone()


def eventually(true: Callable[[], object], seconds: float = 10.0) -> None:
    """Waits until something holds; fails when it does not come to hold at all."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.01)
