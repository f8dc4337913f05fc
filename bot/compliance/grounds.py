"""What the catalogue says at one moment, laid out so that a claim can be held against it."""

# ruff: noqa: E501  a pattern reads better on one line

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from bot.compliance.measures import belongs, said_of_a_pair, told_before
from bot.compliance.pairing import pair_of
from products.availability import Option, named_options, stands_as_option
from products.bounds import Bound
from products.catalogue import Fact, FactKind, Product
from products.claims import refused
from products.facts import FROM, TO
from products.folding import fold
from products.numbers import PERCENT_OFF, PLAIN_PERCENT, currency_fits
from products.roles import Claim, Role, number_claims
from products.units import comparable, same_dimension

CONVERTED_RATIO = Decimal("0.02")  # a conversion that is rounded at its last digit
_POUNDS = re.compile(r"\d\s*(?:pounds?|lbs?)$|\bpounds?$", re.I)
ABOUT_RATIO = Decimal("0.05")  # a rounding is no farther off
JUST_RATIO = Decimal("0.12")  # "just under 60" may be 53
LOW_STOCK = 5  # at most this many: "almost gone" is true
ENDS_SOON = timedelta(hours=24)

_KIND = {
    Role.PRICE: FactKind.PRICE,
    Role.COMPARE_AT: FactKind.COMPARE_AT,
    Role.SAVING: FactKind.SAVING,
    Role.DISCOUNT: FactKind.DISCOUNT,
    Role.STOCK: FactKind.STOCK,
    Role.SPEC: FactKind.SPEC,
    Role.OPTION: FactKind.OPTION,
}
_GUARANTEES: Mapping[str, re.Pattern[str]] = {
    "lifetime": re.compile(r"lifetime|for life|终身", re.I),
    "repair": re.compile(r"repair|维修|包修", re.I),
    "replace": re.compile(r"\breplac|包换|换新", re.I),
    "delivery": re.compile(r"deliver|ship|arriv|day|达|发货|到货|顺丰|明天|今天", re.I),
    "return": re.compile(r"refund|money[\s-]back|return|退|risk", re.I),
    "guarantee": re.compile(r"guarant|warrant|保修|质保|保证|承诺", re.I),
}


