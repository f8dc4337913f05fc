"""Words: each evaluator prints its table and gives its rows. `python -m bench words [NAME ...]`, `make eval`.

To add one: a module of this folder with `run() -> list[Row]`, and its name below.
"""

import importlib
import random
import time

from bench.rows import Row, row
from products.folding import fold
from products.terms import TermList

EVALUATORS = ("word_claims", "briefed", "questions", "attacks")
TERMS = 100_000
LINES = (
    "The mug holds 350 millilitres, it is dishwasher safe, and it costs eighteen dollars fifty today.",
    "这款杯子三百五十毫升，可以进洗碗机，也可以进微波炉，今天十八块五，沙色和青色都有货。",
)


def run(names: tuple[str, ...] = EVALUATORS) -> list[Row]:
    rows: list[Row] = terms()
    for name in names:
        rows += importlib.import_module(f"bench.{name}").run()
    return rows


def terms() -> list[Row]:
    """A line looked through for 100,000 terms, half of them Chinese: CPU time, folding included."""
    draw = random.Random(1)
    latin = (
        "".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(4, 9))) for _ in range(TERMS // 2)
    )
    han = ("".join(chr(draw.randint(0x4E00, 0x9000)) for _ in range(3)) for _ in range(TERMS // 2))
    began = time.process_time()
    found = TermList((term, True) for term in (*latin, *han))
    built = time.process_time() - began
    rounds, began = 200, time.process_time()
    for _ in range(rounds):
        for line in LINES:
            list(found.find(fold(line).text))
    spent = 1000 * (time.process_time() - began) / rounds / len(LINES)
    of = f"{len(found)} terms, CPU time"
    return [
        row("words.terms_ms", spent, "ms a line", "<= 1", of, "make eval"),
        row("words.terms_build_s", built, "s", baseline=of, command="make eval"),
    ]
