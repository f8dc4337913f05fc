"""A whole show with light players: `Rig` rehearses it in seconds, over a disk that may fill up."""

import asyncio
import threading
from datetime import date
from pathlib import Path
from random import Random
from types import SimpleNamespace

from acting import HEIGHT, WIDTH, SmallClone, SmallReel, SmallVoice, planes
from goods import NOW, Shelf, product

from bot.clock import RehearsalClock
from bot.compliance.decision import decide
from bot.compliance.evidence import ShowFacts
from bot.compliance.label import LabelSpec, draw_label, label_text
from bot.compliance.packs import load_packs
from bot.compliance.presence import PresenceDesk
from bot.compliance.selection import Destination
from bot.show.chat import Triage
from bot.show.conversation import ChatOptions, Conversation
from bot.show.messages import Hello
from bot.show.parts import Parts
from bot.show.programme import Programme
from bot.show.record import Recording
from bot.show.room_rules import RoomRules
from bot.show.run import ShowRun
from bot.show.scenery import Scenery
from bot.show.studio import Cancel, Prepare, Say, Stop, Studio, StudioReady
from bot.show.trail import NO_TRAIL
from bot.show.words import show_words
from bot.stage.air import AirLoop
from bot.stage.border import Border
from bot.stage.compositor import Compositor, Slate
from bot.stage.encoder import Encoder, EncoderSettings
from bot.stage.eye import Eye
from bot.stage.inspection import Inspection
from bot.stage.layout import layout
from bot.stage.mixer import Mixer
from bot.stage.watch import LabelWatch
from bot.stage.witness import Witness
from connectors.base import Event, EventKind, ShowInfo
from persona.answers import Answer
from persona.intents import Intent
from persona.script import Line, LineKind, Script
from products.errors import SetupError
from products.verdict import Finding, Severity, Verdict
from schedules.rundown import Cue, CueKind, Rundown

PLAN = layout(WIDTH, HEIGHT)
LABEL = draw_label(LabelSpec(label_text(["en"], [])), PLAN).overlay
PACKS = load_packs()


class Writer:
    """One short line for all, two for a pitch."""

    async def pitch(self, goods, brief):
        lines = (f"Here is {goods.handle}.|It is good.", f"More of {goods.handle}.")
        return Script(goods.handle, "en", tuple(self._line(brief, t, (goods.handle,)) for t in lines))

    async def offers(self, goods, brief, limit=3):
        return Script(None, "en", (self._line(brief, "An offer."),))

    async def line(self, brief, goods=()):
        return self._line(brief, f"The {brief.kind}.")

    def _line(self, brief, text, products=()):
        return Line("w", brief.kind, text, "en", products)


class Gate:
    bad = "forbidden"

    def clear(self, utterance, now):
        hit = (Finding("r", Severity.BLOCK, "no"),) if self.bad in utterance.text else ()
        return Verdict(utterance, (), hit, now)


class Answerer:
    def consider(self, question, catalogue, now, table, recent=()):
        line = Line("a", LineKind.ANSWER, f"{question.viewer}, here you are.", "en", reply_to=question.id)
        return Answer(line, "here", True, question.text, None, Intent.PRICE)


class Ledger:
    """A ledger on a disk that may fill up."""

    def __init__(self, path: Path) -> None:
        self.path, self.full, self.entries = path, False, []

    async def append(self, entry):
        if self.full:
            raise SetupError("the disk is full", remedy="Make room.")
        self.entries.append(entry)

    async def close(self, now):
        return None


class ThreadStudio:
    """The studio process's interface over a studio in a thread."""

    def __init__(self, border: Border) -> None:
        self.border, self.voice = border, SmallVoice(ticks=20)
        self.ready = self.lost = False
        self.restarts = 0
        self._reports = []
        self.studio = Studio(border, self.voice, SmallClone(), self._reports.append)
        self.thread = threading.Thread(target=self.studio.run, daemon=True)

    def start(self):
        self.thread.start()
        self._reports.append(StudioReady(frozenset({"en"}), 0.0))

    def say(self, number, line, generation):
        self.studio.order(Say(number, line, generation))

    def cancel(self, first, last):
        self.border.cancel(first, last)
        self.studio.order(Cancel(first, last))

    def prepare(self, line):
        self.studio.order(Prepare(line))

    def reports(self):
        out = []
        while self._reports:
            out.append(self._reports.pop(0))
            self.ready = self.ready or isinstance(out[-1], StudioReady)
        return out

    def check(self, now):
        pass

    def close(self):
        self.studio.order(Stop())
        self.thread.join(10)


