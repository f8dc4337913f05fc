"""The studio: clauses in order, an answer overtakes at a clause's end, trouble with a line stays its own."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
from acting import LENGTH, TICKS, SmallClone, SmallVoice, eventually, line

from bot.show.studio import (
    LINE_BREATH,
    MAX_CANCELLED,
    Cancel,
    ClauseReady,
    Prepare,
    Report,
    Say,
    SayFailed,
    Stop,
    Studio,
)
from bot.stage.border import Border, Flag, Head
from persona.script import LineKind


@dataclass(frozen=True)
class Shown:
    """One tick as it aired: line, clause, whether it sounded, the base frame that was shown."""

    line: int
    clause: int
    sound: bool
    base: int


class Stage:
    """A studio over a real border, and an air that a test ticks by hand."""

    def __init__(self, voice: SmallVoice, slots: int) -> None:
        self.border = Border.create(slots=slots)
        self.voice, self.clone = voice, SmallClone()
        self.reports: list[Report] = []
        self.base = 0
        self.aired: list[Shown] = []
        self.studio = Studio(self.border, voice, self.clone, self.reports.append)
        self.thread = threading.Thread(target=self.studio.run, daemon=True)

    def start(self) -> "Stage":
        self.thread.start()
        return self

    def say(self, number: int, text: str, generation: int = 0, kind: LineKind = LineKind.PITCH) -> None:
        self.studio.order(Say(number, line(number, text, kind), generation))

    def tick(self) -> Shown:
        take = self.border.next()
        self.base = (self.base + 1) % LENGTH if take is None else take.patch.base
        shown = Shown(0, 0, False, self.base)
        if take is not None:
            shown = Shown(take.line, take.clause, not take.has(Flag.PAUSE), self.base)
        self.border.shown(take, self.base)
        self.aired.append(shown)
        return shown

    def play(self, ticks: int) -> None:
        """Ticks that all come from the studio: waits for it where a real air would show the reel."""
        for _ in range(ticks):
            eventually(lambda: self.border.waiting > 0)
            self.tick()

    def spoken(self) -> list[tuple[int, int]]:
        """(line, clause) in the order in which they sounded."""
        return list(dict.fromkeys((s.line, s.clause) for s in self.aired if s.sound))

    def ready(self) -> list[tuple[int, int]]:
        return [(r.number, r.clause) for r in self.reports if isinstance(r, ClauseReady)]

    def failed(self) -> list[SayFailed]:
        return [r for r in self.reports if isinstance(r, SayFailed)]

    def close(self) -> None:
        if self.voice.gate is not None:
            self.voice.gate.set()
        self.studio.order(Stop())
        self.thread.join(10)
        assert not self.thread.is_alive()
        self.border.close()


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage(SmallVoice(), slots=400).start()
    yield made
    made.close()


def jumps(aired: list[Shown]) -> list[tuple[int, int]]:
    """Places where the host's body does not go on by one frame."""
    pairs = pairwise(aired)
    return [(a.base, b.base) for a, b in pairs if b.base != (a.base + 1) % LENGTH]


def test_clauses_and_lines_come_in_order_with_breaths_between(stage: Stage) -> None:
    stage.say(1, "one,|two.|three")
    stage.say(2, "four")
    between = [4, 9]  # 0.16 s after a comma, 0.35 s after a full stop
    eventually(lambda: stage.ready() == [(1, 0), (1, 1), (1, 2), (2, 0)])
    stage.play(4 * TICKS + between[0] + between[1] + LINE_BREATH)
    assert stage.spoken() == [(1, 0), (1, 1), (1, 2), (2, 0)]
    runs = [(s.line, s.clause, s.sound) for s in stage.aired]
    assert [runs.count((1, k, False)) for k in range(3)] == [between[0], between[1], LINE_BREATH]
    assert jumps(stage.aired) == []


def test_each_clause_is_reported_with_its_span_and_length_before_its_first_tick(stage: Stage) -> None:
    stage.say(7, "ab|cde", generation=3)
    eventually(lambda: len(stage.reports) == 2)
    one, two = stage.reports
    assert isinstance(one, ClauseReady) and isinstance(two, ClauseReady)
    assert (one.number, one.clause, one.last, one.a, one.b, one.ticks, one.generation) == (
        7,
        0,
        False,
        0,
        2,
        4,
        3,
    )
    assert (two.number, two.clause, two.last, two.a, two.b) == (7, 1, True, 3, 6)


