"""What our own eyes on the stream mean for the show: alarms, entries, and the hold when the AI label is
gone.
"""

from collections.abc import Callable
from typing import Any

from bot.show.chronicle import interval_record
from bot.stage.eye import Eye
from bot.stage.judges import Spell
from bot.stage.witness import Witness

GONE = (
    2  # looks in a row without the label: a quarter of a second apart, so that a hold stands within a second
)
CALM_S = 3.0  # the label must be seen again for so long before the host comes back

Note = Callable[[str, dict[str, Any]], None]


class Watching:
    """One show's. `glance` is called some twenty times a second, `tell` once a second, `close` at the end."""

    def __init__(
        self,
        eye: Eye,
        witness: Witness | None,
        note: Note,
        draw_again: Callable[[], None],
        wanted: Callable[[float], bool] = lambda at: True,
    ) -> None:
        """`wanted`: whether the label has to be seen at that second: not while a human alone is on."""
        self._eye, self._witness, self._note, self._draw_again = eye, witness, note, draw_again
        self._wanted = wanted
        self._seen_since: float | None = None
        self._alarms: set[str] = set()
        self.reason = ""  # why the show must hold, in plain words; empty when it need not

    def glance(self, at: float) -> bool:
        """Whether `reason` has changed just now. `at`: seconds of air."""
        if not self.reason:
            if self._eye.missed < GONE or self._is_slate(at) or not self._wanted(at):
                return False
            cause = self._cause(at)
            self.reason = f"The AI label is not in the picture that goes out: {cause}."
            self._seen_since = None
            self._note("watch.alarm", {"check": "label", "at_ms": round(at * 1000), "cause": cause})
            self._draw_again()
            return True
        if self._eye.missed:
            self._seen_since = None
            return False
        self._seen_since = at if self._seen_since is None else self._seen_since
        if at - self._seen_since < CALM_S:
            return False
        self.reason = ""
        self._note("watch.calm", {"check": "label", "at_ms": round(at * 1000)})
        return True

    def _is_slate(self, at: float) -> bool:
        shown = self._shown(at)
        return shown is not None and shown.slate

    def _shown(self, at: float) -> Any:
        if self._witness is None:
            return None
        n = round(at * self._witness.fps)
        return next((s for back in range(1, 10) if (s := self._witness.shown(n - back)) is not None), None)

    def _cause(self, at: float) -> str:
        shown = self._shown(at)
        if shown is not None and not shown.label:
            return "the stage did not draw it"
        return "it was drawn, but the decoded picture does not show it"

    def tell(self) -> None:
        """Spells that ended go into the ledger; a check that has become bad raises an alarm."""
        for interval in self._eye.intervals():
            self._note("label", interval_record(interval))
        for spell in self._eye.spells():
            self._note("watch", spell_record(spell))
        bad = self._eye.bad()
        for check in sorted(bad.keys() - self._alarms):
            self._note("watch.alarm", {"check": check, "at_ms": round(bad[check] * 1000)})
        self._alarms = set(bad)

    def close(self) -> None:
        """All that is left, after the last frame."""
        for interval in self._eye.intervals(final=True):
            self._note("label", interval_record(interval))
        for spell in self._eye.spells(final=True):
            self._note("watch", spell_record(spell))


def spell_record(spell: Spell) -> dict[str, Any]:
    """What the ledger keeps of a time in which a check was well, or was not."""
    worst = {} if spell.worst is None else {"worst": round(spell.worst, 3)}
    since, until = round(spell.since * 1000), round(spell.until * 1000)
    return {"check": spell.check, "ok": spell.ok, "from_ms": since, "to_ms": until, **worst}
