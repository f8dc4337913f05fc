"""A studio without a process: it says every line with takes that were spoken and drawn once.

The words that sound are not the words of the line; their number, lengths and order on air are. Everything
behind the border (director, captions, air, ledger) works as with the real one.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.show.studio import LINE_BREATH, ClauseReady, Report
from bot.show.studio_process import StudioProcess
from bot.stage.border import BLOCK, Border, Flag, Head, Take
from persona.clone.base import Patch
from persona.clone.reel import open_reel
from persona.clone.vector import VectorClone
from persona.script import Line, LineKind
from persona.speech import SPEECH_RATE, Word
from persona.voice.registry import open_voice

SENTENCE = re.compile(r".+?(?:[.!?](?=\s|$)|[。！？]|$)", re.DOTALL)
LETTERS_S = 14.0
SAID = (
    "Hello everyone, and welcome to the shop!",
    "Here are the Harbor Canvas Sneakers, cotton canvas with a natural rubber sole.",
    "They cost $59 today, and the compare-at price is $75.",
    "You find them under link 1, just below.",
    "I am an AI host, and a person of the shop looks after what I say.",
    "If you have a question about sizes, materials or shipping, write it in the chat and I will answer.",
    "It keeps a drink cold for a day.",
    "Good question.",
)


@dataclass(frozen=True, slots=True)
class Clip:
    """A clause spoken and drawn: one patch and one block of sound a tick."""

    takes: tuple[Take, ...]

    @property
    def seconds(self) -> float:
        return len(self.takes) * BLOCK / SPEECH_RATE


def make_clips(reel: Path, cache: Path | None) -> tuple[Clip, ...]:
    """Speaks and draws SAID once; the voice from its cache where that holds it."""
    voice, clone = open_voice(cache=cache), VectorClone(open_reel(reel))
    clips, base = [], 0
    for k, text in enumerate(SAID):
        for speech in voice.say(Line(f"soak.{k}", LineKind.PITCH, text, "en")):
            patches = enumerate(clone.render(speech, base))
            pcm = speech.pcm
            takes = [Take(0, 0, 0, i, 0, p, pcm[i * BLOCK : (i + 1) * BLOCK]) for i, p in patches]
            clips.append(Clip(tuple(takes)))
            base = (base + len(takes)) % clone.reel.length
    voice.close()
    return tuple(clips)


class ClipStudio(StudioProcess):
    """Implements what the show uses of a StudioProcess, in the show's own process and time."""

    def __init__(self, border: Border, clips: Sequence[Clip], reel_length: int) -> None:
        super().__init__(lambda: None, border)  # type: ignore[arg-type, return-value]
        self._clips, self._length = clips, reel_length
        self._waiting: deque[tuple[int, Line, int]] = deque()
        self._line: Iterator[Take | Report] = iter(())
        self._next: Take | None = None
        self.said = 0

    def start(self) -> None:
        self.ready = True

    def say(self, number: int, line: Line, generation: int) -> None:
        if generation > int(self.border.head[Head.CUT]):
            self.border.head[Head.CUT] = generation
            self._waiting = deque(w for w in self._waiting if w[2] >= generation)
            if self._next is not None and self._next.generation < generation:
                self._line, self._next = iter(()), None
        self._waiting.append((number, line, generation))

    def cancel(self, first: int, last: int) -> None:
        self.border.cancel(first, last)
        self._waiting = deque(w for w in self._waiting if not first <= w[0] <= last)

    def prepare(self, line: Line) -> None:
        """Every line is prepared already."""

    def reports(self) -> list[Report]:
        """Fills the border as far as it takes; the reports of the clauses that were begun."""
        out: list[Report] = []
        while not self.border.full:
            if self._next is not None:
                self.border.put(self._next)
                self._next = None
            made = next(self._line, None)
            if made is None:
                if not self._waiting:
                    break
                self._line = self._speak(*self._waiting.popleft())
                self.said += 1
            elif isinstance(made, Take):
                self._next = made
            else:
                out.append(made)
        return out

    def check(self, now: float) -> None:
        """It cannot die."""

    def close(self) -> None:
        self._line, self._next = iter(()), None

    def _speak(self, number: int, line: Line, generation: int) -> Iterator[Take | Report]:
        spans = [m.span() for m in SENTENCE.finditer(line.text)] or [(0, len(line.text))]
        for clause, (a, b) in enumerate(spans):
            last = clause == len(spans) - 1
            clip = self._nearest((b - a) / LETTERS_S)
            ticks = len(clip.takes)
            words = tuple(_words(line.text, a, b, clip.seconds))
            yield ClauseReady(number, clause, last, a, b, ticks, words, generation)
            for k, take in enumerate(clip.takes):
                flags = (Flag.FIRST if k == 0 else 0) | (Flag.LAST if k == ticks - 1 else 0)
                flags |= Flag.END if last and k == ticks - 1 else 0
                yield Take(generation, number, clause, k, int(flags), take.patch, take.pcm)
            base = clip.takes[-1].patch.base
            for k in range(LINE_BREATH if last and line.kind is not LineKind.GOODBYE else 4):
                rest = Patch((base + 1 + k) % self._length, ())
                yield Take(generation, number, clause, ticks + k, int(Flag.PAUSE), rest, None)

    def _nearest(self, seconds: float) -> Clip:
        return min(self._clips, key=lambda c: abs(c.seconds - seconds))


def _words(text: str, a: int, b: int, seconds: float) -> Iterator[Word]:
    """The words of text[a:b], spread evenly over `seconds`."""
    found = list(re.finditer(r"\S+", text[a:b]))
    step = seconds / max(1, len(found))
    for k, m in enumerate(found):
        yield Word(m[0], k * step, (k + 1) * step, a + m.start(), a + m.end())