def test_the_flags_say_where_a_clause_and_a_line_begin_and_end(stage: Stage) -> None:
    stage.say(1, "a,|b")
    eventually(lambda: stage.border.waiting == 2 * TICKS + 4 + LINE_BREATH)
    flags = []
    while (take := stage.border.next()) is not None:
        flags.append(take.flags)
        stage.border.shown(take, 0)
    first = [Flag.FIRST, 0, 0, Flag.LAST, *[Flag.PAUSE] * 4]
    last = [Flag.FIRST, 0, 0, Flag.LAST | Flag.END, *[Flag.PAUSE] * LINE_BREATH]
    assert flags == first + last


def test_after_the_goodbye_nothing_is_waited_for(stage: Stage) -> None:
    stage.say(1, "bye", kind=LineKind.GOODBYE)
    stage.say(2, "x")
    eventually(lambda: stage.ready() == [(1, 0), (2, 0)])
    stage.play(TICKS + 1)
    assert [s.line for s in stage.aired] == [1] * TICKS + [2]


def test_a_newer_generation_overtakes_at_the_end_of_the_clause_on_air(stage: Stage) -> None:
    stage.say(1, "one.|two.|three.")
    stage.say(2, "later")
    eventually(lambda: (2, 0) in stage.ready())
    stage.play(2)
    stage.say(3, "the answer", generation=1)
    eventually(lambda: (3, 0) in stage.ready())
    stage.play(2 + TICKS)
    assert stage.spoken() == [(1, 0), (3, 0)]
    assert [s.line for s in stage.aired] == [1] * TICKS + [3] * TICKS
    assert jumps(stage.aired) == [], "the answer goes on from the body of the clause that it waited for"


def test_an_answer_comes_before_lines_that_wait(stage: Stage) -> None:
    stage.voice.gate = threading.Event()
    stage.say(1, "one")
    eventually(lambda: stage.voice.said == ["one"])
    for number in (2, 3):
        stage.say(number, "old")
    stage.say(4, "answer", generation=1)
    stage.say(5, "after", generation=1)
    stage.voice.gate.set()
    eventually(lambda: (5, 0) in stage.ready())
    assert stage.voice.said == ["one", "answer", "after"]
    stage.play(2 * TICKS + LINE_BREATH)
    assert [n for n, _ in stage.spoken()] == [4, 5]


def test_an_answer_in_a_pause_is_at_most_a_few_frames_ahead_of_the_body(stage: Stage) -> None:
    stage.say(1, "one.|two.")
    eventually(lambda: (1, 1) in stage.ready())
    stage.play(TICKS + 2)
    stage.say(2, "answer", generation=1)
    eventually(lambda: (2, 0) in stage.ready())
    stage.play(TICKS)
    assert stage.spoken() == [(1, 0), (2, 0)]
    assert all((b - a) % LENGTH <= 4 for a, b in jumps(stage.aired))


def test_after_silence_speech_goes_on_from_what_the_air_shows(stage: Stage) -> None:
    stage.say(1, "one")
    stage.play(TICKS + LINE_BREATH)
    for _ in range(30):
        stage.tick()
    stage.say(2, "two")
    eventually(lambda: (2, 0) in stage.ready())
    stage.play(TICKS)
    assert all((b - a) % LENGTH <= 4 for a, b in jumps(stage.aired))


def test_after_a_hold_speech_goes_on_from_what_the_air_shows(stage: Stage) -> None:
    stage.voice.ticks = 20
    stage.say(1, "one")
    stage.play(3)
    stage.border.drop_below(1)
    for _ in range(15):
        stage.tick()
    before = stage.base
    stage.say(2, "again", generation=1)
    eventually(lambda: (2, 0) in stage.ready())
    stage.play(1)
    assert stage.aired[-1].line == 2
    assert 1 <= (stage.base - before) % LENGTH <= 4


def test_cancelled_lines_are_neither_spoken_nor_aired(stage: Stage) -> None:
    stage.voice.gate = threading.Event()
    stage.say(1, "one")
    eventually(lambda: stage.voice.said == ["one"])
    for number in (2, 3, 4):
        stage.say(number, f"line {number}")
    stage.studio.order(Cancel(2, 3))
    stage.voice.gate.set()
    eventually(lambda: (4, 0) in stage.ready())
    assert stage.voice.said == ["one", "line 4"]


def test_a_line_cancelled_while_it_is_spoken_stops_at_the_next_clause() -> None:
    stage = Stage(SmallVoice(), slots=6).start()  # so small that the studio must wait for the air
    stage.say(1, "|".join("abcdefgh"))
    eventually(lambda: stage.border.full)
    stage.studio.order(Cancel(1, 1))
    stage.say(2, "next")
    for _ in range(400):
        stage.tick()
        if (2, 0) in stage.spoken():
            break
        threading.Event().wait(0.01)
    said = [k for n, k in stage.ready() if n == 1]
    assert max(said) <= 4 and (2, 0) in stage.spoken()
    stage.close()


