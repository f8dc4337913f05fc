"""Prepared footage on the disk: whole, or told what is wrong with it."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from persona.clone.prepared import ARRAYS, HEAD, faults, load_prepared, save_prepared
from products.errors import SetupError


@pytest.fixture
def folder(prepared, tmp_path):
    """A copy that a test may spoil."""
    shutil.copytree(prepared.frames.parent, tmp_path / "prepared")
    return tmp_path / "prepared"


def test_it_comes_back_as_it_was(prepared, folder):
    found = load_prepared(folder)
    assert found.head == prepared.head
    assert all(np.array_equal(getattr(found, name), getattr(prepared, name)) for name in ARRAYS)
    assert found.mouth_width == pytest.approx(29, abs=3) and found.openings().max() > 0.3


@pytest.mark.parametrize("name", ["frames.mkv", "crops.npy"])
def test_a_file_changed_or_gone_is_named(folder, name):
    with (folder / name).open("ab") as file:
        file.write(b"x")
    with pytest.raises(SetupError, match=rf"{name} cannot be used: it was changed"):
        load_prepared(folder)
    (folder / name).unlink()
    with pytest.raises(SetupError, match=rf"{name} cannot be used: it is missing"):
        load_prepared(folder)


def test_a_head_that_is_no_head_is_told(folder, tmp_path):
    (folder / HEAD).write_text("{}", "utf-8")
    with pytest.raises(SetupError, match="cannot be used"):
        load_prepared(folder)
    with pytest.raises(SetupError, match="holds no prepared footage"):
        load_prepared(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"eyes": np.ones(3, np.float32)}, "eyes has the shape"),
        ({"soft": np.zeros((64, 64), np.uint8)}, "mask is empty"),
        ({"mel": np.zeros((4, 7), np.float32)}, "mel has 7 bands"),
        ({"sound": np.array([np.nan], np.float32)}, "no numbers"),
        ({"rigid": np.zeros((2, 4, 2), np.float32)}, "rigid has 2 rows"),
        ({"mouths": np.zeros((4, 4))}, "mouths is float64"),
    ],
)
def test_what_does_not_fit_together_is_named_and_not_written(prepared, tmp_path, changed, told):
    wrong = replace(prepared, **changed)
    assert told in faults(wrong)[0]
    with pytest.raises(SetupError, match=told):
        save_prepared(wrong, tmp_path)


def test_held_out_and_names_must_lie_within(prepared):
    for update, told in (
        ({"held_out": 9999}, "held_out"),
        ({"names": prepared.head.names.model_copy(update={"upper": 999})}, "names points outside"),
    ):
        assert any(told in f for f in faults(replace(prepared, head=prepared.head.model_copy(update=update))))
