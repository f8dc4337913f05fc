"""Where the packets of the air go: the room, the recording, the channels. None of them can make the air
wait.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from bot.show.messages import Media
from bot.stage.encoder import Packet
from bot.stage.mux import FragmentMuxer, Piece
from bot.stage.outlet import Outlet


class RoomSink:
    """Fragments for the live room, handed to the show's event loop."""

    def __init__(
        self, muxer: FragmentMuxer, loop: asyncio.AbstractEventLoop, send: Callable[[Media, bytes], None]
    ) -> None:
        self._muxer, self._loop, self._send = muxer, loop, send

    def take(self, n: int, packets: Sequence[Packet]) -> None:
        for piece in self._muxer.write(packets):
            self._loop.call_soon_threadsafe(self._send, piece.media, piece.data)

    def close(self) -> None:
        for piece in self._muxer.close():
            self._loop.call_soon_threadsafe(self._send, piece.media, piece.data)


class Writes(Protocol):
    """A recording."""

    def write(self, packets: Sequence[Packet], /) -> None: ...
    def close(self) -> object: ...


class RecordingSink:
    """A recorder as a sink (its own thread writes)."""

    def __init__(self, recorder: Writes) -> None:
        self._recorder = recorder

    def take(self, n: int, packets: Sequence[Packet]) -> None:
        self._recorder.write(packets)

    def close(self) -> None:
        self._recorder.close()


class ChannelSink:
    """A channel's outlet as a sink. `wants_key` is asked each tick, so that a channel comes back on a
    keyframe.
    """

    def __init__(self, outlet: Outlet, force_key: Callable[[], None], close_s: float = 3.0) -> None:
        self.outlet, self._force_key, self._close_s = outlet, force_key, close_s

    def take(self, n: int, packets: Sequence[Packet]) -> None:
        self.outlet.put(packets)
        if self.outlet.wants_key():
            self._force_key()

    def close(self) -> None:
        self.outlet.close(self._close_s)


class WatchSink:
    """Feeds a watcher with our own muxed fragments on a thread of its own; drops when the watcher is behind.

    `watch` is called with (media, data); `dropped` counts fragments that it did not see.
    """

    def __init__(self, muxer: FragmentMuxer, watch: Callable[[Piece], None], depth: int = 20) -> None:
        self._muxer, self._watch = muxer, watch
        self._queue: queue.Queue[Piece | None] = queue.Queue(maxsize=depth)
        self.dropped = 0
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def take(self, n: int, packets: Sequence[Packet]) -> None:
        for piece in self._muxer.write(packets):
            try:
                self._queue.put_nowait(piece)
            except queue.Full:
                self.dropped += 1

    def close(self) -> None:
        self._muxer.close()
        try:
            self._queue.put(None, timeout=0.5)
        except queue.Full:
            self.dropped += 1
        self._thread.join(timeout=1.0)

    def _run(self) -> None:
        while (piece := self._queue.get()) is not None:
            self._watch(piece)
