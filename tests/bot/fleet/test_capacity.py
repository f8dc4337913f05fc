"""The arithmetic of a plan, and that no figure of it is made up."""

import json
from pathlib import Path

import pytest

from bot.fleet.capacity import USED, Measured, Plan, bill, limits, measured, results, shows_a_node, table
from products.errors import SetupError

RESULTS = Path(__file__).parents[3] / "bench" / "results.json"
SHOW = Measured(
    cores=0.25, memory_mb=1024.0, sent_mbps=2.5, recording_mb=1000.0, ledger_mb=0.5, ledger_entries=1000.0,
    beat_300_ms=15.0, start_s=0.4,
)  # fmt: skip


def test_every_figure_was_measured() -> None:
    rows = {r["name"]: r["value"] for r in json.loads(RESULTS.read_text(encoding="utf-8"))}
    found = measured(rows)
    assert found == measured(results())
    assert found.cores == pytest.approx(
        rows["soak.real.cores_air"] + rows["soak.real.cores_studio"] + rows["soak.real.cores_sender"]
    )
    for name in USED:
        without = {k: v for k, v in rows.items() if k != name}
        with pytest.raises(SetupError, match=name):
            measured(without)


def test_a_node_holds_what_its_scarcest_allows() -> None:
    assert shows_a_node(SHOW, Plan(node_cores=8, node_memory_gb=99)) == 22  # 0.7 of 8 cores
    assert shows_a_node(SHOW, Plan(node_cores=99, node_memory_gb=10)) == 10
    assert shows_a_node(SHOW, Plan(node_cores=99, node_memory_gb=99, node_mbps=20, channels=2)) == 4
    assert shows_a_node(SHOW, Plan(node_cores=99, node_memory_gb=0.1)) == 1


def test_what_a_hundred_shows_take() -> None:
    made = bill(100, SHOW, Plan(hours=12, years=1, term_s=10))
    assert (made.cores, made.memory_gb, made.sent_mbps, made.nodes) == (25.0, 100.0, 250.0, 5)
    assert made.renewals == 40.0 and made.database_share == pytest.approx(0.002)
    assert made.storage_tb == pytest.approx(100 * 12 * 365 * 1000.5 / 1024**2)
    assert made.gpus is None and made.money is None
    quiet, all_copied = 5 * 0.4 + 1, 2 * 5 * 0.4 + 1
    assert quiet < made.transactions < all_copied
    assert bill(250, SHOW, Plan(clones_per_gpu=100)).gpus == 3


def test_money_is_what_was_priced() -> None:
    made = bill(10, SHOW, Plan(hours=24, per_core=20.0))
    assert made.money == pytest.approx(50.0)
    sent = bill(10, SHOW, Plan(hours=24, per_tb_sent=10.0)).money
    assert sent == pytest.approx(10 * 25 / 8 * 3600 * 24 * 30 / 1e6)
    assert "money a month" in dict(table([made])) and "money a month" not in dict(
        table([bill(1, SHOW, Plan())])
    )


def test_twice_the_shows_take_twice_as_much() -> None:
    one, two = bill(1000, SHOW, Plan()), bill(2000, SHOW, Plan())
    for name in ("cores", "memory_gb", "sent_mbps", "renewals", "storage_tb", "copied_entries"):
        assert getattr(two, name) == pytest.approx(2 * getattr(one, name))


def test_limits_come_in_their_order_and_move_with_the_plan() -> None:
    found = limits(SHOW, Plan())
    assert [limit.shows for limit in found] == sorted(limit.shows for limit in found)
    assert "TB" in found[0].what, "three years of recordings do not fit on a node"
    connections = {plan.node_cores: next(x.shows for x in limits(SHOW, plan) if "connections" in x.what)
                   for plan in (Plan(node_memory_gb=99), Plan(node_cores=16, node_memory_gb=99))}  # fmt: skip
    assert connections == {8: 96 * 22 + 1, 16: 96 * 44 + 1}
    slow = next(x.shows for x in limits(SHOW, Plan(term_s=5.0)) if "renewals" in x.what)
    assert slow == 25_001
