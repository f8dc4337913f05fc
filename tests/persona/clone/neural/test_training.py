"""Training on the drawn host's footage, small and short: it beats the mean mouth by a wide margin, goes on
after a break as if there had been none, and stops when nothing gets better. Collected where PyTorch is.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from persona.clone.neural.evaluating import pictures
from persona.clone.neural.export import export
from persona.clone.neural.making import make_assets
from persona.clone.neural.narrowing import calibration, quantised
from persona.clone.neural.painting import MouthPainter, session_of
from persona.clone.neural.recipe import Recipe
from persona.clone.neural.training import _Run, device_named, neighbours, train
from persona.clone.painter.decoding import Decoding
from products.errors import SetupError

SMALL = Recipe(channels=16, steps=240, batch=6, rate=4e-3, check_every=60)
SHORT = SMALL.model_copy(update={"steps": 12, "check_every": 4, "batch": 2, "channels": 8})


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_a_small_network_beats_the_mean_mouth(prepared):
    trained = train(prepared, SMALL)
    encoder, decoder = export(trained.painter, prepared.size, prepared.mouths.shape[1])
    figures = pictures(prepared, MouthPainter(make_assets(prepared, encoder, decoder), encoder, decoder))
    assert figures["mouth_psnr_over_mean_db"] > 3
    assert figures["mouth_ssim"] > figures["mean_mouth_ssim"] + 0.1


def test_what_is_exported_paints_several_mouths_as_it_paints_one(prepared):
    """For the painter of many shows; in 8 bits too."""
    trained = train(prepared, SHORT)
    encoder, decoder = export(trained.painter, prepared.size, prepared.mouths.shape[1])
    painter = MouthPainter(make_assets(prepared, encoder, decoder), encoder, decoder)
    given = calibration(prepared, painter)[:5]
    for network in (decoder, quantised(decoder, given)):
        decoding = Decoding(network)
        assert decoding.many
        several = {name: np.concatenate([one[name] for one in given]) for name in given[0]}
        together = decoding._session.run(None, several)[0]
        alone = np.concatenate([session_of(network, 1).run(None, one)[0] for one in given])
        assert np.abs(together - alone).max() < 0.5 / 255


def test_broken_off_and_taken_up_it_ends_where_it_would_have(prepared):
    kept: list[bytes] = []
    whole = train(prepared, SHORT, keep=kept.append)
    assert len(kept) == 3
    resumed = train(prepared, SHORT, kept=kept[0])
    for name, value in whole.painter.state_dict().items():
        assert torch.allclose(value.float(), resumed.painter.state_dict()[name].float(), atol=1e-5), name
    assert resumed.steps == whole.steps


def test_the_seed_decides(prepared):
    a, b, c = (
        train(prepared, SHORT.model_copy(update={"seed": seed, "steps": 4})).painter.state_dict()
        for seed in (1, 1, 2)
    )
    assert all(torch.allclose(a[k].float(), b[k].float(), atol=1e-6) for k in a)
    assert not all(torch.allclose(a[k].float(), c[k].float(), atol=1e-6) for k in a)


def test_what_was_begun_for_other_footage_or_another_recipe_is_not_taken_up(prepared):
    kept: list[bytes] = []
    train(prepared, SHORT.model_copy(update={"steps": 4}), keep=kept.append)
    for wrong in (kept[0], kept[0][:200], b""):
        with pytest.raises(SetupError, match="taken up"):
            train(prepared, SHORT, kept=wrong)


def test_it_stops_when_nothing_gets_better(prepared):
    stuck = SHORT.model_copy(update={"steps": 200, "patience": 2, "gained": 99.0, "rate": 1e-6})
    told = []
    trained = train(prepared, stuck, told.append)
    assert trained.steps <= 3 * stuck.check_every
    assert told[0].step == 0


def test_held_out_frames_are_never_looked_at(prepared):
    """Footage whose held-out part is noise trains to the same weights."""
    crops = np.array(prepared.crops)
    held_out = prepared.head.held_out
    crops[held_out:] = np.random.default_rng(0).integers(0, 255, crops[held_out:].shape)
    mouths = np.array(prepared.mouths)
    mouths[held_out:] = 9
    short = SHORT.model_copy(update={"steps": 4})
    a = train(prepared, short).painter.state_dict()
    b = train(replace(prepared, crops=crops, mouths=mouths), short).painter.state_dict()
    assert all(torch.equal(a[k], b[k]) for k in a)


class OneDevice(TorchDispatchMode):
    """Counts what is computed of tensors of two devices; numbers may lie anywhere."""

    def __init__(self):
        super().__init__()
        self.mixed, self.there = [], 0

    def __torch_dispatch__(self, op, types, args=(), kwargs=None):
        devices = {
            t.device.type for t in tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor) and t.dim()
        }
        self.there += devices == {"meta"}
        if len(devices) > 1 and "copy" not in str(op):
            self.mixed.append(str(op))
        return op(*args, **(kwargs or {}))


def test_all_of_a_step_is_computed_on_the_device_that_is_named(prepared):
    """On PyTorch's device without numbers, in the place of a GPU: nothing of a batch is left behind."""
    run = _Run(prepared, SHORT, torch.device("meta"))
    with OneDevice() as seen:
        off = run.off()
        off.backward()
        run._blend()
    assert off.device.type == "meta" and seen.there > 200 and seen.mixed == []


def test_devices_are_named(monkeypatch):
    assert device_named("cpu") == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert device_named("auto") == "cpu" and device_named("cuda:0") == "cuda:0"
    for wrong, why in (("gpu", "no device"), ("cuda:1", "cannot use cuda:1")):
        with pytest.raises(SetupError, match=why):
            device_named(wrong)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device_named("auto") == "cuda:0"


def test_another_base_frame_is_of_nearly_the_same_pose(prepared):
    near = neighbours(prepared, 200)
    assert near.shape[0] == 200 and near.max() < 200
    assert (near == np.arange(200)[:, None]).any(axis=1).all(), "its own pose is the nearest"
