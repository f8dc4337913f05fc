"""Facts of the sample shop."""

from datetime import timedelta
from decimal import Decimal

from products.catalogue import FactKind
from products.facts import facts_of, spec_numbers


def by_id(shop, handle, now):
    return {f.id: f for f in shop.facts([handle], now)}


def test_prices_savings_and_discounts(shop, now):
    facts = by_id(shop, "harbor-sneakers", now)
    assert (facts["harbor-sneakers/HS-42/price"].value, facts["harbor-sneakers/HS-42/price"].unit) == (
        "59.00",
        "USD",
    )
    assert facts["harbor-sneakers/price"].sku is None
    assert facts["harbor-sneakers/compare_at"].value == "75.00"
    assert facts["harbor-sneakers/saving"].value == "16.00"
    assert facts["harbor-sneakers/discount"].value == "21.33"
    assert facts["harbor-sneakers/HS-42/price"].source == "products.csv row 8"


def test_stock_and_availability(shop, now):
    facts = by_id(shop, "harbor-sneakers", now)
    assert facts["harbor-sneakers/HS-45/stock"].value == "3"
    assert facts["harbor-sneakers/stock"].value == "503"
    assert facts["harbor-sneakers/available/Size/42"].value == "sold_out"
    assert facts["harbor-sneakers/available/Size/43"].value == "in_stock"
    assert by_id(shop, "drift-blanket", now)["drift-blanket/available"].value == "sold_out"


def test_options_in_each_language(shop, now):
    facts = by_id(shop, "dawn-mug", now)
    assert facts["dawn-mug/option/Colour/Teal"].language is None
    zh = facts["dawn-mug/option/Colour/Teal/zh"]
    assert (zh.value, zh.unit, zh.language) == ("青色", "颜色", "zh")


def test_every_sentence_and_title_is_a_fact(shop, now):
    for product in shop.products():
        facts = facts_of(product, now)
        for language, text in product.texts.items():
            said = {
                f.value for f in facts if f.language == language and f.kind in (FactKind.TEXT, FactKind.NAME)
            }
            assert said == {text.title, *text.sentences}


def test_numbers_of_a_description_carry_their_units():
    assert spec_numbers("Memory foam, 60 x 40 x 11 cm, washable") == ((60, "cm"), (40, "cm"), (11, "cm"))
    assert spec_numbers("warm to neutral (2,700 to 4,000 K), 1.2 kg") == (
        (2700, "K"),
        (4000, "K"),
        (Decimal("1.2"), "kg"),
    )
    assert spec_numbers("Bluetooth 5.3, 6 hours, IPX4") == ((Decimal("5.3"), ""), (6, "h"))
    assert spec_numbers("340克/平方米有机棉，14升") == ((340, "g/m2"), (14, "l"))


def test_an_offer_outside_its_time_gives_no_price(shop, now):
    mug = shop.product("dawn-mug")
    offer = mug.variants[0].offer.model_copy(update={"valid_to": now})
    over = mug.model_copy(
        update={"variants": tuple(v.model_copy(update={"offer": offer}) for v in mug.variants)}
    )
    assert not [f for f in facts_of(over, now) if f.kind == FactKind.PRICE]
    assert [f for f in facts_of(over, now - timedelta(minutes=1)) if f.kind == FactKind.PRICE]


def test_different_prices_give_a_range(shop, now):
    mug = shop.product("dawn-mug")
    first = mug.variants[0]
    dearer = first.offer.model_copy(
        update={"price": first.offer.price.model_copy(update={"amount": Decimal("21.00")})}
    )
    mixed = mug.model_copy(update={"variants": (first.model_copy(update={"offer": dearer}), mug.variants[1])})
    facts = {f.id: f.value for f in facts_of(mixed, now)}
    assert (facts["dawn-mug/price/from"], facts["dawn-mug/price/to"]) == ("18.50", "21.00")
    assert "dawn-mug/price" not in facts
