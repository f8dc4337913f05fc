"""Measures what the preflight wants to see: a rehearsed second, decoded; sample files; room; clocks."""

import ctypes
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

import av

from bot.app import ShowBuilder, make_label_spec
from bot.clock import SystemClock
from bot.compliance.label import LabelSpec, draw_label, label_lines, measure
from bot.compliance.preflight import Checklist, ClockProof, FigureProof, LabelProof, Proofs, preflight
from bot.settings import Settings
from bot.stage.aigc import aigc_record, read_aigc
from bot.stage.air import AirLoop, Scene
from bot.stage.border import Border
from bot.stage.compositor import Compositor
from bot.stage.encoder import Encoder, EncoderSettings, Packet
from bot.stage.layout import layout
from bot.stage.mixer import Mixer
from bot.stage.mux import FileMuxer, boxes
from bot.stage.picture import Plane, view_of
from bot.stage.proportions import host_of
from bot.stage.space import needed, reserve
from bot.stage.watch import THRESHOLD, LabelWatch
from persona.clone.base import Reel
from persona.clone.opening import open_reel
from products.errors import CastmateError, SetupError

TICKS = 25  # a second of the show
EVERY = 6  # pictures between looks
CONTAINERS = ("mp4", "flv")
TIME_ERROR = 5  # adjtimex(2): TIME_ERROR, the clock is not synchronised


class _Kept:
    """Keeps the packets of the rehearsed second."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []

    def take(self, n: int, packets: Sequence[Packet]) -> None:
        self.packets += packets

    def close(self) -> None:
        pass


def rehearsed_second(reel: Reel, spec: LabelSpec, settings: EncoderSettings) -> tuple[Encoder, list[Packet]]:
    """A second of the idle host with the label, through the show's own stage and encoder."""
    width, height = reel.size
    plan = layout(width, height, label_lines(spec.text))
    encoder, kept, border = Encoder(width, height, TICKS, settings), _Kept(), Border.create(slots=2)
    air = AirLoop(
        reel, border, Compositor(width, height, reel.backdrop), Mixer(1), encoder, [kept], time.monotonic
    )
    try:
        air.scene = Scene(label=draw_label(spec, plan).overlay)
        for _ in range(TICKS):
            air.tick()
    finally:
        air.close()
        border.close()
    return encoder, kept.packets


def prove_label(reel: Reel, spec: LabelSpec, encoder: Encoder, packets: Iterable[Packet]) -> LabelProof:
    """Looks for the label in the decoded second, and measures its drawing against the picture below it."""
    width, height = reel.size
    label = draw_label(spec, layout(width, height, label_lines(spec.text)))
    watch = LabelWatch(label.overlay)
    scores = [watch.score(luma) for n, luma in enumerate(_decoded(encoder, packets)) if n % EVERY == 0]
    misses = measure(label, reel.backdrop).misses(spec, min(width, height))
    return LabelProof(spec.text, misses, min(scores, default=-1.0), THRESHOLD, len(scores))


def _decoded(encoder: Encoder, packets: Iterable[Packet]) -> Iterable[Plane]:
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata = encoder.video_extradata
    for packet in packets:
        if packet.kind != "video":
            continue
        raw = av.Packet(packet.data)
        raw.pts, raw.dts, raw.time_base = packet.pts, packet.dts, packet.time_base
        for frame in decoder.decode(raw):
            yield view_of(frame.planes[0])


def prove_metadata(encoder: Encoder, packets: Sequence[Packet], producer: str, show: str) -> dict[str, str]:
    """By container: "" when the AIGC record was read back equal and once, else what is wrong."""
    try:
        record = aigc_record(producer, f"{show}-preflight")
    except SetupError as error:
        return dict.fromkeys(CONTAINERS, error.message)
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for form in CONTAINERS:
            path = Path(folder) / f"sample.{form}"
            muxer = FileMuxer(encoder.template(), path, {"AIGC": record})
            muxer.write(packets)
            muxer.close()
            back, copies = read_aigc(path), _described(path, form).count(b'"ProduceID"')
            wrong = (
                "" if back == json.loads(record) else "the AIGC record was not read back as it was written"
            )
            found[form] = wrong or ("" if copies == 1 else f"the AIGC record stands in it {copies} times")
    return found


def _described(path: Path, form: str) -> bytes:
    """What describes the media, without the media: an MP4's first header lies inside its media data once the
    file is closed, where nobody reads it.
    """
    data = path.read_bytes()
    if form != "mp4":
        return data
    return b"".join(data[a:b] for kind, a, b in boxes(data) if kind != b"mdat")


def prove_space(folder: Path, settings: Settings, minutes: float | None, rates: EncoderSettings) -> str:
    """Why the recording has no room; "" when it has. Nothing stays reserved."""
    seconds = (minutes or settings.reserve_hours * 60) * 60
    try:
        reserve(folder, settings.show_folder, needed(seconds, rates.video_kbps, rates.audio_kbps)).release()
    except CastmateError as error:
        return error.message
    return ""


def prove_clock(
    shows: Path, now: Callable[[], datetime], steady: Callable[[], float], wait: Callable[[float], None]
) -> ClockProof:
    """Whether the system's clock keeps step with the steady one for a moment, and lies after every record."""
    began, ticked = now(), steady()
    wait(0.2)
    step = (now() - began).total_seconds() - (steady() - ticked)
    newest = max((p.stat().st_mtime for p in shows.glob("*/ledger.jsonl")), default=0.0)
    return ClockProof(step, _synchronised(), max(0.0, newest - now().timestamp()))


def _synchronised() -> bool | None:
    """What the kernel says of its clock (adjtimex(2)); None where it cannot be asked."""
    try:
        buffer = ctypes.create_string_buffer(512)  # struct timex, all zero: a question, nothing is set
        state = int(ctypes.CDLL(None, use_errno=True).adjtimex(buffer))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != TIME_ERROR


def check_show(builder: ShowBuilder, reel_path: Path) -> Checklist:
    """All items for one show as ordered. A quarter of a second of work and as much waiting for the clocks."""
    order, settings, show = builder.order, builder.settings, builder.shop.show
    rates = EncoderSettings(video_kbps=settings.video_kbps)
    reel = open_reel(reel_path)
    spec = make_label_spec(builder.decision, builder.shop.language)
    encoder, packets = rehearsed_second(reel, spec, rates)
    host = host_of(reel)
    minutes = order.minutes if order.minutes is not None else show.minutes
    system = SystemClock()
    proofs = Proofs(
        label=prove_label(reel, spec, encoder, packets),
        metadata=prove_metadata(encoder, packets, settings.producer, show.show),
        space=prove_space(builder.folder / "recording", settings, minutes, rates) if order.record else "",
        clock=prove_clock(settings.show_folder, system.now, system.time, time.sleep),
        minutes=minutes,
        figure=FigureProof(host.height, host.area, host.centre),
        licence=builder.against_licence(builder.clock.now()),
        clips=builder.clips.against(builder.decision, builder.shop.catalogue, builder.clock.now()),
    )
    return preflight(builder.decision, proofs)
