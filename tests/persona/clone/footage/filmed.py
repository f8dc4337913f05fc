"""Footage to be judged: the drawn host filmed in small, well or badly, and what the checks say of it."""

from collections.abc import Callable
from pathlib import Path

from persona.clone.film import Shoot, film, load_truth
from persona.clone.footage.checks import Check
from persona.clone.footage.points import DrawnPoints
from persona.clone.footage.preparing import Order, Outcome, prepare
from persona.clone.footage.reader import probe
from persona.clone.recital import Recital, babble
from persona.speech import Phone

SMALL = Shoot(width=360, height=640, idle=0.4)


def quiet(stage: str, done: float) -> None:
    """Tells nobody how far it is."""


def prepared(
    folder: Path,
    shoot: Shoot = SMALL,
    retouch: Callable | None = None,
    recital: Recital | None = None,
    known: bool = True,
    **order,
) -> Outcome:
    path = folder / "film.mp4"
    film(path, recital or babble(0.5, seed=7), shoot, retouch)
    facts, truth = probe(path), load_truth(path)
    assert truth is not None
    phones = tuple(
        Phone(p.symbol, max(0.0, p.start + truth.offset), p.end + truth.offset) for p in truth.phones
    )
    asked = Order(footage=path, licence="ana-2026", truth=phones if known else (), **order)
    return prepare(asked, facts, DrawnPoints(truth, facts), folder / "made", quiet)


def by_id(outcome: Outcome) -> dict[str, Check]:
    return {check.id: check for check in outcome.checks}
