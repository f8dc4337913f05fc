"""A rehearsal of one script, a draft too: how the host looks and sounds saying it, before anybody approves
it.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from bot.app import ShowBuilder
from bot.clip import LONGEST_S, ClipBuilder, ClipProgramme
from bot.clip_script import ClipScript
from bot.clock import Clock
from bot.compliance.clearance import CatalogueClearance
from bot.settings import Settings
from bot.shop import ShowOrder
from bot.show.parts import Parts
from bot.show.programme import Programme
from bot.show.record import Recording
from persona.writer import Writer
from products.verdict import Finding
from schedules.rundown import Cue, CueKind, Rundown


class ScriptRehearsal(ClipBuilder):
    """A show of one pitch, off the air. Unlike a clip it makes nothing to publish: it needs no approval and
    no licence for clips. Lines that may not be said are left out and reported, as in a show; none counts as
    aired. `name`: PRODUCT/LANGUAGE/VERSION, in the language of the order.
    """

    def __init__(self, order: ShowOrder, settings: Settings, clock: Clock, folder: Path, name: str) -> None:
        ShowBuilder.__init__(self, order, settings, clock, folder)  # a clip's own would refuse a draft
        try:
            version = self.shop.scripts.get(name)
        except BaseException:
            self.close()
            raise
        self.script = ClipScript(name, version.language, version.lines(), (version.product,))

    @property
    def share(self) -> float:
        """Of the time that a clip is given, what this one is likely to take."""
        return min(1.0, (self.script.seconds + 10) / (2 * LONGEST_S + 10))

    def against_licence(self, now: datetime, *, rehearsed: bool = False) -> tuple[Finding, ...]:
        return ShowBuilder.against_licence(self, now, rehearsed=rehearsed)

    def _parts(self, board: object, stage: object, record: Recording, seed: int, *, rehearsal: bool) -> Parts:
        parts = super()._parts(board, stage, record, seed, rehearsal=rehearsal)
        (product,) = self.script.products
        cue = Cue("1-script", CueKind.PITCH, max(1.0, self.script.seconds), product)  # with its card
        parts.plan = Rundown((cue,))
        return parts

    def _programme(
        self, writer: Writer, clearance: CatalogueClearance, words: Mapping[str, str], seed: int
    ) -> Programme:
        shop = self.shop
        programme = ClipProgramme(writer, clearance, shop.catalogue, shop.language, self.clock.now, seed)
        programme.lines = self.script.lines
        return programme
