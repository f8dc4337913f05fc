"""Answers that wait for a person's word before they are said, where the shop wants that."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.show.messages import PendingAnswer
from persona.script import Line, Question

MOST = 20
EXPIRES_AFTER = timedelta(seconds=120)  # as long as a question waits


@dataclass(frozen=True, slots=True)
class Held:
    """An answer that waits. `since`: by the clock of the air; `why`: what stood against it when a person let
    it go.
    """

    line: Line
    question: Question
    since: datetime
    why: str = ""


class PendingAnswers:
    """At most MOST, the oldest goes first; what goes unsaid is counted in `dropped`. Pure."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Held] = OrderedDict()
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._held)

    def hold(self, line: Line, question: Question, now: datetime) -> list[Held]:
        """Keeps it. Returns those that had to make room."""
        self._held[question.id] = Held(line, question, now)
        gone = []
        while len(self._held) > MOST:
            gone.append(self._held.popitem(last=False)[1])
        self.dropped += len(gone)
        return gone

    def back(self, held: Held, why: str) -> PendingAnswer:
        """Keeps one that was taken and may not be said, for as long as it had."""
        self._held[held.question.id] = replace(held, why=why)
        return view_of(held, "waiting", why)

    def take(self, number: str, text: str | None) -> Held | None:
        """The answer, its text as the person left it (None: unchanged); None when it waits no more."""
        held = self._held.pop(number, None)
        if held is None or text is None or text == held.line.text:
            return held
        return replace(held, line=replace(held.line, text=text, facts=(), writer="desk"))

    def expired(self, now: datetime) -> list[Held]:
        """Takes out what waited too long."""
        old = [key for key, held in self._held.items() if now - held.since > EXPIRES_AFTER]
        self.dropped += len(old)
        return [self._held.pop(key) for key in old]

    def views(self) -> list[PendingAnswer]:
        """All that wait, for a desk that joins."""
        return [view_of(held, "waiting", held.why) for held in self._held.values()]


def view_of(held: Held, status: str, reason: str = "") -> PendingAnswer:
    question = held.question
    return PendingAnswer(
        id=question.id,
        channel=question.channel,
        viewer=question.viewer or "viewer",
        question=question.text,
        text=held.line.text,
        language=held.line.language,
        at=question.at,
        status=status,  # type: ignore[arg-type]
        reason=reason,
    )
