"""Orders of shows, joined to the sentence and the product that was on air."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sale",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("show", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("order", sa.String, nullable=False),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("product", sa.String, nullable=True),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("paid", sa.Boolean, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("on_table", sa.String, nullable=True),
        sa.Column("line", sa.String, nullable=False),
        sa.Column("words", sa.String, nullable=False),
        sa.Column("said_at", TIME, nullable=True),
        sa.UniqueConstraint("show", "channel", "order", "reference", name="uq_sale_order"),
    )
    op.create_index("ix_sale_show", "sale", ["show"])
    op.create_index("ix_sale_product", "sale", ["product"])


def downgrade() -> None:
    op.drop_table("sale")
