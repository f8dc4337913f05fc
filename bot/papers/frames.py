"""Pictures of a recording at sampled moments."""

from collections.abc import Sequence
from contextlib import suppress

import av
from PIL import Image

from bot.papers.evidence import Frame
from bot.recorded import Kept

WIDE = 480  # pixels: enough to read the label on paper


def sample(kept: Sequence[Kept], moments: Sequence[float]) -> tuple[Frame, ...]:
    """One picture for each moment (seconds of air) that a segment holds; what cannot be decoded is left
    out.
    """
    found = []
    for moment in moments:
        segment = next((k for k in kept if k.from_s <= moment < k.to_s), None)
        if segment is None:
            continue
        with suppress(av.error.FFmpegError, OSError):
            image = _picture(segment, moment - segment.from_s)
            if image is not None:
                found.append(Frame(moment, segment.path.name, image))
    return tuple(found)


def spread(kept: Sequence[Kept], count: int) -> tuple[float, ...]:
    """`count` moments, evenly over what was recorded."""
    if not kept:
        return ()
    start, end = kept[0].from_s, kept[-1].to_s
    return tuple(start + (end - start) * (n + 0.5) / count for n in range(count))


def _picture(segment: Kept, second: float) -> Image.Image | None:
    with av.open(str(segment.path)) as container:
        stream = container.streams.video[0]
        begin = stream.start_time or 0
        wanted = begin + int(second / stream.time_base)
        container.seek(wanted, stream=stream, backward=True)
        last = None
        for frame in container.decode(stream):
            last = frame
            if frame.pts is not None and frame.pts >= wanted:
                break
        if last is None:
            return None
        image: Image.Image = last.to_image()
        image.thumbnail((WIDE, WIDE * 3))
        return image
