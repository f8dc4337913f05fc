"""From a film to Prepared: one pass over the film with bounded memory, the checks, then one over the face.

The film's frames go straight into a file and out of memory; what stays are the points of the face, one small
look every quarter of a second, and the sound (4 MB a minute).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from persona.clone import aligned
from persona.clone.footage.aligning import align
from persona.clone.footage.checks import Check, Measured, Verdict, checks, stops
from persona.clone.footage.listening import Heard, listen, mel
from persona.clone.footage.offset import Offset, by_loudness, by_phones
from persona.clone.footage.points import Points, PointSource
from persona.clone.footage.reader import THREADS, Facts, frames, sound
from persona.clone.footage.transcript import Followed, followed, holds
from persona.clone.footage.watching import Watcher
from persona.clone.prepared import (
    FPS,
    FRAMES,
    MEL_RATE,
    Footage,
    Head,
    PointNames,
    Prepared,
    Span,
    TimedPhone,
    digest,
    save_prepared,
)
from persona.clone.puppet import Planes
from persona.clone.recital import Recital
from persona.speech import Phone
from products.errors import ContentError

Floats = NDArray[np.float32]
Progress = Callable[[str, float], None]

HELD_OUT = 0.2  # of the film, at its end, and of what is spoken in it
LEARNT_LEAST = 0.6  # of the film
IDLE_PAUSE = 0.6  # seconds of silence from which the mouth may be at rest
EDGE = 0.2  # seconds of it left out at both ends
ENOUGH = 50  # frames with points, without which nothing is learnt
SIZES = ((170, 128), (380, 192))  # breadth of the face in pixels up to which the crop is so large
LARGEST = 256


@dataclass(frozen=True)
class Order:
    """What is prepared, and with what.

    footage    the film
    licence    its licence's id
    text       what is read in it; empty when unknown
    phrase     the one-time phrase that must be heard; empty: none is asked
    truth      phones of the drawn host's film in seconds of its sound, instead of `model`
    listen     gives a transcript of sound (16 kHz) in a language; None: `unheard` says why nobody listens
    short      take a film of any length: for measuring alone
    model      speaks the text, with times of its phones; None: phones are not looked for
    """

    footage: Path
    licence: str
    text: str = ""
    language: str = "en"
    phrase: str = ""
    truth: tuple[Phone, ...] = ()
    listen: Callable[[Floats, str], str] | None = None
    unheard: str = ""
    short: bool = False
    model: Callable[[str, str], Recital] | None = None


@dataclass(frozen=True)
class Seen:
    """What one pass over the film gave. Arrays as in Prepared, in frame pixels."""

    count: int
    watcher: Watcher
    mouth: Floats
    rigid: Floats
    eyes: Floats
    controls: Floats
    lost: float


@dataclass(frozen=True)
class Outcome:
    """prepared: None when a check stops it; folder/prepared.json otherwise. `unchecked` heard words."""

    facts: Facts
    measured: Measured
    checks: tuple[Check, ...]
    watcher: Watcher
    heard: Heard
    offset: Offset | None
    prepared: Prepared | None
    transcript: str
    phones: int

    @property
    def stops(self) -> tuple[Check, ...]:
        return stops(self.checks)


def prepare(
    order: Order, facts: Facts, points: PointSource | None, folder: Path, progress: Progress
) -> Outcome:
    """Reads, checks and, unless a check stops it, writes Prepared into `folder`. Without `points` the checks
    are made and nothing is written.

    Raises ContentError when the film breaks off; what FaceMesh raises.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pcm = sound(order.footage)
    heard = listen(pcm)
    seen = watch(order.footage, facts, points, folder, lambda done: progress("Looking", done))
    text, transcript, script, phrase = _listened(order, pcm, heard)
    openings = _openings(seen, points.names) if points and seen.count else None
    held_out = first_held_out(heard, seen.count)
    offset, phones = _timed(order, text, pcm, heard, seen, openings, held_out, progress)
    idle = idle_spans(heard, openings, offset, seen.count)
    measured = Measured(
        facts=facts,
        looks=seen.watcher.looks,
        heard=heard,
        openings=None if openings is None else openings.tolist(),
        lost=seen.lost,
        offset=offset,
        followed=script,
        unheard=order.unheard if order.text or order.phrase else "",
        phrase=phrase,
        phrase_wanted=order.phrase,
        idle=sum(s.past - s.first for s in idle) / FPS,
        extra=_without_points(points, seen),
        short=order.short,
    )
    found = checks(measured)
    prepared = None
    if points is not None and not stops(found):
        head = Head(
            licence=order.licence, kind=points.kind, language=order.language if text else "", text=text,
            footage=Footage(name=order.footage.name[:200], sha256=digest(order.footage),
                            width=facts.kept[0], height=facts.kept[1], seconds=facts.seconds),
            phones=tuple(TimedPhone(symbol=p.symbol, start=max(0.0, p.start), end=p.end) for p in phones),
            offset=None if offset is None else offset.seconds, idle=idle, held_out=held_out,
            names=points.names,
        )  # fmt: skip
        prepared = _cut(head, seen, pcm, folder, progress)
    return Outcome(facts, measured, found, seen.watcher, heard, offset, prepared, transcript, len(phones))


