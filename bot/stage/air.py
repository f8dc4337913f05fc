"""The air: asks for tick after tick, composes, mixes, encodes, and hands the packets to the sinks.

The air pulls. Nothing that it waits for can make it late: the border says at once when the studio has
nothing, the
scene is one immutable value that the show replaces, and sinks only take bytes. Picture time is the tick
number, sound
time the sample count; the clock paces and is never written into the media.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bot.stage.border import Border, Flag, Take
from bot.stage.camera import Camera
from bot.stage.clip_screen import ClipScreen, CutIn
from bot.stage.compositor import Compositor, HostPicture, Slate
from bot.stage.encoder import Encoder, Packet
from bot.stage.mixer import Mixer
from bot.stage.picture import Overlay, WorkFrame
from bot.stage.watermark import Watermark
from bot.stage.witness import Shown, Witness
from persona.clone.base import PatchRect, Rect, Reel

MAX_MARKS = 4096
REPEAT = 5  # ticks (200 ms) for which a picture may stand while the host is on air
# An air that was held up makes good what it can, in three steps (tests prove the bounds):
MAKE_GOOD_S = 1.0  # up to here whole ticks are made back to back: no word is lost, and players buffer as much
ADVANCE_S = 4.0  # up to here the missed ticks are advanced whole: an idle host at five pictures a second
# beyond that the clock itself is moved on and the rest counted as skipped: the receivers have hung up by then
# Where that makes good less than half, the machine cannot keep pace: until it does again only the clock is
# moved on, so that the show is slow and its words are said, not put off for an idle host.


class Captions(Protocol):
    """The caption of one clause over time."""

    def at(self, seconds: float) -> Overlay | None: ...


class Sink(Protocol):
    """Takes the packets of a tick and returns at once. Never raises: its own trouble is its own."""

    def take(self, n: int, packets: Sequence[Packet]) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Scene:
    """What stands on the picture beside the host. Replaced whole, so the air never sees half a change.

    `captions` by (line number, clause). With a `slate` the host is not shown and not heard. `live`: where the
    picture of a person's camera stands (even numbers): a part of the picture, or all. Without `host` the
    synthetic host is neither shown nor heard: the person is the show, and `away` stands while their camera
    sends nothing.
    """

    overlays: tuple[Overlay, ...] = ()
    label: Overlay | None = None
    slate: Slate | None = None
    captions: Mapping[tuple[int, int], Captions] = field(default_factory=dict)
    host: bool = True
    live: Rect | None = None
    away: Slate | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that became true on air at tick `n`: a clause `start`ed or `end`ed; `line_end`: its line is
    done.
    """

    n: int
    line: int
    clause: int
    what: str


@dataclass(slots=True)
class AirFigures:
    """Counts since the start. `busy_s`: time spent working; `late`: ticks done after their deadline plus one
    tick. `advanced`: ticks made at once after a long stall, the host idle; `skipped`: ticks by which the
    clock was moved on, never made. ticks + skipped = ticks that were due.
    """

    ticks: int = 0
    late: int = 0
    advanced: int = 0
    skipped: int = 0
    worst_late_s: float = 0.0
    busy_s: float = 0.0
    repeated: int = 0
    broken: int = 0
    spoken: int = 0


