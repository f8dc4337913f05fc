"""SIGKILL and SIGSTOP of the studio in mid-sentence, in a real show; what was recorded of it is looked at.

`make prove` does it twenty times over (CASTMATE_PROOF_KILLS: so many times); each time counts.
"""

import os
import re
import signal
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from seeing import FPS, LABEL_EVERY, look, sound
from servers import wait_for
from shows import ROOT, SHOW, Castmate, entries, of_kind
from studio_at_work import StudioAtWork

from bot.show.oversight import IDLE_S
from persona.persona import load_persona
from persona.script import Line, LineKind
from persona.speech import SPEECH_RATE, Speech
from persona.voice.registry import open_voice
from persona.voice.said import load_pronunciations

ROUNDS = int(os.environ.get("CASTMATE_PROOF_KILLS", 20 if "CASTMATE_PROOF_MINUTES" in os.environ else 1))
SIGNALS = (signal.SIGKILL, signal.SIGSTOP)
INTO_CLAUSE = 12  # ticks that a clause has been on air when the studio is struck
BEGINNING_S = 0.4  # of a sentence, as it is looked for in the sound
SENTENCE = re.compile(r"[.!?。！？]\s*")

pytestmark = [pytest.mark.e2e, pytest.mark.live, pytest.mark.timeout(600 + ROUNDS * 120)]


class Struck:
    """One show whose studio was killed and stopped, ROUNDS times each."""

    def __init__(self, castmate: Castmate, film: Path, output: str, code: int, struck: list[int]) -> None:
        self.film, self.output, self.code, self.struck = film, output, code, struck
        (folder,) = castmate.shows()
        self.ledger = entries(folder)
        self.cache = castmate.cache

    @property
    def cut(self) -> list[dict[str, object]]:
        """Lines that were cut while they were on air, but for a goodbye's sake."""
        return [x for x in of_kind(self.ledger, "line.cut") if x["from_ms"] is not None][: len(self.struck)]

    @property
    def again(self) -> list[dict[str, object]]:
        """For each of them the line that took it up again on air: its name is the cut one's with a plus more
        for each studio that was lost.
        """
        aired = [*of_kind(self.ledger, "line.aired"), *of_kind(self.ledger, "line.cut")]
        aired = sorted((x for x in aired if x["from_ms"] is not None), key=lambda x: x["from_ms"])

        def takes_up(x: dict[str, object], cut: dict[str, object]) -> bool:
            name, before = str(x["line"]), str(cut["line"])
            return name.rstrip("+") == before.rstrip("+") and len(name) > len(before)

        return [next(x for x in aired if takes_up(x, cut)) for cut in self.cut]

    @cached_property
    def sound(self) -> tuple[np.ndarray, float]:
        samples, start = sound(self.film)
        return samples.sum(axis=0) / np.sqrt(2), start

    def heard_at(self, text: str, line: dict[str, object]) -> list[float]:
        """Seconds of the film at which the first sounds of `text` are heard, by the voice's own samples."""
        first = self.spoken(text, line)[0]
        return places(self.sound[0], first.pcm[: int(BEGINNING_S * SPEECH_RATE)], self.sound[1])

    def heard_whole(self, text: str, line: dict[str, object], before: str) -> list[float]:
        """Seconds of the film at which that clause of `text` is heard to its end which `before` ends with."""
        (last,) = (c for c in self.spoken(text, line) if before.rstrip().endswith(c.text.strip()))
        return places(self.sound[0], last.pcm, self.sound[1])

    def spoken(self, text: str, line: dict[str, object]) -> tuple[Speech, ...]:
        """The clauses of `text` by the persona's voice, which says the same each time."""
        persona = load_persona(ROOT / "sample" / "personas" / "mei.yaml")
        specs = {language: persona.voice_in(language).model_dump() for language in persona.languages}
        said = load_pronunciations(ROOT / "sample" / "shop" / "said.yaml").by_language()
        voice = open_voice(specs, said=said, cache=self.cache / "speech")
        try:
            return tuple(voice.say(Line("again", LineKind(str(line["kind"])), text, "en")))
        finally:
            voice.close()


