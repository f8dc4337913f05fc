"""A show's ledger told as intervals: who was on air, whether the label was seen, who was in the room. Pure.

Two clocks: what the show's events say stands at its UTC time; what was seen in the picture is counted in
milliseconds of air from the first frame. Both are told as seconds from the show's start, and as UTC; on a
machine too slow for the show the two drift apart by as much as the air fell behind.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.compliance.ledger_file import Entry, Recorded
from bot.compliance.remarks import Remark, Remarks, Said

AI, DUET, HUMAN, SLATE = "ai", "ai and human", "human", "slate"
KINDS = ("air", "host", "label", "cohost", "channel", "watch", "recording", "licence")
RULES_OF = {
    "label": ("label",),
    "cohost": ("presence",),
    "recording": ("retention",),
    "licence": ("consent",),
}
PLACES = {"off": AI, "inset": DUET, "alone": HUMAN}


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which something held; an event when `until` is `since`. Seconds from the show's start.

    kind      one of KINDS; state: what held, e.g. "seen", "present", "hold"
    channel   which channel, where one is meant
    evidence  what was seen or measured; never "proven"
    rules     ids of those that ask for it
    entry     number of the ledger's entry that says so
    """

    kind: str
    state: str
    since: float
    until: float
    channel: str = ""
    evidence: str = ""
    why: str = ""
    rules: tuple[str, ...] = ()
    entry: int = 0

    @property
    def seconds(self) -> float:
        return self.until - self.since


@dataclass(frozen=True, slots=True)
class Pictured:
    """A small picture of the co-host that was sealed. `at`: seconds from the show's start; `seen`: what was
    seen then; `file`: below the show's folder of snapshots.
    """

    file: str
    at: float
    seen: str
    entry: int


@dataclass(frozen=True, slots=True)
class Account:
    """What the ledger of one show says. `end`: seconds from `start`; `key`: of the ledger, hex; `closed`:
    the show ended in order; `licence`: id of the performer's licence, empty for a drawn host; `remarks`: what
    was found and refused, and how many more there were (`more_remarks`); `said`: lines about products;
    `sales`: orders, paid, pieces and what sold them, as the show's last entry says.
    """

    show: str
    start: datetime
    end: float
    mode: str
    destinations: tuple[str, ...]
    audience: tuple[str, ...]
    packs: tuple[str, ...]
    key: str
    licence: str
    performer: str
    reason: str
    closed: bool
    spans: tuple[Span, ...]
    remarks: tuple[Remark, ...] = ()
    more_remarks: int = 0
    said: tuple[Said, ...] = ()
    sales: Mapping[str, Any] = field(default_factory=dict)
    pictures: tuple[Pictured, ...] = ()

    def of(self, kind: str) -> tuple[Span, ...]:
        return tuple(s for s in self.spans if s.kind == kind)

    def total(self, kind: str, *states: str) -> float:
        """Seconds in these states."""
        return sum((s.seconds for s in self.of(kind) if s.state in states), 0.0)

    @property
    def synthetic_s(self) -> float:
        """Seconds with a synthetic host on air, alone or beside a person."""
        return self.total("host", AI, DUET)

    def utc(self, second: float) -> datetime:
        return self.start + timedelta(seconds=second)

    def shares(self) -> Mapping[str, float]:
        """Share of the time on air (0..1) by host: ai, ai and human, human, slate. Empty when never on
        air.
        """
        seconds = {state: self.total("host", state) for state in (AI, DUET, HUMAN, SLATE)}
        whole = sum(seconds.values())
        return {k: v / whole for k, v in seconds.items()} if whole > 0 else {}


def clock(second: float) -> str:
    """Seconds as h:mm:ss."""
    whole = max(0, int(second))
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def chosen(
    spans: Iterable[Span], kinds: Sequence[str], since: float | None, until: float | None
) -> tuple[Span, ...]:
    """Those of these kinds (none named: all) that touch [since, until], cut to it."""
    low, high = -1e12 if since is None else since, 1e12 if until is None else until
    return tuple(
        replace(s, since=max(s.since, low), until=min(s.until, high))
        for s in spans
        if (not kinds or s.kind in kinds) and s.until >= low and s.since <= high
    )


