"""docs/platforms.md says what the code and the tests say, and claims nothing more."""

import importlib.util
import re
from pathlib import Path

import pytest

from connectors.base import Cap
from connectors.registry import listing

ROOT = Path(__file__).resolve().parents[2]


def writer():
    spec = importlib.util.spec_from_file_location("write_platforms", ROOT / "scripts" / "write_platforms.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PROOFS = writer().proofs()
OURS = {name: entry for name, entry in listing().entries.items() if entry.ours}
ROWS = [(name, cap, row) for name, known in PROOFS.items() for cap, row in known["rows"].items()]


def test_the_page_is_as_make_docs_writes_it():
    assert (ROOT / "docs" / "platforms.md").read_text("utf-8") == writer().page(), "run make docs"


def test_every_connector_and_no_other_stands_there():
    assert set(PROOFS) == set(OURS)


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_capability_has_its_proof_and_no_other(name):
    assert set(PROOFS[name]["rows"]) == {cap.value for cap in OURS[name].caps}
    lacks = set(PROOFS[name].get("not", {}))
    assert lacks <= {cap.value for cap in Cap} - {cap.value for cap in OURS[name].caps}


@pytest.mark.parametrize(("name", "cap", "row"), ROWS, ids=[f"{n}-{c}" for n, c, _ in ROWS])
def test_every_proof_is_a_test_that_is_there(name, cap, row):
    path, _, test = row["by"].partition("::")
    text = (ROOT / path).read_text("utf-8")
    assert re.search(rf"^(async )?def {re.escape(test) if test else 'test_'}", text, re.MULTILINE), row["by"]
    assert row["live"].strip()


@pytest.mark.parametrize("name", sorted(n for n, e in OURS.items() if e.make is not None))
def test_an_account_is_never_said_to_need_no_live_proof(name):
    assert not [cap for cap, row in PROOFS[name]["rows"].items() if row["live"] == "nothing"]
