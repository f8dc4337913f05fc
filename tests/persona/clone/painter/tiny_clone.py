"""An opened clone with a network of a few weights: enough to see whose maps and mouths made which picture."""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from persona.clone.aligned import MouthSpace
from persona.clone.neural.assets import Assets, Detail
from persona.clone.neural.painting import Seen
from persona.clone.neural.reel import HEAD, KIND, PLANES, VERSION, MapStore
from persona.clone.neural.speaking import Gap, Speaker
from persona.clone.painter.brush import Brush
from persona.clone.painter.serving import Painter

SIZE, COMPONENTS, PICTURES = 32, 5, 12
PLACE = 64, 80  # width and height of the picture
PATIENT_S = 30.0


def decoder(seed: int = 0, many: bool = True) -> bytes:
    """picture = sigmoid(upscaled(maps . weights) + mouth . weights); n = 1 where not `many`."""
    from onnx import TensorProto, checker, helper, numpy_helper

    n: str | int = "n" if many else 1
    rng = np.random.default_rng(seed)
    weights = {
        "of_map": rng.standard_normal((48, 3, 1, 1)).astype(np.float32),
        "of_mouth": rng.standard_normal((COMPONENTS, 48)).astype(np.float32),
        "shape": np.array([-1, 48, 1, 1]),
    }
    nodes = [
        helper.make_node("Conv", ["f0", "of_map"], ["drawn"]),
        helper.make_node("MatMul", ["mouth", "of_mouth"], ["flat"]),
        helper.make_node("Reshape", ["flat", "shape"], ["moved"]),
        helper.make_node("Add", ["drawn", "moved"], ["both"]),
        helper.make_node("DepthToSpace", ["both"], ["large"], blocksize=4),
        helper.make_node("Sigmoid", ["large"], ["picture"]),
    ]
    inputs = [
        helper.make_tensor_value_info(f"f{k}", TensorProto.FLOAT, [n, 3, SIZE // t, SIZE // t])
        for k, t in enumerate((4, 8, 16))
    ]
    inputs.append(helper.make_tensor_value_info("mouth", TensorProto.FLOAT, [n, COMPONENTS]))
    output = [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [n, 3, SIZE, SIZE])]
    held = [numpy_helper.from_array(v, k) for k, v in weights.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, output, held)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    return model.SerializeToString()


def opened(root: Path, licence: str = "ana-2026", show: str = "1", seed: int = 0, many: bool = True) -> Path:
    """A folder as a show opens it under `root`."""
    folder = root / licence / f"open-{show}"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed + 100)
    shapes = [(1, 3, SIZE // t, SIZE // t) for t in (4, 8, 16)]
    seen = [
        Seen(tuple(rng.random(s).astype(np.float32) for s in shapes), np.zeros(3, np.float32))
        for _ in range(PICTURES)
    ]
    MapStore.write(folder, seen)
    (folder / "decoder.onnx").write_bytes(decoder(seed, many))
    (folder / "assets.npz").write_bytes(assets(seed).to_bytes())
    w, h = PLACE
    size = [(h, w), (h // 2, w // 2), (h // 2, w // 2)]
    planes = [np.full(s, 90 + k, np.uint8) for k in range(PICTURES) for s in size]
    planes += [np.full(s, 60, np.uint8) for s in size]  # the backdrop
    data = b"".join(p.tobytes() for p in planes)
    (folder / PLANES).write_bytes(data)
    place = {"matrix": [1.0, 0, -16, 0, 1, -16], "rect": [16, 16, SIZE, SIZE]}
    head = {
        "version": VERSION, "kind": KIND, "bytes": len(data), "width": w, "height": h, "fps": 25,
        "region": [0, 0, w, h], "order": list(range(PICTURES)), "places": [place] * PICTURES,
    }  # fmt: skip
    (folder / HEAD).write_text(json.dumps(head), "utf-8")
    return folder


def assets(seed: int) -> Assets:
    """A mouth whose vectors are anything, and its opening their first number."""
    rng = np.random.default_rng(seed)
    soft = np.zeros((SIZE, SIZE), np.uint8)
    soft[6:-6, 6:-6], soft[8:-8, 8:-8] = 60, 255
    basis = np.zeros((COMPONENTS, 4), np.float32)  # two points: the lips
    basis[0, 3] = 1.0
    vector = lambda value: np.full(COMPONENTS, value, np.float32)  # noqa: E731
    speaker = Speaker(
        base=vector(0.5), targets=rng.standard_normal((14, COMPONENTS)).astype(np.float32), closed=vector(0),
        pressed=vector(0), low=vector(-3), high=vector(3), gain=vector(1), sigma=0.04, lead=0.0, own_lead=0.0,
        learnt=True,
    )  # fmt: skip
    none = np.zeros((0, COMPONENTS), np.float32)
    detail = Detail(none, np.zeros((0, 4, 4, 3), np.int8), 1.0, (10, 10, 4, 4))
    space = MouthSpace(np.zeros(4, np.float32), basis, vector(1))
    return Assets(soft, soft, space, Gap(0, 1, 4.0), speaker, detail)


def mouths(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, COMPONENTS)).astype(np.float32)


def until(painter: Painter, what: Callable[[], object], brushes: Sequence[Brush] = ()) -> None:
    """Both ends take turns in one thread until `what` holds."""
    end = time.monotonic() + PATIENT_S
    while not what():
        assert time.monotonic() < end, "it never came"
        painter.turn(0.01)
        for brush in brushes:
            brush.rest(0)
