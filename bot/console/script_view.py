"""A script's lines as the page shows them: where in a sentence a finding stands, and what carries the rest.
Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from products.verdict import Finding, Severity, Verdict

STOPS = frozenset({Severity.BLOCK, Severity.PAUSE})


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters of a sentence in a row. `kind`: "" nothing is stated, "fact" a fact carries it, "warn" or
    "bad" a finding stands against it; `note`: the fact's id, or the number of the finding, from 1.
    """

    text: str
    kind: str = ""
    note: str = ""


def pieces(text: str, verdict: Verdict) -> tuple[Piece, ...]:
    """The sentence cut where something begins or ends; joined, the pieces give it. Of two that overlap the
    worse is shown.
    """
    kinds: list[tuple[str, str]] = [("", "")] * len(text)
    for statement in verdict.statements:
        if statement.fact is not None:
            _paint(kinds, statement.start, statement.end, "fact", statement.fact)
    ranked = sorted(enumerate(verdict.findings, 1), key=lambda pair: pair[1].severity in STOPS)
    for number, finding in ranked:
        if finding.start is not None and finding.end is not None:
            kind = "bad" if finding.severity in STOPS else "warn"
            _paint(kinds, finding.start, finding.end, kind, str(number))
    found: list[Piece] = []
    for character, (kind, note) in zip(text, kinds, strict=True):
        if found and (found[-1].kind, found[-1].note) == (kind, note):
            found[-1] = Piece(found[-1].text + character, kind, note)
        else:
            found.append(Piece(character, kind, note))
    return tuple(found)


def _paint(kinds: list[tuple[str, str]], start: int, end: int, kind: str, note: str) -> None:
    for at in range(max(0, start), min(end, len(kinds))):
        kinds[at] = (kind, note)


def line_view(text: str, verdict: Verdict, words: Mapping[str, str]) -> dict[str, Any]:
    """A line as the template and the page's script draw it."""
    return {
        "text": text,
        "cleared": verdict.cleared,
        "pieces": [{"text": p.text, "kind": p.kind, "note": p.note} for p in pieces(text, verdict)],
        "findings": [_finding(n, f, text, words) for n, f in enumerate(verdict.findings, 1)],
    }


def line_views(
    texts: Sequence[str], verdicts: Sequence[Verdict], words: Mapping[str, str]
) -> list[dict[str, Any]]:
    return [line_view(text, verdict, words) for text, verdict in zip(texts, verdicts, strict=True)]


def _finding(number: int, finding: Finding, text: str, words: Mapping[str, str]) -> dict[str, Any]:
    return {
        "number": number,
        "stops": finding.severity in STOPS,
        "heading": heading(finding.rule, words),
        "quote": text[finding.start or 0 : finding.end or 0],
        "message": finding.message,
        "remedy": finding.remedy,
        "rule": finding.rule,
        "source": finding.source,
    }


def heading(rule: str, words: Mapping[str, str]) -> str:
    """What kind of trouble a rule tells of, in the reader's language: "facts.price", else its family, else a
    rule of some pack.
    """
    family, _, kind = rule.partition(".")
    for key in (f"scr_found_{family}_{kind}", f"scr_found_{family}"):
        if key in words:
            return words[key]
    return words["scr_found_rule"]
