"""Where Ray puts a node, and what it takes of Ray. Pure; a real Ray is in tests/e2e/test_fleet_ray.py."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.fleet.stock import Kind
from bot.fleet.stock_ray import StockRay, homes, needs, options
from products.errors import SetupError

KIND = Kind(
    labels=frozenset({"region=eu", "platform=youtube"}), cores=2, memory_mb=512, gpus=0.25, egress_mbps=50
)


def test_a_share_of_a_card_labels_and_bandwidth_are_resources_of_ray() -> None:
    told = options("eu-1", KIND)
    assert (told["num_cpus"], told["num_gpus"], told["memory"]) == (2, 0.25, 512 * 2**20)
    assert told["resources"] == {"platform=youtube": 0.001, "region=eu": 0.001, "egress_mbps": 50}
    assert (told["max_restarts"], told["lifetime"], told["name"]) == (-1, "detached", "eu-1")


def test_what_says_nothing_takes_nothing() -> None:
    assert needs(Kind()) == {}
    assert (options("a", Kind())["num_cpus"], options("a", Kind())["memory"]) == (0, None)


def test_a_machine_without_the_label_is_not_for_it() -> None:
    machines = {"a": {"CPU": 8.0}, "b": {"CPU": 8.0, "region=eu": 1.0}}
    assert homes(["x-1"], needs(Kind(labels=frozenset({"region=eu"}))), machines) == {"x-1": "b"}


def test_who_is_not_there_is_told_at_once() -> None:
    with pytest.raises(SetupError, match=r"No Ray answers at 127\.0\.0\.1:1: "):
        StockRay("127.0.0.1:1")


def test_ray_has_no_card_and_a_half() -> None:
    with pytest.raises(SetupError, match=r"no 1\.5 graphics cards"):
        StockRay.up(StockRay.__new__(StockRay), ["eu-1"], Kind(gpus=1.5))


def test_where_others_are_is_no_room() -> None:
    machines = {"a": {"CPU": 1.0}, "b": {"CPU": 1.0}}
    assert homes(["x-2", "x-3"], {"CPU": 1.0}, machines, [("a", {"CPU": 1.0}), ("gone", {})]) == {"x-2": "b"}


@given(st.lists(st.integers(0, 4), max_size=6), st.integers(0, 20), st.integers(0, 3))
def test_no_machine_is_given_more_than_it_has(cores: list[int], count: int, each: int) -> None:
    machines = {f"m{n}": {"CPU": float(c)} for n, c in enumerate(cores)}
    found = homes([f"x-{n}" for n in range(count)], {"CPU": float(each)} if each else {}, machines)
    held = [list(found.values()).count(m) for m in machines]
    assert all(n * each <= c for n, c in zip(held, cores, strict=True))
    if each == 0 and cores:
        assert len(found) == count and max(held) - min(held) <= 1


def test_without_ray_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SetupError) as told:
        StockRay("auto")
    assert "castmate[fleet,ray]" in told.value.remedy
