"""The director: two lines ahead, answers first, back to the sentence that was cut, nothing uncleared."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.show.director import Director, Sent
from bot.show.programme import CueLines, Programme, Refusal
from bot.show.studio import ClauseReady
from bot.stage.air import Mark
from persona.script import Brief, Line, LineKind, Question, Script
from products.catalogue import Fact, Product
from products.verdict import Finding, Severity, Utterance, Verdict
from schedules.rundown import Cue, CueKind, Rundown

NOW = datetime(2026, 11, 22, tzinfo=UTC)


class OneWriter:
    """Writes numbered lines; every cue but a pitch has one."""

    def __init__(self) -> None:
        self.count = 0

    def _line(self, kind: LineKind) -> Line:
        self.count += 1
        return Line(f"w{self.count}", kind, f"First {self.count}. Second {self.count}.", "en")

    async def pitch(self, product: Product, brief: Brief) -> Script:
        raise AssertionError("the catalogue of this test is empty")

    async def line(self, brief: Brief, products: Sequence[Product] = ()) -> Line:
        return self._line(brief.kind)

    async def offers(self, products: Sequence[Product], brief: Brief, limit: int = 3) -> Script:
        return Script(None, "en", tuple(self._line(LineKind.OFFER) for _ in range(3)))

    async def answer(
        self, question: Question, products: Sequence[Product], facts: Sequence[Fact], brief: Brief
    ) -> Line | None:
        return None


class NoProducts:
    revision = 0

    def product(self, handle: str) -> None:
        return None

    def products(self) -> list[Product]:
        return []

    def facts(self, handles: object, now: datetime) -> list[Fact]:
        return []

    def search(self, text: str, limit: int = 10) -> list[Product]:
        return []


@dataclass
class Gate:
    """A clearance that refuses texts holding a word."""

    bad: set[str] = field(default_factory=set)

    def clear(self, utterance: Utterance, now: datetime) -> Verdict:
        hit = [w for w in self.bad if w in utterance.text]
        findings = tuple(Finding("test", Severity.BLOCK, w) for w in hit)
        return Verdict(utterance, (), findings, now)


@dataclass
class Heard:
    """Both ends of the director: what it sent, and what it told."""

    sent_lines: list[tuple[int, str, int]] = field(default_factory=list)
    cancelled: list[tuple[int, int]] = field(default_factory=list)
    events: list[tuple[str, str]] = field(default_factory=list)

    def say(self, number: int, line: Line, generation: int) -> None:
        self.sent_lines.append((number, line.text, generation))

    def cancel(self, first: int, last: int) -> None:
        self.cancelled.append((first, last))

    def sent(self, sent: Sent) -> None: ...

    def clause(self, sent: Sent, clause: ClauseReady) -> None: ...

    def started(self, sent: Sent) -> None:
        self.events.append(("started", sent.line.text))

    def said(self, sent: Sent) -> None:
        self.events.append(("said", sent.line.text))

    def cut(self, sent: Sent) -> None:
        self.events.append(("cut", sent.line.text))

    def taken_back(self, sent: Sent) -> None:
        self.events.append(("taken back", sent.line.text))

    def refused(self, refusal: Refusal) -> None:
        self.events.append(("refused", refusal.line.text))

    def failed(self, sent: Sent, reason: str) -> None:
        self.events.append(("failed", sent.line.text))


async def made(gate: Gate | None = None) -> tuple[Director, Heard, Gate]:
    plan = Rundown(
        (Cue("a", CueKind.OFFER, 30), Cue("q", CueKind.QUESTIONS, 30), Cue("b", CueKind.OFFER, 30)),
        loop_from=0,
    )
    gate, heard = gate or Gate(), Heard()
    programme = Programme(OneWriter(), gate, NoProducts(), "en", lambda: NOW)
    director = Director(plan, programme, heard, heard)
    await director.prepare()
    director.step(0)
    return director, heard, gate


def clauses(director: Director, number: int, text: str) -> None:
    """The studio reports both sentences of a line."""
    middle = text.index("Second") if "Second" in text else len(text)
    spans = [(0, middle), (middle, len(text))] if middle < len(text) else [(0, middle)]
    for k, (a, b) in enumerate(spans):
        last = k == len(spans) - 1
        director.on_report(ClauseReady(number, k, last, a, b, 50, (), 0))


def aired(director: Director, number: int, text: str, n: int) -> None:
    clauses(director, number, text)
    for k in range(2):
        director.on_mark(Mark(n + 50 * k, number, k, "start"))
        director.on_mark(Mark(n + 50 * k + 49, number, k, "end"))
    director.on_mark(Mark(n + 99, number, 1, "line_end"))


async def test_it_stays_two_lines_ahead() -> None:
    director, heard, _ = await made()
    assert [t for _, t, _ in heard.sent_lines] == ["First 1. Second 1.", "First 2. Second 2."]
    director.step(1)
    assert len(heard.sent_lines) == 2
    aired(director, 1, "First 1. Second 1.", 0)
    director.step(4)
    assert len(heard.sent_lines) == 3
    assert heard.events == [("started", "First 1. Second 1."), ("said", "First 1. Second 1.")]


async def test_an_answer_overtakes_and_the_cut_sentence_is_said_again() -> None:
    director, heard, _ = await made()
    clauses(director, 1, "First 1. Second 1.")
    director.on_mark(Mark(0, 1, 0, "start"))
    director.on_mark(Mark(49, 1, 0, "end"))
    question = Question("q", "room", "Alice", "How much?", "en", NOW)
    assert director.may_answer()
    assert director.answer(Line("ans", LineKind.ANSWER, "Alice, it is here.", "en"), question)
    assert heard.sent_lines[-1] == (3, "Alice, it is here.", 1)
    director.step(2)
    assert len(heard.sent_lines) == 3, "nothing is sent behind an answer that has not come to its last clause"
    director.on_report(ClauseReady(3, 0, True, 0, 18, 40, (), 1))
    director.on_mark(Mark(60, 3, 0, "start"))
    director.step(3)
    assert [t for _, t, _ in heard.sent_lines[3:]] == ["Second 1."]
    director.on_mark(Mark(99, 3, 0, "end"))
    director.on_mark(Mark(99, 3, 0, "line_end"))
    director.step(4)
    assert [t for _, t, _ in heard.sent_lines[3:]] == ["Second 1.", "First 2. Second 2."]
    assert ("cut", "First 1. Second 1.") in heard.events


async def test_the_desk_is_told_what_is_next_no_more_when_an_answer_comes_before_it() -> None:
    shown: dict[str, tuple[str, str]] = {}  # what a desk shows, by line

    class Desk(Heard):
        def sent(self, sent: Sent) -> None:
            shown[sent.line.id] = ("next", sent.line.text)

        def started(self, sent: Sent) -> None:
            shown[sent.line.id] = ("saying", sent.line.text)

        def taken_back(self, sent: Sent) -> None:
            del shown[sent.line.id]

    heard = Desk()
    plan = Rundown((Cue("a", CueKind.OFFER, 30),), loop_from=0)
    director = Director(plan, Programme(OneWriter(), Gate(), NoProducts(), "en", lambda: NOW), heard, heard)
    await director.prepare()
    director.step(0)
    director.on_mark(Mark(0, 1, 0, "start"))
    question = Question("q", "room", "Alice", "How much?", "en", NOW)
    director.answer(Line("ans", LineKind.ANSWER, "Here.", "en"), question)
    director.on_report(ClauseReady(3, 0, True, 0, 5, 40, (), 1))
    director.on_mark(Mark(60, 3, 0, "start"))
    assert [text for state, text in shown.values() if state == "next"] == []
    director.step(3)
    number = heard.sent_lines[-1][0]
    director.on_mark(Mark(99, 3, 0, "line_end"))
    director.step(4)
    director.on_mark(Mark(110, number, 0, "start"))
    aired(director, number, "First 1. Second 1.", 110)
    director.step(8)
    following = heard.sent_lines[-2][0]
    assert ("next", "First 2. Second 2.") in shown.values()
    director.on_mark(Mark(300, following, 0, "start"))
    now = [text for state, text in shown.values() if state == "saying"]
    assert now[-1] == "First 2. Second 2."
    assert "First 2. Second 2." not in [text for state, text in shown.values() if state == "next"]


async def test_what_a_line_that_is_refused_takes_back_with_it_is_told() -> None:
    director, heard, gate = await made()
    gate.bad = {"First 1."}
    director.reclear()
    assert ("taken back", "First 2. Second 2.") in heard.events


async def test_a_second_answer_never_cuts_the_first() -> None:
    director, _, _ = await made()
    question = Question("q", "room", "Alice", "How much?", "en", NOW)
    director.answer(Line("a1", LineKind.ANSWER, "One.", "en"), question)
    assert not director.may_answer()


@dataclass
class Told(Heard):
    """As above, with whose question a line answers and whether it goes on with one that was cut."""

    answers: list[tuple[str, str, bool]] = field(default_factory=list)

    def started(self, sent: Sent) -> None:
        self.answers.append((sent.line.text, sent.question.id if sent.question else "", sent.again))


async def answering() -> tuple[Director, Told]:
    heard = Told()
    plan = Rundown((Cue("q", CueKind.QUESTIONS, 30),), loop_from=0)
    director = Director(plan, Programme(OneWriter(), Gate(), NoProducts(), "en", lambda: NOW), heard, heard)
    question = Question("q1", "room", "Alice", "How much?", "en", NOW)
    director.answer(Line("a1", LineKind.ANSWER, "First 9. Second 9.", "en"), question)
    return director, heard


async def test_an_answer_that_is_interrupted_by_a_hold_is_still_that_viewers_answer() -> None:
    director, heard = await answering()
    clauses(director, 1, "First 9. Second 9.")
    director.on_mark(Mark(0, 1, 0, "start"))
    director.on_mark(Mark(49, 1, 0, "end"))
    director.drop_all()
    director.step(3)
    number, text, _ = heard.sent_lines[-1]
    director.on_mark(Mark(150, number, 0, "start"))
    assert text == "Second 9."
    assert heard.answers == [("First 9. Second 9.", "q1", False), ("Second 9.", "q1", True)]


async def test_an_answer_that_a_hold_came_before_begins_with_its_question() -> None:
    director, heard = await answering()
    director.drop_all()
    director.skip_cue()
    director.step(3)
    director.on_mark(Mark(150, heard.sent_lines[-1][0], 0, "start"))
    assert heard.answers == [("First 9. Second 9.", "q1", False)]


async def test_a_line_that_no_longer_clears_is_taken_back_and_the_next_is_kept() -> None:
    director, heard, gate = await made()
    gate.bad = {"First 1."}
    director.reclear()
    assert heard.cancelled == [(1, 2)]
    assert heard.events[-1] == ("refused", "First 1. Second 1.")
    director.step(0.5)
    assert [t for _, t, _ in heard.sent_lines[2:]] == ["First 2. Second 2.", "First 3. Second 3."]


async def test_nothing_uncleared_is_sent() -> None:
    _, heard, _ = await made(Gate({"First 2."}))
    assert [t for _, t, _ in heard.sent_lines] == ["First 1. Second 1.", "First 3. Second 3."]
    assert heard.events == [("refused", "First 2. Second 2.")]


async def test_after_the_studio_was_lost_everything_is_said_again() -> None:
    director, heard, _ = await made()
    director.on_mark(Mark(0, 1, 0, "start"))
    director.studio_lost()
    director.step(1)
    assert heard.sent_lines[2:] == [(3, "First 1. Second 1.", 1), (4, "First 2. Second 2.", 1)]


async def test_the_goodbye_is_the_last() -> None:
    director, heard, _ = await made()
    director.last_words(Line("bye", LineKind.GOODBYE, "Goodbye.", "en"))
    await director.prepare()
    for at in range(5):
        director.step(at)
    assert heard.sent_lines[-1][1] == "Goodbye."


async def test_a_question_window_closes_when_nobody_asks() -> None:
    director, heard, _ = await made()
    for number in (1, 2, 3):
        aired(director, number, heard.sent_lines[number - 1][1], 100 * number)
        await director.prepare()
        director.step(4.0 * number)
    assert len(heard.sent_lines) == 4, "the invitation"
    await director.prepare()
    aired(director, 4, heard.sent_lines[3][1], 400)
    director.step(20.1)
    assert len(heard.sent_lines) == 4
    director.step(26)
    assert len(heard.sent_lines) == 6


async def cues_after(director: Director, count: int) -> list[str]:
    """The ids of the cues that are written next."""
    found = []
    for _ in range(count):
        await director.prepare()
        assert director._upcoming is not None
        found.append(director._upcoming.cue.id)
        director._upcoming = None
    return found


async def test_the_operator_jumps_to_a_cue_and_it_goes_on_from_there() -> None:
    director, heard, _ = await made()
    assert director.jump("b") and not director.jump("nothing of the kind")
    assert await cues_after(director, 3) == ["b", "a", "q"]
    director.step(1)
    assert len(heard.sent_lines) == 2, "what is under way is said to its end"


async def test_a_jump_leaves_an_open_question_window() -> None:
    director, _, _ = await made()
    await director.prepare()
    director._todo.clear()
    director._flying.clear()
    director.step(1)
    assert director._cue is not None and director._cue.id == "q"
    director.jump("b")
    await director.prepare()
    director.step(1.1)
    assert director._cue.id == "b"


async def test_another_order_holds_for_this_lap_and_the_next() -> None:
    director, _, _ = await made()
    cues = director.reorder(["b", "a", "q"])
    assert cues is not None and [c.id for c in cues] == ["b", "a", "q"]
    assert await cues_after(director, 4) == ["q", "b", "a", "q"], "the cue that is on goes on"
    assert director.reorder(["a", "a", "q"]) is None and director.reorder(["a"]) is None


async def test_a_cue_that_is_being_written_while_the_way_changes_is_not_said() -> None:
    director, _, _ = await made()
    plan, writing = director._programme, asyncio.Event()
    write, go_on = plan.cue_lines, asyncio.Event()

    async def slowly(cue: Cue, lap: int) -> CueLines:
        writing.set()
        await go_on.wait()
        return await write(cue, lap)

    plan.cue_lines = slowly  # type: ignore[method-assign]
    preparing = asyncio.ensure_future(director.prepare())
    await writing.wait()
    director.jump("b")
    go_on.set()
    await preparing
    assert director._upcoming is None
    assert await cues_after(director, 1) == ["b"]


async def test_a_show_that_ends_goes_nowhere_else() -> None:
    director, _, _ = await made()
    director.last_words(Line("bye", LineKind.GOODBYE, "Goodbye.", "en"))
    assert not director.jump("b") and director.reorder(["b", "a", "q"]) is None
