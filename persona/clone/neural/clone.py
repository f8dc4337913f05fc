"""A performer's clone, speaking: the same patches as the drawn host's, painted by their own network."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from persona.clone.base import Patch
from persona.clone.neural.assets import Assets
from persona.clone.neural.pack import NARROW
from persona.clone.neural.painting import DetailChoice, MouthPainter
from persona.clone.neural.pasting import pasted
from persona.clone.neural.reel import MapStore, NeuralReel
from persona.clone.prepared import Floats
from persona.speech import Speech

NEAR = 0.02  # mouth vectors that differ by less, in standard deviations, are the same mouth


class NeuralClone:
    """Paints a speaking mouth for an opened pack (persona.clone.neural.reel); see persona.clone.base."""

    def __init__(self, reel: NeuralReel, folder: Path, threads: int = 1) -> None:
        self._reel, self._maps = reel, MapStore(folder)
        self.assets = Assets.from_bytes((folder / "assets.npz").read_bytes())
        narrow = folder / NARROW
        self._painter = MouthPainter(
            self.assets,
            (folder / "encoder.onnx").read_bytes(),
            (narrow if narrow.is_file() else folder / "decoder.onnx").read_bytes(),
            threads,
        )

    @property
    def reel(self) -> NeuralReel:
        return self._reel

    def render(self, speech: Speech, first: int) -> Iterator[Patch]:
        """ceil(seconds * fps) patches; without a rectangle where the mouth rests."""
        choice = DetailChoice(self.assets.detail.mouths)
        for k, mouth in enumerate(self.assets.speaker.mouths(speech, self.assets.space, self.assets.gap)):
            yield self.patch(first + k, mouth, choice.of(mouth))

    def rest(self, i: int) -> Patch:
        return Patch(i % self._reel.length, ())

    def close(self) -> None:
        """Nothing is held but memory."""

    def patch(self, i: int, mouth: Floats, near: int | None) -> Patch:
        """Base frame i with this mouth [K]; `near`: the row of the detail to take."""
        base = i % self._reel.length
        if resting(self.assets, mouth):
            return Patch(base, ())
        picture = self._painter.paint(self._maps.of(self._reel.order[base]), mouth, near)
        return laid(self._reel, self.assets, base, picture, mouth)


def resting(assets: Assets, mouth: Floats) -> bool:
    """Whether this mouth [K] is the one at rest, which the base frames show already."""
    return float(np.abs(mouth - assets.speaker.closed).max()) < NEAR


def laid(reel: NeuralReel, assets: Assets, base: int, picture: Floats, mouth: Floats) -> Patch:
    """Base frame `base` with a painted crop float32 [S, S, 3] RGB 0..255 of this mouth [K] in it."""
    place = reel.places[reel.order[base]]
    soft = np.asarray(assets.soft / 255, np.float32)
    part = pasted(picture, soft, place, reel.still(base, place.rect))
    return Patch(base, (part,), opening(assets, mouth))


def opening(assets: Assets, mouth: Floats) -> float:
    """Of the mouth [K]: 0..1, of its width."""
    gap = assets.gap.of(assets.space.decode(mouth[None]))
    return float(min(1.0, gap[0]))
