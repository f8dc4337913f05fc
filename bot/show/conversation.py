"""The chat of a show: messages in, one answer at a time out, aloud and in writing."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from pydantic import BaseModel

from bot.show.chat import Reason, Triage
from bot.show.director import Director
from bot.show.messages import ChatView
from connectors.base import Event, EventKind
from persona.script import Line, Question
from products.catalogue import Catalogue

KEPT = 80
HAND_OVER = "the viewer was promised that a person looks at it"
QUIET = (None, Reason.CHATTER, Reason.OWN)  # nothing that the desk needs to be told a reason for


def message_id(question: Question) -> str:
    """The id that the platform gave the message; a Question's own id names the channel before it."""
    return question.id.removeprefix(f"{question.channel}:")


def whole(text: str) -> str:
    """Halves of surrogate pairs (an emoji cut in two), which cannot be sent on as UTF-8, become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Answerer(Protocol):
    """Turns a question into a line from the catalogue; None: better not answered."""

    def answer(
        self, question: Question, catalogue: Catalogue, now: datetime, table: str | None
    ) -> Line | None: ...


class Conversation:
    """Takes events of all channels, asks the triage, and hands answers to the director when it may take one.

    `tell` shows messages on the desk and in the room; `record` writes to the ledger. Plain calls, no waiting.
    """

    def __init__(
        self,
        triage: Triage,
        answerer: Answerer,
        catalogue: Catalogue,
        director: Director,
        tell: Callable[[BaseModel], None],
        record: Callable[[str, dict[str, object]], None],
    ) -> None:
        self._triage, self._answerer, self._catalogue = triage, answerer, catalogue
        self._director, self._tell, self._record = director, tell, record
        self._views: deque[ChatView] = deque(maxlen=KEPT)
        self._asked_at: dict[tuple[str, str], float] = {}
        self.waits: list[float] = []
        self.answered = 0

    def recent(self) -> Iterator[ChatView]:
        return iter(tuple(self._views))

    def receive(self, event: Event, now: datetime, at: float) -> None:
        """A chat message came in at `at` seconds of air. `now`: the clock by which it waits."""
        if event.kind is not EventKind.COMMENT:
            return
        event = replace(event, text=whole(event.text), viewer=whole(event.viewer))
        decision = self._triage.receive(event, now)
        reason = str(decision.reason or "")
        status = "waiting" if decision.answer else "shown" if decision.reason in QUIET else "ignored"
        self._show(
            ChatView(
                id=event.id,
                channel=event.platform,
                viewer=event.viewer or "viewer",
                text=event.text,
                at=event.at,
                status=status,  # type: ignore[arg-type]
                reason="" if decision.reason in QUIET else reason,
            )
        )
        if decision.answer:
            self._asked_at[event.platform, event.id] = at
            while len(self._asked_at) > 1000:
                self._asked_at.pop(next(iter(self._asked_at)))
        self._record("chat.in", {"id": event.id, "channel": event.platform, "text": event.text, "is": status})

    def turn(self, now: datetime, table: str | None, paced: datetime | None = None) -> None:
        """Starts the next answer if the director may take one. `now` dates the facts that it says; `paced`
        (default: the same) is the clock of `receive`, by which questions wait and expire.
        """
        while self._director.may_answer():
            question = self._triage.next_question(paced or now)
            if question is None:
                return
            question = replace(question, product=question.product or table)
            line = self._answerer.answer(question, self._catalogue, now, table)
            if line is None:
                self._mark(question, "ignored", "nothing to answer from the catalogue")
            elif not self._director.answer(replace(line, id=f"answer.{question.id}"), question):
                self._mark(question, "ignored", "the answer did not clear")
            else:
                self._mark(question, "answering", HAND_OVER if line.hand_over else "")
                if line.hand_over:
                    self._record("chat.handed_over", {"id": question.id, "text": question.text})

    def started(self, question: Question, at: float) -> None:
        """Its answer begins to sound."""
        asked = self._asked_at.pop((question.channel, message_id(question)), None)
        if asked is not None:
            self.waits = [*self.waits[-499:], at - asked]
        self.answered += 1
        self._mark(question, "answered", self._reason_of(question))

    def posted(self, view: ChatView) -> None:
        """Our own message in the chat."""
        self._show(view)

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
        kept = list(self._views)
        places = [i for i, v in enumerate(kept) if (v.channel, v.id) == (view.channel, view.id)]
        if places:
            kept[places[0]] = view
        else:
            kept.append(view)
        self._views = deque(kept, maxlen=KEPT)
        self._tell(view)
