"""What viewers asked and the catalogue does not tell: a queue for the merch team, in the shop's database."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Engine, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Field, SQLModel

from products.errors import SetupError
from products.tables import KEY, Moment

MOST_OPEN = 5_000  # questions of one kind that wait; more are counted with the newest


class OpenQuestionRow(SQLModel, table=True):
    """A question that a person has to look at. `times`: how often it was asked while it waited.

    kind      "product" (the page does not say), "shop" (terms of the shop), "order" (customer service)
    meaning   equal for questions that are counted together; of orders each stands alone
    asker     what is needed to answer in person: channel, viewer, viewer_id, message
    """

    __tablename__ = "open_question"

    id: int | None = Field(default=None, sa_column=Column(KEY, primary_key=True))
    kind: str = Field(index=True)
    meaning: str = Field(index=True)
    product: str | None = None
    language: str
    text: str
    show: str = ""
    asker: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    first_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    last_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    times: int = 1
    closed_at: datetime | None = Field(default=None, sa_column=Column(Moment))
    closed_by: str = ""
    note: str = ""


OPEN_QUESTION = SQLModel.metadata.tables["open_question"]


@dataclass(frozen=True, slots=True)
class PassedOn:
    """One question to be passed on. Fields as of OpenQuestionRow."""

    kind: str
    text: str
    language: str
    at: datetime
    product: str | None = None
    show: str = ""
    channel: str = ""
    viewer: str = ""
    viewer_id: str = ""
    message: str = ""

    @property
    def meaning(self) -> str:
        """What it is counted by: product and words without case and marks; an order by its message."""
        if self.kind == "order":
            return f"order|{self.channel}|{self.message}"
        words = re.sub(r"[\W_]+", "", self.text.casefold())[:200]
        return f"{self.kind}|{self.product or ''}|{words}"


class QuestionQueue:
    """The queue in a database. Calls block for as long as the database takes; keep them off an event loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def pass_on(self, asked: PassedOn) -> int:
        """Adds it, or counts it with the one that waits already. Returns the row's id. SetupError when the
        database does not take it.
        """
        asker = {
            "channel": asked.channel,
            "viewer": asked.viewer,
            "viewer_id": asked.viewer_id,
            "message": asked.message,
        }
        try:
            return self._add(asked, asker)
        except SQLAlchemyError as error:
            raise SetupError(
                f"A viewer's question could not be passed on ({error}).",
                remedy="Look at the shop's database; the question stands in the show's ledger.",
            ) from error

    def _add(self, asked: PassedOn, asker: dict[str, str]) -> int:
        table = OPEN_QUESTION
        with self._engine.begin() as connection:
            same = (table.c.meaning == asked.meaning) & table.c.closed_at.is_(None)
            known = connection.scalar(select(table.c.id).where(same).limit(1))
            if known is None:
                waiting = table.c.closed_at.is_(None) & (table.c.kind == asked.kind)
                if int(connection.scalar(select(func.count()).where(waiting)) or 0) >= MOST_OPEN:
                    known = connection.scalar(select(func.max(table.c.id)).where(waiting))
            if known is not None:
                again = {"times": table.c.times + 1, "last_at": asked.at}
                connection.execute(update(table).where(table.c.id == known).values(**again))
                return int(known)
            row: dict[str, Any] = {
                "kind": asked.kind,
                "meaning": asked.meaning,
                "product": asked.product,
                "language": asked.language,
                "text": asked.text,
                "show": asked.show,
                "asker": asker,
                "first_at": asked.at,
                "last_at": asked.at,
                "times": 1,
                "closed_by": "",
                "note": "",
            }
            done = connection.execute(table.insert().values(**row))
            key = done.inserted_primary_key
            return 0 if key is None else int(key[0])

    def waiting(
        self, kind: str | None = None, limit: int = 100, *, product: str | None = None
    ) -> Sequence[OpenQuestionRow]:
        """Open questions, the most asked first. `product`: only about this handle."""
        table = OPEN_QUESTION
        query = select(table).where(table.c.closed_at.is_(None))
        if kind is not None:
            query = query.where(table.c.kind == kind)
        if product is not None:
            query = query.where(table.c.product == product)
        query = query.order_by(table.c.times.desc(), table.c.last_at.desc()).limit(limit)
        with self._engine.connect() as connection:
            return tuple(OpenQuestionRow(**row._mapping) for row in connection.execute(query))

    def close(self, number: int, by: str, note: str, now: datetime) -> bool:
        """Marks it as dealt with. False when no open question has that number."""
        table = OPEN_QUESTION
        values = {"closed_at": now, "closed_by": by, "note": note}
        with self._engine.begin() as connection:
            done = connection.execute(
                update(table).where((table.c.id == number) & table.c.closed_at.is_(None)).values(**values)
            )
        return done.rowcount > 0
