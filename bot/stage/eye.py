"""Looks at our own stream as it leaves the encoder: decodes it and asks the LabelWatch, on a thread of its
own.
"""

import queue
import threading
from collections.abc import Callable, Sequence

import av
import numpy as np

from bot.stage.encoder import Packet
from bot.stage.picture import Plane
from bot.stage.watch import Interval, LabelWatch, Sight

BEHIND = 100  # packets that may wait for a live eye
BEHIND_REHEARSED = 5  # a rehearsal runs faster than time: an eye far behind would seem not to see the label
EVERY = 12  # frames between looks: 0.48 s at 25 fps


class Eye:
    """A sink that decodes every picture and looks at each `every`-th. `wait`: a rehearsal waits for it; live
    drops.

    `sights` is called on the eye's thread with each Sight; `dropped` counts packets that it did not see (it
    then resumes at a keyframe). `intervals()` gives the ended label intervals, each once.
    """

    def __init__(
        self,
        watch: LabelWatch,
        extradata: bytes,
        fps: int,
        sights: Callable[[Sight], None],
        *,
        wait: bool = False,
        every: int = EVERY,
    ) -> None:
        self._watch, self._fps, self._sights, self._wait, self._every = watch, fps, sights, wait, every
        self._queue: queue.Queue[Packet | None] = queue.Queue(maxsize=BEHIND_REHEARSED if wait else BEHIND)
        self._lock = threading.Lock()
        self._need_key = True
        self.dropped = 0
        self._looks = self._found = 0
        self._decoder = av.CodecContext.create("h264", "r")
        self._decoder.extradata = extradata
        self._decoder.thread_count = 1
        self._thread = threading.Thread(target=self._run, name="eye", daemon=True)
        self._thread.start()

    def take(self, n: int, packets: Sequence[Packet]) -> None:
        for packet in packets:
            if packet.kind != "video":
                continue
            if self._wait:
                self._queue.put(packet)
                continue
            try:
                self._queue.put_nowait(packet)
            except queue.Full:
                self.dropped += 1

    def close(self) -> None:
        try:
            self._queue.put(None, timeout=5.0 if self._wait else 0.5)
        except queue.Full:
            self.dropped += 1
        self._thread.join(timeout=30.0 if self._wait else 1.0)

    def unseen(self, at: float) -> float:
        """Seconds since the label was last seen in the stream, as of second `at` of it."""
        with self._lock:
            return self._watch.unseen(at)

    def intervals(self, *, final: bool = False) -> tuple[Interval, ...]:
        with self._lock:
            return self._watch.close() if final else self._watch.take()

    def coverage(self) -> tuple[float, int]:
        """Share of looks that found the label (1 when none was made), and how many there were."""
        return (self._found / self._looks if self._looks else 1.0), self._looks

    def change(self, watch: LabelWatch) -> None:
        """Another label stands from now on."""
        with self._lock:
            self._watch = watch

    def _run(self) -> None:
        dropped = 0
        while (packet := self._queue.get()) is not None:
            if self.dropped != dropped:
                dropped, self._need_key = self.dropped, True
            if self._need_key and not packet.is_key:
                continue
            self._need_key = False
            self._decode(packet)

    def _decode(self, packet: Packet) -> None:
        raw = av.Packet(packet.data)
        raw.pts, raw.dts, raw.time_base = packet.pts, packet.dts, packet.time_base
        try:
            frames = self._decoder.decode(raw)
        except av.error.FFmpegError:
            self.dropped += 1  # a torn packet: blind until the next keyframe, not for ever
            return
        for frame in frames:
            if packet.pts % self._every:
                continue
            with self._lock:
                sight = self._watch.look(_luma(frame), packet.pts / self._fps)
            self._looks += 1
            self._found += sight.label
            self._sights(sight)


def _luma(frame: av.VideoFrame) -> Plane:
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
