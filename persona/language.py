# ruff: noqa: E501 - tables of words read better unbroken
"""Which of the two spoken languages a short text is in, by its script and a few function words."""

import re
import unicodedata
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


_OTHER_SCRIPT = re.compile(r"[Ѐ-ӿ؀-ۿऀ-ॿঀ-৿਀-૿஀-௿ఀ-౿฀-๿֐-׿Ͱ-Ͽ]")
_ENGLISH = frozenset(
    "the is are was you your it this that these what how much many do does can could i a an of for with and or to in "
    "on have has any there which where when who will would size colour color price cost ship shipping buy order".split()
)
_ELSEWHERE = frozenset(
    "cuanto cuesta cuestan tiene tienen esta el la los las que como donde combien coute quel quelle avez vous est "
    "le les une des wie viel kostet gibt haben sie ist das der die und quanto custa voce tem qual onde quanto costa "
    "avete berapa harga ada apa ini bao nhieu gia co khong kac para ne var mi ile czy jest".split()
)
"""Words by which a question in another Latin language is told from a short or misspelt English one."""


def foreign(text: str) -> bool:
    """Whether a text is in a language that is neither English nor Chinese, as far as can be told from few words."""
    if _OTHER_SCRIPT.search(text) or _KANA_OR_HANGUL.search(text):
        return True
    if HAN.search(text):
        return False
    spread = unicodedata.normalize("NFD", text.casefold())
    words = re.findall(r"[a-z]+", "".join(c for c in spread if not unicodedata.combining(c)))
    return not _ENGLISH.intersection(words) and len(_ELSEWHERE.intersection(words)) >= 2
