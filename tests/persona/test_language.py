import pytest

from persona.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("do you have 42?", "en"),
        ("39码还有吗", "zh"),
        ("harbor canvas sneakers 有吗", "zh"),
        ("有XL吗", "zh"),
        ("do you ship to 北京", "en"),
        ("北京", "zh"),
        ("MacBook能放吗", "zh"),
        ("これはいくらですか", "en"),
        ("¿cuánto cuesta?", "en"),
    ],
)
def test_detects_by_script_and_grammar(text: str, language: str) -> None:
    assert detect(text, default="zh" if language == "en" else "en") == language


def test_text_without_letters_gets_the_default() -> None:
    assert detect("42??", default="zh") == "zh"
    assert detect("", default="en") == "en"
