"""Puts the fleet's page onto a lasting console, with a fleet or without."""

from fastapi import FastAPI

from bot.clock import Clock
from bot.console.fleet_board import FleetBoard
from bot.console.fleet_page import NoFleet, add_fleet
from bot.fleet.leases import LeaseBook, dsn_of
from bot.settings import Settings
from products.errors import SetupError


def add_fleet_page(app: FastAPI, settings: Settings, clock: Clock) -> LeaseBook | None:
    """Over the database of the settings, if it is one that can hold a fleet. Returns what is to be closed."""
    try:
        dsn_of(settings.database_url)
    except SetupError:
        add_fleet(app, NoFleet())
        return None
    try:
        book = LeaseBook(settings.database_url)
    except SetupError as error:
        add_fleet(app, NoFleet(error.remedy))
        return None
    add_fleet(app, FleetBoard(book, clock.time))
    return book
