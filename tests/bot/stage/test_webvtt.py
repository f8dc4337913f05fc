from itertools import pairwise

import pytest

from bot.stage.webvtt import Cue, SpokenClause, cues, webvtt
from persona.speech import Word

TEXT = "When you choose a size, measure your foot in the evening, not in the morning."


def spoken(text: str, a: int, b: int, at: float) -> SpokenClause:
    """A clause whose words take a third of a second each."""
    words, start = [], a
    for k, word in enumerate(text[a:b].split()):
        start = text.index(word, start)
        words.append(Word(word, k / 3, (k + 1) / 3, start, start + len(word)))
        start += len(word)
    return SpokenClause(at, at + len(words) / 3, tuple(words))


def test_pages_follow_one_another_in_time_and_hold_all_words() -> None:
    cut = TEXT.index("not")
    clauses = [spoken(TEXT, 0, cut, 1.0), spoken(TEXT, cut, len(TEXT), 5.0)]
    found = cues(TEXT, "en", (), clauses)
    shown = dict.fromkeys(c.text for c in found)  # a page over both clauses is there twice, as burnt in
    assert "".join("".join(text.split()) for text in shown) == "".join(TEXT.split())
    assert found[0].start == 1.0 and found[-1].end == clauses[-1].end
    for before, after in pairwise(found):
        assert before.start < before.end <= after.start
    assert len(found) >= 2 and all(c.text.count("\n") <= 1 for c in found)


def test_a_page_over_a_breath_is_one_cue() -> None:
    text = "Well, hello."
    clauses = [spoken(text, 0, 5, 0.0), spoken(text, 6, 12, 0.5)]
    assert cues(text, "en", (), clauses) == (Cue(0.0, clauses[1].end, "Well, hello."),)
    late = [clauses[0], spoken(text, 6, 12, 3.0)]
    assert [c.start for c in cues(text, "en", (), late)] == [0.0, 3.0]


def test_chinese_pages() -> None:
    text = "海港帆布鞋只要五十九美元，三十六到四十五码都有货，欢迎来看。"
    words = tuple(Word(c, k * 0.2, k * 0.2 + 0.2, k, k + 1) for k, c in enumerate(text) if c not in "，。")
    found = cues(text, "zh", ("海港帆布鞋",), [SpokenClause(0.0, 6.2, words)])
    assert "".join(c.text.replace("\n", "") for c in found) == text
    assert found[-1].end == 6.2


@pytest.mark.parametrize("clauses", [[], [SpokenClause(0.0, 1.0, ())]])
def test_without_words_there_is_no_cue(clauses: list[SpokenClause]) -> None:
    assert cues(TEXT, "en", (), clauses) == ()
    assert cues("", "en", (), clauses) == ()


def test_the_file_is_webvtt_and_markup_is_none() -> None:
    found = [Cue(0.4, 3661.25, "Less < more\n\n& -->"), Cue(3661.3, 3662.0, "你好")]
    assert webvtt(found, "en", "AI-generated\n--> here") == (
        "WEBVTT\nKind: captions\nLanguage: en\n\nNOTE AI-generated -> here\n\n"
        "1\n00:00:00.400 --> 01:01:01.250\nLess &lt; more\n&amp; --&gt;\n\n"
        "2\n01:01:01.300 --> 01:01:02.000\n你好\n"
    )
