"""A clone of the drawn host, trained and judged: rows clone.*. Films it, prepares it, trains, evaluates.

The footage is nobody's (persona/clone/film.py): the script for performers read by the embedded voice, or
`CASTMATE_BENCH_CLONE_SECONDS` of made-up speech; `CASTMATE_BENCH_CLONE_STEPS` of training (the recipe's own).
Figures of pictures and lips are of this drawn host; a person's are their own: castmate clone evaluate PACK
FOOTAGE. Beside them stands Wav2Lip 256 with random weights, for its speed.
"""

import os
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from bench.rows import Row, row
from bot.footage import Wish, opened, prepare_footage
from bot.settings import Settings
from persona.clone.film import Shoot, film
from persona.clone.footage.prompt import prompt
from persona.clone.lips import OPEN
from persona.clone.neural.assets import Assets
from persona.clone.neural.course import evaluate_pack, train_pack
from persona.clone.neural.evaluating import GOALS
from persona.clone.neural.measures import correlation
from persona.clone.neural.pack import read_pack
from persona.clone.neural.recipe import Recipe
from persona.clone.recital import Recital, babble, mouths_at, read_aloud
from persona.licence import Licence
from persona.sealing import LicenceStore
from persona.voice.kokoro import KokoroVoice

SECONDS = os.environ.get("CASTMATE_BENCH_CLONE_SECONDS")
STEPS = int(os.environ.get("CASTMATE_BENCH_CLONE_STEPS", str(Recipe().steps)))
COMMAND = "python -m bench clone"
FPS = 25
OTHER_TEXT = (
    "Good evening. My brother packed five big boxes of maple spoons, and both of them smell of fresh wood. "
    "Would you move the blue cup from the top of the table? People ask me about the warm brown blanket too."
)
UNITS = {
    "db": "dB",
    "ratio": "",
    "percent": "% of width",
    "ms": "ms",
    "mb": "MB",
    "s": "s",
    "frames": "frames",
    "frame": "ms",
    "own": "of its 95th percentile step",
}
MORE_GOALS = {
    "first_patch_ms": "<= 150",
    "pack_mb": "<= 400",
    "open_mb": "<= 600",
    "other_voice_correlation": ">= 0.7",
    "wav2lip_slower": ">= 20",
}


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
    movie, work, pack = place / "host.mp4", place / "work", place / "pack"
    work.mkdir()
    film(movie, recital(), Shoot(idle=10.0, seed=3))
    wish = Wish(movie, licence, "", "en", work)
    outcome = prepare_footage(store, settings, wish, now, lambda what, done: None)
    if outcome.stops:
        raise SystemExit(f"the film was not accepted: {[c.title for c in outcome.stops]}")
    with opened(store, settings, licence.id) as prepared:
        begun = time.process_time()
        course = train_pack(prepared, Recipe(steps=STEPS), pack, store, now)
        spent = time.process_time() - begun
        figures = evaluate_pack(pack, prepared, store)
        seconds, size = prepared.count / FPS, prepared.size
    contents = read_pack(pack, store)[1]
    figures["other_voice_correlation"] = other_voice(Assets.from_bytes(contents["assets.npz"]))
    figures["wav2lip_cpu_ms"] = wav2lip_ms()
    figures["wav2lip_slower"] = figures["wav2lip_cpu_ms"] / figures["cpu_ms_per_frame"]
    about = f"{seconds:.0f} s of the drawn host, crop {size} px, {course.head.steps} steps"
    told = [row("clone.training_cpu_minutes", spent / 60, "min", "<= 25", about, COMMAND)]
    return told + rows_of(figures, about)


def recital() -> Recital:
    """What is said in the film."""
    if SECONDS is not None:
        return babble(float(SECONDS), seed=1)
    return spoken("af_heart", prompt("en").text)


def spoken(name: str, text: str) -> Recital:
    voice = KokoroVoice(name)
    try:
        return read_aloud(voice, text, "en")
    finally:
        voice.close()


def other_voice(assets: Assets) -> float:
    """Correlation of the lips' opening, driven by the phones of a voice that is not the footage's, with what
    the drawn host itself does at the same words.
    """
    said = spoken("am_michael", OTHER_TEXT)
    times = np.arange(int(said.seconds * FPS)) / FPS
    truth = mouths_at(said, times, 3, 1.0)[:, OPEN]
    lead = assets.speaker.own_lead
    at = times + 0.5 / FPS + lead
    foretold = assets.speaker.predicted(said.phones, said.seconds, at, assets.space, assets.gap)
    return correlation(assets.gap.of(assets.space.decode(foretold)), truth.astype(np.float32))


def wav2lip_ms(pictures: int = 8) -> float:
    """Processor time of one picture of its network alone, one thread, ms: the least of several."""
    import torch

    from persona.clone.wav2lip.network import SIZE, Wav2Lip256

    torch.set_num_threads(1)
    network = Wav2Lip256().eval()
    sound, face = torch.zeros(1, 1, 80, 16), torch.zeros(1, 6, SIZE, SIZE)
    spent = []
    with torch.no_grad():
        for _ in range(pictures):
            begun = time.process_time()
            network(sound, face)
            spent.append(time.process_time() - begun)
    return 1000 * min(spent)


def rows_of(figures: Mapping[str, float], about: str) -> list[Row]:
    return [figure(name, value, about) for name, value in figures.items()]


def figure(name: str, value: float, about: str) -> Row:
    """A row with its goal; one that lies between two bounds is told to be met or not by itself."""
    unit = UNITS.get(name.rpartition("_")[2], "")
    goal = GOALS.get(name)
    if goal is None:
        return row(f"clone.{name}", value, unit, MORE_GOALS.get(name, ""), about, COMMAND)
    return Row(f"clone.{name}", round(value, 4), unit, str(goal), goal.met(value), about, COMMAND)