class AirLoop:
    """One show's air. `tick` is called in order, from one thread; `scene` may be replaced from any."""

    def __init__(
        self,
        reel: Reel,
        border: Border,
        compositor: Compositor,
        mixer: Mixer,
        encoder: Encoder,
        sinks: list[Sink],
        time: Callable[[], float],
        camera: Camera | None = None,
    ) -> None:
        width, height = reel.size
        self._camera = camera
        self._reel, self._border, self.compositor = reel, border, compositor
        self._mixer, self._encoder, self._time = mixer, encoder, time
        self.work = WorkFrame(width, height)
        self._base = 0
        self._rects: tuple[PatchRect, ...] = ()
        self._in_clause = False
        self._stood = 0  # ticks for which the base frame has been the same
        self._held = False  # the last picture stands again, for want of the studio's
        self.sinks = sinks
        self.scene = Scene()
        self.marks: deque[Mark] = deque(maxlen=MAX_MARKS)
        self.witness: Witness | None = None  # who is told what each tick ought to show
        self.watermark: Watermark | None = None  # stands wherever the AI label does
        self.clips: ClipScreen | None = None  # filmed clips that are cut in
        self._cut_in: CutIn | None = None
        self._caption: Overlay | None = None
        self._over: tuple[Overlay, ...] = ()
        self.figures = AirFigures()
        self.n = 0

    @property
    def seconds(self) -> float:
        """Length of what was made so far."""
        return self.n / self._reel.fps

    def tick(self) -> None:
        """Makes tick `n` and moves on."""
        began = self._time()
        n, scene = self.n, self.scene
        if self._camera is not None:
            self._camera.pump()
        take = None if scene.slate is not None or not scene.host else self._border.next()
        cut = self._in_clause and (take is None or take.pcm is None)
        self._take_clip(n, scene)
        self._choose(take)
        self._compose(n, scene, take)
        samples = self._mixer.block(None if take is None else take.pcm, cut=cut)
        self._mark(scene, take is not None and take.pcm is not None, samples)
        packets = self._encoder.encode(n, self.work.frame, samples)
        for sink in self.sinks:
            sink.take(n, packets)
        self._note(n, take)
        self._border.shown(take, self._base)
        self.n += 1
        self.figures.ticks += 1
        self.figures.busy_s += self._time() - began

    def advance(self, ticks: int) -> None:
        """Makes `ticks` ticks of the idle reel over the room's sound: cheap, since only every REPEAT-th is a
        new picture. Speech waits in the border and goes on afterwards.
        """
        began = self._time()
        for k in range(ticks):
            self._take_clip(self.n, self.scene)
            if k % REPEAT == 0:
                self._idle(REPEAT)
                self._compose(self.n, self.scene, None)
            else:
                self._stood += 1
            samples = self._mixer.block(None, cut=self._in_clause)
            self._mark(self.scene, False, samples)
            packets = self._encoder.encode(self.n, self.work.frame, samples)
            for sink in self.sinks:
                sink.take(self.n, packets)
            self.n += 1
        self.figures.ticks += ticks
        self.figures.advanced += ticks
        self.figures.busy_s += self._time() - began

    def _take_clip(self, n: int, scene: Scene) -> None:
        """What this tick shows of a filmed clip; its sound is laid into the mix."""
        if self.clips is None:
            return
        self._cut_in = self.clips.take(n, hidden=scene.slate is not None or not scene.host)
        if self._cut_in is not None and self._cut_in.sound is not None:
            self._mixer.lay(self._cut_in.sound)

    def _choose(self, take: Take | None) -> None:
        """The ladder: the fresh frame; for a moment the last one again; then the idle reel."""
        before, self._held = self._base, False
        if take is not None:
            self._base, self._rects = take.patch.base, take.patch.rects
        elif self._in_clause and self._stood < REPEAT and self._rects and not self._border.skipped:
            self._held = True
            self.figures.repeated += 1
        else:
            self.figures.broken += self._in_clause
            self._in_clause = False
            self._idle(1)
        self._stood = self._stood + 1 if self._base == before else 0

    def _idle(self, ticks: int) -> None:
        """The reel goes on by itself, by so many frames."""
        self._base, self._rects = (self._base + ticks) % self._reel.length, ()
        self._held, self._stood = False, 0

    def _compose(self, n: int, scene: Scene, take: Take | None) -> None:
        overlays = scene.overlays
        if take is not None and take.pcm is not None:
            captions = scene.captions.get((take.line, take.clause))
            caption = None if captions is None else captions.at(take.frame / self._reel.fps)
            if caption is not None:
                overlays = (*overlays, caption)
            self._caption = caption
        elif self._held and self._caption is not None and scene.host and scene.slate is None:
            overlays = (*overlays, self._caption)
        else:
            self._caption = None
        overlays = overlays if self._cut_in is None else self._cut_in.over(overlays)
        self._over = overlays
        live = self._live(scene)
        veil = None if self.watermark is None or scene.label is None else self.watermark.at(n)
        if not scene.host:
            slate = scene.slate or (scene.away if live is None else None)
            self.compositor.compose(self.work, live, overlays, scene.label, slate, veil)
            return
        rects = (*self._reel.life(n, self._base), *self._rects)
        if live is not None:
            rects = (*rects, PatchRect(live.region, *live.planes))
        if self._cut_in is not None:
            rects = (*rects, *self._cut_in.rects)
        host = HostPicture(self._base, self._reel.region, self._reel.frame(self._base), rects)
        self.compositor.compose(self.work, host, overlays, scene.label, scene.slate, veil)

    def _live(self, scene: Scene) -> HostPicture | None:
        """The person's picture in its place; None while there is none of that size."""
        picture = None if scene.live is None or self._camera is None else self._camera.picture()
        if picture is None or scene.live is None or picture.size != (scene.live.w, scene.live.h):
            return None
        return HostPicture(-picture.number, scene.live, (picture.y, picture.u, picture.v))

    def _mark(self, scene: Scene, speaking: bool, samples: NDArray[np.float32]) -> None:
        """For the watch: what this tick ought to show and sound like."""
        if self.witness is not None:
            slate, label = scene.slate is not None, scene.label is not None
            clip = self._cut_in
            recorded = clip.mark if clip is not None and clip.seen and not slate else None
            shown = Shown(self.n, slate, label, speaking, self._caption, self._over, recorded)
            self.witness.note(shown, self.work.y, self._rects, samples)

    def _note(self, n: int, take: Take | None) -> None:
        if take is None:
            return
        if take.pcm is None:
            self._in_clause = False
            return
        self.figures.spoken += 1
        self._in_clause = not take.has(Flag.LAST)
        if take.has(Flag.FIRST):
            self.marks.append(Mark(n, take.line, take.clause, "start"))
        if take.has(Flag.LAST):
            self.marks.append(Mark(n, take.line, take.clause, "end"))
        if take.has(Flag.END):
            self.marks.append(Mark(n, take.line, take.clause, "line_end"))

    def run(self, stopping: Event, sleep: Callable[[float], None]) -> None:
        """Paces ticks by absolute deadlines until `stopping`, then closes. For a thread of its own."""
        start = self._time()
        tick_s = 1 / self._reel.fps
        overloaded = False
        while not stopping.is_set():
            late = self._time() - (start + self.n * tick_s)
            if late < 0:
                overloaded = False
                sleep(-late)
            elif late > MAKE_GOOD_S:
                self.figures.worst_late_s = max(self.figures.worst_late_s, late)
                skipped = max(0, int((late - (0 if overloaded else ADVANCE_S)) / tick_s))
                start += skipped * tick_s
                self.figures.skipped += skipped
                if not overloaded:
                    late -= skipped * tick_s
                    self.advance(int(late / tick_s))
                    overloaded = self._time() - (start + self.n * tick_s) > late / 2
                    continue
            self.tick()
            late = self._time() - (start + self.n * tick_s)
            self.figures.late += late > 0
            self.figures.worst_late_s = max(self.figures.worst_late_s, late)
        self.close()

    def close(self) -> None:
        """Flushes the encoder and closes the sinks."""
        packets = self._encoder.close()
        for sink in self.sinks:
            sink.take(self.n, packets)
            sink.close()
        self._rects = ()
        self.compositor.compose(self.work, None, (), None, None)  # lets go of the border's memory
