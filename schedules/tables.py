"""The calendar's tables: what was to run, and what became of it. They are the truth; alarms only wake us."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from products.tables import KEY, Moment


class RunState(StrEnum):
    """planned -> starting -> on_air -> ended | failed; or planned -> missed. crashed: its process died before
    its time, and it goes on where it stood -> starting; or, after too many of these, failed.
    """

    PLANNED = "planned"
    STARTING = "starting"
    ON_AIR = "on_air"
    CRASHED = "crashed"
    ENDED = "ended"
    MISSED = "missed"
    FAILED = "failed"


OPEN = (RunState.PLANNED, RunState.STARTING, RunState.ON_AIR, RunState.CRASHED)
ALIVE = (RunState.STARTING, RunState.ON_AIR)
BEGUN = (*ALIVE, RunState.CRASHED)


class ShowRunRow(SQLModel, table=True):
    """One run of a show. `occurrence_key`: show and local start, so that planning twice plans once.

    `end_utc`: None for a show without an end. `note`: in plain words, why it stands as it does. No process
    number: a row outlives processes, and numbers are given again.

    rule_id      the rule of the calendar that it comes from; None: from the `start` of its show file
    late_s       how late it may still be started; None: as the planner says
    launched_at  when its latest process was made; started_at: when its first was
    restarts     how often it was taken up again after a crash, at `position` of its rundown ("LAP.CUE")
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
    rule_id: int | None = Field(default=None, index=True)
    late_s: int | None = None
    launched_at: datetime | None = Field(default=None, sa_column=Column(Moment))
    restarts: int = 0
    position: str = ""


class ShowRuleRow(SQLModel, table=True):
    """A show that people planned in the calendar: when it comes (schedules/recurrence.py), and what holds.

    first        naive local start, ISO 8601; zone: IANA name; rrule: RFC 5545 without its name, "" for once
    minutes      length; gap, overlap, ends: schedules.recurrence.Clocks
    late_s       a start that was missed is made up for within so many seconds; 0: never, only told
    cohost       who is meant to be there ("": whoever has the shift)
    written_to   up to when (UTC) its occurrences stand in show_run
    ended_at     when it was taken out of the calendar; what it did stays in show_run
    """

    __tablename__ = "show_rule"

    id: int | None = Field(default=None, sa_column=Column(KEY, primary_key=True))
    show: str = Field(index=True)
    file: str
    first: str
    zone: str
    rrule: str = ""
    minutes: float
    gap: str = "shift"
    overlap: str = "first"
    ends: str = "length"
    late_s: int = 600
    cohost: str = ""
    made_by: str = ""
    made_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    written_to: datetime = Field(sa_column=Column(Moment, nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(Moment))


class RuleChangeRow(SQLModel, table=True):
    """One occurrence that differs from its rule. `local`: as the rule gives it; `at`: naive local, None: it
    does not take place; `minutes`: None as the rule says.
    """

    __tablename__ = "show_rule_change"
    __table_args__ = (UniqueConstraint("rule_id", "local", name="uq_show_rule_change"),)

    id: int | None = Field(default=None, sa_column=Column(KEY, primary_key=True))
    rule_id: int = Field(index=True)
    local: str
    at: str | None = None
    minutes: float | None = None


class ShiftRow(SQLModel, table=True):
    """A co-host's shift in the rota. `show`: "" for every show that needs one. Otherwise as ShowRuleRow."""

    __tablename__ = "cohost_shift"

    id: int | None = Field(default=None, sa_column=Column(KEY, primary_key=True))
    person: str
    show: str = ""
    first: str
    zone: str
    rrule: str = ""
    minutes: float
    made_by: str = ""
    made_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(Moment))


SHOW_RUN = SQLModel.metadata.tables["show_run"]
SHOW_RULE = SQLModel.metadata.tables["show_rule"]
RULE_CHANGE = SQLModel.metadata.tables["show_rule_change"]
SHIFT = SQLModel.metadata.tables["cohost_shift"]
SCHEDULE_TABLES = (SHOW_RUN, SHOW_RULE, RULE_CHANGE, SHIFT)
