"""What is looked at every second of a show: label, rules, co-host, studio, the record, and the time left."""

from bot.show.conduct import ASKED_S, Conduct
from bot.show.messages import Presence as PresenceView
from bot.show.room_rules import Ruling
from bot.show.session import Air, Event
from bot.show.stand import Stand
from bot.show.watching import Watching

GOODBYE_S = 5.0  # kept free at the end of a show's time
IDLE_S = 20.0  # how long idle motion may stand for a host that ought to speak
STUDIO_LOADS_S = 120.0  # a voice that is not there by then is given up
ENDING_S = 12.0  # a goodbye that has not been said by then is given up


class Oversight:
    """Looks, and hands the session what it sees. `at` is in seconds of air."""

    def __init__(self, stand: Stand, conduct: Conduct) -> None:
        self._s = stand
        self._conduct = conduct
        self._ruling: Ruling | None = None
        self._studio_seen = 0.0
        self._ending_at: float | None = None
        parts = stand.parts
        self.watching = Watching(
            parts.eye,
            parts.air.witness,
            parts.record.note,
            lambda: parts.scenery.label(parts.label),
            stand.label_wanted,
        )

    def look(self, at: float) -> None:
        """Label, rules and studio; once a second."""
        parts = self._s.parts
        now = parts.clock.now()
        parts.rules.label_seen(now, parts.eye.unseen(at))
        parts.rules.pictured(now, parts.proportions(parts.air.scene), stands=parts.eye.stands)
        self.watching.tell()
        self._apply_rules()
        self._s.director.reclear()
        self._studio_away(at)

    def _studio_away(self, at: float) -> None:
        """Idle motion bridges a restart of the studio; a studio that stays away longer is covered by the
        slate.
        """
        s, parts = self._s, self._s.parts
        live = s.session.air is Air.LIVE
        if parts.studio.ready:
            if s.slate_for_studio and live:
                parts.scenery.clear_hold()
                parts.rules.held(None)
            self._studio_seen, s.slate_for_studio = at, False
        elif live and at - self._studio_seen > IDLE_S and not s.slate_for_studio:
            s.slate_for_studio = True
            parts.scenery.hold("hold", parts.words["hold"])
            parts.rules.held(parts.clock.now())
            parts.record.note("studio.away", {"seconds": round(at - self._studio_seen)})

    def _apply_rules(self) -> None:
        s, parts, rules = self._s, self._s.parts, self._s.parts.rules
        now = parts.clock.now()
        challenge = rules.next_challenge(now)
        if challenge is not None:
            s.tell(challenge)
            asked = {"challenge": challenge.id, "kind": challenge.kind, "asked": challenge.text}
            parts.record.note("cohost.challenge_asked", {"name": rules.cohost, **asked})
        ruling = rules.ruling(now)
        presence = ruling.presence
        if self._ruling is None or presence.status != self._ruling.presence.status:
            seen = {"name": presence.name, "evidence": list(presence.evidence)}
            parts.record.note("cohost." + str(presence.status), seen)
        self._ruling = ruling
        self._conduct.event(ruling.cohost)
        ended = parts.licence(parts.air.seconds, now)
        if ended:
            self._conduct.event(Event.RULES_STOP, ended)
            return
        failure = s.unrecorded
        why = f"What cannot be recorded must not air: {failure}" if failure else self.watching.reason
        if why and ruling.policy in (Event.RULES_CLEAR, Event.RULES_WARN):
            self._conduct.event(Event.RULES_HOLD, (why,))
        else:
            self._conduct.event(ruling.policy, ruling.reasons)
        if rules.needs_cohost:
            view = PresenceView(
                status=str(presence.status),
                name=presence.name,
                evidence=presence.evidence,
                needed=presence.needed,
            )
            s.tell(view)

    def keep_time(self, at: float) -> None:
        """Ends the show at its time, and a goodbye at its own; sees at once when the label is gone."""
        if self.watching.glance(at):
            self._apply_rules()
        s, left = self._s, self._left(at)
        if s.parts.once and s.session.air is Air.LIVE and s.director.finished:
            self._conduct.event(Event.TIME_UP, ("all of it is said",))
        if s.session.air in (Air.LIVE, Air.HOLD) and s.live_at is not None and left is not None:
            busy = s.director.speaking and left > 0
            if left <= GOODBYE_S and not (busy and s.director.answering):
                self._conduct.event(Event.TIME_UP, ("the planned time is over",))
        if s.session.air is Air.CHECKING and left is not None and left < 0:
            self._give_up_checking(at)
        if s.session.air is Air.ENDING:
            self._keep_ending(at)

    def _give_up_checking(self, at: float) -> None:
        """The time is over before the show went live. A short show still waits for a voice that loads: one
        that cannot be loaded says why.
        """
        s = self._s
        ready = s.parts.studio.ready
        if not ready and at < STUDIO_LOADS_S:
            return
        reasons = s.session.reasons if ready else ("the voice and the host were not ready in time",)
        s.reason = "the show never went live: " + "; ".join(reasons)
        self._conduct.event(Event.TIME_UP, reasons)

    def _left(self, at: float) -> float | None:
        """Seconds until the planned end, by length (from going live) or by the clock; None without one."""
        parts = self._s.parts
        if parts.until is not None:
            return (parts.until - parts.clock.now()).total_seconds()
        return None if parts.minutes is None else parts.minutes * 60 - (at - (self._s.live_at or 0.0))

    def _keep_ending(self, at: float) -> None:
        s = self._s
        if self._ending_at is None:
            self._ending_at = at
        if s.end_by is None:
            s.end_by = at + (ASKED_S if s.asked else ENDING_S)
        said = s.director.done and not s.director.speaking and not (s.parts.once and s.parts.sounding())
        if (said and at - self._ending_at > 0.5) or at > s.end_by:
            self._conduct.event(Event.GOODBYE_SAID)
