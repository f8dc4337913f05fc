"""Writes lines from phrasings and catalogue facts alone: works without a language model, never guesses."""

import hashlib
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from persona import leaning
from persona.answers import Sayable, TemplateAnswerer
from persona.daytime import part_of_day
from persona.figures import consecutive, money
from persona.framing import Point, pieces, points
from persona.grammar import capital, plural, title_fields
from persona.persona import Persona
from persona.phrasebook import LATELY, Phrasebook, phrasebook
from persona.product_view import Axis, ProductView, view
from persona.replies import span
from persona.script import Brief, Line, LineKind, Question, Script
from persona.shelf import Shelf
from persona.variety import freshest, units
from persona.wording import count_of, gone_fields
from products.catalogue import Fact, Product

_MOST_SENTENCES = 8
_BEAT = (0, 1, 1, 2, 2)
"""Which Line a tens of places belongs to: opening and first point; details and choices; price and where."""
_SHORT_LINE = 16  # words or characters; fewer details than that are said with the opening, not alone
_DRAFT_STEP = 1_000_003  # far from the steps that a show makes between its briefs
_RESTED_DRAFTS = 3
"""So many drafts of a line take phrasings said longest ago. Later ones draw from all: the rested ones
alone may give too few ways to put a line together."""
_FULL_DRAFTS = 16
"""So many drafts of a pitch tell all they can. Later ones are short, and some leave the page out: a page
of one long sentence can be read out in so many ways only."""
_TELLS_TIME = 0.3  # share of welcomes and invitations that tell the time of day
_SHELVES = {
    "shoes": r"shoes?|sneakers?|boots?|鞋",
    "kitchen": r"kitchen|厨",
    "bags": r"bags?|backpacks?|totes?|包",
    "home": r"home|家居",
    "electronics": r"electronics|数码|电子",
    "food": r"food|drinks?|食品|茶",
    "outdoor": r"outdoors?|户外",
}


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence or two that belong together. `place`: order in the pitch; its tens say its Line (_BEAT)."""

    place: int
    text: str
    facts: tuple[str, ...] = ()
    count: int = 1
    source: str = ""  # the page's own words in it


class TemplateWriter:
    """The Writer that needs no key. Deterministic: equal arguments give equal lines."""

    def __init__(self, persona: Persona, sayable: Sayable) -> None:
        self._persona = persona
        self._sayable = sayable
        self._answerer = TemplateAnswerer(persona, sayable)

    async def pitch(self, product: Product, brief: Brief) -> Script:
        lines = freshest(lambda k: self._pitch(product, brief, k), _text, brief.recent, _told)
        return Script(product.handle, brief.language, lines)

    def _pen(self, brief: Brief, draft: int, about: ProductView | None) -> "_Pen":
        return _Pen(self._persona, _drafted(brief, draft), about, rested=draft < _RESTED_DRAFTS)

    def _pitch(self, product: Product, brief: Brief, draft: int) -> Sequence[Line]:
        pen = self._pen(brief, draft, view(product, brief.language, brief.now))
        sentences = () if brief.avoid else self._sayable(product, brief.language)
        if pen.view.looks_gone:
            said = pen.sold_out(sentences)
        elif brief.returning or draft >= _FULL_DRAFTS:
            said = pen.again(sentences, tells=draft < _FULL_DRAFTS or draft % 2 == 0)
        else:
            said = pen.full(
                sentences, has_text=bool(sentences) or bool(product.text(brief.language).sentences)
            )
        return _lines(said, brief, product)

    async def line(self, brief: Brief, products: Sequence[Product] = ()) -> Line:
        if brief.kind in (LineKind.PITCH, LineKind.ANSWER):
            raise ValueError(f"line() does not write {brief.kind.value}; use {brief.kind.value}()")
        if brief.kind is LineKind.OFFER:
            if not products:
                raise ValueError("an offer line needs its product")
            return _freshest_line(_offers_of(self, products[0], brief), brief)
        return _freshest_line(lambda draft: self._line(brief, draft), brief)

    def _line(self, brief: Brief, draft: int) -> Line:
        pen = self._pen(brief, draft, None)
        slot = f"welcome.{self._persona.greeting}" if brief.kind is LineKind.WELCOME else brief.kind.value
        return _lines([*pen.time_of_day(), _Said(1, pen.say(slot))], brief, None)[0]

    def _offer(self, product: Product, brief: Brief, draft: int) -> Line:
        pen = self._pen(brief, draft, view(product, brief.language, brief.now))
        return _lines([pen.offer()], brief, product)[0]

    async def offers(self, products: Sequence[Product], brief: Brief, limit: int = 3) -> Script:
        views = [view(product, brief.language, brief.now) for product in products if product.active]
        good = [v for v in views if v.compare_at is not None and v.stock_known and not v.sold_out]
        if not good:
            return Script(None, brief.language, ())
        if brief.recent:  # not the first round: another product opens it
            turn = random.Random(brief.seed).randrange(len(good))
            good = good[turn:] + good[:turn]
        lines = [_freshest_line(lambda draft: self._opening(brief, draft), brief)]
        for offset, v in enumerate(good[:limit]):
            own = replace(brief, seed=brief.seed + offset, recent=(*brief.recent, *(x.text for x in lines)))
            lines.append(_freshest_line(_offers_of(self, v.product, own), own))
        return Script(None, brief.language, tuple(lines))

    def _opening(self, brief: Brief, draft: int) -> Line:
        return _lines([_Said(0, self._pen(brief, draft, None).say("offers.open"))], brief, None)[0]

    async def answer(
        self, question: Question, products: Sequence[Product], facts: Sequence[Fact], brief: Brief
    ) -> Line | None:
        table = question.product or (products[0].handle if products else None)
        return self._answerer.answer(question, Shelf(products, facts), brief.now, table, brief.recent)


def _drafted(brief: Brief, draft: int) -> Brief:
    """The brief of draft number `draft`: the first has the brief's own seed."""
    return replace(brief, seed=brief.seed + draft * _DRAFT_STEP)


