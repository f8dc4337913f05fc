"""MuseTalk as a painter of faces (persona.clone.facing): one step in the latent space of a picture coder.

What goes where is read from TMElyralab/MuseTalk (realtime inference of version 1.5): the face at 256 pixels,
once with its lower half black and once whole, is coded to 4 x 32 x 32 each; Whisper's encoder hears 50 times
a second in 5 layers of 384; ten such moments around a picture, with their places added, go into the U-Net at
time 0; what it gives is decoded to the face. Folder: unet.pth and musetalk.json, sd-vae/, whisper/.

Not run with real weights by Castmate's tests: none may be shipped.
"""

import json
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from persona.clone.facing import RATE, FaceClone, hidden, over
from persona.clone.prepared import Floats
from products.errors import SetupError

HEARD_A_SECOND, LAYERS, WIDTH = 50, 5, 384  # of Whisper's tiny encoder, its input among the layers
BESIDE = 2  # pictures before and behind that a picture hears
SPAN = 2 * (2 * BESIDE + 1)
LATENT_SCALE = 0.18215  # of the picture coder (Stable Diffusion 1)
SEGMENT_S = 30  # Whisper hears so much at once
KEPT = 512  # coded faces of the loop: 32 kB each
FILES = ("unet.pth", "musetalk.json", "sd-vae/config.json", "whisper/config.json")


class Nets(Protocol):
    """The three networks, as arrays.

    listen   float32 [50 n, 5, 384] of up to 30 s of sound at 16 kHz
    code     float32 [4, 32, 32] of a face, [256, 256, 3] RGB 0..1, scaled
    draw     [256, 256, 3] RGB 0..1 of latents [8, 32, 32] and what is heard [50, 384]
    """

    def listen(self, sound: Floats) -> Floats: ...
    def code(self, face: Floats) -> Floats: ...
    def draw(self, latents: Floats, heard: Floats) -> Floats: ...


class MuseTalkPainter:
    """`nets`: the networks, their weights loaded."""

    def __init__(self, nets: Nets) -> None:
        self._nets = nets
        self._places = places(SPAN * LAYERS)
        self._coded: OrderedDict[int, Floats] = OrderedDict()

    def hear(self, sound: Floats, count: int, fps: int) -> Sequence[Floats]:
        """For each picture [50, 384]."""
        step = SEGMENT_S * RATE
        parts = [self._nets.listen(sound[at : at + step]) for at in range(0, len(sound), step)]
        heard = np.concatenate(parts) if parts else np.zeros((0, LAYERS, WIDTH), np.float32)
        heard = heard[: len(sound) * HEARD_A_SECOND // RATE]
        before = HEARD_A_SECOND // fps * BESIDE
        behind = max(0, count * HEARD_A_SECOND // fps + SPAN - len(heard))
        heard = np.pad(heard, ((before, behind), (0, 0), (0, 0)))
        starts = (k * HEARD_A_SECOND // fps for k in range(count))
        return [heard[s : s + SPAN].reshape(SPAN * LAYERS, WIDTH) + self._places for s in starts]

    def paint(self, heard: Floats, face: Floats, stored: int) -> Floats:
        latents = self._coded.get(stored)
        if latents is None:
            latents = np.concatenate([self._nets.code(hidden(face)), self._nets.code(face)])
            self._coded[stored] = latents
            if len(self._coded) > KEPT:
                self._coded.popitem(last=False)
        return np.asarray(np.clip(self._nets.draw(latents, heard), 0, 1), np.float32)


def places(count: int) -> Floats:
    """[count, 384] sines and cosines that tell places apart (Vaswani et al., 2017, 3.5)."""
    at = np.arange(count)[:, None] * np.exp(np.arange(0, WIDTH, 2) * (-np.log(10_000.0) / WIDTH))
    out: NDArray[np.float64] = np.zeros((count, WIDTH))
    out[:, 0::2], out[:, 1::2] = np.sin(at), np.cos(at)
    return out.astype(np.float32)


class TorchNets:
    """The networks by diffusers and transformers, from a folder; nothing is fetched. Raises SetupError."""

    def __init__(self, folder: Path) -> None:
        lacking = [name for name in FILES if not (folder / name).is_file()]
        if lacking:
            raise SetupError(
                f"{folder} holds no whole MuseTalk 1.5: {', '.join(lacking)} missing.",
                remedy="Put its own files there; Castmate fetches none.",
            )
        import torch
        from diffusers import AutoencoderKL, UNet2DConditionModel
        from transformers import AutoFeatureExtractor, WhisperModel

        self._torch = torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._dtype = torch.float16 if self._device == "cuda" else torch.float32
        try:
            settings = json.loads((folder / "musetalk.json").read_text(encoding="utf-8"))
            unet = UNet2DConditionModel(**settings)
            unet.load_state_dict(torch.load(folder / "unet.pth", map_location="cpu", weights_only=True))
            coder = AutoencoderKL.from_pretrained(folder / "sd-vae", local_files_only=True)
            whisper = WhisperModel.from_pretrained(folder / "whisper", local_files_only=True)
            self._features: Any = AutoFeatureExtractor.from_pretrained(
                folder / "whisper", local_files_only=True
            )
        except Exception as error:  # foreign readers over a shop's files
            raise SetupError(
                f"The MuseTalk weights in {folder} cannot be read: {type(error).__name__}: {error}.",
                remedy="Put whole files of version 1.5 there.",
            ) from error
        self._unet, self._coder, self._whisper = (
            net.eval().to(self._device, self._dtype) for net in (unet, coder, whisper.encoder)
        )

    def listen(self, sound: Floats) -> Floats:
        torch = self._torch
        asked = self._features(sound, return_tensors="pt", sampling_rate=RATE).input_features
        with torch.inference_mode():
            states = self._whisper(
                asked.to(self._device, self._dtype), output_hidden_states=True
            ).hidden_states
            out = torch.stack(states, dim=2)[0]
        return np.asarray(out.float().cpu().numpy(), np.float32)

    def code(self, face: Floats) -> Floats:
        torch = self._torch
        picture = torch.from_numpy(np.ascontiguousarray(face.transpose(2, 0, 1)))[None] * 2 - 1
        with torch.inference_mode():
            out = self._coder.encode(picture.to(self._device, self._dtype)).latent_dist.mode() * LATENT_SCALE
        return np.asarray(out[0].float().cpu().numpy(), np.float32)

    def draw(self, latents: Floats, heard: Floats) -> Floats:
        torch = self._torch
        with torch.inference_mode():
            given = torch.from_numpy(latents)[None].to(self._device, self._dtype)
            told = torch.from_numpy(heard)[None].to(self._device, self._dtype)
            start = torch.tensor([0], device=self._device)
            out = self._unet(given, start, encoder_hidden_states=told).sample
            picture = self._coder.decode(out / LATENT_SCALE).sample
        return np.asarray((picture[0].float().cpu().numpy().transpose(1, 2, 0) + 1) / 2, np.float32)


def open_musetalk(path: Path, weights: Path, threads: int = 1) -> FaceClone:
    """Over the clone whose reel lies at `path`; on the GPU where there is one. Raises SetupError."""
    import torch

    torch.set_num_threads(threads)
    return over(path, MuseTalkPainter(TorchNets(weights)))
