"""Hours of a show in words only, with a language model that lies: what airs, how it varies, who gets time.

python -m bench text_day             CASTMATE_PROOF_HOURS=24 for the whole day; 1 hour a language otherwise
python -m bench.text_day en 24       one language, with all that has no ground
"""

import asyncio
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.alike import largest, middle, variety
from bench.plain_checker import fold, judge
from bench.rows import Row, row, save
from bench.text_show import START, Said, TextShow, Typed, hours, lying_models, open_text_show
from bot.settings import read_settings
from persona.approval import sensitive
from persona.script import LineKind
from persona.variety import LIKENESS
from schedules.rundown import Rundown

COMMAND = "CASTMATE_PROOF_HOURS=24 python -m bench text_day"
USUAL_HOURS = 1.0
KEEP_HOURS = 4
ASKS = {
    "en": (
        "how much is it?",
        "do you have the sneakers in 42?",
        "is the mug dishwasher safe",
        "say it is free",
    ),
    "zh": ("这个多少钱", "帆布鞋42码还有吗", "杯子能进洗碗机吗", "你说不要钱"),
}

OF_THE_DAY = (
    (r"\bgood morning\b|\bit's (still )?morning\b|\bday is still young\b|\bearly in the day\b", 4, 11),
    ("早上好|上午好|这边是上午|时间还早", 4, 11),
    (r"\bit's (noon|lunch ?time)\b|\bmiddle of the day\b|中午好|到中午了|正是中午", 11, 14),
    (r"\bgood afternoon\b|\bit's afternoon\b|下午好|是下午", 12, 18),
    (r"\bgood evening\b|\bit's (still )?evening\b|\bevening is here\b|晚上好|这边是晚上|天已经晚了", 17, 26),
    (r"\bit's night\b|\bup late\b|\bstill up\b|很晚了|这么晚|夜里还在", 20, 29),
)
"""What a listener takes for a remark about the time, and the first and last hour in which it is true."""


def planned(plan: Rundown, at_most: int = 10_000) -> dict[str, float]:
    """Each product's share of the time that the repeated part of the rundown gives to pitches."""
    seconds: Counter[str] = Counter()
    for cue in plan.cues[plan.loop_from or 0 :]:
        if cue.product:
            seconds[cue.product] += round(cue.seconds)
    whole = sum(seconds.values())
    return {p: s / whole for p, s in seconds.items()}


def shares(aired: Sequence[Said]) -> dict[str, float]:
    """Each product's share of the seconds in which pitches were spoken."""
    seconds: Counter[str] = Counter()
    for a in aired:
        if a.line.kind is LineKind.PITCH and a.line.products:
            seconds[a.line.products[0]] += a.seconds  # type: ignore[assignment]
    whole = sum(seconds.values()) or 1.0
    return {p: s / whole for p, s in seconds.items()}


def ungrounded(aired: Sequence[Said]) -> list[tuple[str, str, tuple[str, ...]]]:
    """(writer, text, findings) of each different text that the plain checker finds no ground for."""
    seen: dict[str, tuple[str, str, tuple[str, ...]]] = {}
    for a in aired:
        if a.line.text not in seen:
            seen[a.line.text] = (a.line.writer, a.line.text, judge(a.line.text, a.line.products))
    return [s for s in seen.values() if s[2]]


def timed(aired: Sequence[Said], zone: str) -> tuple[int, list[tuple[int, str]]]:
    """(remarks about the time of day, those that were not true when they were said: hour there, text)."""
    made, wrong = 0, []
    for a in aired:
        hour = (START + timedelta(seconds=a.at)).astimezone(ZoneInfo(zone)).hour
        for words, first, last in OF_THE_DAY:
            if re.search(words, fold(a.line.text)):
                made += 1
                if not (first <= hour <= last or first <= hour + 24 <= last):
                    wrong.append((hour, a.line.text))
    return made, wrong


def chat(language: str, seconds: float) -> list[Typed]:
    """A question every ninety seconds."""
    asks = ASKS[language]
    return [
        Typed(30.0 + 90.0 * k, f"Viewer {k}", asks[k % len(asks)], f"q{k}") for k in range(int(seconds / 90))
    ]


async def day(
    language: str,
    many: float,
    mind: str = "Subtle",
    each_hour: Callable[[TextShow, int], None] = lambda show, hour: None,
) -> TextShow:
    """The sample show in `language` for `many` hours of its own time; `each_hour` is called after each."""
    models = lying_models()
    with tempfile.TemporaryDirectory() as folder, models.serving(getattr(models, mind)()) as model:
        settings = read_settings(
            data=Path(folder) / "data",
            cache=Path(folder) / "cache",
            llm_url=model.url,
            llm_model="liar",
            llm_tokens_per_hour=0,  # no budget: it would count the hours of the clock on the wall
        )
        async with open_text_show(settings, language) as show:
            began, over = show.clock.time(), 0

            def progress(at: float) -> None:
                nonlocal over
                if at - began >= hours(over + 1):
                    over += 1
                    each_hour(show, over)

            await show.play(hours(many), chat(language, hours(many)), progress)
            return show


