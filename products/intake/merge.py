"""Products from a file into the database: what is new, what changed, what is gone. Runs in the caller's
transaction.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, func, insert, select, text, update

from products.errors import Problem
from products.intake.assemble import ProductDraft, VariantDraft
from products.intake.bulk import Bulk, begin_writing
from products.search import product_words
from products.store import has_search, load_products
from products.tables import OFFER, PRODUCT, STOCK, TEXT, VARIANT


@dataclass(slots=True)
class Diff:
    """Handles by what happened to them, each in one list only."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


_Values = dict[str, Any]
CHUNK = 500  # values in one IN (...)


@dataclass(frozen=True, slots=True)
class _Made:
    """What a later row of the same batch needs to know of a product that was just inserted."""

    id: int
    default_language: str


class Merge:
    """Upserts drafts by handle and SKU.

    A product whose default language is another one than the file's takes only the words from it: titles,
    sentences and the names of its options. Prices and stock have one source, the file in the default
    language.
    """

    def __init__(
        self, connection: Connection, file: str, language: str, now: datetime, problems: list[Problem]
    ) -> None:
        self._db = connection
        self._file = file
        self._language = language
        self._now = now
        self._problems = problems
        self._searchable = has_search(connection)
        self._seen: dict[str, set[str]] = {}
        self._status: dict[str, str] = {}
        self._bulk: Bulk | None = None
        if connection.dialect.name == "sqlite":
            begin_writing(connection)
            self._bulk = Bulk(connection, file, language, now, self._searchable)
        self._next_number = int(connection.scalar(select(func.max(PRODUCT.c.number))) or 0) + 1
        self._was_empty = connection.scalar(select(PRODUCT.c.id).limit(1)) is None
        self._start()

    @property
    def diff(self) -> Diff:
        """What has come of every handle so far."""
        diff = Diff()
        for handle, status in self._status.items():
            getattr(diff, status).append(handle)
        return diff

    def _start(self) -> None:
        """Statements of a batch are gathered and sent together: one at a time is five times slower."""
        self._fresh: list[tuple[_Values, _Values, _Values]] = []
        self._again: list[tuple[_Values, _Values, _Values]] = []
        self._texts: list[_Values] = []
        self._positions: dict[int, int] = {}
        self._digests: list[_Values] = []

    def batch(self, drafts: Sequence[ProductDraft]) -> list[ProductDraft]:
        """Takes the drafts in and gives back those whose product is new or changed."""
        drafts = self._unchanged(drafts)
        fresh, compared = self._bulk_new(drafts)
        if compared:
            self._compare(compared)
        return [d for d in (*fresh, *compared) if self._status.get(d.handle) in ("new", "changed")]

    def _unchanged(self, drafts: Sequence[ProductDraft]) -> list[ProductDraft]:
        """Passes over products of which the file says what it said when it was last read: only the time at
        which their offers and stock were seen moves on. Gives back the others.
        """
        if self._was_empty:
            return list(drafts)
        known: dict[str, str] = {}
        handles = [d.handle for d in drafts]
        for start in range(0, len(handles), CHUNK):
            found = self._db.execute(
                select(PRODUCT.c.handle, TEXT.c.digest)
                .join(TEXT, TEXT.c.product_id == PRODUCT.c.id)
                .where(
                    PRODUCT.c.handle.in_(handles[start : start + CHUNK]),
                    PRODUCT.c.default_language == self._language,
                    TEXT.c.language == self._language,
                    TEXT.c.digest.is_not(None),
                )
            )
            known.update((handle, digest) for handle, digest in found)
        rest, skus = [], []
        for draft in drafts:
            said = known.get(draft.handle)
            if said is None or draft.handle in self._seen or said != draft.digest(self._file):
                rest.append(draft)
                continue
            self._seen[draft.handle] = set(draft.skus)
            self._status[draft.handle] = "unchanged"
            skus += [v.sku for v in draft.variants]
        for start in range(0, len(skus), CHUNK):
            ids = select(VARIANT.c.id).where(VARIANT.c.sku.in_(skus[start : start + CHUNK]))
            for table in (OFFER, STOCK):
                self._db.execute(update(table).where(table.c.variant_id.in_(ids)).values(seen_at=self._now))
        return rest

    def _bulk_new(self, drafts: list[ProductDraft]) -> tuple[list[ProductDraft], list[ProductDraft]]:
        """(inserted, left): handles that are new, in one draft, with a title, and with SKUs of their own."""
        if self._bulk is None or not drafts:
            return [], drafts
        times = Counter(d.handle for d in drafts)
        taken: set[str] = set()
        owned: Mapping[str, str] = {}
        if not self._was_empty:
            taken = {r.handle for r in self._rows(PRODUCT, PRODUCT.c.handle, list(times))}
            owned = self._owners([v.sku for d in drafts if d.handle not in taken for v in d.variants])
        fresh: list[ProductDraft] = []
        left: list[ProductDraft] = []
        for draft in drafts:
            new = (
                draft.title
                and times[draft.handle] == 1
                and draft.handle not in taken
                and draft.handle not in self._seen
                and not any(v.sku in owned for v in draft.variants)
            )
            (fresh if new else left).append(draft)
        if left and fresh and self._numbers_mix(left, taken):
            return [], drafts
        if fresh:
            self._bulk.renumber()
            self._bulk.insert(fresh, self._next_number)
            self._next_number += len(fresh)
        for draft in fresh:
            self._seen[draft.handle] = set(draft.skus)
            self._status[draft.handle] = "new"
        return fresh, left

    def _numbers_mix(self, left: Sequence[ProductDraft], taken: set[str]) -> bool:
        """Whether products that are new too go the other way: numbers follow the order of the file."""
        return any(d.handle not in taken and d.handle not in self._seen for d in left)

    def _compare(self, drafts: Sequence[ProductDraft]) -> None:
        """The careful way: what the database holds is read and held against each draft."""
        existing: dict[str, Any] = {
            r.handle: r for r in self._rows(PRODUCT, PRODUCT.c.handle, [d.handle for d in drafts])
        }
        keys = [r.id for r in existing.values()]
        texts = {
            r.product_id: r for r in self._rows(TEXT, TEXT.c.product_id, keys) if r.language == self._language
        }
        variants = self._known_variants(keys)
        owners = self._owners([v.sku for d in drafts for v in d.variants])
        existing |= self._insert([d for d in drafts if d.handle not in existing and d.title])
        touched: list[str] = []
        times = Counter(d.handle for d in drafts)
        for draft in drafts:
            problems = len(self._problems)
            row = existing.get(draft.handle)
            first = draft.handle not in self._seen
            self._seen.setdefault(draft.handle, set()).update(draft.skus)
            if row is None:
                self._problem(draft.row, "title", None, "a new product without a title", "Give it a title.")
                continue
            if isinstance(row, _Made) and draft.title and self._status.get(draft.handle) != "new":
                self._put_text(row.id, draft, {}, None)
                self._status[draft.handle] = "new"
            known = variants.get(row.id, {})
            if isinstance(row, _Made):
                changed = self._variants(row.id, draft, {}, owners)
            elif row.default_language != self._language:
                changed = self._words_only(row, draft, known, texts.get(row.id))
            else:
                changed = self._product(row, draft, texts.get(row.id)) if draft.title and first else False
                changed |= self._variants(row.id, draft, known, owners)
            self._sort(draft.handle, changed)
            whole = draft.title and first and times[draft.handle] == 1 and len(self._problems) == problems
            own = isinstance(row, _Made) or row.default_language == self._language
            self._digests.append(
                {
                    "key": row.id,
                    "in_language": self._language,
                    "digest": draft.digest(self._file) if whole and own else None,
                }
            )
            if changed:
                touched.append(draft.handle)
        self._send()
        self._index(touched)

    def _rows(self, table: Table, column: Column[Any], values: Sequence[Any]) -> Sequence[Any]:
        found: list[Any] = []
        for start in range(0, len(values), CHUNK):
            found += self._db.execute(select(table).where(column.in_(values[start : start + CHUNK])))
        return found

    def _owners(self, skus: Sequence[str]) -> dict[str, str]:
        """Whose the SKUs are that the database knows."""
        owners: dict[str, str] = {}
        for start in range(0, len(skus), CHUNK):
            found = self._db.execute(
                select(VARIANT.c.sku, PRODUCT.c.handle)
                .join(PRODUCT, VARIANT.c.product_id == PRODUCT.c.id)
                .where(VARIANT.c.sku.in_(skus[start : start + CHUNK]))
            )
            owners |= {r.sku: r.handle for r in found}
        return owners

    def _send(self) -> None:
        if self._texts:
            self._db.execute(insert(TEXT), self._texts)
        if self._fresh:
            made = self._db.execute(
                insert(VARIANT).returning(VARIANT.c.id, sort_by_parameter_order=True),
                [f[0] for f in self._fresh],
            )
            for (_, offer, stock), key in zip(self._fresh, made.scalars(), strict=True):
                offer["variant_id"] = stock["variant_id"] = key
            self._db.execute(insert(OFFER), [f[1] for f in self._fresh])
            self._db.execute(insert(STOCK), [f[2] for f in self._fresh])
        if self._again:
            for place, (table, column) in enumerate(
                ((VARIANT, VARIANT.c.id), (OFFER, OFFER.c.variant_id), (STOCK, STOCK.c.variant_id))
            ):
                self._db.execute(
                    update(table).where(column == bindparam("key")), [a[place] for a in self._again]
                )
        if self._digests:
            self._db.execute(
                update(TEXT).where(
                    TEXT.c.product_id == bindparam("key"), TEXT.c.language == bindparam("in_language")
                ),
                self._digests,
            )
        self._start()

    def keep(self, handles: Iterable[str]) -> None:
        """Handles that the file named but whose rows were all bad: they are not gone."""
        for handle in handles:
            self._seen.setdefault(handle, set())

    def sweep(self) -> None:
        """Full re-sync: products of this language that the file no longer names become inactive, and so do
        variants.
        """
        own = (PRODUCT.c.active, PRODUCT.c.default_language == self._language)
        gone = [
            (key, handle)
            for key, handle in self._db.execute(select(PRODUCT.c.id, PRODUCT.c.handle).where(*own))
            if handle not in self._seen
        ]
        self._retire(PRODUCT, [key for key, _ in gone])
        self._status |= {handle: "gone" for _, handle in gone}
        rows = self._db.execute(
            select(VARIANT.c.id, VARIANT.c.product_id, VARIANT.c.sku, PRODUCT.c.handle)
            .join(PRODUCT, VARIANT.c.product_id == PRODUCT.c.id)
            .where(VARIANT.c.active, *own)
        )
        left = [r for r in rows if (skus := self._seen.get(r.handle)) and r.sku not in skus]
        self._retire(VARIANT, [r.id for r in left])
        for row in left:
            self._sort(row.handle, True)
        self._forget({key for key, _ in gone} | {r.product_id for r in left})

    def _retire(self, table: Table, keys: Sequence[int]) -> None:
        for start in range(0, len(keys), CHUNK):
            self._db.execute(
                update(table).where(table.c.id.in_(keys[start : start + CHUNK])).values(active=False)
            )

    def _forget(self, products: Iterable[int]) -> None:
        """Products that no longer are as their file said: the next reading must compare them."""
        keys = sorted(products)
        for start in range(0, len(keys), CHUNK):
            self._db.execute(
                update(TEXT).where(TEXT.c.product_id.in_(keys[start : start + CHUNK])).values(digest=None)
            )

    def _problem(self, row: int, name: str | None, value: str | None, message: str, remedy: str) -> None:
        self._problems.append(Problem(self._file, row, name, value, message, remedy))

    def _sort(self, handle: str, changed: bool) -> None:
        if self._status.get(handle) != "new":
            self._status[handle] = (
                "changed" if changed or self._status.get(handle) == "changed" else "unchanged"
            )

    def _insert(self, drafts: Sequence[ProductDraft]) -> dict[str, _Made]:
        """New products, numbered in the order of the file; the first draft of a handle counts."""
        rows: dict[str, _Values] = {}
        for draft in drafts:
            if draft.handle not in rows:
                rows[draft.handle] = _product_values(draft) | {
                    "handle": draft.handle,
                    "number": self._next_number + len(rows),
                    "default_language": self._language,
                }
        if not rows:
            return {}
        self._next_number += len(rows)
        made = self._db.execute(
            insert(PRODUCT).returning(PRODUCT.c.id, sort_by_parameter_order=True), list(rows.values())
        )
        return {handle: _Made(key, self._language) for handle, key in zip(rows, made.scalars(), strict=True)}

    def _product(self, row: Any, draft: ProductDraft, known: Any) -> bool:
        values = _product_values(draft)
        changed = any(getattr(row, k) != v for k, v in values.items())
        if changed:
            if row.picture_source != draft.picture:
                values["picture"] = None
            self._db.execute(update(PRODUCT).where(PRODUCT.c.id == row.id).values(**values))
        return self._put_text(row.id, draft, {}, known) or changed

    def _words_only(self, row: Any, draft: ProductDraft, variants: Mapping[str, Any], known: Any) -> bool:
        if not draft.title:
            return False
        words: dict[str, str] = dict(known.options) if known is not None else {}
        for variant in draft.variants:
            other = variants.get(variant.sku)
            if other is None:
                self._problem(
                    variant.row,
                    "sku",
                    variant.sku,
                    "the product has no such variant in its own language",
                    "Use the SKUs of the first file.",
                )
                continue
            if other.price != str(variant.price):
                self._problem(
                    variant.row,
                    "price",
                    str(variant.price),
                    f"the price in the product's own language is {other.price}, which stays",
                    "Prices are taken from the file in the default language.",
                )
            for (name, value), (own_name, own_value) in zip(other.options, variant.options, strict=False):
                words |= {k: v for k, v in ((name, own_name), (value, own_value)) if k != v}
        return self._put_text(row.id, draft, words, known)

    def _put_text(self, key: int, draft: ProductDraft, words: Mapping[str, str], known: Any) -> bool:
        values = {"title": draft.title, "sentences": list(draft.sentences), "options": dict(words)}
        source = f"{self._file} row {draft.row}"
        if known is None:
            self._texts.append({"product_id": key, "language": self._language, "source": source, **values})
            return True
        changed = any(getattr(known, k) != v for k, v in values.items())
        if changed or known.source != source:
            self._db.execute(
                update(TEXT)
                .where(TEXT.c.product_id == key, TEXT.c.language == self._language)
                .values(source=source, **values)
            )
        return changed

    def _known_variants(self, keys: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Variants with their offer and stock, by product and SKU."""
        known: dict[int, dict[str, Any]] = {}
        offer = [
            c for c in OFFER.c if c.name in ("price", "compare_at", "currency", "valid_from", "valid_to")
        ]
        for start in range(0, len(keys), CHUNK):
            query = (
                select(VARIANT, *offer, STOCK.c.quantity, STOCK.c.may_backorder)
                .join(OFFER, OFFER.c.variant_id == VARIANT.c.id)
                .join(STOCK, STOCK.c.variant_id == VARIANT.c.id)
                .where(VARIANT.c.product_id.in_(keys[start : start + CHUNK]))
            )
            for row in self._db.execute(query):
                known.setdefault(row.product_id, {})[row.sku] = row
        return known

    def _variants(
        self, key: int, draft: ProductDraft, known: Mapping[str, Any], owners: Mapping[str, str]
    ) -> bool:
        changed = False
        next_position = max((r.position for r in known.values()), default=-1) + 1
        for variant in draft.variants:
            row = known.get(variant.sku)
            own, offer, stock = values = _variant_values(variant)
            source = {"seen_at": self._now, "source": f"{self._file} row {variant.row}"}
            if row is not None:
                changed |= (
                    any(getattr(row, k) != v for part in values for k, v in part.items()) or not row.active
                )
                at = {"key": row.id}
                self._again.append(({"active": True} | own | at, offer | source | at, stock | source | at))
            elif (owner := owners.get(variant.sku)) is not None:
                self._problem(
                    variant.row, "sku", variant.sku, f"this SKU belongs to {owner}", "Give it its own SKU."
                )
            else:
                position = self._positions.setdefault(key, next_position)
                self._positions[key] += 1
                own |= {"product_id": key, "sku": variant.sku, "position": position, "active": True}
                self._fresh.append((own, offer | source, stock | source))
                changed = True
        return changed

    def _index(self, handles: Sequence[str]) -> None:
        if not self._searchable or not handles:
            return
        found = self._db.execute(select(PRODUCT.c.handle, PRODUCT.c.id).where(PRODUCT.c.handle.in_(handles)))
        keys = {r.handle: r.id for r in found}
        rows = []
        for product in load_products(self._db, PRODUCT.c.handle.in_(handles)):
            title, body = product_words(product)
            rows.append({"id": keys[product.handle], "t": title, "b": body})
        if rows:
            self._db.execute(text("DELETE FROM product_search WHERE rowid = :id"), rows)
            self._db.execute(
                text("INSERT INTO product_search(rowid, title, body) VALUES (:id, :t, :b)"), rows
            )


def _product_values(draft: ProductDraft) -> dict[str, Any]:
    return {
        "vendor": draft.vendor,
        "category": draft.category,
        "tags": list(draft.tags),
        "url": draft.url,
        "picture_source": draft.picture,
        "active": draft.active,
    }


def _variant_values(v: VariantDraft) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    return (
        {"options": [list(pair) for pair in v.options], "grams": v.grams},
        {
            "price": str(v.price),
            "compare_at": None if v.compare_at is None else str(v.compare_at),
            "currency": v.currency,
            "valid_from": v.valid_from,
            "valid_to": v.valid_to,
        },
        {"quantity": v.quantity, "may_backorder": v.may_backorder},
    )
