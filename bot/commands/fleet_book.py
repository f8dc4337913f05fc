"""The fleet's leases in the database of the settings, for as long as a command needs them."""

from contextlib import closing

from bot.fleet.leases import LeaseBook
from bot.settings import read_settings


def open_book() -> "closing[LeaseBook]":
    """Raises SetupError: the settings name no PostgreSQL, or its driver is missing."""
    return closing(LeaseBook(read_settings().database_url))
