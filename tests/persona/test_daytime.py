"""What is said about the time of day and the day of the week is true where the shop is."""

import pytest

from persona.daytime import part_of_day, untimely
from persona.phrasebook import phrasebook

REMARKS = [
    ("Good evening, and welcome in.", {18, 20, 23}, {7, 10, 13}),
    ("Good morning from the Corner Shop.", {5, 8, 11}, {13, 17, 22}),
    ("It's noon or so here.", {11, 12, 13}, {8, 17, 23}),
    ("It is already afternoon here.", {13, 15, 17}, {6, 21}),
    ("It's night here, and the lights are on.", {21, 23, 2, 5}, {9, 15}),
    ("大家晚上好，欢迎来到小店。", {17, 18, 22}, {7, 12, 15, 16}),
    ("早上好，朋友们。", {6, 9}, {14, 20}),
    ("咱们这边已经是下午了。", {13, 17}, {8, 22}),
    ("这么晚还没睡的朋友，你们好。", {22, 3}, {9, 14}),
]
SILENT = [
    "The Good Morning Mug holds 350 ml.",
    "It keeps drinks warm from the morning to the evening.",
    "An evening at the Corner Shop is calm.",
    "It was a good evening gown.",
    "It's a morning tea by its name.",
    "晚上用的台灯，早上也能用。",
    "下午茶的时候可以用。",
    "It is $18.50 for a set of two.",
    "Questions about Friday's parcel go to customer service.",
]


@pytest.mark.parametrize(("text", "true", "false"), REMARKS)
def test_a_remark_about_the_day_is_held_against_the_shops_clock(
    text: str, true: set[int], false: set[int]
) -> None:
    assert [h for h in sorted(true) if untimely(text, h)] == []
    assert [h for h in sorted(false) if not untimely(text, h)] == []
    assert untimely(text, None), "nobody knows the time there"


@pytest.mark.parametrize("text", SILENT)
def test_words_that_tell_no_time_are_let_be(text: str) -> None:
    assert untimely(text, None) == ()


def test_a_name_tells_no_time() -> None:
    text = "Good Morning, this is the Good Evening, link 4."
    assert len(untimely(text, 14)) == 2
    assert untimely(text, 14, names=("Good Morning", "Good Evening")) == ()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Happy Friday, everyone.", 4),
        ("It's Monday here.", 0),
        ("今天是星期天。", 6),
        ("今天周三，大家好。", 2),
    ],
)
def test_a_day_of_the_week_is_the_one_that_is(text: str, day: int) -> None:
    assert untimely(text, 12, day) == ()
    assert untimely(text, 12, (day + 1) % 7) and untimely(text, 12, None)


def test_a_weekend_is_no_tuesday() -> None:
    assert not untimely("周末愉快！", 12, 5) and not untimely("Happy weekend!", 12, 6)
    assert untimely("周末愉快！", 12, 1) and untimely("Happy weekend!", 12, 1)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_our_own_remarks_are_true_in_every_hour_they_are_made_and_minutes_after(language: str) -> None:
    book = phrasebook(language)
    for hour in range(24):
        for family in book.families[f"time.{part_of_day(hour)}"]:
            for phrase in family:
                text = phrase.format(shop="Corner Shop")
                assert not untimely(text, hour), (hour, text)
                assert not untimely(text, (hour + 1) % 24), (hour, text)
