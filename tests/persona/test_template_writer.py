import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

from persona.script import Brief, Line, LineKind, Question, Script
from persona.template_writer import TemplateWriter

SEEDS = 300
BOTH = pytest.mark.parametrize("language", ["en", "zh"])


@pytest.fixture
def writer(goods: ModuleType) -> TemplateWriter:
    return TemplateWriter(goods.host(), goods.sayable)


def pitch(writer: TemplateWriter, product: Any, brief: Brief) -> Script:
    return asyncio.run(writer.pitch(product, brief))


def line(writer: TemplateWriter, brief: Brief, products: Sequence[Any] = ()) -> Line:
    return asyncio.run(writer.line(brief, products))


def brief(goods: ModuleType, language: str, seed: int = 1, **more: Any) -> Brief:
    return Brief(LineKind.PITCH, language, goods.NOW, seed=seed, **more)


def text_of(script: Script) -> str:
    return " ".join(line.text for line in script.lines)


def numbers(text: str) -> set[str]:
    return {n.replace(",", "") for n in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", text)}


def true_numbers(product: Any, sayable: Any, language: str) -> set[str]:
    """Every number that the catalogue gives for the product, as a line may write it."""
    words = [product.text(language).title, *sayable(product, language), str(product.number)]
    for v in product.variants:
        amounts = [v.offer.price.amount]
        if v.offer.compare_at:
            amounts += [v.offer.compare_at.amount, v.offer.compare_at.amount - v.offer.price.amount]
        for a in amounts:
            words += [
                f"{a:f}",
                f"{a:.0f}" if a == a.to_integral_value() else f"{a:.2f}",
                f"{a.normalize():f}",
            ]
        words += [value for _, value in v.options]
        if v.stock.quantity:
            words.append(str(v.stock.quantity))
    return set().union(*(numbers(word) for word in words))


@BOTH
def test_no_number_that_is_not_a_fact(goods: ModuleType, writer: TemplateWriter, language: str) -> None:
    for product in goods.shop():
        allowed = true_numbers(product, goods.sayable, language)
        for seed in range(SEEDS):
            script = pitch(writer, product, brief(goods, language, seed, seconds=60, returning=seed % 3 == 0))
            assert numbers(text_of(script)) <= allowed, text_of(script)


@BOTH
def test_claims_on_the_page_are_not_said(goods: ModuleType, writer: TemplateWriter, language: str) -> None:
    for product in goods.shop():
        for seed in range(30):
            said = text_of(pitch(writer, product, brief(goods, language, seed, seconds=90)))
            assert not any(word in said for word in goods.BAD), said


@BOTH
def test_equal_briefs_give_equal_words(goods: ModuleType, writer: TemplateWriter, language: str) -> None:
    product = goods.shop()[0]
    assert pitch(writer, product, brief(goods, language, 5)) == pitch(
        writer, product, brief(goods, language, 5)
    )


@BOTH
def test_words_vary_with_the_seed(goods: ModuleType, writer: TemplateWriter, language: str) -> None:
    product = goods.shop()[1]
    said = {text_of(pitch(writer, product, brief(goods, language, seed))) for seed in range(100)}
    assert len(said) >= 90


@BOTH
def test_a_show_does_not_repeat_its_phrasings(
    goods: ModuleType, writer: TemplateWriter, language: str
) -> None:
    """Five pitches in a row: no opening and no price sentence has the same wording twice."""
    recent: list[str] = []
    openings = []
    for seed, product in enumerate(goods.shop()[:5]):
        script = pitch(writer, product, brief(goods, language, seed, recent=tuple(recent)))
        recent += [line.text for line in script.lines]
        title = product.text(language).title
        openings.append(
            re.sub(r"\d+", "N", re.split(r"[.。？?]", script.lines[0].text.replace(title, "T"))[0])
        )
    assert len(set(openings)) == len(openings), openings


@BOTH
def test_a_full_pitch_has_the_parts_that_sell(
    goods: ModuleType, writer: TemplateWriter, language: str
) -> None:
    sneakers = goods.shop()[0]
    for seed in range(30):
        script = pitch(writer, sneakers, brief(goods, language, seed, seconds=45))
        said = text_of(script)
        sentences = [s for s in re.split(r"[.!?。！？](?!\d)", said) if s.strip()]
        assert 5 <= len(sentences) <= 12
        assert sneakers.text(language).title in said
        assert "59" in said
        assert "42" in said, "the size that is sold out is told"
        assert re.search(r"3 pairs left|3双", said), "the true count is told"
        assert {line.kind for line in script.lines} == {LineKind.PITCH}
        assert all(line.products == ("harbor-sneakers",) for line in script.lines)
        assert len({line.id for line in script.lines}) == len(script.lines)


@BOTH
def test_the_second_pitch_is_shorter_and_different(
    goods: ModuleType, writer: TemplateWriter, language: str
) -> None:
    sneakers = goods.shop()[0]
    for seed in range(20):
        first = pitch(writer, sneakers, brief(goods, language, seed, seconds=45))
        heard = tuple(line.text for line in first.lines)
        again = pitch(
            writer, sneakers, brief(goods, language, seed + 1, seconds=45, returning=True, recent=heard)
        )
        assert len(text_of(again)) < len(text_of(first))
        assert not set(heard) & {line.text for line in again.lines}


@BOTH
def test_what_is_sold_out_is_not_sold(goods: ModuleType, writer: TemplateWriter, language: str) -> None:
    blanket = next(p for p in goods.shop() if p.handle == "drift-blanket")
    for seed in range(40):
        said = text_of(pitch(writer, blanket, brief(goods, language, seed)))
        assert re.search(r"sold out|售罄|没货", said)
        assert not re.search(r"\$|美元|[Tt]ap|下单|whenever you're ready|合适就带走", said)


@BOTH
def test_without_a_description_nothing_is_made_up(
    goods: ModuleType, writer: TemplateWriter, language: str
) -> None:
    board = next(p for p in goods.shop() if p.handle == "maple-board")
    for seed in range(20):
        said = text_of(pitch(writer, board, brief(goods, language, seed)))
        assert "38" in said and board.text(language).title in said
        assert not re.search(r"hardwood|solid|durable|实木|耐用", said)


@BOTH
def test_stale_figures_are_left_out(goods: ModuleType, writer: TemplateWriter, language: str) -> None:
    old_stock = goods.shop(seen=goods.NOW - timedelta(minutes=11))
    old_price = goods.shop(seen=goods.NOW - timedelta(hours=25))
    for seed in range(20):
        said = text_of(pitch(writer, old_stock[0], brief(goods, language, seed, seconds=60)))
        assert "59" in said and not re.search(r"sold out|left|售罄|没货|剩|库存里", said), said
        said = text_of(pitch(writer, old_price[0], brief(goods, language, seed, seconds=60)))
        assert "59" not in said and "75" not in said


@BOTH
def test_different_prices_are_told_as_a_range(
    goods: ModuleType, writer: TemplateWriter, language: str
) -> None:
    mug = goods.product(
        "mug",
        7,
        "Kitchen",
        ("Two Mug", ["Stoneware."]),
        ("双杯", ["粗陶。"]),
        [goods.variant("A", "10.00", Colour="Sand"), goods.variant("B", "12.50", "20.00", Colour="Teal")],
    )
    for seed in range(20):
        said = text_of(pitch(writer, mug, brief(goods, language, seed)))
        assert re.search(r"\$10\b.*\$12\.50|10美元.*12\.5美元", said)
        assert "20" not in said, "a compare-at price of one variant is not the product's"


@BOTH
def test_the_round_up_has_one_line_a_product(
    goods: ModuleType, writer: TemplateWriter, language: str
) -> None:
    script = asyncio.run(
        writer.offers(goods.shop(), Brief(LineKind.OFFER, language, goods.NOW, seed=3), limit=3)
    )
    assert [line.products for line in script.lines] == [
        (),
        ("harbor-sneakers",),
        ("fjord-bottle",),
        ("pebble-earbuds",),
    ]
    for line_, price in zip(script.lines[1:], ("59", "29.9", "79"), strict=True):
        assert price in line_.text
    nothing = asyncio.run(writer.offers(goods.shop()[1:2], Brief(LineKind.OFFER, language, goods.NOW)))
    assert nothing.lines == ()


@BOTH
@pytest.mark.parametrize(
    "kind", [LineKind.WELCOME, LineKind.INVITE, LineKind.NOTICE, LineKind.FILLER, LineKind.GOODBYE]
)
def test_lines_of_the_show_hold_no_number(
    goods: ModuleType, writer: TemplateWriter, language: str, kind: LineKind
) -> None:
    said = {line(writer, Brief(kind, language, goods.NOW, seed=seed)).text for seed in range(60)}
    assert len(said) >= 4
    assert not any(c.isdigit() for text in said for c in text)


def test_line_refuses_what_has_a_method_of_its_own(goods: ModuleType, writer: TemplateWriter) -> None:
    for kind in (LineKind.PITCH, LineKind.ANSWER, LineKind.OFFER):
        with pytest.raises(ValueError, match=r"pitch|answer|offer"):
            line(writer, Brief(kind, "en", goods.NOW))


def test_after_a_finding_the_plainest_words_are_used(goods: ModuleType, writer: TemplateWriter) -> None:
    sneakers = goods.shop()[0]
    said = text_of(pitch(writer, sneakers, brief(goods, "en", 1, seconds=60, avoid=("no such stock",))))
    assert "left" not in said and "canvas upper" not in said
    assert "$59" in said


def test_answers_come_from_the_products_given(goods: ModuleType, writer: TemplateWriter) -> None:
    shop = goods.shop()
    question = Question("q1", "room", "Anna", "how much is the lamp?", "en", goods.NOW)
    answer = asyncio.run(writer.answer(question, shop, (), Brief(LineKind.ANSWER, "en", goods.NOW)))
    assert answer is not None and "$64" in answer.text and answer.reply_to == "q1"


def test_english_plurals_agree(goods: ModuleType, writer: TemplateWriter) -> None:
    for seed in range(60):
        said = text_of(pitch(writer, goods.shop()[0], brief(goods, "en", seed, seconds=60)))
        assert not re.search(r"\b[Tt]hey (costs|comes|keeps|is)\b|\b[Ii]t (cost|come)\b|they's", said), said
        said = text_of(pitch(writer, goods.shop()[2], brief(goods, "en", seed, seconds=60)))
        assert not re.search(r"\bthey\b|\bthem\b", said, re.IGNORECASE), said