@dataclass(frozen=True, slots=True)
class Ground:
    """A fact that carries a claim, or why none does."""

    fact: Fact | None
    why: str = ""
    remedy: str = ""
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of the text and the claims in it."""

    text: str
    claims: Sequence[Claim]


@dataclass(frozen=True, slots=True)
class Grounds:
    """The facts of one product, split by freshness. `options`: those that the sentence of the claim names."""

    product: Product
    fresh: Sequence[Fact]
    stale: Sequence[Fact]

    def of(self, kind: FactKind, *, stale: bool = False) -> list[Fact]:
        return [f for f in (self.stale if stale else self.fresh) if f.kind == kind]

    @property
    def title(self) -> str:
        return self._title()

    @property
    def titles(self) -> tuple[str, ...]:
        """In every language, the default one first."""
        return tuple(dict.fromkeys([self._title(), *(t.title for t in self.product.texts.values())]))

    @property
    def sentences(self) -> tuple[str, ...]:
        """The description in every language, folded."""
        return tuple(fold(f.value).text for f in self.of(FactKind.TEXT))

    @property
    def words(self) -> tuple[str, ...]:
        """Whatever the catalogue writes of it but its titles."""
        texts = [f.value for f in self.of(FactKind.TEXT)]
        never = _never_said(tuple(texts))
        facts = [*(t for t in texts if t not in never), *(f.value for f in self.of(FactKind.OPTION))]
        names = [f.unit for f in self.of(FactKind.OPTION)]
        return tuple(
            dict.fromkeys([*facts, *names, self.product.vendor, self.product.category, *self.product.tags])
        )

    @property
    def speakable(self) -> Iterator[Fact]:
        """The page's sentences, but for those that hold a claim which is never said."""
        texts = self.of(FactKind.TEXT)
        never = _never_said(tuple(f.value for f in texts))
        yield from (f for f in texts if f.value not in never)

    def saying(self, sentence: str) -> Iterator[Fact]:
        """The facts whose words, folded, are this sentence."""
        if sentence:
            yield from (
                f
                for k in (FactKind.TEXT, FactKind.NAME, FactKind.OPTION)
                for f in self.of(k)
                if fold(f.value).text == sentence
            )

    def carrying(self, claim: Claim, around: Sequence[Passage]) -> Ground:
        """The fact that makes a number true. Options that the clause names, else the sentence, narrow what
        counts. `around`: clause, sentence, the whole text.
        """
        role = Role(claim.role)
        skus = self._paired(claim, around) or self._skus(around[:-1])
        for stale in (False, True):
            found = self._match(role, claim, skus, around, stale)
            if (
                found is None
                and role in (Role.UNKNOWN, Role.SPEC, Role.OPTION)
                and not (
                    claim.unit or (role == Role.OPTION and _LAST_SIZE.search(around[-1].text[: claim.start]))
                )
            ):
                near = self._paired(claim, around) or self._skus(around[:-1], claim)
                found = self._bare(claim, near, around, stale)
            if found is not None:
                return Ground(found) if not stale else _too_old(found)
        return self._missing(role, claim, skus)

    def _paired(self, claim: Claim, around: Sequence[Passage]) -> frozenset[str] | None:
        """SKUs of the option that a count goes in a pair with: "sixty in 37 and seventy in 38"."""
        for passage in around[:-1]:
            option = pair_of(claim, passage.text, around[-1].text, passage.claims, self.product)
            if option is not None:
                return frozenset(v.sku for v in self.product.variants if option in v.options)
        return None

    def _skus(self, around: Sequence[Passage], but: Claim | None = None) -> frozenset[str] | None:
        """SKUs of the options named nearest, by other claims than `but`; None when none is. Options of one name
        are alternatives.
        """
        for passage in around:
            by_name: dict[str, set[str]] = {}
            claims = [c for c in passage.claims if c is not but]
            for _, _, option in named_options(passage.text, self.product, claims):
                skus = (v.sku for v in self.product.variants if option in v.options)
                by_name.setdefault(option[0], set()).update(skus)
            if by_name:
                return frozenset(set.intersection(*by_name.values()))
        return None

    def _match(
        self, role: Role, claim: Claim, skus: frozenset[str] | None, around: Sequence[Passage], stale: bool
    ) -> Fact | None:
        claims, whole = around[1].claims, around[-1]
        if role == Role.UNKNOWN:
            return None
        if role in (Role.LINK, Role.OPTION):
            return self._named(role, claim, stale, whole.text)
        if role == Role.CODE:
            return self._holding(claim.text, stale)
        if role == Role.COUNT:
            return self._counted(claim, stale)
        if role in (Role.PROMOTION, Role.ORIGIN):
            return self._holding(claim.text, stale)
        if role not in _KIND:
            return None
        if role == Role.PRICE and claim.unit == "GBP" and _POUNDS.search(claim.text):
            weight = replace(claim, role=Role.SPEC, unit="lb")
            heavy = [f for f in self.of(FactKind.SPEC, stale=stale) if _unit_fits(Role.SPEC, weight, f)]
            if found := next((f for f in heavy if _true(weight, f, f.unit)), None):
                return found
        facts = [f for f in self.of(_KIND[role], stale=stale) if _unit_fits(role, claim, f)]
        sum_up = _TOTAL.search(around[0].text)
        if role == Role.PRICE and sum_up and (count := _several(around[1].text)):
            facts = [_times(f, count) for f in facts]
        if role == Role.SPEC:
            if not belongs(claim, whole.text, whole.claims, self.sentences):
                return None
            if sum_up and comparable(Decimal(1), claim.unit)[0] == "time" and (sums := _sums(facts)):
                return next((f for f in sums if _true(claim, f, f.unit)), None)
            if said_of_a_pair(claim, whole.text, self.sentences):
                return None
            facts = list(_side(claim, around[0].text, facts))
            true = [f for f in facts if _true(claim, f, f.unit)]
            if true and told_before(claim, whole.text, whole.claims) >= sum(
                f.language == true[0].language for f in true
            ):
                return None
            return true[0] if true else self._quoted(claim, stale)
        return _amount(role, claim, facts, skus, claims)

    def _bare(
        self, claim: Claim, skus: frozenset[str] | None, around: Sequence[Passage], stale: bool
    ) -> Fact | None:
        """What a number without a unit may be: a price; what is left of an option that is named beside it; an option
        where it stands as one; a measure beside a measure (四十给大家 of a pillow 40 cm wide is a price).
        """
        whole = around[-1]
        prices = self.of(FactKind.PRICE, stale=stale)
        if found := _amount(Role.PRICE, replace(claim, role=Role.PRICE), prices, skus, around[1].claims):
            return found
        if skus is not None or _TOTAL.search(around[1].text) or _HELD.search(_marked(whole.text, claim)):
            stock = replace(claim, role=Role.STOCK)
            if found := _amount(
                Role.STOCK, stock, self.of(FactKind.STOCK, stale=stale), skus, around[1].claims
            ):
                return found
        if claim.bound not in (Bound.BELOW, Bound.ABOVE) and stands_as_option(whole.text, claim):
            named = (f for f in self.of(FactKind.OPTION, stale=stale) if _number(f) in claim.readings)
            if found := next(named, None):
                return found
        beside = [c.role for c in whole.claims if c is not claim and not c.weak]
        measured = Role.SPEC in beside or Role.UNKNOWN in beside
        specs = list(_side(claim, around[0].text, self.of(FactKind.SPEC, stale=stale)))
        sizes = {_number(f) for f in self.of(FactKind.OPTION, stale=stale)}
        exact = (
            f
            for f in specs
            if (value := _number(f)) in claim.readings
            and (measured or not (f.unit or value in sizes or skus is not None))
        )
        return next(exact, None) if claim.bound in (Bound.EXACT, Bound.ABOUT, Bound.UP_TO) else None

    def _named(self, role: Role, claim: Claim, stale: bool, text: str) -> Fact | None:
        if role == Role.OPTION:
            options = self.of(FactKind.OPTION, stale=stale)
            hit = next((f for f in options if _number(f) in claim.readings), None)
            if hit is not None:
                sizes = [v for f in options if (v := _number(f)) is not None]
                last = _LAST_SIZE.search(text[: claim.start])
                wrong = last and _number(hit) != (max(sizes) if last.group("most") else min(sizes))
                return None if wrong else hit
        names = self.of(FactKind.NAME, stale=stale)
        return names[0] if names and self.product.number in claim.readings else None

    def _holding(self, text: str, stale: bool) -> Fact | None:
        """A sentence, title or option that holds the words as they are."""
        words = re.compile(rf"(?<![A-Za-z0-9]){re.escape(text)}(?![A-Za-z0-9])", re.I)
        kinds = (FactKind.TEXT, FactKind.NAME, FactKind.OPTION)
        return next((f for kind in kinds for f in self.of(kind, stale=stale) if words.search(f.value)), None)

    def _quoted(self, claim: Claim, stale: bool) -> Fact | None:
        """A sentence that sets the same bound on the same measure: "in under 8 hours"."""
        if claim.bound == Bound.EXACT:
            return None
        for fact in (f for kind in (FactKind.TEXT, FactKind.NAME) for f in self.of(kind, stale=stale)):
            for own in _bounds(fact.value):
                if own.bound != claim.bound or not same_dimension(own.unit, claim.unit):
                    continue
                said = {comparable(r, claim.unit)[1] for r in claim.readings}
                if said & {comparable(r, own.unit)[1] for r in own.readings}:
                    return fact
        return None

    def _counted(self, claim: Claim, stale: bool) -> Fact | None:
        by_name: dict[str, dict[str, Fact]] = {}
        for fact in self.of(FactKind.OPTION, stale=stale):
            by_name.setdefault(fact.unit.lower(), {})[fact.value] = fact
        stems = {"colour": ("colo", "色"), "size": ("size", "码", "尺")}.get(claim.unit, ())
        for name, values in by_name.items():
            if any(s in name for s in stems) and len(values) in claim.readings:
                return next(iter(values.values()))
        return None

    def carrying_words(self, claim: Claim, around: Sequence[Passage], now: datetime) -> Ground:
        """The fact behind a guarantee or a scarcity that is put in words. `around`: from near to wide."""
        if claim.role == "guarantee_or_warranty":
            return self._guarantee(claim, around[1].text)
        return self._scarcity(claim, around, now)

    def _guarantee(self, claim: Claim, sentence: str) -> Ground:
        wanted = {name for name, pattern in _GUARANTEES.items() if pattern.search(claim.text)}
        if not wanted and claim.text.lower().startswith(
            ("if ", "坏了找")
        ):  # what is promised then stands beside it
            wanted = {name for name, pattern in _GUARANTEES.items() if pattern.search(sentence)}
        for fact in self.of(FactKind.TEXT):
            if wanted and wanted <= {
                name for name, pattern in _GUARANTEES.items() if pattern.search(fact.value)
            }:
                return Ground(fact)
        return Ground(
            None,
            f'the catalogue promises no "{claim.text}" for {self._title()}',
            "Leave it out, or add it to the description.",
        )

    def _scarcity(self, claim: Claim, around: Sequence[Passage], now: datetime) -> Ground:
        ends = [v.offer.valid_to for v in self.product.variants]
        if ends and all(e is not None and now < e <= now + ENDS_SOON for e in ends):
            prices = self.of(FactKind.PRICE)
            if prices:
                return Ground(prices[0])
        skus = self._skus(around[:-1])
        stock = [f for f in self.of(FactKind.STOCK) if (f.sku is None if skus is None else f.sku in skus)]
        single = re.search(
            r"\b(?:last|final) (?:one|pair|piece|unit|item|set)\b|最后一?(?:双|件|个|台|只|条|盒|瓶|套)",
            claim.text,
            re.I,
        )
        limit = 1 if single else LOW_STOCK
        for fact in stock:
            if 0 < int(fact.value) <= limit:
                return Ground(fact)
        have = f"; it has {stock[0].value}" if stock else ""
        return Ground(
            None,
            f'"{claim.text}" is not so for {self._title()}{have}, and no offer of it ends today',
            "Leave the hurry out.",
        )

    def _title(self) -> str:
        return self.product.text(self.product.default_language).title

    def _missing(self, role: Role, claim: Claim, skus: frozenset[str] | None) -> Ground:
        """In plain words: what the catalogue says instead."""
        title = self._title()
        if role not in _KIND:
            return Ground(None, f'nothing in the catalogue says "{claim.text}" of {title}', "Leave it out.")
        facts = self.of(_KIND[role])
        if skus is not None and any(f.sku in skus for f in facts):
            facts = [f for f in facts if f.sku in skus]
        elif any(f.sku is None for f in facts):
            facts = [f for f in facts if f.sku is None] if role != Role.OPTION else facts
        said = ", ".join(dict.fromkeys(f"{f.value} {f.unit}".strip() for f in facts))
        name = role.value.replace("_", "-")
        if not said:
            return Ground(
                None,
                f'the catalogue knows no {name} of {title} now; "{claim.text}" cannot be checked',
                "Leave it out, or read the catalogue again.",
            )
        return Ground(
            None, f'the {name} of {title} is {said}, not "{claim.text}"', f"Say {said}, or leave it out."
        )


