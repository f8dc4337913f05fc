"""Tells the desk and the ledger what becomes of every line, and keeps what a console that joins late must
know.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel

from bot.show.asked_picture import on_picture
from bot.show.director import Sent
from bot.show.messages import FindingView, LineView, Mark
from bot.show.programme import Refusal
from bot.show.scenery import Scenery
from bot.show.studio import ClauseReady
from bot.stage.watch import Interval
from persona.script import Line, LineKind
from products.verdict import Finding, Verdict

KEPT_LINES = 60

Tell = Callable[[BaseModel], None]
Record = Callable[[str, dict[str, Any]], None]


class Chronicle:
    """The director's News. `tell` sends to the desk, `record` writes to the ledger; both return at once.

    `apart`: questions are not shown in the picture, where viewers of every platform would read them.
    `on_start` is called when a line begins to air (card, chat answer). `covered`: products that were pitched,
    in order; `aired`: what was said with its times, for reports.
    """

    def __init__(
        self,
        tell: Tell,
        record: Record,
        scenery: Scenery,
        on_start: Callable[[Sent], None],
        air_seconds: Callable[[], float],
        *,
        apart: bool = False,
    ) -> None:
        self._apart = apart
        self._tell, self._record, self._scenery = tell, record, scenery
        self._on_start, self._seconds = on_start, air_seconds
        self._lines: deque[LineView] = deque(maxlen=KEPT_LINES)
        self.aired: list[Sent] = []
        self.cuts: list[Sent] = []
        self.refusals: list[Refusal] = []
        self.failures: list[tuple[str, str]] = []
        self.keep = False  # rehearsals keep everything for their report; a show of days must not
        self.lines_said = 0
        self.mute = 0  # lines in a row that could not be spoken

    def recent(self) -> Iterator[LineView]:
        return iter(tuple(self._lines))

    # ---- News

    def sent(self, sent: Sent) -> None:
        self._show(sent.line, sent.verdict, "next")

    def clause(self, sent: Sent, clause: ClauseReady) -> None:
        self._scenery.caption(sent, clause)

    def started(self, sent: Sent) -> None:
        self._show(sent.line, sent.verdict, "saying")
        if sent.line.kind is LineKind.ANSWER and sent.question is not None and not self._apart:
            name, words = on_picture(sent.question, sent.line)
            self._scenery.show_question(name, words, sent.line.language)
        else:
            self._scenery.hide_question()
        self._on_start(sent)

    def said(self, sent: Sent) -> None:
        self._show(sent.line, sent.verdict, "said")
        self.lines_said += 1
        self.mute = 0
        if sent.line.kind is LineKind.ANSWER:
            self._scenery.hide_question()
        if self.keep:
            self.aired.append(sent)
        self._record("line.aired", line_record(sent))

    def cut(self, sent: Sent) -> None:
        self._show(sent.line, sent.verdict, "cut")
        if self.keep:
            self.cuts.append(sent)
        self._record("line.cut", line_record(sent))

    def taken_back(self, sent: Sent) -> None:
        """It has not begun, and is told again when it is sent again, perhaps in other words or never."""
        self._lines = deque((v for v in self._lines if v.id != sent.line.id), maxlen=KEPT_LINES)
        self._tell(self._view(sent.line, sent.verdict, "taken_back"))

    def refused(self, refusal: Refusal) -> None:
        self._show(refusal.line, refusal.verdict, "not_said")
        if self.keep:
            self.refusals.append(refusal)
        findings = [finding_record(f) for f in refusal.verdict.findings]
        self._record("line.refused", {"text": refusal.line.text, "findings": findings})

    def failed(self, sent: Sent, reason: str) -> None:
        self._show(sent.line, sent.verdict, "not_said")
        self.mute += 1
        if self.keep:
            self.failures.append((sent.line.text, reason))
        self._record("line.failed", {"text": sent.line.text, "reason": reason})

    def _show(self, line: Line, verdict: Verdict, status: str) -> None:
        view = self._view(line, verdict, status)
        kept = [v for v in self._lines if v.id != view.id]
        self._lines = deque([*kept, view], maxlen=KEPT_LINES)
        self._tell(view)

    def _view(self, line: Line, verdict: Verdict, status: str) -> LineView:
        return LineView(
            id=line.id,
            kind=line.kind,
            text=line.text,
            language=line.language,
            writer=line.writer,
            status=status,  # type: ignore[arg-type]
            at=self._seconds(),
            marks=tuple(Mark(start=s.start, end=s.end, fact=s.fact) for s in verdict.statements),
            findings=tuple(finding_view(f) for f in verdict.findings),
        )


def finding_view(finding: Finding) -> FindingView:
    return FindingView(
        rule=finding.rule,
        severity=finding.severity,
        message=finding.message,
        source=finding.source,
        remedy=finding.remedy,
    )


def finding_record(finding: Finding) -> dict[str, Any]:
    return {"rule": finding.rule, "severity": str(finding.severity), "message": finding.message}


def draft_record(line: Line, verdict: Verdict, model: str) -> dict[str, Any]:
    """What the ledger keeps of words that a language model wrote and that were refused before any show had
    them: which rules, the words, which model.
    """
    return {
        "kind": str(line.kind),
        "language": line.language,
        "text": line.text,
        "model": model,
        "findings": [finding_record(f) for f in verdict.findings],
    }


def line_record(sent: Sent) -> dict[str, Any]:
    """What the ledger keeps of a line: words, facts, when it stood on air (seconds of air)."""
    return {
        "line": sent.line.id,
        "kind": str(sent.line.kind),
        "language": sent.line.language,
        "text": sent.line.text,
        "writer": sent.line.writer,
        "facts": list(sent.verdict.facts),
        "from_ms": None if sent.from_s is None else round(sent.from_s * 1000),
        "to_ms": None if sent.to_s is None else round(sent.to_s * 1000),
        "question": None if sent.question is None else sent.question.id,
        "script": sent.line.script,
        "approved_by": sent.line.approved_by,
    }


def interval_record(interval: Interval) -> dict[str, Any]:
    """What the ledger keeps of a time in which the label was seen in our own decoded picture, or was not."""
    return {
        "from_ms": round(interval.since * 1000),
        "to_ms": round(interval.until * 1000),
        "label": bool(interval.label),
    }
