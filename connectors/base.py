"""The Connector interface: one platform's code behind one contract."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from products.errors import Refused


class Cap(StrEnum):
    EGRESS = "egress"
    CHAT_IN = "chat_in"
    CHAT_OUT = "chat_out"
    PIN = "pin"
    DISCLOSE = "disclose"
    METRICS = "metrics"
    ORDERS = "orders"


class Secret:
    """A string that does not print itself. `reveal()` only where it is sent."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret(...)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class IngestLimits:
    """What the other side takes. kb/s, seconds, pixels, frames a second; None = not known.

    max_stream_s      the longest broadcast; before it a new address is asked for (next_ingest)
    gap_closes_s      so long without a stream ends the broadcast: a reconnect must be quicker
    video, audio      codecs that are taken
    b_frames          whether pictures may refer to later ones
    single_use_key    the address works once: a reconnect needs a new one
    """

    max_video_kbps: int | None = None
    max_audio_kbps: int | None = None
    max_keyframe_s: float | None = 2.0
    max_width: int | None = None
    max_height: int | None = None
    max_stream_s: int | None = None
    max_fps: int | None = None
    gap_closes_s: float | None = None
    video: tuple[str, ...] = ("h264",)
    audio: tuple[str, ...] = ("aac",)
    b_frames: bool | None = None
    single_use_key: bool = False


@dataclass(frozen=True, slots=True)
class ChatLimits:
    """What may be written: characters in one message, `messages` in any `per_s` seconds. None = not known."""

    max_chars: int | None = None
    messages: int | None = None
    per_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Ingest:
    """Where to push. `kind`: rtmp, rtmps, srt, whip, file, room. `url` holds the key; `shown` is safe to log.
    `codec` of the picture: h264 or hevc. `playback`: where the platform plays it back (RTMP, HTTP-FLV, HLS),
    None where it does not say; what is named is looked at.
    """

    kind: str
    url: Secret
    shown: str
    limits: IngestLimits = IngestLimits()
    expires: datetime | None = None
    single_use: bool = False
    codec: str = "h264"
    playback: Secret | None = None


class EventKind(StrEnum):
    COMMENT = "comment"
    GIFT = "gift"
    LIKE = "like"
    FOLLOW = "follow"
    ENTER = "enter"
    ORDER = "order"
    VIEWERS = "viewers"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Gift:
    """What a viewer gave. `value`: of all `count` together, in the smallest unit of `currency` (the
    platform's own coins or an ISO 4217 code); None where the platform does not say.
    """

    name: str
    count: int = 1
    value: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """`product`: the platform's reference. `paid`: False for one that is only placed."""

    id: str
    product: str
    quantity: int = 1
    paid: bool = True


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages may be missing here, from `since` to `until`. `missed`: how many, where that is counted."""

    since: datetime
    until: datetime
    why: str
    missed: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that came from the platform. (platform, id) is unique. `viewer` is the name that is shown.

    number   LIKE: how many; VIEWERS: how many there are; GIFT: how many pieces
    detail   of a GIFT, ORDER or GAP, always
    own      written by the account that the show runs under: never answered
    reply_to the id of the message that it answers, "" for none
    cursor   where to go on after this event (Connector.events); "" where the platform keeps no past
    """

    kind: EventKind
    platform: str
    id: str
    at: datetime
    viewer: str = ""
    viewer_id: str = ""
    text: str = ""
    number: int = 0
    extra: Mapping[str, str] = field(default_factory=dict)
    detail: Gift | Order | Gap | None = None
    own: bool = False
    reply_to: str = ""
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class SayResult:
    """What became of a posted message. `parts` > 1 when it had to be split. `retry_after`: seconds, where the
    platform asked for patience.
    """

    ok: bool
    id: str = ""
    reason: str = ""
    parts: int = 1
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class PinResult:
    ok: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was set on the platform and read back. `says`: in plain words; `read_back`: what the platform
    answered, as text, for the ledger.
    """

    ok: bool
    at: datetime
    says: str
    read_back: str = ""


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture of the platform's own page, as evidence. `what`: pin, flag, stopped, changed ...; `says`:
    what it shows, in plain words; `png`: empty where no picture could be taken.
    """

    at: datetime
    what: str
    says: str
    png: bytes = b""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures of the platform; None = it does not say. `healthy`: its opinion of the stream it gets;
    `followers`: of the account, in all.
    """

    at: datetime
    live: bool | None = None
    viewers: int | None = None
    likes: int | None = None
    healthy: bool | None = None
    says: str = ""
    followers: int | None = None


class CheckState(StrEnum):
    OK = "ok"
    BAD = "bad"
    BY_HAND = "by hand"  # no interface tells: a person looks, or does it


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be so before a show. `says` and `remedy`: plain words, no secret."""

    what: str
    state: CheckState
    says: str
    remedy: str = ""


