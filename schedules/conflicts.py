"""What would go wrong with a plan, told before it happens. Pure: rules and licences are asked through
`Ask`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from products.verdict import Severity
from schedules.agenda import Duty, Entry
from schedules.reconcile import MEETS


class Kind(StrEnum):
    """What stands against an occurrence.

    channel       its channel carries another show then
    same_show     the show itself is still on
    simulcast     a channel that wants its host alone, and the same host elsewhere at that time
    licence       no licence that covers it
    licence_ends  the licence ends while it is on
    cohost        nobody is there who must be, for all or a part of it
    cohost_twice  fewer people are there than shows that each need one
    too_long      longer than a channel takes; too_short: shorter than it asks for
    rules         the rules of its platform forbid it
    """

    CHANNEL = "channel"
    SAME_SHOW = "same_show"
    SIMULCAST = "simulcast"
    LICENCE = "licence"
    LICENCE_ENDS = "licence_ends"
    COHOST = "cohost"
    COHOST_TWICE = "cohost_twice"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    RULES = "rules"


@dataclass(frozen=True, slots=True)
class Needs:
    """What rules and licences say of a show at a time.

    channels   names of its channels that carry one show at a time; alone: those on which its host may be
               nowhere else, with the rule's id
    host       who is seen and heard: a performer's or a drawn host's name
    cohost     a person must be there; because: the rules' ids
    against    what forbids it, in words; unlicensed: what is wrong with its licence, in words
    licensed_to  first moment that the licence does not cover any more; None: it needs none, or none is known
    longest_s, shortest_s  what its channels take; None: no bound
    """

    channels: frozenset[str] = frozenset()
    alone: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    host: str = ""
    cohost: bool = False
    because: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    unlicensed: tuple[str, ...] = ()
    licensed_to: datetime | None = None
    longest_s: float | None = None
    shortest_s: float | None = None


Ask = Callable[[str, datetime], Needs]  # a show's name, its start


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing that stands against the occurrence `key`. `other`: the key of the occurrence that it collides
    with. `values`: what to say of it (names, rule ids); `since`, `until`: the part of the time that it
    concerns.
    """

    kind: Kind
    severity: Severity
    key: str
    other: str = ""
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    since: datetime | None = None
    until: datetime | None = None


def conflicts(entries: Sequence[Entry], duty: Sequence[Duty], ask: Ask) -> tuple[Conflict, ...]:
    """Everything that stands against the coming ones of `entries`; both sides of a collision are told."""
    asked = {e.key: ask(e.show, e.start) for e in entries}
    found: list[Conflict] = []
    for entry in entries:
        if entry.coming:
            found += _alone(entry, asked[entry.key])
            found += _cohost(entry, asked[entry.key], duty)
    for one, other in _overlaps(entries):
        for this, that in ((one, other), (other, one)):
            if this.coming:
                found += _together(this, that, asked[this.key], asked[that.key], duty)
    return tuple(found)


def _alone(entry: Entry, needs: Needs) -> Iterable[Conflict]:
    for text in needs.against:
        yield Conflict(Kind.RULES, Severity.BLOCK, entry.key, values={"text": text})
    for text in needs.unlicensed:
        yield Conflict(Kind.LICENCE, Severity.BLOCK, entry.key, values={"text": text})
    ends = needs.licensed_to
    inside = ends is not None and entry.start < ends and (entry.end is None or entry.end > ends)
    if inside and not needs.unlicensed:
        yield Conflict(Kind.LICENCE_ENDS, Severity.BLOCK, entry.key, since=ends, until=entry.end)
    length = None if entry.end is None else (entry.end - entry.start).total_seconds()
    if needs.longest_s is not None and (length is None or length > needs.longest_s):
        most = {"most": _span(needs.longest_s)}
        yield Conflict(Kind.TOO_LONG, Severity.BLOCK, entry.key, values=most)
    if needs.shortest_s is not None and length is not None and length < needs.shortest_s:
        yield Conflict(Kind.TOO_SHORT, Severity.BLOCK, entry.key, values={"least": _span(needs.shortest_s)})


