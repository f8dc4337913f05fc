"""Rows into products: each cell checked, each fault a Problem with its remedy, good rows kept."""

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b

from products.errors import Problem
from products.intake.rows import Row
from products.intake.words import plain, sentences

_AMOUNT = re.compile(
    r"(?:[A-Z]{2,3}|[$€£¥￥]|US\$)?\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s*(?:[A-Z]{3}|[$€£¥￥元])?"
)
_BETWEEN_TAGS = re.compile(r"[,，;；]")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(  # what a spreadsheet makes of 5.12, and how it then writes it
    rf"\d{{4}}-\d\d-\d\d(?:[T ].*)?|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}|"
    rf"\d{{1,4}}[- .]{_MONTH}(?:[- .]\d{{2,4}})?|{_MONTH}[- .]\d{{1,4}}|\d{{1,2}}月\d{{1,2}}日",
    re.I,
)
_FORMULA = re.compile(r"=\s*[+-]?[A-Z]+[A-Z0-9.]*\(.*|=\s*\$?[A-Z]{1,3}\$?\d+.*", re.S)
_QUANTITY = re.compile(r"-?\d{1,9}(?:\.0+)?")
_GRAMS = re.compile(r"\d{1,9}(?:\.\d+)?")
_OPTION_CELLS = tuple((i, f"option{i + 1}_name", f"option{i + 1}_value") for i in range(3))
_PLAIN_HANDLE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PLAIN_AMOUNT = re.compile(r"[0-9]{1,9}(?:\.[0-9]+)?")
_HANDLE = re.compile(r"[^a-z0-9\u3400-\u9fff]+")
_TRUE = frozenset({"true", "yes", "1", "y", "是", "上架"})
_INACTIVE = frozenset({"draft", "archived", "inactive", "下架", "草稿"})
READING = 1  # counts up when the same file would be read into other values: nothing then counts as unchanged
MAX_PRICE = Decimal(10) ** 9
MAX_TITLE = 500  # characters: a card, a line of a list, something that is said
MAX_KEY = 200


@dataclass(slots=True)
class VariantDraft:
    sku: str
    row: int
    options: tuple[tuple[str, str], ...]
    price: Decimal
    compare_at: Decimal | None
    currency: str
    quantity: int | None
    may_backorder: bool
    grams: int | None
    valid_from: datetime | None
    valid_to: datetime | None