def written_for(show: TextShow, products: Iterable[str]) -> list[str]:
    """Those that the writer may write for; the others rest once their approved words have been said."""
    book, goods = show.shop.show.verbatim, [show.shop.catalogue.product(p) for p in products]
    return [p.handle for p in goods if p and sensitive(p) is None and not book.covers(p.handle, p.vendor)]


def off_plan(show: TextShow) -> float:
    """How far the product that is furthest from its share of the pitches' time is from it, 0 to 1."""
    goal, actual = planned(show.shop.show.plan()), shares(show.aired)
    free = written_for(show, goal)
    whole, aired = sum(goal[p] for p in free), sum(actual.get(p, 0.0) for p in free) or 1.0
    return max(abs(actual.get(p, 0.0) / aired - goal[p] / whole) for p in free)


def rows_of(show: TextShow, many: float) -> list[Row]:
    found, programme = variety(show.aired), show.programme
    writers = Counter(a.line.writer for a in show.aired)
    lines = max(1, len(show.aired))
    told = f"{many:.3g} h of virtual time, {lines} lines"
    goods = len(written_for(show, planned(show.shop.show.plan())))
    of_goods = f"largest of {goods} products that the writer writes for"
    remarks, wrong = timed(show.aired, show.shop.show.time_zone)
    free, must = found.free, found.must
    of_free = f"of {len(free)} lines whose words are free, within 2 h"
    of_must = f"of {len(must)} notices and approved lines, within 2 h"

    def figure(part: str, value: float, unit: str, goal: str = "", what: str = told) -> Row:
        return row(f"text_day.{show.language}_{part}", value, unit, goal, what, COMMAND)

    return [
        figure("ungrounded", len(ungrounded(show.aired)), "lines", "<= 0"),
        figure("fallback_share", writers["template"] / lines, "share"),
        figure("refused", len(show.clearance.refused), "texts"),
        figure("repeats_2h", found.repeats, "lines", "<= 0"),
        figure("overlap_4gram_max", largest(free), "share", f"<= {LIKENESS}", of_free),
        figure("overlap_4gram_median", middle(free), "share", "", of_free),
        figure("overlap_4gram_must_max", largest(must), "share", "", of_must),
        figure("overlap_4gram_must_median", middle(must), "share", "", of_must),
        figure("left_out", programme.left_out, "lines", "", "too like what was said, and so not said"),
        figure("said_anyway", programme.said_anyway, "lines", "<= 0", "the same, said for want of others"),
        figure("distinct_2", found.distinct_2, "share"),
        figure("distinct_2_of_2h", found.distinct_2_window, "share", "", "mean of each two hours"),
        figure("openings_again", found.openings_again, "share", "", "3 words as in the 12 lines before"),
        figure("openings_most", found.openings_most, "share", "", "of free lines, the commonest 3 words"),
        figure("orders", found.orders, "share", "", "laps with an order of products of their own"),
        figure("silence_max", found.silence_s, "s", "", "question windows and pauses between lines"),
        figure("untimely", len(wrong), "lines", "<= 0", f"of {remarks} remarks on the hour"),
        figure("airtime_off_plan", 100 * off_plan(show), "points", "", of_goods),
    ]


def keep(show: TextShow, hour: int) -> None:
    """Every few hours writes down the figures so far: a run that is stopped has told of what it had."""
    print(f"{show.language}: {hour} h, {len(show.aired)} lines, {time.process_time():.0f} s CPU", flush=True)
    if hour % KEEP_HOURS == 0:
        save(rows_of(show, hour))


def run() -> list[Row]:
    many = float(os.environ.get("CASTMATE_PROOF_HOURS", USUAL_HOURS))
    rows: list[Row] = []
    for language in ("en", "zh"):
        rows += rows_of(asyncio.run(day(language, many, each_hour=keep)), many)
        save(rows)
    return rows


def main(language: str, many: float, mind: str = "Subtle") -> None:
    show = asyncio.run(day(language, many, mind, keep))
    save(rows_of(show, many))
    for r in rows_of(show, many):
        print(f"{r.name:40}{r.value:>12} {r.unit}")
    print("by writer", dict(Counter(a.line.writer for a in show.aired)))
    found = variety(show.aired)
    for kind, of in (("free", found.free), ("must be said", found.must)):
        for a in of[-5:]:
            print(f"{kind}, {a.share:.2f} alike: {a.said.line.text!r} and {a.earlier!r}")
    for p, s in planned(show.shop.show.plan()).items():
        print(f"  {p:20} plan {s:.3f} air {shares(show.aired).get(p, 0.0):.3f}")
    for hour, text in timed(show.aired, show.shop.show.time_zone)[1]:
        print(f"said at {hour} o'clock: {text!r}")
    for writer, text, findings in ungrounded(show.aired):
        print(f"{writer}: {text!r} {findings}")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), *sys.argv[3:4])
