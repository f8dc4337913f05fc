"""The migration makes the table that the model says, and the database itself refuses a run planned twice."""

from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from bot.store import migrate
from products.store import open_engine
from schedules.runs import RunBook
from schedules.tables import SCHEDULE_TABLES, SHOW_RUN, ShowRunRow

EIGHT = datetime(2026, 12, 1, 20, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path):
    engine = open_engine(str(tmp_path / "castmate.db"))
    migrate(engine)
    yield engine
    engine.dispose()


def ours(thing, name, kind, _reflected, _other):
    return kind != "table" or name in {t.name for t in SCHEDULE_TABLES}


def test_migration_and_model_agree(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_run_is_there_once_and_comes_back_with_its_zone(engine):
    run = ShowRunRow(show="a", file="a.yaml", occurrence_key="a/1", start_utc=EIGHT)
    values = run.model_dump(exclude={"id"})
    with engine.begin() as connection:
        connection.execute(insert(SHOW_RUN).values(values))
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(insert(SHOW_RUN).values(values))
    (row,) = RunBook(engine).all("a")
    assert row.start_utc == EIGHT and row.start_utc.tzinfo is UTC and row.state == "planned"
