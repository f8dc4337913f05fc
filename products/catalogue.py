"""What a shop sells, as frozen values: Product, Variant, Offer, Stock, Fact, and the read-only Catalogue."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Value(BaseModel):
    """Base of all catalogue values: frozen, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Money(Value):
    """An amount with its ISO 4217 currency. `amount` >= 0."""

    amount: Decimal = Field(ge=0)
    currency: str = Field(pattern=r"^[A-Z]{3}$")


class Offer(Value):
    """The price that is asked, and the price that it is compared with. `seen_at`: when the source said so."""

    price: Money
    compare_at: Money | None = None
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None
    seen_at: AwareDatetime
    source: str = ""  # "products.csv row 12"


class Stock(Value):
    """How many are left. `quantity` None = the shop does not track it (never "unlimited" in words)."""

    quantity: int | None = None
    may_backorder: bool = False
    seen_at: AwareDatetime
    source: str = ""

    @property
    def sold_out(self) -> bool:
        return self.quantity is not None and self.quantity <= 0 and not self.may_backorder


class Variant(Value):
    """One thing that can be bought. `options`: (name, value) pairs: (("Size", "42"),); empty = the only
    one.
    """

    sku: str
    options: tuple[tuple[str, str], ...] = ()
    offer: Offer
    stock: Stock
    grams: int | None = None


class ProductText(Value):
    """A product's words in one language, as plain text (HTML removed, entities decoded)."""

    title: str
    sentences: tuple[str, ...] = ()  # the description, a sentence or a list item each, in order
    options: Mapping[str, str] = {}  # option names and values here, keyed by the default language's
    source: str = ""
    approved: Mapping[str, str] = {}  # sentences that no file brought but a person: where each comes from


class Product(Value):
    """One product with its variants. `number`: its place in the shop (the "link number" viewers say), from
    1.
    """

    handle: str
    number: int
    vendor: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    texts: Mapping[str, ProductText]  # by language: "en", "zh"
    default_language: str
    variants: tuple[Variant, ...] = Field(min_length=1)
    picture: Path | None = None  # a local file, any size
    url: str = ""
    active: bool = True

    def text(self, language: str) -> ProductText:
        """The words in `language`, else in the default language."""
        return self.texts.get(language) or self.texts[self.default_language]

    @property
    def sold_out(self) -> bool:
        return all(v.stock.sold_out for v in self.variants)


class FactKind(StrEnum):
    NAME = "name"
    PRICE = "price"
    COMPARE_AT = "compare_at"
    SAVING = "saving"  # derived: compare_at - price
    DISCOUNT = "discount"  # derived: percent off
    STOCK = "stock"
    OPTION = "option"  # a size, a colour that exists
    AVAILABILITY = "availability"  # that option is sold out / in stock
    SPEC = "spec"  # a number with a unit from the description
    TEXT = "text"  # a sentence of the description


MAX_AGE: Mapping[FactKind, timedelta] = {
    FactKind.PRICE: timedelta(hours=24),
    FactKind.COMPARE_AT: timedelta(hours=24),
    FactKind.SAVING: timedelta(hours=24),
    FactKind.DISCOUNT: timedelta(hours=24),
    FactKind.STOCK: timedelta(minutes=10),
    FactKind.AVAILABILITY: timedelta(minutes=10),
}


class Fact(Value):
    """One checkable statement with its source and time.

    id         stable within a catalogue revision, e.g. "harbor-sneakers/HS-42/price"
    value      canonical text: a decimal for amounts and numbers, else the words
    unit       "USD", "ml", "h", "cm", "" ...
    """

    id: str
    product: str
    sku: str | None = None
    kind: FactKind
    value: str
    unit: str = ""
    language: str | None = None  # None: holds in every language
    source: str  # "products.csv row 12"
    at: AwareDatetime

    def fresh(self, now: datetime, max_age: Mapping[FactKind, timedelta] = MAX_AGE) -> bool:
        """Whether it may still be said: not older than its kind allows, nor from the future."""
        limit = max_age.get(self.kind)
        age = now - self.at
        return age >= timedelta(minutes=-1) and (limit is None or age <= limit)


class Catalogue(Protocol):
    """Read-only view of a shop at this moment. `revision` changes whenever anything in it does."""

    @property
    def revision(self) -> int: ...
    def product(self, handle: str) -> Product | None: ...
    def products(self) -> Sequence[Product]: ...
    def facts(self, handles: Iterable[str], now: datetime) -> Sequence[Fact]: ...
    def search(self, text: str, limit: int = 10) -> Sequence[Product]: ...
