"""Questions whose words are not those of the page, with what they are answered by."""

from types import ModuleType

import pytest

from persona.answers import TemplateAnswerer
from persona.script import Question
from persona.shelf import Shelf


def slot(goods: ModuleType, text: str, table: str = "harbor-sneakers") -> tuple[str, str | None, str]:
    language = "zh" if any("一" <= c <= "鿿" for c in text) else "en"
    answer = TemplateAnswerer(goods.host(), goods.sayable).consider(
        Question("q", "room", "Robin", text, language, goods.NOW, table),
        Shelf(goods.shop()),
        goods.NOW,
        table,
    )
    assert answer is not None
    return answer.slot, answer.about.handle if answer.about else None, answer.line.text


@pytest.mark.parametrize(
    "text", ["how big is the mug?", "hwo big is teh mgu", "what size is the mug", "陶杯多大"]
)
def test_how_big_a_vessel_is_is_what_it_holds(goods: ModuleType, text: str) -> None:
    told = slot(goods, text)
    assert told[1] == "dawn-mug" and "350" in told[2]


@pytest.mark.parametrize("text", ["原来卖多少", "便宜了吗", "之前是多少", "原价多少", "what was it before?"])
def test_what_it_cost_before_is_on_record(goods: ModuleType, text: str) -> None:
    told = slot(goods, text)
    assert told[0].startswith("answer.price") and "75" in told[2]


@pytest.mark.parametrize(
    "text", ["今天拍几天能到上海", "多少天到", "多久能送到", "下单后哪天到", "几天收到货", "当天发吗"]
)
def test_when_it_comes_is_a_question_of_delivery(goods: ModuleType, text: str) -> None:
    assert slot(goods, text)[0] == "answer.shipping"


@pytest.mark.parametrize("text", ["背子能进洗碗机吗", "陶背能进洗碗鸡吗", "is teh mgu dishwahser safe"])
def test_goods_and_topics_are_known_misspelt(goods: ModuleType, text: str) -> None:
    assert slot(goods, text)[:2] == ("answer.spec", "dawn-mug")


@pytest.mark.parametrize("text", ["保温瓶啥材质的", "保温瓶是什么做的"])
def test_the_name_of_a_kind_is_no_question_of_its_own(goods: ModuleType, text: str) -> None:
    told = slot(goods, text)
    assert told[1] == "fjord-bottle" and "钢" in told[2]


@pytest.mark.parametrize("text", ["what size is the lamp", "what's the size of the lamp?", "台灯什么尺寸"])
def test_the_size_of_a_thing_without_sizes_is_not_known_where_no_page_tells_it(
    goods: ModuleType, text: str
) -> None:
    told = slot(goods, text)
    assert told[:2] == ("answer.unknown_spec", "lumen-lamp")
