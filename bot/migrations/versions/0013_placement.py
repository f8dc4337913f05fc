"""What a show needs of its node and what a node has, for the placement of a fleet. PostgreSQL alone."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("alter table show_lease add column needs jsonb not null default '{}'")
        op.execute("alter table fleet_node add column offer jsonb not null default '{}'")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("alter table show_lease drop column needs")
        op.execute("alter table fleet_node drop column offer")
