"""What the console knows of each show, all of it from the link's messages, all of it bounded."""

import json
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from bot.console.feed import Feed, Outbox
from bot.console.room_view import card_for_room, chat_for_room, state_for_room
from bot.console.stream import Stream
from bot.show.messages import (
    Challenge,
    ChatView,
    Ended,
    Health,
    Hello,
    HumanView,
    LineView,
    Media,
    Message,
    PendingAnswer,
    Presence,
    Prompts,
    State,
    Up,
)

T = TypeVar("T")
LINES = 200
CHAT = 200
PENDING = 40
POINTS = 180  # figures: three minutes at one a second
FIGURES = 200  # names of figures
SHOWS = 64


class LiveShow:
    """One show: the latest of each message, its picture, and who follows it."""

    def __init__(self, hello: Hello, time: Callable[[], float]) -> None:
        self.hello = hello
        self._time = time
        self.stream = Stream()
        self.room = Feed()
        self.desk = Feed()
        self.cohost = Feed()
        self.outbox = Outbox()
        self.linked = False
        self.viewers = 0
        self.rejected = 0
        self._forget()

    def _forget(self) -> None:
        self.state: State | None = None
        self._state_came = 0.0
        self.presence: Presence | None = None
        self.human: HumanView | None = None
        self.prompts: Prompts | None = None
        self.challenge: Challenge | None = None
        self._challenge_ends = 0.0
        self.ended: Ended | None = None
        self.lines: dict[str, LineView] = {}
        self.chat: dict[str, ChatView] = {}
        self.pending: dict[str, PendingAnswer] = {}
        self.figures: dict[str, deque[tuple[float, float]]] = {}

    def take(self, message: Up) -> None:
        """Keeps the message and passes it on to the pages that may see it."""
        match message:
            case Hello():
                self._hello(message)
            case State():
                self.state = message
                self._state_came = self._time()
                self.room.send(_json(state_for_room(message)))
            case LineView():
                self.lines.pop(message.id, None)
                if message.status != "taken_back":
                    _keep(self.lines, message.id, message, LINES)
            case ChatView():
                _keep(self.chat, message.id, message, CHAT)
                if self._for_room(message):
                    self.room.send(_json(chat_for_room(message)))
            case PendingAnswer():
                self.pending.pop(message.id, None)
                if message.status == "waiting":
                    _keep(self.pending, message.id, message, PENDING)
            case Challenge():
                self.challenge = message
                self._challenge_ends = self._time() + message.seconds
            case Presence():
                self.presence = message
            case HumanView():
                self.human = message
            case Prompts():
                self.prompts = message
            case Health():
                self._health(message)
            case Ended():
                self.ended = message
                self.room.send(_json({"type": "ended"}))
        text = message.model_dump_json()
        self.desk.send(text)
        if isinstance(message, Hello | State | Presence | Challenge | HumanView | Prompts | ChatView | Ended):
            self.cohost.send(text)

    def open_challenge(self, now: float) -> Challenge | None:
        """The challenge that may still be answered. `now`: monotonic, s."""
        return self.challenge if now <= self._challenge_ends else None

    def close_challenge(self, challenge: str) -> None:
        """An answer was handed on: each challenge is answered once."""
        if self.challenge is not None and self.challenge.id == challenge:
            self.challenge = None

    def _hello(self, message: Hello) -> None:
        if self.ended is not None:  # the same show begins a new run
            self._forget()
        self.hello = message
        self.room.send(_json(self._room_hello()))

    def _health(self, message: Health) -> None:
        for name, value in message.figures.items():
            if name not in self.figures and len(self.figures) >= FIGURES:
                continue
            self.figures.setdefault(name, deque(maxlen=POINTS)).append((message.at, value))

    def media(self, kind: Media, data: bytes) -> None:
        self.stream.take(kind, data)

    def link(self, up: bool) -> None:
        self.linked = up
        note = _json({"type": "link", "linked": up})
        self.cohost.send(note)
        self.desk.send(note)
        self.room.send(note)

    def count(self, change: int) -> None:
        """A viewer came (1) or went (-1)."""
        self.viewers += change
        note = _json({"type": "viewers", "number": self.viewers})
        self.desk.send(note)
        self.room.send(note)

    def _room_hello(self) -> dict[str, Any]:
        hello = self.hello
        return {
            "type": "hello",
            "title": hello.title,
            "language": hello.language,
            "mode": hello.mode,
            "goods": [card_for_room(cue.card) for cue in hello.rundown if cue.card is not None],
        }

    def _for_room(self, message: ChatView, *, late: bool = False) -> bool:
        """Whether viewers of the room read it: not what was ignored before they came, and nothing of another
        platform's chat where the chats are kept apart.
        """
        foreign = self.hello.chats_apart and message.channel != "room"
        return not foreign and not (late and message.status == "ignored")

    def room_snapshot(self) -> str:
        """All that a viewer's page needs to begin, as JSON text."""
        return _json(
            {
                "type": "snapshot",
                "hello": self._room_hello(),
                "state": None if self.state is None else state_for_room(self.state),
                "chat": [chat_for_room(c) for c in self.chat.values() if self._for_room(c, late=True)],
                "viewers": self.viewers,
                "linked": self.linked,
                "ended": self.ended is not None,
            }
        )

    def cohost_snapshot(self, now: float) -> str:
        """All that the co-host's page needs to begin, as JSON text; an open challenge has the seconds
        left.
        """
        challenge = self.open_challenge(now)
        if challenge is not None:
            challenge = challenge.model_copy(update={"seconds": self._challenge_ends - now})
        return _json(
            {
                "type": "snapshot",
                "hello": {
                    "title": self.hello.title,
                    "language": self.hello.language,
                    "mode": self.hello.mode,
                },
                "state": _plain(self.state),
                "presence": _plain(self.presence),
                "human": _plain(self.human),
                "prompts": _plain(self.prompts),
                "chat": [_plain(c) for c in list(self.chat.values())[-40:]],
                "challenge": _plain(challenge),
                "ended": self.ended is not None,
                "linked": self.linked,
            }
        )

    def desk_snapshot(self) -> str:
        """All that the live desk needs to begin, as JSON text."""
        return _json(
            {
                "type": "snapshot",
                "hello": _plain(self.hello),
                "state": _plain(self.state),
                "state_age": self._time() - self._state_came,  # its clocks have run on since
                "presence": _plain(self.presence),
                "challenge": _plain(self.challenge),
                "ended": _plain(self.ended),
                "lines": [_plain(line) for line in self.lines.values()],
                "chat": [_plain(message) for message in self.chat.values()],
                "pending": [_plain(message) for message in self.pending.values()],
                "figures": {name: list(points) for name, points in self.figures.items()},
                "viewers": self.viewers,
                "linked": self.linked,
            }
        )


