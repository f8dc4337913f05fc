"""When a feed is fetched, and whether what came may go into the catalogue without a person's word. Pure."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from bot.console.catalogue_work import Outcome

EVERY = (15, 60, 360, 1440)  # minutes that can be chosen
AGAIN = timedelta(minutes=10)  # after the first failure; twice as long after each further one
Percent = Annotated[int, Field(ge=0, le=100)]


class Policy(BaseModel):
    """`clean`: what came is taken in by itself when nothing of this is passed (else a person is always
    asked): no row is wrong, at most `rows` % of the rows are new, changed or gone, at most `prices` % of them
    have another price, and no price moves by more than `move` % of the old one.
    """

    clean: bool = True
    rows: Percent = 20
    prices: Percent = 20
    move: Percent = 50


def against(outcome: Outcome, policy: Policy) -> tuple[str, ...]:
    """Why a person must look at it: of "never", "problems", "rows", "prices", "move"; empty: it may go in."""
    whole = max(1, outcome.new + outcome.changed + outcome.gone + outcome.unchanged)
    moved = outcome.new + outcome.changed + outcome.gone
    reasons = {
        "never": not policy.clean,
        "problems": outcome.problems > 0,
        "rows": moved * 100 > policy.rows * whole,
        "prices": outcome.prices * 100 > policy.prices * max(1, outcome.rows),
        "move": outcome.steepest * 100 > policy.move + 1e-9,
    }
    return tuple(name for name, holds in reasons.items() if holds)


def next_time(now: datetime, every: int, failures: int) -> datetime:
    """When it is fetched again: `every` minutes from now; after failures sooner, later with each."""
    usual = timedelta(minutes=every)
    if failures <= 0:
        return now + usual
    soon: timedelta = AGAIN * 2 ** min(failures - 1, 10)
    return now + min(usual, soon)
