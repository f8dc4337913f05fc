"""The show's side of approved scripts: which words a pitch takes now, and what the operator must be told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from persona.approval import sensitive
from persona.script import Line, LineKind
from persona.script_book import ScriptBook
from persona.script_choice import Withheld, Words, words_for
from persona.scripts import Version
from products.catalogue import Product
from products.verdict import Clearance, Finding, Severity, Utterance, Verdict
from schedules.showfile import Verbatim

RULE = "scripts.approval"


@dataclass(frozen=True, slots=True)
class ScriptDesk:
    """`verbatim`: whose goods air in approved words only. `show`: its name, for the log of what aired.
    `airs`: False in a rehearsal, which says approved words to nobody.
    """

    book: ScriptBook
    clearance: Clearance
    verbatim: Verbatim
    show: str
    airs: bool = True

    def words(
        self,
        product: Product,
        language: str,
        now: datetime,
        last_said: Callable[[Version], int] = lambda version: -1,
        *,
        insist: bool = False,
    ) -> Words:
        """How to pitch `product` now (persona/script_choice.py)."""
        return words_for(
            self.book.usable(product.handle, language),
            kind=sensitive(product),
            verbatim=self.verbatim.covers(product.handle, product.vendor),
            clears=lambda version: self._clears(version, now),
            last_said=last_said,
            insist=insist,
        )

    def strict(self, product: Product) -> bool:
        """Whether only approved words may be said of it: it stays out of round-ups that the writer makes."""
        return sensitive(product) is not None or self.verbatim.covers(product.handle, product.vendor)

    def aired(self, line: Line, now: datetime) -> None:
        """Call when a line has been said: its script is marked as aired, if anybody heard it."""
        if line.script is not None and self.airs:
            self.book.aired(line.script, self.show, now)

    def withheld(
        self, products: Sequence[Product], language: str, now: datetime
    ) -> tuple[tuple[Product, Withheld], ...]:
        """Products that will not be pitched for want of an approval: told at preflight and rehearsal."""
        found = ((product, self.words(product, language, now)) for product in products)
        return tuple((product, words) for product, words in found if isinstance(words, Withheld))

    def _clears(self, version: Version, now: datetime) -> bool:
        return all(self.clearance.clear(line.utterance(), now).cleared for line in version.lines())


def refusal(
    product: Product, language: str, withheld: Withheld, now: datetime, line_id: str
) -> tuple[Line, Verdict]:
    """What the desk and the ledger are told in the place of a pitch that is withheld."""
    line = Line(line_id, LineKind.PITCH, product.text(language).title, language, (product.handle,))
    finding = Finding(RULE, Severity.BLOCK, withheld.why, remedy=withheld.remedy)
    return line, Verdict(Utterance(line.text, language, products=line.products), (), (finding,), now)
