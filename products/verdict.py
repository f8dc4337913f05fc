"""What was checked in an utterance and whether it may be said. Implemented in bot/compliance."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Surface(StrEnum):
    """Where words appear; the same text is checked on each."""

    SPEECH = "speech"
    CHAT = "chat"
    OVERLAY = "overlay"
    TITLE = "title"


class Severity(StrEnum):
    """What a finding does: `block` and `pause` stop the words or the show, `warn` reports, `info` shows."""

    BLOCK = "block"
    PAUSE = "pause"
    WARN = "warn"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words that want out. `products`: handles that it may lean on, the one on the table first. `names`: of
    viewers who are addressed, as they are spoken (persona/names.py lets none pass that states anything).
    """

    text: str
    language: str
    surface: Surface = Surface.SPEECH
    products: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """A checkable piece of an utterance. `start`, `end`: character span. `fact`: the Fact that carries it.
    `unit`: of an amount: a currency, a unit of products/units.py, "%"; "" for none.
    """

    text: str
    start: int
    end: int
    role: str
    value: str
    fact: str | None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Why something may not be, or should be looked at: which rule, what was seen, what to do."""

    rule: str
    severity: Severity
    message: str
    source: str = ""
    remedy: str = ""
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The Clearance of an utterance at one moment."""

    utterance: Utterance
    statements: tuple[Statement, ...]
    findings: tuple[Finding, ...]
    at: datetime

    @property
    def cleared(self) -> bool:
        return not any(f.severity in (Severity.BLOCK, Severity.PAUSE) for f in self.findings)

    @property
    def facts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(s.fact for s in self.statements if s.fact))


class Clearance(Protocol):
    """Checks words against the Facts of `now` and the rules in force. Never raises on text."""

    def clear(self, utterance: Utterance, now: datetime) -> Verdict: ...
