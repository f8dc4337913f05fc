"""What the air and the console know of a channel's way out, whatever it leads to."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.stage.encoder import Packet


class OutletState(StrEnum):
    """idle: not started; connecting: no media confirmed yet; live; stalled: connected but nothing moves;
    backing_off: waiting to dial again; failed: gave up (a single-use address without a new one); closed."""

    IDLE = "idle"
    CONNECTING = "connecting"
    LIVE = "live"
    STALLED = "stalled"
    BACKING_OFF = "backing_off"
    FAILED = "failed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class OutletStats:
    """A channel at a glance. sent, dropped: packets of both kinds since the start. `alarm`: failed too
    often in a row, or for too long. `last_error` is in plain words and never holds a key. rollovers: how
    often it went on under a new address without a gap; kbps: the video rate that it gets now, 0 = unknown.
    waits_turn: another show still sends to its address; gap_s: seconds from that one's last packet until ours
    were taken, None where no show was before it."""

    state: OutletState
    sent: int
    dropped: int
    reconnects: int
    last_error: str
    waiting: int = 0
    alarm: bool = False
    rollovers: int = 0
    kbps: int = 0
    gap_s: float | None = None
    waits_turn: bool = False


class Outlet(Protocol):
    """What the air knows of a channel. Only `close` waits, and no longer than told."""

    name: str

    def put(self, packets: Iterable[Packet]) -> None: ...
    def wants_key(self) -> bool: ...
    def stats(self) -> OutletStats: ...
    def finish(self) -> None: ...
    def close(self, timeout: float) -> bool: ...
