"""Judging a show while it runs: what was seen against every rule by itself. Pure. `decide` is for before it.

Severity of a finding here says what to do now: PAUSE hold the show until it is cured, BLOCK end it, WARN
report.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from bot.compliance.decision import WAYS, Decision, Mode, Outcome, decide
from bot.compliance.evidence import ShowFacts
from bot.compliance.kinds import (
    ChatDisclosure,
    ContentMix,
    Duration,
    Geometry,
    Interaction,
    Label,
    Params,
    Presence,
)
from bot.compliance.merge import STOP, Merged, within
from bot.compliance.packs import Pack, Rule
from bot.compliance.selection import Destination
from products.verdict import Finding, Severity

__all__ = [
    "Decision",
    "Destination",
    "Mode",
    "Observed",
    "Outcome",
    "PolicyState",
    "ShowFacts",
    "decide",
    "judge",
    "policy_state",
]

PolicyState = Literal["clear", "warn", "hold", "stop"]
DEFAULT_HEARTBEAT_S = 120.0  # own number: a rule that wants a human but states no period
DEFAULT_LABEL_GAP_S = 1.0  # own number: "continuously" without a figure


@dataclass(frozen=True)
class Observed:
    """What is known of the running show. Times aware; None = not so, or not measured.

    `started`: first moment on air. `synthetic_person_since`, `synthetic_voice_since`: since when without a
    break the synthetic face is visible, the synthetic voice audible; `virtual_scene_since`: a drawn scene
    around it. `label_seen`: when the AI label was last
    found in our own decoded picture; `label_text`, `label_height_ratio` (ink over shortest side),
    `label_contrast`, `label_place`: as found there. `label_on_human_since`: since when the AI label stands
    though nothing synthetic is on air. `present`: presence mode (human_on_camera ...) -> last proof of it.
    `identity_checked`: whether the human in the room passed the check. `absent_since`: since when no proof is
    fresh (PresenceStatus gives it). `last_interaction`: last time the show answered or spoke to viewers.
    `paused_since`, `pauses`: breaks so far, the running one included.
    """

    started: datetime | None = None
    synthetic_person_since: datetime | None = None
    synthetic_voice_since: datetime | None = None
    virtual_scene_since: datetime | None = None
    label_seen: datetime | None = None
    label_text: str | None = None
    label_height_ratio: float | None = None
    label_contrast: float | None = None
    label_place: str | None = None
    label_on_human_since: datetime | None = None
    recorded_since: datetime | None = None
    recorded_label_seen: datetime | None = None
    present: Mapping[str, datetime] = field(default_factory=dict)
    identity_checked: bool = False
    absent_since: datetime | None = None
    human_ratio: float | None = None
    last_interaction: datetime | None = None
    paused_since: datetime | None = None
    pauses: int = 0
    animated_area_ratio: float | None = None
    static_area_ratio: float | None = None
    avatar_height_ratio: float | None = None
    looped: bool | None = None
    still_image: bool | None = None
    realtime_ratio: float | None = None
    notice_shown: datetime | None = None

    def on_air(self, state: str | None) -> datetime | None:
        """Since when a state of kinds.OnAir holds; None = it does not, or nobody measures it here."""
        person, voice = self.synthetic_person_since, self.synthetic_voice_since
        since = {
            None: self.started,
            "synthetic_person_visible": person,
            "synthetic_voice_audible": voice,
            "synthetic_content_on_air": min((t for t in (person, voice) if t is not None), default=None),
            "virtual_scene_visible": self.virtual_scene_since,
            "prerecorded_on_air": self.recorded_since,
        }
        return since.get(state)


def judge(rules: "Merged | Pack | Sequence[Rule]", observed: Observed, now: datetime) -> tuple[Finding, ...]:
    """Every breach at this moment, each named by its rule. Drafts warn; what is not in force is silent."""
    if isinstance(rules, Merged):
        all_rules: Sequence[Rule] = (*rules.rules, *rules.advice)
    else:
        all_rules = rules.rules if isinstance(rules, Pack) else rules
    found: list[Finding] = []
    for rule in all_rules:
        check = CHECKS.get(type(rule.params))
        if check is not None and rule.effective(now.date()):
            found += check(rule, observed, now)
    if observed.label_on_human_since is not None:
        found.append(
            Finding(
                "AI-LABEL-ON-HUMAN",
                Severity.WARN,
                "The AI label stands although no synthetic face or voice is on air.",
                "GB 45438-2025 3.1, 3.2: only generated content is labelled",
                "Take the label off while a human alone is on air.",
            )
        )
    return tuple(found)


def policy_state(findings: Sequence[Finding]) -> PolicyState:
    """What the worst finding asks of the show."""
    worst = {f.severity for f in findings}
    if Severity.BLOCK in worst:
        return "stop"
    if Severity.PAUSE in worst:
        return "hold"
    return "warn" if Severity.WARN in worst else "clear"


def _say(rule: Rule, message: str, remedy: str = "", *, stop: bool = False) -> Finding:
    """A finding at the severity that fits the running show: what blocks a start holds the show; `stop` ends
    it.
    """
    severity = rule.weight
    if severity is Severity.BLOCK and not stop:
        severity = Severity.PAUSE
    return Finding(rule.id, severity, message, str(rule.source), remedy)


def _seconds(later: datetime, earlier: datetime) -> float:
    return (later - earlier).total_seconds()


def _span(seconds: float) -> str:
    return (
        f"{seconds:.1f} s"
        if seconds < 10
        else f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
    )


def _label(rule: Rule, seen: Observed, now: datetime) -> Iterator[Finding]:
    params = rule.params
    assert isinstance(params, Label)
    since = seen.on_air(params.applies_while)
    if since is None or params.surface != "picture" or params.about == "advertisement":
        return
    last = seen.recorded_label_seen if params.about == "recorded" else seen.label_seen
    what = "“recorded” mark" if params.about == "recorded" else "AI label"
    gap = _seconds(now, max(since, last) if last is not None else since)
    limit = params.max_gap_s if params.max_gap_s is not None else DEFAULT_LABEL_GAP_S
    if params.coverage == "continuous" and gap > limit:
        yield _say(
            rule, f"The {what} was not seen for {_span(gap)}; {_span(limit)} is the most.", "Show the label."
        )
    elif (
        last is None and gap > limit and (params.at_start or params.coverage == "start" or params.conspicuous)
    ):
        yield _say(rule, f"The {what} was not seen since the start.", "Show the label.")
    if last is None or params.about != "ai":
        return
    yield from _label_look(rule, params, seen)


def _label_look(rule: Rule, params: Label, seen: Observed) -> Iterator[Finding]:
    """Text, height, contrast and place, where they were measured."""
    missing = [
        p for p in params.must_match_all if seen.label_text is not None and not re.search(p, seen.label_text)
    ]
    if missing:
        wanted = " and ".join(p.replace("|", " or ") for p in missing)
        yield _say(rule, f"The label reads “{seen.label_text}”; it must say {wanted}.", "Change its text.")
    if seen.label_place is not None and seen.label_place not in within(params.placement):
        places = " or ".join(p.replace("_", " ") for p in params.placement)
        yield _say(rule, f"The label stands at the {seen.label_place}; it belongs at: {places}.", "Move it.")
    least = params.min_height_ratio_of_shortest_side
    if seen.label_height_ratio is not None and seen.label_height_ratio < least:
        got = f"{seen.label_height_ratio:.1%} of the shortest side high; {least:.1%} is the least"
        yield _say(rule, f"The label is {got}.", "Draw it larger.")
    if seen.label_contrast is not None and seen.label_contrast < params.min_contrast:
        yield _say(
            rule,
            f"The label's contrast is {seen.label_contrast:.1f}; {params.min_contrast:.1f} is the least.",
        )


def _presence(rule: Rule, seen: Observed, now: datetime) -> Iterator[Finding]:
    params = rule.params
    assert isinstance(params, Presence)
    share = seen.human_ratio
    if share is not None and share < params.min_human_presence_ratio:
        least = params.min_human_presence_ratio
        text = f"A human was present for {share:.1%} of the air time; {least:.0%} is asked."
        yield Finding(rule.id, Severity.WARN, text, str(rule.source))  # the past is not cured by holding
    area = params.max_animated_area_ratio
    if area is not None and seen.animated_area_ratio is not None and seen.animated_area_ratio > area:
        yield _say(
            rule, f"The animated figure covers {seen.animated_area_ratio:.0%}; {area:.0%} is the most."
        )
    if params.synthetic_voice == "forbidden" and seen.synthetic_voice_since is not None:
        yield _say(
            rule, "A synthetic voice is on air where none is allowed.", "Let a human speak.", stop=True
        )
    if params.synthetic_persona == "forbidden" and seen.synthetic_person_since is not None:
        yield _say(rule, "A rendered person is on air where none is allowed.", "Let a human host.", stop=True)
    if "none" in params.modes:
        return
    limit = float(params.heartbeat_max_gap_s or DEFAULT_HEARTBEAT_S)
    proofs = [seen.present[m] for m in params.modes if m in seen.present]
    last = max(proofs, default=None)
    gone = seen.absent_since
    if last is not None and _seconds(now, last) <= limit and gone is None:
        if params.identity_check_at_start and not seen.identity_checked:
            yield _say(
                rule, "The human in the room has not passed the identity check.", "Answer the challenge."
            )
        return
    if gone is None:
        gone = last + timedelta(seconds=limit) if last is not None else seen.started
    if gone is None:
        yield _say(
            rule, f"Waiting for {_names(params.modes)}.", "Check in, then come to the camera or speak."
        )
        return
    stops = [int(m.group(1)) for a in params.on_absence if (m := STOP.fullmatch(a))]
    away = _seconds(now, gone)
    if stops and away > min(stops):
        yield _say(
            rule,
            f"No human was proved present for {_span(away)}; after {_span(min(stops))} it ends.",
            stop=True,
        )
    else:
        yield _say(
            rule,
            f"No fresh proof of {_names(params.modes)} for {_span(away)}.",
            "Come to the camera or speak.",
        )


def _names(modes: Sequence[str]) -> str:
    return " or ".join(WAYS.get(m, m) for m in modes)


def _interaction(rule: Rule, seen: Observed, now: datetime) -> Iterator[Finding]:
    params = rule.params
    assert isinstance(params, Interaction)
    if seen.started is None:
        return
    first = seen.last_interaction is None
    limit = params.max_silence_start_s if first else params.max_silence_mid_s
    silent = _seconds(now, seen.started if seen.last_interaction is None else seen.last_interaction)
    if limit is not None and silent > limit:
        part = "since the start" if first else "in the middle"
        text = f"No interaction {part} for {_span(silent)}; {_span(limit)} is the most."
        yield _say(rule, text, "Speak to the viewers.")


def _duration(rule: Rule, seen: Observed, now: datetime) -> Iterator[Finding]:
    params = rule.params
    assert isinstance(params, Duration)
    if seen.started is not None and params.max_stream_s is not None:
        length = _seconds(now, seen.started)
        if length > params.max_stream_s:
            text = f"On air for {_span(length)}; {_span(params.max_stream_s)} is the most."
            yield _say(rule, text, "End the show or roll over.", stop=True)
    if params.max_pauses is not None and seen.pauses > params.max_pauses:
        yield _say(rule, f"Paused {seen.pauses} times; {params.max_pauses} is the most.", stop=True)
    if params.max_pause_s is not None and seen.paused_since is not None:
        length = _seconds(now, seen.paused_since)
        if length > params.max_pause_s:
            yield _say(
                rule, f"Paused for {_span(length)}; {_span(params.max_pause_s)} is the most.", stop=True
            )


def _geometry(rule: Rule, seen: Observed, now: datetime) -> Iterator[Finding]:
    params = rule.params
    assert isinstance(params, Geometry)
    least, most = params.avatar_min_height_ratio, params.max_static_area_ratio
    if least is not None and seen.avatar_height_ratio is not None and seen.avatar_height_ratio < least:
        yield _say(
            rule, f"The figure is {seen.avatar_height_ratio:.0%} of the frame high; {least:.0%} is the least."
        )
    if most is not None and seen.static_area_ratio is not None and seen.static_area_ratio > most:
        yield _say(rule, f"Stills cover {seen.static_area_ratio:.0%} of the picture; {most:.0%} is the most.")


def _content(rule: Rule, seen: Observed, now: datetime) -> Iterator[Finding]:
    params = rule.params
    assert isinstance(params, ContentMix)
    if params.loops == "forbidden" and seen.looped:
        yield _say(rule, "Footage repeats itself.", "Go back to live content.")
    if params.still_image == "forbidden" and seen.still_image:
        yield _say(rule, "The picture stands still.", "Go back to live content.")
    if params.ai_voiceover == "forbidden" and seen.synthetic_voice_since is not None:
        yield _say(
            rule, "A synthetic voice is on air where none is allowed.", "Let a human speak.", stop=True
        )
    if params.max_prerecorded_clip_s is not None and seen.recorded_since is not None:
        length = _seconds(now, seen.recorded_since)
        if length > params.max_prerecorded_clip_s:
            most = _span(params.max_prerecorded_clip_s)
            yield _say(rule, f"A recorded clip runs for {_span(length)}; {most} is the most.", "Cut it.")
    if seen.realtime_ratio is not None and seen.realtime_ratio <= params.min_realtime_ratio:
        least = params.min_realtime_ratio
        if least > 0:
            yield _say(
                rule, f"{seen.realtime_ratio:.0%} was captured live; it must be more than {least:.0%}."
            )


def _chat(rule: Rule, seen: Observed, now: datetime) -> Iterator[Finding]:
    params = rule.params
    assert isinstance(params, ChatDisclosure)
    if params.reminder_every_s is None or seen.started is None:
        return
    waited = _seconds(now, seen.notice_shown or seen.started)
    if waited > params.reminder_every_s:
        text = f"The AI notice is {_span(waited)} old; it is due every {_span(params.reminder_every_s)}."
        yield _say(rule, text, "Post it.")


Check = Callable[[Rule, Observed, datetime], Iterator[Finding]]
CHECKS: Mapping[type[Params], Check] = {
    Label: _label,
    Presence: _presence,
    Interaction: _interaction,
    Duration: _duration,
    Geometry: _geometry,
    ContentMix: _content,
    ChatDisclosure: _chat,
}
