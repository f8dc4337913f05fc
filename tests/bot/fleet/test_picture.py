"""What a node claims of the picture that it has; the statements run in tests/e2e/test_fleet_placement.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.fleet.picture import needs_of, offer_of, to_claim, told
from bot.fleet.placement import Needs, Offer, Place

EU = frozenset({"region=eu"})


def test_needs_and_offers_come_back_as_they_were_told() -> None:
    needs = Needs(0.3, 1100.0, 0.25, 2.6, EU, "corner")
    assert needs_of(told(needs)) == needs
    offer = Offer("a-1", 4, 8.0, 32000.0, 2, 1000.0, EU)
    assert offer_of("a-1", 4, told(offer)) == offer
    assert told(Needs()) == told(Offer("a", 1)) == {}
    assert offer_of("a", 3, {}) == Offer("a", 3)
    with pytest.raises(TypeError):
        needs_of({"planets": 3})


def test_each_node_claims_its_own() -> None:
    fleet = [Place(Offer("a", 9)), Place(Offer("b", 9, labels=EU))]
    waiting = [
        ("x", Needs(labels=EU), 0.0),
        ("y", Needs(shop="corner"), 0.0),
        ("z", Needs(shop="corner"), 0.0),
    ]
    assert to_claim("b", waiting, fleet, 2.0) == ["x", "z"]
    assert to_claim("a", waiting, fleet, 2.0) == ["y"]
    assert to_claim("nobody knows it yet", waiting, fleet, 2.0) == []


def test_what_another_does_not_come_for_is_taken_after_a_while_where_it_fits() -> None:
    fleet = [Place(Offer("a", 1)), Place(Offer("b", 1, labels=EU))]
    assert to_claim("b", [("x", Needs(shop="s"), 1.9)], fleet, 2.0) == []
    assert to_claim("b", [("x", Needs(shop="s"), 2.1)], fleet, 2.0) == ["x"]
    assert to_claim("a", [("x", Needs(labels=EU), 99.0)], fleet, 2.0) == []


@given(st.lists(st.sampled_from(["", "corner", "harbor"]), max_size=8), st.integers(1, 4))
def test_nobody_is_claimed_twice_and_nobody_is_forgotten(shops: list[str], nodes: int) -> None:
    fleet = [Place(Offer(f"n{n}", 3)) for n in range(nodes)]
    waiting = [(f"s{n}", Needs(shop=shop), 0.0) for n, shop in enumerate(shops)]
    claimed = [show for n in range(nodes) for show in to_claim(f"n{n}", waiting, fleet, 2.0)]
    assert len(claimed) == len(set(claimed)) == min(len(waiting), 3 * nodes)
