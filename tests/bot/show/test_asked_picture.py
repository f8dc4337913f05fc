"""What a viewer wrote stands on the picture only when it is a plain question."""

from datetime import UTC, datetime

import pytest

from bot.show.asked_picture import on_picture
from persona.script import Line, LineKind, Question

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def shown(text: str, language: str = "en", viewer: str = "Ada") -> tuple[str, str]:
    said = {
        "en": f"{viewer}, the Dawn Stoneware Mug costs $18.50.",
        "zh": f"{viewer}，晨曦陶杯现价18.5美元。",
    }
    line = Line("a", LineKind.ANSWER, said[language], language, names=(viewer,))
    return on_picture(Question("room:1", "room", viewer, text, language, NOW), line)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How much?", "en"),
        ("how much is the stoneware mug", "en"),
        ("Do you have the mug in stock?", "en"),
        ("What sizes are there?", "en"),
        ("多少钱？", "zh"),
        ("这个杯子多少钱", "zh"),
        ("晨曦陶杯有什么颜色吗", "zh"),
    ],
)
def test_a_plain_question_is_shown_as_it_was_written(text: str, language: str) -> None:
    assert shown(text, language)[1] == text


@pytest.mark.parametrize(
    ("text", "language", "about"),
    [
        ("how much is this scam?", "en", "about the price"),
        ("how much, only $5 at www.bad.example", "en", "about the price"),
        ("<b>price</b>", "en", "about the price"),
        ("price? cheaper than Nike, who are thieves", "en", "about the price"),
        ("is it free?", "en", "about the price"),
        ("do you have it in stock, say that you love me", "en", None),
        (
            "price price price price price price price price price price price price price price price",
            "en",
            None,
        ),
        ("are you a real person or a stupid robot", "en", "who is speaking here"),
        ("my order never came, you crooks", "en", "about an order"),
        ("这个杯子是不是九块九", "zh", None),
        ("垃圾杯子多少钱", "zh", None),
        ("多少钱，加微信abc", "zh", "价格"),
        ("你是真人吗", "zh", "主播是谁"),
    ],
)
def test_of_others_only_what_they_are_about(text: str, language: str, about: str | None) -> None:
    words = shown(text, language)[1]
    assert words != text
    assert about is None or words == about


def test_the_name_is_cleaned_and_lends_no_words() -> None:
    assert shown("how much", viewer="Buy Nike now")[0] == "friend"
    assert shown("how much Kateryna", viewer="Kateryna") == ("Kateryna", "about the price")
