"""Puts the pages of insight onto a lasting console."""

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from sqlalchemy import Engine

from bot.clock import Clock
from bot.commands.timetable import Timetable
from bot.console.insight import add_insight
from bot.console.insight_board import InsightBoard
from products.listing import Listing


def add_insight_pages(
    app: FastAPI, engines: Callable[[], Sequence[Engine]], zone: Callable[[], ZoneInfo], clock: Clock
) -> None:
    """Over the shop's databases; days are those of `zone`."""

    def titled(handle: str, language: str) -> str:
        found = (Listing(engine).find(handle) for engine in engines())
        product = next((p for p in found if p is not None), None)
        return handle if product is None else product.text(language).title

    add_insight(app, InsightBoard(engines, clock.now, zone, clock.time), titled)


def engines_of(engine: Engine, timetable: Timetable) -> tuple[Engine, ...]:
    """The shop's database and those of shows that have catalogues of their own, each once."""
    every = {str(engine.url): engine}
    for _, shop in timetable.shops.values():
        own = shop.catalogue.engine
        every.setdefault(str(own.url), own)
    return tuple(every.values())
