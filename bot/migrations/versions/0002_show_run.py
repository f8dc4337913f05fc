"""The calendar: one row for each run of a show."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "show_run",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("show", sa.String, nullable=False),
        sa.Column("file", sa.String, nullable=False),
        sa.Column("occurrence_key", sa.String, nullable=False),
        sa.Column("start_utc", TIME, nullable=False),
        sa.Column("end_utc", TIME, nullable=True),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("note", sa.String, nullable=False),
        sa.UniqueConstraint("occurrence_key", name="uq_show_run_occurrence_key"),
    )
    op.create_index("ix_show_run_show", "show_run", ["show"])


def downgrade() -> None:
    op.drop_table("show_run")
