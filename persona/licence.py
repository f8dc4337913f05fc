"""A performer's licence: what may be made of their face and voice, where, how long, for what fee.

Pure: `allows` decides; nothing here reads a clock, and only `load_licence` a file. Behind it: separate and
written consent to face and voice, revocable (PIPL art. 29; Civil Code art. 1019 and 1023 para 2).
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from products.documents import load_document
from products.verdict import Finding, Severity

PHRASE_VALID = timedelta(minutes=30)  # from the phrase's issue to its being spoken in the footage
EVERYWHERE = "*"  # written out by whoever wants no bound; an empty scope allows nothing
SOURCE = "the performer's licence"


class Use(StrEnum):
    """What is done with a clone. The first three make it; the others show it to people."""

    PREPARE = "prepare"
    TRAIN = "train"
    EVALUATE = "evaluate"
    LIVE = "live"
    CLIP = "clip"
    REPLAY = "replay"


MAKING = frozenset({Use.PREPARE, Use.TRAIN, Use.EVALUATE})


class Strict(BaseModel):
    """Frozen, and a field that nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class FeePerMinute(Strict):
    """`amount` of `currency` (ISO 4217) for each minute on air."""

    by: Literal["airtime_minute"] = "airtime_minute"
    amount: Decimal = Field(ge=0, max_digits=12, decimal_places=4)
    currency: Currency


class FeeShare(Strict):
    """`share` (0..1) of what the shows sold, in `currency`."""

    by: Literal["sales_share"] = "sales_share"
    share: Decimal = Field(ge=0, le=1, max_digits=9, decimal_places=6)
    currency: Currency


Fee = Annotated[FeePerMinute | FeeShare, Field(discriminator="by")]


class Phrase(Strict):
    """The one-time phrase that the person says in the footage: they agree now, not once upon a time.

    `checked`: how it was found to be said by that person; "transcript" by speech recognition, "face" by
    likeness to the footage, "person" by somebody who looked and listened (`by` names them).
    """

    words: str = Field(min_length=4, max_length=200)
    issued_at: AwareDatetime
    confirmed_at: AwareDatetime | None = None
    checked: tuple[Literal["transcript", "face", "person"], ...] = ()
    by: str = Field(default="", max_length=120)

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        if self.confirmed_at is None:
            return self
        if not self.checked:
            raise ValueError("it is confirmed, but not how (checked: transcript, face, person)")
        if "person" in self.checked and not self.by:
            raise ValueError("a person checked it: name them (by)")
        if self.confirmed_at < self.issued_at:
            raise ValueError("it was confirmed before it was issued")
        if self.confirmed_at - self.issued_at > PHRASE_VALID:
            raise ValueError("it was confirmed more than 30 minutes after its issue: issue a new one")
        return self