@lru_cache(maxsize=4096)
def _never_said(sentences: tuple[str, ...]) -> frozenset[str]:
    """Sentences that carry a claim which is not made, whoever wrote them: their words carry nothing."""
    return frozenset(sentence for sentence, _ in refused(sentences))


_HELD = re.compile(
    r"\b(?:there are|we have|we've got|we still have|i have|we hold)(?: only| still| exactly)?\s*#\s*(?:$|[.!,]|of (?:them|these|those|the \w+|our \w+))|"
    r"\bstock\b[^.!?#]*#|现货|库存",
    re.I,
)


def _marked(text: str, claim: Claim) -> str:
    """What stands around a number, the number itself as a sign."""
    return text[max(0, claim.start - 40) : claim.start] + "#" + text[claim.end : claim.end + 12]


# "the largest is a 45", 最小36码: the end of the sizes
_LAST_SIZE = re.compile(
    r"(?:(?P<most>\b(?:largest|biggest|highest|goes up to|go up to|end(?:s|ing)? at|stop(?:s|ping)? at|up to an?)|最大|最高)|\b(?:smallest|lowest|start(?:s|ing)? (?:at|from|with)|begin(?:s|ning)? (?:at|with|from))|最小|最低)"
    r"(?: (?:size|is|one|we|have|at|with|a|an)|[的是到有就码])*\s*$",
    re.I,
)
_TOTAL = re.compile(
    r"\b(?:together|altogether|in total|total|all told|all in all|comes? to|combined|added up|for both|in all|if you (?:buy|take|get|order))\b|"
    r"一共|总共|合计|加起来|加一块|加在一起|拢共|总计|买[两俩三四五]",
    re.I,
)
_SEVERAL = re.compile(
    r"\b(?P<en>two|both|a couple|a pair of (?:them|these|those|mugs|bottles|lamps|candles|totes|pillows)|three|four|five|six|seven|eight|nine|ten|[2-9])\b"
    r"(?! (?:hours?|dollars?|colou?rs?|sizes?|steps?|years?|days?|more))|"
    r"(?P<zh>[两俩三四五六七八九十2-9])(?=[个双件只支条盒瓶套台副罐把包](?!颜色|尺码))",
    re.I,
)
_HOW_MANY = {w: n for n, w in enumerate("two three four five six seven eight nine ten".split(), 2)} | {
    w: n for n, w in enumerate("两三四五六七八九十", 2)
}
_HOW_MANY |= {"both": 2, "a couple": 2, "俩": 2}


