"""The spoken form: what is said for a written text, each piece with its place in the text.

"Just $59.00!" becomes just | fifty-nine dollars | !, and the second piece still knows that it stands for
"$59.00", so that captions light up what is written while the voice says what is meant.
"""

import re
from collections.abc import Mapping, Sequence

from persona.voice import spoken_en, spoken_zh, words_en, words_zh
from persona.voice.tokens import HAN, LATIN, MARKS, Kind, Rule, Spoken, Token
from products.errors import ContentError

_SILENT = frozenset("\"'“”‘’«»《》「」『』*_~^`·•-‐‑/\\<>{}＊～")
_HAN_FIRST = re.compile(f"[{HAN}]")
_WEIGHT = {",": 0, "—": 1, ":": 2, ";": 3, ".": 4, "!": 5, "?": 6}


def spoken(text: str, language: str, said: Mapping[str, str] | None = None) -> Spoken:
    """The spoken form of `text` in `language` ("en" or "zh", also "en-US" and so on).

    said   a shop's pronunciations by written form (case does not matter, whole words only): another spelling
           in the same language ("Fjord": "fee ord"), or phonemes of Kokoro's alphabet between slashes
           ("Fjord": "/fjˈɔɹd/")

    Words of the other language inside the text are kept as words of that language. Raises ContentError for a
    language without a spoken form.
    """
    primary = language.lower().replace("_", "-").split("-")[0]
    grammars = {"en": (spoken_en.RULES, words_en.SAID), "zh": (spoken_zh.RULES, words_zh.SAID)}
    if primary not in grammars:
        raise ContentError(
            f"No spoken form for the language {language!r}.",
            remedy="Use en or zh, or a voice that brings its own reading.",
        )
    rules, usual = grammars[primary]
    words = {k.lower(): v for k, v in usual.items()} | {k.lower(): v for k, v in (said or {}).items()}
    return _scan(text, rules, primary, words)


def _scan(text: str, rules: Sequence[Rule], language: str, said: Mapping[str, str]) -> Spoken:
    tokens: list[Token] = []
    dropped = 0
    terms = _terms(said)
    # Chinese has no spaces: a rule that takes a run of characters must stop before a term inside it.
    starts = [m.start() for m in terms.finditer(text) if _HAN_FIRST.match(m.group())] if terms else []
    i = 0
    while i < len(text):
        found = _said_at(text, i, terms, rules, language, said) or _ruled_at(
            text, i, next((s for s in starts if s > i), len(text)), rules
        )
        if found is not None:
            tokens.extend(found[0])
            i = found[1]
            continue
        char = text[i]
        if char in MARKS:
            _mark(tokens, Token(MARKS[char], i, i + 1, Kind.MARK))
        elif not char.isspace() and char not in _SILENT:
            dropped += 1
        i += 1
    return Spoken(tuple(tokens), dropped)


def _ruled_at(text: str, i: int, end: int, rules: Sequence[Rule]) -> tuple[list[Token], int] | None:
    for pattern, read in rules:
        match = pattern.match(text, i, end)
        if match is not None and match.end() > i:
            tokens = read(match)
            if tokens is not None:
                return tokens, match.end()
    return None


def _terms(said: Mapping[str, str]) -> re.Pattern[str] | None:
    """One pattern for all written forms, longest first; a Latin form must stand as a whole word."""
    if not said:
        return None
    forms = []
    for form in sorted(said, key=len, reverse=True):
        latin_start = f"(?<![{LATIN}\\d])" if re.match(rf"[{LATIN}\d]", form) else ""
        latin_end = f"(?![{LATIN}\\d])" if re.search(rf"[{LATIN}\d]\Z", form) else ""
        forms.append(latin_start + re.escape(form) + latin_end)
    return re.compile("|".join(forms), re.IGNORECASE)


def _said_at(
    text: str,
    i: int,
    terms: re.Pattern[str] | None,
    rules: Sequence[Rule],
    language: str,
    said: Mapping[str, str],
) -> tuple[list[Token], int] | None:
    match = terms.match(text, i) if terms else None
    if match is None:
        return None
    a, b = match.span()
    form = said[match.group().lower()]
    if len(form) > 2 and form.startswith("/") and form.endswith("/"):
        return [Token(form[1:-1], a, b, Kind.PHONES)], b
    inner = _scan(form, rules, language, {}).tokens
    return _joined([t for t in inner if t.kind is not Kind.MARK], a, b), b


def _joined(tokens: Sequence[Token], a: int, b: int) -> list[Token]:
    """Tokens of a respelling, all standing for text[a:b]: one token for each run of a kind."""
    runs: list[Token] = []
    for token in tokens:
        if runs and runs[-1].kind is token.kind:
            gap = "" if token.kind is Kind.HAN else " "
            runs[-1] = Token(runs[-1].text + gap + token.text, a, b, token.kind)
        else:
            runs.append(Token(token.text, a, b, token.kind))
    return runs


def _mark(tokens: list[Token], mark: Token) -> None:
    """Adds a mark; of marks in a row ("!!!", "?)") the strongest counts; none before the first word."""
    if not tokens:
        return
    last = tokens[-1]
    if last.kind is not Kind.MARK:
        tokens.append(mark)
    else:
        stronger = mark.text if _WEIGHT[mark.text] > _WEIGHT[last.text] else last.text
        tokens[-1] = Token(stronger, last.a, mark.b, Kind.MARK)
