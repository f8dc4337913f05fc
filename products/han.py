"""Chinese as it is written in Taiwan and Hong Kong, read as it is written on the mainland, sign by sign.

Buyers write so, catalogues may, and a claim that is forbidden in one spelling is forbidden in the other.
"""

from functools import cache

from opencc import OpenCC

_FIRST, _LAST = 0x3400, 0x9FFF  # CJK unified ideographs and extension A


@cache
def _table() -> dict[int, str]:
    """Source: OpenCC's characters (https://github.com/BYVoid/OpenCC), which follow Unihan's variants. Each
    stands for one, so that places in a text stay.
    """
    signs = [chr(code) for code in range(_FIRST, _LAST + 1)]
    plain = OpenCC("t2s").convert("\n".join(signs)).split("\n")
    table = {ord(a): b for a, b in zip(signs, plain, strict=True) if a != b and len(b) == 1}
    return table | {ord("妳"): "你"}  # "you" to a woman, in Taiwan alone


def simplified(text: str) -> str:
    """`text` with traditional characters simplified: as long as it was. What is simplified already stays."""
    return text if text.isascii() else text.translate(_table())


def kana(text: str) -> bool:
    """Whether it holds Japanese syllables: then its characters are Japanese ones."""
    return any("\u3041" <= c <= "\u30ff" and c != "\u30fb" for c in text)
