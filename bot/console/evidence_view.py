"""What the evidence pages draw, from a show's account. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from bot.compliance.account import AI, DUET, HUMAN, KINDS, SLATE, Account, Span, chosen, clock
from bot.compliance.remarks import Remark

PAGE = 100  # intervals on a page; the exports hold all
Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Filter:
    """What of a show is wanted; empty and None: all. `kinds`: of KINDS; seconds from the show's start."""

    kinds: tuple[str, ...] = ()
    channel: str = ""
    rule: str = ""
    since: float | None = None
    until: float | None = None

    @property
    def narrows(self) -> bool:
        return bool(
            self.kinds or self.channel or self.rule or self.since is not None or self.until is not None
        )

    def query(self) -> str:
        """As it stands in an address."""
        given: list[tuple[str, str]] = [("kind", kind) for kind in self.kinds]
        given += [("channel", self.channel)] if self.channel else []
        given += [("rule", self.rule)] if self.rule else []
        for name, value in (("from", self.since), ("to", self.until)):
            given += [(name, f"{value:g}")] if value is not None else []
        return urlencode(given)


def asked(kinds: Sequence[str], channel: str, rule: str, since: str, until: str) -> Filter:
    """The filter of an address. What makes no sense there narrows nothing."""
    return Filter(
        tuple(k for k in KINDS if k in kinds),
        channel[:120],
        rule[:120],
        moment_of(since),
        moment_of(until),
    )


def moment_of(text: str) -> float | None:
    """Seconds of "90", "1:30" or "1:02:03"; None for anything else."""
    parts = text.strip().split(":")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        return None
    if not 1 <= len(numbers) <= 3 or any(not 0 <= n < 1e9 for n in numbers):
        return None
    return sum(n * 60.0**place for place, n in enumerate(reversed(numbers)))


def picked(spans: Iterable[Span], wanted: Filter) -> tuple[Span, ...]:
    """Those that the filter lets through, cut to its window. A channel lets through what names no other."""
    found = chosen(spans, wanted.kinds, wanted.since, wanted.until)
    return tuple(
        s
        for s in found
        if (not wanted.channel or s.channel in ("", wanted.channel))
        and (not wanted.rule or wanted.rule in s.rules)
    )


def channels_of(account: Account) -> tuple[str, ...]:
    return tuple(sorted({s.channel for s in account.spans if s.channel}))


def rules_of(account: Account) -> tuple[str, ...]:
    found = {rule for s in account.spans for rule in s.rules}
    return tuple(sorted(found | {rule for r in account.remarks for rule in r.rules}))


def said(state: str, w: Words) -> str:
    """A state in the page's words: those of the ledger where the page has none."""
    return w.get(f"ev_is_{state.replace(' ', '_')}", state)


def figures(account: Account, w: Words) -> list[dict[str, str]]:
    """The numbers at the head of the page."""
    aired = sum(account.total("host", s) for s in (AI, DUET, HUMAN, SLATE))
    shares = account.shares()
    rows = [{"name": w["ev_on_air"], "value": clock(aired), "more": ""}]
    for state in (AI, DUET, HUMAN, SLATE):
        if seconds := account.total("host", state):
            rows.append({"name": said(state, w), "value": clock(seconds), "more": f"{shares[state]:.1%}"})
    seen, unseen = account.total("label", "seen"), account.total("label", "not seen")
    if seen or unseen:
        rows.append({"name": w["ev_label_seen"], "value": clock(seen), "more": ""})
        rows.append({"name": w["ev_label_unseen"], "value": f"{unseen:.1f} s", "more": ""})
    if present := account.total("cohost", "present"):
        rows.append({"name": w["ev_cohost_there"], "value": clock(present), "more": ""})
    holds = sum(s.state == "hold" for s in account.of("air"))
    alarms = sum(s.state.endswith("alarm") for s in account.of("watch"))
    rows.append({"name": w["ev_holds"], "value": str(holds), "more": ""})
    rows.append({"name": w["ev_alarms"], "value": str(alarms), "more": ""})
    rows.append({"name": w["ev_refusals"], "value": str(refusals(account)), "more": ""})
    return rows


def refusals(account: Account) -> int:
    """How much was kept off the air: lines, drafts, chat answers."""
    return sum(r.kind in ("refused", "draft", "chat") for r in account.remarks) + account.more_remarks


def interval_rows(
    account: Account, spans: Sequence[Span], page: int, w: Words, told: Words
) -> list[dict[str, Any]]:
    """One page of intervals, ready to be drawn. `page` counts from 1; `told`: the papers' words for what a
    ledger says in English.
    """
    return [
        {
            "kind": w[f"ev_kind_{s.kind}"],
            "since": clock(s.since),
            "until": clock(s.until) if s.seconds > 0 else "",
            "utc": account.utc(s.since),
            "seconds": f"{s.seconds:.1f} s" if s.seconds > 0 else "",
            "state": said(s.state, w),
            "channel": s.channel,
            "why": "; ".join(told.get(part, part) for part in (s.evidence, s.why) if part),
            "rules": s.rules,
            "entry": s.entry,
            "bad": s.state in ALERTS or s.state.endswith((" alarm", " bad")),
        }
        for s in spans[(page - 1) * PAGE : page * PAGE]
    ]


ALERTS = frozenset({"not seen", "absent", "late", "hold", "failed", "trouble", "alarm", "stopped the show"})


def remark_rows(remarks: Sequence[Remark], rule: str, most: int) -> list[dict[str, Any]]:
    """Findings and refusals, those of `rule` where one is named."""
    wanted = [r for r in remarks if not rule or rule in r.rules]
    return [
        {"kind": r.kind, "at": clock(r.at), "text": r.text, "findings": r.findings, "entry": r.entry}
        for r in wanted[:most]
    ]


def age(at: datetime, now: datetime) -> int:
    """Whole minutes since, never less than 0."""
    return max(0, int((now - at).total_seconds() // 60))
