"""Mandarin readings that a dictionary of words leaves to the sentence: particles, 只 that counts, the
tones of 一.

The rules of 一 after Standard Chinese usage: second tone before a fourth, fourth tone before the others,
first tone in numbers that are told off digit by digit, in ordinals and at the end.
"""

from collections.abc import Sequence

_COUNTING = frozenset("一二两三四五六七八九十百千万几每单这那半多")
_FIGURES = frozenset("零〇一二两三四五六七八九十")
_ORDINAL_AFTER = frozenset("月号楼日级等流季")
_LONG = frozenset(("长", "很长", "更长", "超长", "最长", "全长", "太长", "不长"))
_DRYING = frozenset("晾吹擦烘晒风速洗")


def in_context(word: str, syllables: Sequence[str], before: str) -> list[str]:
    """Syllables (pinyin with a digit, 5 for none) of `word`, put right where `before`, the word said just
    before in the same breath ("" for none), or the word itself decides.
    """
    if len(syllables) != len(word):
        return list(syllables)
    out = list(syllables)
    if word in ("得", "地") and before:
        out[0] = "de5"
    if word in _LONG:
        out[-1] = "chang2"
    for i, char in enumerate(word):
        previous = word[i - 1] if i else before[-1:]
        if char == "只" and previous in _COUNTING and previous:
            out[i] = "zhi1"
        elif char == "干" and (len(word) == 1 or (i and previous in _DRYING)):
            out[i] = "gan1"
        elif char == "一":
            out[i] = _one(word, out, i, previous)
    return out


def _one(word: str, syllables: Sequence[str], i: int, previous: str) -> str:
    following = word[i + 1 : i + 2]
    counted_off = previous in _FIGURES if previous else False
    if not following or counted_off or previous == "第" or following in _FIGURES | _ORDINAL_AFTER | {"点"}:
        # 一点 by itself is "a little", 一点五 is a number
        little = following == "点" and not counted_off and word[i + 2 : i + 3] not in _FIGURES
        return "yi4" if little else "yi1"
    tone = syllables[i + 1][-1:]
    return "yi2" if tone == "4" or following == "个" else "yi4" if tone in "123" else "yi1"
