"""May this show go live, and in which mode? Decided before the start, from packs alone. Pure.

Modes: `clone` the clone hosts; `duet` the clone hosts while a verified human is present; `prompter` no
synthetic voice or face may air, a human speaks; `refuse`. The mode says what the packs allow; the outcome
says whether the show as described may go on the air under it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.compliance.confirmation import Confirmation
from bot.compliance.evidence import VENDOR_PROOF, ShowFacts, missing_evidence
from bot.compliance.kinds import ContentMix, Presence, Registration, Simulcast
from bot.compliance.merge import Merged, merge
from bot.compliance.packs import Pack, PackSet, Rule, Stance
from bot.compliance.selection import Chosen, Destination, Gap, Selection, lineage, select
from bot.compliance.waiver import Waiver, waive
from products.verdict import Finding, Severity

BLOCK, WARN, INFO = Severity.BLOCK, Severity.WARN, Severity.INFO


class Mode(StrEnum):
    CLONE = "clone"
    DUET = "duet"
    PROMPTER = "prompter"
    REFUSE = "refuse"


class Outcome(StrEnum):
    """`conditions`: nothing stands against the show but the single rules. `confirm`: compliance staff must
    confirm the current rules first. `refuse`: not this show, not there.
    """

    CONDITIONS = "conditions"
    CONFIRM = "confirm"
    REFUSE = "refuse"


ORDER = (Mode.CLONE, Mode.DUET, Mode.PROMPTER, Mode.REFUSE)


@dataclass(frozen=True)
class Decision:
    """`reasons`: why this mode and outcome. `missing`: proof that nobody has supplied yet. `coming`: rules
    that begin later. Severity block = it stands against going live.
    """

    mode: Mode
    outcome: Outcome
    reasons: tuple[Finding, ...]
    missing: tuple[Finding, ...]
    coming: tuple[Rule, ...]
    needs_confirmation: tuple[str, ...]
    merged: Merged
    selection: Selection
    destinations: tuple[Destination, ...]
    audience: tuple[str, ...]
    at: date
    facts: ShowFacts
    local_try: bool = False
    excused: tuple[tuple[Rule, Waiver], ...] = ()

    @property
    def may_air(self) -> bool:
        """Whether the show as described may begin. In a local try nothing leaves the shop, so a confirmation
        is not needed and proof that only a platform could give does not block.
        """
        open_ = self.outcome is Outcome.CONDITIONS or (self.local_try and self.outcome is Outcome.CONFIRM)
        return open_ and self.mode is not Mode.REFUSE and not any(f.severity is BLOCK for f in self.missing)

    @property
    def against(self) -> tuple[Finding, ...]:
        """Everything that stands in the way now."""
        return tuple(f for f in (*self.reasons, *self.missing) if f.severity is BLOCK)

    def record(self) -> dict[str, Any]:
        """What the ledger keeps of it: time, packs with versions and hashes, rule ids, facts used, result."""
        packs = [
            {"pack": c.pack.name, "version": c.pack.version, "hash": c.pack.hash, "because": c.because}
            for c in self.selection.chosen
        ]
        return {
            "at": self.at.isoformat(),
            "mode": self.mode.value,
            "outcome": self.outcome.value,
            "may_air": self.may_air,
            "local_try": self.local_try,
            "destinations": [str(d) for d in self.destinations],
            "audience": list(self.audience),
            "packs": packs,
            "rules": [r.id for r in (*self.merged.rules, *self.merged.advice)],
            "retention_days": dict(self.merged.retention_days),
            "facts": self.facts.record(),
            "findings": [
                {"rule": f.rule, "severity": f.severity.value, "message": f.message, "source": f.source}
                for f in (*self.reasons, *self.missing)
            ],
            "needs_confirmation": list(self.needs_confirmation),
            "waived": [w.model_dump(mode="json") for _, w in self.excused],
        }


@dataclass
class _Draft:
    """What the steps of a decision have found so far."""

    mode: Mode = Mode.CLONE
    outcome: Outcome = Outcome.CONDITIONS
    reasons: list[Finding] = field(default_factory=list)
    confirm: list[str] = field(default_factory=list)

    def lower(self, mode: Mode) -> None:
        self.mode = max(self.mode, mode, key=ORDER.index)

    def take(self, finding: Finding, *, mode: Mode | None = None) -> None:
        """Refuse if the finding blocks, else only note it."""
        if finding.severity in (Severity.BLOCK, Severity.PAUSE):
            self.refuse(finding, mode=mode)
        else:
            self.reasons.append(finding)

    def refuse(self, finding: Finding, *, mode: Mode | None = None) -> None:
        self.outcome = Outcome.REFUSE
        self.reasons.append(finding)
        if mode is not None:
            self.lower(mode)


def decide(
    packs: PackSet,
    destinations: Sequence[Destination],
    audience: Iterable[str],
    at: date,
    facts: ShowFacts | None = None,
    confirmations: Sequence[Confirmation] = (),
    waivers: Sequence[Waiver] = (),
    *,
    compliance_keys: tuple[Ed25519PublicKey, ...] = (),
    local_try: bool = False,
    stale_refuses: bool = False,
) -> Decision:
    """Decide by rules.md 10.1-10.3 and 11.1. `audience`: jurisdictions of the viewers, e.g. ("US", "EU").

    `local_try`: the local room (or a file, or a server on loopback) tries these rules; nothing leaves the
    shop. `stale_refuses`: the shop's choice to refuse on packs older than their review period, instead of a
    warning. Never raises on facts; what is not known counts against going live.
    """
    shown = facts or ShowFacts()
    if shown.holds(VENDOR_PROOF, at):  # signed: what draws the host is a vendor's that the platform lists
        shown = replace(shown, vendor_renderer=True)
    viewers = tuple(dict.fromkeys(audience))
    selection = select(packs, destinations, viewers, commerce=shown.commerce)
    asked = [r for r in selection.rules if r.effective(at) and shown.concerns(r, len(destinations))]
    rules, excused, not_counted = waive(asked, waivers, at, compliance_keys)
    merged = merge(rules)
    draft = _Draft()
    _waived(draft, excused, not_counted)
    _gaps(draft, selection, local_try)
    _stances(draft, packs, selection, shown, at, confirmations, compliance_keys, local_try)
    _rules(draft, rules, shown, len(destinations))
    _conflicts(draft, merged)
    for pack in selection.packs:
        if pack.stale(at):
            text = f"The pack {pack.name} was last checked on {pack.last_checked}; look at its sources again."
            finding = Finding(
                pack.name, BLOCK if stale_refuses else WARN, text, remedy="Check and date the pack."
            )
            draft.take(finding)
    outcome = draft.outcome
    if outcome is Outcome.CONDITIONS and draft.confirm:
        outcome = Outcome.CONFIRM
    missing = tuple(f for r in rules for f in missing_evidence(r, shown, at, local_try=local_try))
    coming = tuple(r for r in selection.rules if r.effective_from is not None and r.effective_from > at)
    return Decision(
        mode=draft.mode,
        outcome=outcome,
        reasons=tuple(draft.reasons),
        missing=missing,
        coming=coming,
        needs_confirmation=tuple(draft.confirm),
        merged=merged,
        selection=selection,
        destinations=tuple(destinations),
        audience=viewers,
        at=at,
        facts=shown,
        local_try=local_try,
        excused=excused,
    )


def _waived(
    draft: _Draft, excused: Sequence[tuple[Rule, Waiver]], not_counted: Sequence[tuple[Waiver, str]]
) -> None:
    """Every waiver is told, those that count and those that do not."""
    for rule, waiver in excused:
        text = f"Waived until {waiver.until} by {waiver.by}: {rule.summary} Why: {waiver.why}"
        draft.reasons.append(Finding(rule.id, WARN, text, str(rule.source)))
    for waiver, why_not in not_counted:
        text = f"The waiver of {waiver.rule} by {waiver.by} does not count: {why_not}."
        draft.reasons.append(Finding(waiver.rule, WARN, text))


def _gaps(draft: _Draft, selection: Selection, local_try: bool) -> None:
    """Platforms and jurisdictions of which nothing is known."""
    for gap in selection.missing:
        finding = Finding(gap.name or "show", BLOCK, gap.message)
        if gap.gap is Gap.PARENT_ONLY or (local_try and gap.gap in (Gap.NO_LAW_PACK, Gap.NO_AUDIENCE)):
            if gap.gap is not Gap.NO_AUDIENCE:
                draft.reasons.append(Finding(gap.name, WARN, gap.message))
        else:
            draft.refuse(finding, mode=Mode.REFUSE)


def _stances(
    draft: _Draft,
    packs: PackSet,
    selection: Selection,
    facts: ShowFacts,
    at: date,
    confirmations: Sequence[Confirmation],
    keys: tuple[Ed25519PublicKey, ...],
    local_try: bool,
) -> None:
    for chosen in selection.chosen:
        pack = chosen.pack
        if _stands_alone(packs, selection, chosen):
            _unknown(draft, packs, selection, chosen, at, confirmations, keys, local_try)
        if pack.stance is Stance.UNKNOWN:
            _unknown(draft, packs, selection, chosen, at, confirmations, keys, local_try)
        elif pack.stance is Stance.FORBID_AI_PERSONA:
            draft.lower(Mode.PROMPTER)
            text = f"{pack.name} allows no AI persona: a person must host, Castmate may prompt."
            _unless(draft, not facts.synthetic_person, pack, text)
        elif pack.stance is Stance.FORBID_SYNTHETIC_VOICE:
            human_voiced = facts.synthetic_person and not facts.synthetic_voice
            draft.lower(Mode.DUET if human_voiced else Mode.PROMPTER)
            text = (
                f"{pack.name} allows no synthetic voice, labelled or not: every voice must be a live human's."
            )
            _unless(draft, not facts.synthetic_voice, pack, text)
        elif pack.stance is Stance.VENDOR_WHITELIST and not facts.vendor_renderer:
            text = f"{pack.name} takes digital humans only from vendors on its list; Castmate's is not on it."
            draft.refuse(_of_pack(pack, BLOCK, text), mode=Mode.REFUSE)
        elif pack.stance is Stance.HUMAN_HOST_REQUIRED:
            draft.lower(Mode.DUET)
            text = f"{pack.name} wants a human host on camera, proved present."
            _unless(draft, facts.human_host, pack, text)


def _stands_alone(packs: PackSet, selection: Selection, chosen: Chosen) -> bool:
    """Whether a pack of the shop speaks where no shipped one does. It can open a platform or a
    jurisdiction, so it waits for a confirmation like one whose rules are not fully known.
    """
    pack = chosen.pack
    if pack.name not in packs.own or pack.stance is Stance.UNKNOWN:
        return False
    beside = [
        c.pack for c in selection.chosen if c.pack.name not in packs.own and c.pack.is_law == pack.is_law
    ]
    if pack.is_law:
        covered = {j for p in beside for j in p.scope.jurisdictions}
        return "*" not in pack.scope.jurisdictions and not set(chosen.places) <= covered
    return not set(pack.scope.platforms) & {name for p in beside for name in p.scope.platforms}


def _unless(draft: _Draft, met: bool, pack: Pack, text: str) -> None:
    """Note a stance that the show meets; refuse on one that it does not."""
    if met:
        draft.reasons.append(_of_pack(pack, INFO, text))
    else:
        draft.refuse(_of_pack(pack, BLOCK, text))


def _of_pack(pack: Pack, severity: Severity, text: str) -> Finding:
    """A finding about a pack's stance, with the rule that says it where there is one."""
    speaks = next((r for r in pack.rules if isinstance(r.params, Presence | Registration)), None)
    if speaks is None:
        return Finding(pack.name, severity, text, source=f"pack {pack.name} {pack.version}")
    return Finding(speaks.id, severity, text, source=str(speaks.source))