def first_held_out(heard: Heard, count: int) -> int:
    """The first of `count` frames that no training sees. A fifth of the film lies behind it, and a fifth of
    what is spoken: the silence at a film's end says nothing of how well a clone speaks.
    """
    spoken = np.cumsum(heard.speaking)
    whole = round(count * (1 - HELD_OUT))
    if not len(spoken) or not spoken[-1]:
        return max(1, whole)
    at = int(np.searchsorted(spoken, (1 - HELD_OUT) * spoken[-1])) * FPS // MEL_RATE
    return max(1, min(whole, max(at, round(count * LEARNT_LEAST))))


def watch(
    footage: Path, facts: Facts, points: PointSource | None, folder: Path, progress: Callable[[float], None]
) -> Seen:
    """One pass: frames.mkv, looks, points. Lost points are filled from their neighbours."""
    watcher, rows = Watcher(), list[Points | None]()
    expected = max(1, int(facts.seconds * FPS))
    with _Writer(folder / FRAMES, *facts.kept) as writer:
        for n, (index, planes) in enumerate(frames(footage, facts)):
            writer.write(n, planes)
            watcher.see(n, planes)
            rows.append(points.find(index, planes) if points else None)
            if n % FPS == 0:
                progress(min(1.0, n / expected))
    if not rows:
        raise ContentError(f"{footage} holds no picture that can be read.", remedy="Copy it again.")
    found = [k for k, row in enumerate(rows) if row is not None]
    lost = 1 - len(found) / len(rows)
    if len(found) < ENOUGH:
        empty = np.zeros((0, 0, 2), np.float32)
        none = np.zeros(0, np.float32)
        return Seen(0, watcher, empty, empty, none, none[:, None], lost if points else 0.0)
    kept = [row for row in rows if row is not None]
    n = len(rows)
    eyes = filled(np.array([p.eyes for p in kept], np.float32), found, n)
    return Seen(
        n,
        watcher,
        filled(np.stack([p.mouth for p in kept]), found, n),
        filled(np.stack([p.rigid for p in kept]), found, n),
        eyes / max(1e-6, float(np.median(eyes))),
        filled(np.stack([p.controls for p in kept]), found, n),
        lost,
    )


def filled(rows: Floats, at: list[int], n: int) -> Floats:
    """`rows` stand at the frames `at`; all n frames, the missing ones on the line between their
    neighbours.
    """
    flat = rows.reshape(len(rows), -1)
    every = np.arange(n)
    out = np.stack([np.interp(every, at, column) for column in flat.T], axis=1) if flat.size else flat
    return np.asarray(out.reshape(n, *rows.shape[1:]), np.float32)


