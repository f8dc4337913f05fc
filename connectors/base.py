"""The Connector interface: one platform's code behind one contract."""

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

    def __repr__(self) -> str:
        return "Secret(...)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class IngestLimits:
    """What the other side takes. kb/s, seconds, pixels; None = not known."""

    max_video_kbps: int | None = None
    max_audio_kbps: int | None = None
    max_keyframe_s: float | None = 2.0
    max_width: int | None = None
    max_height: int | None = None
    max_stream_s: int | None = None


@dataclass(frozen=True, slots=True)
class Ingest:
    """Where to push. `kind`: rtmp, rtmps, srt, whip, file, room. `url` holds the key; `shown` is safe to log.
    `codec` of the picture: h264 or hevc. `playback`: where the platform plays it back (RTMP, HTTP-FLV, HLS),
    None where it does not say; what is named is looked at."""

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
class Event:
    """Something that came from the platform. (platform, id) is unique. `viewer` is the name that is shown."""

    kind: EventKind
    platform: str
    id: str
    at: datetime
    viewer: str = ""
    viewer_id: str = ""
    text: str = ""
    number: int = 0
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SayResult:
    """What became of a posted message. `parts` > 1 when it had to be split."""

    ok: bool
    id: str = ""
    reason: str = ""
    parts: int = 1


@dataclass(frozen=True, slots=True)
class PinResult:
    ok: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ShowInfo:
    """What a platform is told about a show when it opens."""

    id: str
    title: str
    language: str
    width: int
    height: int
    fps: int


class Connector(Protocol):
    """One channel, opened once per show. Methods raise RemoteError; a missing capability raises Refused."""

    platform: str
    caps: frozenset[Cap]

    async def open(self, show: ShowInfo) -> Ingest: ...
    async def next_ingest(self, show: ShowInfo) -> Ingest: ...
    def events(self, cursor: str | None = None) -> AsyncIterator[Event]: ...
    async def say(self, text: str, reply_to: str | None = None) -> SayResult: ...
    async def pin(self, product: str) -> PinResult: ...
    async def close(self, reason: str) -> None: ...


def missing(platform: str, cap: Cap) -> Refused:
    """The error for a capability that `platform` does not have."""
    remedy = "Choose a channel that can, or do it by hand."
    return Refused(f"{platform} cannot do {cap.value}.", remedy=remedy)
