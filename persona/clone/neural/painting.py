"""Paints mouths into crops by ONNX Runtime, one at a time: no batch would be faster, and each would be later.

The network's picture, with the fine band of the person's own nearest frame in place of its own, and with the
colour of the base frame around the mask.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from persona.clone.neural.assets import Assets
from persona.clone.prepared import Floats, Pixels
from products.errors import SetupError

RING = (6, 110)  # of the soft mask: where painted and base picture must have one colour
MOST_SHIFT = 8.0  # of 255, by which the ring's colour is matched
MANY = "n"  # name of the decoder's first axis where a network takes several mouths at once
HOLD = 0.9  # another frame's detail is taken only when it is nearer than this share of the present one's


@dataclass(frozen=True)
class Seen:
    """A base frame as the decoder needs it: three maps float32 [1, c, h, w], and the mean colour of its ring
    float32 [3], RGB 0..255.
    """

    maps: tuple[Floats, Floats, Floats]
    ring: Floats


class Finish:
    """What makes of the network's picture the one that is shown; no network in it."""

    def __init__(self, assets: Assets) -> None:
        self.assets = assets
        self.soft: Floats = np.asarray(assets.soft / 255, np.float32)[..., None]
        y, x = np.nonzero((assets.soft >= RING[0]) & (assets.soft <= RING[1]))
        self.ring = y, x
        self._box = assets.detail.rows, assets.detail.columns

    def of(self, drawn: Floats, ring: Floats, near: int | None) -> Floats:
        """float32 [S, S, 3] RGB 0..255 of what the decoder drew, [3, S, S] 0..1. `ring`: the base frame's
        mean colour there; `near`: the row of the detail to take.
        """
        picture = np.ascontiguousarray(drawn.transpose(1, 2, 0)) * np.float32(255)
        shift = np.clip(ring - picture[self.ring].mean(axis=0), -MOST_SHIFT, MOST_SHIFT)
        picture += shift.astype(np.float32)
        if near is not None:
            self._sharpen(picture, near)
        return picture

    def _sharpen(self, picture: Floats, near: int) -> None:
        detail = self.assets.detail
        part = picture[self._box]
        blurred = cv2.GaussianBlur(part, (0, 0), detail.sigma)
        part += self.soft[self._box] * (detail.bands[near].astype(np.float32) - (part - blurred))


class MouthPainter:
    """Encoder and decoder of one clone. `threads`: of ONNX Runtime.

    Raises SetupError for networks that do not run.
    """

    def __init__(self, assets: Assets, encoder: bytes, decoder: bytes, threads: int = 1) -> None:
        self.assets = assets
        self._encoder, self._decoder = session_of(encoder, threads), session_of(decoder, threads)
        self._hidden = (assets.hard > 0)[..., None]
        self._mask = np.asarray(assets.hard > 0, np.float32)[None, None]
        self._finish = Finish(assets)

    def look(self, crop: Pixels) -> Seen:
        """What the decoder needs of a base frame's crop, uint8 [S, S, 3] RGB; its mouth is not looked at."""
        picture = np.where(self._hidden, 0, crop).astype(np.float32).transpose(2, 0, 1)[None] / 255
        maps = self._encoder.run(None, {"crop": picture, "mask": self._mask})
        ring = crop[self._finish.ring].astype(np.float32).mean(axis=0)
        return Seen((maps[0], maps[1], maps[2]), ring)

    def paint(self, seen: Seen, mouth: Floats, near: int | None) -> Floats:
        """float32 [S, S, 3] RGB 0..255 of this mouth [K]; `near`: the row of the detail to take."""
        f0, f1, f2 = seen.maps
        out = self._decoder.run(None, {"f0": f0, "f1": f1, "f2": f2, "mouth": mouth[None]})[0][0]
        return self._finish.of(out, seen.ring, near)

    def mixed(self, picture: Floats, crop: Pixels) -> Pixels:
        """The painted mouth in its crop, uint8 [S, S, 3]."""
        out = picture * self._finish.soft + crop * (1 - self._finish.soft)
        return np.asarray(np.clip(np.rint(out), 0, 255), np.uint8)


class DetailChoice:
    """Which frame's detail goes with a mouth: the nearest, kept while it is nearly that, so that skin does
    not flicker.
    """

    def __init__(self, mouths: Floats) -> None:
        self._mouths = mouths
        self._present: int | None = None

    def of(self, mouth: Floats) -> int | None:
        """The row for this mouth [K]; None when there is no detail."""
        if not len(self._mouths):
            return None
        distance = ((self._mouths - mouth) ** 2).sum(axis=1)
        best = int(distance.argmin())
        if self._present is None or distance[best] < HOLD**2 * distance[self._present]:
            self._present = best
        return self._present


def detail_bands(crops: Sequence[Pixels], box: tuple[slice, slice], sigma: float) -> NDArray[np.int8]:
    """int8 [n, h, w, 3]: crops [S, S, 3] in the box, less their blur."""
    out = []
    for picture in crops:
        part = np.ascontiguousarray(picture[box]).astype(np.float32)
        band = part - cv2.GaussianBlur(part, (0, 0), sigma)
        out.append(np.clip(np.rint(band), -127, 127).astype(np.int8))
    return np.stack(out)


def session_of(content: bytes, threads: int) -> onnxruntime.InferenceSession:
    """A network for one mouth at a time, on the processor. Raises SetupError when it does not run."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_free_dimension_override_by_name(MANY, 1)  # a known shape: not a whit slower than a fixed one
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its own errors share no root of theirs
        raise SetupError(f"The clone's network cannot be run: {error}.", remedy="Train it again.") from error
