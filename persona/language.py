"""Which of the two spoken languages a short text is in, by its script and a few function words."""

import re
from typing import Literal

Language = Literal["en", "zh"]

HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿]")
_KANA_OR_HANGUL = re.compile(r"[぀-ヿ가-힯]")
_LATIN_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?")
_ZH_GRAMMAR = re.compile(
    r"[吗呢吧的了么嘛啊呀]|有没有|有|是|多少|几|什么|怎么|哪|能|可以|想|要|这|那|请|号|码|链接"
)


def detect(text: str, default: Language = "en") -> Language:
    """The language to answer `text` in.

    Chinese when it has Han characters and either Chinese grammar ("harbor sneakers 有吗") or at least as
    many Han characters as Latin words; so "do you ship to 北京" stays English. Kana or Hangul is not
    Chinese. A text without a letter ("???", "42") gets `default`.
    """
    han = len(HAN.findall(text))
    words = len(_LATIN_WORD.findall(text))
    if han and not _KANA_OR_HANGUL.search(text) and (_ZH_GRAMMAR.search(text) or han >= words):
        return "zh"
    return "en" if words or han or _KANA_OR_HANGUL.search(text) else default
