"""A show in words only, in virtual time: writer, clearance, director, rundown and chat of a real show, with a
mouth that takes as long as a voice would and makes no sound.

    async with open_text_show(settings, "en", seed=1) as show:
        await show.play(hours=24, chat=messages)
        show.aired, show.refused, show.notes
"""

import asyncio
import contextlib
import importlib
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from bot.app import make_clearance, make_decision, make_script_desk, make_writer
from bot.clock import RehearsalClock
from bot.compliance.office import open_office
from bot.settings import Settings
from bot.shop import Shop, ShowOrder, open_shop
from bot.show.chat_setup import ChatSetup
from bot.show.conversation import Conversation
from bot.show.director import Director, Sent
from bot.show.programme import Programme, Refusal
from bot.show.studio import ClauseReady
from bot.stage.air import Mark
from connectors.base import Event, EventKind
from persona.script import Line, LineKind, Question
from products.claims import sayable
from products.verdict import Clearance, Utterance, Verdict
from schedules.calendar import zone_named

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample" / "show.yaml"
START = datetime(2026, 11, 22, 12, tzinfo=UTC)
FPS = 25
CHARACTERS_A_SECOND = {"en": 14.0, "zh": 4.5}
PAUSE_S = 0.4
REFRESH_S = 240.0
IDLE_STEP_S = 0.5


@dataclass(frozen=True, slots=True)
class Said:
    """A line that aired from `at` for `seconds` of the show (0: it was cut). `question`: what it answers."""

    at: float
    seconds: float
    line: Line
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """A viewer's message at `at` seconds of the show."""

    at: float
    viewer: str
    text: str
    id: str


def lying_models() -> ModuleType:
    """tests/lying_models.py: the servers that lie."""
    folder = str(ROOT / "tests")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module("lying_models")


class Watched:
    """A clearance that keeps what it refused, to be held against what was logged."""

    def __init__(self, clearance: Clearance) -> None:
        self._clearance = clearance
        self.refused: list[Verdict] = []
        self.asked = 0

    def clear(self, utterance: Utterance, now: datetime) -> Verdict:
        verdict = self._clearance.clear(utterance, now)
        self.asked += 1
        if not verdict.cleared:
            self.refused.append(verdict)
        return verdict


class Mouth:
    """Speaks lines one after the other in virtual time. `hears` is told what begins and ends."""

    def __init__(self) -> None:
        self.waiting: list[tuple[int, Line, int]] = []
        self.now: tuple[int, Line, float, float] | None = None
        self.director: Director | None = None

    def say(self, number: int, line: Line, generation: int) -> None:
        assert self.director is not None
        self.waiting = [w for w in self.waiting if w[2] >= generation]
        self.waiting.append((number, line, generation))

    def cancel(self, first: int, last: int) -> None:
        self.waiting = [w for w in self.waiting if not first <= w[0] <= last]

    def step(self, at: float) -> float:
        """Ends and begins what is due at `at`; the moment at which it must be called again."""
        assert self.director is not None
        if self.now is not None and at >= self.now[3]:
            number = self.now[0]
            tick = round(self.now[3] * FPS)
            self.now = None
            self.director.on_mark(Mark(tick, number, 0, "end"))
            self.director.on_mark(Mark(tick, number, 0, "line_end"))
        if self.now is None and self.waiting:
            number, line, generation = self.waiting.pop(0)
            seconds = len(line.text) / CHARACTERS_A_SECOND.get(line.language, 14.0) + PAUSE_S
            self.now = (number, line, at, at + seconds)
            ready = ClauseReady(number, 0, True, 0, len(line.text), round(seconds * FPS), (), generation)
            self.director.on_report(ready)
            self.director.on_mark(Mark(round(at * FPS), number, 0, "start"))
        return self.now[3] if self.now is not None else at + IDLE_STEP_S


