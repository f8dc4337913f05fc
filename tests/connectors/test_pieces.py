"""Long answers in pieces that a platform takes."""

from hypothesis import given
from hypothesis import strategies as st

from connectors.pieces import pieces


def test_cuts_come_after_sentences_then_commas_then_words():
    assert pieces("It is new. It is blue and big.", 20) == ("It is new.", "It is blue and big.")
    assert pieces("one two three, four five six", 20) == ("one two three,", "four five six")
    assert pieces("one two three four", 10) == ("one two", "three four")
    assert pieces("它是新的。它是蓝色的，很大。", 8) == ("它是新的。", "它是蓝色的，", "很大。")


def test_a_price_is_not_the_end_of_a_sentence():
    assert pieces("It costs $59.00 today only, for you", 20) == ("It costs $59.00", "today only, for you")


def test_a_number_or_a_time_is_not_cut():
    assert pieces("It costs 1,299 yuan now", 14) == ("It costs 1,299", "yuan now")
    assert pieces("Today at 12:30 again", 13) == ("Today at", "12:30 again")


def test_nothing_to_say_and_no_limit():
    assert pieces("   ", 10) == ()
    assert pieces("hello", None) == ("hello",)


@given(st.text(max_size=300), st.integers(1, 40))
def test_every_piece_fits_and_nothing_but_spaces_is_lost(text, limit):
    found = pieces(text, limit)
    assert all(0 < len(p) <= limit for p in found)
    assert "".join("".join(found).split()) == "".join(text.split())
