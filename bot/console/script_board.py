"""The scripts of the shops' shows as the console sees them, and what people do to them.

All methods block (the database, the catalogue's files); the web application calls them from a thread.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.script_review import Review
from bot.show.script_desk import ScriptDesk
from persona.approval import Sensitive, sensitive
from persona.script_book import Event, ScriptBook
from persona.script_choice import Withheld
from persona.scripts import Change, ScriptState, Version, diff
from products.catalogue import Product
from products.errors import CastmateError, ContentError
from products.store import SqlCatalogue
from products.verdict import Clearance, Verdict
from schedules.showfile import Verbatim

FRESH = timedelta(
    seconds=60
)  # so long a catalogue that was read counts: stock may be spoken of for 10 minutes
RULES = timedelta(minutes=10)  # so long the rules of a show count: papers are signed rarely
FOUND = 40  # products that a search shows


@dataclass(frozen=True, slots=True)
class ScriptShop:
    """What the pages need of a show.

    title      by language
    languages  those of its host; the show's own first
    pitched    handles of the rundown, in its order
    refresh    reads the catalogue's files again, if they changed
    rules      what its lines are held against at a moment
    template   the template writer's words for a product in a language
    """

    show: str
    title: Mapping[str, str]
    languages: tuple[str, ...]
    pitched: tuple[str, ...]
    catalogue: SqlCatalogue
    book: ScriptBook
    verbatim: Verbatim
    refresh: Callable[[], None]
    rules: Callable[[datetime], Clearance]
    template: Callable[[Product, str], Sequence[str]]

    def title_in(self, language: str) -> str:
        return self.title.get(language) or next(iter(self.title.values()), self.show)


@dataclass(frozen=True, slots=True)
class Row:
    """A product in the list. `kind`, `verbatim`: why only approved words of it air; `states`: how many
    versions there are of each; `withheld`: why it is not pitched now.
    """

    product: Product
    title: str
    kind: Sensitive | None
    verbatim: bool
    states: Mapping[ScriptState, int]
    newest: Version | None
    withheld: Withheld | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """All about one product's script in one language. `chosen`: the version that is read, with its verdicts;
    `against`: the one that it is compared with.
    """

    row: Row
    versions: tuple[Version, ...]
    chosen: Version | None
    verdicts: tuple[Verdict, ...]
    against: Version | None
    changes: tuple[Change, ...]
    log: tuple[Event, ...]

    @property
    def cleared(self) -> bool:
        return all(verdict.cleared for verdict in self.verdicts)


@dataclass
class _Seen:
    """When a shop was last read, and by which rules its lines are held."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    read_at: datetime | None = None
    ruled_at: datetime | None = None
    rules: Clearance | None = None
    trouble: str = ""


