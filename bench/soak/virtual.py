"""A show of many hours in virtual time: the same show, stage, rules, chat, ledger, recording. What differs:

- time: a clock that each tick moves on by 40 ms, so that nothing is paced
- speech: takes made once (bench.soak.takes), so that no voice model runs; there is no studio process
- the encoder: x264 over the label's corner of each full-size picture alone (the eye decodes that), and AAC
- channels: none but FLV in memory, two seconds of each minute, whose time stamps are read; no network, no
  console
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from bench.soak.room import ASKED
from bench.soak.takes import ClipStudio, make_clips
from bot.app import ShowBuilder, prepare_reel, rehearsal_clock
from bot.flat import keep_flat
from bot.settings import Settings
from bot.shop import ShowOrder
from bot.show.processes import usage
from bot.show.run import ShowRun
from bot.show.studio_process import StudioProcess
from bot.stage.encoder import Encoder, EncoderSettings, Packet
from bot.stage.mux import FlvMuxer
from bot.stage.picture import Overlay, view_of
from bot.stage.watch import LabelWatch
from connectors.base import Event, EventKind
from persona.clone.reel import open_reel

ROOT = Path(__file__).parents[2]
SHOW = ROOT / "sample" / "show.yaml"
ASK_EVERY_S = 20.0
SAMPLE_S = 300.0
MARGIN = 8  # pixels around the label that are encoded with it
SEEN = 0.8  # correlation of a composited picture's corner with the label
SILENT = 1e-5
DEAD = 5  # ticks: 200 ms


@dataclass(slots=True)
class Looked:
    """What was seen at the composited pictures and the mixed sound themselves, every tick."""

    ticks: int = 0
    unlabelled: int = 0
    worst_score: float = 1.0
    stood: int = 0  # longest run of equal pictures without a slate, in ticks
    silent: int = 0  # longest run of silent blocks, in ticks
    dead: int = 0  # runs of either longer than DEAD


class CornerEncoder(Encoder):
    """Encodes the corner of the label out of the full-size picture; looks at every picture before it does."""

    def __init__(self, label: Overlay, width: int, height: int, fps: int, looked: Looked) -> None:
        self._x, self._y = max(0, label.x - MARGIN), max(0, label.y - MARGIN)
        w = min(width, label.x + label.w + MARGIN) - self._x
        h = min(height, label.y + label.h + MARGIN) - self._y
        settings = EncoderSettings(preset="ultrafast", video_kbps=300, audio_kbps=32)
        super().__init__(w // 2 * 2, h // 2 * 2, fps, settings)
        self._small = av.VideoFrame(self.width, self.height, "yuv420p")
        self._own = [view_of(p) for p in self._small.planes]
        self._label, self.looked = label, looked
        wanted = label.pre_y.astype(np.float32).ravel()
        self._wanted = (wanted - wanted.mean()) / float(np.linalg.norm(wanted - wanted.mean()))
        self._before: NDArray[np.uint8] | None = None
        self._stood = self._silent = 0
        self.slate: Callable[[], bool] = lambda: False

    def encode(self, n: int, frame: av.VideoFrame, samples: NDArray[np.float32]) -> list[Packet]:
        planes = [view_of(p) for p in frame.planes]
        self._look(planes[0], samples)
        for k, (own, plane) in enumerate(zip(self._own, planes, strict=True)):
            x, y = (self._x, self._y) if k == 0 else (self._x // 2, self._y // 2)
            np.copyto(own, plane[y : y + own.shape[0], x : x + own.shape[1]])
        return super().encode(n, self._small, samples)

    def _look(self, luma: NDArray[np.uint8], samples: NDArray[np.float32]) -> None:
        seen, label = self.looked, self._label
        seen.ticks += 1
        there = np.ascontiguousarray(luma[label.y : label.y + label.h, label.x : label.x + label.w])
        score = self._likeness(there)
        seen.worst_score = min(seen.worst_score, score)
        seen.unlabelled += score < SEEN
        thin = luma[::16, ::8]
        same = self._before is not None and not self.slate() and np.array_equal(thin, self._before)
        self._before = thin.copy()
        self._stood = self._stood + 1 if same else 0
        self._silent = self._silent + 1 if float(np.abs(samples).max()) < SILENT else 0
        seen.stood, seen.silent = max(seen.stood, self._stood), max(seen.silent, self._silent)
        seen.dead += (self._stood == DEAD + 1) + (self._silent == DEAD + 1)

    def _likeness(self, there: NDArray[np.uint8]) -> float:
        """Normalised correlation with the label, -1 to 1, of a picture of just its size."""
        seen = there.astype(np.float32).ravel()
        seen -= seen.mean()
        length = float(np.linalg.norm(seen))
        return float(seen @ self._wanted) / length if length else 0.0

    def corner(self, label: Overlay) -> Overlay:
        """The label as it stands in the encoded corner."""
        return replace(label, x=label.x - self._x, y=label.y - self._y)


class FlvStamps:
    """A channel in memory: muxes FLV and reads the time stamps of its tags back (ms, 32 bits)."""

    def __init__(self, encoder: Encoder) -> None:
        self._rest = b""
        self.last = {8: 0, 9: 0}
        self.apart: list[int] = []  # picture less sound after each tick, ms: lowest and highest per hour
        self.low = self.high = 0
        self.bytes = 0
        self._muxer = FlvMuxer(encoder.template(), self, {})

    def write(self, data: bytes, /) -> int:
        """Called by the muxer. Tag: type, size (3), time stamp (3 and 1), stream (3), data, size (4)."""
        self.bytes += len(data)
        rest = self._rest + bytes(data)
        at = 13 if rest[:3] == b"FLV" else 0
        while at + 11 <= len(rest):
            kind, size = rest[at], int.from_bytes(rest[at + 1 : at + 4], "big")
            if at + 15 + size > len(rest):
                break
            if kind in self.last:
                self.last[kind] = int.from_bytes(rest[at + 7 : at + 8] + rest[at + 4 : at + 7], "big")
            at += 15 + size
        self._rest = rest[at:]
        return len(data)

    def take(self, n: int, packets: Sequence[Packet]) -> None:
        if n % 1500 >= 50:
            return
        self._muxer.write(packets)
        if n % 1500 < 5:
            return
        apart = self.last[9] - self.last[8]
        if n == 5:
            self.low = self.high = apart
        self.low, self.high = min(self.low, apart), max(self.high, apart)

    def close(self) -> None:
        self._muxer.close()


class VirtualBuilder(ShowBuilder):
    """ShowBuilder with the three parts that virtual time replaces."""

    looked: Looked
    corner: CornerEncoder

    def encoder(self, width: int, height: int, label: Overlay, *, rehearsal: bool) -> Encoder:
        self.looked = Looked()
        self.corner = CornerEncoder(label, width, height, 25, self.looked)
        return self.corner

    def watch(self, label: Overlay) -> LabelWatch:
        return LabelWatch(self.corner.corner(label))

    def studio(self, reel_path: Path) -> StudioProcess:
        clips = make_clips(reel_path, Settings().cache / "speech")
        return ClipStudio(self.border, clips, open_reel(reel_path).length)


@dataclass(slots=True)
class Samples:
    """Written to samples.jsonl: hours of the show, private memory, CPU."""

    folder: Path
    began: float = field(default_factory=time.monotonic)
    next_s: float = 0.0
    asked: int = 0
    stamps: FlvStamps | None = None

    def each_tick(self, run: ShowRun, builder: VirtualBuilder) -> None:
        """Called a few times a virtual second."""
        assert builder.parts is not None
        parts = builder.parts
        at = parts.air.seconds
        if at >= (self.asked + 1) * ASK_EVERY_S:
            self._ask(parts)
        if at >= self.next_s:
            self.next_s += SAMPLE_S
            self.write(run, builder)

    def _ask(self, parts: Any) -> None:
        n, self.asked = self.asked, self.asked + 1
        viewer = f"viewer{n % 997}"
        event = Event(
            EventKind.COMMENT, "room", f"c{n}", parts.clock.now(), viewer, viewer, ASKED[n % len(ASKED)]
        )
        parts.inbox.put_nowait(event)

    def write(self, run: ShowRun, builder: VirtualBuilder) -> None:
        assert builder.parts is not None and self.stamps is not None
        parts, own = builder.parts, usage(os.getpid())
        assert own is not None
        line = {
            "hours": round(parts.air.seconds / 3600, 4),
            "wall_s": round(time.monotonic() - self.began, 1),
            "private_mb": round(own.private_mb, 2),
            "cpu_s": round(own.cpu_s, 1),
            "lines": run.chronicle.lines_said,
            "answers": run.conversation.answered,
            "asked": self.asked,
            "entries": parts.record.recorded,
            "eye": run.label_coverage(),
            "apart_ms": [self.stamps.low, self.stamps.high],
            "stamp_ms": self.stamps.last[9],
            "repeated": parts.air.figures.repeated,
            "air": str(run.session.air),
            **asdict(builder.looked),
        }
        with (self.folder / "samples.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


async def _rehearse(builder: VirtualBuilder, reel: Path, folder: Path, clock: Any) -> None:
    run = builder.build(reel, rehearsal=True)
    run.chronicle.keep = False  # as a live show: only a rehearsal keeps all for its report
    parts = builder.parts
    assert parts is not None
    samples = Samples(folder, stamps=FlvStamps(builder.corner))
    assert samples.stamps is not None
    parts.air.sinks.append(samples.stamps)
    builder.corner.slate = lambda: parts.air.scene.slate is not None
    advance = clock.advance

    def moved(seconds: float) -> None:
        advance(seconds)
        if parts.air.n % 5 == 0:
            samples.each_tick(run, builder)

    clock.advance = moved
    await run.rehearse(clock, lambda _: None)
    samples.write(run, builder)
    facts = {"hours": parts.air.seconds / 3600, "wall_s": time.monotonic() - samples.began, "why": run.reason}
    facts["unrecorded"] = None if run.unrecorded is None else str(run.unrecorded)
    (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")


def run(hours: float, folder: Path) -> None:
    """Runs the sample show for `hours` of virtual time; what was measured is in `folder` afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    sys.setswitchinterval(0.0005)
    keep_flat()
    settings = Settings(data=folder / "data")
    order = ShowOrder(SHOW, minutes=hours * 60, seed=1)
    clock = rehearsal_clock()
    show_folder = folder / "show"
    show_folder.mkdir()
    builder = VirtualBuilder(order, settings, clock, show_folder)
    try:
        reel = prepare_reel(builder.shop, Settings(), lambda _: None)
        asyncio.run(_rehearse(builder, reel, folder, clock))
    finally:
        builder.close()
