"""docs/capacity.md says what the code makes of the figures that stand on it."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from bot.fleet.capacity import USED, Plan, bill, limits, measured, results

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "capacity.md").read_text(encoding="utf-8")
SAID = {
    name: float(value) for name, value in re.findall(r"^\| `([\w.]+)` \| ([\d.e+-]+) \|$", PAGE, re.MULTILINE)
}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_capacity", ROOT / "scripts" / "write_capacity.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_its_tables_follow_from_the_figures_on_it(script: ModuleType) -> None:
    assert set(SAID) == set(USED)
    figures = measured(SAID)
    assert script.on_paper([bill(n, figures, Plan()) for n in script.SIZES]) in PAGE, "run `make docs`"
    for end in limits(figures, Plan()):
        assert f"| {end.shows:,} | {end.what} |" in PAGE, "run `make docs`"


def test_its_simulated_fleet_lost_nobody() -> None:
    assert "two senders at once: 0, shows that did not come back: 0" in PAGE
    assert "10,000 shows" in PAGE and "500 nodes upgraded" in PAGE


def test_its_chart_shows_the_same(script: ModuleType) -> None:
    figures = measured(SAID)
    bills = [bill(n, figures, Plan()) for n in script.SIZES]
    drawn = (ROOT / "docs" / "capacity.svg").read_text(encoding="utf-8")
    assert script.chart(bills) == drawn, "run `make docs`"
    words = [t.text or "" for t in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]
    assert f"{bills[-1].cores:,.0f} cores" in words and "10,000" in words


def test_the_figures_are_still_there_to_be_measured_again() -> None:
    assert set(USED) <= set(results())
