"""One encode, many channels: who gets which packets, at which rate.

All channels share the show's encode. A channel that takes another codec has an encode of its own (a
treatment); channels whose line is too narrow share one further encode at a lower rate while others are
well, and go back to the shared one when they are well again. Every change of source is made at a keyframe
of the new source: frame indices are the same in all encodes, so nothing is missing and nothing comes twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import av

from bot.stage.encoder import Encoder, Packet, Template
from bot.stage.ladder import Congestion, Ladder, Share, rate_of, share
from bot.stage.outlet import Outlet
from bot.stage.video import CODECS, EncoderSettings, VideoEncoder
from products.errors import CastmateError

LOOK_S = 0.5  # how often the ladder is stepped


class Tellable(Outlet, Protocol):
    """An outlet that knows how its line is."""

    def congestion(self) -> Congestion: ...


class Treatment:
    """A further encode of the same pictures. `made`: its packets of this tick, with the shared sound."""

    def __init__(self, encoder: Encoder, settings: EncoderSettings) -> None:
        self._size, self._settings = (encoder.width, encoder.height, encoder.fps), settings
        self.video = VideoEncoder(*self._size, settings)
        self.template = Template(self.video.stream, encoder.audio_stream)
        self.made: list[Packet] = []

    @property
    def fps(self) -> int:
        return self._size[2]

    @property
    def settings(self) -> EncoderSettings:
        """At its full rate."""
        return self._settings

    def set_kbps(self, kbps: int) -> None:
        """libx265 keeps the rate it was opened with, so it is opened anew; its next frame is a keyframe."""
        if kbps == self.video.kbps:
            return
        if self._settings.codec == "libx265":
            self.video = VideoEncoder(*self._size, replace(self._settings, video_kbps=kbps))
        else:
            self.video.set_kbps(kbps)

    def encode(self, n: int, frame: av.VideoFrame, sound: list[Packet]) -> None:
        self.made = [*self.video.encode(n, frame), *sound]

    def flush(self, sound: list[Packet]) -> None:
        self.made = [*self.video.flush(), *sound]


@dataclass(slots=True)
class _Way:
    """One channel: where its packets come from (None: the shared encode), and where from soon."""

    outlet: Tellable
    ladder: Ladder
    source: Treatment | None = None
    soon: Treatment | None = None
    changing: bool = False
    own: bool = False  # its codec is not the shared one


class Fanout:
    """A sink of the air, and a tap of its encoder; all on the air's thread, but for `add` and `treat`.

    encoder    the shared encode
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder, self._full = encoder, encoder.settings.video_kbps
        self._ways: list[_Way] = []
        self._own: dict[str, Treatment] = {}  # by codec
        self._low: Treatment | None = None
        self._every = max(1, round(LOOK_S * encoder.fps))
        self.trouble = ""
        encoder.taps.append(self)

    def treat(self, codec: str) -> Treatment | None:
        """The encode for channels that take `codec` (one of CODECS); None: the shared one. Raises SetupError
        where this machine cannot make it."""
        if CODECS[codec] == CODECS[self._encoder.settings.codec]:
            return None
        if codec not in self._own:
            self._own[codec] = Treatment(self._encoder, replace(self._encoder.settings, codec=codec))
        return self._own[codec]

    def add(self, outlet: Tellable, treatment: Treatment | None = None) -> None:
        """From now on `outlet` gets packets: the treatment's, or the shared ones."""
        self._ways = [*self._ways, _Way(outlet, Ladder(), treatment, own=treatment is not None)]

    def rates(self) -> dict[str, int]:
        """kb/s of the picture that each channel gets."""
        return {w.outlet.name: self._kbps(w) for w in self._ways}

    # ---- the encoder's tap

    def tick(self, n: int, frame: av.VideoFrame, sound: list[Packet]) -> None:
        for treatment in self._treatments():
            treatment.encode(n, frame, sound)

    def flush(self, sound: list[Packet]) -> None:
        for treatment in self._treatments():
            treatment.flush(sound)

    def _treatments(self) -> list[Treatment]:
        return [*self._own.values(), *([] if self._low is None else [self._low])]

    # ---- the air's sink

    def take(self, n: int, packets: Sequence[Packet]) -> None:
        for way in self._ways:
            self._change(way, packets)
            way.outlet.put(packets if way.source is None else way.source.made)
            if way.outlet.wants_key():
                self._force_key(way.source)
        if n % self._every == 0:
            self._step(n / self._encoder.fps)
            self._settle()

    def _change(self, way: _Way, packets: Sequence[Packet]) -> None:
        """Takes the new source where it has a keyframe in this tick."""
        if not way.changing:
            return
        coming = packets if way.soon is None else way.soon.made
        if any(p.kind == "video" and p.is_key for p in coming):
            way.source, way.soon, way.changing = way.soon, None, False

    def _force_key(self, source: Treatment | None) -> None:
        (self._encoder if source is None else source.video).force_key()

    def _kbps(self, way: _Way) -> int:
        return (self._encoder.video if way.source is None else way.source.video).kbps

    def _step(self, now: float) -> None:
        for way in self._ways:
            way.ladder.step(now, way.outlet.congestion(), self._kbps(way))
        rungs = {w.outlet.name: w.ladder.rung for w in self._ways if not w.own}
        self._apply(share(rungs))
        for treatment in self._own.values():
            mine = [w.ladder.rung for w in self._ways if w.own and w.source is treatment]
            treatment.set_kbps(rate_of(treatment.settings.video_kbps, max(mine, default=0)))

    def _apply(self, wanted: Share) -> None:
        shared = rate_of(self._full, wanted.shared)
        if shared != self._encoder.video.kbps:
            self._encoder.set_kbps(shared)
        if wanted.low is not None:
            self._open_low(rate_of(self._full, wanted.low))
        for way in self._ways:
            if way.own:
                continue
            target = self._low if way.outlet.name in wanted.slow else None
            if target is not (way.soon if way.changing else way.source):
                way.soon, way.changing = target, target is not way.source
                if way.changing:
                    self._force_key(target)

    def _open_low(self, kbps: int) -> None:
        try:
            if self._low is None:
                self._low = Treatment(self._encoder, self._encoder.settings)
            self._low.set_kbps(kbps)
        except CastmateError as e:
            self.trouble = e.message  # the channel goes on at the shared rate, and drops what it cannot take

    def _settle(self) -> None:
        """Closes the extra encode when nobody gets it or waits for it."""
        if self._low is not None and not any(self._low in (w.source, w.soon) for w in self._ways):
            self._low = None

    def close(self) -> None:
        """No more packets: each channel sends what waits. Their own `close(timeout)` is the worker's."""
        for way in self._ways:
            way.outlet.finish()
