"""Products from a file into the database: what is new, what changed, what is gone. Runs in the caller's
transaction.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, insert, select, update

from products.errors import Problem
from products.intake import known as database
from products.intake.assemble import ProductDraft
from products.intake.bulk import Bulk, begin_writing
from products.intake.changes import (
    apart,
    differ,
    product_values,
    taken_sku,
    text_values,
    untitled,
    variant_values,
    words_of,
)
from products.intake.index import index_products
from products.intake.known import CHUNK
from products.intake.undo import Journal
from products.store import has_search
from products.tables import OFFER, PRODUCT, STOCK, TEXT, VARIANT


@dataclass(slots=True)
class Diff:
    """Handles by what happened to them, each in one list only."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


_Values = dict[str, Any]


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
        self,
        connection: Connection,
        file: str,
        language: str,
        now: datetime,
        problems: list[Problem],
        journal: Journal | None = None,
    ) -> None:
        """`journal`: is told all that was there before it is changed."""
        self._db = connection
        self._journal = journal
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
        known = database.digests(self._db, [d.handle for d in drafts], self._language)
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
                if self._journal is not None:
                    self._journal.seen(table, ids)
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
            taken = {r.handle for r in database.rows(self._db, PRODUCT, PRODUCT.c.handle, list(times))}
            owned = database.owners(
                self._db, [v.sku for d in drafts if d.handle not in taken for v in d.variants]
            )
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
            first = self._bulk.next_product
            self._bulk.insert(fresh, self._next_number)
            if self._journal is not None:
                self._journal.made(first, self._bulk.next_product - 1)
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
            r.handle: r
            for r in database.rows(self._db, PRODUCT, PRODUCT.c.handle, [d.handle for d in drafts])
        }
        keys = [r.id for r in existing.values()]
        texts = {
            r.product_id: r
            for r in database.rows(self._db, TEXT, TEXT.c.product_id, keys)
            if r.language == self._language
        }
        variants = database.variants(self._db, keys)
        owners = database.owners(self._db, [v.sku for d in drafts for v in d.variants])
        if self._journal is not None:
            for row in existing.values():
                mine = row.default_language == self._language
                had = variants.get(row.id, {}).values() if mine else None
                self._journal.before(row, self._language, texts.get(row.id), had)
        existing |= self._insert([d for d in drafts if d.handle not in existing and d.title])
        touched: list[str] = []
        times = Counter(d.handle for d in drafts)
        for draft in drafts:
            problems = len(self._problems)
            row = existing.get(draft.handle)
            first = draft.handle not in self._seen
            self._seen.setdefault(draft.handle, set()).update(draft.skus)
            if row is None:
                self._problems.append(untitled(self._file, draft))
                continue
            if isinstance(row, _Made) and draft.title and self._status.get(draft.handle) != "new":
                self._put_text(row.id, draft, {}, None)
                self._status[draft.handle] = "new"
            known = variants.get(row.id, {})
            if isinstance(row, _Made):
                changed = self._variants(row.id, draft, {}, owners)
            elif row.default_language != self._language:
                if not first:
                    self._problems.append(apart(self._file, draft))
                changed = self._words_only(row, draft, known, texts.get(row.id)) if first else False
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
        touched = sorted({row.handle for row in left})
        for start in range(0, len(touched), CHUNK):
            self._index(touched[start : start + CHUNK])
        self._forget({key for key, _ in gone} | {r.product_id for r in left})

    def _retire(self, table: Table, keys: Sequence[int]) -> None:
        if self._journal is not None and keys:
            self._journal.retired(table, keys)
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
                rows[draft.handle] = product_values(draft) | {
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
        new = {handle: _Made(key, self._language) for handle, key in zip(rows, made.scalars(), strict=True)}
        if self._journal is not None:
            for row in new.values():
                self._journal.made(row.id, row.id)
        return new

    def _product(self, row: Any, draft: ProductDraft, known: Any) -> bool:
        values = product_values(draft)
        changed = differ(row, values)
        if changed:
            if row.picture_source != draft.picture:
                values["picture"] = None
            self._db.execute(update(PRODUCT).where(PRODUCT.c.id == row.id).values(**values))
        return self._put_text(row.id, draft, {}, known) or changed

    def _words_only(self, row: Any, draft: ProductDraft, variants: Mapping[str, Any], known: Any) -> bool:
        if not draft.title:
            return False
        words, problems = words_of(self._file, draft, variants, known)
        self._problems += problems
        return self._put_text(row.id, draft, words, known)

    def _put_text(self, key: int, draft: ProductDraft, words: Mapping[str, str], known: Any) -> bool:
        values = text_values(draft, words)
        source = f"{self._file} row {draft.row}"
        if known is None:
            self._texts.append({"product_id": key, "language": self._language, "source": source, **values})
            return True
        changed = differ(known, values)
        if changed or known.source != source:
            self._db.execute(
                update(TEXT)
                .where(TEXT.c.product_id == key, TEXT.c.language == self._language)
                .values(source=source, **values)
            )
        return changed

    def _variants(
        self, key: int, draft: ProductDraft, known: Mapping[str, Any], owners: Mapping[str, str]
    ) -> bool:
        changed = False
        next_position = max((r.position for r in known.values()), default=-1) + 1
        for variant in draft.variants:
            row = known.get(variant.sku)
            own, offer, stock = values = variant_values(variant)
            source = {"seen_at": self._now, "source": f"{self._file} row {variant.row}"}
            if row is not None:
                changed |= any(differ(row, part) for part in values) or not row.active
                at = {"key": row.id}
                self._again.append(({"active": True} | own | at, offer | source | at, stock | source | at))
            elif (owner := owners.get(variant.sku)) is not None:
                self._problems.append(taken_sku(self._file, variant, owner))
            else:
                position = self._positions.setdefault(key, next_position)
                self._positions[key] += 1
                own |= {"product_id": key, "sku": variant.sku, "position": position, "active": True}
                self._fresh.append((own, offer | source, stock | source))
                changed = True
        return changed

    def _index(self, handles: Sequence[str]) -> None:
        if self._searchable and handles:
            index_products(self._db, PRODUCT.c.handle.in_(handles))
