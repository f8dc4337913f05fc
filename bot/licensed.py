"""A show under a performer's licence: what it takes of them, what stands against it, and the look while on
air.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.compliance.decision import Decision
from bot.compliance.selection import lineage
from bot.settings import Settings
from persona.clone.art import looks
from persona.licence import Licence, Use
from persona.persona import Persona
from persona.sealing import LicenceStore
from persona.weights import read_note
from products.catalogue import Product
from products.errors import CastmateError, Refused
from products.verdict import Finding, Severity

STOCK_VOICES = frozenset({"kokoro", "piper"})
EVERY_S = (
    10.0  # between looks on air: a withdrawal ends the show well within the 60 s that consent rules give
)
NO_PLATFORM = frozenset({"room", "file"})  # the shop's own: nothing leaves it
CONSENTS = {  # which proof of a consent rule (bot/compliance/evidence.py) a licence is
    "face": ("separate_consent_face", "consent_likeness", "separate_consent_modelling"),
    "voice": ("separate_consent_voice", "consent_voice"),
}


def open_licences(settings: Settings) -> LicenceStore:
    """The shop's licences; withdrawals are replayed first. Raises CastmateError."""
    return LicenceStore(settings.data / "licences", settings.licence_key_folder)


def opened_under(settings: Settings, licence: str) -> Path:
    """Where clones lie while they are open under a licence."""
    return settings.cache / "clones" / licence


