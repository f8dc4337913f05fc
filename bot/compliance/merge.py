"""Many rules, one plan: the strictest value of every parameter, and which rules set it.

Merged values serve to plan (which label to draw, how long to keep) and to show one summary. They never
replace the rules: every rule is judged by itself (bot/compliance/judge.py), and alternatives inside a rule
stay beside each other, because meeting one rule's alternative says nothing about another's.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.compliance.kinds import STRICTEST_FIRST, Claims, Combine, Label, Params, Presence, Retention
from bot.compliance.packs import Rule
from products.verdict import Severity

Said = Sequence[tuple[str, Any]]  # (rule id, the value it asks for)
STOP = re.compile(r"stop_after_s_(\d+)")
PLACES = frozenset({"corner", "top_right", "top", "bottom", "edge", "background", "near_content", "anywhere"})


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rules that cannot both hold."""

    kind: str
    field: str
    rules: tuple[str, ...]
    values: tuple[str, ...]

    def __str__(self) -> str:
        both = " and ".join(f"{r} asks for {v}" for r, v in zip(self.rules, self.values, strict=True))
        return f"{self.field.replace('_', ' ')}: {both}; they cannot all hold."


@dataclass(frozen=True, slots=True)
class Combined:
    """The rules of one kind and group. `values`: field -> strictest value; EACH and WAIVER fields are not in
    it but in `each`: field -> ((rule id, its own alternatives), ...). `because`: field -> the rules that set
    the value.
    """

    kind: str
    group: Mapping[str, object]
    rules: tuple[str, ...]
    values: Mapping[str, Any]
    each: Mapping[str, tuple[tuple[str, Any], ...]]
    because: Mapping[str, tuple[str, ...]]
    conflicts: tuple[Conflict, ...] = ()


def strategies(kind: type[Params]) -> dict[str, Combine]:
    """Field -> how it combines, read from the annotations in bot/compliance/kinds.py."""
    found = {}
    for name, info in kind.model_fields.items():
        if name != "kind":
            found[name] = next(m for m in info.metadata if isinstance(m, Combine))
    return found


def combine(rules: Sequence[Rule]) -> Combined:
    """Fold rules of one kind (at least one) as if all held at once. Never looser than any of them."""
    kind = rules[0].kind
    values: dict[str, Any] = {}
    each: dict[str, tuple[tuple[str, Any], ...]] = {}
    because: dict[str, tuple[str, ...]] = {}
    conflicts: list[Conflict] = []
    group: dict[str, object] = {}
    for name, how in strategies(type(rules[0].params)).items():
        said = [(r.id, getattr(r.params, name)) for r in rules]
        if how is Combine.GROUP:
            group[name] = said[0][1]
        elif how in (Combine.EACH, Combine.WAIVER):
            each[name] = tuple(said)
        else:
            values[name] = value = _fold(how, name, said)
            because[name] = tuple(rule for rule, v in said if v is not None and _sets(how, v, value))
            if how in (Combine.EQUAL, Combine.RANGE) and value is IMPOSSIBLE:
                asked = [(rule, v) for rule, v in said if v is not None]
                ids, texts = tuple(r for r, _ in asked), tuple(str(v) for _, v in asked)
                conflicts.append(Conflict(kind, name, ids, texts))
    return Combined(kind, group, tuple(r.id for r in rules), values, each, because, tuple(conflicts))


class _Impossible:
    """Stands for a value that no show can have."""

    def __repr__(self) -> str:
        return "IMPOSSIBLE"


IMPOSSIBLE = _Impossible()


def _fold(how: Combine, name: str, said: Said) -> Any:
    """The strictest of the values said; None where nobody says any."""
    given = [v for _, v in said if v is not None]
    if how is Combine.UNION:
        return tuple(dict.fromkeys(entry for v in given for entry in v))
    if how is Combine.OR:
        return any(given)
    if how is Combine.FORBID:
        if all(isinstance(v, bool) for v in given):
            return all(given)
        return "allowed" if all(v == "allowed" for v in given) else "forbidden"
    if not given:
        return None
    if how is Combine.STRICTEST:
        return min(given, key=STRICTEST_FIRST[name].index)
    if how is Combine.RANGE:
        low, high = max(v[0] for v in given), min(v[1] for v in given)
        return (low, high) if low <= high else IMPOSSIBLE
    if how is Combine.EQUAL:
        return given[0] if len(set(given)) == 1 else IMPOSSIBLE
    return max(given) if how is Combine.MAX else min(given)


