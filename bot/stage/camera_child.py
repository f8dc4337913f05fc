"""The decoder of a live camera: a process of its own, since what a browser sends is not to be trusted.

Reads WebM or fragmented MP4 as a browser's MediaRecorder makes it, piece by piece; crops and scales pictures
to fill the place where they stand, resamples sound, and publishes both when they are due, so that picture and
sound keep step although they come in bursts.
"""

import heapq
import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from bot.stage.camera import CameraRing, Head, Samples
from bot.stage.microphone import LEAD
from bot.stage.picture import Plane, view_of

RATE = 48_000
DELAY_S = 0.25  # pieces come a few times a second: what they hold waits for its time
AHEAD_S = 3.0  # what would be due later than this has a wrong time and is shown at once
QUEUE = 200  # pictures and blocks that wait; further ones push the oldest out
_LEAD_S = LEAD / RATE  # the mixer's microphone holds sound back for so long: it is published earlier


class Pacer:
    """When a piece with time stamp `pts` is due. Pure; both in seconds.

    The first pieces set the offset between the sender's time and ours. A sender whose clock runs ahead, or
    that was held up, moves it: lateness never grows.
    """

    def __init__(self, delay: float = DELAY_S) -> None:
        self._delay = delay
        self._offset: float | None = None

    def due(self, pts: float, now: float) -> float:
        """Moves only when the piece came too late to keep its time, or lies absurdly far ahead."""
        if self._offset is None or pts + self._offset < now or pts + self._offset > now + AHEAD_S:
            self._offset = now + self._delay - pts
        return pts + self._offset


@dataclass(order=True, slots=True)
class _Due:
    at: float
    order: int
    picture: VideoFrame | None = field(compare=False, default=None)
    sound: Samples | None = field(compare=False, default=None)


class _Pipe:
    """What the browser sends, as a file for libav. The empty piece ends it."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._rest, self._over = pipe, b"", False

    def read(self, size: int) -> bytes:
        if not self._rest and not self._over:
            try:
                self._rest = self._pipe.recv_bytes()
            except (EOFError, OSError):
                self._rest = b""
            self._over = not self._rest  # libav asks again after the end
        out, self._rest = self._rest[:size], self._rest[size:]
        return out


def cover(frame: VideoFrame, width: int, height: int) -> tuple[Plane, Plane, Plane]:
    """The middle of the picture, scaled so that it fills width x height: what does not fit is cut off."""
    scale = max(width / frame.width, height / frame.height)
    w, h = (max(n, 2 * round(side * scale / 2)) for n, side in ((width, frame.width), (height, frame.height)))
    scaled = frame.reformat(w, h, "yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
    x, y = (w - width) // 4 * 2, (h - height) // 4 * 2
    planes = []
    for plane, n in zip(scaled.planes, (1, 2, 2), strict=True):
        planes.append(view_of(plane)[y // n : (y + height) // n, x // n : (x + width) // n])
    return planes[0], planes[1], planes[2]


class Decoder:
    """Decodes one camera into a ring until its input ends."""

    def __init__(self, pipe: Connection, ring: CameraRing) -> None:
        self._file, self._ring = _Pipe(pipe), ring
        self._queue: list[_Due] = []
        self._order = itertools.count()
        self._pacer = Pacer()
        self._changed = threading.Condition()
        self._over = False

    def run(self) -> None:
        """Until the input ends or is no such media (then at once)."""
        publisher = threading.Thread(target=self._publish, name="publish", daemon=True)
        publisher.start()
        try:
            self._decode()
        except (av.error.FFmpegError, ValueError):
            self._ring.head[Head.BROKEN] += 1
        with self._changed:
            self._over = True
            self._changed.notify()
        publisher.join(DELAY_S + 1)

    def _decode(self) -> None:
        options = {"probesize": "50000", "analyzeduration": "0"}
        with av.open(self._file, options=options) as container:
            for stream in (*container.streams.video, *container.streams.audio):
                stream.codec_context.thread_count = 1
            resampler = av.AudioResampler("fltp", "mono", RATE)
            for packet in container.demux():
                for frame in self._frames(packet):
                    if isinstance(frame, VideoFrame):
                        self._wait(frame.time, picture=frame)
                    elif isinstance(frame, AudioFrame):
                        for part in resampler.resample(frame):
                            self._wait(frame.time, sound=part.to_ndarray()[0].astype(np.float32))

    def _frames(self, packet: av.Packet) -> Iterator[object]:
        try:
            yield from packet.decode()
        except av.error.FFmpegError:
            self._ring.head[Head.BROKEN] += 1

    def _wait(
        self, pts: float | None, *, picture: VideoFrame | None = None, sound: Samples | None = None
    ) -> None:
        if pts is None:
            return
        due = self._pacer.due(pts, time.monotonic()) - (_LEAD_S if sound is not None else 0.0)
        with self._changed:
            heapq.heappush(self._queue, _Due(due, next(self._order), picture, sound))
            if len(self._queue) > QUEUE:
                heapq.heappop(self._queue)
            self._changed.notify()

    def _publish(self) -> None:
        while (piece := self._next()) is not None:
            if piece.picture is not None:
                self._ring.show(*cover(piece.picture, *self._ring.wanted))
            elif piece.sound is not None:
                self._ring.sound(piece.sound)

    def _next(self) -> _Due | None:
        """The next piece once it is due; None when the camera is over."""
        with self._changed:
            while True:
                if self._queue:
                    left = self._queue[0].at - time.monotonic()
                    if left <= 0:
                        return heapq.heappop(self._queue)
                    self._changed.wait(left)
                elif self._over:
                    return None
                else:
                    self._changed.wait()


def camera_main(pipe: Connection, name: str, width: int, height: int) -> None:
    """The process: decodes what comes through `pipe` into the ring `name`, made for width x height."""
    shared = CameraRing.attach(name, width, height)
    try:
        Decoder(pipe, shared).run()
    finally:
        shared.close()
