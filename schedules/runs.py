"""The runs in the database. Every change is one conditional statement, so two planners never both win."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from schedules.tables import OPEN, SHOW_RUN, RunState, ShowRunRow

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
                    R.state == RunState.PLANNED,
                    R.start_utc > since,
                    R.occurrence_key.not_in(keep),
                )
            )
            known = set(connection.scalars(select(R.occurrence_key).where(R.occurrence_key.in_(keys))))
            for run in runs:
                if run.occurrence_key in known:
                    self._refresh(connection, run)
                    continue
                try:
                    with connection.begin_nested():
                        connection.execute(insert(SHOW_RUN).values(run.model_dump(exclude={"id"})))
                except IntegrityError:
                    continue  # another planner was first: the same run

    @staticmethod
    def _refresh(connection: Any, run: ShowRunRow) -> None:
        """A planned run follows its show file: moved to another folder, given another length."""
        connection.execute(
            update(SHOW_RUN)
            .where(R.occurrence_key == run.occurrence_key, R.state == RunState.PLANNED)
            .values(file=run.file, start_utc=run.start_utc, end_utc=run.end_utc)
        )

    def open(self, shows: Collection[str]) -> tuple[ShowRunRow, ...]:
        """Runs of these shows that are not over, by start."""
        return self._rows(R.show.in_(shows), R.state.in_(OPEN))

    def one(self, run: int) -> ShowRunRow | None:
        return next(iter(self._rows(R.id == run)), None)

    def all(self, show: str) -> tuple[ShowRunRow, ...]:
        """Every run of a show, by start."""
        return self._rows(R.show == show)

    def _rows(self, *where: Any) -> tuple[ShowRunRow, ...]:
        with self._engine.connect() as connection:
            rows = connection.execute(select(SHOW_RUN).where(*where).order_by(R.start_utc, R.id)).all()
        return tuple(ShowRunRow(**row._mapping) for row in rows)

    def move(self, run: int, origin: Collection[RunState], to: RunState, **values: Any) -> bool:
        """Puts the run into state `to` if it stands in one of `origin`; False when it does not (any more)."""
        statement = update(SHOW_RUN).where(R.id == run, R.state.in_(origin)).values(state=to.value, **values)
        with self._engine.begin() as connection:
            return connection.execute(statement).rowcount == 1
