"""How many watched what, by stretches of a show; which cue an order came in."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)
COUNTS = ("follows", "likes", "gifts", "comments", "asked", "answered", "doubt", "praise", "anger")


def upgrade() -> None:
    op.create_table(
        "stretch",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("show", sa.String, nullable=False),
        sa.Column("run", sa.String, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("cue", sa.String, nullable=False),
        sa.Column("product", sa.String, nullable=True),
        sa.Column("host", sa.String, nullable=False),
        sa.Column("viewers", sa.Float, nullable=True),
        sa.Column("peak", sa.Integer, nullable=True),
        sa.Column("first_viewers", sa.Integer, nullable=True),
        sa.Column("last_viewers", sa.Integer, nullable=True),
        *(sa.Column(name, sa.Integer, nullable=False) for name in COUNTS),
        sa.Column("channels", sa.JSON, nullable=False),
    )
    for name in ("show", "run", "hour"):
        op.create_index(f"ix_stretch_{name}", "stretch", [name])
    op.add_column("sale", sa.Column("cue", sa.String, nullable=False, server_default=""))
    op.create_index("ix_sale_at", "sale", ["at"])


def downgrade() -> None:
    op.drop_index("ix_sale_at", "sale")
    with op.batch_alter_table("sale") as batch:
        batch.drop_column("cue")
    op.drop_table("stretch")
