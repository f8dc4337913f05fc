"""Selling points that people approved or took out, beside what the catalogue's file says of a product.

An approved one is a sentence like any other of the description: the host may say it, answers lean on it, and
its fact names who approved it. A forbidden one is a sentence of the file that is said no more.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, delete, func, insert, select

from products.claims import refused
from products.errors import ContentError
from products.folding import fold
from products.intake.index import index_products
from products.intake.words import plain
from products.roles import Role, number_claims
from products.store import bump_revision, has_search, load_products
from products.tables import POINT, PRODUCT, PointRow

LONGEST = 300  # characters
MOST = 40  # of one product
# What these say comes from the file alone, where it has a time and an age.
OF_THE_FILE = frozenset(
    {Role.PRICE, Role.COMPARE_AT, Role.SAVING, Role.DISCOUNT, Role.STOCK, Role.PROMOTION, Role.DEADLINE}
)


class Points:
    """In the shop's database; calls block. Each change counts at once: the catalogue's revision goes up."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, handle: str) -> Sequence[PointRow]:
        query = select(POINT).where(POINT.c.product == handle).order_by(POINT.c.id)
        with self._engine.connect() as db:
            return tuple(PointRow(**row._mapping) for row in db.execute(query))

    def approve(self, handle: str, language: str, text: str, by: str, now: datetime) -> int:
        """A sentence that may be said of the product from now on. Raises ContentError: it holds a claim that
        is never said (`message` "point_claim", `remedy` the kinds), an amount of money, stock or time
        ("point_number"), or cannot be a sentence ("point_text").
        """
        said = plain(text)
        if not 1 <= len(said) <= LONGEST:
            raise ContentError("point_text", remedy=f"1 to {LONGEST} characters.")
        if found := refused((said,)):
            raise ContentError("point_claim", remedy=found[0][1])
        if any(claim.role in OF_THE_FILE for claim in number_claims(fold(said).text)):
            raise ContentError("point_number")
        return self._put(handle, language, said, "approved", by, now)

    def forbid(self, handle: str, language: str, sentence: str, by: str, now: datetime) -> int:
        """A sentence of the product's description that is said no more. Raises ContentError: it has none such
        ("point_text").
        """
        with self._engine.connect() as db:
            found = load_products(db, PRODUCT.c.handle == handle)
        if not found or language not in found[0].texts or sentence not in found[0].texts[language].sentences:
            raise ContentError("point_text", remedy="Choose one of the product's sentences.")
        return self._put(handle, language, sentence, "forbidden", by, now)

    def _put(self, handle: str, language: str, text: str, stance: str, by: str, now: datetime) -> int:
        own = (POINT.c.product == handle) & (POINT.c.language == language)
        with self._engine.begin() as db:
            if db.scalar(select(PRODUCT.c.id).where(PRODUCT.c.handle == handle)) is None:
                raise ContentError("point_text", remedy="There is no such product.")
            if int(db.scalar(select(func.count()).where(POINT.c.product == handle)) or 0) >= MOST:
                raise ContentError("point_many", remedy="Remove one first.")
            db.execute(delete(POINT).where(own & (POINT.c.text == text)))
            row = {"product": handle, "language": language, "text": text, "stance": stance, "by": by}
            key = db.execute(insert(POINT).values(at=now, **row)).inserted_primary_key
            _changed(db, handle)
        return 0 if key is None else int(key[0])

    def drop(self, handle: str, point: int) -> bool:
        """Forgets a point: the file's words count again. False when the product has none of that number."""
        with self._engine.begin() as db:
            gone = db.execute(delete(POINT).where((POINT.c.id == point) & (POINT.c.product == handle)))
            if gone.rowcount:
                _changed(db, handle)
        return bool(gone.rowcount)


def _changed(db: Connection, handle: str) -> None:
    if has_search(db):
        index_products(db, PRODUCT.c.handle == handle)
    bump_revision(db)