def _several(text: str) -> int:
    """How many of the product a sentence counts: "two of these come to 37"; 0 when it counts none."""
    if (m := _SEVERAL.search(text)) is None:
        return 0
    word = m.group().lower()
    if word.startswith("a pair of"):
        return 2
    return int(word) if word.isdigit() else _HOW_MANY[word]


def _times(fact: Fact, count: int) -> Fact:
    return fact.model_copy(update={"value": str(Decimal(fact.value) * count)})


def _sums(facts: Sequence[Fact]) -> list[Fact]:
    """What two times of one sentence's language make together: "6 hours, and 24 more in the case"."""
    timed = [f for f in facts if f.unit and comparable(Decimal(1), f.unit)[0] == "time"]
    return [
        a.model_copy(update={"value": str(Decimal(a.value) + Decimal(b.value))})
        for i, a in enumerate(timed)
        for b in timed[i + 1 :]
        if a.unit == b.unit and a.language == b.language
    ]


_ALONG = re.compile(
    r"\s*(?:in )?(?:(?P<long>long|length)|(?P<wide>wide|width|across)|(?P<high>high|tall|thick|height|deep))",
    re.I,
)
_ALONG_ZH = re.compile(r"(?:(?P<long>长)|(?P<wide>宽)|(?P<high>高|厚))(?:度)?(?:是|为|有|达|大约|约|：)?$")