def _sets(how: Combine, value: Any, merged: Any) -> bool:
    """Whether a rule that asks for `value` is one of those that made the merged value what it is."""
    if how is Combine.UNION:
        return bool(value)
    if how is Combine.RANGE and merged is not IMPOSSIBLE:
        return bool(value[0] == merged[0] or value[1] == merged[1])
    if how is Combine.FORBID:
        return merged in (False, "forbidden") and value not in (True, "allowed")
    return merged is IMPOSSIBLE or bool(value == merged and value is not False)


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """One label to draw while its state is on air. Heights: ink over the picture's shortest side."""

    about: str
    surface: str
    patterns: tuple[str, ...] = ()  # regexes; the text must match every one
    advised_patterns: tuple[str, ...] = ()  # the same from drafts: worth meeting today
    coverage: str = "any"
    max_gap_s: float | None = None
    placements: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (rule id, any one of these places)
    min_height_ratio: float = 0.0
    height_basis: str = "ink"
    min_contrast: float = 0.0
    min_duration_s: float = 0.0
    at_start: bool = False
    at_first_exposure: bool = False
    conspicuous: bool = False
    in_every_copy: bool = False
    accessible: bool = False
    distinguish_from_natural_person: bool = False
    rules: tuple[str, ...] = ()

    def unmatched(self, text: str) -> tuple[str, ...]:
        """The binding patterns that this label text does not match; empty = the text will do."""
        return tuple(p for p in self.patterns if re.search(p, text) is None)

    def places(self) -> frozenset[str]:
        """Places that please every rule at once; empty = one label cannot, draw one for each rule."""
        places = set(PLACES)
        for _, allowed in self.placements:
            places &= within(allowed)
        return frozenset(places)


def within(places: Iterable[str]) -> set[str]:
    """All places within one of these: a corner is at the edge, and every place is near the content."""
    out = set(places)
    if out & {"anywhere", "near_content"}:
        return set(PLACES)
    if "edge" in out:
        out |= {"corner", "top", "bottom"}
    if out & {"corner", "top"}:
        out.add("top_right")
    return out


@dataclass(frozen=True, slots=True)
class PresenceNeed:
    """What one rule asks of the human in the room. Any one of `modes` will do. Seconds; None = not stated."""

    rule: str
    modes: tuple[str, ...]
    heartbeat_s: int | None = None
    identity_check: bool = False
    min_ratio: float = 0.0
    stop_after_s: int | None = None
    summary: str = ""
    source: str = ""


