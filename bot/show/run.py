"""One show's life: everything that it is made of, stepped in order. Live and rehearsed shows run the same
code.

The event loop steps the show twenty times a second (a rehearsal before each tick of the air): what happened,
what the rules say, what is said next. The air has its own thread and never waits for any of it.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from bot.clock import RehearsalClock
from bot.show.cards import card_of
from bot.show.channel_acts import comment_event, listen, pin_product, post_answer
from bot.show.chronicle import Chronicle, interval_record
from bot.show.desk_view import health_view, state_view
from bot.show.director import Director, Sent
from bot.show.messages import (
    CheckIn,
    Command,
    Comment,
    Down,
    Ended,
    Evidence,
    Health,
    Insert,
    State,
)
from bot.show.messages import Presence as PresenceView
from bot.show.parts import Parts
from bot.show.room_rules import Ruling
from bot.show.session import MAY_AIR, Air, Do, Event, Session
from connectors.base import Cap
from persona.script import Line, LineKind
from products.errors import Bug, CastmateError
from schedules.rundown import Cue, CueKind

STEP_S = 0.05
REFRESH = timedelta(minutes=4)  # well below the ten minutes after which stock may not be said
SECOND_S = 1.0
GOODBYE_S = 5.0  # kept free at the end of a show's time
STUDIO_WAIT_S = 120.0
IDLE_S = 20.0  # how long idle motion may stand for a host that ought to speak
ENDING_S = 12.0  # a goodbye that has not been said by then is given up
ASKED_S = 3.0  # the same when somebody asked to end: all is over within five seconds
MAX_INBOX = 2000


@dataclass(slots=True)
class _Moment:
    """Times of the last periodic things, in seconds of air."""

    second: float = -10.0
    refreshed: datetime | None = None
    live_at: float | None = None
    ending_at: float | None = None
    end_by: float | None = None
    studio_seen: float = 0.0
    slate_for_studio: bool = False
    figures: dict[str, float] = field(default_factory=dict)


class ShowRun:
    """Runs one show: `live` in real time, `rehearse` as fast as the machine can."""

    def __init__(self, parts: Parts) -> None:
        self._p = parts
        self.session = Session()
        self._moment = _Moment()
        self._ruling: Ruling | None = None
        self._paused = False
        self._cue: Cue | None = None
        self._cue_since = 0.0
        self._stopping = threading.Event()
        self._asked = asyncio.Event()
        self._began = parts.clock.now()
        self._broken: Bug | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._prepared = False
        self._goodbye: Line | None = None
        self._short_goodbye: Line | None = None
        self.reason = ""
        self.chronicle = Chronicle(
            self._tell, parts.record.note, parts.scenery, self._started, lambda: parts.air.seconds
        )
        self.chronicle.keep = parts.keep_all
        self.director = Director(parts.plan, parts.programme, parts.studio, self.chronicle, parts.info.fps)
        self.conversation = parts.conversation(self.director, self._tell)

    # ---- the two ways to run

    async def live(self) -> None:
        """Until the show has ended. Raises what broke it."""
        parts = self._p
        self._stopping.clear()
        parts.studio.start()
        parts.scenery.label(parts.label)
        await parts.scenery.settle()
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            helpers = [tasks.create_task(c) for c in self._helpers()]
            await self._open()
            air = threading.Thread(target=self._air, name="air")
            air.start()
            try:
                await self._until_ended()
            finally:
                self._stopping.set()
                await asyncio.to_thread(air.join)
                await self._close()
                if self._broken is not None:
                    raise self._broken
                for task in helpers:
                    task.cancel()
        self._tasks = None

    async def rehearse(self, clock: RehearsalClock, progress: Callable[[float], None]) -> None:
        """The same show off air; `clock` advances with each tick. `progress` is told the share done."""
        parts = self._p
        parts.studio.start()
        parts.scenery.label(parts.label)
        await self._studio_ready()
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            writer = tasks.create_task(parts.record.run())
            await self._open()
            total = (parts.minutes or 1.0) * 60 + 10
            tick_s = 1 / parts.info.fps
            try:
                while self.session.air not in (Air.ENDED, Air.FAILED):
                    await self.director.prepare()
                    self._step()
                    await parts.scenery.settle()
                    if await self._wait_for_speech():
                        continue
                    parts.air.tick()
                    clock.advance(tick_s)
                    if parts.air.n % parts.info.fps == 0:
                        progress(min(1.0, parts.air.seconds / total))
                    await asyncio.sleep(0)
            finally:
                await asyncio.to_thread(parts.air.close)
                await self._close()
                writer.cancel()
        self._tasks = None
        progress(1.0)

    def _air(self) -> None:
        """The air's own thread. Should the air break, the show fails: nobody else would notice."""
        try:
            self._p.air.run(self._stopping, time.sleep)
        except Exception as error:  # noqa: BLE001  nobody awaits a thread: `live` raises it
            self._broken = Bug(
                f"The air broke at {self._p.air.seconds:.1f} s: {type(error).__name__}: {error}."
            )

    def ask_to_end(self, reason: str) -> None:
        """Ctrl-C, SIGTERM, or the desk: the clause on air is cut, a short goodbye said, everything closed."""
        self.reason = self.reason or reason
        self._asked.set()
        if self.session.air is Air.ENDING:  # the goodbye that is being said gets no longer than a short one
            by = self._p.air.seconds + ASKED_S
            self._moment.end_by = by if self._moment.end_by is None else min(self._moment.end_by, by)
        if self.session.air in (Air.LIVE, Air.HOLD, Air.CHECKING):
            self._goodbye = self._short_goodbye or self._goodbye
            generation = self.director.drop_all()
            self._p.studio.border.drop_below(generation)
            self._event(Event.END, (reason,))

    # ---- opening and closing

    def _helpers(self) -> Iterable[Any]:
        parts = self._p
        yield parts.record.run()
        yield parts.scenery.run()
        yield self._writing()
        if parts.link is not None:
            yield parts.link.run()
        for channel in parts.channels:
            if Cap.CHAT_IN in channel.connector.caps:
                yield listen(parts, channel)

    async def _open(self) -> None:
        parts = self._p
        parts.loop = asyncio.get_running_loop()
        parts.scenery.hold("starting", parts.words["starting"])
        await parts.scenery.settle()
        parts.record.note("show.decided", parts.decision.record())
        self._goodbye = await self._unless_asked(parts.programme.one(LineKind.GOODBYE))
        if self._goodbye is not None:
            self._short_goodbye = replace(self._goodbye, id="goodbye.short", text=parts.words["goodbye"])
        self._event(Event.START)
        if self._asked.is_set():
            self._event(Event.END, (self.reason,))

    async def _unless_asked(self, writing: Coroutine[Any, Any, Line]) -> Line | None:
        """What is being written, or None as soon as somebody asks to end: a writer may take its time."""
        line, asked = asyncio.ensure_future(writing), asyncio.ensure_future(self._asked.wait())
        await asyncio.wait({line, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if line.done():
            return line.result()
        line.cancel()
        return None

    async def _close(self) -> None:
        parts = self._p
        for channel in parts.channels:
            try:
                await asyncio.wait_for(channel.connector.close(self.reason or "the show is over"), 3)
            except (CastmateError, TimeoutError) as error:
                parts.record.note("channel.close_failed", {"channel": channel.name, "why": str(error)})
        await asyncio.gather(*parts.opening, return_exceptions=True)
        if parts.closing is not None:
            await parts.closing()
        for interval in parts.eye.intervals(final=True):
            parts.record.note("label", interval_record(interval))
        self._tell(self._state())
        ending = Ended(
            reason=self.reason or "the show is over",
            ledger=str(parts.record.path),
            recording=str(parts.record.path.parent),
        )
        self._tell(ending)
        if parts.link is not None:
            await parts.link.drain(1.0)
        parts.studio.close()
        await parts.record.close(self._summary())

    def _summary(self) -> dict[str, Any]:
        figures = self._p.air.figures
        return {
            "reason": self.reason or "the show is over",
            "air": str(self.session.air),
            "seconds": round(self._p.air.seconds, 2),
            "lines": self.chronicle.lines_said,
            "answers": self.conversation.answered,
            "late_ticks": figures.late,
            "skipped_ticks": figures.skipped,
            "studio_restarts": self._p.studio.restarts,
        }

    @property
    def unrecorded(self) -> CastmateError | None:
        """Why the recording or the ledger does not hold all that aired; None when they do."""
        return self._p.recording_failure() or self._p.record.failure

    @property
    def troubles(self) -> Mapping[str, str]:
        """By channel: why its picture does not go out at the moment."""
        return self._p.troubles()

    def label_coverage(self) -> tuple[float, int]:
        """Share of looks at our own decoded picture that found the label, and how many looks there were."""
        return self._p.eye.coverage()

    # ---- the loop

    async def _until_ended(self) -> None:
        while self.session.air not in (Air.ENDED, Air.FAILED):
            if self._broken is not None:
                self.reason = self._broken.message
                self._event(Event.BROKEN, (self.reason,))
            self._step()
            await asyncio.sleep(STEP_S)

    def _step(self) -> None:
        parts, now, at = self._p, self._p.clock.now(), self._p.air.seconds
        self._hear_studio()
        while parts.air.marks:
            self.director.on_mark(parts.air.marks.popleft())
        while not parts.inbox.empty():
            self.conversation.receive(parts.inbox.get_nowait(), self._paced(at), at)
        if at - self._moment.second >= SECOND_S:
            self._moment.second = at
            self._each_second(now, at)
        self._keep_time(at)
        if self.session.air is Air.LIVE and not self._paused:
            self.conversation.turn(now, self.director.table, self._paced(at))
            self.director.step(at)

    def _paced(self, at: float) -> datetime:
        """Time by the air: in a try people's timers run faster, but viewers and answers do not."""
        return self._began + timedelta(seconds=at)

    def _hear_studio(self) -> None:
        studio = self._p.studio
        was_ready = studio.ready
        for report in studio.reports():
            self.director.on_report(report)
        if studio.ready and not was_ready and self.session.air is Air.CHECKING:
            self._event(Event.CHECKS_PASSED)
        studio.check(time.monotonic())
        if studio.lost:
            studio.lost = False
            self._p.record.note("studio.restarted", {"restarts": studio.restarts})
            studio.border.drop_below(self.director.drop_all())
            self.director.studio_lost()

    def _each_second(self, now: datetime, at: float) -> None:
        parts = self._p
        parts.rules.label_seen(now, parts.eye.unseen(at))
        for interval in parts.eye.intervals():
            parts.record.note("label", interval_record(interval))
        self._apply_rules(now)
        self.director.reclear()
        self._studio_away(at)
        self._refresh(now)
        self._tell(self._state())
        self._tell(self._health(at))

    def _studio_away(self, at: float) -> None:
        """Idle motion bridges a restart of the studio; a studio that stays away longer is covered by the
        slate.
        """
        parts, moment = self._p, self._moment
        if parts.studio.ready:
            if moment.slate_for_studio and self.session.air is Air.LIVE:
                parts.scenery.clear_hold()
            moment.studio_seen, moment.slate_for_studio = at, False
        elif (
            self.session.air is Air.LIVE and at - moment.studio_seen > IDLE_S and not moment.slate_for_studio
        ):
            moment.slate_for_studio = True
            parts.scenery.hold("hold", parts.words["hold"])
            parts.record.note("studio.away", {"seconds": round(at - moment.studio_seen)})

    def _apply_rules(self, now: datetime) -> None:
        rules = self._p.rules
        challenge = rules.next_challenge(now)
        if challenge is not None:
            self._tell(challenge)
        ruling = rules.ruling(now)
        if self._ruling is None or ruling.presence.status != self._ruling.presence.status:
            self._p.record.note(
                "cohost." + str(ruling.presence.status),
                {"name": ruling.presence.name, "evidence": list(ruling.presence.evidence)},
            )
        self._ruling = ruling
        self._event(ruling.cohost)
        failure = self.unrecorded
        if failure is not None and ruling.policy in (Event.RULES_CLEAR, Event.RULES_WARN):
            self._event(Event.RULES_HOLD, (f"What cannot be recorded must not air: {failure}",))
        else:
            self._event(ruling.policy, ruling.reasons)
        if rules.needs_cohost:
            status = ruling.presence
            view = PresenceView(
                status=str(status.status), name=status.name, evidence=status.evidence, needed=status.needed
            )
            self._tell(view)

    def _refresh(self, now: datetime) -> None:
        """The shop's files are read again before stock counts as too old to say, by the show's own clock."""
        last = self._moment.refreshed
        if self._p.refresh is not None and (last is None or now - last > REFRESH):
            self._moment.refreshed = now
            if last is not None and self._tasks is not None:
                self._tasks.create_task(self._read_again(self._p.refresh))
        if self.director.table is not None:
            self._put_on_table(self.director.table)

    async def _read_again(self, refresh: Callable[[], None]) -> None:
        """A source that cannot be read does not end the show: its facts grow old, and what is old is not
        said.
        """
        try:
            await asyncio.to_thread(refresh)
        except CastmateError as error:
            self._p.record.note("catalogue.not_read", {"why": str(error)})

    def _keep_time(self, at: float) -> None:
        moment, minutes = self._moment, self._p.minutes
        if self.session.air in (Air.LIVE, Air.HOLD) and moment.live_at is not None and minutes is not None:
            busy = self.director.speaking and at - moment.live_at < minutes * 60
            if at - moment.live_at >= minutes * 60 - GOODBYE_S and not (busy and self.director.answering):
                self._event(Event.TIME_UP, ("the planned time is over",))
        if self.session.air is Air.CHECKING and minutes is not None and at > minutes * 60:
            self.reason = "the show never went live: " + "; ".join(self.session.reasons)
            self._event(Event.TIME_UP, self.session.reasons)
        if self.session.air is Air.ENDING:
            if moment.ending_at is None:
                moment.ending_at = at
            if moment.end_by is None:
                moment.end_by = at + (ASKED_S if self._asked.is_set() else ENDING_S)
            said = self.director.done and not self.director.speaking
            if (said and at - moment.ending_at > 0.5) or at > moment.end_by:
                self._event(Event.GOODBYE_SAID)

    async def _writing(self) -> None:
        """Keeps the next cue written; may wait for a language model without anything else waiting."""
        while not self.director.done:
            await self.director.prepare()
            await asyncio.sleep(STEP_S)

    async def _studio_ready(self) -> None:
        deadline = time.monotonic() + STUDIO_WAIT_S
        while not self._p.studio.ready and time.monotonic() < deadline:
            self._p.studio.reports()
            self._p.studio.check(time.monotonic())
            await asyncio.sleep(0.02)

    async def _wait_for_speech(self) -> bool:
        """In a rehearsal: whether speech is under way that the machine has not made yet (then time
        stands).
        """
        if self.session.air is Air.CHECKING and not self.session.checked:
            self._event(Event.CHECKS_PASSED)
            return True
        if self._p.studio.border.waiting > 0 or not self.director.speaking:
            return False
        await asyncio.sleep(0.002)
        return True

    # ---- the session's commands

    def _event(self, event: Event, reasons: tuple[str, ...] = ()) -> None:
        now = self._p.clock.now()
        try:
            self.session, commands = self.session.handle(event, now, reasons or self._standing(event))
        except ValueError:
            return  # came too late (a second Ctrl-C, news for an ended show): nothing to do
        for command in commands:
            self._do(command, event, now)

    def _standing(self, event: Event) -> tuple[str, ...]:
        """Reasons stay until the rules say otherwise."""
        return () if event in (Event.RULES_CLEAR, Event.RULES_WARN) else self.session.reasons

    def _do(self, command: Do, event: Event, now: datetime) -> None:
        parts = self._p
        match command:
            case Do.SHOW_HOLD:
                kind = "starting" if self.session.air is Air.CHECKING else "hold"
                parts.scenery.hold(kind, parts.words[kind])
                parts.studio.border.drop_below(self.director.drop_all())
                parts.rules.on_air(None)
            case Do.LEAVE_HOLD:
                parts.scenery.clear_hold()
                self._moment.slate_for_studio = False
                parts.rules.on_air(now)
            case Do.OPEN_CHANNELS:
                for channel in parts.channels:
                    if channel.open_sink is not None:
                        channel.open_sink()
            case Do.GO_LIVE:
                self._moment.live_at = parts.air.seconds
            case Do.SAY_GOODBYE:
                self._say_goodbye()
            case Do.CLOSE_AIR:
                self.reason = self.reason or "; ".join(self.session.reasons)
            case Do.RECORD:
                state = {
                    "event": str(event),
                    "air": str(self.session.air),
                    "cohost": str(self.session.cohost),
                    "policy": str(self.session.policy),
                    "reasons": list(self.session.reasons),
                }
                parts.record.note("session", state)
                self._tell(self._state())

    def _say_goodbye(self) -> None:
        parts = self._p
        self.reason = self.reason or "; ".join(self.session.reasons)
        if self.session.policy not in MAY_AIR or self._goodbye is None:
            # a clone that must not be on air does not say goodbye either
            parts.studio.border.drop_below(self.director.drop_all())
            self.director.done = True
            parts.scenery.hold("ending", parts.words["ending"])
            return
        parts.scenery.clear_hold()
        parts.scenery.hide_question()
        self.director.last_words(self._goodbye)

    # ---- what others tell us

    async def receive(self, message: Down) -> None:
        """From the console."""
        now, at = self._p.clock.now(), self._p.air.seconds
        match message:
            case Comment():
                if not self._p.room_inbox.full():
                    self._p.room_inbox.put_nowait(comment_event(message))
            case Command():
                self._command(message)
            case CheckIn():
                self._p.rules.check_in(message, now)
                arriving = {"name": message.name, "arriving": message.arriving}
                self._p.record.note("cohost.check_in", arriving)
            case Evidence():
                if self._p.rules.evidence(message, now) and message.kind == "challenge":
                    self._p.record.note("cohost.challenge_answered", {"challenge": message.challenge})
            case Insert():
                self._insert(message, at)
            case _:
                self._moment.figures["viewers"] = float(message.number)

    def _command(self, message: Command) -> None:
        self._p.record.note("desk", {"command": message.name, "by": message.by})
        match message.name:
            case "hold":
                self._event(Event.OPERATOR_HOLDS, (f"{message.by} holds the show",))
            case "resume":
                self._event(Event.OPERATOR_RESUMES)
            case "pause_clone":
                self._paused = True
                self._p.studio.border.drop_below(self.director.drop_all())
            case "resume_clone":
                self._paused = False
            case "end":
                self.ask_to_end(f"{message.by} ended the show")
            case "next_cue":
                self.director.skip_cue()

    def _insert(self, message: Insert, at: float) -> None:
        line = Line(
            f"insert.{round(at * 1000)}", LineKind.FILLER, message.text, self._p.info.language, (), (), "desk"
        )
        if self.director.table is not None:
            line = replace(line, products=(self.director.table,))
        self._p.record.note("desk", {"insert": message.text, "by": message.by})
        self.director.insert(line)

    # ---- what the air began to say

    def _started(self, sent: Sent) -> None:
        parts, at = self._p, self._p.air.seconds
        parts.rules.spoke(parts.clock.now())
        self._prepare_goodbyes()
        if sent.question is not None and sent.line.kind is LineKind.ANSWER:
            self.conversation.started(sent.question, at)
            if self._tasks is not None:
                self._tasks.create_task(post_answer(self._p, self.conversation, sent))
        if sent.cue is not None and sent.line.kind is not LineKind.ANSWER:
            if self._cue is None or self._cue.id != sent.cue.id:
                self._cue_since = at
            self._cue = sent.cue
        wanted = sent.line.products[0] if sent.line.products else None
        if sent.cue is not None and sent.cue.kind is CueKind.PITCH and sent.line.kind is LineKind.PITCH:
            wanted = sent.cue.product
        if wanted is not None and sent.line.kind is not LineKind.GOODBYE:
            self._put_on_table(wanted)

    def _prepare_goodbyes(self) -> None:
        """Once the first line airs there is time to speak them into the cache: Ctrl-C must end within
        seconds.
        """
        if not self._prepared:
            self._prepared = True
            for line in (self._short_goodbye, self._goodbye):
                if line is not None:
                    self._p.studio.prepare(line)

    def _put_on_table(self, handle: str) -> None:
        product = self._p.catalogue.product(handle)
        if product is None:
            return
        changed = handle != self.director.table
        self.director.table = handle
        self._p.scenery.show_card(
            card_of(product, self._p.info.language, self._p.clock.now(), self._p.info.id)
        )
        if changed and self._tasks is not None:
            self._tasks.create_task(pin_product(self._p, handle))

    def _tell(self, message: BaseModel) -> None:
        if self._p.link is not None:
            self._p.link.send(message)

    def welcome(self) -> Iterable[BaseModel]:
        """What a console that joins must know."""
        yield self._p.hello
        yield self._state()
        yield from self.chronicle.recent()
        yield from self.conversation.recent()
        if self._p.rules.challenge is not None:
            yield self._p.rules.challenge

    def _state(self) -> State:
        since = (self._cue, self._cue_since)
        return state_view(self._p, self.session, since, self._moment.live_at, paused=self._paused)

    def _health(self, at: float) -> Health:
        waits = self.conversation.waits
        return health_view(self._p, at, self._moment.figures, waits[-1] if waits else None)
