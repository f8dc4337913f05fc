"""Puts the pages of insight onto a lasting console."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from sqlalchemy import Engine

from bot.clock import Clock
from bot.console.insight import add_insight
from bot.console.insight_board import InsightBoard
from products.listing import Listing


def add_insight_pages(app: FastAPI, engine: Engine, zone: Callable[[], ZoneInfo], clock: Clock) -> None:
    """Over the shop's database; days are those of `zone`."""
    listing = Listing(engine)

    def titled(handle: str, language: str) -> str:
        product = listing.find(handle)
        return handle if product is None else product.text(language).title

    add_insight(app, InsightBoard(engine, clock.now, zone, clock.time), titled)
