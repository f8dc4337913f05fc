import pytest
from pypinyin import Style, lazy_pinyin

from persona.voice.tones import in_context


@pytest.mark.parametrize(
    ("before", "word", "expected"),
    [
        ("洗", "得", "de5"),
        ("", "得", "de2"),
        ("慢慢", "地", "de5"),
        ("", "单只", "dan1 zhi1"),
        ("这", "只", "zhi1"),
        ("", "两只", "liang3 zhi1"),
        ("橄榄色", "只", "zhi3"),
        ("", "只要", "zhi3 yao4"),
        ("", "一下", "yi2 xia4"),
        ("", "一共", "yi2 gong4"),
        ("", "一个", "yi2 ge4"),
        ("", "一起", "yi4 qi3"),
        ("", "一年", "yi4 nian2"),
        ("", "一千二百", "yi4 qian1 er4 bai3"),
        ("", "一万", "yi2 wan4"),
        ("", "一百一十", "yi4 bai3 yi1 shi2"),
        ("", "十一", "shi2 yi1"),
        ("", "第一", "di4 yi1"),
        ("", "一月", "yi1 yue4"),
        ("", "一点二", "yi1 dian3 er4"),
        ("", "一点", "yi4 dian3"),
        ("", "一九九八", "yi1 jiu3 jiu3 ba1"),
        ("", "长", "chang2"),
        ("", "成长", "cheng2 zhang3"),
        ("", "晾干", "liang4 gan1"),
        ("", "能干", "neng2 gan4"),
    ],
)
def test_readings_in_context(before: str, word: str, expected: str) -> None:
    plain = lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True)
    assert " ".join(in_context(word, plain, before)) == expected


def test_a_word_with_an_unknown_character_is_left_alone() -> None:
    assert in_context("一龘", ["yi1"], "") == ["yi1"]
