"""What becomes of a viewer's question, step by step, for who follows it in a trace: heard, triaged, waiting
for its turn, decided, waiting for a person's word, cleared, spoken, on air.

Each question is one span; its steps are spans within it, one after another. Nothing of it is on the way of
sound and picture: the steps are what the conversation and the director tell anyhow.
"""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from bot.show.director import News, Sent
from bot.show.programme import Refusal
from bot.show.studio import ClauseReady
from bot.traces import Fact, Span, Spans
from persona.script import LineKind, Question

MOST = 200  # questions followed at once: the inbox, those that are answered, those that wait for a person
WAIT, DECIDE, THINK, PERSON = "question.wait", "question.decide", "question.think", "question.person"
READY, CLEAR, SPEAK, ON_AIR = "question.ready", "question.clear", "question.speak", "question.on_air"
_UNTIMED = datetime.min.replace(tzinfo=UTC)


class Trail(Protocol):
    """Who is told. All calls return at once; a question that is not known is passed over."""

    def now(self) -> datetime: ...
    def heard(self, question: Question, carried: str, since: datetime, **facts: Fact) -> None: ...
    def step(self, question: str, name: str, **facts: Fact) -> None: ...
    def carry(self, question: str) -> str: ...
    def refused(self, question: str) -> None: ...
    def end(self, question: str, fate: str, **facts: Fact) -> None: ...
    def left(self, waiting: Collection[str]) -> None: ...
    def close(self) -> None: ...


class NoTrail:
    """Nobody follows."""

    def now(self) -> datetime:
        return _UNTIMED

    def heard(self, question: Question, carried: str, since: datetime, **facts: Fact) -> None:
        return

    def step(self, question: str, name: str, **facts: Fact) -> None:
        return

    def carry(self, question: str) -> str:
        return ""

    def refused(self, question: str) -> None:
        return

    def end(self, question: str, fate: str, **facts: Fact) -> None:
        return

    def left(self, waiting: Collection[str]) -> None:
        return

    def close(self) -> None:
        return


NO_TRAIL = NoTrail()


@dataclass(slots=True)
class _Followed:
    whole: Span
    step: Span
    name: str


class QuestionTrail:
    """Follows questions in `spans`. All calls from the event loop."""

    def __init__(self, spans: Spans) -> None:
        self._spans = spans
        self._known: OrderedDict[str, _Followed] = OrderedDict()

    def now(self) -> datetime:
        return self._spans.now()

    def heard(self, question: Question, carried: str, since: datetime, **facts: Fact) -> None:
        """It waits for its turn. `carried`: what the console sent of its own span; `since`: before triage."""
        whole = self._spans.begin(
            "question",
            carried,
            since=since,
            question=question.id,
            channel=question.channel,
            language=question.language,
            **facts,
        )
        self._spans.begin("question.triage", whole, since=since).end()
        self._known[question.id] = _Followed(whole, self._spans.begin(WAIT, whole), WAIT)
        while len(self._known) > MOST:
            self.end(next(iter(self._known)), "forgotten")

    def step(self, question: str, name: str, **facts: Fact) -> None:
        """The step that it is in ends, and `name` begins, unless it is that; `facts` are of the whole."""
        known = self._known.get(question)
        if known is None:
            return
        known.whole.tell(**facts)
        if known.name != name:
            known.step.end()
            known.name, known.step = name, self._spans.begin(name, known.whole)

    def carry(self, question: str) -> str:
        """It goes to the studio: what the studio needs to tell its own part."""
        self.step(question, SPEAK)
        known = self._known.get(question)
        return "" if known is None else known.step.carrier

    def refused(self, question: str) -> None:
        """Its answer did not clear. While it is cleared another may be tried; later it is given up."""
        known = self._known.get(question)
        if known is not None:
            known.whole.tell(refused=True)
            if known.name != CLEAR:
                self.end(question, "refused")

    def end(self, question: str, fate: str, **facts: Fact) -> None:
        known = self._known.pop(question, None)
        if known is not None:
            known.step.end()
            known.whole.end(fate=fate, **facts)

    def left(self, waiting: Collection[str]) -> None:
        """Only these still wait for their turn: the triage has let go of the others."""
        gone = [q for q, known in self._known.items() if known.name == WAIT and q not in waiting]
        for question in gone:
            self.end(question, "expired")

    def close(self) -> None:
        """The show is over."""
        for question in list(self._known):
            self.end(question, "show_over")


class FollowedNews:
    """The director's news, told to the trail as well."""

    def __init__(self, news: News, trail: Trail) -> None:
        self._news, self._trail = news, trail

    def sent(self, sent: Sent) -> None:
        if question := _asked(sent):
            self._trail.step(question, SPEAK)
        self._news.sent(sent)

    def clause(self, sent: Sent, clause: ClauseReady) -> None:
        self._news.clause(sent, clause)

    def started(self, sent: Sent) -> None:
        if question := _asked(sent):
            at = 0 if sent.from_s is None else round(sent.from_s * 1000)
            more = {"again": True} if sent.again else {"air_ms": at}
            self._trail.step(question, ON_AIR, **more)
        self._news.started(sent)

    def said(self, sent: Sent) -> None:
        if question := _asked(sent):
            self._trail.end(question, "aired", clauses=len(sent.clauses), writer=sent.line.writer)
        self._news.said(sent)

    def cut(self, sent: Sent) -> None:
        if question := _asked(sent):
            self._trail.step(question, READY)  # the rest of it is said again
        self._news.cut(sent)

    def taken_back(self, sent: Sent) -> None:
        if question := _asked(sent):
            self._trail.step(question, READY)
        self._news.taken_back(sent)

    def refused(self, refusal: Refusal) -> None:
        if refusal.line.kind is LineKind.ANSWER and refusal.line.reply_to:
            self._trail.refused(refusal.line.reply_to)
        self._news.refused(refusal)

    def failed(self, sent: Sent, reason: str) -> None:
        if question := _asked(sent):
            self._trail.end(question, "not_spoken")
        self._news.failed(sent, reason)


def _asked(sent: Sent) -> str:
    """The question that a line answers; "" for none."""
    return sent.question.id if sent.question is not None and sent.line.kind is LineKind.ANSWER else ""
