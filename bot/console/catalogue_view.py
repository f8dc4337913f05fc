"""The catalogue as the pages draw it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from products.catalogue import FactKind, Product
from products.claims import refused
from products.facts import facts_of
from products.tables import PointRow

Words = Mapping[str, str]
PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


@dataclass(frozen=True, slots=True)
class Row:
    """A product in the list. `state`: a word of the pages; `mark`: class of its chip."""

    handle: str
    number: int
    title: str
    price: str
    was: str
    left: str
    low: bool
    state: str
    mark: str
    picture: bool
    old: bool


@dataclass(frozen=True, slots=True)
class FactRow:
    kind: str
    about: str
    value: str
    source: str
    age: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Point:
    """A sentence about a product; `why`: the kinds of claim for which it is never said. `number`: of a point
    that people made, by whom.
    """

    language: str
    text: str
    why: tuple[str, ...] = ()
    number: int = 0
    by: str = ""


def row_of(product: Product, language: str, now: datetime, words: Words) -> Row:
    state, mark = "cat_active", "good"
    if not product.active:
        state, mark = "cat_inactive", "quiet"
    elif product.sold_out:
        state, mark = "cat_sold_out", "warn"
    known = [v.stock.quantity for v in product.variants if v.stock.quantity is not None]
    tracked = len(known) == len(product.variants)
    return Row(
        product.handle,
        product.number,
        product.text(language).title,
        price_of(product),
        _before(product),
        str(sum(max(0, q) for q in known)) if tracked else words["cat_not_tracked"],
        tracked and not product.sold_out and sum(max(0, q) for q in known) <= 5,
        words[state],
        mark,
        product.picture is not None,
        any(now - v.offer.seen_at > timedelta(hours=24) for v in product.variants),
    )


def price_of(product: Product) -> str:
    """ "59.00 USD", or from the lowest to the highest."""
    prices = [v.offer.price for v in product.variants]
    ends = dict.fromkeys(
        f"{amount:.2f}" for amount in (min(p.amount for p in prices), max(p.amount for p in prices))
    )
    return " – ".join(ends) + f" {prices[0].currency}"


def _before(product: Product) -> str:
    found = {v.offer.compare_at.amount for v in product.variants if v.offer.compare_at is not None}
    return f"{found.pop():.2f}" if len(found) == 1 else ""


def fact_rows(product: Product, now: datetime, words: Words) -> list[FactRow]:
    """All that may be said of it, less its sentences, which stand under the selling points."""
    rows = []
    for fact in facts_of(product, now):
        if fact.kind is FactKind.TEXT:
            continue
        about = " · ".join(x for x in (fact.sku or "", fact.language or "") if x)
        value = fact.value
        if fact.kind is FactKind.AVAILABILITY:
            value = words[f"cat_is_{fact.value}"]
            about = fact.unit.replace("=", ": ")
        elif fact.kind is FactKind.OPTION:
            about = fact.unit
        elif fact.unit:
            value = f"{fact.value} {fact.unit}"
        rows.append(
            FactRow(
                words[f"cat_fact_{fact.kind.value}"],
                about,
                value,
                fact.source,
                age_of(now - fact.at, words),
                fact.fresh(now),
            )
        )
    return rows


def points(product: Product, made: Sequence[PointRow]) -> tuple[list[Point], list[Point]]:
    """(what the host may say, what it never says), in all languages. `made`: by people."""
    own = {(p.language, p.text): p for p in made if p.stance == "approved"}
    may: list[Point] = []
    never = [Point(p.language, p.text, (), p.id or 0, p.by) for p in made if p.stance == "forbidden"]
    for language, text in product.texts.items():
        why = dict(refused(text.sentences))
        for sentence in text.sentences:
            if sentence in why:
                never.append(Point(language, sentence, tuple(why[sentence].split(", "))))
            else:
                point = own.get((language, sentence))
                number, by = (0, "") if point is None else (point.id or 0, point.by)
                may.append(Point(language, sentence, (), number, by))
    return may, never


def age_of(age: timedelta, words: Words) -> str:
    """ "3 h" of a span of time."""
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes < 60:
        return words["cat_minutes"].format(n=minutes)
    if minutes < 48 * 60:
        return words["cat_hours"].format(n=minutes // 60)
    return words["cat_days"].format(n=minutes // 1440)


def picture_kind(path: Path) -> str | None:
    """The media type of a product's picture, by its first bytes; None: nothing that is shown here."""
    try:
        with path.open("rb") as file:
            start = file.read(12)
    except OSError:
        return None
    if start[:4] == b"RIFF" and start[8:] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in PICTURES.items() if start.startswith(magic)), None)


def languages_of(products: Sequence[Product]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for product in products for name in product.texts))