@pytest.mark.parametrize(
    ("word", "why"), [("voice!", "cannot say"), ("odd!", "ZeroDivisionError: foreign code")]
)
def test_a_line_that_cannot_be_spoken_is_reported_and_the_next_is_said(
    stage: Stage, word: str, why: str
) -> None:
    stage.say(1, f"good,|{word}")
    stage.say(2, "next")
    eventually(lambda: (2, 0) in stage.ready())
    (failure,) = stage.failed()
    assert failure.number == 1 and why in failure.reason


def test_a_line_that_the_clone_cannot_render_is_reported_and_the_next_is_said(stage: Stage) -> None:
    stage.say(1, "clone!|more|still more")
    stage.say(2, "next")
    eventually(lambda: (2, 0) in stage.ready())
    (failure,) = stage.failed()
    assert failure.number == 1 and "the mouth came off" in failure.reason
    assert [k for n, k in stage.ready() if n == 1] == [0], "the rest of that line is not said"


@pytest.mark.parametrize("word", ["voice!", "odd!"])
def test_a_line_that_cannot_be_prepared_silences_nothing(stage: Stage, word: str) -> None:
    stage.studio.order(Prepare(line(9, word)))
    stage.say(1, "one")
    eventually(lambda: (1, 0) in stage.ready())
    (failure,) = stage.failed()
    assert failure.number == 0, "no line of the show has failed"


def test_what_is_prepared_is_spoken_into_the_cache_and_not_aired(stage: Stage) -> None:
    stage.studio.order(Prepare(line(9, "bye|bye")))
    eventually(lambda: stage.voice.said == ["bye|bye"])
    stage.say(1, "one")
    eventually(lambda: (1, 0) in stage.ready())
    assert stage.ready() == [(1, 0)]


def test_an_answer_does_not_wait_for_a_preparation_that_was_asked_before_it(stage: Stage) -> None:
    stage.voice.gate = threading.Event()
    stage.say(1, "one")
    eventually(lambda: stage.voice.said == ["one"])
    stage.studio.order(Prepare(line(9, "goodbye")))
    stage.say(2, "answer", generation=1)
    stage.voice.gate.set()
    eventually(lambda: "goodbye" in stage.voice.said)
    assert stage.voice.said == ["one", "answer", "goodbye"]


def test_an_answer_waits_for_one_clause_of_a_preparation_and_not_for_all(stage: Stage) -> None:
    stage.voice.gate = threading.Event()
    stage.studio.order(Prepare(line(9, "good|bye|for|now")))
    eventually(lambda: stage.voice.said == ["good|bye|for|now"])
    stage.say(1, "answer", generation=1)
    stage.voice.gate.set()
    eventually(lambda: stage.voice.said.count("good|bye|for|now") == 2)
    assert stage.voice.said == ["good|bye|for|now", "answer", "good|bye|for|now"]


def test_preparation_goes_on_while_the_air_has_more_than_it_can_take() -> None:
    stage = Stage(SmallVoice(), slots=6).start()
    stage.say(1, "|".join("abcdefgh"))
    eventually(lambda: stage.border.full)
    stage.studio.order(Prepare(line(9, "goodbye")))
    eventually(lambda: "goodbye" in stage.voice.said)
    stage.close()


def test_the_beat_goes_on_idle_and_while_the_ring_is_full() -> None:
    stage = Stage(SmallVoice(), slots=6).start()
    beat = int(stage.border.head[Head.BEAT])
    eventually(lambda: stage.border.head[Head.BEAT] > beat + 1)
    stage.say(1, "a|b|c|d")
    eventually(lambda: stage.border.full)
    beat = int(stage.border.head[Head.BEAT])
    eventually(lambda: stage.border.head[Head.BEAT] > beat + 5)
    stage.close()


def test_it_stops_while_it_waits_for_room() -> None:
    stage = Stage(SmallVoice(), slots=6).start()
    stage.say(1, "a|b|c|d")
    eventually(lambda: stage.border.full)
    stage.close()


def test_a_show_of_days_does_not_remember_every_line_that_was_cancelled(stage: Stage) -> None:
    for number in range(1, 5001):
        stage.studio.order(Cancel(number, number + 1))
    stage.say(5001, "no")  # 5001 was cancelled with 5000
    stage.say(5002, "yes")
    eventually(lambda: stage.ready() == [(5002, 0)])
    assert len(stage.studio._cancelled) <= MAX_CANCELLED
