"""The chat of a show: messages in, one answer at a time out, aloud and in writing."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel

from bot.show.chat import Decision, Reason, Triage
from bot.show.director import Director
from bot.show.disclosure import Disclosure
from bot.show.messages import Approve, ChatView, PendingAnswer
from bot.show.pending import Held, PendingAnswers, view_of
from bot.show.thinking import Thinker
from bot.show.trail import CLEAR, DECIDE, NO_TRAIL, PERSON, READY, THINK, Trail
from connectors.base import Event, EventKind
from persona.answers import Answer
from persona.intents import Intent, folded
from persona.resolve import asks_previous
from persona.script import Line, Question
from products.catalogue import Catalogue
from products.errors import CastmateError
from products.questions import PassedOn
from products.verdict import Severity, Verdict

KEPT = 80
HAND_OVER = "the viewer was promised that a person looks at it"
TOGETHER = "answered together with others"
QUIET = (None, Reason.CHATTER, Reason.OWN)  # nothing that the desk needs to be told a reason for
TRUTHS = (Intent.AI, Intent.LIKENESS)  # never wait for anybody's word
MOST_THINKING = 2
MOST_COMPARED = 10  # waiting questions whose meaning is worked out at one turn
NOTED_A_SECOND = 200  # messages with an entry of their own in the ledger; the rest is counted there
REMEMBERED = 1000
CARRIED = "traceparent"  # in what a channel tells beside a message: the span that its question is part of
TABLES = 6  # products on the table that "the previous one" may mean


def message_id(question: Question) -> str:
    """The id that the platform gave the message; a Question's own id names the channel before it."""
    return question.id.removeprefix(f"{question.channel}:")


