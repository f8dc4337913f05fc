"""The search index, written anew for products that changed."""

from typing import Any

from sqlalchemy import Connection, select, text

from products.search import product_words
from products.store import load_products
from products.tables import PRODUCT


def index_products(db: Connection, which: Any) -> None:
    """`which`: a condition on PRODUCT. SQLite only: the index must be there."""
    keys = {r.handle: r.id for r in db.execute(select(PRODUCT.c.handle, PRODUCT.c.id).where(which))}
    rows = []
    for product in load_products(db, which):
        title, body = product_words(product)
        rows.append({"id": keys[product.handle], "t": title, "b": body})
    if keys:  # also of those that have nothing on sale any more
        db.execute(text("DELETE FROM product_search WHERE rowid = :id"), [{"id": k} for k in keys.values()])
    if rows:
        db.execute(text("INSERT INTO product_search(rowid, title, body) VALUES (:id, :t, :b)"), rows)
