import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.stage.paging import LATIN, WIDE, Page, pages
from bot.stage.typeset import CLOSING, OPENING, is_wide

NAMES = ("Harbor Canvas Sneakers", "海港帆布鞋", "Dawn Stoneware Mug")


def lines(text: str, language: str = "en", names: tuple[str, ...] = NAMES) -> list[list[str]]:
    return [[line.text for line in page.lines] for page in pages(text, language, names)]


def test_the_composition_of_the_design() -> None:
    assert lines("The Harbor Canvas Sneakers: now fifty-nine dollars.") == [
        ["The Harbor Canvas Sneakers:", "now fifty-nine dollars."]
    ]
    assert lines("海港帆布鞋，原价七十五，现在五十九美元。", "zh") == [
        ["海港帆布鞋，原价七十五，", "现在五十九美元。"]
    ]


@pytest.mark.parametrize(
    ("text", "language", "whole"),
    [
        ("It was $75.00 and it is $59.00 today, which saves you $16.00 on every pair!", "en", "$59.00"),
        (
            "The mug holds a lot, is safe in the dishwasher, and is eighteen dollars and fifty cents.",
            "en",
            "fifty cents",
        ),
        ("And it is all yours for just one hundred and twenty-nine dollars.", "en", "dollars"),
        ("先看海港帆布鞋，棉帆布鞋面，天然橡胶底，今天现价只要五十九美元一双。", "zh", "五十九美元"),
        ("40码单只重310克，原价75美元，今天到手价59美元，喜欢的朋友别错过。", "zh", "59美元"),
        ("Meet the Dawn Stoneware Mug, glazed by hand.", "en", "Dawn Stoneware Mug"),
    ],
)
def test_prices_and_names_stay_whole_and_never_stand_alone(text: str, language: str, whole: str) -> None:
    out = lines(text, language)
    holding = [page for page in out if any(whole in line for line in page)]
    assert holding
    assert all("".join(page).strip(" .。，") != whole for page in holding)


def test_a_price_in_words_is_not_split_from_its_unit() -> None:
    for page in lines("Today you can take a pair home for only fifty-nine dollars, delivery is on us."):
        assert not any(line.endswith(("fifty-", "fifty-nine")) for line in page)


def test_names_are_marked_whatever_their_case_and_longest_first() -> None:
    page = pages("the harbor canvas sneakers", "en", ("Canvas", "Harbor Canvas Sneakers"))[0]
    amber = "".join(c for line in page.lines for c, n in zip(line.text, line.name, strict=True) if n)
    assert amber.strip() == "harbor canvas sneakers"


def test_pages_say_which_part_of_the_text_they_cover() -> None:
    text = "Hello 👟 everyone, and welcome to the Corner Shop! I am Mia, an AI host, with twelve things."
    out = pages(text, "en", ())
    assert out[0].a == 0 and out[-1].b == len(text)
    for page in out:
        for line in page.lines:
            assert all(text[i] == c for i, c in zip(line.at, line.text, strict=True) if c != " ")


def test_nothing_to_show_gives_no_page() -> None:
    assert pages("", "en", ()) == pages(" \n👟", "zh", ("👟",)) == ()


def room(text: str) -> float:
    """Two marks may hang over the end."""
    core = text[:-2] + text[-2:].rstrip("".join(CLOSING))
    return sum(LATIN / WIDE if is_wide(c) else 1 for c in core)


def check(text: str, out: tuple[Page, ...]) -> None:
    places = [i for page in out for line in page.lines for i in line.at]
    assert places == sorted(places)
    assert all(0 <= i < len(text) for i in places)
    for page in out:
        assert 1 <= len(page.lines) <= 2
        for line in page.lines:
            assert line.text.strip() == line.text != ""
            assert len(line.text) == len(line.at) == len(line.name)
            assert room(line.text) <= LATIN + 1e-6


mixed = st.text(st.sampled_from("ab Z5五百元，。,.!$¥-—()“”鞋的👟\n\u202e\u0301é\t% "), max_size=120)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(mixed, st.text(max_size=80)),
    st.sampled_from(["en", "zh"]),
    st.lists(st.text(max_size=8), max_size=3),
)
def test_any_text_is_paged_within_the_limits(text: str, language: str, names: list[str]) -> None:
    check(text, pages(text, language, names))


@pytest.mark.parametrize(
    "text", ["x" * 500, "鞋" * 500, "a-" * 200, "$" * 100, "。" * 60, "（" * 60, "1" * 90 + "元"]
)
def test_texts_without_a_break_are_cut(text: str) -> None:
    out = pages(text, "zh", ())
    assert out
    places = [i for page in out for line in page.lines for i in line.at]
    assert places == list(range(len(text)))


def test_a_line_neither_starts_with_closing_nor_ends_with_opening_punctuation() -> None:
    text = "我们家的鞋子（棉帆布鞋面）今天特价，大家可以放心买，“穿着舒服”，七天无理由退换，欢迎随时提问！"
    for page in pages(text, "zh", ()):
        for line in page.lines:
            assert line.text[0] not in CLOSING - {"”"} and line.text[-1] not in OPENING
