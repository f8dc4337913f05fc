"""The tables of the console's people. Secrets are kept as digests (sessions, invitations, API tokens), as
Argon2id (passwords) or sealed (the authenticator app's); none can be read back from a copy.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from products.tables import KEY, Moment


class AccountRow(SQLModel, table=True):
    """A person. `login`: their name as it is typed, folded; `handle`: how passkeys name them, random;
    `totp`: sealed; `totp_step`: the last code's half minute, so that none counts twice; `recovery`: digests
    of the codes left; `closed_at`: may sign in no more.
    """

    __tablename__ = "account"

    id: int | None = Field(default=None, sa_column=Column(KEY, primary_key=True))
    login: str = Field(unique=True)
    name: str
    role: str
    handle: str = Field(unique=True)
    password: str | None = None
    totp: str | None = None
    totp_step: int = Field(default=0, sa_column=Column(KEY, nullable=False))
    recovery: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    made_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    closed_at: datetime | None = Field(default=None, sa_column=Column(Moment))


class PasskeyRow(SQLModel, table=True):
    """A passkey's public half (base64url). `sign_count` never goes down, or it was copied."""

    __tablename__ = "passkey"

    id: int | None = Field(default=None, sa_column=Column(KEY, primary_key=True))
    account_id: int = Field(sa_column=Column(KEY, nullable=False, index=True))
    credential: str = Field(unique=True)
    public_key: str
    sign_count: int = Field(default=0, sa_column=Column(KEY, nullable=False))
    name: str
    made_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    used_at: datetime | None = Field(default=None, sa_column=Column(Moment))


class SessionRow(SQLModel, table=True):
    """A signed-in browser. `digest`: of its cookie; `before`: of the cookie that it had until `turned_at`;
    `came_back`: the browser has shown the present one; `only`: a role that is less than the person's ("":
    theirs); `stage`: full, or code while the second factor is asked for; `proved_at`: when the person last
    showed a credential.
    """

    __tablename__ = "account_session"

    id: int | None = Field(default=None, sa_column=Column(KEY, primary_key=True))
    account_id: int = Field(sa_column=Column(KEY, nullable=False, index=True))
    digest: str = Field(unique=True)
    before: str = Field(default="", index=True)
    turned_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    came_back: bool = False
    only: str = ""
    stage: str
    how: str
    device: str = ""
    address: str = ""
    made_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    seen_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    proved_at: datetime | None = Field(default=None, sa_column=Column(Moment))
    expires_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class InvitationRow(SQLModel, table=True):
    """A link, good once: to a new account of that role, or (`account_id`) to new credentials of one."""

    __tablename__ = "invitation"

    id: int | None = Field(default=None, sa_column=Column(KEY, primary_key=True))
    digest: str = Field(unique=True)
    name: str
    role: str
    account_id: int | None = Field(default=None, sa_column=Column(KEY))
    made_by: int | None = Field(default=None, sa_column=Column(KEY))
    made_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    expires_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    used_at: datetime | None = Field(default=None, sa_column=Column(Moment))


class ApiTokenRow(SQLModel, table=True):
    """A program's key. It may what its scopes say and its person may, whichever is less."""

    __tablename__ = "api_token"

    id: int | None = Field(default=None, sa_column=Column(KEY, primary_key=True))
    account_id: int = Field(sa_column=Column(KEY, nullable=False, index=True))
    digest: str = Field(unique=True)
    name: str
    scopes: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    made_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    expires_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    used_at: datetime | None = Field(default=None, sa_column=Column(Moment))


class EventRow(SQLModel, table=True):
    """An act, written in the transaction that did it. `entry`: its index in the console's ledger, None until
    it is there. People stand as numbers: a name can be erased, the log stays whole.
    """

    __tablename__ = "account_event"

    id: int | None = Field(default=None, sa_column=Column(KEY, primary_key=True))
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    who: int | None = Field(default=None, sa_column=Column(KEY))
    what: str
    about: int | None = Field(default=None, sa_column=Column(KEY))
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    entry: int | None = Field(default=None, sa_column=Column(KEY, index=True))


ACCOUNT_TABLES = tuple(
    SQLModel.metadata.tables[name]
    for name in ("account", "passkey", "account_session", "invitation", "api_token", "account_event")
)
