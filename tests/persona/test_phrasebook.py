import random

import pytest

from persona.phrasebook import field_names, parse_phrases, phrasebook
from products.errors import Bug, ContentError

UNIT = 'stock.unit: {piece: ["", ""], pair: ["pair", "pairs"]}\n'


def test_both_languages_have_the_same_slots() -> None:
    assert set(phrasebook("en").slots) == set(phrasebook("zh").slots)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_phrasing_holds_a_digit_or_a_reserved_word(language: str) -> None:
    for slot, phrases in phrasebook(language).slots.items():
        assert len(set(phrases)) == len(phrases), slot
        for phrase in phrases:
            assert not any(c.isdigit() for c in phrase), (slot, phrase)


@pytest.mark.parametrize(
    ("slot", "least"),
    [("hook.new", 8), ("price.plain", 5), ("price.compared", 5), ("buy", 6), ("filler", 8), ("invite", 6)],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_said_often_has_many_phrasings(language: str, slot: str, least: int) -> None:
    assert len(phrasebook(language).slots[slot]) >= least


def test_every_notice_and_welcome_says_that_the_host_is_artificial() -> None:
    for language, words in (("en", ("AI", "artificial")), ("zh", ("AI", "人工智能", "数字人"))):
        slots = phrasebook(language).slots
        for phrase in (
            *slots["notice"],
            *slots["answer.ai"],
            *slots["welcome.warm"],
            *slots["welcome.brisk"],
        ):
            assert any(word in phrase for word in words), phrase


def test_an_unknown_field_is_an_error_that_names_the_slot() -> None:
    with pytest.raises(ContentError, match=r"buy: .*asks for colour"):
        parse_phrases("en", UNIT + 'buy: ["Take the {colour} one."]\n')


def test_an_empty_slot_is_an_error() -> None:
    with pytest.raises(ContentError, match="buy: no phrasings"):
        parse_phrases("en", UNIT + "buy: []\n")


def test_recent_phrasings_are_avoided_even_with_another_product() -> None:
    book = parse_phrases("en", UNIT + 'hook: ["Next on the table: {title}.", "Let us look at {title}."]\n')
    for seed in range(20):
        said = book.say(
            ["hook"], {"title": "the Mug"}, random.Random(seed), ["Next on the table: the Lamp. Yes."]
        )
        assert said == "Let us look at the Mug."


def test_a_phrasing_that_ended_in_a_question_counts_as_said() -> None:
    book = parse_phrases("en", UNIT + 'point: ["As the page puts it: {s}.", "The shop writes: {s}."]\n')
    recent = ["As the page puts it: Feeling geometric?"]
    for seed in range(10):
        assert (
            book.say(["point"], {"s": "Wear it"}, random.Random(seed), recent) == "The shop writes: Wear it."
        )


def test_when_all_was_said_the_longest_ago_is_taken() -> None:
    book = parse_phrases("en", UNIT + 'hook: ["Here comes {title}.", "Let us look at {title}."]\n')
    recent = ["Let us look at the Lamp.", "Here comes the Lamp."]
    assert book.say(["hook"], {"title": "the Mug"}, random.Random(1), recent) == "Let us look at the Mug."


def test_what_cannot_be_filled_is_a_bug() -> None:
    with pytest.raises(Bug, match=r"price\.plain"):
        phrasebook("en").say(["price.plain"], {}, random.Random(1))
    with pytest.raises(Bug, match="nowhere"):
        phrasebook("en").say(["nowhere"], {}, random.Random(1))


def test_values_are_not_read_as_phrasings() -> None:
    book = parse_phrases("en", UNIT + 'hook: ["Here comes {title}, friends."]\n')
    assert book.say(["hook"], {"title": "{number}"}, random.Random(1)) == "Here comes {number}, friends."
    assert field_names("{a} and {b}") == {"a", "b"}


def test_no_amount_stands_right_after_shi() -> None:
    """是九十九 is heard as 四十九: the price of 99 was taken for 49 by ear."""
    amounts = ("是{price}", "是{compare_at}", "是{saving}", "是{low}", "是{high}")
    phrases = [phrase for slot in phrasebook("zh").slots.values() for phrase in slot]
    assert not [p for p in phrases if any(a in p for a in amounts)]
