"""What a file would do to the catalogue, value by value, without writing anything or keeping others from
writing. Comes to the same as merge.py (a test holds the two against each other).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select

from products.errors import ContentError, Problem
from products.intake import known as database
from products.intake.assemble import Assembler, ProductDraft
from products.intake.changes import (
    Change,
    apart,
    changes,
    product_values,
    shown,
    taken_sku,
    text_values,
    untitled,
    variant_values,
    words_of,
)
from products.intake.load import BATCH, Report, guess_language, nothing_good
from products.intake.merge import Diff
from products.intake.pictures import is_remote, local_picture
from products.intake.rows import read_rows
from products.tables import PRODUCT, REVISION, TEXT, VARIANT

Told = Callable[[Change], None]
WORDS_KEPT = 2000  # descriptions that are judged: enough to see what is wrong with a file's words


class Preview:
    """Goes over drafts as Merge does, and tells what would change. `told` gets each value."""

    def __init__(
        self, connection: Connection, file: str, language: str, told: Told, problem: Callable[[Problem], None]
    ) -> None:
        self._db, self._file, self._language = connection, file, language
        self._told, self._problem = told, problem
        self._seen: dict[str, set[str]] = {}
        self._made: set[str] = set()
        self._status: dict[str, str] = {}

    @property
    def diff(self) -> Diff:
        diff = Diff()
        for handle, status in self._status.items():
            getattr(diff, status).append(handle)
        return diff

    def batch(self, drafts: Sequence[ProductDraft]) -> list[ProductDraft]:
        """Gives back the drafts whose product is new or changed."""
        known = database.digests(self._db, [d.handle for d in drafts], self._language)
        left = []
        for draft in drafts:
            said = known.get(draft.handle)
            if said is None or draft.handle in self._seen or said != draft.digest(self._file):
                left.append(draft)
                continue
            self._seen[draft.handle] = set(draft.skus)
            self._status[draft.handle] = "unchanged"
        if left:
            self._compare(left)
        return [d for d in left if self._status.get(d.handle) in ("new", "changed")]

    def _compare(self, drafts: Sequence[ProductDraft]) -> None:
        db, handles = self._db, [d.handle for d in drafts]
        existing = {r.handle: r for r in database.rows(db, PRODUCT, PRODUCT.c.handle, handles)}
        keys = [r.id for r in existing.values()]
        texts = {
            r.product_id: r
            for r in database.rows(db, TEXT, TEXT.c.product_id, keys)
            if r.language == self._language
        }
        variants = database.variants(db, keys)
        owners = database.owners(db, [v.sku for d in drafts for v in d.variants])
        self._made |= {d.handle for d in drafts if d.title and d.handle not in existing}
        for draft in drafts:
            first = draft.handle not in self._seen
            self._seen.setdefault(draft.handle, set()).update(draft.skus)
            row = existing.get(draft.handle)
            if row is not None and row.default_language != self._language:
                if not first:
                    self._problem(apart(self._file, draft))
                had = variants.get(row.id, {})
                changed = self._words(draft, had, texts.get(row.id)) if first else False
            elif row is not None:
                text = texts.get(row.id)
                changed = self._own(row, text, draft) if draft.title and first else False
                changed |= self._variants(draft, variants.get(row.id, {}), owners)
            elif draft.handle in self._made:
                if self._status.get(draft.handle) != "new":
                    self._told(Change(draft.handle, "", "product", "", draft.title))
                    self._status[draft.handle] = "new"
                changed = self._variants(draft, {}, owners)
            else:
                self._problem(untitled(self._file, draft))
                continue
            if self._status.get(draft.handle) != "new":
                was = self._status.get(draft.handle) == "changed"
                self._status[draft.handle] = "changed" if changed or was else "unchanged"

    def _tell(self, found: Iterable[Change]) -> None:
        for change in found:
            self._told(change)

    def _own(self, row: Any, text: Any, draft: ProductDraft) -> bool:
        found = [
            *changes(draft.handle, "", row, product_values(draft)),
            *changes(draft.handle, "", text, text_values(draft, {})),
        ]
        self._tell(found)
        return bool(found) or text is None

    def _words(self, draft: ProductDraft, variants: Mapping[str, Any], text: Any) -> bool:
        if not draft.title:
            return False
        words, problems = words_of(self._file, draft, variants, text)
        for problem in problems:
            self._problem(problem)
        found = list(changes(draft.handle, "", text, text_values(draft, words)))
        self._tell(found)
        return bool(found) or text is None

    def _variants(self, draft: ProductDraft, have: Mapping[str, Any], owners: Mapping[str, str]) -> bool:
        changed = False
        for variant in draft.variants:
            row = have.get(variant.sku)
            if row is not None:
                found = [
                    c
                    for part in variant_values(variant)
                    for c in changes(draft.handle, variant.sku, row, part)
                ]
                if not row.active:
                    found.append(Change(draft.handle, variant.sku, "variant", "", "back"))
                self._tell(found)
                changed |= bool(found)
            elif (owner := owners.get(variant.sku)) is not None:
                self._problem(taken_sku(self._file, variant, owner))
            else:
                offer = f"{variant.price} {variant.currency}"
                options = shown(variant.options)
                self._told(
                    Change(
                        draft.handle, variant.sku, "variant", "", f"{options}, {offer}" if options else offer
                    )
                )
                changed = True
        return changed

    def keep(self, handles: Iterable[str]) -> None:
        """Handles that the file named but whose rows were all bad: they are not gone."""
        for handle in handles:
            self._seen.setdefault(handle, set())

    def sweep(self) -> None:
        """What Merge's `sweep` would take off sale."""
        own = (PRODUCT.c.active, PRODUCT.c.default_language == self._language)
        for handle in self._db.scalars(select(PRODUCT.c.handle).where(*own)):
            if handle not in self._seen:
                self._told(Change(handle, "", "product", "on sale", ""))
                self._status[handle] = "gone"
        query = (
            select(VARIANT.c.sku, PRODUCT.c.handle)
            .join(PRODUCT, VARIANT.c.product_id == PRODUCT.c.id)
            .where(VARIANT.c.active, *own)
        )
        for sku, handle in self._db.execute(query):
            if (skus := self._seen.get(handle)) and sku not in skus:
                self._told(Change(handle, sku, "variant", "on sale", ""))
                if self._status.get(handle) != "new":
                    self._status[handle] = "changed"