def _text(line: Line) -> str:
    return line.text


def _told(lines: Sequence[Line]) -> tuple[tuple[str, ...], ...]:
    """What each line of a pitch tells: of two pitches that tell the same, lines may change places."""
    return tuple(line.facts for line in lines)


def _freshest_line(write: Callable[[int], Line], brief: Brief) -> Line:
    return freshest(lambda draft: (write(draft),), _text, brief.recent)[0]


def _offers_of(writer: TemplateWriter, product: Product, brief: Brief) -> Callable[[int], Line]:
    return lambda draft: writer._offer(product, brief, draft)


class _Pen:
    """Draws phrasings for one product and one brief."""

    def __init__(self, persona: Persona, brief: Brief, about: ProductView | None, *, rested: bool) -> None:
        self._book: Phrasebook = phrasebook(brief.language)
        handle = about.product.handle if about else ""
        self._rng = random.Random(f"{brief.seed}|{brief.kind.value}|{handle}|{'|'.join(brief.avoid)}")
        self._heard = brief.recent
        self._recent = list(brief.recent[-LATELY:]) if rested else []
        self._seconds = brief.seconds
        self._plain = bool(brief.avoid)
        self._hour = brief.hour
        self._kind = brief.kind
        self._fields: dict[str, str] = {
            "shop": persona.shop_in(brief.language),
            "name": persona.name_in(brief.language),
        }
        self._view = about
        if about is not None:
            self._fields |= title_fields(about)

    @property
    def view(self) -> ProductView:
        assert self._view is not None
        return self._view

    def say(self, *slots: str, **fields: str) -> str:
        text = self._book.say(slots, {**self._fields, **fields}, self._rng, self._recent)
        self._recent.append(text)
        return text

    def time_of_day(self) -> list[_Said]:
        """Now and then, what part of the day it is where the shop is; nothing when that is not known."""
        if self._hour is None or self._kind not in (LineKind.WELCOME, LineKind.INVITE):
            return []
        if self._rng.random() >= _TELLS_TIME:
            return []
        return [_Said(0, self.say(f"time.{part_of_day(self._hour)}"))]

    # ---- the three kinds of pitch

    def full(self, sentences: Sequence[str], has_text: bool) -> list[_Said]:
        """Hook, what the page says, choices, stock, price, where to find it: as much as the time allows."""
        page = self._page(sentences)
        hook = self._hook(bool(page))
        if not page and not has_text:
            page = [_Said(1, self.say("no_description"))]
        choices, scarce = self._choices(), [] if self._plain else self._scarce()
        price, buy = self._price(), self._buy()
        several = any(len(axis.choices) > 1 for axis in self.view.axes)
        ask = _Said(42, self.say("ask", "ask.choice") if several else self.say("ask"))
        must = [hook, *page[:1], *choices[1:], *price, buy]
        wish = [*scarce[:1], *page[1:2], *choices[:1], *page[2:3], ask, *page[3:]]
        return self._fit(must, wish)

    def again(self, sentences: Sequence[str], tells: bool = True) -> list[_Said]:
        """Pitched lately: one point only, the one that was said longest ago, or the choices. `tells`: False
        leaves the page's words out.
        """
        page = self._page(sentences) if tells else []
        points = [replace(self._rested(page[1:] or page), place=1)] if page else []
        if tells and not page and self._rng.random() < 0.5:
            points = [_Said(1, self.say("no_description"))]
        choices = self._choices()
        if len(choices) == 1 and self._rng.random() < 0.35:
            points = [replace(choices[0], place=2)]
        scarce = [] if self._plain else [replace(said, place=3) for said in self._scarce()]
        ask = [_Said(42, self.say("ask"))] if self._rng.random() < 0.4 else []
        return [
            _Said(0, self.say("hook.again"), self._name()),
            *points,
            *scarce[:1],
            *self._price(),
            self._buy(),
            *ask,
        ]

    def _rested(self, page: Sequence[_Said]) -> _Said:
        """The point whose own words were said longest ago; of several, one by lot."""
        lately = "\n".join(self._heard) if self._recent else ""
        ages = [lately.rfind(said.source) for said in page]
        return self._rng.choice([said for said, age in zip(page, ages, strict=True) if age == min(ages)])

    def sold_out(self, sentences: Sequence[str]) -> list[_Said]:
        """What it is and that it cannot be bought; a stale figure is not stated as a fact."""
        if not self.view.sold_out:
            return [self._hook(), *self._page(sentences)[:1], _Said(40, self.say("unsure"))]
        return [
            _Said(0, self.say("sold_out.hook"), self._name()),
            _Said(2, self.say("sold_out.fact"), leaning.available(self.view)),
            *self._page(sentences)[:1],
            _Said(40, self.say("sold_out.move_on")),
        ]

    def offer(self) -> _Said:
        """One product of the round-up, complete in itself."""
        v = self.view
        if v.price is None:
            return _Said(0, self.say("offer.noprice"), self._name())
        facts = (*self._name(), *leaning.prices(v))
        price = money(v.price, v.language)
        if v.compare_at is None or v.saving is None:
            return _Said(0, self.say("offer.plain", price=price), facts)
        text = self.say(
            "offer.one",
            price=price,
            compare_at=money(v.compare_at, v.language),
            saving=money(v.saving, v.language),
        )
        return _Said(0, text, facts)

    # ---- the parts

    def _name(self) -> tuple[str, ...]:
        return leaning.name(self.view)

    def _hook(self, has_page: bool = False) -> _Said:
        product = self.view.product
        words = f"{product.category} {' '.join(product.tags)}"
        shelf = [
            f"hook.{name}" for name, pattern in _SHELVES.items() if re.search(pattern, words, re.IGNORECASE)
        ]
        use_shelf = bool(shelf) and self._rng.random() < 0.4
        return _Said(
            0,
            self.say(shelf[0]) if use_shelf else self.say("hook.new", *(["hook.page"] if has_page else [])),
            self._name(),
        )

    def _page(self, sentences: Sequence[str]) -> list[_Said]:
        many = self.view.language == "en" and plural(self.view.title)
        found = points(self.view, sentences, many)
        return [
            _Said(
                1 if i == 0 else 9 + i,
                self._point(point, i),
                leaning.sentences(self.view, [point.source]),
                source=max(pieces(point.source), key=len),
            )
            for i, point in enumerate(found)
        ]

    def _point(self, point: Point, place: int) -> str:
        slot = point.slot
        if slot == "point":
            slot = "point.first" if place == 0 else "point.more"
        return self.say(slot, s=self._in_some_order(point))

    def _in_some_order(self, point: Point) -> str:
        """Its words; a list of short facts begins with any of them, but the page's first word keeps its place
        where a capital may be a name's.
        """
        parts = list(pieces(point.source))
        if len(parts) == 1 or not self._heard or point.slot not in ("point", "point.figures"):
            return point.text
        first = parts[:1] if parts[0][0].isupper() and not parts[0][:2].isupper() else []
        rest = parts[len(first) :]
        self._rng.shuffle(rest)
        text = (", " if self.view.language == "en" else "，").join([*first, *rest])
        return capital(text)

    def _choices(self) -> list[_Said]:
        """What can be chosen, then what of it is sold out (which is said whenever it is known)."""
        v = self.view
        axes = [axis for axis in v.axes if len(axis.choices) > 1 and axis.left]
        if not axes:
            return []
        text = (
            " ".join(self._axis(axis) for axis in axes)
            if v.language == "en"
            else "".join(map(self._axis, axes))
        )
        said = [_Said(20, text, leaning.options(v), len(axes))]
        if any(axis.gone for axis in axes):
            fields = gone_fields(axes, v.language)
            said.append(_Said(21, self.say("options.gone", **fields), leaning.available(v)))
        return said

    def _axis(self, axis: Axis) -> str:
        values = [choice.value for choice in axis.choices]
        if axis.kind == "size" and consecutive(values) and self.view.stock_known:
            first, last = axis.choices[0], axis.choices[-1]
            if self.view.language == "zh":
                return self.say("options.range", first=first.phrase, last=last.phrase)
            return self.say("options.range", first=first.shown, last=last.shown)
        shown = span(axis, axis.left, self.view)
        slot = "options.remaining" if len(axis.left) == 1 else "options.list"
        if not self.view.stock_known:
            slot = "options.listed"
        return self.say(slot, axis=axis.label, values=shown)

    def _scarce(self) -> list[_Said]:
        said = []
        for variant in self.view.scarce:
            left = variant.stock.quantity or 0
            what = self.view.phrase_of(variant)
            count = count_of(left, self.view, self._book)
            are = "is" if left == 1 else "are"
            slot = "stock.low" if what else "stock.low_single"
            text = capital(self.say(slot, what=what, count=count, are=are))
            said.append(_Said(22, text, leaning.of_variant(self.view, variant, "stock")))
        return said

    def _price(self) -> list[_Said]:
        v = self.view
        if v.low is None or v.high is None:
            return []
        if v.price is None:
            text = self.say("price.range", low=money(v.low, v.language), high=money(v.high, v.language))
            return [_Said(40, text, leaning.prices(v))]
        price = money(v.price, v.language)
        if v.compare_at is None or v.saving is None:
            return [_Said(40, self.say("price.plain", price=price), leaning.prices(v))]
        text = self.say(
            "price.compared",
            price=price,
            compare_at=money(v.compare_at, v.language),
            saving=money(v.saving, v.language),
        )
        return [_Said(40, text, leaning.prices(v))]

    def _buy(self) -> _Said:
        return _Said(41, self.say("buy" if self.view.stock_known else "unsure"), self._name())

    def _fit(self, must: Sequence[_Said], wish: Sequence[_Said]) -> list[_Said]:
        """What must be said, and of the wishes, in their order, what still fits the time; sorted by place."""
        chosen = list(must)
        for said in wish:
            seconds = sum(spoken_seconds(s.text, self.view.language) for s in [*chosen, said])
            if seconds <= self._seconds and sum(s.count for s in chosen) + said.count <= _MOST_SENTENCES:
                chosen.append(said)
        return sorted(chosen, key=lambda said: said.place)


