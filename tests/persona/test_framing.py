from types import ModuleType

import pytest

from persona.framing import frame, pieces, points, unbracketed
from persona.product_view import view


@pytest.mark.parametrize(
    ("sentence", "slot", "text"),
    [
        ("Keeps your coffee company.", "point.verb", "keeps your coffee company"),
        ("Machine washable at 30 °C", "point.property", "machine washable at 30 °C"),
        ("Never leave a candle burning alone.", "point.request", "never leave a candle burning alone"),
        ("Bluetooth 5.3, 6 hours a charge.", "point.figures", "Bluetooth 5.3, 6 hours a charge"),
        ("Cotton canvas upper, rubber sole.", "point", "Cotton canvas upper, rubber sole"),
        ("Wondering if it fits you?", "point.whole", "Wondering if it fits you?"),
        ("Set your own trends.", "point.whole", "Set your own trends"),
        ("It folds flat.", "point.whole", "It folds flat"),
    ],
)
def test_a_sentence_gets_the_frame_that_fits(goods: ModuleType, sentence: str, slot: str, text: str) -> None:
    point = frame(sentence, view(goods.shop()[1], "en", goods.NOW), plural=False)
    assert (point.slot, point.text) == (slot, text)


def test_verbs_agree_with_a_plural(goods: ModuleType) -> None:
    about = view(goods.shop()[0], "en", goods.NOW)
    assert frame("Washes well.", about, plural=True).text == "wash well"
    assert frame("Has a toe cap.", about, plural=True).text == "have a toe cap"


def test_the_list_of_sizes_is_not_said_twice(goods: ModuleType) -> None:
    for language, sentence in (("en", "Sizes 36 to 45"), ("zh", "36码到45码")):
        about = view(goods.shop()[0], language, goods.NOW)
        page = goods.shop()[0].text(language).sentences
        assert sentence in page
        assert sentence not in [point.source for point in points(about, page, plural=True)]


def test_brackets_become_commas() -> None:
    assert unbracketed("cold for 24 (our own test at 20 °C).") == "cold for 24, our own test at 20 °C."
    assert unbracketed("white (2,700 to 4,000 K), USB-C") == "white, 2,700 to 4,000 K, USB-C"
    assert unbracketed("保冷24小时（20℃自测）。") == "保冷24小时，20℃自测。"


@pytest.mark.parametrize(
    "parts",
    [
        ("Cotton canvas upper", "natural rubber sole", "a toe cap that forgives puddles"),
        ("600 lumens", "three brightness steps", "USB-C", "1.2 kg"),
        ("200 g of soy wax, about 40 hours", "scent of cut grass and chamomile"),
        ("22 litres", "waxed canvas", "sleeve for a 15-inch laptop", "980 g"),
        ("600流明", "三档亮度", "USB-C供电", "1.2公斤"),
    ],
)
def test_a_list_of_facts_comes_apart(parts: tuple[str, ...]) -> None:
    chinese = not parts[0].isascii()
    assert pieces(("，" if chinese else ", ").join(parts) + ("。" if chinese else ".")) == parts


def test_what_is_in_brackets_and_a_time_stay_where_they_belong() -> None:
    assert pieces("Light (warm, soft), 1.2 kg") == ("Light, warm, soft", "1.2 kg")
    assert pieces("White (2,700 to 4,000 K), USB-C") == ("White, 2,700 to 4,000 K", "USB-C")
    assert pieces("蓝牙5.3，单次6小时，配充电盒再用24小时，IPX4防水防汗。") == (
        "蓝牙5.3，单次6小时，配充电盒再用24小时",
        "IPX4防水防汗",
    ), "or the six hours would be those of the water"


@pytest.mark.parametrize(
    "sentence",
    [
        "Cotton, linen and silk",
        "Resistant to water, dust and shocks",
        "Without lead, zinc 3 mg",
        "95 % cotton, 5 % elastane",
        "Suitable for mugs, cups",
        "Never hot, 350 ml",
        "不含铅，镍2克",
        "适合油性，混合性肌肤",
        "One thing alone",
    ],
)
def test_parts_of_which_one_may_govern_another_stay_together(sentence: str) -> None:
    assert pieces(sentence) == (sentence,)