class Watched:
    """A sink that notes for each tick what stood on the picture."""

    def __init__(self, air: AirLoop) -> None:
        self.air, self.ticks, self.closed = air, [], 0

    def take(self, n, packets):
        scene = self.air.scene
        self.ticks.append((scene.slate is not None, scene.label is not None))

    def close(self):
        self.closed += 1


class Rig:
    """`studio`: opens who speaks, over the border; `trail`: is told what becomes of questions."""

    def __init__(
        self,
        tmp: Path,
        minutes: float,
        platform="room",
        market="US",
        studio=None,
        trail=NO_TRAIL,
        wait=False,
        thinker=None,
    ) -> None:
        self.clock, self.border = RehearsalClock(NOW), Border.create(slots=150)
        encoder = Encoder(WIDTH, HEIGHT, 25, EncoderSettings("ultrafast", 1000))
        reel, goods = SmallReel(), Shelf(product(handle="tea"), product(handle="mug", number=2))
        self.air = AirLoop(
            reel,
            self.border,
            Compositor(WIDTH, HEIGHT, reel.backdrop),
            Mixer(1),
            encoder,
            [],
            lambda: 0.0,
        )
        self.air.witness = Witness(25)
        watched = Inspection(25, self.air.witness)
        eye = Eye(LabelWatch(LABEL), encoder.template(), 25, lambda s: None, wait=True, inspection=watched)
        self.watched = Watched(self.air)
        self.air.sinks += [eye, self.watched]
        found = decide(
            PACKS,
            [Destination(platform, market)],
            (market,),
            date(2026, 11, 22),
            ShowFacts(cloned_person=False, virtual_scene=True, prerecorded=False),
            local_try=True,
        )
        self.ledger = Ledger(tmp / "ledger.jsonl")
        record = Recording(self.ledger, self.clock.now)
        self.inbox: asyncio.Queue = asyncio.Queue(maxsize=2000)
        plan = Rundown(
            (
                Cue("w", CueKind.WELCOME, 5),
                Cue("1-tea", CueKind.PITCH, 10, "tea"),
                Cue("2-mug", CueKind.PITCH, 10, "mug"),
            ),
            loop_from=1,
        )
        self.studio = (studio or ThreadStudio)(self.border)
        self.hooks: dict[int, object] = {}
        parts = Parts(
            info=ShowInfo("s", "A show", "en", WIDTH, HEIGHT, 25),
            plan=plan,
            minutes=minutes,
            clock=self.clock,
            catalogue=goods,
            programme=Programme(Writer(), Gate(), goods, "en", self.clock.now),
            conversation=lambda director, tell: Conversation(
                Triage(),
                Answerer(),
                goods,
                director,
                tell,
                record.note,
                ChatOptions(wait=wait, trail=trail, thinker=thinker),
            ),
            trail=trail,
            decision=found,
            rules=RoomRules(found, PresenceDesk(found.merged.presence), Random(1)),
            label=LABEL,
            studio=self.studio,
            air=self.air,
            eye=eye,
            scenery=Scenery(
                self.air,
                PLAN,
                "en",
                lambda name: None,
                lambda sent, clause, card: SimpleNamespace(at=lambda s: None),
                lambda kind, words: Slate(kind, planes(WIDTH, HEIGHT, 40)),
            ),
            record=record,
            channels=[],
            inbox=self.inbox,
            room_inbox=asyncio.Queue(),
            hello=Hello(
                show="s",
                title="A show",
                language="en",
                platform="room",
                mode="clone",
                codecs="",
                width=1,
                height=1,
            ),
            words=show_words("en"),
            keep_all=True,
        )
        self.run = ShowRun(parts)

    async def play(self, limit_s: float = 240.0) -> None:
        """The whole show; `hooks[second]` is called when that second of air begins."""

        def progress(share: float) -> None:
            hook = self.hooks.pop(round(self.air.seconds), None)
            if hook is not None:
                hook()

        try:
            async with asyncio.timeout(limit_s):
                await self.run.rehearse(self.clock, progress)
        finally:
            self.studio.close()
            self.border.close()

    def ask(self, text: str, viewer: str = "Ada", message: str = "m1") -> None:
        now = self.clock.now()
        self.inbox.put_nowait(Event(EventKind.COMMENT, "room", message, now, viewer, viewer, text))

    def said(self) -> list[str]:
        return [s.line.text for s in self.run.chronicle.aired]

    def kinds(self) -> list[str]:
        return [e.kind for e in self.ledger.entries]

    def moves(self) -> list[str]:
        """The show's states in their order, from the ledger."""
        states = [e.data["air"] for e in self.ledger.entries if e.kind == "session"]
        return [s for k, s in enumerate(states) if k == 0 or s != states[k - 1]]
