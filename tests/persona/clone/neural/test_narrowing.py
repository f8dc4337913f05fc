"""A decoder in 8 bits: kept only where its pictures pass the gates, used only where it is quicker."""

from datetime import UTC, datetime

import numpy as np
import pytest
from licences import licence

from persona.clone.neural import narrowing
from persona.clone.neural.assets import Assets
from persona.clone.neural.clone import NeuralClone
from persona.clone.neural.evaluating import GOALS
from persona.clone.neural.narrowing import JUDGED, against, narrowed, quantised, quicker, training_part
from persona.clone.neural.opening import open_pack_files, quickest
from persona.clone.neural.pack import FILES, NARROW, PackHead, read_pack, write_pack
from persona.clone.neural.painting import Seen, session_of
from persona.clone.neural.recipe import Recipe
from persona.clone.neural.reel import open_neural_reel
from persona.sealing import LicenceStore

HEAD = PackHead(
    licence="ana-2026", kind="drawn", made_at=datetime(2026, 11, 22, tzinfo=UTC), width=180, height=320,
    size=64, components=12, footage="a" * 64, prepared="b" * 64, recipe=Recipe(), steps=1, best=1.0,
    learnt=True,
)  # fmt: skip
GOOD = {
    "mouth_psnr_db": 32.0, "mouth_psnr_over_mean_db": 6.0, "mouth_psnr_over_retrieval_db": 1.0,
    "mouth_ssim": 0.93, "sharpness_ratio": 0.9, "temporal_ratio": 0.95,
}  # fmt: skip


