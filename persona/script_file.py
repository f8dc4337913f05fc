"""The file of scripts that stands beside a show: words for products, and who approved them.

scripts:
  - product: orchard-tea
    language: en
    author: Lin Hao
    approved_by: Lin Hao, Corner Shop        # leave it out: it is read in as a draft
    approved_at: 2026-11-20T09:30:00Z
    lines:
      - "Link 9 is the Orchard Oolong Tea."
"""

from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from persona.script_book import ScriptBook
from persona.scripts import MOST_LINES, Version, checked_words, named_person
from products.documents import load_document
from products.errors import ContentError


class ScriptEntry(BaseModel):
    """One script as written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product: str = Field(min_length=1)
    language: str = Field(pattern=r"^[a-z]{2}$")
    author: str = Field(default="merch team", min_length=1)
    approved_by: str | None = None
    approved_at: AwareDatetime | None = None
    lines: tuple[str, ...] = Field(min_length=1, max_length=MOST_LINES)

    @field_validator("approved_by")
    @classmethod
    def _a_person(cls, value: str | None) -> str | None:
        try:
            return None if value is None else named_person(value)
        except ContentError as error:
            raise ValueError(error.message) from error

    @field_validator("lines")
    @classmethod
    def _sayable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return checked_words(value)
        except ContentError as error:
            raise ValueError(error.message) from error

    @model_validator(mode="after")
    def _who_and_when(self) -> "ScriptEntry":
        if (self.approved_by is None) != (self.approved_at is None):
            raise ValueError("approved_by and approved_at belong together: who, and when")
        return self


class ScriptsFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    scripts: tuple[ScriptEntry, ...] = Field(min_length=1)


def load_scripts(path: Path) -> ScriptsFile:
    """Reads the file. DocumentError names row and field of all that is wrong."""
    return load_document(path, ScriptsFile)


def read_in(book: ScriptBook, file: ScriptsFile, now: datetime, source: str) -> tuple[Version, ...]:
    """Puts scripts that the book does not know into it; returns those. What it knows keeps its state: a
    script that was retired is not approved again by reading its file.
    """
    new: list[Version] = []
    for entry in file.scripts:
        if book.same(entry.product, entry.language, entry.lines) is not None:
            continue
        version = book.draft(entry.product, entry.language, entry.lines, entry.author, now, f"from {source}")
        if entry.approved_by is not None and entry.approved_at is not None:
            version = book.approve(version.name, entry.approved_by, entry.approved_at, f"as {source} says")
        new.append(version)
    return tuple(new)
