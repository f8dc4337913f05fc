"""Which goods are spoken of only in words that a named person has approved. Pure."""

import re
from enum import StrEnum

from products.catalogue import Product


class Sensitive(StrEnum):
    """Kinds of goods whose words need a person: what is said of them touches bodies or children."""

    COSMETICS = "cosmetics"
    FOOD = "food"
    HEALTH = "health"
    CHILDREN = "children's goods"


_SHELF = {
    Sensitive.COSMETICS: r"cosmetics?|make-?up|beauty|skin ?care|hair ?care|perfumes?|fragrances?|"
    r"personal care|"
    r"化妆|美妆|护肤|彩妆|香水|个护|洗护",
    Sensitive.FOOD: r"foods?|drinks?|beverages?|grocer(?:y|ies)|snacks?|tea|coffee|wine|beer|spirits|"
    r"confectionery|"
    r"食品|饮料|饮品|零食|茶叶?|咖啡|酒水?|生鲜|粮油|保健食品",
    Sensitive.HEALTH: r"health(?:care)?|medical|medicines?|pharmacy|vitamins?|supplements?|first aid|"
    r"wellness|"
    r"医疗|医药|药品|保健|营养品|维生素|健康",
    Sensitive.CHILDREN: r"kids?|child(?:ren)?(?:['’]s)?|bab(?:y|ies)|infants?|toddlers?|toys?|nursery|"
    r"maternity|"
    r"儿童|婴幼?儿|宝宝|童装|童鞋|玩具|母婴|孕妇",
}
"""Looked for in a product's category and tags, where shops say what a thing is."""

_NAME = {
    Sensitive.COSMETICS: r"lipstick|mascara|moisturi[sz]er|sunscreen|shampoo|face (?:cream|mask)|serum|"
    r"口红|面膜|面霜|精华液?|防晒霜|洗发水|眼霜",
    Sensitive.FOOD: r"(?:green|black|oolong|herbal) tea(?! ?(?:towel|pot|cup|set))|coffee beans|chocolate|"
    r"olive oil|"
    r"乌龙茶|绿茶|红茶|咖啡豆|巧克力|橄榄油|蜂蜜",
    Sensitive.HEALTH: r"vitamin|dietary supplement|pain relief|blood pressure|"
    r"维生素|膳食补充|血压计|止痛",
    Sensitive.CHILDREN: r"baby|infant|toddler|for (?:kids|children)|"
    r"婴儿|宝宝|儿童",
}
"""Looked for in a product's title too: a shop that files its tea under "Gifts" still sells food."""


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z])(?:{pattern})(?![A-Za-z])", re.IGNORECASE)


_SHELVES = {kind: _words(pattern) for kind, pattern in _SHELF.items()}
_NAMES = {kind: _words(pattern) for kind, pattern in _NAME.items()}


def sensitive(product: Product) -> Sensitive | None:
    """The kind that asks for a person's approval; None when the product is of none.

    By category and tags, else by any of its titles. It errs on the side of asking: a shop that finds a
    product here wrongly approves a script once.
    """
    shelf = " | ".join((product.category, *product.tags))
    titles = " | ".join(text.title for text in product.texts.values())
    for kind in Sensitive:
        if _SHELVES[kind].search(shelf) or _NAMES[kind].search(titles):
            return kind
    return None