@dataclass(frozen=True)
class Merged:
    """What all rules that apply ask together. `rules` bind or warn; `advice`: drafts, information."""

    rules: tuple[Rule, ...] = ()
    advice: tuple[Rule, ...] = ()

    @cached_property
    def combined(self) -> Mapping[str, Combined]:
        """Kind -> its rules as if all held at once. Labels and consents: see `labels`, they have groups."""
        kinds = dict.fromkeys(r.kind for r in self.rules)
        return {kind: combine([r for r in self.rules if r.kind == kind]) for kind in kinds}

    def value(self, kind: str, name: str, default: Any = None) -> Any:
        """The strictest value of a field of a kind; `default` where no rule speaks of it."""
        found = self.combined.get(kind)
        value = None if found is None else found.values[name]
        return default if value is None else value

    def because(self, kind: str, name: str) -> tuple[str, ...]:
        """The ids of the rules that set that value."""
        found = self.combined.get(kind)
        return () if found is None else found.because[name]

    @cached_property
    def labels(self) -> tuple[LabelPlan, ...]:
        """One plan for each kind of label: AI, recorded footage, advertisement; on the picture, around it."""
        rules = [r for r in self.rules if isinstance(r.params, Label)]
        groups: dict[tuple[str, str], list[Rule]] = {}
        for rule in rules:
            assert isinstance(rule.params, Label)
            groups.setdefault((rule.params.about, rule.params.surface), []).append(rule)
        return tuple(_label_plan(key, part, self.advice) for key, part in groups.items())

    def label(self, about: str = "ai", surface: str = "picture") -> LabelPlan | None:
        return next((p for p in self.labels if (p.about, p.surface) == (about, surface)), None)

    @cached_property
    def presence(self) -> tuple[PresenceNeed, ...]:
        """The needs for a human, one a binding rule; a rule whose modes hold `none` needs nobody."""
        binding = [(r, r.params) for r in self.rules if r.binding and isinstance(r.params, Presence)]
        return tuple(_presence_need(rule, params) for rule, params in binding if "none" not in params.modes)

    @cached_property
    def retention_days(self) -> Mapping[str, int]:
        """Item -> days to keep it; 0 = it must exist."""
        days: dict[str, int] = {}
        for rule in self.rules:
            if isinstance(rule.params, Retention):
                for item in rule.params.items:
                    days[item] = max(days.get(item, 0), rule.params.min_days)
        return days

    @cached_property
    def banned_terms(self) -> tuple[tuple[str, str], ...]:
        """(term, id of the rule that bans it), in the order of the rules."""
        return tuple(
            (t, r.id) for r in self.rules if isinstance(r.params, Claims) for t in r.params.banned_terms
        )

    @property
    def forbidden_claim_types(self) -> tuple[str, ...]:
        return tuple(self.value("claims", "forbidden_claim_types", ()))

    @cached_property
    def notices(self) -> Mapping[str, Any]:
        """What viewers are told in chat: first_reply_per_user, pinned_notice, names_principal and
        popup_at_first_use (bool), reminder_every_s (seconds or None).
        """
        names = ("first_reply_per_user", "pinned_notice", "names_principal", "popup_at_first_use")
        told = {name: bool(self.value("chat_disclosure", name, False)) for name in names}
        return told | {"reminder_every_s": self.value("chat_disclosure", "reminder_every_s")}

    @property
    def max_stream_s(self) -> int | None:
        value = self.value("duration", "max_stream_s")
        return None if value is None else int(value)

    @cached_property
    def conflicts(self) -> tuple[Conflict, ...]:
        return tuple(c for combined in self.combined.values() for c in combined.conflicts)

    def rule(self, rule_id: str) -> Rule | None:
        return next((r for r in (*self.rules, *self.advice) if r.id == rule_id), None)


def merge(rules: Iterable[Rule]) -> Merged:
    """Sort rules that apply (selection and conditions: the caller's) into what binds and what advises."""
    binding: list[Rule] = []
    advice: list[Rule] = []
    for rule in rules:
        only_advice = rule.status == "draft" or rule.weight is Severity.INFO
        (advice if only_advice else binding).append(rule)
    return Merged(tuple(binding), tuple(advice))


def _label_plan(key: tuple[str, str], rules: Sequence[Rule], advice: Sequence[Rule]) -> LabelPlan:
    made = combine(rules)
    v = made.values
    drafts = [
        r.params for r in advice if isinstance(r.params, Label) and (r.params.about, r.params.surface) == key
    ]
    return LabelPlan(
        about=key[0],
        surface=key[1],
        patterns=v["must_match_all"],
        advised_patterns=tuple(dict.fromkeys(p for d in drafts for p in d.must_match_all)),
        coverage=v["coverage"],
        max_gap_s=v["max_gap_s"],
        placements=made.each["placement"],
        min_height_ratio=v["min_height_ratio_of_shortest_side"],
        height_basis=v["height_basis"],
        min_contrast=v["min_contrast"],
        min_duration_s=v["min_duration_s"],
        at_start=v["at_start"] or v["coverage"] in ("continuous", "start"),
        at_first_exposure=v["at_first_exposure"],
        conspicuous=v["conspicuous"],
        in_every_copy=v["in_every_copy"],
        accessible=v["accessible"],
        distinguish_from_natural_person=v["distinguish_from_natural_person"],
        rules=made.rules,
    )


def _presence_need(rule: Rule, params: Presence) -> PresenceNeed:
    stops = [int(m.group(1)) for a in params.on_absence if (m := STOP.fullmatch(a))]
    return PresenceNeed(
        rule=rule.id,
        modes=params.modes,
        heartbeat_s=params.heartbeat_max_gap_s,
        identity_check=params.identity_check_at_start,
        min_ratio=params.min_human_presence_ratio,
        stop_after_s=min(stops) if stops else None,
        summary=rule.summary,
        source=str(rule.source),
    )
