import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.voice.clauses import MOST_COST, clauses, cost, pause_after, weight
from persona.voice.spoken import spoken
from persona.voice.tokens import Kind


def cut(text: str, language: str = "en") -> list[str]:
    return [text[c.a : c.b] for c in clauses(spoken(text, language).tokens)]


def test_sentences_become_clauses() -> None:
    first = "The Harbor Canvas Sneakers are fifty-nine dollars."
    second = "Cotton canvas upper, rubber sole, and a toe cap that forgives every puddle on your way to work."
    assert cut(f"{first} {second}") == [first, second]


def test_the_first_clause_is_short_so_that_sound_starts_soon() -> None:
    text = "Tonight I have something for your feet, cotton canvas with a rubber sole, made in Portugal."
    assert cut(text)[0] == "Tonight I have something for your feet,"


def test_a_first_clause_of_one_word_is_joined_with_the_next() -> None:
    assert cut("Hi! Welcome to the shop. Let us look at the bottle that everybody asked about tonight.")[
        0
    ] == ("Hi! Welcome to the shop.")


@pytest.mark.parametrize(
    "text",
    [
        "It costs $1,299.00 and weighs 1.2 kg, so it is light and cheap and easy to carry around all day.",
        "The white is 2,700 to 4,000 K, warm to neutral, in three steps, and powered over USB-C at 5.3 V.",
        "The show ends at 8:30 p.m., on Nov. 30, so do not wait, look at www.cornershop.com for more.",
    ],
)
def test_no_cut_inside_a_price_number_time_or_address(text: str) -> None:
    places = {i for i in range(1, len(text)) if text[i - 1] in ",.:" and not text[i].isspace()}
    for part in clauses(spoken(text, "en").tokens):
        assert part.b == len(text) or part.b not in places


def test_mandarin_counts_in_characters() -> None:
    text = "大家好，欢迎来到我们的直播间！海港帆布鞋只要59美元，原价75美元。"
    assert cut(text, "zh") == ["大家好，欢迎来到我们的直播间！", "海港帆布鞋只要59美元，原价75美元。"]


def test_nothing_to_say() -> None:
    assert clauses(spoken("😀 ...", "en").tokens) == ()


def test_a_sentence_without_commas_is_cut_between_words_before_the_model_overflows() -> None:
    parts = clauses(spoken("wonderful " * 200 + "end.", "en").tokens)
    assert len(parts) > 1
    assert all(sum(cost(t) for t in p.tokens) <= MOST_COST + 1 for p in parts)


LIVE = st.lists(
    st.sampled_from(
        [
            "Hello",
            "the $59.00 shoe",
            "8:30 pm",
            "1.2 kg",
            "a",
            "USB-C",
            "wonderful",
            ",",
            ".",
            "!",
            "?",
            ";",
            "—",
            "😀",
        ]
    )
    | st.sampled_from(["海港帆布鞋", "只要59美元", "，", "。", "！", "2,700"]),
    max_size=80,
).map(" ".join)


@given(LIVE, st.sampled_from(["en", "zh"]))
def test_every_token_is_said_once_and_every_clause_says_something(text: str, language: str) -> None:
    tokens = spoken(text, language).tokens
    parts = clauses(tokens)
    assert [t for p in parts for t in p.tokens if t.kind is not Kind.MARK] == [
        t for t in tokens if t.kind is not Kind.MARK
    ]
    for part in parts:
        assert any(t.kind is not Kind.MARK for t in part.tokens)
        assert sum(cost(t) for t in part.tokens) <= MOST_COST + 2


@given(LIVE)
def test_clauses_stand_in_order(text: str) -> None:
    at = 0
    for part in clauses(spoken(text, "en").tokens):
        assert at <= part.a < part.b <= len(text)
        assert weight(part.tokens) > 0
        at = part.b


def test_longer_pauses_after_sentences_than_after_commas() -> None:
    assert pause_after("Done.") > pause_after("so,") > pause_after("and")
    assert pause_after("“Done!”") == pause_after("好。")
