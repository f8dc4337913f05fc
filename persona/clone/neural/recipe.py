"""How a clone is trained, as numbers that go into its pack. No network code here: air and pack read it."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field


class Recipe(BaseModel):
    """Numbers of one training.

    seed         of weights, samples and noise: the same footage and recipe give the same network on one
                 machine
    channels     width of the network; 48 for crops of 128 and 192, 32 for 256
    steps, batch, rate   of the optimiser (AdamW, cosine)
    noise        added to mouth vectors, in standard deviations
    same         share of samples whose base frame is the target itself
    check_every, patience, gained   steps between checks; checks without a gain (dB) after which it stops
    checked      share of the training frames that only the checks see
    bfloat16     compute in half width: faster only where the processor multiplies matrices of it (AMX)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = 0
    channels: int = Field(default=48, ge=8, le=96)
    steps: int = Field(default=1600, ge=1, le=100_000)
    batch: int = Field(default=12, ge=2, le=64)
    rate: float = Field(default=2e-3, gt=0, le=0.1)
    noise: float = Field(default=0.1, ge=0, le=1)
    same: float = Field(default=0.6, ge=0, le=1)
    check_every: int = Field(default=100, ge=1)
    patience: int = Field(default=5, ge=1)
    gained: float = Field(default=0.02, ge=0)
    checked: float = Field(default=0.08, ge=0, le=0.5)
    bfloat16: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training is. `loss`: of the last step; `best`: mouth PSNR of the best check so far, dB."""

    step: int
    steps: int
    loss: float
    best: float
