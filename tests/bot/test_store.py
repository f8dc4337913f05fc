"""Migrations make the same tables as the models say, on a new database and on one that is there."""

import ast
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlmodel import SQLModel

from bot.store import MIGRATIONS, migrate, open_engine, ready
from products.errors import RemoteError, SetupError
from products.store import has_search
from products.tables import CATALOGUE_TABLES

OURS = {t.name for t in CATALOGUE_TABLES}


def include(name, kind, parents):
    return kind != "table" or name in OURS


def test_migrations_and_models_agree(tmp_path):
    engine = open_engine(str(tmp_path / "new.db"))
    migrate(engine)
    migrate(engine)
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) >= OURS
        assert has_search(connection)
        options = {
            "include_name": include,
            "include_object": lambda o, n, kind, r, c: kind != "table" or n in OURS,
        }
        assert compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata) == []
    engine.dispose()


def test_an_index_from_before_is_found_by_simplified_characters(tmp_path):
    engine = open_engine(str(tmp_path / "old.db"))
    migrate(engine)
    old = [(k, f"帆布鞋{k}", "紅色 紅布") for k in range(1, 6001)]
    with engine.begin() as db:
        db.exec_driver_sql("INSERT INTO product_search(rowid, title, body) VALUES (?, ?, ?)", old)
        db.exec_driver_sql("INSERT INTO product_search(rowid, title, body) VALUES (0, '運動', '鞋子')")
        db.exec_driver_sql("UPDATE alembic_version SET version_num = '0013'")
    migrate(engine)
    with engine.connect() as db:
        found = "SELECT count(*) FROM product_search WHERE product_search MATCH ?"
        assert [db.exec_driver_sql(found, (w,)).scalar() for w in ("运动", "红色", "紅色")] == [1, 6000, 0]
    engine.dispose()


def test_a_database_from_the_future_is_refused(tmp_path):
    engine = open_engine(str(tmp_path / "new.db"))
    migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SetupError, match="another version") as caught:
        migrate(engine)
    assert "--database" in caught.value.remedy
    engine.dispose()


@pytest.mark.parametrize(("at", "says"), [("head", ""), ("9999", ""), ("0013", "older"), ("", "older")])
def test_a_show_of_a_fleet_goes_on_in_tables_that_are_newer_than_it_is(tmp_path, at, says):
    engine = open_engine(str(tmp_path / "new.db"))
    migrate(engine)
    if at != "head":
        with engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM alembic_version")
            if at:
                connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (at,))
    if not says:
        ready(engine)
    else:
        with pytest.raises(SetupError, match=says) as caught:
            ready(engine)
        assert "castmate fleet prepare" in caught.value.remedy
    engine.dispose()


def test_a_database_that_is_away_is_no_setting_to_mend():
    """A show that begins while its database restarts is tried again; one that is set up wrong is given up."""
    engine = open_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(RemoteError, match="does not answer"):
        ready(engine)


TAKES_AWAY = (
    "op.drop_",
    "op.alter_column",
    "op.rename_table",
    ".drop_column",
    ".alter_column",
    "drop column",
)


def taken_away(path: Path, function: str) -> list[str]:
    body = next(n for n in ast.parse(path.read_text()).body if getattr(n, "name", "") == function)
    return [word for word in TAKES_AWAY if word in ast.unparse(body).lower()]


def test_a_migration_only_adds():
    """From 0015 on: shows of the version before go on beside it; nothing that they use may go or change."""
    found = sorted((MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert [path.name for path in found if path.name >= "0015" and taken_away(path, "upgrade")] == []
    assert taken_away(next(path for path in found if path.name.startswith("0013")), "downgrade")


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "no.db").write_text("this is a letter, not a database" * 20)
    with pytest.raises(SetupError):
        migrate(open_engine(str(tmp_path / "no.db")))
