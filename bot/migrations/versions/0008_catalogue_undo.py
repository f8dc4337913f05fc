"""What the newest reading of a catalogue file changed, so that it can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "catalogue_undo",
        sa.Column("part", KEY, primary_key=True, autoincrement=False),
        sa.Column("import_id", KEY, nullable=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("catalogue_undo")