def _side(claim: Claim, clause: str, facts: Sequence[Fact]) -> Sequence[Fact]:
    """Of 60 x 40 x 11 cm the one that is spoken of: 60 long, 40 wide, 11 high; all when none is named."""
    at = clause.find(claim.text)
    if at < 0:
        return facts
    m = _ALONG.match(clause, at + len(claim.text)) or _ALONG_ZH.search(clause[:at])
    sides = [
        f
        for f in facts
        if f.unit and comparable(Decimal(1), f.unit)[0] == "length" and f.language == facts[0].language
    ]
    if m is None or len(sides) not in (2, 3) or len({f.unit for f in sides}) > 1:
        return facts
    by_size = sorted(sides, key=lambda f: Decimal(f.value), reverse=True)
    if m.lastgroup == "high":
        return sides[2:]
    return by_size[:1] if m.lastgroup == "long" else by_size[1:2]


def _too_old(fact: Fact) -> Ground:
    return Ground(
        None,
        f"what is known ({fact.value} {fact.unit}, {fact.source}) was read too long ago",
        "Read the catalogue again.",
        stale=True,
    )


@lru_cache(maxsize=4096)
def _bounds(sentence: str) -> tuple[Claim, ...]:
    """Measures of a sentence that are bounds: "under 8 hours", "at least 30 cm"."""
    return tuple(c for c in number_claims(sentence) if c.role == Role.SPEC and c.bound != Bound.EXACT)


