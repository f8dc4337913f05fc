"""The network that paints a mouth: an encoder that sees a base frame with its mouth hidden, once per base
frame, and a decoder that runs for every picture. PyTorch: for training only, never imported on air.

All work happens at a quarter of the resolution with plain 3x3 convolutions; the mouth vector steers the
decoder by feature-wise scale and shift (FiLM: Perez et al. 2018).
"""

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn
from torch.nn import functional as F

FOLD = 4  # side of the square of pixels that becomes channels


def wide(device: str) -> AbstractContextManager[object]:
    """Full width, within what is computed in half of it. `device`: its type, "cpu" or "cuda"."""
    return torch.autocast(device, enabled=False) if device in ("cpu", "cuda") else nullcontext()


def conv(i: int, o: int, stride: int = 1) -> nn.Sequential:
    """3x3 convolution, normalised, rectified."""
    return nn.Sequential(nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU())


class Residual(nn.Module):  # type: ignore[misc]  # torch is an extra that mypy does not follow
    """Residual block on [n, c, h, w]; with cond > 0 its first half is scaled and shifted by z [n, cond]."""

    def __init__(self, c: int, cond: int = 0) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c)
        self.conv2, self.norm2 = nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c)
        self.film = nn.Linear(cond, 2 * c) if cond else None

    def forward(self, x: Tensor, z: Tensor | None = None) -> Tensor:
        y = self.norm1(self.conv1(x))
        if self.film is not None:
            gain, bias = self.film(z)[:, :, None, None].chunk(2, 1)
            y = y * (1 + gain) + bias
        return F.relu(x + self.norm2(self.conv2(F.relu(y))))


class Encoder(nn.Module):  # type: ignore[misc]
    """Crop [n, 3, S, S] 0..1 and mask [1, 1, S, S] (1 = hidden) -> three maps at S/4, S/8, S/16."""

    def __init__(self, c: int) -> None:
        super().__init__()
        c1, c2 = c * 3 // 2, c * 2
        self.stem, self.res0 = conv(4 * FOLD * FOLD, c), Residual(c)
        self.down1, self.res1 = conv(c, c1, 2), Residual(c1)
        self.down2 = conv(c1, c2, 2)

    def forward(self, crop: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x = torch.cat([crop * (1 - mask), mask.expand(crop.shape[0], -1, -1, -1)], 1)
        f0 = self.res0(self.stem(F.pixel_unshuffle(x, FOLD)))
        f1 = self.res1(self.down1(f0))
        return f0, f1, self.down2(f1)


class Decoder(nn.Module):  # type: ignore[misc]
    """The encoder's maps and mouth vectors [n, K] -> pictures [n, 3, S, S] in 0..1."""

    def __init__(self, c: int, k: int, cond: int = 96) -> None:
        super().__init__()
        c1, c2 = c * 3 // 2, c * 2
        self.mouth = nn.Sequential(nn.Linear(k, cond), nn.ReLU(), nn.Linear(cond, cond), nn.ReLU())
        self.mid = nn.ModuleList([Residual(c2, cond), Residual(c2, cond)])
        self.up1, self.res1 = conv(c2 + c1, c1), Residual(c1, cond)
        self.up0, self.res0 = conv(c1 + c, c), Residual(c, cond)
        self.out = nn.Conv2d(c, 3 * FOLD * FOLD, 3, 1, 1)

    def forward(self, f0: Tensor, f1: Tensor, f2: Tensor, p: Tensor) -> Tensor:
        z, h = self.mouth(p), f2
        for block in self.mid:
            h = block(h, z)
        h = self.res1(self.up1(torch.cat([F.interpolate(h, scale_factor=2.0), f1], 1)), z)
        h = self.res0(self.up0(torch.cat([F.interpolate(h, scale_factor=2.0), f0], 1)), z)
        with wide(h.device.type):  # in bfloat16 the last step would band visibly
            drawn = F.conv2d(h.float(), self.out.weight, self.out.bias, padding=1)
            return torch.sigmoid(F.pixel_shuffle(drawn, FOLD))


class Painter(nn.Module):  # type: ignore[misc]
    """Encoder and decoder together, as they are trained."""

    def __init__(self, channels: int, components: int) -> None:
        super().__init__()
        self.encoder, self.decoder = Encoder(channels), Decoder(channels, components)

    def forward(self, crop: Tensor, mask: Tensor, p: Tensor) -> Tensor:
        return self.decoder(*self.encoder(crop, mask), p)
