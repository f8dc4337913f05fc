"""A Line cut into clauses for speaking: the first one short, so that sound starts soon; never inside a price.

The cuts follow the spoken form, so the point of a number or the colon of a time is no place to breathe.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from persona.script import Line
from persona.voice.spoken import spoken
from persona.voice.tokens import Kind, Token
from products.errors import ContentError

FIRST = 45  # wanted length of the first clause in Latin letters; a Chinese character weighs as much as 2.5
WHOLE = 130  # sentences up to this weight stay in one piece, and short ones are said together up to it
SHORTEST = 14  # less than this alone sounds clipped: it is joined with its neighbour
MOST_COST = 460  # an upper bound of phonemes: Kokoro takes 510 with its pads
_ENDS = frozenset(".!?")
_BREATHS = frozenset(",;:—")


@dataclass(frozen=True, slots=True)
class Clause:
    """Tokens said in one breath. `a`, `b`: their span in the Line's text, from first token to last mark."""

    tokens: tuple[Token, ...]
    a: int
    b: int


def to_say(
    line: Line, speaks: str, said: Mapping[str, str], *, voice: str = "this voice"
) -> tuple[tuple[Clause, ...], int]:
    """(the clauses of `line`, how many signs of it have no spoken form), for a voice that speaks `speaks`.

    said   a shop's pronunciations, see persona/voice/spoken.py
    Raises ContentError for a line in another language, and for one without a word.
    """
    if line.language.split("-")[0] != speaks:
        raise ContentError(
            f"Line {line.id}: {voice} speaks {speaks}, the line is in {line.language}.",
            remedy="Give the persona a voice for that language.",
        )
    form = spoken(line.text, line.language, said)
    parts = clauses(form.tokens)
    if not parts:
        raise ContentError(
            f"Line {line.id}: there is nothing to say in {line.text!r}.", remedy="Write words."
        )
    return parts, form.dropped


def clauses(tokens: Sequence[Token]) -> tuple[Clause, ...]:
    """Cuts the spoken form of a Line. Every token lands in one clause, in order; each clause has a word."""
    sentences = _cut(tokens, _ENDS)
    pieces: list[list[Token]] = []
    for sentence in sentences:
        limit = FIRST if not pieces else WHOLE
        pieces.extend(_breaths(sentence, limit, first=not pieces))
    pieces = [part for piece in _together(pieces) for part in _bounded(piece)]
    return tuple(Clause(tuple(p), p[0].a, p[-1].b) for p in pieces)


def weight(tokens: Sequence[Token]) -> float:
    """Length when spoken, in Latin letters (about 15 a second)."""
    return sum(2.5 * len(t.text) if t.kind is Kind.HAN else len(t.text) + 1 for t in tokens)


def cost(token: Token) -> int:
    """An upper bound of the phonemes of a token, with the space after it."""
    if token.kind is Kind.HAN:
        return 8 * len(token.text) + 1
    if token.kind is Kind.WORD:
        # a letter said by its name has up to eleven signs
        return sum(12 if len(w) == 1 else 2 * len(w) + 2 for w in token.text.replace("-", " ").split()) + 1
    return len(token.text) + 1


def pause_after(text: str) -> float:
    """Seconds of room tone that belong between a clause that ends so and the next one."""
    end = text.rstrip(" \"'”’)）」』\n")[-1:]
    if end in ".!?。！？…":
        return 0.35
    return 0.16 if end in ",;:，；：、—–" else 0.08


def _cut(tokens: Sequence[Token], marks: frozenset[str]) -> list[list[Token]]:
    pieces: list[list[Token]] = [[]]
    for token in tokens:
        pieces[-1].append(token)
        if token.kind is Kind.MARK and token.text in marks:
            pieces.append([])
    return [p for p in pieces if p]


def _breaths(sentence: list[Token], limit: float, *, first: bool) -> list[list[Token]]:
    """A sentence in one piece, or cut at commas. The first of a Line ends at the last comma within FIRST."""
    if weight(sentence) <= limit:
        return [sentence]
    parts = _cut(sentence, _BREATHS)
    lines: list[list[Token]] = [parts[0]]
    for part in parts[1:]:
        room = FIRST if first and len(lines) == 1 else WHOLE
        if weight(lines[-1]) + weight(part) <= room or weight(lines[-1]) < SHORTEST:
            lines[-1] = lines[-1] + part
        else:
            lines.append(part)
    if len(lines) > 1 and weight(lines[-1]) < SHORTEST:
        tail = lines.pop()
        lines[-1] = lines[-1] + tail
    return lines


def _together(pieces: list[list[Token]]) -> list[list[Token]]:
    """Joins pieces too short to stand alone, and pieces without a word, to the one before or after."""
    out: list[list[Token]] = []
    for piece in pieces:
        short = weight(piece) < SHORTEST or not _has_word(piece)
        if out and (not _has_word(out[-1]) or not _has_word(piece)):
            out[-1] = out[-1] + piece
        elif out and (short or weight(out[-1]) < SHORTEST) and weight(out[-1]) + weight(piece) <= WHOLE:
            out[-1] = out[-1] + piece
        else:
            out.append(piece)
    return [p for p in out if _has_word(p)]


def _has_word(piece: Sequence[Token]) -> bool:
    return any(t.kind is not Kind.MARK for t in piece)


def _bounded(piece: list[Token]) -> list[list[Token]]:
    """A piece without commas may still be longer than the model takes: then between words."""
    parts: list[list[Token]] = [[]]
    spent = 0
    for token in piece:
        if parts[-1] and spent + cost(token) > MOST_COST:
            parts.append([])
            spent = 0
        parts[-1].append(token)
        spent += cost(token)
    if len(parts) > 1 and not _has_word(parts[-1]):
        parts[-2].extend(parts.pop())
    return parts
