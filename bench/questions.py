"""Sixty buyers' questions, put to the answerer of a show: right, false and missed per language.

python -m bench.questions        every question with its answer and why it does not count as right
"""

import json
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.plain_checker import fold, judge
from bench.rows import Row, row
from bench.text_show import TextShow, open_text_show
from bot.settings import read_settings
from connectors.base import Event, EventKind

FOLDER = Path(__file__).parents[1] / "tests" / "golden" / "questions"
COMMAND = "make eval"
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
    return wanted in text


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


def ask(show: TextShow, case: dict[str, Any]) -> Asked:
    """As the chat of a show does: triage, answerer, clearance."""
    show.director.table = case["table"]
    viewer, now = VIEWER[case["lang"]], show.clock.now()
    event = Event(EventKind.COMMENT, "room", case["id"], now, viewer, case["id"], case["text"])
    decision = show.triage.receive(event, now)
    question = show.triage.next_question(now)
    if question is None:
        return Asked(case, "", *verdict_of(case, "", False)[:1], (f"not answered: {decision.reason}",))
    line = show.answerer.answer(question, show.shop.catalogue, now, case["table"])
    if line is None:
        return Asked(case, "", *verdict_of(case, "", False))
    if not show.clearance.clear(line.utterance(), now).cleared:
        findings = [f.message for f in show.clearance.refused[-1].findings]
        return Asked(case, "", "missed", (f"did not clear: {line.text!r}", *findings))
    return Asked(case, line.text, *verdict_of(case, line.text, line.hand_over))


def ask_all() -> list[Asked]:
    done: list[Asked] = []
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(data=Path(folder) / "data", cache=Path(folder) / "cache", llm_url=None)
        for language in ("en", "zh"):
            with open_text_show(settings, language) as show:
                done += [ask(show, case) for case in read(language)]
    return done


def read(language: str) -> list[dict[str, Any]]:
    lines = (FOLDER / f"buyers-{language}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def run() -> list[Row]:
    done = ask_all()
    rows: list[Row] = []
    for language in ("en", "zh"):
        of = [a for a in done if a.case["lang"] == language]
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
    print(report(ask_all()))
