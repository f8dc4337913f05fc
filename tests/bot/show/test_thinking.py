"""A model's answer: about the right products, kept, bounded in time, and never a template's in disguise."""

import asyncio

import pytest
from goods import NOW, Shelf, product

import bot.show.thinking
from bot.show.thinking import Thinker
from persona.answers import Answer
from persona.intents import Intent
from persona.script import Line, LineKind, Question

QUESTION = Question("p:1", "p", "Ada", "is it good with milk?", "en", NOW, "tea")


class Model:
    def __init__(self, writer="llm", language="en", seconds=0.0) -> None:
        self.writer, self.language, self.seconds, self.asked = writer, language, seconds, []

    async def answer(self, question, products, facts, brief):
        self.asked.append(([p.handle for p in products], len(facts), brief.kind))
        await asyncio.sleep(self.seconds)
        return Line("x", LineKind.ANSWER, "Ada, see the page.", self.language, writer=self.writer)


def unsure(about=None) -> Answer:
    line = Line("a", LineKind.ANSWER, "I don't know.", "en", hand_over=True)
    return Answer(line, "answer.unknown_spec", False, "m", about, Intent.SPEC)


async def test_it_is_asked_about_the_product_that_is_meant_and_its_answer_is_kept() -> None:
    model, shelf = Model(), Shelf(product())
    thinker = Thinker(model, shelf, lambda: NOW)
    handle = product().handle
    first = await thinker.think(QUESTION, unsure(product()), None)
    again = await thinker.think(QUESTION, unsure(product()), None)
    assert first is not None and again is not None and first.text == again.text
    (asked,) = model.asked
    assert asked[0] == [handle] and asked[2] is LineKind.ANSWER


@pytest.mark.parametrize("model", [Model(writer="template"), Model(language="zh")])
async def test_a_template_or_another_language_is_no_better_answer(model) -> None:
    assert (
        await Thinker(model, Shelf(product()), lambda: NOW).think(QUESTION, unsure(product()), None) is None
    )


async def test_a_late_model_is_given_up(monkeypatch) -> None:
    monkeypatch.setattr(bot.show.thinking, "LONGEST_S", 0.01)
    thinker = Thinker(Model(seconds=5), Shelf(product()), lambda: NOW)
    assert await thinker.think(QUESTION, unsure(product()), None) is None
    assert thinker.late == 1


async def test_without_a_product_nothing_is_asked() -> None:
    model = Model()
    lost = Question("p:1", "p", "Ada", "xyzzy", "en", NOW)
    assert await Thinker(model, Shelf(), lambda: NOW).think(lost, unsure(), None) is None
    assert model.asked == []