def compare_catalogue(
    engine: Engine,
    path: Path,
    *,
    told: Told,
    problem: Callable[[Problem], None],
    language: str | None = None,
    currency: str = "USD",
    mapping: Mapping[str, str] | None = None,
    full: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """What `import_catalogue` with the same arguments would do, with the catalogue's revision that it was
    held against. `told` gets each value that would change, `problem` each bad row, both in the file's order.
    Raises ContentError when the file is no catalogue.
    """
    report = Report(path, language or guess_language(path), dry_run=True)

    def note(found: Problem) -> None:
        report.add(found)
        problem(found)

    total = path.stat().st_size if path.is_file() else 0
    with engine.connect() as connection:
        report.revision = int(connection.scalar(select(REVISION.c.revision)) or 0)
        preview = Preview(connection, path.name, report.language, told, note)
        assembler = Assembler(path.name, currency, note)
        good = 0
        with closing(assembler.products(read_rows(path, mapping or {}))) as products:
            while batch := list(islice(products, BATCH)):
                good += len(batch)
                moved = preview.batch(batch)
                for draft in moved:
                    _look_for_picture(draft, path, note)
                if len(report.words) < WORDS_KEPT:
                    report.words += [(d.handle, d.body) for d in moved if d.title and d.body]
                if progress is not None:
                    progress(min(total, batch[-1].done), total)
        if not good:
            raise nothing_good(path.name, report.problems)
        preview.keep(assembler.bad_handles)
        if full:
            preview.sweep()
    if progress is not None:
        progress(total, total)
    report.rows, report.diff = assembler.rows, preview.diff
    return report


def _look_for_picture(draft: ProductDraft, path: Path, problem: Callable[[Problem], None]) -> None:
    if draft.picture and not is_remote(draft.picture):
        try:
            local_picture(draft.picture, path.parent)
        except ContentError as error:
            problem(Problem(path.name, draft.row, "picture", draft.picture, error.message, error.remedy))
