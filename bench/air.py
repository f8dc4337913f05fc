"""The air path against bare x264 of the same composited frames: same preset, rate, threads, in turn in one
process.

CPU time of the best of several short rounds: what else runs on the machine can only add to it.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from bench.rows import Row, row
from bot.app import FPS
from bot.compliance.label import LabelSpec, draw_label
from bot.settings import Settings
from bot.show.messages import Card
from bot.show.studio import LINE_BREATH
from bot.stage.air import AirLoop, Scene
from bot.stage.border import BLOCK, Border, Flag, Take
from bot.stage.captions import CaptionTrack
from bot.stage.compositor import Compositor
from bot.stage.encoder import Encoder, Packet
from bot.stage.eye import Eye
from bot.stage.layout import layout
from bot.stage.mixer import Mixer
from bot.stage.mux import FlvMuxer
from bot.stage.overlays import render_card, render_question
from bot.stage.picture import view_of
from bot.stage.watch import LabelWatch
from bot.stage.watermark import Watermark, code_of
from persona.clone.base import Patch
from persona.clone.reel import VectorReel, build_reel, open_reel
from persona.clone.vector import VectorClone
from persona.script import Line, LineKind
from persona.speech import Speech
from persona.voice.registry import open_voice

TICKS = 300
ROUNDS = 8
TEXT = (
    "Here are the Harbor Canvas Sneakers, cotton canvas with a natural rubber sole. "
    "They cost $59 today, and the compare-at price is $75. You find them under link 1, just below."
)


class _Null:
    def write(self, data: bytes, /) -> int:
        return len(data)


class _FlvSink:
    """The mux of the measured path."""

    def __init__(self, encoder: Encoder) -> None:
        self._muxer = FlvMuxer(encoder.template(), _Null(), {})

    def take(self, n: int, packets: list[Packet]) -> None:
        self._muxer.write(packets)

    def close(self) -> None:
        self._muxer.close()


def speeches() -> list[Speech]:
    voice = open_voice(intra_op_num_threads=2)
    spoken = list(voice.say(Line("bench", LineKind.PITCH, TEXT, "en")))
    voice.close()
    return spoken


def takes(clone: VectorClone, spoken: list[Speech], ticks: int) -> Iterator[Take]:
    """A talking show of `ticks` ticks: the same speech over and over, as the studio would hand it over."""
    base, k = 0, 0
    while True:
        for speech in spoken:
            n = -(-len(speech.pcm) // BLOCK)
            for i, patch in enumerate(clone.render(speech, base)):
                flags = (Flag.FIRST if i == 0 else 0) | (Flag.LAST if i == n - 1 else 0)
                yield Take(0, 1, speech.clause, i, int(flags), patch, speech.pcm[i * BLOCK : (i + 1) * BLOCK])
                k += 1
                if k == ticks:
                    return
            base += n
        for i in range(LINE_BREATH):
            yield Take(0, 1, 0, 0, int(Flag.PAUSE), Patch((base + i) % clone.reel.length, ()), None)
            k += 1
            if k == ticks:
                return
        base += LINE_BREATH


class Rig:
    """An air with a full border in front of it, ready to run `TICKS` ticks with no studio."""

    def __init__(self, reel: VectorReel, made: list[Take], spoken: list[Speech]) -> None:
        width, height = reel.size
        plan = layout(width, height)
        self.border = Border.create(slots=len(made) + 1)
        for take in made:
            self.border.put(take)
        self.encoder = Encoder(width, height, FPS)
        label = draw_label(LabelSpec("AI-generated host"), plan).overlay
        self.air = AirLoop(
            reel,
            self.border,
            Compositor(width, height, reel.backdrop),
            Mixer(1),
            self.encoder,
            [],
            time.perf_counter,
        )
        self.air.watermark = Watermark(width, height, FPS, code_of("bench"))
        card = Card(
            handle="h", number=1, title="Harbor Canvas Sneakers", price="$59.00", compare_at="$75.00",
            detail="Sizes 36–45 · 42 sold out",
        )  # fmt: skip
        overlays = (
            render_card(card, None, "en", plan),
            render_question("Alice", "Do they run small? I am usually a 41.", "en", plan),
        )
        captions = {}
        for speech in spoken:
            track = CaptionTrack(TEXT, "en", ["Harbor Canvas Sneakers"], plan)
            track.speak(speech.words, 0.0)
            track.prepare(0.0, speech.seconds + 1)
            captions[1, speech.clause] = track
        self.air.scene = Scene(overlays, label, None, captions)
        self.label = label

    def close(self) -> None:
        self.air.close()
        self.border.close()


def bare_x264(frames: list[tuple[np.ndarray, np.ndarray, np.ndarray]], encoder: Encoder) -> float:
    """CPU seconds of encoding the frames with the same settings and nothing else."""
    fresh = Encoder(encoder.width, encoder.height, FPS)
    frame = av.VideoFrame(encoder.width, encoder.height, "yuv420p")
    views = [view_of(plane) for plane in frame.planes]
    stream = fresh.video_stream
    spent = 0.0
    for n, planes in enumerate(frames):
        for view, plane in zip(views, planes, strict=True):
            np.copyto(view, plane)
        frame.pts = n
        frame.time_base = stream.codec_context.time_base
        began = time.process_time()
        for _ in stream.encode(frame):
            pass
        spent += time.process_time() - began
    began = time.process_time()
    for _ in stream.encode(None):
        pass
    return spent + time.process_time() - began


def measure(folder: Path) -> list[Row]:
    reel = open_reel(build_reel("mei", 720, 1280, FPS, folder, lambda _: None))
    clone = VectorClone(reel)
    spoken = speeches()
    began = time.process_time()
    made = list(takes(clone, spoken, TICKS))
    patched = sum(bool(t.patch.rects) for t in made)
    render_ms = 1000 * (time.process_time() - began) / max(1, patched)
    composed = frames(reel, made, spoken)
    air_s, bare_s, compose_ms, eye_s = [], [], [], []
    for _ in range(ROUNDS):
        air_s.append(air_cpu(reel, made, spoken))
        bare_s.append(bare_x264(composed, Encoder(*reel.size, FPS)))
        compose_ms.append(_compose_ms(reel, made, spoken))
        eye_s.append(_eye_cpu(reel, made, spoken))
    ratio = min(air_s) / min(bare_s)
    seconds = TICKS / FPS
    x264 = "bare x264, same frames, preset, rate"
    return [
        row("air.cpu_ratio", ratio, "x", "<= 1.15", x264),
        row("air.cpu_per_second", min(air_s) / seconds, "CPU s / s", baseline="one core"),
        row("air.bare_x264_per_second", min(bare_s) / seconds, "CPU s / s", baseline="one core"),
        row(
            "air.watch_per_second", statistics.median(eye_s) / seconds, "CPU s / s", baseline="beside the air"
        ),
        row("stage.compose_ms", statistics.median(compose_ms), "ms / frame", "<= 0.3"),
        row("clone.vector_render_ms", render_ms, "ms / frame", "<= 10"),
    ]


def air_cpu(reel: VectorReel, made: list[Take], spoken: list[Speech]) -> float:
    """CPU seconds of the air over `made`: compose, mix, encode, AAC, FLV."""
    rig = Rig(reel, made, spoken)
    rig.air.sinks.append(_FlvSink(rig.encoder))
    began = time.process_time()
    for _ in made:
        rig.air.tick()
    spent = time.process_time() - began
    rig.close()
    return spent


def frames(
    reel: VectorReel, made: list[Take], spoken: list[Speech]
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The composited frames themselves, copied, for the baseline."""
    rig = Rig(reel, made, spoken)
    out = []
    for _ in made:
        rig.air.tick()
        work = rig.air.work
        out.append((work.y.copy(), work.u.copy(), work.v.copy()))
    rig.close()
    return out


