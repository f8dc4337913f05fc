"""The trained network as two ONNX files. PyTorch (the extra `clone`); the files are proved against it."""

import io
from collections.abc import Sequence

import numpy as np
import onnxruntime
import torch

from persona.clone.neural.network import Painter
from persona.clone.neural.painting import MANY
from products.errors import Bug

OPSET = 17
NEAR_ENOUGH = 2e-3  # of 1.0, between PyTorch and what was written


def export(painter: Painter, size: int, components: int) -> tuple[bytes, bytes]:
    """(encoder, decoder) as ONNX, float32. Inputs: crop [1, 3, S, S] with the mouth at 0, mask [1, 1, S, S];
    then f0, f1, f2, mouth [n, K], for any n: a show takes n = 1, the painter of many shows as many as wait.
    Raises Bug when the decoder's file answers otherwise.
    """
    painter = painter.eval()
    crop, mask = torch.rand(1, 3, size, size), torch.ones(1, 1, size, size)
    mouth = torch.randn(1, components)
    with torch.no_grad():
        maps = painter.encoder(crop * 0, mask)
        wanted = painter.decoder(*maps, mouth)
    encoder = _written(painter.encoder, (crop, mask), ["crop", "mask"], ["f0", "f1", "f2"])
    inputs = ["f0", "f1", "f2", "mouth"]
    decoder = _written(painter.decoder, (*maps, mouth), inputs, ["picture"], many=[*inputs, "picture"])
    _proved(decoder, [*maps, mouth], wanted)
    return encoder, decoder


def _written(
    part: torch.nn.Module, inputs: tuple[torch.Tensor, ...], names: list[str], outputs: list[str],
    many: Sequence[str] = (),
) -> bytes:  # fmt: skip
    """`many`: inputs and outputs whose first axis may be of any length."""
    out = io.BytesIO()
    torch.onnx.export(
        part, inputs, out, input_names=names, output_names=outputs, opset_version=OPSET, dynamo=False,
        dynamic_axes={name: {0: MANY} for name in many},
    )  # fmt: skip
    return out.getvalue()


def _proved(decoder: bytes, inputs: list[torch.Tensor], wanted: torch.Tensor) -> None:
    session = onnxruntime.InferenceSession(decoder, providers=["CPUExecutionProvider"])
    given = {i.name: v.numpy() for i, v in zip(session.get_inputs(), inputs, strict=True)}
    found = session.run(None, given)[0]
    off = float(np.abs(found - wanted.numpy()).max())
    if not off < NEAR_ENOUGH:
        raise Bug(f"The exported decoder differs from the trained one by {off:.4f}.")
