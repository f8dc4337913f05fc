"""The runs in the database. Every change is one conditional statement, so two planners never both win."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from schedules.materialise import Wanted
from schedules.rulebook import Rule
from schedules.tables import OPEN, SHOW_RULE, SHOW_RUN, RunState, ShowRunRow

R = SHOW_RUN.c


class RunBook:
    """Reads and writes show_run. Its methods block; SQLAlchemy's errors pass through."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def plan(self, show: str, runs: Sequence[ShowRunRow], keep: Collection[str], since: datetime) -> None:
        """Adds those of `runs` that are not there. Takes back what was planned for `show` after `since` under
        other keys than `keep`: its show file no longer says so.
        """
        keys = [run.occurrence_key for run in runs]
        with self._engine.begin() as connection:
            connection.execute(
                delete(SHOW_RUN).where(
                    R.show == show,
                    R.rule_id.is_(None),
                    R.state == RunState.PLANNED,
                    R.start_utc > since,
                    R.occurrence_key.not_in(keep),
                )
            )
            known = set(connection.scalars(select(R.occurrence_key).where(R.occurrence_key.in_(keys))))
            for run in runs:
                if run.occurrence_key in known:
                    self._refresh(connection, run)
                else:
                    self._insert(connection, run)

    def write(self, rule: Rule, wanted: Wanted, now: datetime) -> None:
        """Adds what a rule wants and takes back what it does not want any more, in one transaction with how
        far it is written. A missed run that was moved to a time to come is planned again.
        """
        mine = R.rule_id == rule.id
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(R.id, R.occurrence_key, R.state).where(
                    mine, or_(R.start_utc >= wanted.since, R.occurrence_key.in_(list(wanted.keep)[:900]))
                )
            ).all()
            known = {row.occurrence_key: row for row in rows}
            gone = [r.id for r in rows if r.state == RunState.PLANNED and r.occurrence_key not in wanted.keep]
            if gone:
                connection.execute(delete(SHOW_RUN).where(R.id.in_(gone), R.state == RunState.PLANNED))
            for run in wanted.add:
                there = known.get(run.occurrence_key)
                if there is None:
                    self._insert(connection, run)
                elif there.state == RunState.PLANNED:
                    self._refresh(connection, run)
                elif there.state == RunState.MISSED and run.start_utc > now:
                    values = {"state": RunState.PLANNED.value, "note": ""}
                    connection.execute(update(SHOW_RUN).where(R.id == there.id).values(values))
                    self._refresh(connection, run)
            connection.execute(
                update(SHOW_RULE).where(SHOW_RULE.c.id == rule.id).values(written_to=wanted.written_to)
            )

    def take_back(self, rules: Collection[int]) -> None:
        """Planned runs of rules that are not among `rules`, those in force, are taken back."""
        with self._engine.begin() as connection:
            planned = connection.scalars(
                select(R.rule_id).where(R.rule_id.is_not(None), R.state == RunState.PLANNED).distinct()
            )
            for number in set(planned) - set(rules):
                connection.execute(delete(SHOW_RUN).where(R.rule_id == number, R.state == RunState.PLANNED))

    @staticmethod
    def _insert(connection: Connection, run: ShowRunRow) -> None:
        try:
            with connection.begin_nested():
                connection.execute(insert(SHOW_RUN).values(run.model_dump(exclude={"id"})))
        except IntegrityError:
            pass  # another planner was first: the same run

    @staticmethod
    def _refresh(connection: Connection, run: ShowRunRow) -> None:
        """A planned run follows its show file or rule: moved to another folder, given another length."""
        connection.execute(
            update(SHOW_RUN)
            .where(R.occurrence_key == run.occurrence_key, R.state == RunState.PLANNED)
            .values(file=run.file, start_utc=run.start_utc, end_utc=run.end_utc, late_s=run.late_s)
        )

    def open(self, shows: Collection[str]) -> tuple[ShowRunRow, ...]:
        """Runs that are not over, by start: of these shows, and all that come from rules of the calendar."""
        return self._rows(or_(R.show.in_(shows), R.rule_id.is_not(None)), R.state.in_(OPEN))

    def one(self, run: int) -> ShowRunRow | None:
        return next(iter(self._rows(R.id == run)), None)

    def all(self, show: str) -> tuple[ShowRunRow, ...]:
        """Every run of a show, by start."""
        return self._rows(R.show == show)

    def between(self, after: datetime, before: datetime) -> tuple[ShowRunRow, ...]:
        """Every run that starts in [after, before), by start."""
        return self._rows(R.start_utc >= after, R.start_utc < before)

    def alive(self) -> tuple[ShowRunRow, ...]:
        """Runs that were begun and are not over, by start."""
        return self._rows(R.state.in_([s for s in OPEN if s != RunState.PLANNED]))

    def _rows(self, *where: Any) -> tuple[ShowRunRow, ...]:
        with self._engine.connect() as connection:
            rows = connection.execute(select(SHOW_RUN).where(*where).order_by(R.start_utc, R.id)).all()
        return tuple(ShowRunRow(**row._mapping) for row in rows)

    def move(self, run: int, origin: Collection[RunState], to: RunState, **values: Any) -> bool:
        """Puts the run into state `to` if it stands in one of `origin`; False when it does not (any more)."""
        statement = update(SHOW_RUN).where(R.id == run, R.state.in_(origin)).values(state=to.value, **values)
        with self._engine.begin() as connection:
            return connection.execute(statement).rowcount == 1