def _number(fact: Fact) -> Decimal | None:
    try:
        value = Decimal(fact.value)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _unit_fits(role: Role, claim: Claim, fact: Fact) -> bool:
    if role in (Role.PRICE, Role.COMPARE_AT, Role.SAVING):
        return currency_fits(claim.unit, fact.unit)
    if role == Role.SPEC:
        if claim.unit in (PLAIN_PERCENT, PERCENT_OFF):
            return fact.unit == PLAIN_PERCENT
        return not claim.unit or same_dimension(claim.unit, fact.unit)
    return True


_BOUNDED = frozenset(
    {
        Bound.BELOW,
        Bound.JUST_BELOW,
        Bound.UP_TO,
        Bound.AT_MOST,
        Bound.ABOVE,
        Bound.JUST_ABOVE,
        Bound.AT_LEAST,
        Bound.SOME_MORE,
    }
)


def _amount(
    role: Role, claim: Claim, facts: Sequence[Fact], skus: frozenset[str] | None, claims: Sequence[Claim]
) -> Fact | None:
    """Amounts: of the options that are named; else what holds for all variants; else the ends of a range."""
    if skus is not None:
        named = [f for f in facts if f.sku in skus]
        if named:
            return next((f for f in named if _true(claim, f, f.unit)), None)
    whole = [f for f in facts if f.sku is None]
    low = next((f for f in whole if f.id.endswith(f"/{FROM}")), None)
    high = next((f for f in whole if f.id.endswith(f"/{TO}")), None)
    if low is None or high is None:
        return next((f for f in whole if _true(claim, f, f.unit)), None)
    if claim.bound == Bound.FROM and _number(low) in claim.readings:
        return low
    if claim.bound in _BOUNDED:
        end = low if claim.bound in (Bound.ABOVE, Bound.AT_LEAST, Bound.JUST_ABOVE, Bound.SOME_MORE) else high
        return end if _true(claim, end, end.unit) else None
    others = {r for c in claims if c.role == claim.role and c is not claim for r in c.readings}
    if _number(low) in claim.readings and _number(high) in others:
        return low
    return high if _number(high) in claim.readings and _number(low) in others else None


