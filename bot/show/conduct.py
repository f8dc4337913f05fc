"""Events into the session, and what the session commands done: slates, channels, the goodbye, the record."""

from dataclasses import replace
from datetime import datetime

from bot.show.session import MAY_AIR, Air, Do, Event
from bot.show.stand import Stand
from persona.script import Line

ASKED_S = 3.0  # a goodbye that somebody asked for: all is over within five seconds


class Conduct:
    """Owns the session's moves. Its methods run on the loop and never block."""

    def __init__(self, stand: Stand) -> None:
        self._s = stand
        self._goodbye: Line | None = None
        self._short_goodbye: Line | None = None
        self._prepared = False

    def has_goodbye(self, line: Line | None) -> None:
        """The goodbye that was written beforehand, None when there is none."""
        self._goodbye = line
        if line is not None:
            self._short_goodbye = replace(line, id="goodbye.short", text=self._s.parts.words["goodbye"])

    def prepare_goodbyes(self) -> None:
        """Once the first line airs there is time to speak them into the cache: Ctrl-C must end within
        seconds.
        """
        if not self._prepared:
            self._prepared = True
            for line in (self._short_goodbye, self._goodbye):
                if line is not None:
                    self._s.parts.studio.prepare(line)

    def event(self, event: Event, reasons: tuple[str, ...] = ()) -> None:
        """Hands the session an event and does what it commands. One that comes too late changes nothing."""
        s, now = self._s, self._s.parts.clock.now()
        try:
            s.session, commands = s.session.handle(event, now, reasons or self._standing(event))
        except ValueError:
            return  # a second Ctrl-C, news for an ended show
        for command in commands:
            self._do(command, event, now)

    def ask_to_end(self, reason: str) -> None:
        """Ctrl-C, SIGTERM, or the desk: the clause on air is cut, a short goodbye said, everything closed."""
        s = self._s
        s.reason = s.reason or reason
        s.asked = True
        if s.session.air is Air.ENDING:  # the goodbye that is being said gets no longer than a short one
            by = s.parts.air.seconds + ASKED_S
            s.end_by = by if s.end_by is None else min(s.end_by, by)
        if s.session.air in (Air.LIVE, Air.HOLD, Air.CHECKING):
            self._goodbye = self._short_goodbye or self._goodbye
            s.drop_speech()
            self.event(Event.END, (reason,))

    def _standing(self, event: Event) -> tuple[str, ...]:
        """Reasons stay until the rules say otherwise."""
        return () if event in (Event.RULES_CLEAR, Event.RULES_WARN) else self._s.session.reasons

    def _do(self, command: Do, event: Event, now: datetime) -> None:
        s, parts = self._s, self._s.parts
        match command:
            case Do.SHOW_HOLD:
                kind = "starting" if s.session.air is Air.CHECKING else "hold"
                parts.scenery.hold(kind, parts.words[kind])
                s.drop_speech()
                s.on_air(None)
                parts.rules.held(now)
            case Do.LEAVE_HOLD:
                parts.scenery.clear_hold()
                s.slate_for_studio = False
                s.on_air(now)
                parts.rules.held(None)
            case Do.OPEN_CHANNELS:
                for channel in parts.channels:
                    if channel.open_sink is not None:
                        channel.open_sink()
            case Do.GO_LIVE:
                s.live_at = parts.air.seconds
                parts.jingle("opening")
            case Do.SAY_GOODBYE:
                self._say_goodbye()
            case Do.CLOSE_AIR:
                s.reason = s.reason or "; ".join(s.session.reasons)
            case Do.RECORD:
                self._record(event)

    def _record(self, event: Event) -> None:
        s = self._s
        state = {
            "event": str(event),
            "air": str(s.session.air),
            "cohost": str(s.session.cohost),
            "policy": str(s.session.policy),
            "reasons": list(s.session.reasons),
        }
        s.parts.record.note("session", state)
        s.tell(s.state())

    def _say_goodbye(self) -> None:
        s = self._s
        s.reason = s.reason or "; ".join(s.session.reasons)
        if s.parts.once and s.session.policy in MAY_AIR:
            s.director.done = True
            s.parts.jingle("ending")
            return
        if s.session.policy not in MAY_AIR or self._goodbye is None:
            # a clone that must not be on air does not say goodbye either
            s.drop_speech()
            s.director.done = True
            s.parts.scenery.hold("ending", s.parts.words["ending"])
            return
        s.parts.scenery.clear_hold()
        s.parts.scenery.hide_question()
        s.parts.jingle("ending")
        s.director.last_words(self._goodbye)
