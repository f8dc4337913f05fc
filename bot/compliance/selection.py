"""Which packs speak to a show: its destinations, their markets, and where its viewers are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.compliance.packs import EU_MEMBERS, Pack, PackSet, Rule
from products.errors import SetupError


@dataclass(frozen=True, slots=True)
class Destination:
    """One channel. `market`: jurisdiction of the shop or account there; None where the platform has one
    world.
    """

    platform: str
    market: str | None = None

    def __str__(self) -> str:
        return self.platform if self.market is None else f"{self.platform} ({self.market})"


def destination_in(packs: PackSet, platform: str, market: str | None) -> Destination:
    """The platform in that market; its one world where it has no markets. Raises SetupError on an unknown
    name.
    """
    markets = packs.markets(platform)
    if not markets:
        known = ", ".join(packs.platforms())
        raise SetupError(f"No rules of a platform {platform!r} are known.", remedy=f"Known: {known}.")
    return Destination(platform) if "*" in markets else Destination(platform, market)


class Gap(StrEnum):
    """What is missing for a decision."""

    NO_PLATFORM_PACK = "no platform pack"
    NO_LAW_PACK = "no law pack"
    PARENT_ONLY = "only the parent's pack"
    NO_DESTINATION = "no destination"
    NO_AUDIENCE = "no audience"


@dataclass(frozen=True, slots=True)
class Missing:
    gap: Gap
    name: str
    message: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """A pack that applies and why. `by_parent`: nobody named its jurisdiction, a wider one brought it.
    `places`: the jurisdictions that it speaks for here.
    """

    pack: Pack
    because: str
    by_parent: bool = False
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """The packs that apply, what is missing, and the rules of all (extended packs too), each once."""

    chosen: tuple[Chosen, ...]
    missing: tuple[Missing, ...]
    rules: tuple[Rule, ...]

    @property
    def packs(self) -> tuple[Pack, ...]:
        return tuple(c.pack for c in self.chosen)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.pack.name for c in self.chosen)


def lineage(code: str) -> tuple[str, ...]:
    """A jurisdiction and its parents, nearest first: US-NY -> US-NY, US; DE-BY -> DE-BY, DE, EU."""
    line = [code]
    if "-" in code:
        line.append(code.split("-", 1)[0])
    if line[-1] in EU_MEMBERS:
        line.append("EU")
    return tuple(line)


def select(
    packs: PackSet,
    destinations: Sequence[Destination],
    audience: Iterable[str],
    *,
    files: bool = False,
    commerce: bool = True,
) -> Selection:
    """Choose by rules.md 10.1: platform packs by market, law packs by audience and market, parents, children.

    `files`: judge files and ads, so packs with `live: false` count too. `commerce` false: packs that are
    about selling do not count. An empty audience is a gap: what is not known may not pass.
    """
    chosen: dict[str, Chosen] = {}
    missing: list[Missing] = []
    pool = [p for p in packs if (files or p.scope.live) and (commerce or not p.scope.commerce)]
    named = list(dict.fromkeys([*audience, *(d.market for d in destinations if d.market)]))
    if not destinations:
        missing.append(Missing(Gap.NO_DESTINATION, "", "No platform is named. Say where the show goes."))
    if not named:
        missing.append(
            Missing(Gap.NO_AUDIENCE, "", "Nobody said where the viewers are, so no law can be chosen.")
        )
    for destination in destinations:
        missing += _platform(pool, destination, chosen)
    for code in named:
        missing += _law(pool, code, chosen)
    for pack in pool:
        if pack.is_law and "*" in pack.scope.jurisdictions:
            _add(chosen, Chosen(pack, "applies everywhere"))
    rules = {rule.id: rule for c in chosen.values() for rule in packs.rules_of(c.pack)}
    return Selection(tuple(chosen.values()), tuple(missing), tuple(rules.values()))


def _add(chosen: dict[str, Chosen], new: Chosen) -> None:
    """Keep the stronger reason: named beats brought in by a parent."""
    old = chosen.get(new.pack.name)
    if old is None or (old.by_parent and not new.by_parent):
        chosen[new.pack.name] = new
    elif old.by_parent == new.by_parent and not set(new.places) <= set(old.places):
        both = tuple(dict.fromkeys((*old.places, *new.places)))
        chosen[new.pack.name] = replace(old, because=f"{old.because}; {new.because}", places=both)


def _platform(pool: Sequence[Pack], to: Destination, chosen: dict[str, Chosen]) -> list[Missing]:
    line = set(lineage(to.market)) if to.market else set[str]()
    own = [p for p in pool if to.platform in p.scope.platforms]
    fits = [p for p in own if {"*", *line} & set(p.scope.jurisdictions)]
    for pack in fits:
        _add(chosen, Chosen(pack, f"rules of {to}"))
    if fits:
        return []
    if not own:
        message = (
            f"No rules of the platform {to.platform} are known. Find its current rules and write a pack."
        )
    else:
        markets = ", ".join(sorted({j for p in own for j in p.scope.jurisdictions}))
        where = f"the market {to.market}" if to.market else "an account whose market is not named"
        message = f"The rules of {to.platform} are known for {markets}, not for {where}."
    return [Missing(Gap.NO_PLATFORM_PACK, str(to), message)]


def _law(pool: Sequence[Pack], code: str, chosen: dict[str, Chosen]) -> list[Missing]:
    line = lineage(code)
    law = [p for p in pool if p.is_law and "*" not in p.scope.jurisdictions]
    exact = False
    found: list[Pack] = []
    for pack in law:
        places = set(pack.scope.jurisdictions)
        if places & set(line):
            found.append(pack)
            exact = exact or code in places
            near = next(j for j in line if j in places)
            because = f"law of {code}" if near == code else f"law of {near}, which holds in {code}"
            _add(chosen, Chosen(pack, because, places=(near,)))
        elif inside := tuple(sorted(j for j in places if code in lineage(j))):
            because = f"law of {', '.join(inside)}, part of {code}: viewers there cannot be told apart"
            _add(chosen, Chosen(pack, because, by_parent=True, places=inside))
    if not found:
        return [
            Missing(Gap.NO_LAW_PACK, code, f"The law of {code} has not been examined: no pack covers it.")
        ]
    if not exact:
        parent = ", ".join(p.name for p in found)
        message = f"Law of {code} itself not examined; the rules of its parent ({parent}) are applied."
        return [Missing(Gap.PARENT_ONLY, code, message)]
    return []
