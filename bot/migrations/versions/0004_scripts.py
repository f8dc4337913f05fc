"""Scripts of the shop, version by version, and the log of who approved what."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "script",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("product", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("words", sa.JSON, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("author", sa.String, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("approved_by", sa.String, nullable=True),
        sa.Column("approved_at", TIME, nullable=True),
        sa.UniqueConstraint("product", "language", "version", name="uq_script_version"),
    )
    op.create_index("ix_script_product", "script", ["product"])
    op.create_table(
        "script_event",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("script", sa.String, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("note", sa.String, nullable=False),
    )
    op.create_index("ix_script_event_script", "script_event", ["script"])


def downgrade() -> None:
    op.drop_table("script_event")
    op.drop_table("script")
