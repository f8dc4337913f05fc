"""Which words a product is pitched in: approved ones, the writer's own, or none until a person approves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from persona.approval import Sensitive
from persona.scripts import Version


@dataclass(frozen=True, slots=True)
class Approved:
    """Say these words, exactly."""

    version: Version


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The writer may write; clearance decides."""


@dataclass(frozen=True, slots=True)
class Resting:
    """Its approved words were all said lately: it is passed over this time."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """It is not pitched, and the operator is told why."""

    why: str
    remedy: str


Words = Approved | OwnWords | Resting | Withheld


def words_for(
    usable: Sequence[Version],
    *,
    kind: Sensitive | None,
    verbatim: bool,
    clears: Callable[[Version], bool],
    last_said: Callable[[Version], int],
    insist: bool = False,
) -> Words:
    """How to pitch one product now. Pure.

    usable     its approved versions in the show's language, oldest first
    kind       the sensitive category that asks for approval, if any
    verbatim   the shop or brand lets only approved words air
    clears     whether a version's words are still true (a price may have changed since)
    last_said  how recently its words were said: -1 not within the time that nothing is repeated, else a rank
               that grows with time (the smallest was said longest ago)
    insist     say something even if it was said lately: there is nothing else to say
    """
    strict = verbatim or kind is not None
    true = [version for version in usable if version.usable and clears(version)]
    ranked = sorted(true, key=last_said)
    if ranked and (last_said(ranked[0]) < 0 or (strict and insist)):
        return Approved(ranked[0])
    if not strict:
        return OwnWords()
    if ranked:
        return Resting()
    reason = f"are {kind}" if kind is not None else "air in approved words only (verbatim)"
    if usable:
        return Withheld(
            f"Lines on these goods {reason}, and no approved script is true of the catalogue as it is now.",
            "Draft a new version and have it approved: castmate scripts draft.",
        )
    return Withheld(
        f"Lines on these goods {reason}: they air only after a named person's approval, and none is there.",
        'castmate scripts draft --product HANDLE, then castmate scripts approve NAME --by "Name".',
    )
