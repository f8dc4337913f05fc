"""From prepared footage to a sealed pack and its figures, and a training that is broken off on the way.
Collected where PyTorch is.
"""

from datetime import UTC, datetime

import pytest
from licences import licence

from persona.clone.neural.course import BEGUN, evaluate_pack, train_pack
from persona.clone.neural.pack import read_head
from persona.clone.neural.recipe import Recipe
from persona.sealing import LicenceStore
from products.errors import Refused

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
TINY = Recipe(channels=8, steps=8, batch=2, check_every=4)


class Interrupted(Exception):
    pass


@pytest.fixture
def store(tmp_path):
    store = LicenceStore(tmp_path / "licences", tmp_path / "keys")
    store.add(licence())
    return store


def test_a_pack_is_made_and_judged(prepared, store, tmp_path):
    pack = tmp_path / "pack"

    def broken_off(progress):
        if progress.best:
            raise Interrupted

    with pytest.raises(Interrupted):
        train_pack(prepared, TINY, pack, store, AT, stepped=broken_off)
    assert (pack / BEGUN).read_bytes().startswith(b"castmate sealed"), "what is begun is sealed too"
    steps: list[int] = []
    course = train_pack(prepared, TINY, pack, store, AT, stepped=lambda p: steps.append(p.step))
    assert steps[0] >= TINY.check_every, "it went on where it was"
    assert course.head.steps == TINY.steps and not (pack / BEGUN).exists()
    figures = evaluate_pack(pack, prepared, store)
    assert read_head(pack).figures == pytest.approx(figures)
    for name in ("mouth_psnr_db", "opening_correlation", "cpu_ms_per_frame", "first_patch_ms", "pack_mb"):
        assert name in figures
    with pytest.raises(Refused, match="not trained on this footage"):
        (pack / "pack.json").write_text(
            read_head(pack).model_copy(update={"prepared": "c" * 64}).model_dump_json(), "utf-8"
        )
        evaluate_pack(pack, prepared, store)
