"""Small pictures of products, read from disk once and kept."""

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

LARGEST = 64_000_000  # pixels; more is refused, so that one file cannot eat the memory of a show


def thumb(path: Path, side: int) -> NDArray[np.uint8] | None:
    """The picture as RGBA uint8 [side, side, 4]; None when it is missing, broken or too large (a show goes
    on without).

    A picture without a background is fitted in whole; one with a background fills the square. Kept by the
    file's time.
    """
    try:
        stamp = path.stat().st_mtime_ns
    except OSError:
        return None
    return _thumb(path, stamp, side)


@lru_cache(maxsize=64)
def _thumb(path: Path, stamp: int, side: int) -> NDArray[np.uint8] | None:
    try:
        with Image.open(path) as image:
            if image.width * image.height > LARGEST:
                return None
            image.draft("RGB", (2 * side, 2 * side))  # JPEG decodes at a smaller scale
            whole = ImageOps.exif_transpose(image).convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None  # Pillow's ways to say: not a picture that can be read
    low, _ = whole.getchannel("A").getextrema()
    see_through = isinstance(low, int | float) and low < 250
    place = ImageOps.pad if see_through else ImageOps.fit
    small = place(whole, (side, side), Image.Resampling.LANCZOS)
    return np.asarray(small, np.uint8)