def _unknown(
    draft: _Draft,
    packs: PackSet,
    selection: Selection,
    chosen: Chosen,
    at: date,
    confirmations: Sequence[Confirmation],
    keys: tuple[Ed25519PublicKey, ...],
    local_try: bool,
) -> None:
    """A pack whose current rules are not known: refuse without a floor, else wait for a confirmation."""
    pack = chosen.pack
    what = f"The current rules of the platform are not fully known (pack {pack.name})."
    if pack.name in packs.own:
        what = f"Only the shop's own pack {pack.name} speaks of this place."
    elif pack.is_law:
        what = f"The law of {', '.join(chosen.places)} has not been examined (pack {pack.name})."
    what += f" {pack.note}" if pack.note else ""
    if chosen.by_parent:
        draft.reasons.append(Finding(pack.name, WARN, what))
        return
    for given in (c for c in confirmations if c.pack == pack.name):
        why_not = given.refusal(pack, at, keys)
        if why_not is None and _has_floor(packs, selection, pack):
            text = f"{given.by} confirmed the rules of {pack.name} on {given.at} ({given.address})."
            draft.reasons.append(Finding(pack.name, INFO, text, source=given.address))
            return
        if why_not is not None:
            text = f"The confirmation of {pack.name} by {given.by} does not count: {why_not}."
            draft.reasons.append(Finding(pack.name, WARN, text))
    remedy = "Find the current text and write it as a pack of the shop."
    if _has_floor(packs, selection, pack):
        draft.confirm.append(pack.name)
        if local_try:
            remedy = "Here in the shop it may be tried under the rules that are known."
            draft.reasons.append(Finding(pack.name, INFO, what, remedy=remedy))
        else:
            remedy = (
                "Compliance staff read the current text and sign a confirmation; until then it is not live."
            )
            draft.reasons.append(Finding(pack.name, BLOCK, what, remedy=remedy))
    elif local_try and pack.is_law:
        draft.reasons.append(Finding(pack.name, WARN, what, remedy=remedy))
    else:
        draft.refuse(Finding(pack.name, BLOCK, what, remedy=remedy), mode=Mode.REFUSE)


