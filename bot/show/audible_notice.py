"""The audible AI label at work: sounds the rhythm when a show opens and ends, where asked."""

from collections.abc import Callable
from typing import Any

from bot.compliance.audible_label import AudiblePlan
from bot.stage.audible import Samples, rhythm

MORSE = ".- .."  # GB 45438-2025 5.3
AT = {"opening": "start", "ending": "end"}  # the show's occasions, and the packs' words for them


class AudibleNotice:
    """Called with each occasion of a show. `always`: also where the label on the picture waives it.

    play   takes mono samples at 48 kHz, False when it cannot sound now; `note` writes to the ledger
    """

    def __init__(
        self,
        plan: AudiblePlan,
        play: Callable[[Samples], bool],
        note: Callable[[str, dict[str, Any]], None],
        *,
        always: bool = False,
    ) -> None:
        self._play, self._note = play, note
        self._rules = plan.asked or (plan.waived if always else ())
        self._wanted = bool(plan.asked) or always
        self._sound = rhythm(plan.morse or MORSE)

    def __call__(self, occasion: str) -> bool:
        """Whether it sounds now."""
        if not self._wanted or occasion not in AT:
            return False
        heard = self._play(self._sound)
        told = {"position": AT[occasion], "form": MORSE, "sounded": heard, "rules": list(self._rules)}
        self._note("label.audible", told)
        return heard
