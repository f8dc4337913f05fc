"""What the spoken form is made of: tokens with their place in the text, and patterns of both languages."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    WORD = "word"  # lower-case English words; a capital letter standing alone is said by its name
    HAN = "han"  # Chinese characters
    MARK = "mark"  # one of , . ! ? ; : — that shapes the melody
    PHONES = "phones"  # ready phonemes of Kokoro's alphabet, from a pronunciation dictionary


@dataclass(frozen=True, slots=True)
class Token:
    """What is said for text[a:b]. Tokens are in order and do not overlap."""

    text: str
    a: int
    b: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Spoken:
    """`dropped`: characters that are not said and are neither space nor punctuation, emoji for one."""

    tokens: tuple[Token, ...]
    dropped: int


Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], "list[Token] | None"]]
"""A pattern tried at a place in the text, and what to say for it; None passes on to the next rule."""

MARKS = {
    **dict.fromkeys(",，、(（)）[]【】", ","),
    **dict.fromkeys(".。．", "."),
    **dict.fromkeys("!！", "!"),
    **dict.fromkeys("?？", "?"),
    **dict.fromkeys(";；", ";"),
    **dict.fromkeys(":：", ":"),
    **dict.fromkeys("—–…|", "—"),
    "\n": ".",
}
ENDS = frozenset(".!?")
LATIN = "A-Za-zÀ-ÖØ-öø-ɏ"
HAN = "\u3400-\u4dbf\u4e00-\u9fff〇"
NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