@dataclass(slots=True)
class ProductDraft:
    """What a file says of one product. `skus`: every SKU that it named, also those whose row was bad."""

    handle: str
    row: int
    title: str
    body: str = ""
    vendor: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    url: str = ""
    picture: str = ""
    active: bool = True
    variants: list[VariantDraft] = field(default_factory=list)
    skus: set[str] = field(default_factory=set)
    done: int = 0

    @property
    def sentences(self) -> tuple[str, ...]:
        """The body as plain sentences; worked out when asked for, since most readings change nothing."""
        return sentences(self.body)

    def digest(self, file: str) -> str:
        """All that the file says of the product and where, in 32 characters."""
        said = [
            READING, file, self.row, self.title, self.body, self.vendor, self.category, self.tags, self.url,
            self.picture, self.active, sorted(self.skus) if len(self.skus) != len(self.variants) else "",
        ]  # fmt: skip
        for v in self.variants:
            said += (
                v.sku, v.row, v.options, str(v.price), str(v.compare_at), v.currency, v.quantity,
                v.may_backorder, v.grams, v.valid_from, v.valid_to,
            )  # fmt: skip
        return blake2b(repr(said).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class Assembler:
    """Groups rows by handle and checks them. `report` is called with each Problem; `rows` counts what was
    read.
    """

    def __init__(self, file: str, currency: str, report: Callable[[Problem], None]) -> None:
        self._file = file
        self._currency = currency
        self._report = report
        self._skus: dict[str, int] = {}
        self._draft: ProductDraft | None = None
        self._names: list[str] = ["", "", ""]
        self.rows = 0
        self.bad_handles: set[str] = set()

    def products(self, rows: Iterable[Row | Problem]) -> Generator[ProductDraft, None, None]:
        for row in rows:
            self.rows += 1
            if isinstance(row, Problem):
                self._report(row)
                continue
            handle = self._handle(row)
            if handle is None:
                continue
            if self._draft is None or self._draft.handle != handle:
                yield from self._finished()
                self._draft = self._start(handle, row)
            self._variant(self._draft, row)
            self._draft.done = row.done
        yield from self._finished()

    def _problem(self, row: int, name: str | None, value: str | None, message: str, remedy: str) -> None:
        self._report(Problem(self._file, row, name, value, message, remedy))

    def _handle(self, row: Row) -> str | None:
        for name in ("title", "handle", "sku"):
            if (said := row.cells.get(name, "")).startswith("=") and _FORMULA.fullmatch(said):
                self._problem(
                    row.number, name, said[:60], "a formula, not its value", "Paste the column as values."
                )
                return None
        for name in ("handle", "sku"):
            if len(said := row.cells.get(name, "")) > MAX_KEY:
                why = f"longer than {MAX_KEY} characters"
                self._problem(row.number, name, said[:60], why, "Give it a short one.")
                return None
        said = row.cells.get("handle") or row.cells.get("title") or row.cells.get("sku") or ""
        if _PLAIN_HANDLE.fullmatch(said):
            return said
        handle = _HANDLE.sub("-", said.lower()).strip("-")[:MAX_KEY]
        if not handle:
            self._problem(
                row.number, "handle", said or None, "no handle, title or SKU", "Give each product a handle."
            )
            return None
        return handle

    def _start(self, handle: str, row: Row) -> ProductDraft:
        cells = row.cells
        title = plain(cells.get("title", ""))
        if len(title) > MAX_TITLE:
            why, remedy = (
                f"longer than {MAX_TITLE} characters; it was cut",
                "Put the rest into the description.",
            )
            self._problem(row.number, "title", title[:60], why, remedy)
            title = title[:MAX_TITLE].rstrip()
        self._names = ["", "", ""]
        status = cells.get("status", "active").lower()
        published = cells.get("published", "true").lower() in _TRUE
        return ProductDraft(
            handle,
            row.number,
            title,
            cells.get("body", ""),
            plain(cells.get("vendor", "")),
            plain(cells.get("category", "")),
            tuple(dict.fromkeys(t.strip() for t in _BETWEEN_TAGS.split(cells.get("tags", "")) if t.strip())),
            cells.get("url", ""),
            cells.get("picture", ""),
            published and status not in _INACTIVE,
        )

    def _finished(self) -> Iterator[ProductDraft]:
        draft, self._draft = self._draft, None
        if draft is None:
            return
        if draft.variants:
            _untitle(draft)
            yield draft
            return
        if draft.title and not draft.skus:
            self._problem(draft.row, "price", None, "no price", "Give the price as a number, e.g. 19.90.")
        self.bad_handles.add(draft.handle)

    def _variant(self, draft: ProductDraft, row: Row) -> None:
        cells = row.cells
        if not draft.picture and "picture" in cells:
            draft.picture = cells["picture"]
        if not ("sku" in cells or "price" in cells or "option1_value" in cells):
            return  # a row that only adds a picture, as Shopify writes them
        options = self._options(cells)
        sku = cells.get("sku") or "/".join([draft.handle, *(v for _, v in options)])
        draft.skus.add(sku)
        if (before := self._skus.setdefault(sku, row.number)) != row.number:
            self._problem(
                row.number,
                "sku",
                sku,
                f"this SKU is already in row {before}",
                "Give each variant its own SKU.",
            )
            return
        price = self._amount(row, "price")
        if price is None:
            return
        compare_at = self._amount(row, "compare_at") if "compare_at" in cells else None
        if compare_at is not None and compare_at <= price:
            self._problem(
                row.number,
                "compare_at",
                cells["compare_at"],
                f"not above the price {price}; it was left out",
                "Compare with a higher price, or with none.",
            )
            compare_at = None
        ok, quantity = self._quantity(row)
        if not ok:
            return
        draft.variants.append(
            VariantDraft(
                sku,
                row.number,
                options,
                price,
                compare_at,
                self._currency_of(row),
                quantity,
                cells.get("policy", "").lower() == "continue",
                self._grams(row),
                self._moment(row, "valid_from"),
                self._moment(row, "valid_to"),
            )
        )

    def _options(self, cells: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        found = []
        for i, name_cell, value_cell in _OPTION_CELLS:
            if name := cells.get(name_cell):  # Shopify names an option on the first row only
                self._names[i] = plain(name)
            if said := cells.get(value_cell):
                value = plain(said)
                if value and value.lower() != "default title":
                    found.append((self._names[i] or f"Option {i + 1}", value))
        return tuple(found)

    def _amount(self, row: Row, name: str) -> Decimal | None:
        said = row.cells.get(name)
        if said is None:
            self._problem(row.number, name, None, "no price", "Give the price as a number, e.g. 19.90.")
            return None
        if _PLAIN_AMOUNT.fullmatch(said):
            return Decimal(said)
        match = _AMOUNT.fullmatch(said)
        if match is None and _DATE.fullmatch(said):
            self._problem(
                row.number,
                name,
                said,
                "a date, not an amount: a spreadsheet made one of it",
                "Make the column plain numbers there, and write the amounts anew.",
            )
            return None
        if match is None:
            self._problem(
                row.number, name, said, "not an amount", "Write it as a number with a point, e.g. 1299.90."
            )
            return None
        value = Decimal(match.group(1).replace(",", "") + (match.group(2) or ""))
        if value > MAX_PRICE:
            self._problem(row.number, name, said, "too large to be a price", "Check the digits.")
            return None
        return value

    def _currency_of(self, row: Row) -> str:
        said = row.cells.get("currency", self._currency).upper()
        if not _CURRENCY.fullmatch(said):
            self._problem(
                row.number,
                "currency",
                said,
                f"no ISO 4217 code; {self._currency} was taken",
                "Write USD, EUR, CNY ...",
            )
            return self._currency
        return said

    def _quantity(self, row: Row) -> tuple[bool, int | None]:
        said = row.cells.get("quantity")
        if said is None:
            return True, None
        if not _QUANTITY.fullmatch(said):
            self._problem(
                row.number, "quantity", said, "not a whole number", "Write how many are left, or nothing."
            )
            return False, None
        return True, int(float(said))

    def _grams(self, row: Row) -> int | None:
        said = row.cells.get("grams", "")
        return round(float(said)) or None if _GRAMS.fullmatch(said) else None

    def _moment(self, row: Row, name: str) -> datetime | None:
        said = row.cells.get(name)
        if said is None:
            return None
        try:
            value = datetime.fromisoformat(said)
        except ValueError:
            value = None
        if value is None or value.tzinfo is None:
            self._problem(
                row.number,
                name,
                said,
                "not a time with its zone; it was left out",
                "Write it as 2026-11-22T18:00:00+08:00.",
            )
            return None
        return value


def _untitle(draft: ProductDraft) -> None:
    """A single variant named "Title" (Shopify's placeholder for "no options") is no option that could be
    said.
    """
    if len(draft.variants) == 1 and [n.lower() for n, _ in draft.variants[0].options] == ["title"]:
        draft.variants[0].options = ()
