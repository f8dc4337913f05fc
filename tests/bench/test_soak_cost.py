"""What a show took, from what a soak left."""

import json
from pathlib import Path

import pytest

from bench.soak.cost import cost_rows, rate


def test_a_rate_leaves_the_warm_up_out() -> None:
    points = [(0.0, 0.0), (10.0, 50.0), (20.0, 53.0), (30.0, 56.0)]
    assert rate(points, 10.0) == pytest.approx(0.3)
    assert rate(points, 30.0) == rate([], 0.0) == 0.0


def test_cost_of_half_an_hour_is_told_by_the_hour(tmp_path: Path) -> None:
    show = tmp_path / "data" / "shows" / "x"
    (show / "recording").mkdir(parents=True)
    (show / "recording" / "segment-00000.mp4").write_bytes(bytes(1 << 20))
    (tmp_path / "show.flv").write_bytes(bytes(900_000))
    lines = [{"entry": {"data": {}}}] * 9 + [{"entry": {"data": {"air": "ended", "seconds": 1800.0}}}]
    (show / "ledger.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    samples = [
        {"at": at, "processes": [{"what": "air", "cpu_s": 0.2 * at, "private_mb": 250.0 + at}]}
        for at in (0.0, 900.0, 1800.0)
    ]
    rows = {r.name: r.value for r in cost_rows(tmp_path, samples, 900.0, "", "")}
    assert rows["soak.real.cores_air"] == pytest.approx(0.2)
    assert rows["soak.real.private_air"] == 2050.0 and rows["soak.real.cores_studio"] == 0.0
    assert rows["soak.real.ledger_entries"] == 20.0 and rows["soak.real.recording_mb"] == 2.0
    assert rows["soak.real.sent_mbps"] == pytest.approx(0.004)


def test_a_show_that_did_not_end_has_no_hours(tmp_path: Path) -> None:
    show = tmp_path / "data" / "shows" / "x"
    show.mkdir(parents=True)
    (show / "ledger.jsonl").write_text('{"entry": {"data": {}}}\n')
    assert all("ledger" not in r.name for r in cost_rows(tmp_path, [], 0.0, "", ""))