def forget_opened(settings: Settings, licence: str) -> None:
    """Remove every clone that is open under this licence: a withdrawal leaves nothing that could be shown.
    A show that runs by it has ended within a minute.
    """
    shutil.rmtree(opened_under(settings, licence), ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a persona takes of a performer. `voice`: in the language of the show."""

    face: bool
    voice: bool


def taken_by(persona: Persona, language: str) -> Taken:
    """A drawn look and a stock voice are nobody's."""
    face = persona.clone is not None or persona.look not in looks()
    voice = persona.voice_in(language).engine not in STOCK_VOICES
    return Taken(face, voice)


class ShowLicence:
    """The licence that a persona names, read anew at each look, so that a withdrawal is seen."""

    def __init__(self, persona: Persona, language: str, settings: Settings) -> None:
        self._persona, self._settings = persona, settings
        self._taken = taken_by(persona, language)

    @property
    def cloned(self) -> bool:
        """Whether the persona says that it is somebody."""
        return self._persona.licence is not None or bool(self._persona.performer)

    def read(self) -> Licence:
        """Raises CastmateError: not readable, not what was signed, its key gone."""
        path = self._persona.licence
        if path is None:
            name = next(iter(self._persona.performer.values()), self._persona.id)
            text = f"The persona {self._persona.id} has the likeness of {name} and names no licence."
            raise CastmateError(text, remedy="Write `licence: FILE` into the persona's file.")
        return open_licences(self._settings).read(Path(path))

    def consents(self) -> Mapping[str, date | None]:
        """Proof for the packs' consent rules: what the licence consents to -> its last day; what is not taken
        (the voice, where a stock voice speaks) needs no consent. Empty when it cannot be read or does not
        hold; the preflight says why.
        """
        try:
            licence = self.read()
        except CastmateError:
            return {}
        if licence.withdrawn_at is not None:
            return {}
        last = (licence.valid_to - timedelta(microseconds=1)).date()
        given = [
            name
            for part, names in CONSENTS.items()
            if getattr(licence, part) or not getattr(self._taken, part)
            for name in names
        ]
        return dict.fromkeys(given, last)

    def known(self) -> Mapping[str, bool]:
        """Conditions of the packs that the licence settles: who said the phrase in the footage is alive."""
        try:
            phrase = self.read().phrase
        except CastmateError:
            return {}
        spoken = phrase is not None and phrase.confirmed_at is not None
        return {"person_is_deceased": False} if spoken else {}

    def against(
        self,
        decision: Decision,
        products: "tuple[Product, ...]",
        now: datetime,
        *,
        rehearsed: bool = False,
        use: Use = Use.LIVE,
    ) -> tuple[Finding, ...]:
        """Everything that stands against this show at `now`: each destination, viewers' place and category.
        A withdrawal counts from when it is known, whatever the show's own clock says. `rehearsed`: off air,
        where a licence for measurement lets the clone be judged. `use`: live, or what leaves the shop as a
        file: then the platform `file` is a platform as others are.
        """
        try:
            licence = self.read()
        except CastmateError as error:
            return (_unread(error),)
        now = now if licence.withdrawn_at is None else max(now, licence.withdrawn_at)
        if rehearsed and licence.kind == "measurement":
            return licence.allows(Use.EVALUATE, at=now, face=self._taken.face, voice=self._taken.voice)
        return scope_against(licence, decision, products, now, self._taken, use)

    def refuse_ended(self, now: datetime) -> None:
        """Raises Refused when it cannot be read or is not in force, whatever is to be shown under it. Asked
        before the packs, which miss its consents then and would name those in place of the cause.
        """
        if not self.cloned:
            return
        try:
            licence = self.read()
        except CastmateError as error:
            raise Refused(error.message, remedy=error.remedy) from None
        for finding in licence.standing(max(now, licence.withdrawn_at or now)):
            raise Refused(finding.message, remedy=finding.remedy)

    def record(self) -> dict[str, Any]:
        """What the ledger keeps of it when the show opens."""
        licence = self.read()
        return {"licence": licence.id, "performer": licence.performer, "kind": licence.kind}


def scope_against(
    licence: Licence,
    decision: Decision,
    products: "tuple[Product, ...]",
    now: datetime,
    taken: Taken,
    use: Use = Use.LIVE,
) -> tuple[Finding, ...]:
    """What a licence has against `use` of what is `taken`, at each destination, viewers' place and category.
    A show in the shop's own room needs no platform.
    """
    found = []
    for place in decision.destinations:
        inside = use is Use.LIVE and place.platform in NO_PLATFORM
        for territory in decision.audience or ("",):
            for category in sorted({p.category for p in products}) or [""]:
                found += [
                    f
                    for f in licence.allows(
                        use,
                        place.platform,
                        category,
                        territory,
                        now,
                        wider=lineage(territory)[1:],
                        face=taken.face,
                        voice=taken.voice,
                    )
                    if not (inside and f.rule == "LICENCE-PLATFORM")
                ]
    return tuple(dict.fromkeys(found))


def weights_of(persona: Persona, language: str) -> dict[str, Any]:
    """For the ledger: whose weights move the mouth and speak, where they are a shop's own; else empty."""
    folders = {"face": persona.weights, "voice": persona.voice_in(language).model}
    notes = {part: read_note(folder).model_dump() for part, folder in folders.items() if folder is not None}
    return {"engine": persona.engine, "weights": notes} if notes else {}


class LicenceWatch:
    """Looks every ten seconds of air, and tells the ledger: `licence` once, `licence.stop` when it ends."""

    def __init__(
        self,
        licence: ShowLicence,
        against: Callable[[datetime], tuple[Finding, ...]],
        note: Callable[[str, dict[str, Any]], None],
    ) -> None:
        self._licence, self._against, self._note = licence, against, note
        self._next: float | None = None
        self._reasons: tuple[str, ...] = ()

    def look(self, at: float, now: datetime) -> tuple[str, ...]:
        """Why the show must stop; empty while it may go on. `at`: seconds of air. A stop is never taken
        back.
        """
        if self._reasons or (self._next is not None and at < self._next):
            return self._reasons
        first, self._next = self._next is None, at + EVERY_S
        self._reasons = tuple(f.message for f in self._against(now))
        if self._reasons:
            self._note("licence.stop", {"reasons": list(self._reasons)})
        elif first:
            self._note("licence", self._licence.record())
        return self._reasons


def _unread(error: CastmateError) -> Finding:
    return Finding("LICENCE", Severity.BLOCK, error.message, "the performer's licence", error.remedy)