class ScriptBoard:
    """`shops`: by the name of the show."""

    def __init__(self, shops: Callable[[], Mapping[str, ScriptShop]], now: Callable[[], datetime]) -> None:
        self._shops, self.now = shops, now
        self._seen: dict[str, _Seen] = {}
        self._lock = threading.Lock()

    def shows(self) -> Mapping[str, ScriptShop]:
        return self._shops()

    def shop(self, show: str) -> ScriptShop:
        """Raises ContentError for a show that is not here."""
        found = self._shops().get(show)
        if found is None:
            known = ", ".join(sorted(self._shops())) or "none"
            raise ContentError(f"The show {show!r} is not known here.", remedy=f"Known: {known}.")
        return found

    # ---- what is there

    def rows(self, show: str, language: str, search: str = "") -> tuple[Row, ...]:
        """The products of the rundown in its order, then others that have scripts; with `search`, those that
        it finds.
        """
        shop = self.shop(show)
        desk = self._desk(shop)
        versions: dict[str, list[Version]] = {}
        for version in shop.book.all(language=language):
            versions.setdefault(version.product, []).append(version)
        if search:
            products: Iterable[Product] = shop.catalogue.search(search, FOUND)
        else:
            handles = dict.fromkeys((*shop.pitched, *versions))
            products = (p for h in handles if (p := shop.catalogue.product(h)) is not None)
        now = self.now()
        return tuple(_row(desk, p, language, versions.get(p.handle, ()), now) for p in products)

    def sheet(self, show: str, product: str, language: str, version: int = 0, against: int = 0) -> Sheet:
        """`version`: 0 for the newest; `against`: 0 for the one before it. Raises ContentError."""
        shop = self.shop(show)
        desk, now = self._desk(shop), self.now()
        found = self._product(shop, product, language)
        versions = shop.book.all(product, language)
        numbers = {v.version: v for v in versions}
        chosen = numbers.get(version) if version else (versions[-1] if versions else None)
        if version and chosen is None:
            raise ContentError(
                f"There is no script {product}/{language}/{version}.", remedy="Choose one of the list."
            )
        row = _row(desk, found, language, versions, now)
        if chosen is None:
            return Sheet(row, versions, None, (), None, (), ())
        other = numbers.get(against or chosen.version - 1)
        return Sheet(
            row,
            versions,
            chosen,
            Review(shop.book, desk.clearance).read(product, language, chosen.words, now),
            other,
            () if other is None else diff(other.words, chosen.words),
            shop.book.log(chosen.name),
        )

    def check(self, show: str, product: str, language: str, words: Sequence[str]) -> tuple[Verdict, ...]:
        """The verdicts on words that nobody has saved."""
        shop = self.shop(show)
        self._product(shop, product, language)
        return self._review(shop).read(product, language, words, self.now())

    def trouble(self, show: str) -> str:
        """Why the catalogue could not be read again; "" when it could."""
        return self._seen_of(show).trouble

    # ---- what people do. Each raises ContentError when it cannot be done.

    def draft(self, show: str, product: str, language: str, words: Sequence[str], by: str) -> Version:
        shop = self.shop(show)
        self._product(shop, product, language)
        return shop.book.draft(product, language, words, by, self.now())

    def write(self, show: str, product: str, language: str) -> Version:
        """A draft in the template writer's words."""
        shop = self.shop(show)
        words = shop.template(self._product(shop, product, language), language)
        return shop.book.draft(product, language, words, "template", self.now())

    def approve(
        self, show: str, name: str, by: str, note: str = "", *, replace: bool = False
    ) -> tuple[Version, tuple[Version, ...]]:
        """The version and those that it replaced."""
        return self._review(self.shop(show)).approve(name, by, self.now(), note, replace=replace)

    def send_back(self, show: str, name: str, by: str, note: str) -> Version:
        return self.shop(show).book.send_back(name, by, self.now(), note)

    def retire(self, show: str, name: str, by: str, note: str = "") -> Version:
        return self.shop(show).book.retire(name, by, self.now(), note)

    # ---- inside

    def _product(self, shop: ScriptShop, handle: str, language: str) -> Product:
        found = shop.catalogue.product(handle)
        if found is None:
            raise ContentError(f"There is no product {handle!r}.", remedy="Choose one of the list.")
        if language not in shop.languages:
            spoken = ", ".join(shop.languages)
            raise ContentError(f"The host does not speak {language!r}.", remedy=f"Choose one of: {spoken}.")
        return found

    def _review(self, shop: ScriptShop) -> Review:
        return Review(shop.book, self._rules(shop))

    def _desk(self, shop: ScriptShop) -> ScriptDesk:
        return ScriptDesk(shop.book, self._rules(shop), shop.verbatim, shop.show)

    def _seen_of(self, show: str) -> _Seen:
        with self._lock:
            return self._seen.setdefault(show, _Seen())

    def _rules(self, shop: ScriptShop) -> Clearance:
        """What the show's lines are held against, over a catalogue that was just read."""
        seen, now = self._seen_of(shop.show), self.now()
        with seen.lock:
            if seen.read_at is None or not timedelta() <= now - seen.read_at < FRESH:
                try:
                    shop.refresh()
                    seen.trouble = ""
                except CastmateError as error:
                    seen.trouble = str(error)
                seen.read_at = now
            if seen.rules is None or seen.ruled_at is None or now - seen.ruled_at >= RULES:
                seen.rules, seen.ruled_at = shop.rules(now), now
            return seen.rules


def _row(
    desk: ScriptDesk, product: Product, language: str, versions: Sequence[Version], now: datetime
) -> Row:
    states: dict[ScriptState, int] = {}
    for version in versions:
        states[version.state] = states.get(version.state, 0) + 1
    words = desk.words(product, language, now)
    return Row(
        product,
        product.text(language).title,
        sensitive(product),
        desk.verbatim.covers(product.handle, product.vendor),
        states,
        versions[-1] if versions else None,
        words if isinstance(words, Withheld) else None,
    )
