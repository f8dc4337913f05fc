"""Wav2Lip as a painter of faces (persona.clone.facing), with a user's own weights.

Live it needs a GPU: 27.8 G multiplications a picture are 0.4 s on one core (docs/clone.md).
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from persona.clone.facing import FaceClone, hidden, over
from persona.clone.prepared import Floats
from persona.clone.wav2lip.mel import windows

CHECKPOINT = "wav2lip256.pth"
Net = Callable[[Floats, Floats], Floats]  # sound [1, 1, 80, 16], face [1, 6, 256, 256] -> [1, 3, 256, 256]


class Wav2LipPainter:
    """`net`: the network, its weights loaded."""

    def __init__(self, net: Net) -> None:
        self._net = net

    def hear(self, sound: Floats, count: int, fps: int) -> Sequence[Floats]:
        """For each picture [1, 80, 16]."""
        return list(windows(sound, count, fps))

    def paint(self, heard: Floats, face: Floats, stored: int) -> Floats:
        shown = np.concatenate([hidden(face), face], axis=2).transpose(2, 0, 1)[None]
        painted = self._net(heard[None], np.ascontiguousarray(shown, np.float32))[0]
        return np.asarray(painted.transpose(1, 2, 0), np.float32)


def open_wav2lip(path: Path, weights: Path, threads: int = 1) -> FaceClone:
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

    return over(path, Wav2LipPainter(net))
