"""Hours of a show in words only, with a language model that lies: what airs, how it varies, who gets time.

python -m bench text_day             CASTMATE_PROOF_HOURS=24 for the whole day; 1 hour a language otherwise
python -m bench.text_day en 24       the same with every statement that has no ground
"""

import asyncio
import os
import re
import sys
import tempfile
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.plain_checker import fold, judge
from bench.rows import Row, row
from bench.text_show import START, Said, TextShow, Typed, hours, lying_models, open_text_show
from bot.settings import read_settings
from persona.approval import sensitive
from persona.script import LineKind
from schedules.rundown import Rundown

WINDOW_S = 2 * 3600.0
COMMAND = "CASTMATE_PROOF_HOURS=24 python -m bench text_day"
USUAL_HOURS = 1.0
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


@dataclass(frozen=True, slots=True)
class Variety:
    """`repeats`: lines said before within two hours. `overlap`: the largest share of a line's 4-grams (of
    words, or of characters in Chinese) that one earlier line within two hours has too; `overlap_typical`: its
    median.
    """

    lines: int
    repeats: int
    distinct_2: float
    overlap: float
    overlap_typical: float
    alike: tuple[str, str]


def tokens(text: str, language: str) -> list[str]:
    plain = "".join(c if c.isalnum() or c.isspace() else " " for c in fold(text))
    return list(plain.replace(" ", "")) if language == "zh" else plain.split()


def variety(aired: Sequence[Said], language: str) -> Variety:
    """Over all that was said but answers, whose words follow the question."""
    said = [a for a in aired if a.line.kind is not LineKind.ANSWER and a.seconds > 0]
    last: dict[str, float] = {}
    repeats, pairs, total = 0, set[tuple[str, str]](), 0
    grams_at: dict[tuple[str, ...], deque[int]] = defaultdict(deque)
    overlaps: list[tuple[float, str, str]] = []
    for k, a in enumerate(said):
        text, words = fold(a.line.text), tokens(a.line.text, language)
        repeats += text in last and a.at - last[text] <= WINDOW_S
        last[text] = a.at
        two = list(pairwise(words))
        pairs.update(two)
        total += len(two)
        grams = {tuple(words[i : i + 4]) for i in range(len(words) - 3)}
        shared: Counter[int] = Counter()
        for gram in grams:
            places = grams_at[gram]
            while places and a.at - said[places[0]].at > WINDOW_S:
                places.popleft()
            shared.update(set(places))
            places.append(k)
        if grams and shared:
            other, count = shared.most_common(1)[0]
            overlaps.append((count / len(grams), a.line.text, said[other].line.text))
        elif grams:
            overlaps.append((0.0, a.line.text, ""))
    overlaps.sort()
    worst = overlaps[-1] if overlaps else (0.0, "", "")
    middle = overlaps[len(overlaps) // 2][0] if overlaps else 0.0
    return Variety(len(said), repeats, len(pairs) / max(1, total), worst[0], middle, (worst[1], worst[2]))


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


async def day(language: str, many: float, mind: str = "Subtle") -> TextShow:
    """The sample show in `language` for `many` hours of its own time."""
    models = lying_models()
    with tempfile.TemporaryDirectory() as folder, models.serving(getattr(models, mind)()) as model:
        settings = read_settings(
            data=Path(folder) / "data", cache=Path(folder) / "cache", llm_url=model.url, llm_model="liar"
        )
        async with open_text_show(settings, language) as show:
            await show.play(hours(many), chat(language, hours(many)))
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
    language, found = show.language, variety(show.aired, show.language)
    writers = Counter(a.line.writer for a in show.aired)
    told = f"{many:.3g} h of virtual time, {len(show.aired)} lines"
    free = len(written_for(show, planned(show.shop.show.plan())))
    of = f"largest of {free} products that the writer writes for"
    name = f"text_day.{language}"
    remarks, wrong = timed(show.aired, show.shop.show.time_zone)
    return [
        row(f"{name}_ungrounded", len(ungrounded(show.aired)), "lines", "<= 0", told, COMMAND),
        row(
            f"{name}_fallback_share",
            writers["template"] / max(1, len(show.aired)),
            "share",
            "",
            told,
            COMMAND,
        ),
        row(f"{name}_refused", len(show.clearance.refused), "texts", "", told, COMMAND),
        row(f"{name}_repeats_2h", found.repeats, "lines", "<= 0", told, COMMAND),
        row(f"{name}_distinct_2", found.distinct_2, "share", "", told, COMMAND),
        row(f"{name}_overlap_4gram_max", found.overlap, "share", "", told, COMMAND),
        row(f"{name}_overlap_4gram_median", found.overlap_typical, "share", "", told, COMMAND),
        row(f"{name}_untimely", len(wrong), "lines", "<= 0", f"of {remarks} remarks on the hour", COMMAND),
        row(f"{name}_airtime_off_plan", 100 * off_plan(show), "points", "", of, COMMAND),
    ]


def run() -> list[Row]:
    many = float(os.environ.get("CASTMATE_PROOF_HOURS", USUAL_HOURS))
    return [r for language in ("en", "zh") for r in rows_of(asyncio.run(day(language, many)), many)]


def main(language: str, many: float, mind: str = "Subtle") -> None:
    show = asyncio.run(day(language, many, mind))
    for r in rows_of(show, many):
        print(f"{r.name:40}{r.value:>12} {r.unit}")
    print("by writer", dict(Counter(a.line.writer for a in show.aired)))
    print("most alike", variety(show.aired, language).alike)
    for p, s in planned(show.shop.show.plan()).items():
        print(f"  {p:20} plan {s:.3f} air {shares(show.aired).get(p, 0.0):.3f}")
    for hour, text in timed(show.aired, show.shop.show.time_zone)[1]:
        print(f"said at {hour} o'clock: {text!r}")
    for writer, text, findings in ungrounded(show.aired):
        print(f"{writer}: {text!r} {findings}")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), *sys.argv[3:4])