class Licence(Strict):
    """What a performer has signed.

    id           of the licence: lower-case letters, digits, dashes
    kind         "show" may air within its scopes; "measurement" may be made and evaluated, never shown
    face, voice  consent to each, apart from the other
    uses         what may be shown: live, clip, replay (making the clone is part of every licence)
    platforms    by name, e.g. youtube; "*" stands for all and must be written, here and below
    categories   of products, as the catalogue names them
    territories  US, US-NY, EU, CN ...
    valid_from   first moment; valid_to: first moment after (both with their time zone)
    fee          None: none was agreed
    document     sha256 of the signed document, 64 hex digits
    phrase       the one-time phrase; a licence of the kind "show" needs a confirmed one
    withdrawn_at when the performer withdrew it; never undone
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)
    performer: str = Field(min_length=1, max_length=120)
    kind: Literal["show", "measurement"]
    face: bool
    voice: bool
    uses: tuple[Use, ...] = ()
    platforms: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    valid_from: AwareDatetime
    valid_to: AwareDatetime
    fee: Fee | None = None
    document: str = Field(pattern=r"^[0-9a-f]{64}$")
    phrase: Phrase | None = None
    withdrawn_at: AwareDatetime | None = None

    @field_validator("platforms", "categories", "territories")
    @classmethod
    def _named(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if any(not name for name in names):
            raise ValueError("an empty name stands in the list")
        if EVERYWHERE in names and len(names) > 1:
            raise ValueError('"*" stands alone: it means all')
        return names

    @field_validator("territories")
    @classmethod
    def _codes(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name != EVERYWHERE and not re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", name):
                raise ValueError(f"{name!r} is no territory: write US, US-NY, EU, CN ...")
        return names

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.valid_to <= self.valid_from:
            raise ValueError("valid_to must lie after valid_from")
        if not (self.face or self.voice):
            raise ValueError("neither face nor voice is consented: then there is nothing to license")
        making = sorted(set(self.uses) & MAKING)
        if making:
            raise ValueError(f"uses names what may be shown; {', '.join(making)} is part of every licence")
        if self.kind == "measurement" and self.uses:
            raise ValueError("a licence of the kind measurement can show nothing: leave uses out")
        if self.kind == "show" and not self.uses:
            raise ValueError("uses is empty: name live, clip or replay")
        return self

    def allows(
        self,
        use: Use,
        platform: str = "",
        category: str = "",
        territory: str = "",
        at: datetime | None = None,
        *,
        wider: tuple[str, ...] = (),
        face: bool = True,
        voice: bool = True,
    ) -> tuple[Finding, ...]:
        """Everything that stands against this use at that moment; empty when it is allowed. `at` is needed
        (aware).

        `wider`: territories that hold `territory`, e.g. ("EU",) for DE; US holds US-NY by its name.
        `face`, `voice`: which of the two the use takes. Making the clone (MAKING) asks for no platform,
        category or territory.
        """
        if at is None or at.tzinfo is None:
            raise ValueError("the moment is needed, with its time zone")
        found = [*self._standing(at), *self._consented(face=face, voice=voice)]
        if use in MAKING:
            return tuple(found)
        if self.kind == "measurement":
            text = (
                f"The licence {self.id} is for measurement: a clone made under it is never shown or exported."
            )
            return (
                *found,
                _against("LICENCE-KIND", text, "Have the performer sign a licence of the kind show."),
            )
        if use not in self.uses:
            allowed = ", ".join(self.uses)
            found.append(self._outside("LICENCE-USE", "the use", use, allowed))
        places = (territory, territory.split("-")[0], *wider)
        for rule, what, names, given in (
            ("LICENCE-PLATFORM", "the platform", self.platforms, (platform,)),
            ("LICENCE-CATEGORY", "the product category", self.categories, (category,)),
            ("LICENCE-TERRITORY", "the territory", self.territories, places),
        ):
            if not _covers(names, given):
                found.append(self._outside(rule, what, given[0], ", ".join(names)))
        found += self._proved()
        return tuple(found)

    def standing(self, at: datetime) -> tuple[Finding, ...]:
        """What changes while a show runs: withdrawn, expired, not begun."""
        return self._standing(at)

    def _standing(self, at: datetime) -> tuple[Finding, ...]:
        if self.withdrawn_at is not None and at >= self.withdrawn_at:
            text = f"{self.performer} withdrew the licence {self.id} on {_day(self.withdrawn_at)}."
            return (
                _against("LICENCE-WITHDRAWN", text, "Use another persona; a withdrawal is never undone."),
            )
        if at < self.valid_from:
            text = f"The licence {self.id} begins on {_day(self.valid_from)}."
            return (_against("LICENCE-TERM", text, "Wait until then, or agree on an earlier day."),)
        if at >= self.valid_to:
            text = f"The licence {self.id} ended on {_day(self.valid_to)}."
            return (_against("LICENCE-TERM", text, "Have the performer sign a new one."),)
        return ()

    def _consented(self, *, face: bool, voice: bool) -> list[Finding]:
        asked = (("face", face, self.face), ("voice", voice, self.voice))
        return [
            _against(
                f"LICENCE-{name.upper()}",
                f"{self.performer} has not consented to the use of their {name} (licence {self.id}).",
                f"Use a clone without their {name}, or ask for that consent as well.",
            )
            for name, wanted, given in asked
            if wanted and not given
        ]

    def _outside(self, rule: str, what: str, given: str, allowed: str) -> Finding:
        shown = given or "which is not named"
        text = f"The licence {self.id} does not cover {what} {shown}; it covers: {allowed or 'none'}."
        return _against(rule, text, "Stay within the scope, or have the performer widen it in writing.")

    def _proved(self) -> list[Finding]:
        if self.phrase is not None and self.phrase.confirmed_at is not None:
            return []
        text = (
            f"The one-time phrase of the licence {self.id} is not confirmed: nothing shows that they agree."
        )
        return [_against("LICENCE-PHRASE", text, f"Run: castmate licence phrase {self.id}")]


def _covers(names: tuple[str, ...], given: tuple[str, ...]) -> bool:
    if names == (EVERYWHERE,):
        return True
    folded = {name.casefold() for name in names}
    return any(one and one.casefold() in folded for one in given)


def _against(rule: str, text: str, remedy: str) -> Finding:
    return Finding(rule, Severity.BLOCK, text, SOURCE, remedy)


def _day(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S %Z").strip()


def load_licence(path: Path) -> Licence:
    """Read a licence file (YAML, UTF-8). DocumentError names file, line and field of all that is wrong."""
    return load_document(path, Licence)
