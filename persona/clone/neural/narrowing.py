"""The decoder in 8-bit numbers: half of the time where the processor multiplies them well, kept only if its
pictures pass every gate that the wide one's pass.

Static quantisation (QDQ, a scale for each channel of the weights) by ONNX Runtime, calibrated on what the
decoder sees of the training frames. The first and the last step stay as they are: the mouth's own numbers,
and the one whose rounding would show as bands. Needs the package onnx, which the extra `clone` brings.
"""

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from persona.clone.neural.assets import Assets
from persona.clone.neural.evaluating import GOALS, Figures, pictures
from persona.clone.neural.painting import MouthPainter, Seen, session_of
from persona.clone.prepared import Floats, Prepared

CALIBRATED = 48  # training frames on which the ranges are found
STEPS = ["Conv", "Gemm", "MatMul", "Add", "Concat"]
QUICKER = 0.8  # of the wide decoder's processor time: a narrow one that takes more is not worth its rounding
MOST_LOST_DB = 0.3
TIMED = 12  # pictures by which two decoders are compared
JUDGED = (
    "mouth_psnr_db", "mouth_psnr_over_mean_db", "mouth_psnr_over_retrieval_db", "mouth_ssim",
    "sharpness_ratio", "temporal_ratio",
)  # fmt: skip


@dataclass(frozen=True)
class Narrowed:
    """`decoder`: in 8 bits, or None with the reason `why` it is not kept. `figures`: of its pictures."""

    decoder: bytes | None
    figures: Figures
    why: str = ""


def narrowed(prepared: Prepared, assets: Assets, encoder: bytes, decoder: bytes, checked: float) -> Narrowed:
    """The decoder in 8 bits, if it is as good. It is judged on the last `checked` of the training frames: the
    held-out ones are for the clone's own evaluation.
    """
    part = training_part(prepared, checked)
    painter = MouthPainter(assets, encoder, decoder)
    narrow = quantised(decoder, calibration(part, painter))
    figures = pictures(part, MouthPainter(assets, encoder, narrow))
    why = against(pictures(part, painter), figures)
    return Narrowed(None if why else narrow, figures, why)


def against(wide: Figures, narrow: Figures) -> str:
    """Why the narrow one's pictures are not good enough; empty when they are: every goal that the wide one's
    meet, and hardly less like the film.
    """
    found = [
        f"{name} is {narrow[name]:.3f}, not {GOALS[name]}"
        for name in JUDGED
        if GOALS[name].met(wide[name]) and not GOALS[name].met(narrow[name])
    ]
    lost = wide["mouth_psnr_db"] - narrow["mouth_psnr_db"]
    if lost > MOST_LOST_DB:
        found.append(f"it loses {lost:.2f} dB, more than {MOST_LOST_DB:g}")
    return "; ".join(found)


def training_part(prepared: Prepared, checked: float) -> Prepared:
    """What training may see, its last `checked` in the place of the held-out frames."""
    learnt = prepared.head.held_out
    first = max(1, learnt - max(1, round(learnt * checked)))
    rows = {
        name: getattr(prepared, name)[:learnt] for name in ("crops", "matrices", "points", "mouths", "eyes")
    }
    return replace(prepared, head=prepared.head.model_copy(update={"held_out": first}), **rows)


def calibration(prepared: Prepared, painter: MouthPainter) -> list[Mapping[str, Floats]]:
    """What the decoder is given for CALIBRATED of the training frames."""
    chosen = np.linspace(0, prepared.head.held_out - 1, min(CALIBRATED, prepared.head.held_out)).astype(int)
    return [
        given(painter.look(np.array(prepared.crops[k])), np.array(prepared.mouths[k]))
        for k in np.unique(chosen)
    ]


def given(seen: Seen, mouth: Floats) -> dict[str, Floats]:
    """The decoder's inputs."""
    return {
        **dict(zip(("f0", "f1", "f2"), seen.maps, strict=True)),
        "mouth": np.asarray(mouth[None], np.float32),
    }


def quantised(decoder: bytes, seen: Sequence[Mapping[str, Floats]]) -> bytes:
    """The decoder as ONNX in 8 bits; same inputs and outputs, float32."""
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory(prefix="castmate-narrow-") as place:
        wide, ready, out = (Path(place) / f"{name}.onnx" for name in ("wide", "ready", "narrow"))
        wide.write_bytes(decoder)
        quant_pre_process(str(wide), str(ready), skip_symbolic_shape=True)
        quantize_static(
            str(ready), str(out), _reader(seen), quant_format=QuantFormat.QDQ, per_channel=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, op_types_to_quantize=STEPS,
            reduce_range=True,  # 7 bits of weight: processors without VNNI add pairs of products in 16 bits
            nodes_to_exclude=_kept_wide(onnx.load(str(ready)).graph.node),
        )  # fmt: skip
        return out.read_bytes()


def _kept_wide(nodes: Sequence[Any]) -> list[str]:
    """Names of the last convolution, and of the first step of the mouth's vector."""
    convolutions = [node.name for node in nodes if node.op_type == "Conv"]
    mouth = [node.name for node in nodes if "mouth" in node.input]
    return [*convolutions[-1:], *mouth[:1]]


def _reader(seen: Sequence[Mapping[str, Floats]]) -> Any:
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
        def __init__(self) -> None:
            self._rows: Iterator[Mapping[str, Floats]] = iter(seen)

        def get_next(self) -> Mapping[str, Floats] | None:
            return next(self._rows, None)

    return Reader()


def quicker(wide: bytes, narrow: bytes, seen: Seen, components: int, clock: Any = time.process_time) -> bool:
    """Whether the narrow decoder is worth it here: 8-bit steps are quick on some processors alone."""
    feed = given(seen, np.zeros(components, np.float32))
    spent = []
    for decoder in (wide, narrow):
        session = session_of(decoder, 1)
        session.run(None, feed)
        begun = clock()
        for _ in range(TIMED):
            session.run(None, feed)
        spent.append(clock() - begun)
    return bool(spent[1] < QUICKER * spent[0])
