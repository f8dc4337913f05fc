"""Words to phonemes of Kokoro's alphabet, word by word, so that each phoneme knows which words it belongs to.

English is read by gruut (MIT), Mandarin by misaki (Apache-2.0). Kokoro was trained on misaki's English
alphabet, in which diphthongs are single capitals and r-coloured vowels are written out; gruut's IPA is
rewritten to it (https://github.com/hexgrad/misaki/blob/main/EN_PHONES.md).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from persona.voice.tokens import Kind, Token
from persona.voice.tones import in_context
from products.errors import SetupError

_LETTERS = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            "ˈA bˈi sˈi dˈi ˈi ˈɛf ʤˈi ˈAʧ ˈI ʤˈA kˈA ˈɛl ˈɛm "
            "ˈɛn ˈO pˈi kjˈu ˈɑɹ ˈɛs tˈi jˈu vˈi dˈʌbᵊljˌu ˈɛks wˈI zˈi"
        ).split(),
        strict=True,
    )
)
_REWRITTEN = (
    ("t͡ʃ", "ʧ"), ("d͡ʒ", "ʤ"), ("eɪ", "A"), ("aɪ", "I"), ("oʊ", "O"), ("aʊ", "W"), ("ɔɪ", "Y"),
    ("ˈɚ", "ˈɜɹ"), ("ˌɚ", "ˌɜɹ"), ("ɚ", "əɹ"), ("ɝ", "ɜɹ"),
)  # fmt: skip
# Words of function carry no stress, or the sentence sounds like a list.
_UNSTRESSED = dict(
    pair.split("=")
    for pair in (
        "a=ɐ an=ən the=ðə and=ænd or=ɔɹ of=ʌv to=tə for=fɔɹ from=fɹʌm in=ɪn on=ɔn at=æt by=bI with=wɪð "
        "as=æz is=ɪz are=ɑɹ was=wʌz be=bi it=ɪt its=ɪts it's=ɪts that's=ðæts i=I i'm=Im you=ju your=jʊɹ "
        "he=hi she=ʃi we=wi they=ðA them=ðɛm us=ʌs our=ˌWəɹ my=mI his=hɪz her=hɜɹ their=ðɛɹ can=kæn "
        "will=wɪl has=hæz have=hæv do=du if=ɪf than=ðæn per=pɜɹ you're=jʊɹ we're=wɪɹ we'll=wil but=bʌt "
    ).split()
)
_THE_VOWEL = re.compile(r"[ˈˌ]?[AIOWYæɑɔəɛɜɪʊʌiuɐ]")

_TWO_VOWELS = {"A": "ei", "I": "ai", "O": "ou", "W": "au", "Y": "oi"}
WEAK = frozenset(_UNSTRESSED)


@dataclass(frozen=True, slots=True)
class Reading:
    """The phonemes of one token. `unknown`: characters that no dictionary gave a sound."""

    token: Token
    phonemes: str
    unknown: int = 0


def _for_mandarin(phonemes: str) -> str:
    """English phonemes in the signs of Mandarin, which are all that a Mandarin voice has learnt: breath after
    p, t, k (without it they are b, d, g, and "K" is heard as 给), diphthongs in two vowels.
    """
    breathed = re.sub(r"(?<!s)([ptkʧ])(?=[ˈˌ]?[AIOWYæɑɔəɛɜɪʊʌiuɐɹlwj])", r"\1ʰ", phonemes)
    return "".join(_TWO_VOWELS.get(sign, sign) for sign in breathed)


class English:
    """gruut, with its sentence tagger for words of two readings. Loads on first use (about a second)."""

    def __init__(self) -> None:
        self._sentences: Callable[..., Any] | None = None

    def words(self, words: Sequence[str]) -> list[str]:
        """Phonemes of lower-case words that stand in a row; "" for what has no sound."""
        said = ["" if w in _LETTERS else w.strip("'") for w in words]
        found = self._tagged([w for w in said if w])
        readings = iter(found)
        out = [
            _LETTERS[w] if w in _LETTERS else next(readings) if s else ""
            for w, s in zip(words, said, strict=True)
        ]
        for i, word in enumerate(words):
            if word == "the" and i + 1 < len(out) and _THE_VOWEL.match(out[i + 1]):
                out[i] = "ði"
            elif word == "to" and i + 1 < len(out) and _THE_VOWEL.match(out[i + 1]):
                out[i] = "tʊ"
        return out

    def _tagged(self, words: list[str]) -> list[str]:
        if not words:
            return []
        # Spaces are the only breaks here; where gruut cuts the row otherwise, words go singly.
        row = [w for s in self._gruut(" ".join(words)) for w in s if w.is_spoken]
        if [w.text for w in row] != words:
            if len(words) == 1:
                row_phonemes = [p for w in row for p in (w.phonemes or ())]
                return [_kokoro(words[0], row_phonemes)]
            return [p for word in words for p in self._tagged([word])]
        return [_kokoro(w.text, w.phonemes or ()) for w in row]

    def _gruut(self, text: str) -> Any:
        if self._sentences is None:
            try:
                import gruut
            except ImportError as missing:
                raise SetupError(
                    "The English pronunciation dictionary (gruut) is not installed.",
                    remedy="Run `pip install gruut==2.4.0 gruut-lang-en==2.0.1`.",
                ) from missing
            self._sentences = gruut.sentences
        return self._sentences(text, lang="en-us", espeak=False)


def _kokoro(word: str, phonemes: Sequence[str]) -> str:
    if word in _UNSTRESSED:
        return _UNSTRESSED[word]
    text = "".join(phonemes)
    for ipa, own in _REWRITTEN:
        text = text.replace(ipa, own)
    if text.endswith("əl") and len(text) > 3:
        text = text[:-2] + "ᵊl"
    # A word of content without any stress mark is swallowed; the first vowel takes it.
    if "ˈ" not in text and "ˌ" not in text:
        text = re.sub(_THE_VOWEL, lambda m: "ˈ" + m.group(), text, count=1)
    return text


class Mandarin:
    """misaki's alphabet of Kokoro v1.0: tones as arrows. Loads pypinyin's dictionaries on first use."""

    def __init__(self) -> None:
        self._g2p: Any = None

    def word(self, word: str, before: str = "") -> tuple[str, int]:
        """Phonemes of a Chinese word said after `before`, and how many characters have no reading."""
        if self._g2p is None:
            try:
                from misaki import zh
            except ImportError as missing:
                raise SetupError(
                    "The Mandarin pronunciation dictionary (misaki) is not installed.",
                    remedy="Run `pip install 'misaki[zh]==0.9.4'`.",
                ) from missing
            self._g2p = zh.ZHG2P()
        from pypinyin import Style, lazy_pinyin

        syllables = lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore")
        syllables = in_context(word, syllables, before)
        phonemes = "".join(self._g2p.py2ipa(s) for s in syllables).replace(chr(815), "")
        return phonemes, len(word) - len(syllables)


class Reader:
    """Both languages behind one call; one of these serves all voices."""

    def __init__(self) -> None:
        self._english = English()
        self._mandarin = Mandarin()

    def load(self, language: str) -> None:
        """Loads a language's dictionaries now, so that the first line need not wait."""
        if language == "en":
            self._english.words(["hello"])
        else:
            self._mandarin.word("好")

    def read(self, tokens: Sequence[Token], language: str) -> tuple[Reading, ...]:
        """A Reading for every token, in order; marks read as themselves.

        language   of the voice; a Mandarin one gets English words in Mandarin's signs
        """
        out: list[Reading] = []
        i = 0
        while i < len(tokens):
            if tokens[i].kind is Kind.WORD:
                run = i
                while run < len(tokens) and tokens[run].kind is Kind.WORD:
                    run += 1
                own = self._english_run(tokens[i:run])
                if language == "zh":
                    own = [replace(r, phonemes=_for_mandarin(r.phonemes)) for r in own]
                out.extend(own)
                i = run
                continue
            before = tokens[i - 1] if i and tokens[i - 1].kind is Kind.HAN else None
            out.append(self._single(tokens[i], before.text if before else ""))
            i += 1
        return tuple(out)

    def _single(self, token: Token, before: str) -> Reading:
        if token.kind is Kind.HAN:
            return Reading(token, *self._mandarin.word(token.text, before))
        return Reading(token, token.text)

    def _english_run(self, tokens: Sequence[Token]) -> list[Reading]:
        """A row of words without a mark between them is tagged together."""
        parts = [re.split(r"[ -]+", token.text.strip(" -")) for token in tokens]
        flat = self._english.words([word for words in parts for word in words])
        out: list[Reading] = []
        at = 0
        for token, words in zip(tokens, parts, strict=True):
            own = flat[at : at + len(words)]
            at += len(words)
            unknown = sum(len(w) for w, p in zip(words, own, strict=True) if not p)
            out.append(Reading(token, " ".join(p for p in own if p), unknown))
        return out