@dataclass
class TextShow:
    """The parts of a show that deal with words. `notes`: what would stand in the ledger, with its time."""

    shop: Shop
    clock: RehearsalClock
    language: str
    writer: Any
    director: Director
    conversation: Conversation
    mouth: Mouth
    clearance: "Watched"
    programme: Programme
    aired: list[Said] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    notes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refreshed: float = 0.0

    async def play(
        self, seconds: float, chat: Sequence[Typed] = (), progress: Callable[[float], None] = lambda at: None
    ) -> None:
        """The show from its welcome on, for so many seconds of its own time."""
        todo = sorted(chat, key=lambda t: t.at)
        at = self.clock.time()
        end = at + seconds
        while at < end:
            await self.director.prepare()
            while todo and todo[0].at <= at:
                self.type(todo.pop(0))
            if at - self.refreshed >= REFRESH_S:
                self.shop.refresh()
                self.refreshed = at
            self.director.reclear()
            self.conversation.turn(self.clock.now(), self.director.table)
            await self._thought()
            self.conversation.turn(self.clock.now(), self.director.table)
            self.director.step(at)
            following = self.mouth.step(at)
            self.director.step(at)
            step = min(following, at + 5.0, todo[0].at if todo and todo[0].at > at else at + 5.0)
            step = max(step, at + 0.04)
            self.clock.advance(step - at)
            at = step
            progress(at)

    async def _thought(self) -> None:
        """The model answers in real time, in which the show's own time stands."""
        waited = ("_think", "_queue")
        tasks = [t for t in asyncio.all_tasks() if getattr(t.get_coro(), "__name__", "") in waited]
        if tasks:
            await asyncio.wait(tasks, timeout=30)

    def type(self, typed: Typed) -> None:
        """A viewer writes; the event is what the live room makes of it."""
        now = self.clock.now()
        event = Event(EventKind.COMMENT, "room", typed.id, now, typed.viewer, typed.id, typed.text)
        self.conversation.receive(event, now, self.clock.time())

    # ---- News of the director

    def sent(self, sent: Sent) -> None: ...

    def clause(self, sent: Sent, clause: ClauseReady) -> None: ...

    def started(self, sent: Sent) -> None:
        self.director.table = sent.line.products[0] if sent.line.products else self.director.table
        if sent.line.kind is LineKind.ANSWER and sent.question is not None:
            self.conversation.started(sent.question, self.clock.time())

    def said(self, sent: Sent) -> None:
        began = sent.from_s or 0.0
        self.aired.append(Said(began, (sent.to_s or began) - began, sent.line, sent.question))
        self.notes.append(("line.aired", {"text": sent.line.text}))

    def cut(self, sent: Sent) -> None:
        began = sent.from_s or 0.0
        self.aired.append(Said(began, 0.0, sent.line, sent.question))

    def taken_back(self, sent: Sent) -> None: ...

    def refused_line(self, refusal: Refusal) -> None:
        self.refused.append(refusal)
        self.notes.append(("line.refused", {"text": refusal.line.text}))

    def failed(self, sent: Sent, reason: str) -> None:
        self.notes.append(("line.failed", {"text": sent.line.text, "reason": reason}))


class _News:
    """Hands what the director tells to the show, which is made after it."""

    def __init__(self) -> None:
        self.show: TextShow | None = None

    def __getattr__(self, name: str) -> Any:
        assert self.show is not None
        return getattr(self.show, "refused_line" if name == "refused" else name)


@contextlib.asynccontextmanager
async def open_text_show(settings: Settings, language: str, seed: int = 1) -> AsyncIterator[TextShow]:
    """The sample show with the writer that the settings ask for."""
    clock = RehearsalClock(START)
    order = ShowOrder(SAMPLE, language=language, seed=seed)
    shop = open_shop(order, settings, clock.now)
    decision = make_decision(order, shop, open_office(settings.office), clock.now())
    cleared = make_clearance(shop, decision)
    clearance: Any = Watched(cleared)
    notes: list[tuple[str, dict[str, Any]]] = []
    writer = make_writer(settings, shop, clearance, lambda kind, data: notes.append((kind, data)))
    desk = make_script_desk(shop, cleared)
    zone = zone_named(shop.show.time_zone)
    programme = Programme(writer, clearance, shop.catalogue, language, clock.now, seed, desk, zone)
    news, mouth = _News(), Mouth()
    director = Director(shop.show.plan(), programme, mouth, news, FPS, vary=programme.order_seed)
    setup = ChatSetup(
        shop.show.show,
        shop.persona,
        shop.catalogue,
        sayable,
        writer,
        decision,
        clock.now,
        lambda kind, data: notes.append((kind, data)),
        shop.show.service,
    )
    conversation = setup.open(director, lambda message: None)
    mouth.director = director
    show = TextShow(shop, clock, language, writer, director, conversation, mouth, clearance, programme)
    show.notes = notes
    news.show = show
    try:
        yield show
    finally:
        if hasattr(writer, "close"):
            await writer.close()


def hours(count: float) -> float:
    return timedelta(hours=count).total_seconds()
