"""The network of Wav2Lip at 256 pixels, its parts named as in the checkpoints that are passed around.

Layers after Prajwal et al. (2020) as enlarged by lipku/LiveTalking (wav2lip_v2): 53.6 million parameters,
27.8 G multiplications a picture.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from products.errors import SetupError

SIZE = 256
MELS, WINDOW = 80, 16  # of the sound: bands, and frames of 1/80 s
Layer = tuple[int, int, int, int | tuple[int, int], int]  # channels in, out, kernel, stride, padding

# Each block: its first layer, then how many layers that add to what goes in (3x3, all of its channels out).
FACE: tuple[tuple[Layer, int], ...] = (
    ((6, 16, 7, 1, 3), 0), ((16, 32, 3, 2, 1), 2), ((32, 64, 3, 2, 1), 3), ((64, 128, 3, 2, 1), 2),
    ((128, 256, 3, 2, 1), 2), ((256, 512, 3, 2, 1), 1), ((512, 512, 3, 2, 1), 1),
)  # fmt: skip
SOUND: tuple[tuple[Layer, int], ...] = (
    ((1, 32, 3, 1, 1), 2), ((32, 64, 3, (3, 1), 1), 2), ((64, 128, 3, 3, 1), 2),
    ((128, 256, 3, (3, 2), 1), 1), ((256, 512, 3, 1, 0), 0), ((512, 512, 1, 1, 0), 0),
)  # fmt: skip
# Upwards: channels in (with the face's own of that size), out, and how many adding layers.
UP = (
    (1024, 512, 1),
    (1024, 512, 1),
    (1024, 512, 2),
    (768, 384, 2),
    (512, 256, 2),
    (320, 128, 2),
    (160, 64, 2),
)


class Block(nn.Module):  # type: ignore[misc]
    """Convolution, batch norm, ReLU; `adds` what went in before the ReLU."""

    def __init__(self, conv: nn.Module, channels: int, *, adds: bool = False) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(conv, nn.BatchNorm2d(channels))
        self._adds = adds

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv_block(x)
        return torch.relu(out + x if self._adds else out)


class Wav2Lip256(nn.Module):  # type: ignore[misc]
    """forward(sound [B, 1, 80, 16], face [B, 6, 256, 256] in 0..1: its lower half black, then whole) ->
    [B, 3, 256, 256] in 0..1.
    """

    def __init__(self) -> None:
        super().__init__()
        ends = [nn.Sequential(_layer((512, 512, 4, 1, 0)), _layer((512, 512, 1, 1, 0)))]
        self.face_encoder_blocks = nn.ModuleList([*(nn.Sequential(*_run(*b)) for b in FACE), *ends])
        self.audio_encoder = nn.Sequential(*(part for b in SOUND for part in _run(*b)))
        ups = [nn.Sequential(*_up(k, *up)) for k, up in enumerate(UP)]
        self.face_decoder_blocks = nn.ModuleList([nn.Sequential(_layer((512, 512, 1, 1, 0))), *ups])
        self.output_block = nn.Sequential(_layer((80, 32, 3, 1, 1)), nn.Conv2d(32, 3, 1), nn.Sigmoid())

    def forward(self, sound: Tensor, face: Tensor) -> Tensor:
        seen: list[Tensor] = []
        x = face
        for block in self.face_encoder_blocks:
            x = block(x)
            seen.append(x)
        x = self.audio_encoder(sound)
        for block in self.face_decoder_blocks:
            x = torch.cat((block(x), seen.pop()), dim=1)
        out: Tensor = self.output_block(x)
        return out


def _layer(layer: Layer, *, adds: bool = False) -> Block:
    inward, outward, kernel, stride, padding = layer
    return Block(nn.Conv2d(inward, outward, kernel, stride, padding), outward, adds=adds)


def _run(first: Layer, more: int) -> list[Block]:
    channels = first[1]
    return [_layer(first), *(_layer((channels, channels, 3, 1, 1), adds=True) for _ in range(more))]


def _up(k: int, inward: int, outward: int, more: int) -> list[Block]:
    conv = (
        nn.ConvTranspose2d(inward, outward, 4, 1, 0)  # from a point to 4x4
        if k == 0
        else nn.ConvTranspose2d(inward, outward, 3, 2, 1, 1)
    )
    rest = [_layer((outward, outward, 3, 1, 1), adds=True) for _ in range(more)]
    return [Block(conv, outward), *rest]


def load_network(path: Path, device: str) -> Wav2Lip256:
    """The network with the weights of a checkpoint (.pth): tensors only are read, no code is run. Raises
    SetupError for a file that is missing, no checkpoint, or another network's.
    """
    try:
        told: Any = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise SetupError(
            f"The weights {path} are missing.", remedy="Put your own Wav2Lip 256 checkpoint there."
        ) from None
    except Exception as error:  # noqa: BLE001  torch's reader raises what pickle, zip and it itself raise
        raise SetupError(
            f"{path} is no checkpoint that can be read ({type(error).__name__}).",
            remedy="Use a file of tensors, as torch.save writes a state_dict.",
        ) from None
    state = told.get("state_dict", told) if isinstance(told, Mapping) else {}
    network = Wav2Lip256()
    try:
        network.load_state_dict({str(k).removeprefix("module."): v for k, v in state.items()})
    except (RuntimeError, AttributeError) as error:
        first = str(error).splitlines()[1:2] or [str(error)]
        raise SetupError(
            f"{path} holds another network than Wav2Lip at 256 pixels: {first[0].strip()[:200]}",
            remedy="Use a checkpoint of that very network (LiveTalking's wav2lip256).",
        ) from None
    ready: Wav2Lip256 = network.eval().to(device)
    return ready
