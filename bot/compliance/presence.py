"""Is the human there? A state machine over evidence; no I/O, time and randomness are handed in.

    absent   nobody has been proved present yet, or the absence outlasted its grace
    present  every rule has a fresh proof of one of its modes
    late     somebody was there and the proof ran out (or they left): the grace is running

A click, a key or "activity" is never a proof, and a check-in only says who comes. A face in camera frames, a
live voice and an answered challenge are. A challenge that nobody answers outweighs a face, because a picture
of a face can be played back and an answer to a question drawn this minute cannot. A face that is not like the
enrolled one outweighs them all until the enrolled one is seen again; pictures that were shown before take
back the face that they showed, and that camera shows nobody until a question was answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from bot.compliance.challenges import answers, draw, strong
from bot.compliance.merge import PresenceNeed
from bot.show.messages import Challenge, Evidence

HEARTBEAT_S = 120.0  # own number, where a pack states none
MIN_SCORE = 0.5  # own number: below it a face or a voice is not believed
CHALLENGE_EVERY_S = 300.0  # own number: mean time between random challenges, at most
CHALLENGE_BEATS = 2.5  # own number: the same in heartbeats of the strictest pack
CHALLENGE_S = 45.0  # own number: time to answer
WRITTEN_S = 30.0  # own number: words said in that time may take so much more to be written down
PROOFS: dict[str, tuple[str, ...]] = {
    "human_on_camera": ("face",),
    "human_live_voice": ("voice",),
    "human_driver": ("face", "voice", "challenge"),
    "human_operator": ("face", "voice", "challenge"),
}
ASKS: dict[str, str] = {
    "human_on_camera": "show your face to the camera",
    "human_live_voice": "speak into the microphone",
    "human_driver": "show your face to the camera or speak",
    "human_operator": "show your face to the camera, speak, or answer the question",
}
SEEN: dict[str, str] = {"face": "face seen", "voice": "voice heard", "challenge": "question answered"}
REPLAYED = 0.1  # a picture's score: below it the camera shows a film


class Presence(StrEnum):
    ABSENT = "absent"
    PRESENT = "present"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class PresenceStatus:
    """`hold`: the show must not run on now; `stop`: it must end. `absent_since`: since when the grace runs.
    `deadline`: next moment at which something changes if nobody acts, and `then` what: "hold" or "stop".
    `evidence`, `needed`: plain words for the desk and for the co-host.
    """

    status: Presence
    hold: bool
    stop: bool
    name: str
    evidence: tuple[str, ...]
    needed: tuple[str, ...]
    absent_since: datetime | None
    deadline: datetime | None
    then: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Open:
    """A challenge that waits for its answer."""

    challenge: Challenge
    expect: str
    until: datetime
    heard: bool = False  # a voice came in time; `until` is then for writing it down


class PresenceDesk:
    """Collects evidence of one co-host and says where the show stands. Feed it in order of time.

    `needs`: from Merged.presence; with none, nobody has to be there and the status is always present. The
    pack's own seconds are on the scale of the `now` that is passed. `speed`: how much faster that scale runs
    than people do (a try on an accelerated clock); the time to answer and between questions stays as people
    live it.
    """

    def __init__(
        self,
        needs: Sequence[PresenceNeed],
        *,
        challenge_every_s: float | None = None,
        challenge_s: float = CHALLENGE_S,
        language: str = "en",
        speed: float = 1.0,
    ) -> None:
        self._needs = tuple(needs)
        beats = [n.heartbeat_s for n in self._needs if n.heartbeat_s]
        own = min([CHALLENGE_EVERY_S, *(CHALLENGE_BEATS * beat for beat in beats)])
        self._every = (own if challenge_every_s is None else challenge_every_s) * speed
        self._answer_s = challenge_s
        self._speed = speed
        self._language = language
        self._hears = False
        self._name = ""
        self._last: dict[str, datetime] = {}
        self._identified = False
        self._proved: datetime | None = None
        self._left: datetime | None = None
        self._open: _Open | None = None
        self._next: datetime | None = None
        self._missed: datetime | None = None
        self._unlike: datetime | None = None
        self._film: datetime | None = None
        self._count = 0

    @property
    def needs_somebody(self) -> bool:
        """Whether any rule wants a human in the room."""
        return bool(self._needs)

    @property
    def last_proof(self) -> dict[str, datetime]:
        """Mode -> last proof of it, for Observed.present."""
        found = {}
        for mode, kinds in PROOFS.items():
            if times := [self._last[k] for k in kinds if k in self._last]:
                found[mode] = max(times)
        return found

    @property
    def filmed(self) -> bool:
        """Whether the camera sends pictures that were shown before, and no question was answered since."""
        return self._film is not None

    @property
    def identified(self) -> bool:
        """Whether the person who checked in has answered a challenge since."""
        return self._identified

    def check_in(self, name: str, arriving: bool, at: datetime, *, hears: bool = False) -> None:
        """Somebody says who comes or goes. It proves nothing: what was seen before is forgotten, and an
        absence that has begun goes on, or a click could wind the grace back. `hears`: whether what they say
        is recognised there.
        """
        if self._proved is not None:
            self._left = self.status(at).absent_since or at
        self._last.clear()
        self._identified = False
        self._open = None
        self._missed = None
        self._next = None
        self._unlike = self._film = None
        self._hears = hears
        self._name = name.strip() if arriving else ""

    def evidence(self, e: Evidence, at: datetime | None = None) -> bool:
        """Take a piece of evidence; whether it counts as a proof. Without a named check-in nothing does.

        `at`: the show's own time of it, where the show's clock is not the console's (an accelerated try).
        """
        when = e.at if at is None else at
        if not self._name or e.kind == "activity":
            return False
        if e.kind in ("likeness", "picture"):
            self._doubt(e, when)
            return False  # it says whose face it is, or that it is none: the face itself is told apart
        if e.kind == "challenge":
            strength = self._answers(e, when)
            if strength is None:
                return False
            if not strength:  # somebody did something in time: not missed, and no proof of who or what
                return True
        elif e.score < MIN_SCORE or (e.kind == "face" and (self._unlike or self._film) is not None):
            return False
        elif e.kind == "voice":
            self._heard(e, when)
        self._last[e.kind] = max(when, self._last.get(e.kind, when))
        self._settle(when)
        return True

    def _heard(self, e: Evidence, when: datetime) -> None:
        """A voice in the time of a question that asks for words: what it said is being written down, which
        may take longer than that time on a busy machine.
        """
        waiting = self._open
        if waiting is None or not self._hears or e.challenge != waiting.challenge.id or when > waiting.until:
            return
        if not waiting.heard:
            more = timedelta(seconds=WRITTEN_S * self._speed)
            self._open = replace(waiting, until=waiting.until + more, heard=True)

    def _settle(self, when: datetime) -> None:
        """Where nothing is missing any more, an absence is over."""
        if self._whole(when):
            self._proved, self._left = when, None

    def _answers(self, e: Evidence, when: datetime) -> bool | None:
        """None: no answer to what was asked. Else whether it proves that somebody understood it."""
        waiting = self._open
        if waiting is None or e.challenge != waiting.challenge.id or when > waiting.until:
            return None
        if not answers(waiting.challenge, waiting.expect, e, self._language, hears=self._hears):
            return None
        self._open = None
        self._missed = None
        proves = strong(waiting.challenge, e)
        if proves:
            self._identified, self._film = True, None
        else:
            self._settle(when)
        return proves

    def _doubt(self, e: Evidence, when: datetime) -> None:
        """A face compared with the enrolled one, or what is wrong with the camera's pictures."""
        if e.kind == "likeness" and e.score >= MIN_SCORE:
            self._unlike = None
            self._settle(when)
        elif e.kind == "likeness":
            self._take_face_back(when)
            self._unlike = self._unlike or when
        elif e.score < REPLAYED:
            self._take_face_back(when)
            if self._film is None:  # the next question comes at once
                self._film = self._next = when

    def _take_face_back(self, when: datetime) -> None:
        """What was seen of a face is nobody's. An absence that this begins has its whole grace."""
        self._left = self.status(when).absent_since or when
        self._last.pop("face", None)
        self._settle(when)

    def _whole(self, at: datetime) -> bool:
        """Whether nothing at all is missing at that moment."""
        identity = any(n.identity_check for n in self._needs) and not self._identified
        missed = self._missed_since(at) or self._unlike
        return not (self._lapsed(at) or missed or identity or not self._name)

    def _lapsed(self, at: datetime) -> list[PresenceNeed]:
        return [n for n in self._needs if (end := self._fresh_until(n)) is None or end <= at]

    def challenge(self, now: datetime, rng: Random) -> Challenge | None:
        """A new challenge if one is due: at once after a check-in that must be verified or after a missed
        one, else at random times. Call it about once a second.
        """
        if not self._needs or not self._name:
            return None
        at_once = False
        if self._open is not None:
            if now <= self._open.until:
                return None
            self._missed = self._missed or self._open.until
            self._open = None
            self._next, at_once = now, True
        if self._next is None:
            at_once = any(n.identity_check for n in self._needs) or not self._last
            self._next = now if at_once else self._draw(now, rng)
        if now < self._next:
            return None
        self._next = self._draw(now, rng)
        self._count += 1
        asked, expect = draw(
            self._count,
            self._answer_s,
            self._language,
            rng,
            typed=at_once or not self._identified or self._film is not None,
            voice="voice" in self._last,
            face="face" in self._last,
        )
        self._open = _Open(asked, expect, now + timedelta(seconds=self._answer_s * self._speed))
        return asked

    def _draw(self, now: datetime, rng: Random) -> datetime:
        return now + timedelta(seconds=self._every * (0.5 + rng.random()))

    def status(self, now: datetime) -> PresenceStatus:
        """Where things stand at `now`."""
        rules = tuple(n.rule for n in self._needs)
        if not self._needs:
            return PresenceStatus(
                Presence.PRESENT, False, False, self._name, self._words(now), (), None, None, "", rules
            )
        if not self._whole(now):
            return self._gone(now, rules)
        soonest = min(end for n in self._needs if (end := self._fresh_until(n)) is not None)
        if self._open is not None:
            soonest = min(soonest, self._open.until)
        words, needed = self._words(now), self._soon(now, soonest)
        return PresenceStatus(
            Presence.PRESENT, False, False, self._name, words, needed, None, soonest, "hold", rules
        )

    def _gone(self, now: datetime, rules: tuple[str, ...]) -> PresenceStatus:
        lapsed, missed = self._lapsed(now), self._missed_since(now)
        needed = self._needed(lapsed, missed)
        if self._proved is None:
            return PresenceStatus(
                Presence.ABSENT, True, False, self._name, self._words(now), needed, None, None, "", rules
            )
        since = self._since(now, lapsed, missed)
        graces = [n.stop_after_s for n in self._needs if n.stop_after_s is not None]
        deadline = since + timedelta(seconds=min(graces)) if graces else None
        over = deadline is not None and now > deadline
        return PresenceStatus(
            status=Presence.ABSENT if over else Presence.LATE,
            hold=True,
            stop=over,
            name=self._name,
            evidence=self._words(now),
            needed=needed,
            absent_since=since,
            deadline=deadline,
            then="stop" if deadline is not None else "",
            rules=rules,
        )

    def _fresh_until(self, need: PresenceNeed) -> datetime | None:
        times = [self._last[k] for m in need.modes for k in PROOFS.get(m, ()) if k in self._last]
        return max(times) + timedelta(seconds=need.heartbeat_s or HEARTBEAT_S) if times else None

    def _missed_since(self, now: datetime) -> datetime | None:
        if self._open is not None and now > self._open.until:
            return self._missed or self._open.until
        return self._missed

    def _since(self, now: datetime, lapsed: Sequence[PresenceNeed], missed: datetime | None) -> datetime:
        """When the absence began: the earliest of leaving, proof running out, a challenge missed; where a
        face was taken back, what had run out while it stood is no matter.
        """
        if self._left is not None:
            return min(self._left, now)
        moments = [t for t in (missed, self._unlike) if t is not None]
        moments += [end for n in lapsed if (end := self._fresh_until(n)) is not None]
        began = min(moments, default=self._proved or now)
        return began if began <= now else now

    def _needed(self, lapsed: Sequence[PresenceNeed], missed: datetime | None) -> tuple[str, ...]:
        if not self._name:
            return ("A co-host has to check in by name.",)
        words = [f"{self._name}: {' or '.join(ASKS[m] for m in n.modes)} ({n.rule})." for n in lapsed]
        if lapsed and self._film is not None:
            words.insert(0, "These pictures were shown before: answer the question on your screen.")
        if self._unlike is not None:
            words.insert(0, f"The face before the camera is not like the one that {self._name} enrolled.")
        if missed is not None:
            words.append(f"{self._name}: answer the next question; the last one was not answered in time.")
        elif any(n.identity_check for n in self._needs) and not self._identified:
            words.append(f"{self._name}: answer the question on your screen, so that we know it is you.")
        return tuple(dict.fromkeys(words))

    def _soon(self, now: datetime, soonest: datetime) -> tuple[str, ...]:
        """A word before it is too late."""
        left = (soonest - now).total_seconds()
        if self._open is not None:
            return (f"{self._name}: answer the question within {left:.0f} s.",)
        if left > HEARTBEAT_S / 4:
            return ()
        return (f"{self._name}: show your face or speak within {left:.0f} s.",)

    def _words(self, now: datetime) -> tuple[str, ...]:
        return tuple(
            f"{SEEN[kind]} {max(0.0, (now - at).total_seconds()):.0f} s ago"
            for kind, at in self._last.items()
        )
