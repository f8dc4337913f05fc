"""Carried in the background: nobody waits, nothing is lost in silence, what fails is tried again in order."""

import threading
from random import Random

import pytest

from bot.storage.base import Cargo
from bot.storage.carrier import Carrier, Load
from products.errors import ContentError, RemoteError

DEADLINE_S = 20


class Shop:
    """A store that takes what it is let; `away`: why it takes nothing."""

    shown = "the shop"

    def __init__(self) -> None:
        self.away: Exception | None = None
        self.held: dict[str, bytes] = {}
        self.tries: list[str] = []
        self.gate = threading.Event()
        self.gate.set()

    def put(self, name: str, cargo: Cargo) -> None:
        self.tries.append(name)
        assert self.gate.wait(DEADLINE_S)
        data = b"".join(cargo.pieces())
        if self.away is not None:
            raise self.away
        self.held[name] = data


class Told:
    def __init__(self) -> None:
        self.done: list[str] = []
        self.lost: list[tuple[str, str]] = []

    def stored(self, name, cargo) -> None:
        self.done.append(name)

    def gave_up(self, name, why) -> None:
        self.lost.append((name, why))


@pytest.fixture
def shop():
    return Shop()


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def carrier(shop, told):
    made = Carrier(shop, told.stored, told.gave_up, Random(1), room=3, first_s=0.001)
    yield made
    shop.gate.set()
    made.close()


def load(name: str, data: bytes = b"x") -> Load:
    return Load(name, lambda: Cargo.of(data))


def wait_until(true, carrier) -> None:
    for _ in range(2000):
        if true():
            return
        carrier.settle(0.01)
    raise AssertionError(carrier.state())


def test_all_is_carried_in_order(carrier, shop, told) -> None:
    for name in "abc":
        assert carrier.add(load(name))
        assert carrier.settle(DEADLINE_S)
    assert told.done == ["a", "b", "c"] == list(shop.held)
    state = carrier.state()
    assert (state.waiting, state.stored, state.failed, state.dropped, state.trouble) == (0, 3, 0, 0, "")


def test_who_hands_in_never_waits_and_the_queue_is_bounded(carrier, shop) -> None:
    shop.gate.clear()
    assert carrier.add(load("under way"))
    wait_until(lambda: shop.tries == ["under way"], carrier)
    assert [carrier.add(load(str(n))) for n in range(5)] == [True, True, True, False, False]
    assert carrier.add(load("1")), "it waits already"
    assert (carrier.state().waiting, carrier.state().dropped) == (4, 2)
    assert carrier.left() == ("under way", "0", "1", "2")
    shop.gate.set()
    assert carrier.settle(DEADLINE_S) and len(shop.held) == 4


def test_what_fails_is_tried_again_until_it_is_taken(carrier, shop, told) -> None:
    shop.away = RemoteError("away")
    carrier.add(load("a"))
    carrier.add(load("b"))
    wait_until(lambda: len(shop.tries) > 3, carrier)
    assert set(shop.tries) == {"a"}, "in order"
    state = carrier.state()
    assert state.waiting == 2 and state.failed >= 3 and state.trouble == "away"
    shop.away = None
    assert carrier.settle(DEADLINE_S)
    assert told.done == ["a", "b"] and carrier.state().trouble == "" and told.lost == []


def test_what_never_can_be_stored_is_told_and_passed_over(carrier, shop, told) -> None:
    def gone() -> Cargo:
        raise FileNotFoundError("gone")

    def changed() -> Cargo:
        raise ContentError("changed")

    carrier.add(Load("gone", gone))
    carrier.add(Load("changed", changed))
    assert carrier.settle(DEADLINE_S)
    carrier.add(load("a"))
    assert carrier.settle(DEADLINE_S)
    assert told.lost == [("gone", "gone"), ("changed", "changed")] and told.done == ["a"]
    assert carrier.state().stored == 1


def test_what_has_nothing_to_carry_is_no_failure(carrier, told) -> None:
    carrier.add(Load("nothing", lambda: None))
    assert carrier.settle(DEADLINE_S)
    assert told.done == [] == told.lost and carrier.state().stored == 0


def test_closing_tells_what_is_left(shop, told) -> None:
    carrier = Carrier(shop, told.stored, told.gave_up, Random(1), first_s=0.001)
    shop.away = RemoteError("away")
    carrier.add(load("a"))
    carrier.add(load("b"))
    assert carrier.close(0.05) == ("a", "b")


def test_who_waits_at_the_end_has_it_tried_at_once(shop, told) -> None:
    carrier = Carrier(shop, told.stored, told.gave_up, Random(1), first_s=3600)
    shop.away = RemoteError("away")
    carrier.add(load("a"))
    for _ in range(2000):
        if carrier.state().failed:
            break
        threading.Event().wait(0.01)
    shop.away = None
    assert carrier.close(DEADLINE_S) == () and told.done == ["a"]


def test_a_fault_of_our_own_is_told(carrier, shop) -> None:
    shop.away = KeyError("a fault")
    carrier.add(load("a"))
    wait_until(lambda: "Bug: carrying ended by KeyError" in carrier.state().trouble, carrier)
    assert carrier.left() == ("a",)
