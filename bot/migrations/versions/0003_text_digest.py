"""What was last read of a product in a language, as a digest: a reading that says the same writes nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("product_text", sa.Column("digest", sa.String, nullable=True))


def downgrade() -> None:
    op.drop_column("product_text", "digest")
