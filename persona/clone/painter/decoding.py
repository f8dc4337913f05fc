"""A clone's decoder for several mouths at once, by ONNX Runtime on a GPU or on the processor."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime

from persona.clone.neural.reel import MapStore
from persona.clone.painter.turns import MOST
from persona.clone.prepared import Floats
from products.errors import SetupError

SIZES = (1, 2, 4, 8, 16)  # on a GPU a batch is filled up to one of these: each new size costs it a search
TRIES = 3  # full batches that are timed when a clone is opened
INPUTS = ("f0", "f1", "f2", "mouth")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One mouth float32 [K] on stored picture `frame` of `store`."""

    store: MapStore
    frame: int
    mouth: Floats


def device_named(name: str) -> str:
    """The device: cpu, or cuda:K. For auto the first GPU, where ONNX Runtime can use one. Raises SetupError
    for a GPU that cannot be used.
    """
    available = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    if name == "auto":
        return "cuda:0" if available else "cpu"
    if name == "cpu":
        return name
    if not name.startswith("cuda:") or not name[5:].isdigit():
        raise SetupError(f"{name!r} is no device.", remedy="Use auto, cpu, cuda:0, cuda:1 ...")
    if not available:
        raise SetupError(
            "ONNX Runtime cannot use a GPU here.",
            remedy="Install onnxruntime-gpu in place of onnxruntime, with CUDA 12 and cuDNN 9.",
        )
    return name


class Decoding:
    """The decoder of one clone on one device. `many`: whether it takes several mouths at once; an older
    pack's takes one at a time. `components`, `size`: K, S.

    Raises SetupError for a network that does not run there.
    """

    def __init__(self, decoder: bytes, device: str = "cpu", threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 3
        self.device = device
        try:
            self._session = onnxruntime.InferenceSession(decoder, options, providers=_providers(device))
            inputs = {i.name: i.shape for i in self._session.get_inputs()}
            self.many = all(not isinstance(inputs[name][0], int) for name in INPUTS)
            self.components = int(inputs["mouth"][1])
            self.size = int(self._session.get_outputs()[0].shape[-1])
        except Exception as error:  # its own errors share no root of theirs
            raise SetupError(
                f"The clone's network cannot be run: {error}.", remedy="Train it again."
            ) from error
        if device != "cpu" and "CUDAExecutionProvider" not in self._session.get_providers():
            raise SetupError(
                f"ONNX Runtime found no way to use {device}.", remedy="Check driver, CUDA 12 and cuDNN 9."
            )

    def paint(self, wanted: Sequence[Wanted]) -> Floats:
        """float32 [n, 3, S, S], 0..1, in the order of `wanted` (at most MOST)."""
        if not self.many:
            return np.concatenate([self._run([one], 1) for one in wanted])
        n = len(wanted)
        size = n if self.device == "cpu" else next(s for s in SIZES if s >= n)
        return self._run(wanted, size)[:n]

    def measured(self, store: MapStore, clock: Any = time.perf_counter) -> float:
        """Seconds a picture takes in a full batch; every size was run before."""
        sizes = [1] if not self.many else SIZES if self.device != "cpu" else (1, MOST)
        frames = [k % len(store) for k in range(max(sizes))]
        asked = [Wanted(store, k, np.zeros(self.components, np.float32)) for k in frames]
        for size in sizes:
            self.paint(asked[:size])
        begun = clock()
        for _ in range(TRIES):
            self.paint(asked)
        return float((clock() - begun) / (TRIES * len(asked)))

    def _run(self, wanted: Sequence[Wanted], size: int) -> Floats:
        maps = [np.zeros((size, *shape), np.float32) for shape in wanted[0].store.shapes()]
        mouths = np.zeros((size, self.components), np.float32)
        for k, one in enumerate(wanted):
            one.store.into(one.frame, [m[k] for m in maps])
            mouths[k] = one.mouth
        drawn = self._session.run(None, dict(zip(INPUTS, (*maps, mouths), strict=True)))[0]
        return np.asarray(drawn, np.float32)


def _providers(device: str) -> list[Any]:
    if device == "cpu":
        return ["CPUExecutionProvider"]
    how = {
        "device_id": int(device[5:]),
        "cudnn_conv_algo_search": "HEURISTIC",  # an exhaustive one would stop all shows when one comes
        "cudnn_conv_use_max_workspace": "0",  # many clones share the card's memory
        "arena_extend_strategy": "kSameAsRequested",
    }
    return [("CUDAExecutionProvider", how), "CPUExecutionProvider"]