@dataclass(slots=True)
class _Reader:
    """Walks the entries once; an interval is open until its next state, or the end."""

    rule_kinds: Mapping[str, str]
    start: datetime | None = None
    last: float = 0.0
    speed: float = 1.0  # of the clock of its entries, in a try: spans are in seconds of what aired
    facts: dict[str, Any] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    open: dict[tuple[str, str], Span] = field(default_factory=dict)
    air: str = ""
    place: str = "off"
    prompter: bool = False
    ended: float | None = None
    remarks: Remarks = field(default_factory=Remarks)
    pictures: list[Pictured] = field(default_factory=list)

    def take(self, recorded: Recorded) -> None:
        entry = recorded.entry
        if self.start is None and (entry.kind == "session" or entry.kind == "show.ended"):
            self.start = entry.at
        at = 0.0 if self.start is None else max(0.0, (entry.at - self.start).total_seconds()) / self.speed
        self.last = max(self.last, at) if self.ended is None else self.last
        group = entry.kind.split(".")[0]
        reader = getattr(self, f"_{group}", None)
        if reader is not None:
            reader(entry, at, recorded.index)
        self.remarks.take(entry, at, recorded.index)

    def rules(self, kind: str) -> tuple[str, ...]:
        named = self.facts.get("rules", ())
        return tuple(r for r in named if self.rule_kinds.get(r) in RULES_OF.get(kind, ()))

    def begin(self, span: Span) -> None:
        """Opens an interval; the one of its kind and channel before it ends here."""
        key = (span.kind, span.channel)
        before = self.open.pop(key, None)
        if before is not None and (before.state, before.evidence, before.why) == (
            span.state,
            span.evidence,
            span.why,
        ):
            self.open[key] = before
            return
        self.close(before, span.since)
        self.open[key] = span

    def close(self, span: Span | None, at: float) -> None:
        if span is not None and at > span.since:
            self.spans.append(replace(span, until=at))

    def point(self, span: Span) -> None:
        self.spans.append(replace(span, until=max(span.until, span.since)))

    # ---- kinds of entries

    def _ledger(self, entry: Entry, at: float, n: int) -> None:
        if entry.kind == "ledger":  # not where a long one goes on in its next file
            self.facts |= {"show": entry.data.get("show"), "key": entry.data.get("key")}
            self.start = None

    def _show(self, entry: Entry, at: float, n: int) -> None:
        if entry.kind == "show.decided":
            self.facts |= entry.data
            self.prompter = entry.data.get("mode") == "prompter"
            speed = entry.data.get("speed")
            self.speed = float(speed) if isinstance(speed, int | float) and speed > 0 else 1.0
        elif entry.kind == "show.ended":
            self.facts["reason"] = entry.data.get("reason")
            self.facts["closed"] = True
            self.facts["sales"] = entry.data.get("sales")

    def _session(self, entry: Entry, at: float, n: int) -> None:
        air, reasons = str(entry.data.get("air", "")), entry.data.get("reasons")
        why = "; ".join(map(str, reasons)) if isinstance(reasons, list) else ""
        if air in ("ended", "failed"):
            self.ended = at if self.ended is None else self.ended
            for key in (("air", ""), ("host", "")):
                self.close(self.open.pop(key, None), at)
            self.point(Span("air", air, at, at, why=why, entry=n))
        else:
            self.begin(Span("air", air, at, at, why=why, entry=n))
        self.air = air
        self._host(at, n)

    def _human(self, entry: Entry, at: float, n: int) -> None:
        if entry.kind == "human.place":
            self.place = str(entry.data.get("place", "off"))
            self._host(at, n)

    def _host(self, at: float, n: int) -> None:
        if self.air not in ("live", "hold", "ending"):
            return
        who = HUMAN if self.prompter else PLACES.get(self.place, AI)
        state = SLATE if self.air == "hold" else who
        self.begin(Span("host", state, at, at, entry=n))

    def _label(self, entry: Entry, at: float, n: int) -> None:
        data, rules = entry.data, self.rules("label")
        if entry.kind in ("label.off", "label.on"):
            state = "switched off" if entry.kind == "label.off" else "switched on"
            who = str(data.get("by", ""))
            self.point(Span("label", state, at, at, why=str(data.get("why", "")), evidence=who, entry=n))
            return
        seen = "seen" if data.get("label") else "not seen"
        evidence = "looked for in our own decoded picture, four times a second"
        since, until = _seconds(data, "from_ms"), _seconds(data, "to_ms")
        self.spans.append(Span("label", seen, since, until, evidence=evidence, rules=rules, entry=n))

    def _cohost(self, entry: Entry, at: float, n: int) -> None:
        data, state = entry.data, entry.kind.partition(".")[2]
        seen = data.get("evidence")
        shown = (
            ", ".join(map(str, seen))
            if isinstance(seen, list)
            else str(data.get("seen") or data.get("asked", ""))
        )
        name, rules = str(data.get("name") or data.get("by") or ""), self.rules("cohost")
        if state == "snapshot":  # shown as a picture; a show keeps no more than bot/compliance/snapshots.py
            self.pictures.append(Pictured(str(data.get("file", "")), at, shown, n))
            return
        span = Span("cohost", state, at, at, evidence=shown, why=name, rules=rules, entry=n)
        if state in ("present", "late", "absent"):
            if not rules and not shown:
                span = replace(span, state="not asked for")
            self.begin(span)
        else:
            self.point(span)

    def _channel(self, entry: Entry, at: float, n: int) -> None:
        state, channel = entry.kind.partition(".")[2], str(entry.data.get("channel", ""))
        why = str(entry.data.get("why") or entry.data.get("error") or entry.data.get("to") or "")
        span = Span("channel", state, at, at, channel, why=why, entry=n)
        if state in ("closed", "failed"):
            self.close(self.open.pop(("channel", channel), None), at)
            self.point(span)
        elif state in ("open", "live", "trouble", "alarm"):
            self.begin(span)

    def _watch(self, entry: Entry, at: float, n: int) -> None:
        data, check = entry.data, str(entry.data.get("check", ""))
        channel, why = str(data.get("channel", "")), str(data.get("cause", ""))
        if entry.kind in ("watch.alarm", "watch.calm"):
            moment = _seconds(data, "at_ms") if "at_ms" in data else at
            state = f"{check} {entry.kind.partition('.')[2]}"
            self.point(Span("watch", state, moment, moment, channel, why=why, entry=n))
        elif not data.get("ok"):
            since, until = _seconds(data, "from_ms"), _seconds(data, "to_ms")
            worst = f"worst {data['worst']}" if "worst" in data else ""
            self.spans.append(Span("watch", f"{check} bad", since, until, channel, worst, entry=n))

    def _recording(self, entry: Entry, at: float, n: int) -> None:
        data = entry.data
        if entry.kind != "recording.segment":
            return
        since, until = _seconds(data, "from_ms"), _seconds(data, "to_ms")
        if "to_ms" not in data:  # ledgers before times were noted: pictures at 25 a second
            since = _seconds(data, "first_frame") * 40
            until = since + _seconds(data, "frames") * 40
        evidence, rules = f"sha256 {data.get('sha256', '')}", self.rules("recording")
        state = str(data.get("file", ""))
        self.spans.append(Span("recording", state, since, until, "", evidence, "", rules, n))

    def _licence(self, entry: Entry, at: float, n: int) -> None:
        data, rules = entry.data, self.rules("licence")
        if entry.kind == "licence":
            self.facts |= {"licence": data.get("licence"), "performer": data.get("performer")}
            self.begin(
                Span("licence", "in force", at, at, why=str(data.get("licence")), rules=rules, entry=n)
            )
            return
        self.close(self.open.pop(("licence", ""), None), at)
        reasons = data.get("reasons")
        why = "; ".join(map(str, reasons)) if isinstance(reasons, list) else ""
        self.point(Span("licence", "stopped the show", at, at, why=why, rules=rules, entry=n))