def places(mono: np.ndarray, part: np.ndarray, start: float) -> list[float]:
    """Where `part` stands in `mono` (correlation above 0.9), seconds, in order."""
    size = 1 << (len(mono) + len(part)).bit_length()
    product = np.fft.irfft(np.fft.rfft(mono, size) * np.conj(np.fft.rfft(part, size)), size)[: len(mono)]
    energy = np.concatenate([[0.0], np.cumsum(mono.astype(np.float64) ** 2)])
    there = np.sqrt(np.maximum(energy[len(part) :] - energy[: -len(part)], 1e-9))
    like = product[: len(there)] / (there * np.sqrt((part.astype(np.float64) ** 2).sum()))
    found: list[float] = []
    for k in np.flatnonzero(like > 0.9):
        if not found or k / SPEECH_RATE + start - found[-1] > 0.1:
            found.append(float(k / SPEECH_RATE + start))
    return found


@pytest.fixture(scope="module")
def show(home: Castmate, tmp_path_factory: pytest.TempPathFactory) -> Struck:
    folder = tmp_path_factory.mktemp("struck")
    castmate = Castmate(folder / "data", home.cache)
    film, struck = folder / "show.mp4", []
    with castmate.running("air", SHOW, "--seed", "11", "--to", film) as process:
        studio, written = StudioAtWork(process.child.pid), -1
        for number in SIGNALS * ROUNDS:
            studio.speaks(INTO_CLAUSE, written)
            struck.append(studio.signal(number))
            wait_for(lambda: studio.pid() not in (0, *struck), 60)
            written = studio.now().written
        studio.speaks(4 * INTO_CLAUSE, written)
        process.child.send_signal(signal.SIGTERM)
        process.child.wait(30)
    return Struck(castmate, film, process.output, process.child.returncode, struck)


def test_the_show_ends_in_order_and_the_ledger_counts_each_new_studio(show: Struck) -> None:
    assert show.code == 0, show.output
    assert "Traceback" not in show.output
    assert len(set(show.struck)) == len(show.struck) == 2 * ROUNDS
    restarts = of_kind(show.ledger, "studio.restarted")
    assert [x["restarts"] for x in restarts] == list(range(1, 2 * ROUNDS + 1))
    ended = of_kind(show.ledger, "show.ended")[0]
    assert (ended["air"], ended["studio_restarts"]) == ("ended", 2 * ROUNDS)


def test_each_sentence_is_said_again_from_its_start(show: Struck) -> None:
    assert len(show.cut) == 2 * ROUNDS
    for cut, again in zip(show.cut, show.again, strict=True):
        text, rest = str(cut["text"]), str(again["text"])
        assert text.endswith(rest)
        starts = {0, *(m.end() for m in SENTENCE.finditer(text))}
        assert len(text) - len(rest) in starts, "not from the start of a sentence"


def test_the_sentence_is_heard_twice(show: Struck) -> None:
    """Its first sounds stand in the film before the studio fell, and again once it was back. What the air had
    in hand when the studio fell was said to its end: where that was just the rest of a sentence, the next
    one had not begun.
    """
    for cut, again in zip(show.cut, show.again, strict=True):
        text, rest = str(cut["text"]), str(again["text"])
        heard = show.heard_at(rest, again)
        if len(heard) == 1 and text != rest:
            whole = show.heard_whole(text, cut, text.removesuffix(rest))
            assert whole and whole[0] < heard[0], (text, heard, whole)
            continue
        assert len(heard) >= 2, (text, heard)
        assert any(b - a > 1.0 for a, b in pairwise(heard)), heard


def test_the_label_stands_in_every_frame_and_no_frame_is_missing(show: Struck) -> None:
    seen = look(show.film, "en")
    assert np.diff(seen.times) == pytest.approx(1 / FPS, abs=2e-3)
    assert all(s.label for s in seen.label)
    assert not any(s.black for s in seen.label)


def test_while_nobody_speaks_the_host_moves_and_the_room_is_heard(show: Struck) -> None:
    """No dead air: the picture never stands for two looks (0.4 s), unless the slate has come, which it does
    no sooner than after IDLE_S of silence; and the sound never stops for a tick.
    """
    sights = look(show.film, "en").label
    mono, start = show.sound
    blocks = mono[: len(mono) // 1920 * 1920].reshape(-1, 1920)
    level = 20 * np.log10(np.sqrt((blocks**2).mean(axis=1)) + 1e-12)
    assert level.min() > -75
    assert (level < -50).mean() > 0.1, "there were silences to look at"
    spoken = start + np.flatnonzero(level > -40) / FPS
    stood = 0
    for a, b in pairwise(sights[1:]):
        before = spoken[spoken < a.at]
        slate = len(before) and a.at - before[-1] > IDLE_S - 1
        stood += LABEL_EVERY * bool(a.still and b.still and not slate)
    held_up = of_kind(show.ledger, "show.ended")[0]["advanced_ticks"]  # where the machine itself stood still
    assert stood <= held_up
