"""Which words sold: pure, and what becomes of orders that the database does not take."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace

import pytest
from goods import NOW
from hypothesis import given
from hypothesis import strategies as st

from bot.show.channel_acts import handle_of
from bot.show.rows import WAITING
from bot.show.sales import Till
from connectors.account import Account, MemoryKeeper
from connectors.base import Event, EventKind, Order
from persona.script import Line, LineKind
from products.errors import SetupError


def at(minutes: float):
    return NOW + timedelta(minutes=minutes)


def line(number: int, *products: str) -> Line:
    return Line(f"l{number}", LineKind.PITCH, f"Words {number}.", "en", products)


def ordered(number: int = 1, product: str = "tea", minutes: float = 5, **more) -> Event:
    detail = Order(f"o{number}", product, more.get("quantity", 1), more.get("paid", True))
    return Event(EventKind.ORDER, "shop", f"e{number}{detail.paid}", at(minutes), "Ada", "v7", detail=detail)


class Rig:
    def __init__(self, enter=None) -> None:
        self.noted, self.kept = [], []
        self.till = Till(
            "evening", lambda chat, ref: {"tea": "tea", "9001": "mug"}.get(ref),
            lambda kind, data: self.noted.append((kind, data)), enter or self.kept.extend,
        )  # fmt: skip

    def order(self, *told, table="tea", **more):
        return self.till.order(ordered(*told, **more), table, at(60))


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    for number, products in enumerate((("tea",), ("mug",), (), ("tea", "mug"), ("tea",))):
        rig.till.said(line(number, *products), at(number))
    return rig


def test_an_order_is_joined_to_the_last_words_about_its_product_before_it(rig) -> None:
    sale = rig.order(1, "tea", 3.5)
    assert (sale.product, sale.line, sale.words, sale.said_at) == ("tea", "l3", "Words 3.", at(3))
    assert rig.order(2, "tea", 0.5).line == "l0"
    assert rig.order(3, "9001", 9, table="tea").line == "l3"
    assert rig.order(3, "9001", 9).on_table == "tea"


def test_words_that_were_said_long_before_or_about_another_product_did_not_sell_it(rig) -> None:
    assert rig.order(1, "tea", 40).words == ""
    assert rig.order(2, "nobody knows", 5).line == ""
    early = rig.order(3, "tea", -1)
    assert (early.line, early.said_at) == ("", None)


def test_a_clock_ahead_of_ours_does_not_reach_into_words_not_said_yet(rig) -> None:
    assert rig.till.order(ordered(1, "tea", 500), "tea", at(4.5)).at == at(4.5)


def test_placed_and_then_paid_is_one_order(rig) -> None:
    rig.order(1, "tea", 3.5, paid=False, quantity=2)
    rig.order(1, "tea", 5, paid=True, quantity=2)
    rig.order(2, "tea", 5)
    assert rig.till.summary() == {
        "orders": 2, "paid": 2, "pieces": 3,
        "sold_by": [{"words": "Words 3.", "orders": 1}, {"words": "Words 4.", "orders": 1}],
    }  # fmt: skip


def test_the_ledger_says_what_sold_and_not_who_bought(rig) -> None:
    rig.order(1, "9001", 3.5)
    assert rig.noted == [("order", {
        "channel": "shop", "product": "mug", "reference": "9001", "quantity": 1, "paid": True, "table": "tea",
        "cue": "",
        "line": "l3", "words": "Words 3.",
    })]  # fmt: skip


def test_words_are_kept_without_the_names_of_viewers(rig) -> None:
    answer = Line("a1", LineKind.ANSWER, "Ada, Ada Li: it costs $9.", "en", ("tea",), names=("Ada", "Ada Li"))
    rig.till.said(answer, at(5))
    assert rig.order(1, "tea", 6).words == "…, …: it costs $9."


def test_a_show_without_orders_says_nothing_and_other_events_are_none(rig) -> None:
    assert rig.till.summary() == {}
    assert rig.till.order(Event(EventKind.LIKE, "shop", "x", NOW), None, NOW) is None


async def test_orders_are_kept_beside_the_show_and_what_waits_at_its_end(rig) -> None:
    running = asyncio.ensure_future(rig.till.rows.run())
    rig.order(1)
    async with asyncio.timeout(30):
        while not rig.kept:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    for number in range(2, 600):
        rig.order(number)
    await rig.till.rows.close()
    assert [sale.order for sale in rig.kept] == [f"o{n}" for n in range(1, 600)]


async def test_what_the_database_does_not_take_is_noted_and_ends_nothing() -> None:
    def refuse(some):
        raise SetupError("the disk is full", remedy="Make room.")

    rig = Rig(refuse)
    rig.order(1)
    await rig.till.rows.close()
    assert rig.noted[-1] == ("order.not_kept", {"orders": 1, "why": "the disk is full Make room."})
    assert rig.till.summary()["not_kept"] == 1


def test_a_flood_of_orders_is_bounded_and_counted(rig) -> None:
    for number in range(WAITING + 500):
        rig.order(number)
    assert (rig.till.rows.lost, rig.till.summary()["orders"]) == (500, WAITING + 500)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 3), st.booleans()), max_size=40))
def test_the_figures_are_those_of_the_orders(told) -> None:
    rig = Rig()
    for number, quantity, paid in told:
        rig.order(number, quantity=quantity, paid=paid)
    first = {}
    for number, quantity, _ in told:
        first.setdefault(number, quantity)
    summary = rig.till.summary()
    assert summary.get("orders", 0) == len(first)
    assert summary.get("pieces", 0) == sum(first.values())
    assert summary.get("paid", 0) == len({number for number, _, paid in told if paid})


# ---- the shop's handle for a platform's word


def named(**fields: str) -> Account:
    return Account("shop", "main", MemoryKeeper({("shop", "main"): fields}))


@pytest.mark.parametrize(
    ("fields", "handle"),
    [({"item.mug": "9001"}, "mug"), ({"item.mug": "77/9001"}, "mug"), ({"ref.mug": "9001"}, "mug"),
     ({"item.mug": "19001"}, None), ({"secret": "9001"}, None), ({}, None)],
)  # fmt: skip
def test_an_account_names_the_product_that_an_order_is_of(fields, handle) -> None:
    assert named(**fields).handle_of("9001") == handle


@pytest.mark.parametrize(
    ("reference", "handle"), [("9001", "mug"), ("tea", "tea"), ("nobody's", None), ("", None)]
)
def test_each_channel_knows_its_own_names_and_the_shop_its_handles(reference, handle) -> None:
    account = named(**{"item.mug": "9001"})
    channels = [
        SimpleNamespace(name="a", connector=SimpleNamespace(platform="other", handle_of=lambda ref: "wrong")),
        SimpleNamespace(name="b", connector=SimpleNamespace(platform="shop", handle_of=account.handle_of)),
    ]
    catalogue = SimpleNamespace(product=lambda handle: object() if handle == "tea" else None)
    parts = SimpleNamespace(channels=channels, catalogue=catalogue)
    assert handle_of(parts, "shop", reference) == handle
