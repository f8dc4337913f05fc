"""The tables of scripts: their versions, and a log of who did what to them that is only ever added to."""

from datetime import datetime

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from products.tables import KEY, Moment


class ScriptRow(SQLModel, table=True):
    """One version. `words` never change after the row is made; `digest` tells equal words from others."""

    __tablename__ = "script"
    __table_args__ = (UniqueConstraint("product", "language", "version", name="uq_script_version"),)

    id: int | None = Field(default=None, sa_column=Column(KEY, primary_key=True))
    product: str = Field(index=True)
    language: str
    version: int
    words: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    digest: str
    author: str
    made_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    state: str
    approved_by: str | None = None
    approved_at: datetime | None = Field(default=None, sa_column=Column(Moment))


class ScriptEventRow(SQLModel, table=True):
    """Who did what, when: drafted, approved, aired, retired."""

    __tablename__ = "script_event"

    id: int | None = Field(default=None, sa_column=Column(KEY, primary_key=True))
    script: str = Field(index=True)  # product/language/version
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    who: str
    what: str
    note: str = ""


SCRIPT = SQLModel.metadata.tables["script"]
SCRIPT_EVENT = SQLModel.metadata.tables["script_event"]
SCRIPT_TABLES = (SCRIPT, SCRIPT_EVENT)
