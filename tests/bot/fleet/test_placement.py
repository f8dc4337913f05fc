"""Where shows go, and what is said when they go nowhere."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.fleet.placement import Needs, Obstacle, Offer, Place, Refusal, assign, choose, place_of

EU = frozenset({"region=eu"})


def test_it_goes_where_its_labels_are() -> None:
    places = [Place(Offer("a", 4)), Place(Offer("b", 4, labels=EU | {"platform=douyin"}))]
    assert assign([("x", Needs(labels=EU))], places) == {"x": "b"}


def test_shows_of_one_shop_are_spread_and_the_others_go_to_the_emptiest() -> None:
    places = [Place(Offer(name, 10)) for name in "abc"]
    found = assign([(f"s{n}", Needs(shop="corner")) for n in range(6)], places)
    assert sorted(str(v) for v in found.values()) == ["a", "a", "b", "b", "c", "c"]
    places[0].take("old", Needs())
    assert assign([("new", Needs())], places) == {"new": "b"}


def test_a_card_is_left_to_those_who_need_it() -> None:
    places = [Place(Offer("gpu", 10, gpus=1)), Place(Offer("plain", 2))]
    found = assign([("1", Needs()), ("2", Needs()), ("3", Needs()), ("4", Needs(gpu=0.5))], places)
    assert found == {"1": "plain", "2": "plain", "3": "gpu", "4": "gpu"}


def test_a_show_lives_on_one_card() -> None:
    """Two cards with 0.4 left each have no room for half a card."""
    place = Place(Offer("a", 10, gpus=2))
    place.take("1", Needs(gpu=0.6))
    place.take("2", Needs(gpu=0.6))
    assert place.obstacle(Needs(gpu=0.5)) is Obstacle.GPU
    place.give("1")
    assert place.obstacle(Needs(gpu=0.5)) is None and place.cards == [0.0, 0.6]


def test_a_node_that_has_a_quarter_of_a_card_gives_no_more() -> None:
    place = Place(Offer("a", 10, gpus=1.25))
    place.take("1", Needs(gpu=0.9))
    assert place.obstacle(Needs(gpu=0.3)) is Obstacle.GPU
    place.take("2", Needs(gpu=0.25))
    assert place.cards == [0.9, 0.25] and place.obstacle(Needs(gpu=0.2)) is Obstacle.GPU
    assert Place(Offer("b", 10, gpus=0.25)).obstacle(Needs(gpu=0.5)) is Obstacle.GPU


def test_ten_tenths_are_one() -> None:
    place = Place(Offer("a", 99, cores=1.0, gpus=1))
    for n in range(10):
        assert place.obstacle(Needs(cores=0.1, gpu=0.1)) is None
        place.take(str(n), Needs(cores=0.1, gpu=0.1))
    assert place.obstacle(Needs(cores=0.1)) is Obstacle.CORES


@pytest.mark.parametrize(
    ("offer", "needs", "obstacle"),
    [
        (Offer("a", 0), Needs(), Obstacle.SHOWS),
        (Offer("a", 1, cores=1), Needs(cores=1.1), Obstacle.CORES),
        (Offer("a", 1, memory_mb=800), Needs(memory_mb=861), Obstacle.MEMORY),
        (Offer("a", 1, egress_mbps=2), Needs(egress_mbps=2.7), Obstacle.EGRESS),
        (Offer("a", 1), Needs(gpu=0.1), Obstacle.GPU),
        (Offer("a", 1), Needs(labels=EU), Obstacle.LABELS),
        (Offer("a", 1), Needs(cores=9, memory_mb=9e9, egress_mbps=9e9), None),  # was not told: not counted
    ],
)
def test_what_keeps_a_show_from_a_node(offer: Offer, needs: Needs, obstacle: Obstacle | None) -> None:
    assert Place(offer).obstacle(needs) is obstacle


def test_a_node_that_drains_takes_none() -> None:
    places = [Place(Offer("a", 4), draining=True)]
    refused = choose(Needs(), places)
    assert refused == Refusal("of 1 nodes 1 being drained", never=False)


def test_a_refusal_says_whether_waiting_helps() -> None:
    full = place_of(Offer("a", 1), {"old": Needs()})
    assert choose(Needs(), [full]) == Refusal("of 1 nodes 1 full", never=False)
    never = choose(Needs(labels=EU), [full, Place(Offer("b", 2))])
    assert never == Refusal("of 2 nodes 2 without its labels (region=eu)", never=True)
    assert choose(Needs(), []) == Refusal("no node is alive", never=False)


NEEDS = st.builds(
    Needs,
    cores=st.sampled_from([0.0, 0.2, 0.7]),
    memory_mb=st.sampled_from([0.0, 860.0]),
    gpu=st.sampled_from([0.0, 0.0, 0.25, 0.6]),
    egress_mbps=st.sampled_from([2.6, 5.3]),
    labels=st.sampled_from([frozenset(), EU]),
    shop=st.sampled_from(["", "corner", "harbor"]),
)
OFFERS = st.lists(
    st.builds(
        Offer,
        st.sampled_from("abcdef"),
        st.integers(0, 5),
        cores=st.sampled_from([None, 2.0]),
        memory_mb=st.sampled_from([None, 3000.0]),
        gpus=st.integers(0, 2),
        egress_mbps=st.sampled_from([None, 10.0]),
        labels=st.sampled_from([frozenset(), EU]),
    ),
    max_size=5,
    unique_by=lambda offer: offer.name,
)


@given(st.lists(NEEDS, max_size=12), OFFERS)
def test_no_node_is_ever_overfull_and_who_is_refused_fits_nowhere(
    needs: list[Needs], offers: list[Offer]
) -> None:
    places = [Place(offer) for offer in offers]
    waiting = [(f"s{n}", each) for n, each in enumerate(needs)]
    found = assign(waiting, places)
    assert all(not place.held for place in places), "assign changes nothing"
    assert list(found) == [show for show, _ in waiting]
    after = {place.offer.name: place for place in places}
    for show, each in waiting:
        where = found[show]
        if isinstance(where, Refusal):
            assert all(place.obstacle(each) is not None for place in after.values())
        else:
            assert after[where].obstacle(each) is None
            after[where].take(show, each)
    for place in after.values():
        assert len(place.held) <= place.offer.shows
        assert all(card <= 1.0001 for card in place.cards)
        assert place.offer.cores is None or place.cores <= place.offer.cores + 1e-6


def test_who_draws_the_fleet_in_another_order_comes_to_the_same_end() -> None:
    held = {f"s{n}": Needs(gpu=0.3, shop="corner") for n in range(5)}
    offers = [Offer(name, 9, gpus=3) for name in "abc"]
    waiting = [(f"w{n}", Needs(gpu=0.4, shop="corner")) for n in range(8)]
    turned = dict(random.Random(1).sample(list(held.items()), 5))
    one = assign(waiting, [place_of(offers[0], held), Place(offers[1]), Place(offers[2])])
    other = assign(waiting, [Place(offers[2]), Place(offers[1]), place_of(offers[0], turned)])
    assert one == other


def test_giving_a_show_back_leaves_nothing_behind() -> None:
    place = Place(Offer("a", 9, cores=4, gpus=2))
    place.take("x", Needs(cores=0.7, memory_mb=860, gpu=0.5, egress_mbps=2.6, shop="corner"))
    place.give("x")
    assert (place.cores, place.memory_mb, place.egress_mbps, place.cards) == (0, 0, 0, [0, 0])
    assert place.shops["corner"] == 0 and not place.held
    with pytest.raises(KeyError):
        place.give("x")
