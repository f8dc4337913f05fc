"""Likeness of lines by four-grams, and the freshest of several drafts."""

from hypothesis import given
from hypothesis import strategies as st

from persona.variety import DRAFTS, Heard, freshest, grams, units


def test_units_are_words_characters_and_whole_figures() -> None:
    assert units("It's $18.50, 1,200 K!") == ("it's", "18.50", "1,200", "k")
    assert units("划线价75美元") == ("划", "线", "价", "75", "美", "元")
    assert units("?!") == () and grams("?!") == frozenset()


def test_overlap_is_the_share_of_a_line_that_one_earlier_line_had() -> None:
    heard = Heard(["one two three four five", "three four five six seven"])
    assert heard.overlap("one two three four five") == 1.0
    assert heard.overlap("one two three four nine") == 0.5
    assert heard.overlap("nine ten eleven twelve") == 0.0
    assert heard.overlap("") == 0.0
    assert heard.repeats("one two three four five") and not heard.repeats("One two three four five")


@given(
    st.lists(st.text(alphabet="abc 一二", max_size=20), max_size=5), st.text(alphabet="abc 一二", max_size=20)
)
def test_overlap_is_a_share_and_what_was_said_overlaps_fully(texts: list[str], text: str) -> None:
    assert 0 <= Heard(texts).overlap(text) <= 1
    if grams(text):
        assert Heard([*texts, text]).overlap(text) == 1.0


def test_the_draft_that_repeats_least_is_taken() -> None:
    drafts = ["a b c d e", "a b c d f", "g h i j k"] + ["a b c d e"] * DRAFTS
    made: list[int] = []

    def write(number: int) -> str:
        made.append(number)
        return drafts[number]

    assert freshest(write, lambda d: (d,), ("a b c d e",)) == "g h i j k"
    assert made == [0, 1, 2], "a fresh one ends the search"
    assert freshest(write, lambda d: (d,), ()) == "a b c d e", "nothing was heard: the first"
    late = ["a b c d e"] * DRAFTS + ["a b c d e f"]
    assert freshest(lambda n: late[n], lambda d: (d,), ("a b c d e",)) == "a b c d e f", "it looks on"
    assert freshest(lambda n: "a b c d e", lambda d: (d,), ("a b c d e",)) == "a b c d e"


def test_drafts_that_were_not_said_leave_nothing_behind() -> None:
    """A show of days compares some forty drafts a line: what it keeps of them would be a leak."""
    import tracemalloc

    known = Heard([" ".join(f"said{n}x{k}" for k in range(24)) for n in range(50)])
    known.overlap("one two three four five")
    tracemalloc.start()
    try:
        for n in range(3000):
            known.overlap(" ".join(f"draft{n}x{k}" for k in range(24)))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 500_000, "3000 drafts of 24 words"