def idle_spans(heard: Heard, openings: Floats | None, offset: Offset | None, count: int) -> tuple[Span, ...]:
    """Frames of measured silence; with points, only those in which the mouth is no wider open than in the
    quieter half of all silence.
    """
    shift = offset.seconds if offset is not None and offset.seconds is not None else 0.0
    spans = []
    for start, end in heard.pauses(IDLE_PAUSE):
        first = max(0, round((start - shift + EDGE) * FPS))
        past = min(count, round((end - shift - EDGE) * FPS))
        if past > first:
            spans.append(Span(first=first, past=past))
    if openings is None or not spans:
        return tuple(spans)
    silent = np.concatenate([openings[s.first : s.past] for s in spans])
    bound = float(np.median(silent)) + max(0.02, 2 * float(np.median(np.abs(silent - np.median(silent)))))
    closed = np.zeros(count, bool)
    for s in spans:
        closed[s.first : s.past] = openings[s.first : s.past] <= bound
    edges = np.flatnonzero(np.diff(np.concatenate([[0], closed.astype(np.int8), [0]])))
    return tuple(
        Span(first=int(a), past=int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= 5
    )


def _openings(seen: Seen, names: PointNames) -> Floats:
    gap = np.linalg.norm(seen.mouth[:, names.lower] - seen.mouth[:, names.upper], axis=1)
    width = np.linalg.norm(seen.mouth[:, names.right] - seen.mouth[:, names.left], axis=1).mean()
    return np.asarray(gap / max(1e-6, float(width)), np.float32)


def _listened(order: Order, pcm: Floats, heard: Heard) -> tuple[str, str, Followed | None, bool | None]:
    """(what is read, the transcript, how well the script was followed, whether the phrase was heard)."""
    if order.listen is None or heard.spoken < 0.5:
        return order.text, "", None, None
    transcript = order.listen(pcm, order.language)
    script = followed(order.text, transcript, order.language) if order.text else None
    phrase = None
    if order.phrase:
        said = transcript if order.language == "en" else order.listen(pcm, "en")
        phrase = holds(order.phrase, said)
    return order.text or transcript, transcript, script, phrase


def _timed(
    order: Order, text: str, pcm: Floats, heard: Heard, seen: Seen, openings: Floats | None, held_out: int,
    progress: Progress,
) -> tuple[Offset | None, tuple[Phone, ...]]:  # fmt: skip
    """The offset, and the phones in seconds of the sound."""
    phones = order.truth
    if not phones and text and order.model is not None and heard.spoken > 1:
        progress("Finding each sound", 0.0)
        phones = align(pcm, order.model(text, order.language))
        progress("Finding each sound", 1.0)
    if openings is None or heard.spoken < 1:
        return None, phones
    if phones:
        mouths = aligned.mouth_space(_standing(seen), held_out).encode(_standing(seen))
        return by_phones(phones, mouths, held_out), phones
    return by_loudness(heard.level, openings[:held_out], MEL_RATE), ()


def _standing(seen: Seen) -> Floats:
    """Mouth points without the head's motion: relative to the rigid points, in their size."""
    reference = seen.rigid.astype(np.float64).mean(axis=0)
    out = np.empty_like(seen.mouth)
    for n in range(seen.count):
        m = aligned.similarity(seen.rigid[n].astype(np.float64), reference)
        out[n] = seen.mouth[n] @ m[:, :2].T + m[:, 2]
    return out


def _without_points(points: PointSource | None, seen: Seen) -> tuple[Check, ...]:
    if points is None:
        return (
            Check(
                "points", "Points of the face", Verdict.STOP,
                "What finds the points of lips and jaw is not set up here; everything else was checked.",
                "Run once: castmate clone setup",
            ),
        )  # fmt: skip
    if not seen.count:
        return (
            Check(
                "points", "Points of the face", Verdict.STOP,
                "Lips and jaw were found in hardly any picture.",
                "Film the face from the front, well lit, with nothing before mouth and chin.",
            ),
        )  # fmt: skip
    return ()


def _cut(head: Head, seen: Seen, pcm: Floats, folder: Path, progress: Progress) -> Prepared:
    """Aligned crops, masks and mouth vectors; written into `folder`."""
    names, held_out = head.names, head.held_out
    size = crop_size(seen, names)
    made = aligned.geometry(seen.rigid, seen.mouth, names, size, held_out, head.kind == "drawn")
    space = aligned.mouth_space(made.points, held_out)
    mouths = space.encode(made.points)
    loose = folder / "crops.part"
    crops = np.lib.format.open_memmap(loose, mode="w+", dtype=np.uint8, shape=(seen.count, size, size, 3))
    for n, rgb in enumerate(_read(folder / FRAMES, seen.count)):
        crops[n] = aligned.crop(rgb, made.matrices[n], size)
        if n % FPS == 0:
            progress("Cutting the face out", n / seen.count)
    prepared = Prepared(
        head=head, frames=folder / FRAMES, crops=crops, matrices=made.matrices, points=made.points,
        rigid=seen.rigid, eyes=seen.eyes, hard=made.hard, soft=made.soft, mean=space.mean,
        basis=space.basis, scale=space.scale, mouths=mouths, closed=np.zeros(len(space.scale), np.float32),
        sound=pcm, mel=mel(pcm), controls=seen.controls,
    )  # fmt: skip
    closed = aligned.closed_mouth(mouths, prepared.openings(), head.idle, held_out)
    prepared = replace(prepared, closed=closed)
    save_prepared(prepared, folder)
    loose.unlink()
    return prepared


def crop_size(seen: Seen, names: PointNames) -> int:
    """S, by the breadth of the jaw: the finer the footage, the larger the crop."""
    jaw = seen.mouth[:, list(names.jaw)]
    breadth = float(np.median(np.ptp(jaw[..., 0], axis=1)))
    return next((size for most, size in SIZES if breadth <= most), LARGEST)


def _read(path: Path, count: int) -> Iterator[NDArray[np.uint8]]:
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        stream.codec_context.thread_count = THREADS
        for n, frame in enumerate(source.decode(stream)):
            if n >= count:
                return
            yield frame.to_ndarray(format="rgb24", src_colorspace=1, dst_colorspace=1)


class _Writer:
    """frames.mkv: H.264, BT.709 limited, 25 a second, a keyframe each second."""

    def __init__(self, path: Path, width: int, height: int) -> None:
        self._file: Any = av.open(str(path), "w")
        stream = self._file.add_stream("libx264", rate=FPS, options={"crf": "15", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.colorspace, stream.codec_context.color_range = 1, 1
        stream.codec_context.gop_size, stream.codec_context.thread_count = FPS, THREADS
        self._stream: Any = stream

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self._file.mux(self._stream.encode(None))
        finally:
            self._file.close()

    def write(self, n: int, planes: Planes) -> None:
        h, w = planes.y.shape
        flat = np.concatenate([planes.y.reshape(-1), planes.u.reshape(-1), planes.v.reshape(-1)])
        frame = av.VideoFrame.from_ndarray(flat.reshape(h * 3 // 2, w), format="yuv420p")
        frame.pts, frame.time_base = n, Fraction(1, FPS)
        self._file.mux(self._stream.encode(frame))
