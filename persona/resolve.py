# ruff: noqa: E501 - tables of patterns read better unbroken
"""Which product, and which option of it, a message speaks of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from persona.grammar import plural, without_title
from persona.intents import folded
from persona.product_view import Axis, Choice
from products.catalogue import Catalogue, Product
from products.facts import option_words
from products.fusion import Nearness, fused
from products.kinds import kinds_in, last_kind, words_alike
from products.search import asked_number

SURE = 2  # points from which a product counts as named
CANDIDATES = 20

_EXPLICIT = re.compile(r"\b(link|item|product)s?\b|#\s*\d|链接|商品|宝贝", re.IGNORECASE)
_NOT_GOODS = re.compile(r"包邮|包裹|包装|老板|面包|包退|包换|茶几|红包|打包|钱包付|背面")
_COLOURS = re.compile(
    r"\b(black|white|red|blue|green|yellow|pink|purple|brown|gr[ae]y|orange|beige|silver|gold|navy|khaki|cream|teal|tan|"
    r"olive|sand|turquoise)\b|[黑白红蓝绿黄粉紫棕灰橙青米银金]色?(?=的|款|吗|有|还|呢|？|\?|$)|(卡其|米|藏青|天蓝|橄榄|咖啡)色",
    re.IGNORECASE,
)
_SIZE = re.compile(
    r"\bsizes?\s*(\d{1,3}(?:\.5)?|x{0,3}[sl]|m)\b|(\d{1,3}(?:\.5)?)\s*[码号](?!链接)|\b(?:a|in|have|got|any|the)\s+(\d{2})(?:'?s)?\b(?!\s*(?:%|ml|cm|g\b|l\b|kg|hours?|inch))"
    r"|^\W*(\d{2}(?:\.5)?)\W*$|有(\d{2})(?:吗|么|的|没)|\b(x{0,3}[sl]|m)码",
    re.IGNORECASE,
)  # fmt: skip

_SORTS = frozenset("bag shoe toy book lamp hat".split())
"""Categories that viewers call a product by ("the bag"); "home" or "food" would mean something else."""

_PREVIOUS = re.compile(
    r"\b(previous|earlier|prior)\b(?! price)|\bthe (one|product|item|thing) (before|just now|from before|you (just )?(showed|had))\b|"
    r"\b(just now|last) (one|product|item)\b|(?<![第早晚马路])上一?(个|款|件|双|条)(?!月|星期|礼拜|周)|前一(个|款|件|双|条)|刚才(的|那|讲|介绍|说)|刚刚(那|讲|介绍|说)(的|个|款)",
    re.IGNORECASE,
)

_LOOSE_NUMBER = re.compile(
    r"(?<![\d.$€£¥#])(?<!link )(?<!链接)(\d{2,3}(?:\.5)?)(?![\d%])(?!\s*(?:号?链接|%|ml|cm|mm|g\b|l\b|kg|hours?|inch|寸|英寸|毫升|克|小时|美元|元|块))"
)
_AXIS_SIZE = re.compile(r"\bsiz(e|es|ing)\b|尺码|码数|什么码|几个码|哪些码|码", re.IGNORECASE)
_AXIS_COLOUR = re.compile(r"\bcolou?rs?\b|\bshades?\b|颜色|色", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Target:
    """`product` None: none was named and none is on the table; `several`: the name fits it and `others`."""

    product: Product | None
    named: bool = False
    several: bool = False
    others: tuple[Product, ...] = ()


def product_asked(
    text: str, catalogue: Catalogue, table: Product | None, nearness: Nearness | None = None
) -> Target:
    """The product that `text` names, else the one on the table.

    In this order: its link number ("the second one"); its title's words or its kind ("headphones" for
    earbuds); an option that only it has and the one on the table has not ("the teal one"). `nearness` puts
    those that fit equally well in the order of their meaning. More than one that fits: `several`.
    """
    words = folded(text)
    by_number = _by_number(words, catalogue, table)
    if by_number is not None:
        return Target(by_number, named=True)
    clean = _NOT_GOODS.sub(" ", words)
    candidates = _candidates(clean, catalogue, table)
    kinds = kinds_in(clean.casefold())
    scored = [(_named(clean, product, kinds), product) for product in candidates if product.active]
    top = max((score for score, _ in scored), default=0)
    if top < SURE:
        return _by_option(clean, catalogue, table) or Target(table)
    best = [product for score, product in scored if score == top]
    if table is not None and table.handle in {p.handle for p in best}:
        return Target(table, named=True)
    best = [product for product in best if _has_option_of(clean, product)] or best
    if len(best) > 1 and nearness is not None:
        best = list(fused([best, nearness.nearest(words, best)]))
    return Target(best[0], named=True, several=len(best) > 1, others=tuple(best[1:]))


def asks_previous(text: str) -> bool:
    """Whether `text` points at what was on the table before ("the previous one", "上一个")."""
    return _PREVIOUS.search(folded(text)) is not None


def products_named(text: str, catalogue: Catalogue, most: int = 3) -> tuple[Product, ...]:
    """All products that `text` names surely ("the mug or the candle"), in the order of their link numbers."""
    clean = _NOT_GOODS.sub(" ", folded(text))
    kinds = kinds_in(clean.casefold())
    found = [p for p in _candidates(clean, catalogue, None) if p.active and _named(clean, p, kinds) >= SURE]
    return tuple(sorted(found, key=lambda product: product.number)[:most])


def _candidates(clean: str, catalogue: Catalogue, table: Product | None) -> list[Product]:
    """What the words find, what other words for the same kinds find, and what is on the table; fused ranks."""
    rankings = [list(catalogue.search(clean, CANDIDATES))]
    alike = " ".join(words_alike(clean.casefold()))
    if alike:
        rankings.append(list(catalogue.search(alike, CANDIDATES)))
    if table is not None:
        rankings.append([table])
    return list(fused(rankings))


def _by_option(words: str, catalogue: Catalogue, table: Product | None) -> Target | None:
    """ "The teal one": an option that the product on the table lacks and others have."""
    colour = _COLOURS.search(words)
    if colour is None or (table is not None and _has_option_of(words, table)):
        return None
    found = [p for p in catalogue.search(_whole_colour(colour.group()), CANDIDATES) if p.active]
    having = [p for p in found if _has_option_of(words, p)]
    if not having:
        return None
    return Target(having[0], named=True, several=len(having) > 1, others=tuple(having[1:]))


def _whole_colour(word: str) -> str:
    return f"{word}色" if len(word) == 1 else word


def choices_asked(text: str, axes: Sequence[Axis], title: str) -> tuple[list[Choice], str | None]:
    """(options of `axes` that `text` names, kind of an option that it names but is not there: "size" "colour" None)."""
    words = without_title(folded(text), title)
    found = [choice for axis in axes for choice in axis.choices if _names(words, axis, choice)]
    kinds = {axis.kind for axis in axes for choice in axis.choices if choice in found}
    if _SIZE.search(words) and "size" not in kinds:
        return found, "size"
    if _COLOURS.search(words) and "colour" not in kinds:
        return found, "colour"
    return found, None


def axis_named(text: str) -> str | None:
    """ "size" or "colour" when the message speaks of one of them, else None."""
    words = folded(text)
    size, colour = _AXIS_SIZE.search(words), _AXIS_COLOUR.search(words)
    return None if bool(size) == bool(colour) else "size" if size else "colour"


def _by_number(words: str, catalogue: Catalogue, table: Product | None) -> Product | None:
    number = asked_number(words)
    if number is None:
        return None
    sizes = {value for v in table.variants for _, value in v.options} if table is not None else set()
    if str(number) in sizes and not _EXPLICIT.search(words):
        return None
    found = catalogue.search(f"link {number}", 3)
    return next((p for p in found if p.number == number and p.active), None)


def _has_option_of(words: str, product: Product) -> bool:
    """Whether `words` hold an option of the product in any language: tells "the olive bag" from other bags."""
    values = {value for variant in product.variants for _, value in variant.options}
    spellings = {word.casefold() for value in values for word in option_words(product, value).values()}
    low = words.casefold()
    return any(
        re.search(rf"(?<![a-z0-9]){re.escape(s)}(?![a-z0-9])", low)
        if s.isascii()
        else s in low or _short_colour(s, low)
        for s in spellings
    )


def _named(words: str, product: Product, kinds: frozenset[int]) -> int:
    """How surely `words` name the product: SURE and more when they hold its kind, its own first name, or two
    of its words. `kinds`: those that the words name (products/kinds.py).
    """
    by_title = max((_named_in(words, text.title) for text in product.texts.values()), default=0)
    if by_title >= SURE:
        return by_title
    own = frozenset[int]().union(*(last_kind(t.title.casefold()) for t in product.texts.values()))
    if own & kinds:
        return SURE
    category = {_stem(w) for w in re.findall(r"[a-z]{3,}", product.category.casefold())}
    asked = {_stem(w) for w in re.findall(r"[a-z]{3,}", words.casefold())}
    return SURE if category & asked & _SORTS or ("包" in words and "bag" in category) else by_title


def _named_in(words: str, title: str) -> int:
    latin = [_stem(w) for w in re.findall(r"[a-z']{3,}", title.casefold())]
    asked = {_stem(w) for w in re.findall(r"[a-z']{3,}", words.casefold())}
    score = sum(1 for w in set(latin) if w in asked)
    if latin and latin[0] in asked:
        score += 1
    if latin and latin[-1] in asked:
        score += 1
    han = "".join(re.findall(r"[一-鿿]", title.split(" ")[0]))
    if han:
        longest = max(
            (n for n in range(2, len(han) + 1) for i in range(len(han) - n + 1) if han[i : i + n] in words),
            default=0,
        )
        score = max(score, longest)
        if longest < 2 and han[-1] in words and han[-1] in "鞋杯灯瓶茶枕毯包板":
            score = max(score, 2)
    return score


def _stem(word: str) -> str:
    return word.removesuffix("'s").removesuffix("s") if plural(word) or word.endswith("'s") else word


def _names(words: str, axis: Axis, choice: Choice) -> bool:
    spellings = {choice.value.casefold(), choice.shown.casefold()}
    low = words.casefold()
    if axis.kind == "size":
        explicit = {next(g for g in match.groups() if g).casefold() for match in _SIZE.finditer(low)}
        return bool(spellings & (explicit | set(_LOOSE_NUMBER.findall(low))))
    for spelling in spellings:
        if spelling.isascii() and re.search(rf"(?<![a-z0-9]){re.escape(spelling)}(?![a-z0-9])", low):
            return True
        if not spelling.isascii() and (spelling in low or _short_colour(spelling, low)):
            return True
    return False


def _short_colour(spelling: str, words: str) -> bool:
    """ "黑的还有吗" asks for 黑色."""
    return (
        len(spelling) == 2
        and spelling.endswith("色")
        and re.search(rf"{spelling[0]}(的|款|色)", words) is not None
    )
