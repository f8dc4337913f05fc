"""Watches the rules while a show runs: what is known of it each second, and what the judge makes of that."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from bot.compliance.decision import Decision
from bot.compliance.judge import Observed, judge, policy_state
from bot.compliance.label import Drawn
from bot.compliance.presence import Presence, PresenceDesk, PresenceStatus
from bot.show.messages import Challenge, CheckIn, Evidence
from bot.show.session import Event
from bot.stage.proportions import Shares
from products.verdict import Finding, Severity

COHOST_EVENTS = {
    Presence.PRESENT: Event.COHOST_SEEN,
    Presence.LATE: Event.COHOST_LATE,
    Presence.ABSENT: Event.COHOST_GONE,
}
POLICY_EVENTS = {
    "clear": Event.RULES_CLEAR,
    "warn": Event.RULES_WARN,
    "hold": Event.RULES_HOLD,
    "stop": Event.RULES_STOP,
}
STILL_S = 10.0  # own number: a picture that stood is tried again only after so long on the slate
ENOUGH_S = 60.0  # own number: of the air time, before a share of it says anything


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rules say at one moment: events for the session, and why in plain words."""

    cohost: Event
    policy: Event
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]
    presence: PresenceStatus


class RoomRules:
    """One show's rules at work. `needs_cohost`: whether any rule wants a human in the room. `label`: the AI
    label that is drawn and looked for.
    """

    def __init__(
        self, decision: Decision, desk: PresenceDesk, random: Random, label: Drawn | None = None
    ) -> None:
        self._decision, self._desk, self._random = decision, desk, random
        self._observed = Observed()
        if label is not None:
            self._observed = Observed(
                label_text=label.text,
                label_height_ratio=label.height_ratio,
                label_contrast=label.contrast,
                label_place=label.place,
            )
        self._stood: datetime | None = None  # when the picture was last seen to stand
        self._alone = False  # a human alone is on the air
        self._ruled: datetime | None = None
        self._with_human = timedelta()
        self.cohost = ""  # who checked in
        self.needs_cohost = desk.needs_somebody
        self.challenge: Challenge | None = None

    def on_air(self, now: datetime | None, *, synthetic: bool = True) -> None:
        """The show went live at `now`, or (None) left the air. Not `synthetic`: a human alone is on."""
        started = self._observed.started or now
        since = now if synthetic else None
        self._alone = now is not None and not synthetic
        self._observed = replace(
            self._observed,
            started=started,
            synthetic_person_since=since,
            synthetic_voice_since=since,
            virtual_scene_since=since if self._decision.facts.virtual_scene else None,
        )

    def label_seen(self, now: datetime, unseen_s: float) -> None:
        """The label was last seen in our own decoded picture `unseen_s` before `now`."""
        self._observed = replace(self._observed, label_seen=now - timedelta(seconds=unseen_s))

    def recorded(self, since: datetime | None) -> None:
        """A filmed clip is on the air since then; None: none is."""
        self._observed = replace(self._observed, recorded_since=since)

    def recorded_mark(self, seen: datetime | None, live: float | None) -> None:
        """When the mark on a clip was last found in our own decoded picture; which share of the show was
        live.
        """
        self._observed = replace(self._observed, recorded_label_seen=seen, realtime_ratio=live)

    def spoke(self, now: datetime) -> None:
        """The show said something to its viewers."""
        self._observed = replace(self._observed, last_interaction=now)

    def notice(self, now: datetime) -> None:
        """The show told its viewers what its host is."""
        self._observed = replace(self._observed, notice_shown=now)

    def held(self, since: datetime | None) -> None:
        """A slate stands for the show on the air since then; None: it is gone. Before the show goes live none
        is a pause.
        """
        seen = self._observed
        if since is None:
            self._observed = replace(seen, paused_since=None)
        elif seen.started is not None and seen.paused_since is None:
            self._observed = replace(seen, paused_since=since, pauses=seen.pauses + 1)

    def warnings(self) -> tuple[str, ...]:
        """What the desk must know before a rule is broken."""
        most, seen = self._decision.merged.value("duration", "max_pauses"), self._observed
        if most is None or seen.pauses < most or seen.started is None:
            return ()
        because = ", ".join(self._decision.merged.because("duration", "max_pauses"))
        return (f"The show was paused {seen.pauses} of {most} times; one pause more ends it ({because}).",)

    def pictured(self, now: datetime, shares: Shares, *, stands: bool) -> None:
        """How the picture that goes out is divided, and whether it stands still though it should move."""
        self._stood = now if stands else self._stood
        still = self._stood is not None and (now - self._stood).total_seconds() < STILL_S
        self._observed = replace(
            self._observed,
            still_image=still,
            avatar_height_ratio=shares.figure_height,
            animated_area_ratio=shares.figure_area,
            static_area_ratio=shares.stills,
        )

    def check_in(self, message: CheckIn, now: datetime) -> None:
        self._desk.check_in(message.name, message.arriving, now, hears=message.hears)
        self.cohost = message.name.strip() if message.arriving else ""
        self.challenge = None

    def evidence(self, message: Evidence, now: datetime) -> bool:
        """Whether it counts as proof of presence."""
        counted = self._desk.evidence(message, now)
        if message.kind == "challenge" and counted:
            self.challenge = None
        return counted

    def next_challenge(self, now: datetime) -> Challenge | None:
        """A new challenge, if one is due."""
        asked = self._desk.challenge(now, self._random)
        if asked is not None:
            self.challenge = asked
        return asked

    def ruling(self, now: datetime) -> Ruling:
        """The state of things at `now`."""
        status = self._desk.status(now)
        observed = replace(
            self._observed,
            present=self._desk.last_proof,
            identity_checked=self._desk.identified,
            absent_since=status.absent_since,
            human_ratio=self._human_ratio(status, now),
            looped=self._alone and self._desk.filmed,
        )
        findings = judge(self._decision.merged, observed, now)
        policy = policy_state(findings)
        if self.needs_cohost and status.stop:
            policy = "stop"
        elif self.needs_cohost and status.hold and policy in ("clear", "warn"):
            policy = "hold"
        bad = [f.message for f in findings if f.severity in (Severity.BLOCK, Severity.PAUSE)]
        wanted = list(status.needed) if self.needs_cohost and (status.hold or status.stop) else []
        return Ruling(
            COHOST_EVENTS[status.status],
            POLICY_EVENTS[policy],
            tuple(dict.fromkeys(bad + wanted)),
            findings,
            status,
        )

    def _human_ratio(self, status: PresenceStatus, now: datetime) -> float | None:
        """Share of the time since the show went live in which every proof of a human was fresh."""
        started, before = self._observed.started, self._ruled
        self._ruled = now
        if not self.needs_cohost or started is None:
            return None
        if before is not None and status.status is Presence.PRESENT:
            self._with_human += max(timedelta(), now - max(before, started))
        on_air = (now - started).total_seconds()
        return None if on_air < ENOUGH_S else self._with_human.total_seconds() / on_air
