"""The database of a Castmate: its engine, and its tables brought up to date, also while shows air."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from products.errors import RemoteError, SetupError
from products.store import open_engine

__all__ = ["migrate", "open_engine", "ready"]

log = logging.getLogger(__name__)
MIGRATIONS = Path(__file__).parent / "migrations"
# A change of a table waits for those who read it, and whoever comes after waits behind it, heartbeats too.
LOCK_S, TRIES = 1, 60
BUSY = "55P03"  # lock_not_available
ONE_AT_A_TIME = 7_460_190_014  # advisory lock: any number that nobody else takes


def migrate(engine: Engine) -> None:
    """Brings the tables to the newest form. Safe to call at every start, and in PostgreSQL while shows air:
    each migration is a transaction of its own, and none makes heartbeats wait for longer than LOCK_S. Raises
    SetupError when the database is newer than this Castmate, or refuses.
    """
    config = _config()
    try:
        if engine.dialect.name == "postgresql":
            _migrate_shared(engine, config)
        else:
            with engine.begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
    except CommandError as error:
        raise SetupError(
            f"The database was made by another version of Castmate ({error}).",
            remedy="Use that version, or a database of its own: --database PATH.",
        ) from error
    except SQLAlchemyError as error:
        raise SetupError(
            f"The database refused ({error}).", remedy="Check that it can be written to."
        ) from error


def ready(engine: Engine) -> None:
    """For a show or node of a fleet: the tables are as new as this Castmate wants them, or newer. They are
    newer while machines are upgraded one at a time; that is no obstacle, for migrations only add
    (CONTRIBUTING.md). Raises SetupError when they are older, RemoteError when the database does not answer.
    """
    scripts = ScriptDirectory.from_config(_config())
    head = scripts.get_current_head()
    try:
        with engine.connect() as connection:
            at = MigrationContext.configure(connection).get_current_revision()
    except OperationalError as error:
        raise RemoteError(
            f"The fleet's database does not answer ({error.orig}).",
            remedy="Check that it runs and is reached.",
        ) from error
    except SQLAlchemyError as error:
        raise SetupError(
            f"The fleet's database refuses ({error}).", remedy="Grant what `castmate fleet roles` prints."
        ) from error
    if at is None or (at != head and at in {script.revision for script in scripts.walk_revisions()}):
        raise SetupError(
            f"The tables are of an older Castmate ({at or 'none'}; this one wants {head}).",
            remedy="Run `castmate fleet prepare` with this version first.",
        )
    if at != head:
        log.info("the tables are of a newer Castmate: %s", at)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _migrate_shared(engine: Engine, config: Config) -> None:
    """On a connection that is thrown away, so that its settings and its lock go with it."""
    with engine.connect() as connection:
        connection.detach()
        for statement in (
            f"select pg_advisory_lock({ONE_AT_A_TIME})",
            f"set lock_timeout = '{LOCK_S}s'",
        ):
            connection.exec_driver_sql(statement)
        connection.commit()
        config.attributes["connection"] = connection
        for left in reversed(range(TRIES)):
            try:
                command.upgrade(config, "head")
            except OperationalError as error:
                if not left or getattr(error.orig, "sqlstate", "") != BUSY:
                    raise
                log.info("a table is in use; once more")
                connection.rollback()
            else:
                return