def account(entries: Iterable[Recorded], rule_kinds: Mapping[str, str]) -> Account:
    """Reads a ledger once. `rule_kinds`: rule id -> kind of its parameters, of the packs at hand.

    Raises ValueError when nothing in it says that a show began.
    """
    reader = _Reader(rule_kinds)
    for recorded in entries:
        reader.take(recorded)
    if reader.start is None:
        raise ValueError("no entry says that a show began")
    end = reader.last if reader.ended is None else reader.ended
    for span in reader.open.values():
        reader.close(span, max(end, span.since))
    facts = reader.facts
    packs = tuple(f"{p['pack']} {p['version']}" for p in facts.get("packs", ()) if isinstance(p, dict))
    return Account(
        show=str(facts.get("show") or ""),
        start=reader.start,
        end=end,
        mode=str(facts.get("mode") or ""),
        destinations=tuple(map(str, facts.get("destinations", ()))),
        audience=tuple(map(str, facts.get("audience", ()))),
        packs=packs,
        key=str(facts.get("key") or ""),
        licence=str(facts.get("licence") or ""),
        performer=str(facts.get("performer") or ""),
        reason=str(facts.get("reason") or ""),
        closed=bool(facts.get("closed")),
        spans=tuple(sorted(reader.spans, key=lambda s: (s.since, KINDS.index(s.kind), s.entry))),
        remarks=tuple(reader.remarks.kept),
        more_remarks=reader.remarks.more,
        said=() if reader.prompter else tuple(reader.remarks.said),
        pictures=tuple(reader.pictures),
        sales=facts["sales"] if isinstance(facts.get("sales"), dict) else {},
    )


def _seconds(data: Mapping[str, Any], name: str) -> float:
    value = data.get(name)
    return value / 1000 if isinstance(value, int | float) else 0.0
