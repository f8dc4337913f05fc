"""Trains the network on prepared footage: fixed seed, resumable, stopped early. PyTorch (the extra `clone`).

Base and target are frames of the footage with the mouth of the base hidden. Half of the samples take
another frame as base: a network that only ever rebuilds the frame it sees learns to read the opening of the
mouth off the cheeks around the mask, and then paints what the base frame said.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from persona.clone.aligned import mouth_box
from persona.clone.neural.network import Painter
from persona.clone.neural.recipe import Progress, Recipe
from persona.clone.prepared import Prepared
from products.errors import SetupError

NEIGHBOURS = 12  # frames of nearly the same pose among which another base is drawn
GAIN = 0.05  # light varies by this much between samples, in each colour
SSIM_SIGMA, SSIM_SIDE = 1.5, 7
LAST_RATE = 1e-5
KEEP = 0.998  # of the averaged weights at each step; less at the start


@dataclass(frozen=True)
class Trained:
    """The averaged network of the best check, its mouth PSNR there (dB), and the steps that were made."""

    painter: Painter
    best: float
    steps: int


def train(
    prepared: Prepared,
    recipe: Recipe,
    told: Callable[[Progress], None] = lambda progress: None,
    kept: bytes | None = None,
    keep: Callable[[bytes], None] = lambda state: None,
    device: str = "cpu",
) -> Trained:
    """Train to the end of the recipe, or until the checks stop rising, on `device` (device_named).

    `kept`: what `keep` was given last, to go on from there (the same footage and recipe, else SetupError);
    `keep` is called at each check. The frames from `held_out` on are never looked at.
    """
    torch.manual_seed(recipe.seed)
    run = _Run(prepared, recipe, torch.device(device))
    if kept is not None:
        run.resume(kept)
    told(run.progress())
    while run.step < recipe.steps and not run.stale():
        run.advance()
        if run.step % recipe.check_every == 0 or run.step == recipe.steps:
            run.check()
            keep(run.state())
        if run.step % 10 == 0 or run.step == recipe.steps:
            told(run.progress())
    run.painter.load_state_dict(run.best_weights)
    return Trained(run.painter.cpu().eval(), run.best, run.step)


def device_named(name: str) -> str:
    """The device: cpu or cuda:K; for auto the first GPU that PyTorch can use. Raises SetupError for one that
    it cannot.
    """
    if name == "auto":
        return "cuda:0" if torch.cuda.is_available() else "cpu"
    if name == "cpu":
        return name
    if not name.startswith("cuda:") or not name[5:].isdigit():
        raise SetupError(f"{name!r} is no device.", remedy="Use auto, cpu, cuda:0, cuda:1 ...")
    if int(name[5:]) >= torch.cuda.device_count():
        raise SetupError(
            f"PyTorch cannot use {name} here.", remedy="Install PyTorch for CUDA, or train with --device cpu."
        )
    return name


class _Run:
    """One training under way."""

    def __init__(self, prepared: Prepared, recipe: Recipe, device: torch.device) -> None:
        self._device = device
        self.recipe, self.step, self.best, self.best_step = recipe, 0, -1.0, 0
        self.loss = 0.0
        self._key = f"{prepared.head.model_dump_json()} {recipe.model_dump_json()}"
        learnt = prepared.head.held_out
        self._seen = max(2, learnt - max(1, round(learnt * recipe.checked)))
        self._checked = range(self._seen, learnt) if self._seen < learnt else range(learnt)
        self._crops = self._there(np.ascontiguousarray(prepared.crops[:learnt].transpose(0, 3, 1, 2)))
        self._mouths = self._there(np.array(prepared.mouths[:learnt]))
        self._hidden = _plane(prepared.hard).to(device)
        self._soft = _plane(prepared.soft).to(device)
        self._box = mouth_box(prepared.points, prepared.head.names, prepared.size, prepared.head.held_out)
        self._inner = torch.zeros_like(self._soft)
        self._inner[:, :, self._box[0], self._box[1]] = 1
        self._near = neighbours(prepared, self._seen)
        self.painter = Painter(recipe.channels, prepared.mouths.shape[1]).to(
            device, memory_format=torch.channels_last
        )
        self._optimiser = torch.optim.AdamW(self.painter.parameters(), recipe.rate, weight_decay=1e-4)
        self._average = {k: v.clone() for k, v in self.painter.state_dict().items()}
        self.best_weights = self._average
        self._random = np.random.default_rng(recipe.seed)
        self._window = _gaussian().to(device)

    def _there(self, values: "np.ndarray[Any, Any]") -> Tensor:
        """On the device."""
        return torch.from_numpy(values).to(self._device)

    def stale(self) -> bool:
        """Whether the last checks brought nothing better."""
        return self.step - self.best_step >= self.recipe.patience * self.recipe.check_every

    def progress(self) -> Progress:
        return Progress(self.step, self.recipe.steps, self.loss, max(self.best, 0.0))

    def advance(self) -> None:
        """One step of the optimiser."""
        self.painter.train()
        self._optimiser.param_groups[0]["lr"] = self._rate()
        loss = self.off()
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self._optimiser.step()
        self.step += 1
        self.loss = float(loss.detach())
        self._blend()

    def off(self) -> Tensor:
        """How far the network is off on a batch drawn at random."""
        base, target, same = self._samples()
        gain = self._there(self._random.uniform(1 - GAIN, 1 + GAIN, (len(base), 3, 1, 1)).astype(np.float32))
        seen = (self._crops[base].float() / 255 * gain).clamp(0, 1)
        wanted = (self._crops[target].float() / 255 * gain).clamp(0, 1)
        noise = self._random.standard_normal((len(base), self._mouths.shape[1])).astype(np.float32)
        mouths = self._mouths[target] + self.recipe.noise * self._there(noise)
        half = torch.autocast(self._device.type, torch.bfloat16) if self.recipe.bfloat16 else nullcontext()
        with half:
            drawn = self.painter(seen.contiguous(memory_format=torch.channels_last), self._hidden, mouths)
        return self._loss(drawn, wanted, same)

    def _rate(self) -> float:
        """Cosine from the recipe's rate to LAST_RATE, after fifty steps of warming up."""
        part = self.step / self.recipe.steps
        rate = LAST_RATE + 0.5 * (self.recipe.rate - LAST_RATE) * (1 + float(np.cos(np.pi * part)))
        return rate * min(1.0, (self.step + 1) / 50)

    def _samples(self) -> tuple[Tensor, Tensor, Tensor]:
        """Indices of bases and targets, and which of them are the same [n, 1, 1, 1]."""
        count = self.recipe.batch
        target = self._random.integers(0, self._seen, count)
        other = self._near[target, self._random.integers(0, self._near.shape[1], count)]
        same = self._random.random(count) < self.recipe.same
        base = np.where(same, target, other)
        return (
            self._there(base),
            self._there(target),
            self._there(same.astype(np.float32))[:, None, None, None],
        )

    def _loss(self, drawn: Tensor, wanted: Tensor, same: Tensor) -> Tensor:
        """Weighted absolute difference, that of the gradients, and structure in the mouth box. What lies
        outside the soft mask counts only where base and target are one frame.
        """
        weight = 0.3 * same + self._soft + 2 * self._inner * self._soft
        off = drawn - wanted
        loss = (weight * off.abs()).mean()
        reach = (same + self._soft).clamp(max=1)
        across = (off[..., 1:] - off[..., :-1]).abs() * reach[..., 1:]
        down = (off[..., 1:, :] - off[..., :-1, :]).abs() * reach[..., 1:, :]
        loss = loss + 0.5 * (across.mean() + down.mean())
        y, x = self._box
        return loss + 0.1 * (1 - ssim(drawn[:, :, y, x], wanted[:, :, y, x], self._window))

    def _blend(self) -> None:
        keep = min(KEEP, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for name, value in self.painter.state_dict().items():
                if value.dtype.is_floating_point:
                    self._average[name].lerp_(value, 1 - keep)
                else:
                    self._average[name] = value.clone()

    def check(self) -> None:
        """Mouth PSNR of the averaged network on frames that training leaves out."""
        judge = Painter(self.recipe.channels, self._mouths.shape[1]).to(self._device)
        judge.load_state_dict(self._average)
        judge.eval()
        found = []
        with torch.no_grad():
            for part in _parts(list(self._checked), 16):
                crops = self._crops[part].float() / 255
                drawn = judge(crops, self._hidden, self._mouths[part])
                mixed = drawn * self._soft + crops * (1 - self._soft)
                y, x = self._box
                error = ((mixed - crops)[:, :, y, x] ** 2).mean(dim=(1, 2, 3))
                found += [float(v) for v in -10 * torch.log10(error + 1e-10)]
        score = float(np.mean(found))
        if score > self.best + self.recipe.gained:
            self.best, self.best_step = score, self.step
            self.best_weights = {k: v.clone() for k, v in self._average.items()}

    def state(self) -> bytes:
        """All that `resume` needs."""
        out = io.BytesIO()
        torch.save(
            {
                "key": self._key, "step": self.step, "best": self.best, "best_step": self.best_step,
                "weights": self.painter.state_dict(), "average": self._average, "chosen": self.best_weights,
                "optimiser": self._optimiser.state_dict(), "random": self._random.bit_generator.state,
            },
            out,
        )  # fmt: skip
        return out.getvalue()

    def resume(self, kept: bytes) -> None:
        try:
            state = torch.load(io.BytesIO(kept), map_location=self._device, weights_only=True)
            if state["key"] != self._key:
                raise ValueError("it belongs to other footage or to another recipe")
            self.painter.load_state_dict(state["weights"])
            self._optimiser.load_state_dict(state["optimiser"])
            self._random.bit_generator.state = state["random"]
            self._average, self.best_weights = state["average"], state["chosen"]
            self.step, self.best, self.best_step = state["step"], state["best"], state["best_step"]
        except (KeyError, ValueError, RuntimeError, EOFError, OSError) as error:
            raise SetupError(
                f"The training that was begun cannot be taken up: {error}.",
                remedy="Begin anew: castmate clone train --anew",
            ) from error


def neighbours(prepared: Prepared, seen: int) -> "np.ndarray[tuple[int, int], np.dtype[np.int64]]":
    """int64 [seen, NEIGHBOURS]: for each frame others of nearly the same pose, whatever their mouth.

    Pose: what of the stable points no similarity explains (turning of the head).
    """
    rigid, matrices = prepared.rigid[:seen], prepared.matrices[:seen]
    moved = np.einsum("nij,npj->npi", matrices[:, :, :2], rigid) + matrices[:, None, :, 2]
    flat = (moved - moved.mean(axis=0)).reshape(seen, -1)
    square = (flat**2).sum(axis=1)
    distance = square[:, None] + square[None] - 2 * flat @ flat.T
    return np.argsort(distance, axis=1, kind="stable")[:, : min(NEIGHBOURS, seen)].astype(np.int64)


def ssim(a: Tensor, b: Tensor, window: Tensor) -> Tensor:
    """Mean structural similarity (Wang et al. 2004) of [n, 3, h, w] in 0..1: Gaussian 7x7, sigma 1.5."""

    def smooth(x: Tensor) -> Tensor:
        return F.conv2d(x, window, groups=3)

    a, b = a.float(), b.float()
    ma, mb = smooth(a), smooth(b)
    va, vb, vab = smooth(a * a) - ma * ma, smooth(b * b) - mb * mb, smooth(a * b) - ma * mb
    top = (2 * ma * mb + 1e-4) * (2 * vab + 9e-4)
    return (top / ((ma * ma + mb * mb + 1e-4) * (va + vb + 9e-4))).mean()


def _gaussian() -> Tensor:
    x = torch.arange(SSIM_SIDE, dtype=torch.float32) - SSIM_SIDE // 2
    line = torch.exp(-0.5 * (x / SSIM_SIGMA) ** 2)
    line = line / line.sum()
    return (line[:, None] * line[None]).expand(3, 1, SSIM_SIDE, SSIM_SIDE).contiguous()


def _plane(mask: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> Tensor:
    return torch.from_numpy(np.array(mask, np.float32) / 255)[None, None]


def _parts(items: list[int], size: int) -> Iterator[list[int]]:
    for k in range(0, len(items), size):
        yield items[k : k + size]
