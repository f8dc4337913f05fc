"""The calendar's tables: what was to run, and what became of it. They are the truth; alarms only wake us."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from products.tables import KEY, Moment


class RunState(StrEnum):
    """planned -> starting -> on_air -> ended | failed; or planned -> missed."""

    PLANNED = "planned"
    STARTING = "starting"
    ON_AIR = "on_air"
    ENDED = "ended"
    MISSED = "missed"
    FAILED = "failed"


OPEN = (RunState.PLANNED, RunState.STARTING, RunState.ON_AIR)
ALIVE = (RunState.STARTING, RunState.ON_AIR)


class ShowRunRow(SQLModel, table=True):
    """One run of a show. `occurrence_key`: show and local start, so that planning twice plans once.

    `end_utc`: None for a show without an end. `note`: in plain words, why it stands as it does. No process
    number: a row outlives processes, and numbers are given again.
    """

    __tablename__ = "show_run"

    id: int | None = Field(default=None, sa_column=Column(KEY, primary_key=True))
    show: str = Field(index=True)
    file: str
    occurrence_key: str = Field(unique=True)
    start_utc: datetime = Field(sa_column=Column(Moment, nullable=False))
    end_utc: datetime | None = Field(default=None, sa_column=Column(Moment))
    state: str = RunState.PLANNED.value
    started_at: datetime | None = Field(default=None, sa_column=Column(Moment))
    note: str = ""


SHOW_RUN = SQLModel.metadata.tables["show_run"]
SCHEDULE_TABLES = (SHOW_RUN,)
