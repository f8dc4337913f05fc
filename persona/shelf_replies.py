# ruff: noqa: E501 - tables of patterns read better unbroken
"""Answers about several products, or about none: below a price, which costs less, other shops, dates."""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from persona import leaning
from persona.figures import listed, money
from persona.grammar import title_fields
from persona.product_view import ProductView
from persona.replies import Reply
from products.numbers import chinese_integer

MOST_NAMED = 3
_BOUND = re.compile(
    r"(?:under|below|less than|cheaper than|up to|around|for)\s*(?:[$€£¥]|usd|us\$)?\s*(\d{1,6}(?:\.\d{1,2})?)|"
    r"(\d{1,6}(?:\.\d{1,2})?|[一二两三四五六七八九十百千]+)\s*(?:元|块|美元|美金|刀|米|dollars?|bucks)?钱?\s*(?:以下|以内|之内|内)|"
    r"(?:低于|不到|少于|不超过)\s*(\d{1,6}(?:\.\d{1,2})?)",
    re.IGNORECASE,
)
_CHEAP = re.compile(r"cheap|least expensive|lowest|便宜|价格最低", re.IGNORECASE)
_DEAR = re.compile(r"most expensive|priciest|最贵|价格最高", re.IGNORECASE)
_POPULAR = re.compile(
    r"popular|sell(er|ers|ing|s)\b(?<!you sell)|hottest|卖得|爆款|热卖|销量|最火|欢迎|热门", re.IGNORECASE
)


def bound_asked(text: str) -> Decimal | None:
    """The highest price that a question names: "under $30", "三十块以内"."""
    found = _BOUND.search(text)
    if found is None:
        return None
    word = next(group for group in found.groups() if group)
    try:
        return Decimal(word)
    except InvalidOperation:
        value = chinese_integer(word)
        return None if value is None else Decimal(value)


def goods(text: str, views: Sequence[ProductView]) -> tuple[Reply, tuple[ProductView, ...]]:
    """What can be had: below a price, at the least or the most, or just some of it, with prices where asked."""
    bound = bound_asked(text)
    priced = [v for v in views if v.price is not None and not v.looks_gone]
    if len({v.price.currency for v in priced if v.price is not None}) > 1:
        priced = []
    if bound is not None:
        chosen = sorted((v for v in priced if _amount(v) <= bound), key=_amount, reverse=True)
        return _priced(chosen[:MOST_NAMED])
    if _CHEAP.search(text) or _DEAR.search(text):
        return _priced(sorted(priced, key=_amount, reverse=bool(_DEAR.search(text)))[:1])
    if _POPULAR.search(text):
        return Reply("answer.popular", {}), ()
    some = [v for v in views if not v.looks_gone][:MOST_NAMED]
    if not some:
        return Reply("answer.goods_none", {}), ()
    names = listed([_linked(v) for v in some], some[0].language)
    return Reply("answer.goods", {"values": names}, _leaning(some)), tuple(some)


def compare(views: Sequence[ProductView]) -> Reply:
    """The price of each; a sum or a difference is left to the viewer, since it is no figure of the list."""
    told = [
        f"{title_fields(v)['the_title']} {title_fields(v)['costs']} {money(v.price, v.language)}"
        if v.language == "en"
        else f"{v.title}{money(v.price, v.language)}"
        for v in views
        if v.price is not None
    ]
    if len(told) < len(views) or len(told) < 2:
        return Reply("answer.which", {})
    facts = tuple(fact for v in views for fact in leaning.prices(v))
    return Reply("answer.compare", {"values": listed(told, views[0].language)}, facts)


def which_of(views: Sequence[ProductView]) -> Reply:
    """Asks back, with the names of those that fit."""
    some = views[:MOST_NAMED]
    names = listed([v.title for v in some], some[0].language, "or")
    return Reply("answer.which_of", {"values": names}, _leaning(some))


def elsewhere(about: ProductView | None) -> Reply:
    """Other shops' prices are not known; ours is."""
    if about is None or about.price is None:
        return Reply("answer.elsewhere_bare", {})
    return Reply("answer.elsewhere", {"price": money(about.price, about.language)}, leaning.prices(about)[:1])


def deadline(about: ProductView) -> Reply:
    """When a price ends: the list gives no date, or (where it does) a person has to say it."""
    dated = any(v.offer.valid_to is not None for v in about.product.variants)
    if dated or about.price is None:
        return Reply("answer.deadline_unknown", {}, hand_over=True)
    return Reply("answer.deadline", {"price": money(about.price, about.language)}, leaning.prices(about)[:1])


def of_one(about: ProductView, slot: str) -> Reply | None:
    """The price of one piece, where the price of several was asked, or an offer that is not listed."""
    if about.price is None:
        return None
    return Reply(slot, {"price": money(about.price, about.language)}, leaning.prices(about)[:1])


def _priced(views: Sequence[ProductView]) -> tuple[Reply, tuple[ProductView, ...]]:
    if not views:
        return Reply("answer.goods_none", {}), ()
    told = [_with_price(v) for v in views]
    facts = _leaning(views) + tuple(fact for v in views for fact in leaning.prices(v)[:1])
    return Reply("answer.goods_priced", {"values": listed(told, views[0].language)}, facts), tuple(views)


def _with_price(view: ProductView) -> str:
    assert view.price is not None
    price = money(view.price, view.language)
    if view.language == "zh":
        return f"{view.title}{price}"
    return f"{title_fields(view)['the_title']} for {price}"


def _linked(view: ProductView) -> str:
    if view.language == "zh":
        return f"{view.product.number}号链接的{view.title}"
    return f"link {view.product.number} is {title_fields(view)['the_title']}"


def _amount(view: ProductView) -> Decimal:
    return Decimal(0) if view.price is None else view.price.amount


def _leaning(views: Sequence[ProductView]) -> tuple[str, ...]:
    return tuple(fact for view in views for fact in leaning.name(view))
