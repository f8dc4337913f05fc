"""A capable, truthful language model asked by the writer itself: how many of its lines clear at once, and how
many stand after it has heard what was refused.

python -m bench.briefed                 what became of every line of the shops that may be read
python -m bench.briefed --ask FOLDER    the prompts that have no answer yet, for whoever answers them:
                                        {"id", "attempt", "answer"}; an attempt shows what was refused before

The answers stand in tests/golden/briefed/ (see its README): `corner` is the sample shop and may be read
while the checker is changed, `second` never.
"""

import argparse
import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.rows import Row, row
from bench.text_show import SAMPLE, START
from bot.app import make_clearance, make_decision
from bot.compliance.office import open_office
from bot.settings import Settings, read_settings
from bot.shop import Shop, ShowOrder, open_shop
from persona.llm_writer import LlmWriter
from persona.script import Brief, Line, LineKind, Question
from persona.template_writer import TemplateWriter
from products.catalogue import Product
from products.claims import sayable
from products.errors import RemoteError
from products.facts import facts_of
from products.verdict import Utterance, Verdict

FOLDER = Path(__file__).parents[1] / "tests" / "golden" / "briefed"
SHOPS = {
    "corner": SAMPLE,
    "third": FOLDER / "third" / "show.yaml",
    "second": FOLDER / "second" / "show.yaml",
}
NEVER_SHOWN = frozenset({"second"})
LANGUAGES = ("en", "zh")
COMMAND = "make eval"
HOUR, WEEKDAY = 20, 4  # a Friday evening
ALONE = (
    LineKind.WELCOME,
    LineKind.INVITE,
    LineKind.FILLER,
    LineKind.FILLER,
    LineKind.FILLER,
    LineKind.GOODBYE,
)
VIEWER = {"en": "Robin", "zh": "小周"}


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing that the writer is asked for."""

    id: str
    brief: Brief
    product: Product | None = None
    question: str = ""


@dataclass(slots=True)
class Recorded:
    """A model whose answers are known, by the ask's id and the attempt from 1. `asked`: the prompts that had
    none.
    """

    answers: Mapping[tuple[str, int], str]
    id: str = ""
    attempt: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)
    resting: bool = False
    used: tuple[int, float] = (0, 0.0)

    def begin(self, id_: str) -> None:
        self.id, self.attempt = id_, 0

    def time(self) -> float:
        return 0.0

    async def ask(self, system: str, user: str, seconds: float) -> str:
        self.attempt += 1
        found = self.answers.get((self.id, self.attempt))
        if found is None:
            self.asked.append({"id": self.id, "attempt": self.attempt, "system": system, "user": user})
            raise RemoteError("nothing more was recorded")
        return found

    def refuse(self, system: str, user: str) -> None: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an ask: lines of the first answer, those of them that were refused with why, and how
    many lines of the model stood in the end.
    """

    ask: Ask
    lines: int
    refused: tuple[tuple[str, str], ...]
    stood: int


def asks(shop: Shop, language: str, questions: Sequence[Mapping[str, str]], now: datetime) -> Iterator[Ask]:
    """For each product a pitch, a short one and an offer, the questions, and lines about no product."""

    def brief(kind: LineKind, seed: int, **more: Any) -> Brief:
        return Brief(kind, language, now, seed=seed, hour=HOUR, weekday=WEEKDAY, **more)

    for n, product in enumerate(shop.catalogue.products()):
        if product.sold_out:  # never asked of a model
            continue
        pitch = brief(LineKind.PITCH, n, seconds=45.0)
        yield Ask(f"pitch/{product.handle}", pitch, product)
        short = brief(LineKind.PITCH, n + 100, seconds=20.0, returning=True)
        yield Ask(f"again/{product.handle}", short, product)
        yield Ask(f"offer/{product.handle}", brief(LineKind.OFFER, n), product)
        mine = [q["text"] for q in questions if q["product"] == product.handle]
        for k, text in enumerate(mine):
            yield Ask(f"answer/{product.handle}/{k}", brief(LineKind.ANSWER, k), product, text)
    for n, kind in enumerate(ALONE):
        yield Ask(f"{kind.value}/{n}", brief(kind, n))


def read(shop: str, what: str, language: str) -> list[dict[str, str]]:
    file = FOLDER / shop / f"{what}.{language}.jsonl"
    if not file.is_file():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]


def opened(name: str, language: str, settings: Settings) -> Shop:
    return open_shop(ShowOrder(SHOPS[name], language=language, seed=1), settings, lambda: START)


