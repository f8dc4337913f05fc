"""The calendar that people plan: rules, occurrences that differ, the co-hosts' shifts; runs know their rule,
and where they stood when their process died.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("show_run") as table:
        table.add_column(sa.Column("rule_id", sa.Integer, nullable=True))
        table.add_column(sa.Column("late_s", sa.Integer, nullable=True))
        table.add_column(sa.Column("launched_at", TIME, nullable=True))
        table.add_column(sa.Column("restarts", sa.Integer, nullable=False, server_default="0"))
        table.add_column(sa.Column("position", sa.String, nullable=False, server_default=""))
        table.create_index("ix_show_run_rule_id", ["rule_id"])
    op.create_table(
        "show_rule",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("show", sa.String, nullable=False),
        sa.Column("file", sa.String, nullable=False),
        sa.Column("first", sa.String, nullable=False),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("rrule", sa.String, nullable=False),
        sa.Column("minutes", sa.Float, nullable=False),
        sa.Column("gap", sa.String, nullable=False),
        sa.Column("overlap", sa.String, nullable=False),
        sa.Column("ends", sa.String, nullable=False),
        sa.Column("late_s", sa.Integer, nullable=False),
        sa.Column("cohost", sa.String, nullable=False),
        sa.Column("made_by", sa.String, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("written_to", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
    )
    op.create_index("ix_show_rule_show", "show_rule", ["show"])
    op.create_table(
        "show_rule_change",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("rule_id", sa.Integer, nullable=False),
        sa.Column("local", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=True),
        sa.Column("minutes", sa.Float, nullable=True),
        sa.UniqueConstraint("rule_id", "local", name="uq_show_rule_change"),
    )
    op.create_index("ix_show_rule_change_rule_id", "show_rule_change", ["rule_id"])
    op.create_table(
        "cohost_shift",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("show", sa.String, nullable=False),
        sa.Column("first", sa.String, nullable=False),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("rrule", sa.String, nullable=False),
        sa.Column("minutes", sa.Float, nullable=False),
        sa.Column("made_by", sa.String, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
    )


def downgrade() -> None:
    for name in ("cohost_shift", "show_rule_change", "show_rule"):
        op.drop_table(name)
    with op.batch_alter_table("show_run") as table:
        table.drop_index("ix_show_run_rule_id")
        for name in ("position", "restarts", "launched_at", "late_s", "rule_id"):
            table.drop_column(name)