class ChatState(StrEnum):
    OFF = "off"
    OPENING = "opening"
    OPEN = "open"
    DEAF = "connected but deaf"
    WAITING = "waiting to connect again"
    LOST = "lost"  # will not come back by itself


@dataclass(frozen=True, slots=True)
class Hearing:
    """How the chat of a channel stands, and what came through it so far. handed on + duplicates + stale +
    dropped + waiting = received.
    """

    state: ChatState = ChatState.OFF
    why: str = ""
    received: int = 0
    handed_on: int = 0
    duplicates: int = 0
    stale: int = 0
    dropped: int = 0
    waiting: int = 0
    gaps: int = 0
    reconnects: int = 0


@dataclass(frozen=True, slots=True)
class ShowInfo:
    """What a platform is told about a show when it opens. `synthetic`: a synthetic face or voice is in it."""

    id: str
    title: str
    language: str
    width: int
    height: int
    fps: int
    description: str = ""
    synthetic: bool = True


class Connector(Protocol):
    """One channel, opened once per show. Methods raise RemoteError (connectors/errors.py has its kinds); a
    missing capability raises Refused.

    shots     pictures taken since the last call, where there is a page to take them of; never waits
    events    each (platform, id) once, in the order they came; after a loss an event of kind GAP; goes on
              after `cursor` where the platform keeps a past; ends when the connector is closed. One reader
    hearing   how the chat stands; never waits
    handle_of the shop's handle for what the platform calls a product (in an Order); None: nobody named it
    check     what must be so before a show, each with its remedy; raises nothing for what it finds
    close     may be called again; everything that was started is awaited
    """

    platform: str
    caps: frozenset[Cap]

    async def open(self, show: ShowInfo) -> Ingest: ...
    async def next_ingest(self, show: ShowInfo) -> Ingest: ...
    def events(self, cursor: str | None = None) -> AsyncIterator[Event]: ...
    def hearing(self) -> Hearing: ...
    def shots(self) -> tuple[Shot, ...]: ...
    async def say(self, text: str, reply_to: str | None = None) -> SayResult: ...
    async def pin(self, product: str) -> PinResult: ...
    def handle_of(self, reference: str) -> str | None: ...
    async def disclose(self, synthetic: bool) -> Evidence: ...
    async def metrics(self) -> Metrics: ...
    async def check(self) -> tuple[Check, ...]: ...
    async def close(self, reason: str) -> None: ...


class BareConnector:
    """A connector that can do nothing: each capability is refused by its name. A platform's own class derives
    from it and overrides what it can do.
    """

    platform: str = ""
    caps: frozenset[Cap] = frozenset()

    def __init__(self) -> None:
        self._closed = asyncio.Event()

    async def open(self, show: ShowInfo) -> Ingest:
        raise missing(self.platform, Cap.EGRESS)

    async def next_ingest(self, show: ShowInfo) -> Ingest:
        """The same as the first: override where an address ends."""
        return await self.open(show)

    async def events(self, cursor: str | None = None) -> AsyncIterator[Event]:
        """None ever come; ends when the channel is closed."""
        await self._closed.wait()
        none: tuple[Event, ...] = ()
        for event in none:
            yield event

    def hearing(self) -> Hearing:
        return Hearing()

    def shots(self) -> tuple[Shot, ...]:
        return ()

    async def say(self, text: str, reply_to: str | None = None) -> SayResult:
        raise missing(self.platform, Cap.CHAT_OUT)

    async def pin(self, product: str) -> PinResult:
        raise missing(self.platform, Cap.PIN)

    def handle_of(self, reference: str) -> str | None:
        """The account names none."""
        return None

    async def disclose(self, synthetic: bool) -> Evidence:
        raise missing(self.platform, Cap.DISCLOSE)

    async def metrics(self) -> Metrics:
        raise missing(self.platform, Cap.METRICS)

    async def check(self) -> tuple[Check, ...]:
        return ()

    async def close(self, reason: str) -> None:
        self._closed.set()


def missing(platform: str, cap: Cap) -> Refused:
    """The error for a capability that `platform` does not have."""
    remedy = "Choose a channel that can, or do it by hand."
    return Refused(f"{platform} cannot do {cap.value}.", remedy=remedy)
