"""The search index holds simplified characters alone, as questions are read (products/han.py). SQLite alone:
elsewhere nothing is kept in an index of ours.
"""

import sqlalchemy as sa
from alembic import op

from products.han import simplified

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
CHUNK = 5_000


def upgrade() -> None:
    db = op.get_bind()
    if db.dialect.name != "sqlite":
        return
    select = sa.text(
        "SELECT rowid, title, body FROM product_search WHERE rowid > :after ORDER BY rowid LIMIT :n"
    )
    update = sa.text("UPDATE product_search SET title = :title, body = :body WHERE rowid = :key")
    after = -1
    while rows := db.execute(select, {"after": after, "n": CHUNK}).all():
        after = rows[-1][0]
        changed = [
            {"key": key, "title": simplified(title), "body": simplified(body)}
            for key, title, body in rows
            if simplified(title) != title or simplified(body) != body
        ]
        if changed:
            db.execute(update, changed)


def downgrade() -> None:
    """What was traditional is found again by an import."""
