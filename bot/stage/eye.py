"""Looks at and listens to our own stream as it is sent: muxed, demuxed and decoded again, on a thread of its
own.

What goes out is FLV; so the eye writes the same packets with the same muxer and reads that back. The record
in its metadata (AIGC) is checked on the way.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from bot.stage.encoder import AUDIO_RATE, Packet, Template
from bot.stage.inspection import Figures, Inspection
from bot.stage.judges import Spell
from bot.stage.mux import FlvMuxer
from bot.stage.picture import view_of
from bot.stage.watch import Interval, LabelWatch, Sight
from bot.stage.witness import BIN

BEHIND = 250  # packets that may wait for a live eye: about 3.5 s
BEHIND_REHEARSED = 12  # a rehearsal runs faster than time: an eye far behind would seem not to see the label
EVERY = 6  # frames between looks: 0.24 s at 25 fps, so that two looks in a row fit well into half a second
CHUNK = 1 << 16


class Eye:
    """A sink that decodes all that is sent and looks at each `every`-th picture. `wait`: a rehearsal waits
    for it; live drops.

    `sights` is called on the eye's thread with each Sight; `dropped` counts packets that it did not see (it
    then resumes at a keyframe). `intervals()` gives the ended label intervals, `spells()` those of all other
    checks, each once. `marked`: whether the stream's metadata holds the AIGC record; None before it is known.
    """

    def __init__(
        self,
        watch: LabelWatch,
        template: Template,
        fps: int,
        sights: Callable[[Sight], None],
        *,
        wait: bool = False,
        every: int = EVERY,
        metadata: dict[str, str] | None = None,
        inspection: Inspection | None = None,
    ) -> None:
        self._watch, self._fps, self._sights, self._wait, self._every = watch, fps, sights, wait, every
        self._queue: queue.Queue[Packet | None] = queue.Queue(maxsize=BEHIND_REHEARSED if wait else BEHIND)
        self._lock = threading.Lock()
        self._need_key = True
        self._seen_drops = 0
        self._over = False
        self.dropped = 0
        self.marked: bool | None = None
        self.failure = ""  # why it sees nothing any more
        self._last = 0.0
        self._looks = self._found = 0
        self._missed = 0  # looks in a row that did not find the label
        self._score: float | None = None
        self._inspection = inspection or Inspection(fps)
        self._loudness = _Loudness()
        self._sound = _Bins()
        self._sent = bytearray()
        self._mux = FlvMuxer(template, self, metadata or {})
        self._thread = threading.Thread(target=self._run, name="eye", daemon=True)
        self._thread.start()

    # ---- the air's side

    def take(self, n: int, packets: Sequence[Packet]) -> None:
        for packet in packets:
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

    # ---- what it knows

    def unseen(self, at: float) -> float:
        """Seconds since the label was last seen in the stream, as of second `at` of it."""
        with self._lock:
            return self._watch.unseen(at)

    @property
    def recorded_seen(self) -> float | None:
        """Second of the stream at which the mark on a filmed clip was found last; None: never yet."""
        with self._lock:
            return self._inspection.recorded_seen

    @property
    def stands(self) -> bool:
        """Whether the picture stands still now, though no slate and no filmed clip is on."""
        with self._lock:
            return self._inspection.stands

    @property
    def missed(self) -> int:
        """Looks in a row, up to the latest, that did not find the label. Being behind is no miss."""
        return self._missed

    def intervals(self, *, final: bool = False) -> tuple[Interval, ...]:
        with self._lock:
            return self._watch.close() if final else self._watch.take()

    def spells(self, *, final: bool = False) -> tuple[Spell, ...]:
        with self._lock:
            return self._inspection.take(final=final)

    def bad(self) -> dict[str, float]:
        """Check -> since which second it has been bad, of those that are; `eye`: it sees nothing any more."""
        with self._lock:
            blind = {"eye": self._last} if self.failure else {}
            return self._inspection.bad() | blind

    def figures(self) -> Figures:
        with self._lock:
            return self._inspection.figures(self._score)

    def coverage(self) -> tuple[float, int]:
        """Share of looks that found the label (1 when none was made), and how many there were."""
        return (self._found / self._looks if self._looks else 1.0), self._looks

    def change(self, watch: LabelWatch) -> None:
        """Another label stands from now on."""
        with self._lock:
            self._watch = watch

    # ---- the eye's thread: demuxing asks `read` for more, which muxes what has come

    def write(self, data: bytes) -> None:
        """From the muxer."""
        self._sent += data

    def read(self, size: int) -> bytes:
        """For the demuxer: the next bytes of the stream; empty at its end."""
        while not self._sent and not self._over:
            packet = self._queue.get()
            if packet is None:
                self._over = True
                self._mux.close()
            elif self._wanted(packet):
                try:
                    self._mux.write([packet])
                except av.error.FFmpegError:
                    self.dropped += 1  # a torn packet: blind until the next keyframe, not for ever
        out = bytes(self._sent[:size])
        del self._sent[:size]
        return out

    def _wanted(self, packet: Packet) -> bool:
        """Not pictures that lean on one which was dropped."""
        if self.dropped != self._seen_drops:
            self._seen_drops, self._need_key = self.dropped, True
        if packet.kind == "audio":
            return True
        if self._need_key and not packet.is_key:
            return False
        self._need_key = False
        return True

    def _run(self) -> None:
        """An eye that breaks is blind, which the show notices: it never holds a rehearsal up."""
        try:
            self._follow()
        except Exception as error:  # noqa: BLE001  nobody awaits a thread: `bad` tells
            self.failure = f"{type(error).__name__}: {error}"
        self._drain()

    def _follow(self) -> None:
        try:
            # what is needed to decode stands in the headers: nothing is read ahead to find it out
            options = {"analyzeduration": "0", "probesize": "4096"}
            container = av.open(self, "r", format="flv", options=options, buffer_size=CHUNK)
        except (av.error.FFmpegError, EOFError):
            return  # it ended before it began
        with container:
            self.marked = "AIGC" in container.metadata
            for stream in container.streams.video:
                stream.codec_context.thread_count = 1
            for packet in container.demux():
                self._decode(packet)

    def _drain(self) -> None:
        while not self._over:
            self._over = self._queue.get() is None

    def _decode(self, packet: Any) -> None:
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            self.dropped += 1
            return
        for frame in frames:
            if isinstance(frame, av.VideoFrame):
                self._see(frame)
            else:
                self._hear(frame)

    def _see(self, frame: Any) -> None:
        if frame.pts is None:
            return
        n = (self._mux.rebase.first_frame or 0) + round(frame.pts * frame.time_base * self._fps)
        luma = view_of(frame.planes[0])
        self._inspection.picture(luma, n)
        if n % self._every:
            return
        with self._lock:
            sight = self._watch.look(luma, n / self._fps)
            self._inspection.look(luma, n)
        self._looks += 1
        self._found += sight.label
        self._missed = 0 if sight.label else self._missed + 1
        self._score, self._last = sight.score, sight.at
        self._sights(sight)

    def _hear(self, frame: Any) -> None:
        if frame.pts is None:
            return
        base = Fraction(self._mux.rebase.first_frame or 0, self._fps) * AUDIO_RATE
        with self._lock:
            for first, samples in self._sound.add(
                frame.to_ndarray(), int(base + frame.pts * frame.time_base * AUDIO_RATE)
            ):
                self._inspection.sound(samples, first)
            if (told := self._loudness.add(frame)) is not None:
                at = float(base / AUDIO_RATE + frame.pts * frame.time_base)
                self._inspection.loudness(*told, at)


class _Bins:
    """Samples as they come, in whole bins of 5 ms at their place in the stream."""

    NEAR = 96  # samples (2 ms) by which a container's milliseconds may be off

    def __init__(self) -> None:
        self._rest = np.zeros((2, 0), np.float32)
        self._next = -(10**9)  # nowhere near

    def add(self, samples: NDArray[np.float32], first: int) -> list[tuple[int, NDArray[np.float32]]]:
        """(index of the first bin, samples [2, k * BIN]); `first`: place of the first sample in the
        stream.
        """
        if abs(first - self._next) > self.NEAR:
            skip = -first % BIN
            self._rest, samples, first = self._rest[:, :0], samples[:, skip:], first + skip
            self._next = first
        whole = np.concatenate([self._rest, samples], axis=1)
        start = self._next - self._rest.shape[1]
        self._next += samples.shape[1]
        count = whole.shape[1] // BIN
        self._rest = whole[:, count * BIN :]
        return [(start // BIN, whole[:, : count * BIN])] if count else []


class _Loudness:
    """Momentary and integrated loudness by EBU R 128: libav's meter."""

    def __init__(self) -> None:
        self._graph: Any = None

    def add(self, frame: Any) -> tuple[float, float] | None:
        """(momentary, integrated) in LUFS after this frame; None where a block of 100 ms is not full yet."""
        if self._graph is None:
            self._graph = av.filter.Graph()
            source = self._graph.add_abuffer(
                sample_rate=frame.sample_rate,
                format=frame.format.name,
                layout=frame.layout.name,
                time_base=frame.time_base,
            )
            meter = self._graph.add("ebur128", "metadata=1:framelog=quiet")
            sink = self._graph.add("abuffersink")
            source.link_to(meter)
            meter.link_to(sink)
            self._graph.configure()
        self._graph.push(frame)
        told = None
        while True:
            try:
                found = self._graph.pull().metadata
            except (av.error.BlockingIOError, av.error.EOFError):
                return told
            told = float(found["lavfi.r128.M"]), float(found["lavfi.r128.I"])
