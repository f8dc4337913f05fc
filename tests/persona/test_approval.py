"""Goods whose words need a person, by category, tags and title."""

from types import ModuleType

import pytest

from persona.approval import Sensitive, sensitive

KINDS = [
    ("Food", "Orchard Oolong Tea", Sensitive.FOOD),
    ("Gifts", "Jasmine Green Tea 100 g", Sensitive.FOOD),
    ("食品", "果园乌龙茶", Sensitive.FOOD),
    ("Beauty > Skin care", "Night Cream", Sensitive.COSMETICS),
    ("美妆", "哑光口红", Sensitive.COSMETICS),
    ("Home", "Rose Lipstick", Sensitive.COSMETICS),
    ("Vitamins & Supplements", "Daily D", Sensitive.HEALTH),
    ("保健品", "氨糖", Sensitive.HEALTH),
    ("Toys", "Wooden Blocks", Sensitive.CHILDREN),
    ("Kids", "Rain Boots", Sensitive.CHILDREN),
    ("Home", "Baby Blanket", Sensitive.CHILDREN),
    ("母婴", "纱布巾", Sensitive.CHILDREN),
    ("Kitchen", "Dawn Stoneware Mug", None),
    ("Kitchen", "Linen Tea Towel", None),
    ("Kitchen", "Steel Tea Pot", None),
    ("Home", "Meadow Soy Candle", None),
    ("Home", "Cloud Memory Pillow", None),
    ("Shoes", "Harbor Canvas Sneakers", None),
    ("厨房", "晨光粗陶杯", None),
    ("Electronics", "Pebble Wireless Earbuds", None),
]


@pytest.mark.parametrize(("category", "title", "kind"), KINDS)
def test_kinds(goods: ModuleType, category: str, title: str, kind: Sensitive | None) -> None:
    made = goods.product("x", 1, category, (title, []), (title, []), [goods.variant("X", "1.00")])
    assert sensitive(made) is kind


def test_of_the_sample_shop_only_the_tea(goods: ModuleType) -> None:
    assert [p.handle for p in goods.shop() if sensitive(p)] == ["orchard-tea"]