def _true(claim: Claim, fact: Fact, unit: str) -> bool:
    value = _number(fact)
    if value is None:
        return False
    if claim.role == Role.SPEC:
        _, value = comparable(value, unit)
        readings: Sequence[Decimal] = [comparable(r, claim.unit or unit)[1] for r in claim.readings]
        if claim.bound == Bound.SOME_MORE:
            ends = [comparable(r + _step(r), claim.unit or unit)[1] for r in claim.readings]
            return any(a < value < b for a, b in zip(readings, ends, strict=True))
        if claim.unit not in ("", unit) and claim.bound == Bound.EXACT and _rounded(claim, value):
            return True
    else:
        readings = claim.readings
    return any(_holds(claim, reading, value) for reading in readings)


def holds(claim: Claim, value: Decimal, dimension: str) -> bool:
    """Whether a number is `value`, which follows from facts; in the base of its dimension. A bare number goes
    by the units that such figures are told in.
    """
    units = (claim.unit,) if claim.role == Role.SPEC and claim.unit else _TOLD_IN.get(dimension, ("",))
    return any(_holds(claim, comparable(r, unit)[1], value) for unit in units for r in claim.readings)


_TOLD_IN: Mapping[str, tuple[str, ...]] = {"mass": ("g", "kg"), "time": ("h", "min", "day")}


def _rounded(claim: Claim, value: Decimal) -> bool:
    """Whether a measure in another unit is the value, rounded at its last digit: 2.65 lb of 1.2 kg."""
    for reading in claim.readings:
        _, said = comparable(reading, claim.unit)
        exponent = reading.normalize().as_tuple().exponent
        digit = Decimal(1).scaleb(min(0, exponent)) if isinstance(exponent, int) else Decimal(1)
        _, half = comparable(reading + digit / 2, claim.unit)
        if abs(value - said) <= abs(half - said) and abs(value - said) <= CONVERTED_RATIO * value:
            return True
    return False


def _holds(claim: Claim, said: Decimal, value: Decimal) -> bool:
    bounds: Mapping[Bound, Callable[[], bool]] = {
        Bound.BELOW: lambda: value < said,
        Bound.ABOVE: lambda: value > said,
        Bound.AT_LEAST: lambda: value >= said,
        Bound.AT_MOST: lambda: value <= said,
        Bound.JUST_BELOW: lambda: said * (1 - JUST_RATIO) <= value < said,
        Bound.SOME_MORE: lambda: claim.role != Role.PRICE and said < value < said + _step(said),
        Bound.JUST_ABOVE: lambda: said < value <= said * (1 + JUST_RATIO),
        Bound.ABOUT: lambda: (
            abs(said - value) <= ABOUT_RATIO * value
            and (claim.role != Role.PRICE or said >= value)
            and any(_round_for(r, value * r / said) for r in claim.readings if said)
        ),
    }
    if claim.bound in bounds:
        return bounds[claim.bound]()
    if claim.role == Role.DISCOUNT:  # never more than it is; 21 for 21.33 is rounding
        return 0 <= value - said < 1
    return said == value


def _round_for(said: Decimal, value: Decimal) -> bool:
    """Whether somebody who rounds comes from `value` to `said`, to a 1, 2 or 5 of some place: to 60 from 59, to 30
    from 29.90, to 42 from 41.8, never from 40.
    """
    steps = (Decimal(unit).scaleb(place) for place in range(-2, 7) for unit in (1, 2, 5))
    return said == value or any(said % step == 0 and abs(said - value) < step / 2 for step in steps)


def _step(said: Decimal) -> Decimal:
    """How far 多 reaches: 五十多 to sixty, 六块多 to seven, 一斤九两多 to two jin."""
    exponent = said.normalize().as_tuple().exponent
    return Decimal(1).scaleb(exponent) if isinstance(exponent, int) else Decimal(1)


def option_label(option: Option) -> str:
    return f"{option[0]} {option[1]}"
