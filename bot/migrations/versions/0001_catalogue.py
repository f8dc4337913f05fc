"""The catalogue: products, their words, variants, offers, stock, readings, revision, and the search index on
SQLite.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "product",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("handle", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("vendor", sa.String, nullable=False),
        sa.Column("category", sa.String, nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("default_language", sa.String, nullable=False),
        sa.Column("picture_source", sa.String, nullable=False),
        sa.Column("picture", sa.String, nullable=True),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
    )
    op.create_index("ix_product_handle", "product", ["handle"], unique=True)
    op.create_index("ix_product_number", "product", ["number"])
    op.create_table(
        "product_text",
        sa.Column("product_id", KEY, primary_key=True),
        sa.Column("language", sa.String, primary_key=True),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("sentences", sa.JSON, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("source", sa.String, nullable=False),
    )
    op.create_table(
        "variant",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("product_id", KEY, nullable=False),
        sa.Column("sku", sa.String, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("grams", sa.Integer, nullable=True),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.UniqueConstraint("sku", name="uq_variant_sku"),
    )
    op.create_index("ix_variant_product_id", "variant", ["product_id"])
    op.create_table(
        "offer",
        sa.Column("variant_id", KEY, primary_key=True),
        sa.Column("price", sa.String, nullable=False),
        sa.Column("compare_at", sa.String, nullable=True),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("valid_from", TIME, nullable=True),
        sa.Column("valid_to", TIME, nullable=True),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("source", sa.String, nullable=False),
    )
    op.create_table(
        "stock",
        sa.Column("variant_id", KEY, primary_key=True),
        sa.Column("quantity", sa.Integer, nullable=True),
        sa.Column("may_backorder", sa.Boolean, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("source", sa.String, nullable=False),
    )
    op.create_table(
        "import_run",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("file", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("mapping", sa.JSON, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("new", sa.Integer, nullable=False),
        sa.Column("changed", sa.Integer, nullable=False),
        sa.Column("gone", sa.Integer, nullable=False),
        sa.Column("problems", sa.JSON, nullable=False),
    )
    op.create_table(
        "catalogue_revision",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE product_search USING fts5(title, body, tokenize='unicode61')")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE product_search")
    for name in ("catalogue_revision", "import_run", "stock", "offer", "variant", "product_text", "product"):
        op.drop_table(name)