def _has_floor(packs: PackSet, selection: Selection, pack: Pack) -> bool:
    """Whether any rule of this pack, or of its parent, says what one must do. Notes and penalties do not."""
    rules = packs.rules_of(pack)
    if pack.is_law:
        from_parents = {j for code in pack.scope.jurisdictions for j in lineage(code)[1:]}
        rules += tuple(
            r
            for p in selection.packs
            if p.is_law and from_parents & set(p.scope.jurisdictions)
            for r in p.rules
        )
    return any(r.severity is not INFO and r.kind not in ("reminder", "penalty") for r in rules)


def _rules(draft: _Draft, rules: Sequence[Rule], facts: ShowFacts, destinations: int) -> None:
    """Single rules that change the mode or refuse."""
    for rule in rules:
        params = rule.params
        if isinstance(params, Simulcast) and not params.allowed and destinations > 1:
            text = f"{rule.summary} This show has {destinations} destinations."
            finding = Finding(
                rule.id, rule.weight, text, str(rule.source), "Send it to that destination alone."
            )
            draft.take(finding, mode=Mode.REFUSE)
        if not rule.binding:
            continue
        voice = isinstance(params, Presence) and params.synthetic_voice == "forbidden"
        voice = voice or (isinstance(params, ContentMix) and params.ai_voiceover == "forbidden")
        if voice:
            human_voiced = facts.synthetic_person and not facts.synthetic_voice
            _forbidden(draft, rule, Mode.DUET if human_voiced else Mode.PROMPTER, not facts.synthetic_voice)
        if isinstance(params, Presence) and params.synthetic_persona == "forbidden":
            _forbidden(draft, rule, Mode.PROMPTER, not facts.synthetic_person)
        if isinstance(params, Presence) and "none" not in params.modes:
            draft.lower(Mode.DUET)
            ways = " or ".join(WAYS[m] for m in params.modes)
            draft.reasons.append(Finding(rule.id, INFO, f"Needed all along: {ways}.", str(rule.source)))
        if isinstance(params, Registration) and params.self_hosted_renderer == "forbidden":
            if not facts.vendor_renderer:
                draft.refuse(_finding(rule, BLOCK), mode=Mode.REFUSE)


WAYS: Mapping[str, str] = {
    "human_on_camera": "a real person on camera",
    "human_live_voice": "a real person's live voice",
    "human_driver": "a real person who drives the clone",
    "human_operator": "a named person who watches and can take over",
}


def _forbidden(draft: _Draft, rule: Rule, mode: Mode, met: bool) -> None:
    draft.lower(mode)
    if not met and not any(f.rule == rule.id and f.severity is BLOCK for f in draft.reasons):
        draft.refuse(_finding(rule, BLOCK))


def _finding(rule: Rule, severity: Severity) -> Finding:
    return Finding(rule.id, severity, rule.summary, str(rule.source))


def _conflicts(draft: _Draft, merged: Merged) -> None:
    for conflict in merged.conflicts:
        rule = ", ".join(conflict.rules)
        draft.refuse(Finding(rule, BLOCK, str(conflict)), mode=Mode.REFUSE)
