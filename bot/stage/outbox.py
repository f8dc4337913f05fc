"""The border between the air and a channel: a bounded queue that drops whole groups of pictures."""

import threading
from collections import deque
from collections.abc import Iterable

from bot.stage.encoder import Packet


class Outbox:
    """One writer, one reader. `put` never waits, unless `wait` is set: in a rehearsal nobody watches.

    A group of pictures is a keyframe and all that leans on it. When more than `max_frames` video frames
    wait, the oldest go, up to the next keyframe: a decoder never sees a frame whose reference is missing.
    What goes is counted.
    """

    def __init__(self, max_frames: int = 100, wait: bool = False) -> None:
        self._max, self._wait = max_frames, wait
        self._queue: deque[Packet] = deque()
        self._frames = 0
        self._open = self._need_key = True
        self._done = False
        self._change = threading.Condition()
        self.dropped = 0  # packets, of both kinds
        self.overflowed = 0  # those of them for which there was no room

    def put(self, packets: Iterable[Packet]) -> None:
        with self._change:
            for packet in packets:
                if self._wait:
                    self._change.wait_for(lambda: self._frames < self._max or not self._open)
                self._put(packet)
            self._change.notify_all()

    def _put(self, packet: Packet) -> None:
        video = packet.kind == "video"
        if video and packet.is_key:
            self._need_key = False
        if self._done or not self._open or self._need_key:
            self.dropped += 1
            return
        self._queue.append(packet)
        self._frames += video
        if self._frames > self._max:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        """Drops up to the next keyframe; all, and what follows up to one, when none waits."""
        while self._queue:
            head = self._queue.popleft()
            self._frames -= head.kind == "video"
            self.dropped += 1
            self.overflowed += 1
            if self._queue and self._queue[0].kind == "video" and self._queue[0].is_key:
                return
        self._need_key = True

    def get(self, timeout: float) -> Packet | None:
        """The next packet; None after `timeout` seconds, or at once when `finished`."""
        with self._change:
            self._change.wait_for(lambda: self._queue or self._done, timeout)
            if not self._queue:
                return None
            packet = self._queue.popleft()
            self._frames -= packet.kind == "video"
            self._change.notify_all()
            return packet

    def hold(self) -> None:
        """Nobody is there to take packets: drops what waits and what comes, until `resume`."""
        with self._change:
            self._open = False
            self.dropped += len(self._queue)
            self._queue.clear()
            self._frames = 0
            self._change.notify_all()

    def resume(self) -> None:
        """Takes packets again, from the next keyframe on."""
        with self._change:
            self._open = self._need_key = True

    def finish(self) -> None:
        """No more packets will come; the reader may take what is left."""
        with self._change:
            self._done = True
            self._change.notify_all()

    @property
    def finished(self) -> bool:
        """`finish` was called and nothing is left."""
        with self._change:
            return self._done and not self._queue

    @property
    def frames(self) -> int:
        """Video frames that wait."""
        return self._frames

    def __len__(self) -> int:
        return len(self._queue)
