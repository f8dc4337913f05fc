"""The checks before a show goes live: each item passed, failed, or waits for evidence. Pure; fails closed.

What the packs decide comes in as a Decision, what was measured as Proofs. An item that nobody could measure
has failed. The same rules are judged all through the show (bot/compliance/judge.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.compliance.decision import Decision, Mode
from bot.compliance.kinds import (
    Consent,
    Document,
    Duration,
    Eligibility,
    Params,
    PlatformFlag,
    Registration,
    Simulcast,
    Storage,
)
from products.verdict import Finding, Severity

BLOCK, PAUSE = Severity.BLOCK, Severity.PAUSE
MAX_STEP_S = 2.0  # by which the system's clock may jump against the steady one while it is looked at
MIDDLE = 1 / 3, 2 / 3  # own numbers: where a figure that must be in the centre may have its middle
MAX_AHEAD_S = 300.0  # by which the last record may lie in the future before the clock counts as wrong


class State(StrEnum):
    """`waiting`: somebody can still supply it; the show may begin, or waits on its slate."""

    PASSED = "passed"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Item:
    """One check. `name`: as in docs/compliance.md; `rules`: ids of those that ask for it."""

    name: str
    state: State
    message: str
    remedy: str = ""
    rules: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "item": self.name,
            "state": self.state.value,
            "message": self.message,
            "remedy": self.remedy,
            "rules": list(self.rules),
        }


@dataclass(frozen=True, slots=True)
class Checklist:
    """All items in order. A show may begin when none has failed."""

    items: tuple[Item, ...]

    @property
    def ok(self) -> bool:
        return not self.failed

    @property
    def failed(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.state is State.FAILED)

    def record(self) -> dict[str, Any]:
        """What the ledger keeps."""
        return {"ok": self.ok, "items": [item.record() for item in self.items]}


@dataclass(frozen=True, slots=True)
class LabelProof:
    """The label as it was found in our own decoded picture of a rehearsed moment.

    `misses`: what the merged rules ask for and the drawing lacks; `least_score`: of the looks (0..1, at least
    `threshold`); `looks`: how many pictures were looked at.
    """

    text: str
    misses: tuple[str, ...]
    least_score: float
    threshold: float
    looks: int


@dataclass(frozen=True, slots=True)
class ClockProof:
    """`step_s`: by how much the system's clock moved against the steady one while it was looked at;
    `synchronised`: whether the system says so (None: it cannot be told); `ahead_s`: how far the newest record
    of earlier shows lies in the future (0: it does not).
    """

    step_s: float
    synchronised: bool | None
    ahead_s: float


@dataclass(frozen=True, slots=True)
class FigureProof:
    """The host in the picture, as shares of it: height, area, and where its middle stands from left (0) to
    right (1). None: its outline is not known (it was filmed).
    """

    height: float | None
    area: float | None
    centre: float | None


@dataclass(frozen=True, slots=True)
class Proofs:
    """What was measured. None: it could not be, which fails the item."""

    label: LabelProof | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)  # container -> what is wrong, "" = nothing
    space: str | None = None  # why the recording has no room; "" = it has
    clock: ClockProof | None = None
    minutes: float | None = None  # planned length; None = without end
    rollover: bool = False  # whether the channels can go on with a new stream within the show
    products: int | None = None  # in the rundown
    licence: Sequence[Finding] | None = None  # what stands against it; None: a clone without a licence
    figure: FigureProof | None = None
    clips: Mapping[str, Sequence[Finding]] | None = None  # by filmed clip; None or none: no item


def preflight(decision: Decision, proofs: Proofs) -> Checklist:
    """Every item, in the order in which a person would mend them."""
    checks: Sequence[Callable[[Decision, Proofs], Item]] = (
        _rules, _licence, _registrations, _flags, _simulcast, _duration, _cohost, _label, _metadata, _space,
        _clocks, *((_figure,) if _asks_of_figure(decision) else ()), *((_clips,) if proofs.clips else ()),
    )  # fmt: skip
    return Checklist(tuple(check(decision, proofs) for check in checks))


def _rules(decision: Decision, proofs: Proofs) -> Item:
    where = " and ".join(str(d) for d in decision.destinations)
    against = [f for f in decision.reasons if f.severity is BLOCK]
    if against:
        return Item("rules", State.FAILED, _said(against), _remedy(against), _ids(against))
    packs = ", ".join(decision.selection.names)
    return Item("rules", State.PASSED, f"Mode {decision.mode.value} on {where}, by the packs {packs}.")


def _licence(decision: Decision, proofs: Proofs) -> Item:
    facts = decision.facts
    missing = _missing(decision, Consent, Document, Storage)
    against = () if facts.uses_nobody else proofs.licence
    if against:  # first: a withdrawn licence is also why consent is missing
        return Item("licence", State.FAILED, _said(against), _remedy(against), _ids(against))
    if missing:
        return _lacking("licence", missing)
    if facts.uses_nobody:
        return Item("licence", State.PASSED, "A drawn host with a stock voice: nobody is cloned.")
    if against is None:
        text = "A person is cloned, and no licence of theirs could be looked at."
        return Item("licence", State.FAILED, text, "Name it in the persona's file: licence: FILE.")
    return Item("licence", State.PASSED, "The cloned person's licence covers this show.")


def _registrations(decision: Decision, proofs: Proofs) -> Item:
    missing = _missing(decision, Registration, Eligibility)
    if missing:
        return _lacking("registrations", missing)
    return Item("registrations", State.PASSED, "None is asked for that is not on file.")


def _flags(decision: Decision, proofs: Proofs) -> Item:
    missing = _missing(decision, PlatformFlag)
    if missing:
        return _lacking("platform flags", missing)
    by_api = [
        r for r in decision.merged.rules if isinstance(r.params, PlatformFlag) and r.params.via == "api"
    ]
    if by_api and decision.facts.synthetic and not decision.local_try:
        fields = ", ".join(r.params.field for r in by_api if isinstance(r.params, PlatformFlag))
        text = f"To be set and read back once the broadcast exists: {fields}."
        ids = tuple(r.id for r in by_api)
        return Item("platform flags", State.WAITING, text, "The connector does it at the start.", ids)
    return Item("platform flags", State.PASSED, "None is asked for that is not set.")


def _simulcast(decision: Decision, proofs: Proofs) -> Item:
    count = len(decision.destinations)
    if count < 2:
        return Item("simulcast", State.PASSED, "One destination.")
    alone = [r for r in decision.merged.rules if isinstance(r.params, Simulcast) and not r.params.allowed]
    if alone:
        state = State.FAILED if any(r.binding for r in alone) else State.WAITING
        text = f"{count} destinations at once, and: {' '.join(r.summary for r in alone)}"
        ids = tuple(r.id for r in alone)
        return Item("simulcast", state, text, "Send it to that destination alone.", ids)
    return Item("simulcast", State.PASSED, f"{count} destinations may carry it at once.")


def _duration(decision: Decision, proofs: Proofs) -> Item:
    merged = decision.merged
    least, most = merged.value("duration", "min_stream_s"), merged.max_stream_s
    planned = None if proofs.minutes is None else proofs.minutes * 60
    binding = any(r.binding for r in merged.rules if isinstance(r.params, Duration))
    bad = State.FAILED if binding and not decision.local_try else State.WAITING
    if planned is not None and least is not None and planned < least:
        text = f"Planned for {planned / 60:.0f} min; {least / 60:.0f} min is the least."
        return Item("duration", bad, text, "Plan it longer.", merged.because("duration", "min_stream_s"))
    if most is not None and (planned is None or planned > most):
        ids = merged.because("duration", "max_stream_s")
        length = "without an end" if planned is None else f"for {planned / 3600:.1f} h"
        text = f"Planned {length}; a stream may last {most / 3600:.1f} h."
        if proofs.rollover:
            return Item(
                "duration", State.PASSED, text + " The channel goes on with a new one in time.", "", ids
            )
        return Item("duration", bad, text, "Plan it shorter; it will be ended at that time.", ids)
    return Item("duration", State.PASSED, "Within every cap." if most or least else "No cap is known.")


def _cohost(decision: Decision, proofs: Proofs) -> Item:
    needs = decision.merged.presence
    if not needs:
        return Item("co-host", State.PASSED, "No rule asks for a person in the room.")
    ids = tuple(n.rule for n in needs)
    text = "A person must be in the room: " + "; ".join(dict.fromkeys(n.summary for n in needs))
    return Item("co-host", State.WAITING, text, "They check in on the co-host's page; the show waits.", ids)


def _label(decision: Decision, proofs: Proofs) -> Item:
    plan = decision.merged.label("ai", "picture")
    ids = () if plan is None else plan.rules
    if decision.mode is Mode.PROMPTER and not decision.facts.synthetic:
        return Item("label", State.PASSED, "Nothing synthetic airs, so the AI label does not stand.", "", ids)
    proof = proofs.label
    if proof is None or proof.looks == 0:
        text = "The label could not be looked at in a rehearsed picture."
        return Item("label", State.FAILED, text, "Rehearse the show and look at its first picture.", ids)
    if proof.misses or proof.least_score < proof.threshold:
        found = proof.misses or (f"it was found with {proof.least_score:.2f} of {proof.threshold:.2f}",)
        text = f"The label {proof.text!r} does not do: {'; '.join(found)}."
        return Item("label", State.FAILED, text, "Use a larger picture or fewer languages.", ids)
    text = f"{proof.text!r} was found in {proof.looks} decoded pictures (match {proof.least_score:.2f})."
    return Item("label", State.PASSED, text, "", ids)


def _metadata(decision: Decision, proofs: Proofs) -> Item:
    ids = tuple(r.id for r in decision.merged.rules if r.kind == "metadata")
    if not proofs.metadata:
        text = "No file was made to look for the AIGC record in."
        return Item("metadata", State.FAILED, text, "See castmate doctor.", ids)
    wrong = {name: why for name, why in proofs.metadata.items() if why}
    if wrong:
        text = "; ".join(f"{name}: {why}" for name, why in wrong.items())
        return Item("metadata", State.FAILED, text, "Set CASTMATE_PRODUCER to a plain code.", ids)
    return Item(
        "metadata", State.PASSED, f"The AIGC record was read back from {', '.join(proofs.metadata)}.", "", ids
    )


def _space(decision: Decision, proofs: Proofs) -> Item:
    ids = tuple(r.id for r in decision.merged.rules if r.kind == "retention")
    if proofs.space is None:
        return Item(
            "space", State.FAILED, "The disk could not be asked for room.", "Look at the data folder.", ids
        )
    if proofs.space:
        return Item("space", State.FAILED, proofs.space, "Free space, or plan a shorter show.", ids)
    days = max(decision.merged.retention_days.values(), default=0)
    kept = f" What is recorded is kept for {days} days." if days else ""
    return Item("space", State.PASSED, f"There is room for the whole recording.{kept}", "", ids)


def _clocks(decision: Decision, proofs: Proofs) -> Item:
    clock = proofs.clock
    if clock is None:
        return Item("clocks", State.FAILED, "The clock could not be read.", "Look at the system's time.")
    if clock.ahead_s > MAX_AHEAD_S:
        text = f"An earlier record lies {clock.ahead_s / 60:.0f} min in the future: the clock was set back."
        return Item("clocks", State.FAILED, text, "Set the system's time; proof needs true times.")
    if abs(clock.step_s) > MAX_STEP_S:
        text = f"The system's clock jumped by {clock.step_s:+.1f} s while it was looked at."
        return Item("clocks", State.FAILED, text, "Let the time service settle, then start again.")
    if clock.synchronised is False:
        text = "The system says that its clock is not synchronised; times in the log may be off."
        return Item("clocks", State.WAITING, text, "Switch a time service on (NTP).")
    return Item("clocks", State.PASSED, "Steady" + (" and synchronised." if clock.synchronised else "."))


FIGURE = (("geometry", "avatar_min_height_ratio"), ("geometry", "avatar_anchor"),
          ("presence", "max_animated_area_ratio"))  # fmt: skip


def _asks_of_figure(decision: Decision) -> tuple[str, ...]:
    """Ids of the rules on the size and place of a synthetic figure, where one airs."""
    if not decision.facts.synthetic or decision.mode is Mode.PROMPTER:
        return ()
    ids = (rule for kind, name in FIGURE for rule in decision.merged.because(kind, name))
    return tuple(dict.fromkeys(ids))


def _figure(decision: Decision, proofs: Proofs) -> Item:
    merged, seen, ids = decision.merged, proofs.figure, _asks_of_figure(decision)
    (_, least), (_, anchor), (_, most) = ((name, merged.value(kind, name)) for kind, name in FIGURE)
    asked = [
        *([f"at least {least:.0%} of the picture high"] if least else []),
        *([f"at most {most:.0%} of its area"] if most is not None else []),
        *(["in its middle"] if anchor == "center" else []),
    ]
    if seen is None or seen.height is None or seen.area is None or seen.centre is None:
        text = f"The host was filmed, so its outline is not measured. It must be {', '.join(asked)}."
        return Item("figure", State.WAITING, text, "Look at a picture of a rehearsal.", ids)
    wrong = [
        *([f"{seen.height:.0%} of the picture high"] if least and seen.height < least else []),
        *([f"{seen.area:.0%} of its area"] if most is not None and seen.area > most else []),
        *([f"at {seen.centre:.0%} from the left"]
          if anchor == "center" and not MIDDLE[0] <= seen.centre <= MIDDLE[1] else []),
    ]  # fmt: skip
    if wrong:
        text = f"The host is {', '.join(wrong)}; it must be {', '.join(asked)}."
        state = State.WAITING if decision.local_try else State.FAILED
        return Item("figure", state, text, "Choose another picture size or host.", ids)
    text = f"The host is {seen.height:.0%} of the picture high, {seen.area:.0%} of its area."
    return Item("figure", State.PASSED, text, "", ids)


def _clips(decision: Decision, proofs: Proofs) -> Item:
    clips = proofs.clips or {}
    against = [f for found in clips.values() for f in found]
    plan = decision.merged.label("recorded", "picture")
    rules = () if plan is None else plan.rules
    if against:
        bad = ", ".join(name for name, found in clips.items() if found)
        text = f"Not to be shown: {bad}. {_said(against)}"
        return Item("clips", State.FAILED, text, _remedy(against), _ids(against))
    asked = " as the rules ask" if rules else ""
    text = f"{len(clips)} filmed clips, each as it was approved; they are marked as recorded{asked}."
    return Item("clips", State.PASSED, text, "", rules)


def _missing(decision: Decision, *kinds: type[Params]) -> tuple[Finding, ...]:
    """Proof of rules of these kinds that nobody has supplied and that would count."""
    found = []
    for finding in decision.missing:
        rule = decision.merged.rule(finding.rule)
        if rule is not None and isinstance(rule.params, kinds) and finding.severity is not Severity.INFO:
            found.append(finding)
    return tuple(found)


def _lacking(name: str, missing: Sequence[Finding]) -> Item:
    """Failed when one of them stands against going live, else it waits for evidence."""
    blocking = [f for f in missing if f.severity in (BLOCK, PAUSE)]
    shown = blocking or missing
    state = State.FAILED if blocking else State.WAITING
    return Item(name, state, _said(shown), _remedy(shown), _ids(shown))


def _said(findings: Sequence[Finding]) -> str:
    return " ".join(dict.fromkeys(f.message for f in findings))


def _remedy(findings: Sequence[Finding]) -> str:
    return " ".join(dict.fromkeys(f.remedy for f in findings if f.remedy))


def _ids(findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f.rule for f in findings))
