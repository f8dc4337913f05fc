"""How many watched what: one row for each stretch of a show in which the same was on, in the shop's database.

The show's ledger has the same as entries of kind `audience`; the table is for questions over months, which no
ledger can answer quickly. Nobody is named in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Field, SQLModel

from products.errors import SetupError
from products.tables import KEY, Moment

HOUR_S = 3600


class StretchRow(SQLModel, table=True):
    """Fields as of Stretch. `hour`: hours since 1970 UTC of its begin, to add up by."""

    __tablename__ = "stretch"

    id: int | None = Field(default=None, sa_column=Column(KEY, primary_key=True))
    show: str = Field(index=True)
    run: str = Field(index=True)
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    hour: int = Field(index=True)
    seconds: float
    cue: str
    product: str | None = None
    host: str
    viewers: float | None = None
    peak: int | None = None
    first_viewers: int | None = None
    last_viewers: int | None = None
    follows: int = 0
    likes: int = 0
    gifts: int = 0
    comments: int = 0
    asked: int = 0
    answered: int = 0
    doubt: int = 0
    praise: int = 0
    anger: int = 0
    channels: dict[str, dict[str, int]] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


STRETCH = SQLModel.metadata.tables["stretch"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time of one run of a show with one cue, one product on the table and one kind of host.

    run        the folder of the run; `at`: its begin, UTC; `seconds`: how long
    cue        kind of the rundown's cue ("pitch", "questions" ...); "" before the first
    host       ai, ai and human, human, slate
    viewers    of all channels together: mean over its seconds; `peak`, `first_viewers`, `last_viewers`;
               None where no platform told
    follows    new followers that were told of; likes, gifts, comments, questions `asked` and `answered`
    doubt, praise, anger   comments about the AI by tone (persona/ai_remarks.py)
    channels   by channel, at its end, as far as the platform tells: viewers, followers (in all)
    """

    show: str
    run: str
    at: datetime
    seconds: float
    cue: str
    product: str | None
    host: str
    viewers: float | None = None
    peak: int | None = None
    first_viewers: int | None = None
    last_viewers: int | None = None
    follows: int = 0
    likes: int = 0
    gifts: int = 0
    comments: int = 0
    asked: int = 0
    answered: int = 0
    doubt: int = 0
    praise: int = 0
    anger: int = 0
    channels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def entry(self) -> dict[str, Any]:
        """For the show's ledger: what is zero or unknown is left out."""
        kept = {
            k: v for k, v in asdict(self).items() if k not in ("show", "run", "at") and v not in (0, None)
        }
        return {"from": self.at.isoformat(timespec="seconds"), **kept, "cue": self.cue, "host": self.host}


class StretchBook:
    """The stretches in a database. Calls block for as long as the database takes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def enter(self, stretches: Sequence[Stretch]) -> None:
        """Keeps them. Raises SetupError when the database does not take it."""
        rows = [{**asdict(s), "hour": int(s.at.timestamp()) // HOUR_S} for s in stretches]
        try:
            with self._engine.begin() as connection:
                connection.execute(STRETCH.insert(), rows)
        except SQLAlchemyError as error:
            raise SetupError(
                f"{len(stretches)} stretches of a show could not be kept ({type(error).__name__}).",
                remedy="Look at the shop's database; they stand in the show's ledger.",
            ) from error
