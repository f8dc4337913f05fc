"""Reading a script before it may air: each line held against the catalogue and the rules of its show;
approving it in a person's name.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.app import make_clearance, make_decision
from bot.compliance.clearance import CatalogueClearance
from bot.compliance.office import open_office
from bot.licensed import ShowLicence
from bot.settings import Settings
from bot.shop import Shop, ShowOrder
from persona.script import Brief, Line, LineKind
from persona.script_book import ScriptBook
from persona.scripts import Version, named_person
from persona.template_writer import TemplateWriter
from products.catalogue import Product
from products.claims import sayable
from products.errors import ContentError, Refused
from products.verdict import Clearance, Verdict


def reading_clearance(order: ShowOrder, shop: Shop, settings: Settings, now: datetime) -> Clearance:
    """What the show itself will hold its lines against: the catalogue, and the rules of its packs. A show
    whose platform no pack knows is held against the catalogue alone: it does not air.
    """
    licence = ShowLicence(shop.persona, shop.language, settings)
    try:
        decision = make_decision(order, shop, open_office(settings.office), now, licence)
    except Refused:
        return CatalogueClearance(shop.catalogue)
    return make_clearance(shop, decision)


def template_words(
    shop: Shop, product: Product, language: str, seconds: float, now: datetime
) -> tuple[str, ...]:
    """The template writer's words for `seconds` of speech, others than those of the versions that are there.
    Runs an event loop of its own: call it from a thread that has none.
    """
    known = shop.scripts.all(product.handle, language)
    recent = tuple(word for version in known for word in version.words)
    brief = Brief(LineKind.PITCH, language, now, seconds, recent, seed=len(known))
    writer = TemplateWriter(shop.persona, sayable)
    return tuple(line.text for line in asyncio.run(writer.pitch(product, brief)).lines)


@dataclass(frozen=True, slots=True)
class Review:
    """The scripts of one shop, and what they are held against."""

    book: ScriptBook
    clearance: Clearance

    def read(self, product: str, language: str, words: Sequence[str], now: datetime) -> tuple[Verdict, ...]:
        """The verdict on each line, in order."""
        return tuple(
            self.clearance.clear(Line("review", LineKind.PITCH, text, language, (product,)).utterance(), now)
            for text in words
        )

    def approve(
        self, name: str, by: str, now: datetime, note: str = "", *, replace: bool = False
    ) -> tuple[Version, tuple[Version, ...]]:
        """Approves a draft in the name of `by`; with `replace` the earlier approved versions are retired.

        Returns the version and those retired. Raises ContentError: it is no draft, `by` names no person, or a
        line of it may not be said now.
        """
        version = self.book.get(name)
        named_person(by)
        if not all(v.cleared for v in self.read(version.product, version.language, version.words, now)):
            raise ContentError(
                f"{name} holds lines that may not be said.", remedy="Draft a version without them."
            )
        done = self.book.approve(name, by, now, note)
        older = [v for v in self.book.usable(done.product, done.language) if v.version < done.version]
        retired = [self.book.retire(v.name, by, now, f"replaced by {done.name}") for v in older if replace]
        return done, tuple(retired)
