"""Sixty buyers' questions, typed into a show: right, false and missed per language.

python -m bench.questions        every question with its answer and why it does not count as right
"""

import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opencc import OpenCC

from bench.plain_checker import fold, judge
from bench.rows import Row, row
from bench.text_show import TextShow, Typed, open_text_show
from bot.settings import read_settings

FOLDER = Path(__file__).parents[1] / "tests" / "golden" / "questions"
COMMAND = "make eval"
ANSWERED_IN_S = 45.0
WRITINGS = {"en": "en", "zh": "zh", "zh_hant": "zh"}  # and the language of the show
VIEWER = {"en": "Robin", "zh": "小周"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what became of it. `verdict`: right, false or missed; `why`: what speaks against it."""

    case: dict[str, Any]
    answer: str
    verdict: str
    why: tuple[str, ...]


def holds(text: str, wanted: str) -> bool:
    """Whether folded `text` holds `wanted`; Latin words and numbers only as whole ones."""
    wanted = fold(wanted)
    if re.fullmatch(r"\d+(?:\.\d+)?", wanted):
        return bool(re.search(rf"(?<![\d.]){re.escape(wanted)}(?:0(?!\d)|\.00?(?!\d))?(?!\d|\.\d)", text))
    if re.fullmatch(r"[a-z ]+", wanted) and not wanted.endswith(" "):
        return bool(re.search(rf"(?<![a-z]){re.escape(wanted)}", text))
    before = r"(?<!\d)(?<!\d[.,])" if wanted[:1].isdigit() else ""
    after = r"(?!\d|[.,]\d)" if wanted[-1:].isdigit() else ""
    return bool(re.search(before + re.escape(wanted) + after, text))


def verdict_of(case: dict[str, Any], answer: str, hand_over: bool) -> tuple[str, tuple[str, ...]]:
    said = fold(answer)
    wrong = [f"says {w!r}" for w in case["must_not"] if holds(said, w)]
    wrong += [f"no ground: {f}" for f in judge(answer, (case["table"],))] if answer else []
    if wrong:
        return "false", tuple(wrong)
    if not answer:
        return ("missed", ("no answer",)) if case["must"] else ("right", ())
    groups = case["must"] if not (hand_over and case["kind"] in ("handed_over", "unknown")) else []
    lacks = [f"lacks any of {g[:6]}" for g in groups if not any(holds(said, w) for w in g)]
    chinese = len(re.findall("[\u4e00-\u9fff]", answer)) > len(answer) / 4
    if chinese != (case["lang"] == "zh"):
        lacks.append("in the other language")
    return ("missed" if lacks else "right"), tuple(lacks)


async def ask(show: TextShow, case: dict[str, Any]) -> Asked:
    """Types it into the running show while its product is on the table, and waits for the answer."""
    show.director.table = case["table"]
    refused = len(show.refused)
    show.type(Typed(show.clock.time(), VIEWER[case["lang"]], case["text"], case["id"]))
    await show.play(ANSWERED_IN_S)
    said = [a.line for a in show.aired if a.question is not None and a.question.id == f"room:{case['id']}"]
    if said:
        return Asked(case, said[-1].text, *verdict_of(case, said[-1].text, said[-1].hand_over))
    why = [
        str(d.get("why", d["is"])) for kind, d in show.notes if kind == "chat.in" and d["id"] == case["id"]
    ]
    why += [f"did not clear: {r.line.text!r}" for r in show.refused[refused:]]
    return Asked(case, "", verdict_of(case, "", False)[0], tuple(why))


async def ask_all() -> list[Asked]:
    done: list[Asked] = []
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(data=Path(folder) / "data", cache=Path(folder) / "cache", llm_url=None)
        for writing in WRITINGS:
            async with open_text_show(settings, WRITINGS[writing]) as show:
                done += [await ask(show, {**case, "writing": writing}) for case in read(writing)]
    return done


def read(writing: str) -> list[dict[str, Any]]:
    """The cases; for "zh_hant" the Mandarin ones as they are written in Taiwan."""
    texts = (path.read_text("utf-8") for path in sorted(FOLDER.glob(f"*-{WRITINGS[writing]}.jsonl")))
    cases = [json.loads(line) for text in texts for line in text.splitlines() if line.strip()]
    if writing == "zh_hant":
        taiwan = OpenCC("s2tw")
        cases = [{**case, "text": taiwan.convert(case["text"])} for case in cases]
    return cases


def run() -> list[Row]:
    done = asyncio.run(ask_all())
    rows: list[Row] = []
    for language in WRITINGS:
        of = [a for a in done if a.case["writing"] == language]
        right = sum(a.verdict == "right" for a in of)
        false = sum(a.verdict == "false" for a in of)
        rows += [
            row(
                f"questions.{language}_right",
                right / len(of),
                "share",
                ">= 0.9",
                f"{len(of)} unseen",
                COMMAND,
            ),
            row(f"questions.{language}_false", false, "answers", "<= 0", f"{len(of)} unseen", COMMAND),
        ]
    return rows


def report(done: Sequence[Asked]) -> str:
    return "\n".join(
        f"{a.verdict:7}{a.case['id']:14}{a.case['text']}\n"
        f"{'':21}-> {a.answer or '(nothing)'}\n{'':21}   {'; '.join(a.why)}"
        for a in done
        if a.verdict != "right" or "-v" in sys.argv
    )


if __name__ == "__main__":
    print(report(asyncio.run(ask_all())))
