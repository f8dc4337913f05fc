"""Clearance held against labelled sentences on the sample shop: false ones that passed, true ones refused.

`python -m bench.word_claims --without unseen --lang en --show` prints the tables of some parts and the lines
judged wrongly, and writes nothing. Lines of a part that is not to be looked at are never shown.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from bench.golden import Labelled, read
from bench.rows import Row, row
from bot.compliance.clearance import CatalogueClearance
from bot.compliance.packs import load_packs
from bot.compliance.speech_rules import rules_of
from products.intake.load import import_catalogue
from products.store import SqlCatalogue, create_tables, open_engine
from products.verdict import Utterance, Verdict

COMMAND = "make eval"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = date(2026, 11, 22)
SHOP = Path(__file__).parents[1] / "sample" / "shop"
PARTS = ("tuning", "paraphrased", "fresh_a", "fresh_b", "unseen")
NEVER_SHOWN = frozenset({"fresh_b", "unseen"})  # counted, never read by who changes the checker


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled line and what clearance said of it."""

    line: Labelled
    verdict: Verdict

    @property
    def right(self) -> bool:
        return self.verdict.cleared == self.line.true


def sample_shop() -> SqlCatalogue:
    """The shop that the lines speak of, as it stands at NOW, in memory."""
    engine = open_engine("sqlite://")
    create_tables(engine)
    for name in ("products.csv", "products.zh.csv"):
        import_catalogue(engine, SHOP / name, NOW)
    return SqlCatalogue(engine)


def judge_lines(lines: Sequence[Labelled]) -> list[Judged]:
    """Each line cleared under the rules of its place."""
    shop, packs = sample_shop(), load_packs()
    clearances: dict[str, CatalogueClearance] = {}
    judged = []
    for line in lines:
        place = line.jurisdiction
        if place not in clearances:
            clearances[place] = CatalogueClearance(shop, **rules_of(packs, place, TODAY).as_arguments())
        utterance = Utterance(line.text, line.lang, products=line.products)
        judged.append(Judged(line, clearances[place].clear(utterance, NOW)))
    return judged


def table(judged: Sequence[Judged], *, roles: bool = True) -> str:
    """Per language, and with `roles` per role: lines, false ones passed, true ones refused; precision and
    recall of refusing.
    """
    keys = sorted({(j.line.lang, j.line.role) for j in judged}) if roles else []
    head = (
        f"{'':4}{'role':15}{'false':>6}{'passed':>8}{'true':>6}{'refused':>9}{'precision':>11}{'recall':>8}"
    )
    body = [
        _line(lang, role, [j for j in judged if (j.line.lang, j.line.role) == (lang, role)])
        for lang, role in keys
    ]
    total = [_line(lang, "all", [j for j in judged if j.line.lang == lang]) for lang in ("en", "zh")]
    return "\n".join([head, *body, *total])


def _line(lang: str, role: str, group: Sequence[Judged]) -> str:
    c = _counts(group)
    stopped, refused = c["false"] - c["passed"], c["false"] - c["passed"] + c["refused"]
    precision = f"{stopped / refused:.3f}" if refused else "-"
    recall = f"{stopped / c['false']:.3f}" if c["false"] else "-"
    return (
        f"{lang:4}{role:15}{c['false']:>6}{c['passed']:>8}{c['true']:>6}{c['refused']:>9}"
        f"{precision:>11}{recall:>8}"
    )


def _counts(group: Sequence[Judged]) -> Counter[str]:
    c: Counter[str] = Counter()
    for j in group:
        c["true" if j.line.true else "false"] += 1
        if not j.right:
            c["refused" if j.line.true else "passed"] += 1
    return c


def rows_of(part: str, judged: Sequence[Judged]) -> Iterator[Row]:
    for lang in ("en", "zh"):
        c = _counts([j for j in judged if j.line.lang == lang])
        said, share = f"of {c['false']} false lines", 100 * c["refused"] / max(1, c["true"])
        yield row(f"words.{part}_{lang}_false_passed", c["passed"], "lines", "<= 0", said, COMMAND)
        of = f"of {c['true']} true lines"
        yield row(f"words.{part}_{lang}_true_refused_percent", share, "%", "<= 3", of, COMMAND)


def run(parts: Sequence[str] = PARTS, lang: str = "", *, show: bool = False) -> list[Row]:
    """Prints a table for each part of the set; rows for bench/results.json. `lang`: only lines in it; `show`:
    those that are judged wrongly too.
    """
    rows: list[Row] = []
    for part in parts:
        lines = [x for x in read(part) if not lang or x.lang == lang]
        if not lines:
            print(f"{part}: no lines")
            continue
        began = time.process_time()
        judged = judge_lines(lines)
        spent = 1000 * (time.process_time() - began) / len(lines)
        told = table(judged, roles=part not in NEVER_SHOWN)
        print(f"\n{part}: {len(lines)} lines, {spent:.2f} ms CPU a line\n{told}")
        if show and part not in NEVER_SHOWN:
            print("\n".join(_wrong(judged)))
        rows += rows_of(part, judged)
    return rows


def _wrong(judged: Sequence[Judged]) -> Iterator[str]:
    for j in judged:
        if not j.right:
            what = "refused" if j.line.true else "PASSED"
            yield f"{what} {j.line.id} {j.line.text} | {'; '.join(f.message for f in j.verdict.findings)}"


def main(arguments: Sequence[str]) -> int:
    """Prints the tables of the parts that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.word_claims", description=__doc__)
    parser.add_argument("--without", action="append", default=[], choices=PARTS, help="a part to leave out")
    parser.add_argument("--lang", default="", choices=("", "en", "zh"), help="lines in this language only")
    parser.add_argument("--show", action="store_true", help="print the lines that are judged wrongly")
    asked = parser.parse_args(arguments)
    run([p for p in PARTS if p not in asked.without], asked.lang, show=asked.show)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