def convolved(seed: int = 0) -> bytes:
    """A decoder of three convolutions, steered by the mouth, [n, 3, 32, 32]."""
    from onnx import TensorProto, checker, helper, numpy_helper

    rng = np.random.default_rng(seed)
    kernels = {"a": (16, 3, 3, 3), "b": (16, 16, 3, 3), "c": (48, 16, 3, 3)}
    held = {k: 0.2 * rng.standard_normal(s).astype(np.float32) for k, s in kernels.items()}
    held |= {"m": rng.standard_normal((5, 16)).astype(np.float32), "shape": np.array([-1, 16, 1, 1])}
    conv = lambda i, w, o: helper.make_node("Conv", [i, w], [o], name=f"conv_{w}", pads=[1] * 4)  # noqa: E731
    nodes = [
        conv("f0", "a", "x"),
        helper.make_node("MatMul", ["mouth", "m"], ["flat"], name="mouth_in"),
        helper.make_node("Reshape", ["flat", "shape"], ["moved"]),
        helper.make_node("Add", ["x", "moved"], ["y"], name="add"),
        helper.make_node("Relu", ["y"], ["z"]),
        conv("z", "b", "w"),
        helper.make_node("Relu", ["w"], ["v"]),
        conv("v", "c", "u"),
        helper.make_node("DepthToSpace", ["u"], ["large"], blocksize=4),
        helper.make_node("Sigmoid", ["large"], ["picture"]),
    ]
    value = lambda n, *s: helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n", *s])  # noqa: E731
    inputs = [value(f"f{k}", 3, 32 // t, 32 // t) for k, t in enumerate((4, 8, 16))] + [value("mouth", 5)]
    weights = [numpy_helper.from_array(v, k) for k, v in held.items()]
    graph = helper.make_graph(nodes, "convolved", inputs, [value("picture", 3, 32, 32)], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    return model.SerializeToString()


def feeds(n: int, many: int = 1) -> list[dict[str, np.ndarray]]:
    rng = np.random.default_rng(1)
    shapes = {"f0": (3, 8, 8), "f1": (3, 4, 4), "f2": (3, 2, 2), "mouth": (5,)}
    return [{k: rng.random((many, *s)).astype(np.float32) for k, s in shapes.items()} for _ in range(n)]


def test_the_narrow_one_answers_nearly_alike_and_its_ends_stay_wide():
    import onnx

    wide = convolved()
    narrow = quantised(wide, feeds(12))
    graph = onnx.load_from_string(narrow).graph
    whole = {i.name for i in graph.initializer if i.data_type == onnx.TensorProto.FLOAT}
    kinds = {i.name: i.data_type for i in graph.initializer}
    assert {"c", "m"} <= whole, "the last convolution, and the mouth's first step"
    assert kinds["b_quantized"] == onnx.TensorProto.INT8
    for one in feeds(3):
        a, b = (session_of(d, 1).run(None, one)[0] for d in (wide, narrow))
        assert np.abs(a - b).mean() < 4 / 255 and np.abs(a - b).max() < 0.1
    many = onnx.load_from_string(narrow).graph.input[0].type.tensor_type.shape.dim[0]
    assert many.dim_param == "n", "several at once, as before"


class TestGates:
    def test_every_goal_that_the_wide_one_meets(self):
        assert set(JUDGED) <= set(GOALS) and against(GOOD, GOOD) == ""
        assert "mouth_ssim is 0.899, not >= 0.9" in against(GOOD, {**GOOD, "mouth_ssim": 0.899})
        assert "sharpness_ratio" in against(GOOD, {**GOOD, "sharpness_ratio": 1.2})

    def test_hardly_less_like_the_film(self):
        assert "loses 0.40 dB" in against(GOOD, {**GOOD, "mouth_psnr_db": 31.6})
        assert against(GOOD, {**GOOD, "mouth_psnr_db": 31.8}) == ""

    def test_what_the_wide_one_misses_is_not_held_against_it(self):
        missed = {**GOOD, "mouth_psnr_db": 28.0}
        assert against(missed, {**missed, "mouth_psnr_db": 27.9}) == ""

    def test_one_as_good_is_kept_and_a_bad_one_is_not(self, prepared, networks, contents, monkeypatch):
        """Judged by its pictures of frames that training may see, and no others."""
        encoder, decoder = networks
        assets = Assets.from_bytes(contents["assets.npz"])
        good = narrowed(prepared, assets, encoder, decoder, 0.08)
        assert good.decoder is not None and good.why == ""
        bad = spoilt(decoder)
        monkeypatch.setattr(narrowing, "quantised", lambda wide, seen: bad)
        found = narrowed(prepared, assets, encoder, decoder, 0.08)
        assert found.decoder is None and "loses" in found.why

    def test_held_out_frames_are_not_looked_at(self, prepared):
        part = training_part(prepared, 0.08)
        learnt = prepared.head.held_out
        assert part.count == learnt and part.head.held_out == learnt - round(0.08 * learnt)
        assert len(part.points) == len(part.mouths) == learnt


def spoilt(decoder: bytes) -> bytes:
    """The same with its weights rounded to nothing but their signs."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load_from_string(decoder)
    for held in model.graph.initializer:
        if held.name == "weights":
            values = numpy_helper.to_array(held)
            coarse = (np.sign(values) * np.abs(values).mean()).astype(np.float32)
            held.CopyFrom(numpy_helper.from_array(coarse, held.name))
    return model.SerializeToString()


class TestUse:
    def test_only_where_it_is_quicker(self):
        seen = Seen(tuple(feeds(1)[0][k] for k in ("f0", "f1", "f2")), np.zeros(3, np.float32))
        for spent, worth in (((1.0, 0.7), True), ((1.0, 0.9), False), ((1.0, 1.5), False)):
            clock = iter((0.0, spent[0], 10.0, 10.0 + spent[1]))
            assert quicker(convolved(), convolved(), seen, 5, lambda c=clock: next(c)) is worth

    @pytest.mark.parametrize("worth", [True, False])
    def test_a_show_paints_with_the_one_that_is(self, contents, tmp_path, monkeypatch, worth):
        monkeypatch.setattr("persona.clone.neural.opening.quicker", lambda *given: worth)
        narrow = spoilt(contents["decoder.onnx"])
        held = {**contents, NARROW: narrow}
        assert quickest(held, Assets.from_bytes(contents["assets.npz"])) is (
            narrow if worth else contents["decoder.onnx"]
        )

    def test_older_packs_have_none(self, contents):
        assert quickest(contents, Assets.from_bytes(contents["assets.npz"])) is contents["decoder.onnx"]

    def test_an_opened_clone_has_both(self, contents, tmp_path, monkeypatch):
        """The wide one stays for a painter on a GPU."""
        monkeypatch.setattr("persona.clone.neural.opening.quicker", lambda *given: True)
        monkeypatch.setattr("persona.clone.neural.opening._Maker.write", lambda maker, folder, progress: None)
        narrow = spoilt(contents["decoder.onnx"])
        folder = open_pack_files({**contents, NARROW: narrow}, tmp_path / "open", 180, 320).parent
        assert (folder / NARROW).read_bytes() == narrow
        assert (folder / "decoder.onnx").read_bytes() == contents["decoder.onnx"]

    def test_the_clone_takes_it_from_there(self, opened, contents, monkeypatch):
        made = []
        monkeypatch.setattr(
            "persona.clone.neural.clone.MouthPainter", lambda a, e, decoder, t: made.append(decoder)
        )
        (opened.parent / NARROW).write_bytes(b"narrow")
        try:
            NeuralClone(open_neural_reel(opened.parent), opened.parent)
        finally:
            (opened.parent / NARROW).unlink()
        NeuralClone(open_neural_reel(opened.parent), opened.parent)
        assert made == [b"narrow", contents["decoder.onnx"]]


@pytest.mark.parametrize("more", [{}, {NARROW: b"narrow"}], ids=["without", "with"])
def test_a_pack_holds_it_sealed_or_has_none(tmp_path, more):
    store = LicenceStore(tmp_path / "licences", tmp_path / "keys")
    store.add(licence())
    contents = {**dict.fromkeys(FILES, b"face"), **more}
    for given in ({**contents, NARROW: b"older"}, contents):
        write_pack(tmp_path / "pack", HEAD, given, store)
    assert read_pack(tmp_path / "pack", store)[1] == contents
    assert (tmp_path / "pack" / f"{NARROW}.sealed").is_file() is bool(more)
    with pytest.raises(ValueError, match="may hold"):
        write_pack(tmp_path / "pack", HEAD, {**contents, "more": b""}, store)
