"""What a soak's report makes of what was measured."""

import json
from pathlib import Path

import pytest

from bench.drift import drift_ms
from bench.shows import carried
from bench.soak.report import growth, read, rows_of


def test_growth_leaves_out_the_warm_up_and_single_peaks() -> None:
    warming = [(t, 100.0 + min(t, 200.0)) for t in range(0, 1000, 10)]
    assert growth([(float(t), v) for t, v in warming], 200.0) == 0.0
    leaking = [(float(t), 300.0 + 0.01 * t) for t in range(0, 1000, 10)]
    assert growth(leaking, 200.0) == pytest.approx(7.2, abs=0.2)
    peak = [(float(t), 300.0 + (50.0 if t == 950 else 0.0)) for t in range(0, 1000, 10)]
    assert growth(peak, 200.0) == 0.0


def test_drift_is_the_last_minute_against_the_first() -> None:
    swing = [(n / 25, 10.0 + (n % 8)) for n in range(25 * 3600)]
    assert drift_ms(swing) == pytest.approx(0.0, abs=0.01)
    assert drift_ms([(at, ms + at / 360) for at, ms in swing]) == pytest.approx(9.83, abs=0.05)


def virtual(folder: Path, **last: object) -> dict[str, tuple[float, bool | None]]:
    base = {
        "wall_s": 100.0, "private_mb": 300.0, "ticks": 9, "unlabelled": 0, "eye": [1.0, 5], "dead": 0,
        "apart_ms": [-37, 0],
    }  # fmt: skip
    lines = [base | {"hours": h} for h in range(25)]
    lines[-1] |= last
    text = "\n".join(json.dumps(line) for line in lines) + '\n{"hours": 25, "cut o'
    (folder / "samples.jsonl").write_text(text, encoding="utf-8")
    return {r.name: (r.value, r.meets) for r in rows_of(folder)}


def test_a_virtual_day_meets_its_goals(tmp_path: Path) -> None:
    rows = virtual(tmp_path)
    assert rows["soak.virtual.hours"] == (24, True)
    assert all(meets is not False for _, meets in rows.values())
    assert len(read(tmp_path / "samples.jsonl")) == 25  # the line that was being written is left out


@pytest.mark.parametrize(
    "name, last",
    [
        ("soak.virtual.unlabelled", {"unlabelled": 1}),
        ("soak.virtual.eye", {"eye": [0.999, 5]}),
        ("soak.virtual.dead_air", {"dead": 1}),
        ("soak.virtual.hours", {"hours": 23.0}),
    ],
)
def test_what_is_missed_is_told(tmp_path: Path, name: str, last: dict[str, object]) -> None:
    rows = virtual(tmp_path, **last)
    assert [k for k, (_, meets) in rows.items() if meets is False] == [name]


def test_shows_beside_one_another_are_summed_and_a_silent_one_counts_as_late() -> None:
    def told(ticks: float, late: float) -> dict[str, float]:
        return {"castmate_air_ticks_total": ticks, "castmate_air_ticks_lagged_total": late}

    both = carried([told(100, 5), told(200, 5)], [told(1100, 6), told(1200, 5)], 0.5)
    assert (both.late, both.repeated, both.skipped) == (1 / 2000, 0.0, 0)
    assert carried([told(100, 5), told(1, 0)], [told(1100, 6), {}], 0.5).late == 1.0
