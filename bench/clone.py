"""A clone of the drawn host, trained and judged: rows clone.*. Films it, prepares it, trains, evaluates.

The footage is nobody's (persona/clone/film.py): `CASTMATE_BENCH_CLONE_SECONDS` of it (60), and
`CASTMATE_BENCH_CLONE_STEPS` of training (the recipe's own). Figures of pictures and lips are of this drawn
host; a person's are their own: castmate clone evaluate PACK FOOTAGE.
"""

import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.rows import Row, row
from bot.footage import Wish, opened, prepare_footage
from bot.settings import Settings
from persona.clone.film import Shoot, film
from persona.clone.neural.course import evaluate_pack, train_pack
from persona.clone.neural.evaluating import GOALS
from persona.clone.neural.recipe import Recipe
from persona.clone.recital import babble
from persona.licence import Licence
from persona.sealing import LicenceStore

SECONDS = float(os.environ.get("CASTMATE_BENCH_CLONE_SECONDS", "60"))
STEPS = int(os.environ.get("CASTMATE_BENCH_CLONE_STEPS", str(Recipe().steps)))
COMMAND = "python -m bench clone"
UNITS = {
    "db": "dB",
    "ratio": "",
    "percent": "% of width",
    "ms": "ms",
    "mb": "MB",
    "s": "s",
    "frames": "frames",
}
MORE_GOALS = {"first_patch_ms": "<= 150", "pack_mb": "<= 400", "open_mb": "<= 600"}


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        return measured(Path(folder))


def measured(place: Path) -> list[Row]:
    now = datetime.now(UTC)
    settings = Settings(data=place / "data", cache=place / "cache", licence_keys=place / "keys")
    store = LicenceStore(settings.data / "licences", settings.licence_key_folder)
    licence = Licence(
        id="bench", performer="Nobody", kind="measurement", face=True, voice=True, document="0" * 64,
        valid_from=now - timedelta(days=1), valid_to=now + timedelta(days=1),
    )  # fmt: skip
    store.add(licence)
    movie, work = place / "host.mp4", place / "work"
    work.mkdir()
    spoken = SECONDS - 8
    film(
        movie, babble(spoken, seed=1), Shoot(width=360, height=640, idle=4.0, seed=1, crf=12, liveliness=0.5)
    )
    outcome = prepare_footage(
        store, settings, Wish(movie, licence, "", "en", work), now, lambda what, done: None
    )
    if outcome.stops:
        raise SystemExit(f"the film was not accepted: {[c.title for c in outcome.stops]}")
    pack = place / "pack"
    with opened(store, settings, licence.id) as prepared:
        begun = time.process_time()
        course = train_pack(prepared, Recipe(steps=STEPS), pack, store, now)
        spent = time.process_time() - begun
        figures = evaluate_pack(pack, prepared, store)
    about = f"{SECONDS:.0f} s of the drawn host, crop {prepared.size} px, {course.head.steps} steps"
    rows = [row("clone.training_cpu_minutes", spent / 60, "min", "<= 25", about, COMMAND)]
    return rows + [figure(name, value, about) for name, value in figures.items()]


def figure(name: str, value: float, about: str) -> Row:
    """A row with its goal; one that lies between two bounds is told to be met or not by itself."""
    unit = UNITS.get(name.rpartition("_")[2], "")
    goal = GOALS.get(name)
    if goal is None:
        return row(f"clone.{name}", value, unit, MORE_GOALS.get(name, ""), about, COMMAND)
    return Row(f"clone.{name}", round(value, 4), unit, str(goal), goal.met(value), about, COMMAND)
