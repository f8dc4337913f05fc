"""One show's life: everything that it is made of, stepped in order. Live and rehearsed shows run the same
code.

The event loop steps the show twenty times a second (a rehearsal before each tick of the air): what happened,
what the rules say, what is said next. The air has its own thread and never waits for any of it.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from bot.clock import RehearsalClock
from bot.show.audience import Audience, on_now
from bot.show.cards import card_of
from bot.show.channel_acts import can_pin, chat_of, handle_of, listen, pin_product, post_answer
from bot.show.chronicle import Chronicle
from bot.show.conduct import Conduct
from bot.show.desk_orders import DeskOrders
from bot.show.director import Director, Sent
from bot.show.human import Place
from bot.show.messages import Down, Ended, Health
from bot.show.oversight import Oversight
from bot.show.parts import Parts
from bot.show.sales import Till
from bot.show.session import Air, Event, Session
from bot.show.stand import Stand
from bot.show.standstill import HUNG_S, Standstill
from bot.show.trail import NO_TRAIL, FollowedNews
from connectors.base import Cap, EventKind, Metrics
from persona.script import Line, LineKind
from products.errors import Bug, CastmateError, RemoteError
from schedules.rundown import Cue, CueKind

STEP_S = 0.05
REFRESH = timedelta(minutes=4)  # well below the ten minutes after which stock may not be said
SECOND_S = 1.0
STUDIO_WAIT_S = 120.0
MAX_INBOX = 2000
MUTE = 12  # lines in a row that cannot be spoken: a rehearsal ends


class ShowRun:
    """Runs one show: `live` in real time, `rehearse` as fast as the machine can."""

    def __init__(self, parts: Parts) -> None:
        self._p = parts
        self._second = -10.0
        self._refreshed: datetime | None = None
        self._questions = (0, 0)  # asked and answered until the last second
        self._stopping = threading.Event()
        self._asked = asyncio.Event()
        self._began = parts.clock.now()
        self._broken: Bug | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self.chronicle = Chronicle(
            self._tell, parts.record.note, parts.scenery, self._started, lambda: parts.air.seconds,
            apart=parts.hello.chats_apart,
        )  # fmt: skip
        self.chronicle.keep = parts.keep_all
        self.director = Director(
            parts.plan,
            parts.programme,
            parts.studio,
            self.chronicle if parts.trail is NO_TRAIL else FollowedNews(self.chronicle, parts.trail),
            parts.info.fps,
            vary=parts.programme.order_seed,
            start_at=parts.start_at,
            clips=parts.clips,
        )
        self.conversation = parts.conversation(self.director, self._tell)
        self.till = Till(
            parts.hello.show, lambda chat, ref: handle_of(parts, chat, ref), parts.record.note, parts.sell
        )
        self.audience = Audience(
            parts.hello.show, parts.record.path.parent.name, parts.record.note, parts.watched
        )
        parts.metrics = self.metrics
        self._stand = Stand(parts, self._tell, self.chronicle, self.director, self.conversation)
        self._conduct = Conduct(self._stand)
        self._oversight = Oversight(self._stand, self._conduct)
        if parts.clips is not None:
            parts.clips.began = self._clip_began
        self._orders = DeskOrders(self._stand, self._conduct, self.ask_to_end, self._begin)

    @property
    def session(self) -> Session:
        """The state of the show."""
        return self._stand.session

    @property
    def reason(self) -> str:
        """Why the show ended; empty while it runs."""
        return self._stand.reason

    # ---- the two ways to run

    async def live(self) -> None:
        """Until the show has ended. Raises what broke it."""
        parts = self._p
        self._stopping.clear()
        parts.studio.start()
        if parts.human is not None:
            parts.human.begin()
        else:
            parts.scenery.label(parts.label)
        await parts.scenery.settle()
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            helpers = [tasks.create_task(c) for c in self._helpers()]
            await self._open()
            air = threading.Thread(target=self._air, name="air", daemon=True)  # one that hangs keeps nobody
            air.start()
            try:
                await self._until_ended()
            finally:
                self._stopping.set()
                await asyncio.to_thread(air.join, HUNG_S)
                await self._close()
                if self._broken is not None:
                    raise self._broken
                for task in helpers:
                    task.cancel()
        self._tasks = None

    async def rehearse(self, clock: RehearsalClock, progress: Callable[[float], None]) -> None:
        """The same show off air; `clock` advances with each tick. `progress` is told the share done. Raises
        CastmateError when a part breaks, RemoteError when nothing can be spoken.
        """
        try:
            await self._rehearse(clock, progress)
        except BaseExceptionGroup as group:  # of the tasks: whoever asked is told the one reason
            told, _ = group.split(CastmateError)
            if told is None:
                raise
            raise _first(told) from None

    async def _rehearse(self, clock: RehearsalClock, progress: Callable[[float], None]) -> None:
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
                        self._refuse_mute()
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
        self._asked.set()
        self._conduct.ask_to_end(reason)

    # ---- opening and closing

    def _helpers(self) -> Iterable[Any]:
        parts = self._p
        yield parts.record.run()
        yield parts.scenery.run()
        yield self._writing()
        yield self.till.rows.run()
        yield self.audience.rows.run()
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
        tried = {} if parts.speed == 1.0 else {"speed": parts.speed}
        parts.record.note("show.decided", parts.decision.record() | tried)
        if parts.preflight is not None:
            parts.record.note("show.preflight", dict(parts.preflight))
        if not parts.once:
            self._conduct.has_goodbye(await self._unless_asked(parts.programme.one(LineKind.GOODBYE)))
        self._conduct.event(Event.START)
        if self._asked.is_set():
            self._conduct.event(Event.END, (self.reason,))

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
                await asyncio.wait_for(channel.connector.close(self._stand.why()), 3)
            except (CastmateError, TimeoutError) as error:
                parts.record.note("channel.close_failed", {"channel": channel.name, "why": str(error)})
        await asyncio.gather(*parts.opening, return_exceptions=True)
        await self.conversation.close()
        await self.till.rows.close()
        await self.audience.close(parts.clock.now(), parts.air.seconds)
        if parts.closing is not None:
            await parts.closing()
        self._oversight.watching.close()
        self._tell(self._stand.state())
        ending = Ended(
            reason=self._stand.why(),
            ledger=str(parts.record.path),
            recording=str(parts.record.path.parent),
        )
        self._tell(ending)
        if parts.link is not None:
            await parts.link.drain(1.0)
        parts.studio.close()
        if parts.human is not None:
            parts.human.close()
        if parts.clips is not None:
            parts.clips.close()
        sales = self.till.summary()
        await parts.record.close({**self._stand.summary(), **({"sales": sales} if sales else {})})

    @property
    def unrecorded(self) -> CastmateError | None:
        """Why the recording or the ledger does not hold all that aired; None when they do."""
        return self._stand.unrecorded

    @property
    def troubles(self) -> Mapping[str, str]:
        """By channel: why its picture does not go out at the moment."""
        return self._p.troubles()

    @property
    def unstored(self) -> str:
        """Why what was recorded is not in the shop's store; empty when it is, or there is none."""
        return self._p.unstored()

    def label_coverage(self) -> tuple[float, int]:
        """Share of looks at our own decoded picture that found the label, and how many looks there were."""
        return self._p.eye.coverage()

    # ---- the loop

    async def _until_ended(self) -> None:
        standstill = Standstill()
        while self.session.air not in (Air.ENDED, Air.FAILED):
            if standstill.look(self._p.air.n, time.monotonic()) and self._broken is None:
                at = self._p.air.seconds
                self._broken = Bug(f"The air has stood still for {HUNG_S:.0f} s, at {at:.1f} s.")
            if self._broken is not None:
                self._stand.reason = self._broken.message
                self._conduct.event(Event.BROKEN, (self.reason,))
            self._step()
            await asyncio.sleep(STEP_S)

    def _step(self) -> None:
        parts, now, at = self._p, self._p.clock.now(), self._p.air.seconds
        self._hear_studio()
        while parts.air.marks:
            self.director.on_mark(parts.air.marks.popleft())
        while not parts.inbox.empty():
            event = parts.inbox.get_nowait()
            if event.kind is EventKind.ORDER:
                self.till.order(event, self.director.table, now, self._stand.cue_kind)
            self.audience.hear(event, at)
            self.conversation.receive(event, self._paced(at), at)
        if at - self._second >= SECOND_S:
            self._second = at
            self._oversight.look(at)
            self._look_at_audience(now, at)
            self._refresh(now)
            self._tell(self._stand.state())
            self._tell_health(self._stand.health(at))
        self._oversight.keep_time(at)
        self._live_person(at)
        if parts.clips is not None:
            parts.clips.step(now, at, self._no_clip())
        taken_over = self._stand.human_alone and parts.prompter is None
        speaks = self.session.air is Air.LIVE and not self._stand.paused and not taken_over
        if speaks and self._stand.may_begin(at):
            self.conversation.turn(now, self.director.table, self._paced(at))
            self.director.step(at)

    def _no_clip(self) -> str:
        """Why no filmed clip may be on the air; "" when one may."""
        human = self._p.human
        if self.session.air is not Air.LIVE:
            return f"the show is {self.session.air}"
        if self._stand.paused:
            return "the host is paused"
        if human is not None and (human.alone or human.place is not Place.OFF):
            return "a person is on the air"
        return "an answer" if self.director.answering else ""

    def _look_at_audience(self, now: datetime, at: float) -> None:
        """Who watches what is on, and whether the desk must be told that they turn away."""
        stand, room = self._stand, self._stand.figures.get("viewers")
        if room is not None:
            self.audience.told("room", round(room), None, at)
        asked, answered = self.conversation.asked, self.conversation.answered
        before, self._questions = self._questions, (asked, answered)
        human = self._p.human
        inset = human is not None and human.place is Place.INSET
        on = on_now(
            self.session.air, stand.cue_kind, self.director.table, alone=stand.human_alone, inset=inset
        )
        self.audience.look(on, asked - before[0], answered - before[1], now, at)
        said = () if self._p.spoken is None else self._p.spoken.words(now)
        if self.till.orders:
            stand.figures["orders"] = float(self.till.orders)
        stand.figures.update(self._p.storing())
        unstored = filter(None, (self._p.unstored(),))
        stand.worries = (*unstored, *said, *(worry.words() for worry in self.audience.worries))

    def metrics(self, channel: str, figures: Metrics) -> None:
        """What a channel's platform says of its viewers and followers."""
        for known in self._p.channels:
            if known.name == channel:
                chat = chat_of(self._p, known)
                self.audience.told(chat, figures.viewers, figures.followers, self._p.air.seconds)

    def _live_person(self, at: float) -> None:
        """Brings the prompter's next line up; a camera that ended steps down; pages are told what changed."""
        human, prompter = self._p.human, self._p.prompter
        if human is not None:
            if human.gone():
                self._stand.place_taken()
            if human.changed:
                self._tell(human.view())
        if prompter is not None:
            seen = human is not None and human.visible  # nobody reads to a slate
            if seen and self.session.air in (Air.LIVE, Air.ENDING):
                prompter.step(at)
            if prompter.changed:
                self._tell(prompter.view())

    def _paced(self, at: float) -> datetime:
        """Time by the air: in a try people's timers run faster, but viewers and answers do not."""
        return self._began + timedelta(seconds=at)

    def _hear_studio(self) -> None:
        studio = self._p.studio
        was_ready = studio.ready
        for report in studio.reports():
            self.director.on_report(report)
        if studio.ready and not was_ready and self.session.air is Air.CHECKING:
            self._conduct.event(Event.CHECKS_PASSED)
        studio.check(time.monotonic())
        if studio.lost:
            studio.lost = False
            self._p.record.note("studio.restarted", {"restarts": studio.restarts})
            studio.border.drop_below(self.director.drop_all())
            self.director.studio_lost()

    def _refresh(self, now: datetime) -> None:
        """The shop's files are read again before stock counts as too old to say, by the show's own clock."""
        last = self._refreshed
        if self._p.refresh is not None and (last is None or now - last > REFRESH):
            self._refreshed = now
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
            self._conduct.event(Event.CHECKS_PASSED)
            return True
        if self._p.studio.border.waiting > 0 or not self.director.speaking:
            return False
        await asyncio.sleep(0.002)
        return True

    def _refuse_mute(self) -> None:
        """In a rehearsal, where time waits for speech: a voice that says nothing would make it last for ever.
        Raises RemoteError.
        """
        if self.chronicle.mute < MUTE:
            return
        text, reason = self.chronicle.failures[-1]
        raise RemoteError(
            f'{MUTE} lines in a row could not be spoken, last "{text}": {reason}',
            remedy="Mend the voice; castmate voice try tells whether it speaks.",
        )

    # ---- what others tell us

    async def receive(self, message: Down) -> None:
        """From the console."""
        await self._orders.receive(message)

    def camera_piece(self, data: bytes) -> None:
        """From the console: a piece of a live person's camera."""
        self._orders.camera_piece(data)

    # ---- what the air began to say

    def _started(self, sent: Sent) -> None:
        parts, at = self._p, self._p.air.seconds
        parts.rules.spoke(parts.clock.now())
        if sent.line.kind is LineKind.NOTICE:
            parts.rules.notice(parts.clock.now())
        self.till.said(sent.line, parts.clock.now())
        self._conduct.prepare_goodbyes()
        if sent.question is not None and sent.line.kind is LineKind.ANSWER:
            self.conversation.started(sent.question, at)
            if self._tasks is not None and not sent.again:  # the chat has it whole since it began
                self._tasks.create_task(post_answer(self._p, self.conversation, sent))
        if sent.cue is not None and sent.line.kind is not LineKind.ANSWER:
            if self._stand.cue is None or self._stand.cue.id != sent.cue.id:
                self._stand.cue_since = at
            self._stand.cue = sent.cue
        if parts.clips is not None and sent.line.kind is not LineKind.ANSWER:
            parts.clips.line_started(sent.cue)
        wanted = sent.line.products[0] if sent.line.products else None
        if sent.cue is not None and sent.cue.kind is CueKind.PITCH and sent.line.kind is LineKind.PITCH:
            wanted = sent.cue.product
        if wanted is not None and sent.line.kind is not LineKind.GOODBYE:
            self._put_on_table(wanted)

    def _clip_began(self, cue: Cue, product: str | None) -> None:
        """A filmed clip is on the air."""
        if self._stand.cue is None or self._stand.cue.id != cue.id:
            self._stand.cue, self._stand.cue_since = cue, self._p.air.seconds
        if product is not None:
            self._put_on_table(product)

    def _put_on_table(self, handle: str) -> None:
        product = self._p.catalogue.product(handle)
        if product is None:
            return
        changed = handle != self.director.table
        self.director.table = handle
        self._p.scenery.show_card(
            card_of(product, self._p.info.language, self._p.clock.now(), self._p.info.id)
        )
        if changed:
            self._p.jingle("product")
        if changed and self._tasks is not None:
            self._tasks.create_task(pin_product(self._p, handle))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """What takes its time, owned by the run; nothing begins once it is over."""
        if self._tasks is None:
            work.close()
        else:
            self._tasks.create_task(work)

    def _tell_health(self, health: Health) -> None:
        self._tell(health)
        if self._p.health is not None:
            self._p.health(health)

    def _tell(self, message: BaseModel) -> None:
        if self._p.link is not None:
            self._p.link.send(message)

    def welcome(self) -> Iterable[BaseModel]:
        """What a console that joins must know."""
        self._p.hello = self._p.hello.model_copy(update={"pins": can_pin(self._p)})
        yield self._p.hello
        yield self._stand.state()
        yield from self.chronicle.recent()
        yield from self.conversation.recent()
        if self._p.human is not None:
            yield self._p.human.view()
        if self._p.prompter is not None:
            yield self._p.prompter.view()
        yield from self.conversation.pending()
        if self._p.rules.challenge is not None:
            yield self._p.rules.challenge


def _first(group: BaseExceptionGroup) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