class Hub:
    """The shows that are linked, or were: at most `SHOWS`, the longest gone forgotten first."""

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._shows: dict[str, LiveShow] = {}

    def get(self, show: str) -> LiveShow | None:
        return self._shows.get(show)

    def shows(self) -> tuple[LiveShow, ...]:
        return tuple(self._shows.values())

    def only(self) -> LiveShow | None:
        """The show, when there is exactly one."""
        return next(iter(self._shows.values())) if len(self._shows) == 1 else None

    def hello(self, hello: Hello) -> LiveShow | None:
        """The show that says hello, known or new. None when the console follows as many shows as it may."""
        show = self._shows.get(hello.show)
        if show is None:
            if len(self._shows) >= SHOWS and not self._make_room():
                return None
            show = self._shows[hello.show] = LiveShow(hello, self._time)
        show.take(hello)
        return show

    def _make_room(self) -> bool:
        gone = next((name for name, show in self._shows.items() if not show.linked), None)
        if gone is None:
            return False
        del self._shows[gone]
        return True


def _keep(into: dict[str, T], key: str, value: T, limit: int) -> None:
    """Updates in place (the order is that of the first sight); the oldest goes when there are too many."""
    into[key] = value
    if len(into) > limit:
        del into[next(iter(into))]


def _plain(message: Message | None) -> Any:
    return None if message is None else message.model_dump(mode="json")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
