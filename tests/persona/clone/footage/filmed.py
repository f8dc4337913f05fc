"""Footage to be judged: the drawn host filmed in small, well or badly, and what the checks say of it."""

from collections.abc import Callable
from pathlib import Path

from persona.clone.film import Shoot, film, load_truth
from persona.clone.footage.checks import Check
from persona.clone.footage.points import DrawnPoints
from persona.clone.footage.preparing import Order, Outcome, prepare
from persona.clone.footage.reader import probe
from persona.clone.recital import Recital, babble
from persona.speech import SPEECH_RATE, Phone

SMALL = Shoot(width=360, height=640, idle=0.4)


def words(seconds: float = 1.4, seed: int = 7) -> Recital:
    """The beginning of made-up speech."""
    whole = babble(seconds, seed)
    phones = tuple(Phone(p.symbol, p.start, min(p.end, seconds)) for p in whole.phones if p.start < seconds)
    return Recital(whole.pcm[: round(seconds * SPEECH_RATE)], phones)


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
    film(path, recital or words(), shoot, retouch)
    facts, truth = probe(path), load_truth(path)
    assert truth is not None
    phones = tuple(
        Phone(p.symbol, max(0.0, p.start + truth.offset), p.end + truth.offset) for p in truth.phones
    )
    asked = Order(footage=path, licence="ana-2026", truth=phones if known else (), **order)
    return prepare(asked, facts, DrawnPoints(truth, facts), folder / "made", quiet)


def by_id(outcome: Outcome) -> dict[str, Check]:
    return {check.id: check for check in outcome.checks}
