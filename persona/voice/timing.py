"""When each word and phone of a clause sounds: from the model's steps to times in the finished clip.

Kokoro tells the length of every phoneme in steps of 25 ms. What is heard starts about 35 ms (English) or 20
ms (Mandarin) before the step that names it, and ends earlier before a pause; so times are moved ahead by 30
ms and the borders of pauses are put where the sound itself falls silent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from persona.speech import SPEECH_RATE, Phone
from persona.voice.g2p import Reading
from persona.voice.take import Take
from persona.voice.tokens import Kind

STEP = 0.025  # s
AHEAD = 0.030  # s
SILENCE = "sil"
_BEFORE = frozenset("ˈˌ")  # belongs to the phone after it
_AFTER = frozenset("→↗↓↘ːʰʲ\u0303")  # belongs to the phone before it
_PAUSE = frozenset(",.!?;:—… ")
_LINK = 0.1  # s; a space no longer than this is no pause
_LEAST = 0.02  # s; what a pause leaves of its neighbours
_FRAME = SPEECH_RATE // 200  # 5 ms
_QUIET = 10 ** (-34 / 20)  # of the loudest 5 ms


@dataclass(frozen=True, slots=True)
class Span:
    """phonemes[first:end] are said for text[a:b] of the clause."""

    first: int
    end: int
    a: int
    b: int


@dataclass(frozen=True, slots=True)
class TimedText:
    """What goes to the model. `dropped`: signs left out because nobody knows their sound."""

    phonemes: str
    spans: tuple[Span, ...]
    dropped: int

    def take(
        self, lengths: NDArray[np.float64], cut: float, pcm: NDArray[np.float32], *, ahead: float = AHEAD
    ) -> Take:
        """The clip with its times.

        lengths   seconds of each phoneme, pads first and last: [len(phonemes) + 2]
        cut       seconds that were cut off the start of the sound
        pcm       the finished clip
        ahead     seconds by which the sound runs before its phonemes
        """
        borders = np.concatenate([[0.0], np.cumsum(lengths)]) - ahead - cut
        total = len(pcm) / SPEECH_RATE
        pieces = _pieces(self.phonemes, np.clip(borders, 0.0, total), total)
        pieces = _pauses_heard(pieces, pcm)
        return Take(pcm, tuple(self._words(pieces)), tuple(_phones(pieces, total)))

    def _words(self, pieces: "list[_Piece]") -> list[tuple[float, float, int, int]]:
        words: list[tuple[float, float, int, int]] = []
        for span in self.spans:
            own = [p for p in pieces if p.symbol != SILENCE and p.first < span.end and p.end > span.first]
            if not own:
                continue
            start, end = own[0].start, own[-1].stop
            if words and words[-1][2:] == (span.a, span.b):
                start = words.pop()[0]
            words.append((round(start, 4), round(end, 4), span.a, span.b))
        return words


@dataclass(frozen=True, slots=True)
class _Piece:
    """A phone in the making: phonemes[first:end], heard from `start` to `stop`."""

    symbol: str
    start: float
    stop: float
    first: int
    end: int


def timed(readings: Sequence[Reading], alphabet: Mapping[str, int], origin: int) -> TimedText:
    """Readings in a row as one text for the model; spans count from `origin`."""
    text = ""
    spans: list[Span] = []
    dropped = 0
    for reading in readings:
        known = "".join(c for c in reading.phonemes if c in alphabet)
        dropped += len(reading.phonemes) - len(known) + reading.unknown
        if reading.token.kind is Kind.MARK:
            text = text.rstrip() + known if text else ""
            continue
        known = known.strip()
        if not known:
            continue
        text += " " if text else ""
        spans.append(
            Span(len(text), len(text) + len(known), reading.token.a - origin, reading.token.b - origin)
        )
        text += known
    return TimedText(text, tuple(spans), dropped)


def _pieces(phonemes: str, borders: NDArray[np.float64], total: float) -> list[_Piece]:
    """One piece a phone: marks of stress and tone go with their vowel, short spaces with the sound before."""
    pieces: list[_Piece] = [_Piece(SILENCE, 0.0, float(borders[1]), -1, 0)]
    opened: int | None = None
    for i, sign in enumerate(phonemes):
        start, stop = float(borders[i + 1]), float(borders[i + 2])
        if sign in _BEFORE:
            opened = i if opened is None else opened
            continue
        if sign in _AFTER and pieces[-1].symbol != SILENCE:
            pieces[-1] = replace(pieces[-1], stop=stop, end=i + 1)
            continue
        if sign in _PAUSE:
            _pause(pieces, phonemes, i, start, stop)
            continue
        first = i if opened is None else opened
        pieces.append(_Piece(sign, float(borders[first + 1]), stop, first, i + 1))
        opened = None
    last = pieces[-1]
    if last.symbol == SILENCE:
        pieces[-1] = replace(last, stop=total)
    else:
        pieces.append(_Piece(SILENCE, last.stop, total, len(phonemes), len(phonemes) + 1))
    return pieces


def _pause(pieces: list[_Piece], phonemes: str, i: int, start: float, stop: float) -> None:
    last = pieces[-1]
    if last.symbol == SILENCE:
        pieces[-1] = replace(last, stop=stop, end=i + 1)
    elif phonemes[i] == " " and stop - start <= _LINK:
        pieces[-1] = replace(last, stop=stop)
    else:
        pieces.append(_Piece(SILENCE, start, stop, i, i + 1))


def _pauses_heard(pieces: list[_Piece], pcm: NDArray[np.float32]) -> list[_Piece]:
    """Puts the borders of pauses where the clip is silent; an unheard pause joins the phone before."""
    whole = len(pcm) // _FRAME * _FRAME
    if not whole:
        return pieces
    energy = np.sqrt(np.mean(pcm[:whole].reshape(-1, _FRAME).astype(np.float64) ** 2, axis=1))
    quiet = energy < energy.max() * _QUIET
    out = list(pieces)
    for i, piece in enumerate(pieces):
        if piece.symbol != SILENCE:
            continue
        earliest = 0.0 if i == 0 else min(out[i - 1].start + _LEAST, piece.start)
        end = i == len(pieces) - 1
        latest = whole / SPEECH_RATE if end else max(pieces[i + 1].stop - _LEAST, piece.stop)
        heard = _longest_quiet(quiet, earliest, latest)
        inner = i > 0 and not end
        if heard is None or (inner and heard[1] - heard[0] < 0.03):
            if inner:
                out[i - 1] = replace(out[i - 1], stop=piece.stop)
                out[i] = replace(piece, start=piece.stop)
            continue
        start = 0.0 if i == 0 else heard[0]
        stop = piece.stop if end else heard[1]
        out[i] = replace(piece, start=start, stop=max(start, stop))
        if i:
            out[i - 1] = replace(out[i - 1], stop=start)
        if i + 1 < len(out):
            out[i + 1] = replace(out[i + 1], start=out[i].stop)
    return [p for p in out if p.stop > p.start]


def _longest_quiet(quiet: NDArray[np.bool_], earliest: float, latest: float) -> tuple[float, float] | None:
    frame = _FRAME / SPEECH_RATE
    a, b = int(np.ceil(earliest / frame)), min(int(latest / frame), len(quiet))
    best: tuple[int, int] | None = None
    start: int | None = None
    for i in range(a, b + 1):
        if i < b and quiet[i]:
            start = i if start is None else start
        elif start is not None:
            if best is None or i - start > best[1] - best[0]:
                best = (start, i)
            start = None
    return None if best is None else (best[0] * frame, best[1] * frame)


def _phones(pieces: Sequence[_Piece], total: float) -> list[Phone]:
    """Contiguous over the whole clip."""
    phones: list[Phone] = []
    at = 0.0
    for piece in pieces:
        stop = round(min(max(piece.stop, at), total), 4)
        if stop <= at:
            continue
        if phones and phones[-1].symbol == piece.symbol == SILENCE:
            phones[-1] = Phone(SILENCE, phones[-1].start, stop)
        else:
            phones.append(Phone(piece.symbol, at, stop))
        at = stop
    if phones:
        phones[-1] = replace(phones[-1], end=total)
    return phones
