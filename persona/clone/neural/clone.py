"""A performer's clone, speaking: the same patches as the drawn host's, painted by their own network."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from persona.clone.base import Patch
from persona.clone.neural.assets import Assets
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
        self._painter = MouthPainter(
            self.assets,
            (folder / "encoder.onnx").read_bytes(),
            (folder / "decoder.onnx").read_bytes(),
            threads,
        )
        self._soft = np.asarray(self.assets.soft / 255, np.float32)

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
        if float(np.abs(mouth - self.assets.speaker.closed).max()) < NEAR:
            return Patch(base, ())
        k = self._reel.order[base]
        place = self._reel.places[k]
        picture = self._painter.paint(self._maps.of(k), mouth, near)
        part = pasted(picture, self._soft, place, self._reel.still(base, place.rect))
        return Patch(base, (part,), self.opening(mouth))

    def opening(self, mouth: Floats) -> float:
        """0..1, of the mouth's width."""
        gap = self.assets.gap.of(self.assets.space.decode(mouth[None]))
        return float(min(1.0, gap[0]))
