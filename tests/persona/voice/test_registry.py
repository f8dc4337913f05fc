from collections.abc import Iterator

import pytest

from persona.script import Line, LineKind
from persona.speech import Speech
from persona.voice.registry import VoiceBook, open_voice
from products.errors import ContentError, SetupError


class Silent:
    """A voice that says nothing but remembers."""

    def __init__(self, language: str) -> None:
        self.languages = frozenset({language})
        self.said: list[str] = []
        self.closed = False

    def say(self, line: Line) -> Iterator[Speech]:
        self.said.append(line.text)
        return iter(())

    def close(self) -> None:
        self.closed = True


def line(text: str, language: str) -> Line:
    return Line("l1", LineKind.PITCH, text, language)


def test_a_line_goes_to_the_voice_of_its_language() -> None:
    en, zh = Silent("en"), Silent("zh")
    book = VoiceBook({"en": en, "zh": zh})
    list(book.say(line("Hello", "en")))
    list(book.say(line("你好", "zh")))
    list(book.say(line("Hi", "en-US")))
    assert (en.said, zh.said) == (["Hello", "Hi"], ["你好"])
    assert book.languages == {"en", "zh"}


def test_a_language_without_a_voice_is_refused_with_a_remedy() -> None:
    with pytest.raises(ContentError, match=r"l1.*'fr'.*en"):
        VoiceBook({"en": Silent("en")}).say(line("Bonjour", "fr"))


def test_closing_the_book_closes_every_voice() -> None:
    voices = {"en": Silent("en"), "zh": Silent("zh")}
    closed: list[bool] = []
    VoiceBook(voices, closing=lambda: closed.append(True)).close()
    assert all(v.closed for v in voices.values()) and closed == [True]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"en": {"engine": "festival"}}, "festival"),
        ({"fr": {"engine": "kokoro"}}, "English"),
        ({"zh": {"engine": "piper"}}, "English"),
        ({"en": {"voice": "zf_xiaoxiao"}}, "af_heart, am_michael"),
        ({"en": {"pitch": 2}}, "pitch"),
        ({"en": {"speed": 9}}, "0.5 to 2"),
        ({"en": {"speed": "fast"}}, "fast"),
    ],
)
def test_a_bad_spec_is_named(spec: dict[str, dict[str, object]], message: str) -> None:
    with pytest.raises(ContentError, match=message):
        open_voice(spec)


def test_a_voice_that_does_not_exist_is_named() -> None:
    with pytest.raises(SetupError, match=r"nobody.*af_heart"):
        open_voice({"en": {"voice": "nobody"}})
