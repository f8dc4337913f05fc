"""A training from beginning to end: prepared footage in, sealed pack out; and a pack judged on its footage.

What was begun is kept sealed beside the pack and taken up again. PyTorch is imported when a training starts.
"""

import hashlib
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from persona.clone.neural.assets import Assets
from persona.clone.neural.clone import NeuralClone
from persona.clone.neural.evaluating import Figures, evaluate
from persona.clone.neural.making import make_assets, make_base
from persona.clone.neural.narrowing import narrowed
from persona.clone.neural.opening import open_pack_files, quickest
from persona.clone.neural.pack import FILES, NARROW, PackHead, Walk, add_figures, read_pack, write_pack
from persona.clone.neural.painting import MouthPainter
from persona.clone.neural.recipe import Progress, Recipe
from persona.clone.neural.reel import open_neural_reel
from persona.clone.neural.speaking import learn
from persona.clone.prepared import HEAD as PREPARED_HEAD
from persona.clone.prepared import Prepared
from persona.sealing import LicenceStore
from persona.speech import SPEECH_RATE, Phone, Speech
from products.errors import Refused, SetupError

BEGUN = "training.sealed"
SHOW = 720, 1280  # the picture in which speed is measured
Told = Callable[[str, float], None]  # what is being done, and how far it is, 0..1


@dataclass(frozen=True, slots=True)
class Course:
    """How a training went. `head`: of the pack; `wide`: why it has no decoder in 8 bits; empty: it has."""

    head: PackHead
    folder: Path
    bytes_on_disk: int
    wide: str


def train_pack(
    prepared: Prepared,
    recipe: Recipe,
    folder: Path,
    store: LicenceStore,
    made_at: datetime,
    told: Told = lambda what, done: None,
    stepped: Callable[[Progress], None] = lambda progress: None,
    anew: bool = False,
    threads: int = 1,
    device: str = "cpu",
) -> Course:
    """Train and write the pack into `folder`. A training that was broken off there goes on, unless `anew`.

    Raises SetupError (PyTorch is missing, the disk is full, another training was begun there), Refused (the
    licence's key is gone).
    """
    try:
        import torch

        from persona.clone.neural.export import export
        from persona.clone.neural.training import device_named, train
    except ImportError as error:
        raise SetupError(
            f"Training needs PyTorch, which is not installed ({error.name}).",
            remedy="Install it: pip install 'castmate[clone]', or pip install torch onnx.",
        ) from None
    torch.set_num_threads(threads)
    device = device_named(device)
    begun = _Begun(folder / BEGUN, prepared.head.licence, store)
    if anew:
        begun.forget()
    told("Learning the mouth's shapes", 0.0)
    speaker = learn(prepared)
    told("Learning the mouth's shapes", 1.0)
    trained = train(prepared, recipe, stepped, begun.read(), begun.keep, device)
    encoder, decoder = export(trained.painter, prepared.size, prepared.mouths.shape[1])
    told("Choosing the detail", 0.0)
    assets = make_assets(prepared, encoder, decoder, speaker)
    told("Choosing the detail", 1.0)
    walk, film, _ = make_base(prepared, recipe.seed, lambda done: told("Finding the loop", done))
    footage = prepared.head.footage
    head = PackHead(
        licence=prepared.head.licence, kind=prepared.head.kind, made_at=made_at, width=footage.width,
        height=footage.height, size=prepared.size, components=prepared.mouths.shape[1],
        footage=footage.sha256, prepared=fingerprint(prepared), recipe=recipe, steps=trained.steps,
        best=round(trained.best, 3), learnt=speaker.learnt,
    )  # fmt: skip
    contents = dict(zip(FILES, (film, walk.to_bytes(), assets.to_bytes(), encoder, decoder), strict=True))
    told("Narrowing the decoder", 0.0)
    narrow = narrowed(prepared, assets, encoder, decoder, recipe.checked)
    if narrow.decoder is not None:
        contents[NARROW] = narrow.decoder
    told("Sealing", 0.0)
    head = write_pack(folder, head, contents, store)
    begun.forget()
    told("Sealing", 1.0)
    return Course(head, folder, sum(p.stat().st_size for p in folder.iterdir()), narrow.why)