def whole(text: str) -> str:
    """Halves of surrogate pairs (an emoji cut in two), which cannot be sent on as UTF-8, become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Answerer(Protocol):
    """Turns a question into an answer from the catalogue; None: better not answered."""

    def consider(
        self, question: Question, catalogue: Catalogue, now: datetime, table: str | None
    ) -> Answer | None: ...

    def passed_on(self, question: Question) -> Line:
        """What may always be said: that it is not known and goes to the shop."""
        ...


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """What a shop wants of its chat.

    wait      answers air only after a person's word (those about what the host is never wait)
    thinker   a language model for what the catalogue's own sentences do not settle
    pass_on   puts a question into the merch team's queue; blocks, called in a thread
    trail     is told what becomes of each question
    """

    wait: bool = False
    thinker: Thinker | None = None
    pass_on: Callable[[PassedOn], object] | None = None
    disclosure: Disclosure | None = None
    show: str = ""
    trail: Trail = NO_TRAIL


@dataclass(slots=True)
class _Asker:
    """Who wrote a message, and when it came in: `at` in seconds of air, `came` by the clock of waiting.
    `waited`: seconds until its answer had its turn, behind the answers to others or a person's word.
    """

    viewer_id: str
    at: float
    came: datetime
    waited: float = 0.0


class Conversation:
    """Takes events of all channels, asks the triage, and hands answers to the director when it may take one.

    `tell` shows messages on the desk and in the room; `record` writes to the ledger. Plain calls; what takes
    time (a language model, the queue's database) runs in tasks that `close` ends.
    """

    def __init__(
        self,
        triage: Triage,
        answerer: Answerer,
        catalogue: Catalogue,
        director: Director,
        tell: Callable[[BaseModel], None],
        record: Callable[[str, dict[str, object]], None],
        options: ChatOptions | None = None,
    ) -> None:
        self._triage, self._answerer, self._catalogue = triage, answerer, catalogue
        self._director, self._tell, self._record = director, tell, record
        self._options = options or ChatOptions()
        self._trail, self._let_go_by_triage = self._options.trail, 0
        self._views: deque[ChatView] = deque(maxlen=KEPT)
        self._askers: OrderedDict[tuple[str, str], _Asker] = OrderedDict()
        self._meanings: OrderedDict[str, str] = OrderedDict()
        self._with: OrderedDict[str, list[Question]] = OrderedDict()
        self._ready: deque[tuple[Question, Line]] = deque(maxlen=MOST_THINKING + 20)
        self._pending = PendingAnswers()
        self._thinking: set[asyncio.Task[None]] = set()
        self._queueing: set[asyncio.Task[None]] = set()
        self._tables: deque[str] = deque(maxlen=TABLES)  # what was on the table, the newest last
        self._second: tuple[int, int, int] = (-1, 0, 0)  # which second, noted in it, only counted in it
        self.waits: list[float] = []  # seconds from a question to the sound of its answer, the last 500
        self.turn_s: float | None = None  # of the last: from its answer's turn on
        self.asked = self.answered = 0

    # ---- in

    def recent(self) -> Iterator[ChatView]:
        return iter(tuple(self._views))

    def pending(self) -> list[PendingAnswer]:
        """Answers that wait for a person's word."""
        return self._pending.views()

    @property
    def figures(self) -> dict[str, float]:
        """For the desk: everything that came in and where it went."""
        counts = self._triage.counts
        return {
            "chat_received": float(counts.received),
            "chat_waiting": float(self._triage.waiting),
            "chat_unanswered": float(counts.dropped + counts.expired + self._pending.dropped),
            **({} if self.turn_s is None else {"turn_s": self.turn_s}),
        }

    def receive(self, event: Event, now: datetime, at: float) -> None:
        """A chat message came in at `at` seconds of air. `now`: the clock by which it waits."""
        if event.kind is not EventKind.COMMENT:
            return
        event, since = replace(event, text=whole(event.text), viewer=whole(event.viewer)), self._trail.now()
        decision = self._triage.receive(event, now)
        status, reason = _fate(decision)
        self._show(
            ChatView(
                id=event.id,
                channel=event.platform,
                viewer=folded(event.viewer)[:80] or "viewer",
                text=event.text[:2000],
                at=event.at,
                status=status,  # type: ignore[arg-type]
                reason=reason,
            )
        )
        if decision.answer:
            self.asked += 1
            self._askers[event.platform, event.id] = _Asker(event.viewer_id or event.viewer, at, now)
            _bound(self._askers)
        if decision.answer and decision.question is not None:
            intent = str(decision.intent or "")
            self._trail.heard(decision.question, event.extra.get(CARRIED, ""), since, intent=intent)
        self._note_in(event, decision, status, at)

    def _note_in(self, event: Event, decision: Decision, status: str, at: float) -> None:
        """An entry for the message; in a flood, one for all that came too fast."""
        second, noted, more = self._second
        if second != int(at):
            if more:
                self._record("chat.in_more", {"second": second, "messages": more})
            second, noted, more = int(at), 0, 0
        if noted < NOTED_A_SECOND or decision.answer:
            said: dict[str, object] = {"id": event.id, "channel": event.platform, "is": status}
            said["text"] = event.text[:1000]
            if event.viewer_id or event.viewer:  # sealed with the text before it is written
                said["viewer"] = f"{event.platform}/{event.viewer_id or event.viewer}"
            if decision.reason:
                said["why"] = str(decision.reason)
            self._record("chat.in", said)
            noted += 1
        else:
            more += 1
        self._second = (second, noted, more)

    # ---- out

    def turn(self, now: datetime, table: str | None, paced: datetime | None = None) -> None:
        """Starts the next answer if the director may take one. `now` dates the facts that it says; `paced`
        (default: the same) is the clock of `receive`, by which questions wait and expire.
        """
        paced = paced or now
        if table is not None and table not in list(self._tables)[-1:]:
            self._tables.append(table)
        for held in self._pending.expired(paced):
            self._let_go(held, "expired", "nobody gave their word in time")
        while self._director.may_answer():
            if self._ready:
                self._say(*self._ready.popleft(), paced)
                continue
            question = self._triage.next_question(paced)
            self._tell_trail_who_left()
            if question is None:
                return
            self._trail.step(question.id, DECIDE)
            self._take(self._pointed(question, table), now, table, paced)

    def _tell_trail_who_left(self) -> None:
        """Questions that the triage gave up go without a word."""
        counts = self._triage.counts
        gone, self._let_go_by_triage = self._let_go_by_triage, counts.dropped + counts.expired
        if gone != self._let_go_by_triage:
            self._trail.left({question.id for question in self._triage.questions})

    def _pointed(self, question: Question, table: str | None) -> Question:
        """With the product that was on the table when it was asked, or the one before that if it says so."""
        there = question.product or table
        if there is not None and asks_previous(question.text):
            known = list(self._tables)
            place = len(known) - 1 - known[::-1].index(there) if there in known else len(known)
            there = known[place - 1] if place > 0 else there
        return replace(question, product=there)

    def _take(self, question: Question, now: datetime, table: str | None, paced: datetime) -> None:
        """Works out the answer of a question whose turn it is, together with those who ask the same."""
        answer = self._answerer.consider(question, self._catalogue, now, table)
        if answer is None:
            self._mark(question, "ignored", "nothing to answer from the catalogue")
            self._trail.end(question.id, "nothing_to_say")
            return
        question, joined = self._triage.join(question, self._alike(answer, now, table))
        if joined:
            self._with[question.id] = joined
            _bound(self._with)
            for other in joined:
                self._mark(other, "answering", TOGETHER)
                self._trail.end(other.id, "together", **{"with": question.id})
            answer = self._answerer.consider(question, self._catalogue, now, table) or answer
        if answer.line.hand_over:
            self._hand_over(question, answer, now)
        thinker = self._options.thinker
        if not answer.known and thinker is not None and len(self._thinking) < MOST_THINKING and _loop():
            self._mark(question, "answering", "being looked up")
            self._trail.step(question.id, THINK, known=False)
            self._start(self._think(thinker, question, answer, table, paced), self._thinking)
        else:
            self._decide(question, answer, answer.line, paced)

    def _alike(self, answer: Answer, now: datetime, table: str | None) -> Callable[[Question], bool]:
        """Whether another question gets the same answer. A few are worked out at a turn, and remembered."""
        left = [MOST_COMPARED]

        def same(other: Question) -> bool:
            key = f"{other.id}|{other.product or table}"
            if key not in self._meanings:
                if left[0] == 0:
                    return False
                left[0] -= 1
                asked = self._pointed(other, table)
                found = self._answerer.consider(asked, self._catalogue, now, table)
                self._meanings[key] = "" if found is None else found.meaning
                _bound(self._meanings)
            return self._meanings[key] == answer.meaning

        return same

    async def _think(
        self, thinker: Thinker, question: Question, answer: Answer, table: str | None, paced: datetime
    ) -> None:
        line = await thinker.think(question, answer, table)
        self._trail.step(question.id, DECIDE, from_model=line is not None)
        self._decide(question, answer, line or answer.line, paced)

    def _decide(self, question: Question, answer: Answer, line: Line, paced: datetime) -> None:
        """To the air, or to a person first."""
        line = replace(line, id=f"answer.{question.id}", reply_to=question.id)
        if not self._options.wait or answer.intent in TRUTHS:
            self._trail.step(question.id, READY)
            self._ready.append((question, line))
            return
        self._trail.step(question.id, PERSON)
        for gone in self._pending.hold(line, question, paced):
            self._let_go(gone, "expired", "too many answers waited")
        self._tell(view_of(Held(line, question, paced), "waiting"))
        self._mark(question, "waiting", "the answer waits for a person's word")

    def approve(self, word: Approve) -> None:
        """A person's word on an answer that waits. It is cleared then, as they left it, and waits on with
        what was found when it may not be said.
        """
        held = self._pending.take(word.id, word.text if word.ok else None)
        self._record("desk", {"answer": word.id, "ok": word.ok, "text": word.text or "", "by": word.by})
        if held is None:
            return
        if not word.ok:
            self._let_go(held, "rejected", f"{word.by} withheld the answer")
            return
        verdict = self._director.look(held.line)
        if not verdict.cleared:
            self._record("chat.not_cleared", {"id": held.question.id, "text": held.line.text})
            self._tell(self._pending.back(held, _against(verdict)))
            return
        self._tell(view_of(held, "approved"))
        self._trail.step(held.question.id, READY)
        self._ready.append((held.question, held.line))

    def _let_go(self, held: Held, status: str, reason: str) -> None:
        self._tell(view_of(held, status, reason))
        self._mark(held.question, "ignored", reason)
        self._trail.end(held.question.id, status)

    def _say(self, question: Question, line: Line, paced: datetime) -> None:
        asker = self._askers.get((question.channel, message_id(question)))
        if asker is not None:
            asker.waited = (paced - asker.came).total_seconds()
        self._trail.step(question.id, CLEAR, hand_over=line.hand_over, askers=1 + len(question.also))
        if self._director.answer(line, question):
            self._mark(question, "answering", HAND_OVER if line.hand_over else "")
            return
        honest = replace(self._answerer.passed_on(question), id=line.id)
        self._record("chat.not_cleared", {"id": question.id, "text": line.text})
        if self._options.wait or not self._director.answer(honest, question):
            self._mark(question, "ignored", "the answer did not clear")
            self._trail.end(question.id, "not_cleared")
            return
        self._mark(question, "answering", HAND_OVER)
        self._pass_on(question, "product", question.product, question.at)

    # ---- passed on to people

    def _hand_over(self, question: Question, answer: Answer, now: datetime) -> None:
        kind = "order" if answer.intent is Intent.ORDER else "product" if answer.about else "shop"
        self._pass_on(question, kind, answer.about.handle if answer.about else None, now)

    def _pass_on(self, question: Question, kind: str, product: str | None, now: datetime) -> None:
        """Into the ledger and the queue, with what a person needs to act."""
        asker = self._askers.get((question.channel, message_id(question)))
        asked = PassedOn(
            kind=kind,
            text=question.text,
            language=question.language,
            at=now,
            product=product,
            show=self._options.show,
            channel=question.channel,
            viewer=question.viewer,
            viewer_id=asker.viewer_id if asker else "",
            message=message_id(question),
        )
        note: dict[str, object] = {"id": question.id, "text": question.text, "kind": kind}
        note["product"] = product or ""
        if asked.viewer_id or asked.viewer:
            note["viewer"] = f"{asked.channel}/{asked.viewer_id or asked.viewer}"
        self._record("chat.handed_over", note)
        if self._options.pass_on is not None and _loop():
            self._start(self._queue(self._options.pass_on, asked), self._queueing)

    async def _queue(self, pass_on: Callable[[PassedOn], object], asked: PassedOn) -> None:
        try:
            await asyncio.to_thread(pass_on, asked)
        except CastmateError as error:
            viewer = f"{asked.channel}/{asked.viewer_id or asked.viewer}"
            self._record("chat.not_passed_on", {"text": asked.text, "why": str(error), "viewer": viewer})

    @staticmethod
    def _start(work: Coroutine[Any, Any, None], into: set[asyncio.Task[None]]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        into.add(task)
        task.add_done_callback(into.discard)

    async def close(self) -> None:
        """Ends what still runs; what is on its way to the queue gets two seconds."""
        for task in self._thinking:
            task.cancel()
        if self._queueing:
            await asyncio.wait(self._queueing, timeout=2.0)
        await asyncio.gather(*self._thinking, return_exceptions=True)
        self._trail.close()

    # ---- told

    def started(self, question: Question, at: float) -> None:
        """Its answer begins to sound."""
        asker = self._askers.get((question.channel, message_id(question)))
        if asker is not None:
            self.waits = [*self.waits[-499:], at - asker.at]
            self.turn_s = max(0.0, at - asker.at - asker.waited)
        self.answered += 1
        for one in (question, *self._with.pop(question.id, [])):
            self._mark(one, "answered", self._reason_of(one))

    def before_reply(self, question: Question, language: str, now: datetime) -> str:
        """What the written reply begins with: the first one to a viewer says that an AI answers."""
        disclosure = self._options.disclosure
        if disclosure is None:
            return ""
        return disclosure.before(question.channel, self._viewer_of(question), language, now)

    def posted(self, view: ChatView, question: Question | None = None) -> None:
        """Our own message is in the chat, in reply to `question`."""
        self._triage.posted(view.channel, view.text, view.at)
        if question is not None and self._options.disclosure is not None:
            self._options.disclosure.told(question.channel, self._viewer_of(question), view.at)
        self._show(view)

    def _viewer_of(self, question: Question) -> str:
        asker = self._askers.get((question.channel, message_id(question)))
        return question.viewer if asker is None else asker.viewer_id

    def _reason_of(self, question: Question) -> str:
        """A hand-over stays on the desk after the answer."""
        view = self._view_of(question)
        return "" if view is None else view.reason

    def _mark(self, question: Question, status: str, reason: str) -> None:
        view = self._view_of(question)
        if view is not None:
            self._show(view.model_copy(update={"status": status, "reason": reason}))

    def _view_of(self, question: Question) -> ChatView | None:
        key = (question.channel, message_id(question))
        return next((v for v in self._views if (v.channel, v.id) == key), None)

    def _show(self, view: ChatView) -> None:
        for place, known in enumerate(self._views):
            if known.id == view.id and known.channel == view.channel:
                self._views[place] = view
                break
        else:
            self._views.append(view)
        self._tell(view)


_KEPT_IN_ROOM = (Reason.RATE, Reason.FULL)  # an honest question that finds no turn is not taken from the room


def _fate(decision: Decision) -> tuple[str, str]:
    """(status, reason) of a message for the desk."""
    if decision.answer:
        return "waiting", ""
    if decision.reason in QUIET:
        return "shown", ""
    if decision.reason is Reason.MERGED:
        return "waiting", str(decision.reason)
    return ("shown" if decision.reason in _KEPT_IN_ROOM else "ignored"), str(decision.reason or "")


def _against(verdict: Verdict) -> str:
    """What keeps a line off the air, in plain words."""
    found = [f for f in verdict.findings if f.severity in (Severity.BLOCK, Severity.PAUSE)]
    return " ".join(f"{f.message} {f.remedy}".strip() for f in found or verdict.findings)


def _loop() -> bool:
    """Whether a loop runs that tasks can be given to (not so in plain calls of tests and tools)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _bound(memory: OrderedDict[Any, Any]) -> None:
    while len(memory) > REMEMBERED:
        memory.popitem(last=False)
