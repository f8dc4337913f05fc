from hypothesis import given
from hypothesis import strategies as st

from bot.stage.fonts import Weight, has_glyph
from bot.stage.typeset import CLOSING, clean, fit, shorten, width, wrap


def test_what_cannot_be_drawn_is_left_out() -> None:
    assert clean("Hi 👟 \u202ethere\u202c\x00\n\tyou\u200d ש") == "Hi there you"
    assert clean("👟🔥") == ""


def test_curly_quotes_are_straight_in_latin_text_only() -> None:
    assert clean("We’ll say “yes”") == 'We\'ll say "yes"'
    assert clean("他说“好”。") == "他说“好”。"


@given(st.text())
def test_cleaned_text_can_be_drawn_and_is_one_line(text: str) -> None:
    out = clean(text)
    assert all(has_glyph(c) for c in out)
    assert out == " ".join(out.split())


@given(st.text(max_size=300), st.floats(40, 700), st.integers(1, 3))
def test_wrapped_lines_fit(text: str, room: float, lines: int) -> None:
    out = wrap(clean(text), 28, Weight.REGULAR, room, lines)
    assert len(out) <= lines
    assert all(width(line, 28, Weight.REGULAR) <= room for line in out)


def test_lines_break_between_words_and_between_chinese_characters_but_not_before_a_comma() -> None:
    assert wrap("one two three four", 28, Weight.REGULAR, 140, 3) == ["one two", "three four"]
    out = wrap("棉帆布鞋面，天然橡胶底，鞋头耐脏。", 28, Weight.REGULAR, 28 * 5 + 4, 4)
    assert "".join(out) == "棉帆布鞋面，天然橡胶底，鞋头耐脏。"
    assert not any(line[0] in CLOSING for line in out)


def test_a_text_that_is_too_long_ends_in_an_ellipsis() -> None:
    cut = shorten("The longest name in the whole wide shop", 30, Weight.BOLD, 300)
    assert cut.endswith("…") and width(cut, 30, Weight.BOLD) <= 300
    assert shorten("Short", 30, Weight.BOLD, 300) == "Short"


def test_fit_goes_down_only_as_far_as_needed() -> None:
    assert fit("abc", Weight.BOLD, 1000, 40, 20) == 40
    size = fit("Harbor Canvas Sneakers", Weight.BOLD, 300, 40, 20)
    assert width("Harbor Canvas Sneakers", size, Weight.BOLD) <= 300
    assert width("Harbor Canvas Sneakers", size + 0.5, Weight.BOLD) > 300
    assert fit("Harbor Canvas Sneakers", Weight.BOLD, 10, 40, 20) == 20


def test_lines_are_of_like_length() -> None:
    assert wrap("Do they run small? I am usually a 41.", 28, Weight.REGULAR, 440, 2) == [
        "Do they run small?",
        "I am usually a 41.",
    ]
