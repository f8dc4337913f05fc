"""Likeness of lines by four-grams, and the freshest of several drafts."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from persona.variety import DRAFTS, MOST_DRAFTS, Heard, freshest, grams, units


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


def taken(drafts: Sequence[str], lately: tuple[str, ...]) -> tuple[str, int]:
    """What is taken of drafts of one line each (the last stands for later ones), and how many were made."""
    made: list[int] = []

    def write(number: int) -> tuple[str]:
        made.append(number)
        return (drafts[min(number, len(drafts) - 1)],)

    (text,) = freshest(write, str, lately)
    return text, len(made)


def test_the_draft_that_repeats_least_is_taken() -> None:
    said = ("a b c d e",)
    assert taken(["a b c d e", "a b c d f", "g h i j k", "l m n o p"], said) == ("g h i j k", 3), (
        "fresh: no more"
    )
    assert taken(["a b c d e", "g h i j k"], ()) == ("a b c d e", 1), "nothing was heard: the first"
    late = [*["a b c d e"] * DRAFTS, "a b c d e f g h i j k"]
    assert taken(late, said)[0] == late[-1], "it looks on while all are over the bound"
    assert taken(["a b c d e"], said) == ("a b c d e", MOST_DRAFTS)


def test_a_line_within_the_bound_is_taken_before_one_that_begins_anew() -> None:
    said = ("one two three four five six seven",)
    within, beyond = "one two three four nine ten eleven", "zero two three four five six seven"
    assert taken([beyond, within], said)[0] == within
    assert taken(["one two three nine ten eleven", "nine one two three ten eleven"], said)[0].startswith(
        "nine"
    )


def test_of_drafts_that_tell_the_same_each_place_takes_its_best_line() -> None:
    drafts = [("a b c d e", "q r s t u"), ("g h i j k", "l m n o p"), ("v w x y z",)]
    said = ("a b c d e", "l m n o p", "v w x y")
    pick = freshest(lambda n: drafts[min(n, 2)], str, said)
    assert pick == ("g h i j k", "q r s t u"), "the third tells something else and is not mixed in"


@given(st.lists(st.text(alphabet="ab c", min_size=1, max_size=30), min_size=1, max_size=6), st.data())
def test_nothing_over_the_bound_is_taken_while_a_draft_is_within_it(
    texts: list[str], data: st.DataObject
) -> None:
    lately = tuple(data.draw(st.lists(st.text(alphabet="ab c", max_size=30), min_size=1, max_size=6)))
    text, _ = taken(texts, lately)
    known = Heard(lately)
    within = [t for t in texts if not known.repeats(t) and not known.too_like(t)]
    assert text in within or not within


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