def _cohost(entry: Entry, needs: Needs, duty: Sequence[Duty]) -> Iterable[Conflict]:
    if not needs.cohost or entry.cohost:
        return
    end = entry.end or entry.start + timedelta(days=1)
    mine = [(d.start, d.end) for d in duty if d.show in ("", entry.show)]
    for since, until in uncovered(entry.start, end, mine):
        values = {"rules": ", ".join(needs.because)}
        yield Conflict(Kind.COHOST, Severity.BLOCK, entry.key, values=values, since=since, until=until)


def _together(
    this: Entry, that: Entry, needs: Needs, others: Needs, duty: Sequence[Duty]
) -> Iterable[Conflict]:
    """What stands against `this` because `that` is on at the same time."""
    since = max(this.start, that.start)
    until = min((e for e in (this.end, that.end) if e is not None), default=None)

    def told(kind: Kind, severity: Severity = Severity.BLOCK, **values: str) -> Conflict:
        shown = {"show": that.show, **values}
        return Conflict(kind, severity, this.key, that.key, shown, since, until)

    if this.show == that.show:
        yield told(Kind.SAME_SHOW)
        return
    for channel in sorted(needs.channels & others.channels):
        yield told(Kind.CHANNEL, channel=channel)
    if needs.host and needs.host == others.host and needs.channels != others.channels:
        for channel, rule in (*needs.alone.items(), *others.alone.items()):
            yield told(Kind.SIMULCAST, channel=channel, rules=rule, host=needs.host)
    if needs.cohost and others.cohost:
        people = {d.person for d in duty if d.start <= since and (until is None or d.end >= until)}
        people |= {e.cohost for e in (this, that) if e.cohost}
        if this.cohost and this.cohost == that.cohost:
            yield told(Kind.COHOST_TWICE, person=this.cohost)
        elif len(people) == 1:
            yield told(Kind.COHOST_TWICE, person=min(people))


def _overlaps(entries: Sequence[Entry]) -> Iterable[tuple[Entry, Entry]]:
    """Pairs that are on at the same time, the earlier one first."""
    on: list[Entry] = []
    for entry in sorted(entries, key=lambda e: (e.start, e.key)):
        if entry.end is not None and entry.end <= entry.start:
            continue
        on = [e for e in on if e.end is None or e.end > entry.start]
        for other in on:
            yield other, entry
        on.append(entry)


Part = tuple[datetime, datetime]


def uncovered(start: datetime, end: datetime, parts: Iterable[Part]) -> tuple[Part, ...]:
    """What of [start, end) none of `parts` covers."""
    left: list[Part] = []
    at = start
    for since, until in sorted(parts):
        if since > at:
            left.append((at, min(since, end)))
        at = max(at, until)
        if at >= end:
            break
    if at < end:
        left.append((at, end))
    return tuple((a, b) for a, b in left if a < b)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of a span on one channel: `holes`, in which nothing is planned, and `handovers`, where a show begins as
    another ends (keys, earlier first).
    """

    holes: tuple[Part, ...]
    handovers: tuple[tuple[str, str], ...]
    covered_s: float
    whole_s: float


def coverage(entries: Iterable[Entry], after: datetime, before: datetime) -> Coverage:
    """How much of [after, before) shows are planned or were on. Holes up to MEETS are hand-overs."""
    gone = ("missed", "failed")
    mine = sorted((e for e in entries if e.state not in gone), key=lambda e: e.start)
    parts = [(e.start, e.end or before) for e in mine]
    holes = uncovered(after, before, parts)
    meets = tuple(
        (one.key, two.key)
        for n, one in enumerate(mine)
        for two in mine[n + 1 :]
        if one.end is not None and abs(two.start - one.end) <= MEETS
    )
    whole = (before - after).total_seconds()
    empty = sum((b - a).total_seconds() for a, b in holes)
    return Coverage(tuple((a, b) for a, b in holes if b - a > MEETS), meets, whole - empty, whole)


def _span(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return (
        f"{hours} h {minutes:02d} min" if hours and minutes else f"{hours} h" if hours else f"{minutes} min"
    )
