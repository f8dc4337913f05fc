"""Chat triage: which messages become questions, in what order, and what is left out, and why. Pure."""

import re
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from connectors.base import Event, EventKind
from persona.intents import Intent, folded, intent_of
from persona.language import detect
from persona.script import Question

SAME_WITHIN = timedelta(seconds=60)
EXPIRES_AFTER = timedelta(seconds=120)
ANSWER_EVERY = timedelta(seconds=20)
ALONE_EVERY = timedelta(seconds=2)  # while nobody else waits
FORGIVEN = timedelta(minutes=3)  # who was not answered for so long asks like a new viewer
TURN_COSTS = 4  # points of priority for each answer had lately, so that others come to word
MOST_POSTED = 200
POSTED_WITHIN = timedelta(minutes=10)
FLOOD_WINDOW = timedelta(seconds=10)
FLOOD_MESSAGES = 5
LONGEST_TEXT = 300
MOST_ALSO = 20

_LINK = re.compile(
    r"https?://|www\.|\b[\w-]+\.(com|net|org|cn|io|ru|xyz|top|shop|info|me|gg|ly|co|tv|cc|site|online|link)\b(/|\b)|"
    r"t\.me|discord|whats ?app|telegram|onlyfans|加(微|v|V|我|群|q|Q)|微信|vx|qq群|"
    r"扫码|私聊我|点我(头像|主页)|看我主页",
    re.IGNORECASE,
)
_POLITE = re.compile(r"\b(please|pls|plz|hi|hello|hey)\b|请问|主播|你好|麻烦")
_REPEATED = re.compile(r"(.)\1{9,}|(.{2,8}?)\2{5,}")
_PRIORITY = {
    Intent.AI: 100,
    Intent.LIKENESS: 95,
    Intent.ORDER: 80,
    Intent.AVAILABILITY: 70,
    Intent.HOW_MANY: 70,
    Intent.PRICE: 70,
    Intent.DISCOUNT: 65,
    Intent.HOW_TO_BUY: 65,
    Intent.OPTIONS: 60,
    Intent.SPEC: 60,
    Intent.HEALTH: 60,
    Intent.FIT: 60,
    Intent.COMPARE: 60,
    Intent.DEADLINE: 58,
    Intent.ELSEWHERE: 55,
    Intent.SHIPPING: 55,
    Intent.PAYMENT: 55,
    Intent.RETURNS: 55,
    Intent.ABOUT: 50,
    Intent.GOODS: 48,
    Intent.RECOMMEND: 45,
    Intent.SHOP: 42,
    Intent.NEXT: 35,
    Intent.WHO: 40,
    Intent.UNCLEAR: 30,
    Intent.OFF_TOPIC: 12,
    Intent.GREETING: 15,
    Intent.THANKS: 10,
    Intent.BYE: 10,
}
"""What is asked first: whether the host is real, then what a sale hangs on, small talk last."""


class Reason(StrEnum):
    """Why a message is not answered."""

    NOT_CHAT = "not a chat message"
    OWN = "own message"
    EMPTY = "empty"
    DUPLICATE = "said again"
    MERGED = "asked by somebody else too"
    LINK = "link or contact"
    SPAM = "spam"
    FLOOD = "too many messages"
    ABUSE = "abuse"
    COMMAND = "gives orders to the host"
    CHATTER = "no question"
    RATE = "answered a moment ago"
    FULL = "too many questions"


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a message. `question` when it will be answered, or (MERGED) the one that it joined."""

    answer: bool
    reason: Reason | None = None
    question: Question | None = None
    intent: Intent | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Everything that came in, and where it went. received = queued + merged + ignored (by reason);
    queued = taken + joined + dropped + expired + waiting.
    """

    received: int = 0
    queued: int = 0
    merged: int = 0
    taken: int = 0
    joined: int = 0  # waited, and was answered together with another
    dropped: int = 0  # pushed out of a full inbox by a more important question
    expired: int = 0


@dataclass(slots=True)
class _Waiting:
    question: Question
    priority: int
    order: int
    viewer: str
    meaning: str


@dataclass(slots=True)
class _Viewer:
    """What a viewer did lately. `answered`: when a question of theirs was taken last."""

    times: deque[datetime] = field(default_factory=lambda: deque(maxlen=FLOOD_MESSAGES))
    answered: datetime | None = None
    lately: int = 0  # answers in a row without a pause of FORGIVEN
    waiting: int = 0


