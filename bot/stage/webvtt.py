"""Captions as a file beside a film: the same pages at the same times as those that are burnt in. Pure.

WebVTT, W3C Candidate Recommendation of 4 April 2019, https://www.w3.org/TR/webvtt1/
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.stage.paging import pages
from persona.speech import Word

TOGETHER_S = 0.4  # the same page again so soon after is one cue: a breath between two clauses


@dataclass(frozen=True, slots=True)
class SpokenClause:
    """A clause as it aired: `start` and `end` in seconds of the film; its words' times count from `start`,
    their spans are those of the line's text.
    """

    start: float
    end: float
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Cue:
    """What is read from `start` to `end` (seconds of the film): one or two lines."""

    start: float
    end: float
    text: str


def cues(
    text: str, language: str, product_names: Sequence[str], clauses: Iterable[SpokenClause]
) -> tuple[Cue, ...]:
    """The caption pages of one line of speech. None for a line without words."""
    shown = pages(text, language, product_names)
    found: list[Cue] = []
    if not shown:
        return ()
    for clause in clauses:
        begins: list[tuple[float, int]] = []
        for word in clause.words:
            page = next((k for k, p in enumerate(shown) if word.a < p.b), len(shown) - 1)
            if not begins or begins[-1][1] != page:
                begins.append((clause.start + (word.start if begins else 0.0), page))
        ends = [start for start, _ in begins[1:]] + [clause.end] * bool(begins)
        for (start, page), end in zip(begins, ends, strict=True):
            words = "\n".join(line.text.strip() for line in shown[page].lines)
            if found and found[-1].text == words and start - found[-1].end <= TOGETHER_S:
                start = found.pop().start
            found.append(Cue(start, end, words))
    return tuple(found)


def webvtt(found: Iterable[Cue], language: str, note: str) -> str:
    """The file's text. `note`: one line for whoever opens it, not shown to viewers."""
    blocks = [f"WEBVTT\nKind: captions\nLanguage: {language}", f"NOTE {_plain(note)}"]
    for number, cue in enumerate(found, 1):
        blocks.append(f"{number}\n{_time(cue.start)} --> {_time(cue.end)}\n{_escaped(cue.text)}")
    return "\n\n".join(blocks) + "\n"


def _time(seconds: float) -> str:
    whole = max(0, round(seconds * 1000))
    return f"{whole // 3_600_000:02d}:{whole // 60_000 % 60:02d}:{whole // 1000 % 60:02d}.{whole % 1000:03d}"


def _escaped(text: str) -> str:
    """Cue text: no markup, no empty line, no arrow (WebVTT 4.2.2)."""
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join(lines).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(note: str) -> str:
    return " ".join(note.split()).replace("-->", "->")
