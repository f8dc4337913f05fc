"""The database of a Castmate: its engine, and its tables brought up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from products.errors import SetupError
from products.store import open_engine

__all__ = ["migrate", "open_engine"]

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Brings the tables to the newest form. Safe to call at every start. Raises SetupError when the database
    is newer than this Castmate, or refuses.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    try:
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