def spoken_seconds(text: str, language: str) -> float:
    """A rough length: 2.8 English words or 4.4 Chinese characters a second, and 0.35 s at each stop."""
    stops = len(re.findall(r"[.!?。！？]", text))
    units = (
        len(re.sub(r"[\s，。！？、：；]", "", text)) / 4.4 if language == "zh" else len(text.split()) / 2.8
    )
    return units + 0.35 * stops


def _lines(said: Sequence[_Said], brief: Brief, product: Product | None) -> tuple[Line, ...]:
    """One Line a beat. Ids are a digest of the brief: unique while (seed, now, product) is."""
    about = product.handle if product else ""
    key = f"{brief.kind.value}|{brief.language}|{brief.now.isoformat()}|{brief.seed}|{about}"
    digest = hashlib.blake2b(key.encode(), digest_size=5).hexdigest()
    lines = []
    beats = {s: _BEAT[s.place // 10] for s in said}
    if 0 < sum(len(units(s.text)) for s, beat in beats.items() if beat == 1) < _SHORT_LINE:
        beats = {s: 0 if beat == 1 else beat for s, beat in beats.items()}
    for beat in sorted(set(beats.values())):
        parts = sorted((s for s in said if beats[s] == beat), key=lambda s: s.place)
        lines.append(
            Line(
                id=f"{brief.kind.value}-{digest}-{beat}",
                kind=brief.kind,
                text=(" " if brief.language == "en" else "").join(s.text for s in parts),
                language=brief.language,
                products=(product.handle,) if product else (),
                facts=tuple(dict.fromkeys(fact for s in parts for fact in s.facts)),
            )
        )
    return tuple(lines)
