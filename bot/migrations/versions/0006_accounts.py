"""Accounts of the console: people, passkeys, sessions, invitations, API tokens, and what happened to them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("login", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("handle", sa.String, nullable=False),
        sa.Column("password", sa.String, nullable=True),
        sa.Column("totp", sa.String, nullable=True),
        sa.Column("totp_step", KEY, nullable=False),
        sa.Column("recovery", sa.JSON, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("closed_at", TIME, nullable=True),
        sa.UniqueConstraint("login", name="uq_account_login"),
        sa.UniqueConstraint("handle", name="uq_account_handle"),
    )
    op.create_table(
        "passkey",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("credential", sa.String, nullable=False),
        sa.Column("public_key", sa.String, nullable=False),
        sa.Column("sign_count", KEY, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.UniqueConstraint("credential", name="uq_passkey_credential"),
    )
    op.create_index("ix_passkey_account_id", "passkey", ["account_id"])
    op.create_table(
        "account_session",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("before", sa.String, nullable=False),
        sa.Column("turned_at", TIME, nullable=False),
        sa.Column("came_back", sa.Boolean, nullable=False),
        sa.Column("only", sa.String, nullable=False),
        sa.Column("stage", sa.String, nullable=False),
        sa.Column("how", sa.String, nullable=False),
        sa.Column("device", sa.String, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("proved_at", TIME, nullable=True),
        sa.Column("expires_at", TIME, nullable=False),
        sa.UniqueConstraint("digest", name="uq_account_session_digest"),
    )
    op.create_index("ix_account_session_account_id", "account_session", ["account_id"])
    op.create_index("ix_account_session_before", "account_session", ["before"])
    op.create_table(
        "invitation",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("made_by", KEY, nullable=True),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.UniqueConstraint("digest", name="uq_invitation_digest"),
    )
    op.create_table(
        "api_token",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.UniqueConstraint("digest", name="uq_api_token_digest"),
    )
    op.create_index("ix_api_token_account_id", "api_token", ["account_id"])
    op.create_table(
        "account_event",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("who", KEY, nullable=True),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("about", KEY, nullable=True),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("entry", KEY, nullable=True),
    )
    op.create_index("ix_account_event_entry", "account_event", ["entry"])


def downgrade() -> None:
    for name in ("account_event", "api_token", "invitation", "account_session", "passkey", "account"):
        op.drop_table(name)