class _Begun:
    """A training that is under way, sealed on the disk."""

    def __init__(self, path: Path, licence: str, store: LicenceStore) -> None:
        self._path, self._licence, self._store = path, licence, store

    def read(self) -> bytes | None:
        if not self._path.is_file():
            return None
        return self._store.open(self._licence, "clone/training", self._path.read_bytes())

    def keep(self, state: bytes) -> None:
        sealed = self._store.seal(self._licence, "clone/training", state)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".new")
            fresh.write_bytes(sealed)
            fresh.replace(self._path)
        except OSError as error:
            raise SetupError(
                f"{self._path} cannot be written: {error.strerror or error}.", remedy="Check folder and disk."
            ) from error

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)


def fingerprint(prepared: Prepared) -> str:
    """sha256 of what was prepared: its head names every file by hash."""
    head = prepared.frames.with_name(PREPARED_HEAD)
    return hashlib.sha256(head.read_bytes()).hexdigest()


def evaluate_pack(
    folder: Path, prepared: Prepared, store: LicenceStore, told: Told = lambda what, done: None
) -> Figures:
    """All figures of a pack on the held-out part of its own footage, kept in its head.

    Raises Refused when the pack was made from other footage, or cannot be opened.
    """
    head, contents = read_pack(folder, store)
    if head.prepared != fingerprint(prepared):
        raise Refused(
            "The clone was not trained on this footage, so nothing in it is held out.",
            remedy="Name the prepared footage that the clone was trained on.",
        )
    assets = Assets.from_bytes(contents["assets.npz"])
    painter = MouthPainter(assets, contents["encoder.onnx"], quickest(contents, assets))
    figures = evaluate(prepared, painter, lambda done: told("Painting what it never saw", done))
    walk = Walk.from_bytes(contents["loop.npz"])
    figures |= {
        "loop_seconds": len(walk.shown) / 25,
        "loop_jump_over_own": float(walk.costs.max()) / walk.usual if len(walk.costs) else 0.0,
        "loop_usual_step": walk.usual,
        "pack_mb": sum(p.stat().st_size for p in folder.iterdir()) / 1e6,
    }
    with tempfile.TemporaryDirectory(prefix="castmate-open-") as place:
        told("Opening it as a show does", 0.0)
        begun = time.process_time()
        path = open_pack_files(
            contents, Path(place), *SHOW, lambda done: told("Opening it as a show does", done)
        )
        figures["open_cpu_s"] = time.process_time() - begun
        figures["open_mb"] = sum(p.stat().st_size for p in path.parent.iterdir()) / 1e6
        figures |= speed(NeuralClone(open_neural_reel(path.parent), path.parent))
    add_figures(folder, figures)
    return figures


def speed(clone: NeuralClone) -> Figures:
    """Processor time of a patch, and the time to the first of a speech of four seconds, in milliseconds."""
    speech = sample(4.0)
    next(clone.render(speech, 0))
    begun = time.perf_counter()
    next(clone.render(speech, 0))
    first = time.perf_counter() - begun
    begun = time.process_time()
    count = sum(1 for _ in clone.render(speech, 0))
    return {
        "first_patch_ms": first * 1000,
        "cpu_ms_per_frame": (time.process_time() - begun) / count * 1000,
    }


def sample(seconds: float) -> Speech:
    """Phones that visit many shapes without a pause, over a quiet tone."""
    symbols = "h ə l oʊ m aɪ f ɹ ɛ n d z ð iː b l uː ʃ uː".split()
    n = int(seconds / 0.1)
    phones = tuple(Phone(symbols[k % len(symbols)], k * 0.1, (k + 1) * 0.1) for k in range(n))
    tone = 0.1 * np.sin(2 * np.pi * 150 * np.arange(round(seconds * SPEECH_RATE)) / SPEECH_RATE)
    return Speech("", 0, True, "", "en", 0, 0, tone.astype(np.float32), (), phones)
