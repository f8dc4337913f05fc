"""Variety over 24 hours: what the template writer says in a looping show, in virtual time, as text alone.

    python -m bench variety          CASTMATE_PROOF_HOURS=24 for the whole day; 4 hours otherwise

The sample show's rundown and programme run as on air; a line takes as long as its words (spoken_seconds), a
question window its patience. Reports distinct-2, exact repeats within two hours, the largest and the 99th
percentile of four-gram overlap within two hours, and how far products' airtime is from the plan's.
"""

import asyncio
import os
import tempfile
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from bench.rows import Row, row
from bot.app import make_script_desk
from bot.compliance.clearance import CatalogueClearance
from bot.settings import read_settings
from bot.shop import ShowOrder, open_shop
from bot.show.director import QUESTION_PATIENCE_S
from bot.show.programme import HORIZON, Programme
from persona.script import Line, LineKind
from persona.template_writer import TemplateWriter, spoken_seconds
from persona.variety import Heard, units
from products.claims import sayable
from schedules.rundown import CueKind, steps

SHOW = Path(__file__).parents[1] / "sample" / "show.yaml"
START = datetime(2026, 11, 22, 6, tzinfo=UTC)
USUAL_HOURS = 4.0
FIXED = frozenset({LineKind.NOTICE, LineKind.WELCOME, LineKind.GOODBYE})


@dataclass
class Day:
    """What was said: (seconds from the start, line), and what was refused."""

    lines: list[tuple[float, Line]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    laps: int = 0


def said_in(language: str, hours: float, seed: int = 1) -> Day:
    """Runs the programme for so many hours of its own time."""
    with tempfile.TemporaryDirectory() as folder:
        clock = [START]
        settings = read_settings(data=Path(folder) / "d", cache=Path(folder) / "c")
        shop = open_shop(ShowOrder(file=SHOW, language=language), settings, lambda: clock[0])
        clearance = CatalogueClearance(shop.catalogue)
        programme = Programme(
            TemplateWriter(shop.persona, sayable),
            clearance,
            shop.catalogue,
            language,
            lambda: clock[0],
            seed,
            make_script_desk(shop, clearance),
            ZoneInfo(shop.show.time_zone),
        )
        day = Day()
        for _, lap, cue in steps(shop.show.plan(), vary=seed):
            if (clock[0] - START).total_seconds() >= hours * 3600:
                break
            shop.refresh()
            day.laps = lap
            made = asyncio.run(programme.cue_lines(cue, lap))
            day.refused += [f"{r.line.text}: {r.verdict.findings[0].message}" for r in made.refused]
            for line in made.lines:
                day.lines.append(((clock[0] - START).total_seconds(), line))
                clock[0] += timedelta(seconds=spoken_seconds(line.text, language) + 0.4)
                programme.remember(line)
            if cue.kind in (CueKind.QUESTIONS, CueKind.BREAK):
                clock[0] += timedelta(seconds=QUESTION_PATIENCE_S)
    return day


def overlaps(lines: list[tuple[float, Line]]) -> tuple[list[float], list[str]]:
    """(overlap of each line with the likest one of the two hours before it, exact repeats but fixed ones)."""
    window: deque[tuple[float, Line]] = deque()
    shares: list[float] = []
    repeats: list[str] = []
    heard, stale = Heard(()), 0.0
    for at, line in lines:
        while window and at - window[0][0] > HORIZON.total_seconds():
            window.popleft()
        if at >= stale:  # looked at afresh each 5 minutes; newer lines are compared below
            heard, stale = Heard([x.text for _, x in window]), at + 300
        newer = [x.text for t, x in window if t >= stale - 300]
        if any(x.text == line.text for _, x in window):
            if line.kind not in FIXED:
                repeats.append(line.text)
        if line.kind not in FIXED:
            shares.append(max(heard.overlap(line.text), Heard(newer).overlap(line.text)))
        window.append((at, line))
    return shares, repeats


def distinct_2(lines: list[Line]) -> float:
    """Distinct pairs of neighbouring words over all pairs (Li et al. 2016)."""
    pairs: Counter[tuple[str, str]] = Counter()
    for line in lines:
        found = units(line.text)
        pairs.update(pairwise(found))
    return len(pairs) / max(1, sum(pairs.values()))


def shares_of_products(day: Day, language: str) -> dict[str, float]:
    """Airtime of pitches by product, as a share of all pitches."""
    seconds: Counter[str] = Counter()
    for _, line in day.lines:
        if line.kind is LineKind.PITCH:
            seconds[line.products[0]] += int(1000 * spoken_seconds(line.text, language))
    total = sum(seconds.values())
    return {product: value / total for product, value in seconds.items()}


def one(language: str, hours: float) -> list[Row]:
    day = said_in(language, hours)
    likeness, repeats = overlaps(day.lines)
    shares = shares_of_products(day, language)
    planned = 1 / len(shares)
    name, command = f"variety.{language}", "python -m bench variety"
    told = f"{hours:g} h, {len(day.lines)} lines, {day.laps} laps, 10 products"
    for text in repeats[:5]:
        print(f"  said again within 2 h: {text}")

    def figure(part: str, value: float, unit: str, goal: str = "", what: str = told) -> Row:
        return row(f"{name}.{part}", value, unit, goal, what, command)

    of_line = "of a line's 4-grams, in one line of the 2 h before"
    furthest = max(abs(share / planned - 1) for share in shares.values())
    return [
        figure("distinct_2", distinct_2([x for _, x in day.lines]), "share"),
        figure("repeats_2h", len(repeats), "lines", "<= 0"),
        figure("overlap_max", max(likeness), "share", what=of_line),
        figure("overlap_p99", float(np.percentile(likeness, 99)), "share", what=of_line),
        figure("overlap_p50", float(np.percentile(likeness, 50)), "share", what=of_line),
        figure("share_off", furthest, "of plan", what="the product furthest from its planned airtime"),
        figure("refused", len(day.refused), "lines", "<= 0"),
    ]


def run() -> list[Row]:
    hours = float(os.environ.get("CASTMATE_PROOF_HOURS", str(USUAL_HOURS)))
    return [*one("en", hours), *one("zh", hours)]
