"""The product card: only what may be said at this moment, in the words of the show's language."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from goods import NOW, product, sizes, variant
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.show.cards import card_of, shown
from products.catalogue import MAX_AGE, FactKind, Money, ProductText
from products.facts import facts_of

STALE_PRICE = MAX_AGE[FactKind.PRICE] + timedelta(seconds=1)
STALE_STOCK = MAX_AGE[FactKind.STOCK] + timedelta(seconds=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("59", "USD", "$59.00"),
        ("1234.5", "EUR", "€1,234.50"),
        ("199", "CNY", "¥199.00"),
        ("1500", "JPY", "¥1,500"),
        ("59", "CHF", "59.00 CHF"),
        ("0", "GBP", "£0.00"),
    ],
)
def test_money_is_written_as_people_read_it(amount: str, currency: str, text: str) -> None:
    assert shown(Money(amount=Decimal(amount), currency=currency)) == text


def test_a_plain_product() -> None:
    card = card_of(product(variant(price="59", was="79", stock=40), picture=Path("/a/tea.png")), "en", NOW)
    assert (card.title, card.price, card.compare_at, card.detail) == ("Jasmine Tea", "$59.00", "$79.00", "")
    assert (card.picture, card.url, card.sold_out) == ("tea.png", "https://shop.example/tea", False)


def test_its_words_are_those_of_the_language_or_of_the_default() -> None:
    assert card_of(product(), "zh", NOW).title == "茉莉花茶"
    assert card_of(product(), "fr", NOW).title == "Jasmine Tea"


def test_prices_that_differ_are_a_range_without_a_comparison() -> None:
    card = card_of(
        product(variant("a", "59", "99"), variant("b", "49", "99"), variant("c", "55", "99")), "en", NOW
    )
    assert (card.price, card.compare_at) == ("$49.00–$59.00", "")


@pytest.mark.parametrize("others", [("79", None), ("79", "89"), (None, "79")])
def test_a_comparison_that_does_not_hold_for_all_is_not_shown(others: tuple[str | None, str | None]) -> None:
    card = card_of(product(variant("a", "59", others[0]), variant("b", "59", others[1])), "en", NOW)
    assert (card.price, card.compare_at) == ("$59.00", "")


@pytest.mark.parametrize("was", ["59", "50"])
def test_a_comparison_that_is_no_saving_is_not_shown(was: str) -> None:
    assert card_of(product(variant(price="59", was=was)), "en", NOW).compare_at == ""


def test_a_price_too_old_to_say_is_not_shown() -> None:
    card = card_of(product(variant(price="59", was="79", age=STALE_PRICE)), "en", NOW)
    assert (card.price, card.compare_at) == ("", "")
    assert card_of(product(variant(price="59", age=STALE_PRICE - SECOND)), "en", NOW).price == "$59.00"


def test_of_several_prices_only_the_fresh_are_shown() -> None:
    card = card_of(product(variant("a", "49", age=STALE_PRICE), variant("b", "59")), "en", NOW)
    assert card.price == "$59.00"


def test_an_offer_outside_its_time_has_no_price() -> None:
    """As in the facts: what may not be said may not be shown."""
    for over in ({"valid_to": NOW}, {"valid_from": NOW + SECOND}):
        goods = product(variant(price="59", was="79", **over))
        assert not any(f.kind is FactKind.PRICE for f in facts_of(goods, NOW))
        card = card_of(goods, "en", NOW)
        assert (card.price, card.compare_at) == ("", "")
    still = product(variant(price="59", valid_from=NOW, valid_to=NOW + SECOND))
    assert card_of(still, "en", NOW).price == "$59.00"


def test_a_price_from_the_future_is_not_shown() -> None:
    assert card_of(product(variant(age=timedelta(hours=-2))), "en", NOW).price == ""


def test_sold_out_is_shown_only_while_it_is_known() -> None:
    assert card_of(product(variant(stock=0)), "en", NOW).sold_out
    assert not card_of(product(variant(stock=0, stock_age=STALE_STOCK)), "en", NOW).sold_out
    assert not card_of(product(variant(stock=0, backorder=True)), "en", NOW).sold_out
    assert not card_of(product(variant(stock=None)), "en", NOW).sold_out
    assert not card_of(product(*sizes("ab", stock=0), variant("c", stock=1)), "en", NOW).sold_out


@pytest.mark.parametrize(
    ("stock", "language", "words"),
    [(5, "en", "5 left"), (1, "zh", "仅余1件"), (6, "en", ""), (None, "en", ""), (0, "en", "")],
)
def test_few_left_is_said_only_when_it_is_tracked_and_true(
    stock: int | None, language: str, words: str
) -> None:
    assert card_of(product(variant(stock=stock)), language, NOW).detail == words


@pytest.mark.parametrize("stock", [0, -3])
def test_what_can_be_ordered_again_does_not_count_below_one(stock: int) -> None:
    assert card_of(product(variant(stock=stock, backorder=True)), "en", NOW).detail == ""


def test_few_left_that_is_not_fresh_is_not_said() -> None:
    assert card_of(product(variant(stock=2, stock_age=STALE_STOCK)), "en", NOW).detail == ""


def test_sizes_are_a_range_with_what_is_sold_out() -> None:
    goods = [*sizes(["36", "37", "38"], stock=3), *sizes(["42"], stock=0), *sizes(["45"], stock=9)]
    assert card_of(product(*goods), "en", NOW).detail == "Sizes 36–45 · 42 sold out"


def test_sizes_are_a_range_from_the_smallest_to_the_largest_however_they_are_listed() -> None:
    assert card_of(product(*sizes(["42", "9", "36", "45"])), "en", NOW).detail == "Sizes 9–45"


def test_few_sizes_and_words_are_listed() -> None:
    assert card_of(product(*sizes(["36", "37"])), "en", NOW).detail == "36 / 37"
    assert card_of(product(*sizes(["S", "M", "L", "XL"])), "en", NOW).detail == "S / M / L / XL"


def test_options_in_the_language_of_the_show() -> None:
    text = ProductText(title="茶", options={"Size": "尺码", "Small": "小", "Large": "大"})
    goods = product(
        *sizes(["Small"], stock=0),
        *sizes(["Large"], stock=2),
        texts={"en": ProductText(title="Tea"), "zh": text},
    )
    assert card_of(goods, "zh", NOW).detail == "小 / 大 · 小已售罄"
    assert card_of(goods, "en", NOW).detail == "Small / Large · Small sold out"


def test_sizes_sold_out_long_ago_are_not_called_so() -> None:
    goods = [*sizes(["36"], stock=0, stock_age=STALE_STOCK), *sizes(["37"], stock=1)]
    assert card_of(product(*goods), "en", NOW).detail == "36 / 37"


def test_all_sizes_gone_is_said_once() -> None:
    card = card_of(product(*sizes(["36", "37"], stock=0)), "en", NOW)
    assert card.sold_out and card.detail == "36 / 37"


def test_a_variant_without_the_option_does_not_break_the_card() -> None:
    card = card_of(product(*sizes(["36", "37"], stock=0), variant("any", stock=2)), "en", NOW)
    assert card.detail == ""


@given(
    st.lists(
        st.builds(
            variant,
            sku=st.text("abc", min_size=1, max_size=2),
            price=st.integers(0, 10**6).map(str),
            was=st.one_of(st.none(), st.integers(0, 10**6).map(str)),
            stock=st.one_of(st.none(), st.integers(-5, 50)),
            options=st.sampled_from(
                [(), (("Size", "36"),), (("Size", "S"),), (("Size", "1"), ("Colour", "red"))]
            ),
            age=st.sampled_from([timedelta(0), STALE_PRICE]),
            stock_age=st.sampled_from([timedelta(0), STALE_STOCK]),
            backorder=st.booleans(),
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["en", "zh", "fr"]),
)
@settings(max_examples=60, deadline=None)
def test_any_product_has_a_card_that_the_facts_carry(variants: list, language: str) -> None:
    goods = product(*variants)
    card = card_of(goods, language, NOW)
    fresh = [f for f in facts_of(goods, NOW) if f.fresh(NOW)]
    assert bool(card.price) is any(f.kind is FactKind.PRICE for f in fresh)
    if card.compare_at:
        assert any(f.kind is FactKind.COMPARE_AT for f in fresh)
    if card.sold_out:
        assert all(v.stock.sold_out for v in variants)
    assert "-" not in card.detail
