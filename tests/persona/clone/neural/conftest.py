"""Footage of the drawn host, prepared without a film on the way, and networks that need no training."""

import importlib.util
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from persona.clone import aligned
from persona.clone import prepared as form
from persona.clone.filming import JAW, LEFT, LIPS, LOWER, RIGHT, UPPER, Studio
from persona.clone.neural.making import make_assets, make_base
from persona.clone.neural.opening import open_pack_files
from persona.clone.neural.pack import FILES
from persona.clone.puppet import Planes
from persona.clone.recital import babble, between, mouths_at
from persona.speech import SPEECH_RATE

WIDTH, HEIGHT, SIZE, SECONDS = 180, 320, 64, 16.0

collect_ignore = [] if importlib.util.find_spec("torch") else ["test_training.py", "test_course.py"]


def rgb_of(planes: Planes) -> np.ndarray:
    frame = frame_of(planes)
    return frame.to_ndarray(format="rgb24", src_colorspace="ITU709", dst_colorspace="ITU709")


def frame_of(planes: Planes) -> av.VideoFrame:
    flat = np.concatenate([p.reshape(-1) for p in (planes.y, planes.u, planes.v)])
    return av.VideoFrame.from_ndarray(flat.reshape(HEIGHT * 3 // 2, WIDTH), format="yuv420p")


def shoot(folder: Path) -> form.Prepared:
    """About 16 s of the drawn host, speaking, with a second of silence at both ends."""
    said = between(babble(SECONDS - 2.0, seed=3), 1.0, 1.0)
    n = int(said.seconds * form.FPS)
    times = (np.arange(n) + 0.5) / form.FPS
    mouths = mouths_at(said, times, seed=3)
    studio = Studio("mei", WIDTH, HEIGHT, said.seconds, seed=3, drift=0.4)
    seen, pictures = [], []
    folder.mkdir(parents=True, exist_ok=True)
    with av.open(str(folder / form.FRAMES), "w") as out:
        stream = out.add_stream("libx264", rate=form.FPS, options={"crf": "8", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for k, (t, mouth) in enumerate(zip(times, mouths, strict=True)):
            planes, known = studio.shoot(float(t), mouth)
            seen.append(known)
            pictures.append(rgb_of(planes))
            frame = frame_of(planes)
            frame.pts, frame.time_base = k, Fraction(1, form.FPS)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    names = form.PointNames(lips=LIPS, jaw=JAW, upper=UPPER, lower=LOWER, left=LEFT, right=RIGHT)
    held_out = int(0.8 * n)
    rigid, points = (np.stack([getattr(s, name) for s in seen]) for name in ("rigid", "points"))
    whole = aligned.geometry(rigid, points, names, SIZE, held_out, drawn=True)
    space = aligned.mouth_space(whole.points, held_out)
    vectors = space.encode(whole.points)
    crops = [aligned.crop(p, m, SIZE) for p, m in zip(pictures, whole.matrices, strict=True)]
    gap = np.linalg.norm(whole.points[:, LOWER] - whole.points[:, UPPER], axis=1)
    idle = (form.Span(first=0, past=20),)
    sound = said.pcm[:: SPEECH_RATE // form.SOUND_RATE].astype(np.float32)
    made = form.Prepared(
        head=form.Head(
            licence="ana-2026", kind="drawn", language="en", held_out=held_out, names=names, idle=idle,
            offset=0.0,
            phones=tuple(form.TimedPhone(symbol=p.symbol, start=p.start, end=p.end) for p in said.phones),
            footage=form.Footage(name="mei.mkv", sha256=form.digest(folder / form.FRAMES), width=WIDTH,
                                 height=HEIGHT, seconds=n / form.FPS),
        ),
        frames=folder / form.FRAMES, crops=np.stack(crops), matrices=whole.matrices, points=whole.points,
        rigid=rigid.astype(np.float32), eyes=np.array([s.eyes for s in seen], np.float32), hard=whole.hard,
        soft=whole.soft, mean=space.mean, basis=space.basis, scale=space.scale, mouths=vectors,
        closed=aligned.closed_mouth(vectors, gap, idle, held_out), sound=sound,
        mel=np.zeros((int(n / form.FPS * form.MEL_RATE), form.MEL_BANDS), np.float32),
        controls=np.asarray(mouths, np.float32),
    )  # fmt: skip
    form.save_prepared(made, folder)
    return form.load_prepared(folder)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> form.Prepared:
    return shoot(tmp_path_factory.mktemp("footage") / "prepared")


@pytest.fixture(scope="session")
def networks(prepared: form.Prepared) -> tuple[bytes, bytes]:
    """(encoder, decoder) in the place of trained ones: the picture is a linear function of the mouth, fitted
    by least squares on the training frames. Their inputs and outputs are those of the real ones.
    """
    held_out = prepared.head.held_out
    a = np.column_stack([prepared.mouths[:held_out], np.ones(held_out)]).astype(np.float64)
    pixels = prepared.crops[:held_out].transpose(0, 3, 1, 2).reshape(held_out, -1) / 255.0
    fit = np.linalg.solve(a.T @ a + 0.5 * np.eye(a.shape[1]), a.T @ pixels).astype(np.float32)
    return encoder_of(prepared.size), decoder_of(prepared.size, fit)


@pytest.fixture(scope="session")
def contents(prepared: form.Prepared, networks: tuple[bytes, bytes]) -> dict[str, bytes]:
    """Of a pack."""
    assets = make_assets(prepared, *networks)
    walk, film, _ = make_base(prepared)
    return dict(zip(FILES, (film, walk.to_bytes(), assets.to_bytes(), *networks), strict=True))


@pytest.fixture(scope="session")
def opened(contents: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reel of a clone, opened as a show opens it: ROOT/LICENCE/open-..."""
    root = tmp_path_factory.mktemp("clones")
    return open_pack_files(contents, root / "ana-2026" / "open-1-ana-180x320", 180, 320)


def encoder_of(size: int) -> bytes:
    """f0, f1, f2: the hidden picture, made smaller."""
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("Mul", ["crop", "mask"], ["hidden"]),
        helper.make_node("Sub", ["crop", "hidden"], ["seen"]),
    ]
    outputs = []
    for k, times in enumerate((4, 8, 16)):
        nodes.append(
            helper.make_node(
                "AveragePool", ["seen"], [f"f{k}"], kernel_shape=[times] * 2, strides=[times] * 2
            )
        )
        shape = [1, 3, size // times, size // times]
        outputs.append(helper.make_tensor_value_info(f"f{k}", TensorProto.FLOAT, shape))
    inputs = [
        helper.make_tensor_value_info("crop", TensorProto.FLOAT, [1, 3, size, size]),
        helper.make_tensor_value_info("mask", TensorProto.FLOAT, [1, 1, size, size]),
    ]
    return _model(nodes, inputs, outputs, [])


def decoder_of(size: int, fit: np.ndarray) -> bytes:
    """picture = clip(mouth @ weights + bias), [n, 3, size, size]."""
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("Gemm", ["mouth", "weights", "bias"], ["flat"]),
        helper.make_node("Reshape", ["flat", "shape"], ["raw"]),
        helper.make_node("Clip", ["raw", "zero", "one"], ["picture"]),
    ]
    parts = {
        "weights": fit[:-1], "bias": fit[-1], "shape": np.array([-1, 3, size, size]),
        "zero": np.array(0, np.float32), "one": np.array(1, np.float32),
    }  # fmt: skip
    inputs = [
        helper.make_tensor_value_info(f"f{k}", TensorProto.FLOAT, ["n", 3, size // t, size // t])
        for k, t in enumerate((4, 8, 16))
    ]
    inputs.append(helper.make_tensor_value_info("mouth", TensorProto.FLOAT, ["n", len(fit) - 1]))
    output = [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 3, size, size])]
    return _model(nodes, inputs, output, [numpy_helper.from_array(v, k) for k, v in parts.items()])


def _model(nodes: list, inputs: list, outputs: list, weights: list) -> bytes:
    from onnx import checker, helper

    graph = helper.make_graph(nodes, "test", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    return model.SerializeToString()
