"""What the person before the camera says, held against the catalogue of that moment. It stops nobody: the
desk is told at once, and the ledger keeps what was said, what is wrong with it, and what would be right.

Speech recognition hears wrongly now and then: a finding is a word to somebody who can listen, no verdict.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bot.show.messages import Heard
from products.verdict import Severity, Utterance, Verdict

SHOWN_S = 60.0  # how long the desk shows a finding
MOST = 3  # findings that the desk shows at once
KIND = "human.said"


class Spoken:
    """`clear`: the show's clearance; `note`: writes into its ledger. Used by the show's loop alone."""

    def __init__(
        self, clear: Callable[[Utterance, datetime], Verdict], note: Callable[[str, dict[str, Any]], None]
    ) -> None:
        self._clear, self._note = clear, note
        self._found: deque[tuple[datetime, str]] = deque(maxlen=MOST)
        self.heard_anything = 0
        self.findings = 0

    def heard(self, said: Heard, table: str | None, now: datetime) -> Verdict:
        """`table`: handle of the product that is on the table."""
        products = () if table is None else (table,)
        verdict = self._clear(Utterance(said.text, said.language, products=products), now)
        bad = [f for f in verdict.findings if f.severity in (Severity.BLOCK, Severity.PAUSE)]
        self.heard_anything += 1
        findings = [{"rule": f.rule, "severity": str(f.severity), "message": f.message} for f in bad]
        self._note(
            KIND,
            {
                "name": said.name,
                "text": said.text,
                "seconds": round(said.seconds, 1),
                "by": "speech recognition",
                "findings": findings,
            },
        )
        if bad:
            self.findings += 1
            self._found.append((now, f"{said.name} said “{said.text}”: {bad[0].message}"))
        return verdict

    def words(self, now: datetime) -> tuple[str, ...]:
        """For the desk: what was found lately."""
        return tuple(text for at, text in self._found if now - at <= timedelta(seconds=SHOWN_S))
