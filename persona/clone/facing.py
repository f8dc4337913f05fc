"""A performer's clone whose mouth Wav2Lip paints: loop, places and mask are the opened clone's own
(persona.clone.neural.reel), so licence and sealing are what they are; only the painter is another.

Live it needs a GPU: 27.8 G multiplications a picture are 0.4 s on one core (docs/clone.md). Castmate ships no
weights; its tests run the network with random ones and hold shapes, places and seams, not likeness.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import soxr
from numpy.typing import NDArray

from persona.clone.base import Patch, Plane, Rect
from persona.clone.neural.assets import Assets
from persona.clone.neural.pasting import TO_YUV, Place, pasted
from persona.clone.neural.reel import NeuralReel, open_neural_reel
from persona.clone.prepared import Floats
from persona.clone.visemes import controls
from persona.clone.wav2lip.mel import RATE, windows
from persona.speech import SPEECH_RATE, Speech

SIZE = 256
FACE_WIDTH, FACE_BOTTOM, FACE_HEIGHT = (
    0.91,
    0.97,
    1.22,
)  # of the crop's side: where a face finder draws its box
EASE = 3  # pictures in which the painted mouth takes over from the one at rest, and gives way to it
CHECKPOINT = "wav2lip256.pth"
Matrix = NDArray[np.float64]
Net = Callable[[Floats, Floats], Floats]  # sound [1, 1, 80, 16], face [1, 6, 256, 256] -> [1, 3, 256, 256]


class Wav2LipClone:
    """See persona.clone.base.Clone. `net`: the network, its weights loaded."""

    def __init__(self, reel: NeuralReel, assets: Assets, net: Net) -> None:
        self._reel, self._net = reel, net
        side = assets.size
        self._face = face_matrix(side)
        soft = cv2.warpAffine(assets.soft, self._face, (SIZE, SIZE), flags=cv2.INTER_LINEAR)
        self._soft: Floats = np.asarray(soft / 255, np.float32)

    @property
    def reel(self) -> NeuralReel:
        return self._reel

    def render(self, speech: Speech, first: int) -> Iterator[Patch]:
        """ceil(seconds * fps) patches; they ease out of and into the mouth at rest."""
        opening = controls(speech, self._reel.fps, 0.0)[:, 0]
        count = len(opening)
        sound = np.asarray(soxr.resample(speech.pcm, SPEECH_RATE, RATE), np.float32)
        for k, heard in enumerate(windows(sound, count, self._reel.fps)):
            share = min(1.0, (k + 1) / EASE, (count - k) / EASE)
            yield self._patch(first + k, heard, share, float(opening[k]))

    def rest(self, i: int) -> Patch:
        return Patch(i % self._reel.length, ())

    def close(self) -> None:
        """Nothing is held but memory."""

    def _patch(self, i: int, heard: Floats, share: float, opening: float) -> Patch:
        base = i % self._reel.length
        place = self._reel.places[self._reel.order[base]]
        matrix = chained(self._face, place.matrix)
        face = self._looked(base, matrix)
        half = face.copy()
        half[SIZE // 2 :] = 0
        shown = np.concatenate([half, face], axis=2).transpose(2, 0, 1)[None]
        painted = self._net(heard[None], np.ascontiguousarray(shown, np.float32))[0]
        picture = np.ascontiguousarray(painted.transpose(1, 2, 0) * np.float32(255), np.float32)
        part = pasted(
            picture,
            self._soft * np.float32(share),
            Place(matrix, place.rect),
            self._reel.still(base, place.rect),
        )
        return Patch(base, (part,), opening)

    def _looked(self, base: int, matrix: Matrix) -> Floats:
        """The face of a base frame, float32 [256, 256, 3] RGB 0..1; what lies outside of the region is as its
        edge.
        """
        region = self._reel.region
        rect = within(matrix, region)
        rgb = to_rgb(*self._reel.still(base, rect))
        moved = matrix.copy()
        moved[:, 2] += moved[:, :2] @ (rect.x, rect.y)
        shrinks = np.linalg.det(matrix[:, :2]) < 1
        out = cv2.warpAffine(
            rgb, moved, (SIZE, SIZE),
            flags=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        return np.asarray(np.clip(out, 0, 1), np.float32)


def face_matrix(side: int) -> Matrix:
    """From the clone's crop (lower face, `side` pixels square) to the whole face at SIZE, 2x3."""
    width, height = FACE_WIDTH * side, FACE_HEIGHT * FACE_WIDTH * side
    left, top = (side - width) / 2, FACE_BOTTOM * side - height
    return np.array([[SIZE / width, 0, -left * SIZE / width], [0, SIZE / height, -top * SIZE / height]])


def chained(second: Matrix, first: Matrix) -> Matrix:
    """First the one, then the other."""
    linear = second[:, :2] @ first[:, :2]
    return np.column_stack([linear, second[:, :2] @ first[:, 2] + second[:, 2]])


def within(matrix: Matrix, region: Rect) -> Rect:
    """The even rectangle of the picture that the face takes, inside the region."""
    inverse = cv2.invertAffineTransform(matrix)
    corners = np.array([[0, SIZE, 0, SIZE], [0, 0, SIZE, SIZE]], float)
    x, y = inverse[:, :2] @ corners + inverse[:, 2:]
    x0, y0 = (max(low, int(np.floor(v.min())) - 2) & ~1 for low, v in ((region.x, x), (region.y, y)))
    x1 = min(region.x + region.w, int(np.ceil(x.max())) + 2) & ~1
    y1 = min(region.y + region.h, int(np.ceil(y.max())) + 2) & ~1
    return Rect(x0, y0, max(2, x1 - x0), max(2, y1 - y0))


def to_rgb(y: Plane, u: Plane, v: Plane) -> Floats:
    """float32 [h, w, 3] RGB 0..1 of BT.709 in limited range (ITU-R BT.709-6)."""
    h, w = y.shape
    wide = [cv2.resize(p, (w, h), interpolation=cv2.INTER_LINEAR) for p in (u, v)]
    yuv = np.stack([y, *wide], axis=-1).astype(np.float32) - TO_YUV[:, 3]
    return np.asarray(yuv @ np.linalg.inv(TO_YUV[:, :3]).T / 255, np.float32)


def open_wav2lip(path: Path, weights: Path, threads: int = 1) -> Wav2LipClone:
    """Over the clone whose reel lies at `path`, with weights/wav2lip256.pth; on the GPU where there is one.
    Raises SetupError.
    """
    import torch

    from persona.clone.wav2lip.network import load_network

    torch.set_num_threads(threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = load_network(weights / CHECKPOINT, device)

    def net(sound: Floats, face: Floats) -> Floats:
        with torch.inference_mode():
            out = network(torch.from_numpy(sound).to(device), torch.from_numpy(face).to(device))
        return np.asarray(out.float().cpu().numpy(), np.float32)

    assets = Assets.from_bytes((path.parent / "assets.npz").read_bytes())
    return Wav2LipClone(open_neural_reel(path.parent), assets, net)