async def play(name: str, language: str, settings: Settings, model: Recorded) -> list[Outcome]:
    """Every ask of a shop put to the writer."""
    shop = opened(name, language, settings)
    order = ShowOrder(SHOPS[name], language=language, seed=1)
    decision = make_decision(order, shop, open_office(settings.office), START)
    refused: list[tuple[Line, Verdict]] = []
    writer = LlmWriter(
        model,  # type: ignore[arg-type]  # what a writer uses of a LanguageModel
        shop.persona,
        make_clearance(shop, decision),
        TemplateWriter(shop.persona, sayable),
        sayable,
        on_refused=lambda line, verdict: refused.append((line, verdict)),
    )
    told = []
    for ask in asks(shop, language, read(name, "questions", language), START):
        first = model.answers.get((ask.id, 1), "")
        model.begin(ask.id)
        refused.clear()
        said = await _put(writer, ask)
        texts = {line["text"] for line in json.loads(first)["lines"]} if first else set()
        why = tuple(
            (line.text, " | ".join(f.message for f in verdict.findings))
            for line, verdict in refused
            if line.text in texts
        )
        told.append(Outcome(ask, len(texts), why, sum(line.writer == "llm" for line in said)))
    return told


async def _put(writer: LlmWriter, ask: Ask) -> tuple[Line, ...]:
    product, brief = ask.product, ask.brief
    if brief.kind is LineKind.PITCH and product is not None:
        return (await writer.pitch(product, brief)).lines
    if brief.kind is LineKind.ANSWER and product is not None:
        question = Question(
            ask.id, "room", VIEWER[brief.language], ask.question, brief.language, brief.now, product.handle
        )
        answer = await writer.answer(question, [product], facts_of(product, brief.now), brief)
        return (answer,) if answer is not None else ()
    return (await writer.line(brief, [product] if product is not None else []),)


def answers_of(name: str, language: str) -> dict[tuple[str, int], str]:
    return {(one["id"], int(one.get("attempt", 1))): one["answer"] for one in read(name, "answers", language)}


def outcomes(name: str, language: str) -> list[Outcome]:
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(data=Path(folder))
        return asyncio.run(play(name, language, settings, Recorded(answers_of(name, language))))


def run() -> list[Row]:
    rows = []
    for name in SHOPS:
        for language in LANGUAGES if SHOPS[name].is_file() else ():
            told = [o for o in outcomes(name, language) if o.lines]
            lines, refused = sum(o.lines for o in told), sum(len(o.refused) for o in told)
            of = f"of {lines} true lines of a capable model to the writer's own prompts"
            stood = 100 * sum(o.stood for o in told) / max(1, lines)
            if lines:
                what = f"words.briefed_{name}_{language}"
                rows += [
                    row(f"{what}_refused_percent", 100 * refused / lines, "%", "<= 3", of, COMMAND),
                    row(f"{what}_stood_percent", stood, "%", "", f"{of}, after two more tries", COMMAND),
                ]
            count, passed = false_lines(name, language)
            if count:
                rows.append(
                    row(f"words.careless_{name}_{language}_false_passed", len(passed), "lines", "<= 0",
                        f"of {count} lines of a careless model", COMMAND)
                )  # fmt: skip
    return rows


def false_lines(name: str, language: str) -> tuple[int, list[dict[str, str]]]:
    """(lines that are not so, those of them that cleared)."""
    lines = read(name, "false", language) + read(name, "false2", language)
    if not lines:
        return 0, []
    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(data=Path(folder))
        shop = opened(name, language, settings)
        order = ShowOrder(SHOPS[name], language=language, seed=1)
        clearance = make_clearance(shop, make_decision(order, shop, open_office(settings.office), START))
        passed = [
            line
            for line in lines
            if clearance.clear(Utterance(line["text"], language, products=(line["product"],)), START).cleared
        ]
        return len(lines), passed


def ask_for(folder: Path) -> None:
    """Writes the prompts of all shops."""
    for name in SHOPS:
        for language in LANGUAGES:
            if not SHOPS[name].is_file():
                continue
            with tempfile.TemporaryDirectory() as data:
                model = Recorded(answers_of(name, language))
                asyncio.run(play(name, language, read_settings(data=Path(data)), model))
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / f"prompts.{name}.{language}.jsonl").open("w", encoding="utf-8") as file:
                for prompt in model.asked:
                    file.write(json.dumps(prompt, ensure_ascii=False) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.briefed", description=__doc__)
    parser.add_argument("--ask", type=Path, metavar="FOLDER")
    told = parser.parse_args()
    if told.ask is not None:
        ask_for(told.ask)
        return
    for name in SHOPS:
        for language in LANGUAGES if SHOPS[name].is_file() else ():
            found = outcomes(name, language)
            refused = [(o.ask.id, *one) for o in found for one in o.refused]
            lines, stood = sum(o.lines for o in found), sum(o.stood for o in found)
            print(
                f"{name} {language}: {lines} lines, {len(refused)} refused at first, {stood} stood in the end"
            )
            kinds = Counter(id_.partition("/")[0] for id_, *_ in refused)
            print("  ", dict(kinds))
            for id_, text, why in refused if name not in NEVER_SHOWN else ():
                print(f"  {id_}\n    {text}\n    {why}")
            count, passed = false_lines(name, language)
            print(f"{name} {language}: {len(passed)} of {count} false lines passed")
            for line in passed if name not in NEVER_SHOWN else ():
                print(f"  {line['text']}\n    {line['why']}")


if __name__ == "__main__":
    main()