def _compose_ms(reel: VectorReel, made: list[Take], spoken: list[Speech]) -> float:
    """Median wall time of composing one frame."""
    rig = Rig(reel, made, spoken)
    times = []
    compose = rig.air.compositor.compose

    def timed(*args: object) -> None:
        began = time.perf_counter()
        compose(*args)  # type: ignore[arg-type]
        times.append(time.perf_counter() - began)

    rig.air.compositor.compose = timed  # type: ignore[method-assign]
    for _ in range(TICKS):
        rig.air.tick()
    rig.close()
    return 1000 * statistics.median(times)


def _eye_cpu(reel: VectorReel, made: list[Take], spoken: list[Speech]) -> float:
    """CPU that watching our own stream takes: a run with the eye less a run without."""
    spent = []
    for with_eye in (True, False):
        rig = Rig(reel, made, spoken)
        if with_eye:
            rig.air.sinks.append(
                Eye(LabelWatch(rig.label), rig.encoder.template(), FPS, lambda _: None, wait=True)
            )
        began = time.process_time()
        for _ in range(TICKS):
            rig.air.tick()
        rig.close()
        spent.append(time.process_time() - began)
    return spent[0] - spent[1]


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Settings().cache / "reels"
        return measure(folder if folder.exists() else Path(temporary))