class Triage:
    """Turns chat events into questions. Deterministic, no I/O; memory bounded by `inbox` and `memory`.

    own        viewer ids of the host's own account: never answered
    inbox      most questions that wait; a full inbox drops its least important one, and counts it
    memory     most viewers and texts remembered
    table      the product on the table at this moment, attached to each question
    apart      questions of one chat are never taken together with those of another: a platform forbids it
    """

    def __init__(
        self,
        own: frozenset[str] = frozenset(),
        inbox: int = 50,
        memory: int = 5_000,
        table: Callable[[], str | None] = lambda: None,
        apart: bool = False,
    ) -> None:
        self._apart = apart
        self._own = own
        self._inbox = inbox
        self._memory = memory
        self._table = table
        self._waiting: list[_Waiting] = []
        self._posted: OrderedDict[tuple[str, str], datetime] = OrderedDict()
        self._said: OrderedDict[tuple[str, str], datetime] = OrderedDict()
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._viewers: OrderedDict[str, _Viewer] = OrderedDict()
        self._order = 0
        self._tally = dict.fromkeys(
            ("received", "queued", "merged", "taken", "joined", "dropped", "expired"), 0
        )
        self._ignored: dict[Reason, int] = dict.fromkeys(Reason, 0)

    @property
    def counts(self) -> Counts:
        return Counts(**self._tally)

    @property
    def ignored(self) -> dict[Reason, int]:
        """How many were not answered, by reason."""
        return dict(self._ignored)

    @property
    def waiting(self) -> int:
        """How many questions wait. Not `len()`: an empty inbox must not read as False."""
        return len(self._waiting)

    def receive(self, event: Event, now: datetime) -> Decision:
        """Decides on one event at once. A question waits for `next_question`."""
        self._tally["received"] += 1
        decision = self._decide(event, now)
        if decision.reason is Reason.MERGED:
            self._tally["merged"] += 1
        elif decision.answer:
            self._tally["queued"] += 1
        elif decision.reason is not None:
            self._ignored[decision.reason] += 1
        return decision

    def next_question(self, now: datetime) -> Question | None:
        """The most important question that waits, the oldest of equals; expired ones are counted."""
        self._expire(now)
        alone = len({w.viewer for w in self._waiting}) == 1
        pause = ALONE_EVERY if alone else ANSWER_EVERY
        ready = [w for w in self._waiting if self._may_be_answered(w.viewer, now, pause)]
        if not ready:
            return None
        chosen = max(ready, key=lambda w: (self._weight(w, now), -w.order))
        self._remove(chosen)
        self._tally["taken"] += 1
        viewer = self._viewer(chosen.viewer)
        viewer.lately = viewer.lately + 1 if self._lately(viewer, now) else 1
        viewer.answered = now
        return chosen.question

    def join(self, question: Question, same: Callable[[Question], bool]) -> tuple[Question, list[Question]]:
        """Takes those out that wait for the same answer. Returns `question` with their names, and them."""
        near = (w for w in self._waiting if not self._apart or w.question.channel == question.channel)
        joined = [w for w in near if same(w.question)]
        for waiting in joined:
            self._remove(waiting)
            self._tally["joined"] += 1
            for viewer in (waiting.question.viewer, *waiting.question.also):
                question = _joined(question, viewer)
        return question, [w.question for w in joined]

    @property
    def questions(self) -> list[Question]:
        """Those that wait, oldest first."""
        return [w.question for w in self._waiting]

    def posted(self, channel: str, text: str, now: datetime) -> None:
        """We wrote this into the chat: when the platform brings it back, under whatever id, it is our own."""
        self._posted[channel, _core(text)] = now
        _bound(self._posted, MOST_POSTED)

    def _weight(self, waiting: _Waiting, now: datetime) -> int:
        """What is asked, by how many, less the turns that the viewer had lately."""
        viewer = self._viewers.get(waiting.viewer)
        had = viewer.lately if viewer is not None and self._lately(viewer, now) else 0
        return waiting.priority + 4 * min(len(waiting.question.also), 5) - TURN_COSTS * min(had, 5)

    @staticmethod
    def _lately(viewer: _Viewer, now: datetime) -> bool:
        return viewer.answered is not None and now - viewer.answered < FORGIVEN

    def _decide(self, event: Event, now: datetime) -> Decision:
        if event.kind is not EventKind.COMMENT:
            return Decision(False, Reason.NOT_CHAT)
        who = f"{event.platform}:{event.viewer_id or event.viewer}"
        text = folded(event.text[: 4 * LONGEST_TEXT])
        if event.own or (event.viewer_id in self._own and event.viewer_id):
            return Decision(False, Reason.OWN)
        at = self._posted.get((event.platform, _core(text))) if self._posted and text else None
        if at is not None and now - at <= POSTED_WITHIN:
            return Decision(False, Reason.OWN)
        if not text:
            return Decision(False, Reason.EMPTY)
        if self._repeats(event, who, text, now):
            return Decision(False, Reason.DUPLICATE)
        if self._floods(who, now):
            return Decision(False, Reason.FLOOD)
        if len(event.text) > LONGEST_TEXT or _REPEATED.search(text) or _is_noise(text):
            return Decision(False, Reason.SPAM)
        if _LINK.search(text):
            return Decision(False, Reason.LINK)
        intent = intent_of(text)
        unanswered = {
            Intent.COMMAND: Reason.COMMAND,
            Intent.ABUSE: Reason.ABUSE,
            Intent.CHATTER: Reason.CHATTER,
        }
        if intent in unanswered:
            return Decision(False, unanswered[intent], intent=intent)
        return self._queue(event, who, text, intent, now)

    def _queue(self, event: Event, who: str, text: str, intent: Intent, now: datetime) -> Decision:
        self._expire(now)
        language = detect(text)
        product = self._table()
        meaning = f"{event.platform if self._apart else ''}|{language}|{product or ''}|{_core(text)}"
        for waiting in self._waiting:
            if waiting.meaning == meaning and waiting.viewer != who:
                waiting.question = _joined(waiting.question, event.viewer)
                return Decision(False, Reason.MERGED, waiting.question, intent)
        viewer = self._viewer(who)
        if viewer.waiting >= 2 or (
            viewer.waiting == 0 and not self._may_be_answered(who, now) and intent in _SMALL
        ):
            return Decision(False, Reason.RATE, intent=intent)
        question = Question(
            id=f"{event.platform}:{event.id}",
            channel=event.platform,
            viewer=event.viewer,
            text=text,
            language=language,
            at=now,
            product=product,
        )
        entry = _Waiting(question, _PRIORITY.get(intent, 0), self._order, who, meaning)
        self._order += 1
        if len(self._waiting) >= self._inbox and not self._make_room(entry):
            return Decision(False, Reason.FULL, intent=intent)
        self._waiting.append(entry)
        viewer.waiting += 1
        return Decision(True, None, question, intent)

    def _make_room(self, entry: _Waiting) -> bool:
        """Drops the least important, newest question if `entry` is more important."""
        least = min(self._waiting, key=lambda w: (w.priority, -w.order))
        if least.priority >= entry.priority:
            return False
        self._remove(least)
        self._tally["dropped"] += 1
        return True

    def _expire(self, now: datetime) -> None:
        for waiting in [w for w in self._waiting if now - w.question.at > EXPIRES_AFTER]:
            self._remove(waiting)
            self._tally["expired"] += 1

    def _remove(self, waiting: _Waiting) -> None:
        self._waiting.remove(waiting)
        if waiting.viewer in self._viewers:
            self._viewers[waiting.viewer].waiting -= 1

    def _may_be_answered(self, who: str, now: datetime, pause: timedelta = ANSWER_EVERY) -> bool:
        answered = self._viewers[who].answered if who in self._viewers else None
        return answered is None or now - answered >= pause

    def _repeats(self, event: Event, who: str, text: str, now: datetime) -> bool:
        """The platform delivered it before, or the same viewer said the same within a minute."""
        delivered = (event.platform, event.id)
        if event.id and delivered in self._seen:
            return True
        self._seen[delivered] = None
        _bound(self._seen, self._memory)
        key = (who, _core(text))
        before = self._said.pop(key, None)
        self._said[key] = now
        _bound(self._said, self._memory)
        return before is not None and now - before <= SAME_WITHIN

    def _floods(self, who: str, now: datetime) -> bool:
        """More than FLOOD_MESSAGES messages within FLOOD_WINDOW."""
        times = self._viewer(who).times
        full = len(times) == FLOOD_MESSAGES and now - times[0] <= FLOOD_WINDOW
        times.append(now)
        return full

    def _viewer(self, who: str) -> _Viewer:
        """The viewer's record; the longest silent ones without a waiting question are forgotten first."""
        viewer = self._viewers.pop(who, None) or _Viewer()
        self._viewers[who] = viewer
        while len(self._viewers) > self._memory:
            idle = next((name for name, v in self._viewers.items() if v.waiting == 0 and name != who), None)
            if idle is None:
                break
            del self._viewers[idle]
        return viewer


_SMALL = {Intent.GREETING, Intent.THANKS, Intent.BYE}


def _is_noise(text: str) -> bool:
    """Piles of combining marks, or hardly a letter in a long text: nothing that a person asks."""
    marks = sum(1 for c in text if "\u0300" <= c <= "\u036f") if not text.isascii() else 0
    letters = sum(c.isalnum() for c in text)
    return marks > 8 or (len(text) > 40 and letters * 4 < len(text))


def _core(text: str) -> str:
    """The text without case, spaces and marks: "Do you have 42??" and "do you have 42" are one question."""
    return re.sub(r"[\W_]+", "", _POLITE.sub(" ", text.casefold()))


def _joined(question: Question, viewer: str) -> Question:
    if viewer in (question.viewer, *question.also) or len(question.also) >= MOST_ALSO:
        return question
    return replace(question, also=(*question.also, viewer))


def _bound(memory: OrderedDict[tuple[str, str], Any], most: int) -> None:
    while len(memory) > most:
        memory.popitem(last=False)
