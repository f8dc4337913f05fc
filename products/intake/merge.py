"""Products from a file into the database: what is new, what changed, what is gone. Runs in the caller's
transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update

from products.errors import Problem
from products.intake.assemble import ProductDraft, VariantDraft
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
        self._next_number = int(connection.scalar(select(func.max(PRODUCT.c.number))) or 0) + 1
        self._searchable = has_search(connection)
        self.diff = Diff()
        self._seen: dict[str, set[str]] = {}

    def batch(self, drafts: Sequence[ProductDraft]) -> None:
        existing = {
            r.handle: r
            for r in self._db.execute(select(PRODUCT).where(PRODUCT.c.handle.in_([d.handle for d in drafts])))
        }
        touched: list[str] = []
        for draft in drafts:
            row = existing.get(draft.handle)
            first = draft.handle not in self._seen
            self._seen.setdefault(draft.handle, set()).update(draft.skus)
            if row is None:
                if not draft.title:
                    self._problem(
                        draft.row, "title", None, "a new product without a title", "Give it a title."
                    )
                    continue
                row = self._insert(draft)
                existing[draft.handle] = row
                changed = self._variants(row.id, draft, {})
                self.diff.new.append(draft.handle)
            elif row.default_language != self._language:
                changed = self._words_only(row, draft)
                self._sort(draft.handle, changed)
            else:
                changed = self._product(row, draft) if draft.title and first else False
                changed |= self._variants(row.id, draft, self._known_variants(row.id))
                self._sort(draft.handle, changed)
            if changed or row is None or draft.handle in self.diff.new:
                touched.append(draft.handle)
        self._index(touched)

    def keep(self, handles: Iterable[str]) -> None:
        """Handles that the file named but whose rows were all bad: they are not gone."""
        for handle in handles:
            self._seen.setdefault(handle, set())

    def sweep(self) -> None:
        """Full re-sync: products of this language that the file no longer names become inactive, and so do
        variants.
        """
        own = self._db.execute(
            select(PRODUCT.c.id, PRODUCT.c.handle).where(
                PRODUCT.c.active, PRODUCT.c.default_language == self._language
            )
        ).all()
        for row in own:
            if row.handle not in self._seen:
                self._db.execute(update(PRODUCT).where(PRODUCT.c.id == row.id).values(active=False))
                self.diff.gone.append(row.handle)
            elif skus := self._seen[row.handle]:
                done = self._db.execute(
                    update(VARIANT)
                    .where(VARIANT.c.product_id == row.id, VARIANT.c.active, VARIANT.c.sku.not_in(skus))
                    .values(active=False)
                )
                if done.rowcount:
                    self._sort(row.handle, True)

    def _problem(self, row: int, name: str | None, value: str | None, message: str, remedy: str) -> None:
        self._problems.append(Problem(self._file, row, name, value, message, remedy))

    def _sort(self, handle: str, changed: bool) -> None:
        diff = self.diff
        if handle in diff.new or handle in diff.changed[-1:]:
            return
        if changed:
            if handle in diff.unchanged:
                diff.unchanged.remove(handle)
            if handle not in diff.changed:
                diff.changed.append(handle)
        elif handle not in diff.unchanged[-1:]:
            diff.unchanged.append(handle)

    def _insert(self, draft: ProductDraft) -> Any:
        key = self._db.execute(
            insert(PRODUCT).values(
                **_product_values(draft),
                handle=draft.handle,
                number=self._next_number,
                default_language=self._language,
            )
        ).inserted_primary_key
        assert key is not None
        self._next_number += 1
        self._put_text(key[0], draft, {}, None)
        return self._db.execute(select(PRODUCT).where(PRODUCT.c.id == key[0])).one()

    def _product(self, row: Any, draft: ProductDraft) -> bool:
        values = _product_values(draft)
        changed = any(getattr(row, k) != v for k, v in values.items())
        if changed:
            if row.picture_source != draft.picture:
                values["picture"] = None
            self._db.execute(update(PRODUCT).where(PRODUCT.c.id == row.id).values(**values))
        known = self._db.execute(
            select(TEXT).where(TEXT.c.product_id == row.id, TEXT.c.language == self._language)
        ).one_or_none()
        return self._put_text(row.id, draft, {}, known) or changed

    def _words_only(self, row: Any, draft: ProductDraft) -> bool:
        if not draft.title:
            return False
        known = self._db.execute(
            select(TEXT).where(TEXT.c.product_id == row.id, TEXT.c.language == self._language)
        ).one_or_none()
        variants = self._known_variants(row.id)
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
            self._db.execute(
                insert(TEXT).values(product_id=key, language=self._language, source=source, **values)
            )
            return True
        changed = any(getattr(known, k) != v for k, v in values.items())
        if changed or known.source != source:
            self._db.execute(
                update(TEXT)
                .where(TEXT.c.product_id == key, TEXT.c.language == self._language)
                .values(source=source, **values)
            )
        return changed

    def _known_variants(self, key: int) -> dict[str, Any]:
        query = (
            select(
                VARIANT,
                OFFER.c.price,
                OFFER.c.compare_at,
                OFFER.c.currency,
                OFFER.c.valid_from,
                OFFER.c.valid_to,
                STOCK.c.quantity,
                STOCK.c.may_backorder,
            )
            .join(OFFER, OFFER.c.variant_id == VARIANT.c.id)
            .join(STOCK, STOCK.c.variant_id == VARIANT.c.id)
            .where(VARIANT.c.product_id == key)
        )
        return {r.sku: r for r in self._db.execute(query)}

    def _variants(self, key: int, draft: ProductDraft, known: Mapping[str, Any]) -> bool:
        changed = False
        position = max((r.position for r in known.values()), default=-1) + 1
        for variant in draft.variants:
            row = known.get(variant.sku)
            values = _variant_values(variant)
            if row is None:
                if not self._add_variant(key, position, variant):
                    continue
                position += 1
                changed = True
                continue
            changed |= any(getattr(row, k) != v for part in values for k, v in part.items()) or not row.active
            own, offer, stock = values
            source = {"seen_at": self._now, "source": f"{self._file} row {variant.row}"}
            self._db.execute(update(VARIANT).where(VARIANT.c.id == row.id).values(active=True, **own))
            self._db.execute(update(OFFER).where(OFFER.c.variant_id == row.id).values(**offer, **source))
            self._db.execute(update(STOCK).where(STOCK.c.variant_id == row.id).values(**stock, **source))
        return changed

    def _add_variant(self, key: int, position: int, variant: VariantDraft) -> bool:
        other = self._db.execute(
            select(PRODUCT.c.handle, VARIANT.c.id)
            .join(VARIANT, VARIANT.c.product_id == PRODUCT.c.id)
            .where(VARIANT.c.sku == variant.sku)
        ).one_or_none()
        if other is not None:
            self._problem(
                variant.row, "sku", variant.sku, f"this SKU belongs to {other.handle}", "Give it its own SKU."
            )
            return False
        own, offer, stock = _variant_values(variant)
        done = self._db.execute(
            insert(VARIANT).values(product_id=key, sku=variant.sku, position=position, active=True, **own)
        ).inserted_primary_key
        assert done is not None
        source = {"variant_id": done[0], "seen_at": self._now, "source": f"{self._file} row {variant.row}"}
        self._db.execute(insert(OFFER).values(**offer, **source))
        self._db.execute(insert(STOCK).values(**stock, **source))
        return True

    def _index(self, handles: Sequence[str]) -> None:
        if not self._searchable or not handles:
            return
        found = self._db.execute(select(PRODUCT.c.handle, PRODUCT.c.id).where(PRODUCT.c.handle.in_(handles)))
        keys = {r.handle: r.id for r in found}
        for product in load_products(self._db, PRODUCT.c.handle.in_(handles)):
            title, body = product_words(product)
            self._db.execute(
                text("DELETE FROM product_search WHERE rowid = :id"), {"id": keys[product.handle]}
            )
            self._db.execute(
                text("INSERT INTO product_search(rowid, title, body) VALUES (:id, :t, :b)"),
                {"id": keys[product.handle], "t": title, "b": body},
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
