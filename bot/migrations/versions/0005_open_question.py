"""What viewers asked and the catalogue does not tell: a queue for the merch team."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "open_question",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("meaning", sa.String, nullable=False),
        sa.Column("product", sa.String, nullable=True),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("show", sa.String, nullable=False),
        sa.Column("asker", sa.JSON, nullable=False),
        sa.Column("first_at", TIME, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("closed_at", TIME, nullable=True),
        sa.Column("closed_by", sa.String, nullable=False),
        sa.Column("note", sa.String, nullable=False),
    )
    op.create_index("ix_open_question_kind", "open_question", ["kind"])
    op.create_index("ix_open_question_meaning", "open_question", ["meaning"])


def downgrade() -> None:
    op.drop_table("open_question")
