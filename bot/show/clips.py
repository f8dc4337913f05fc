"""Filmed clips in a running show: when one may begin, what ends it early, what the ledger keeps of it.

A clip plays as a cue by itself, once nobody speaks any more, or under a pitch from its first line on. It
ends early when somebody is answered, the show holds or ends, the host is paused, a person comes on, or a
licence in it is withdrawn. Refused clips are left out and noted; the show goes on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.compliance.merge import Merged
from bot.show.room_rules import RoomRules
from bot.stage.clip_screen import AirClip, ClipMark, ClipScreen
from bot.stage.eye import Eye
from schedules.rundown import Cue, CueKind

LOOK_S = 10.0  # between looks at licences and files: well within the 60 s that a withdrawal gives
PATIENCE_S = 3.0  # for a clip whose first pictures do not come
ROOM = 0.02  # by which the share of recorded time stays off its bound

Note = Callable[[str, dict[str, Any]], None]
Look = Callable[[Sequence[str], datetime], Mapping[str, tuple[str, ...]]]
"""By clip, why it may not be shown; empty: it may. Asked of all at once, since they share licences."""


@dataclass(frozen=True, slots=True)
class ShownClip:
    """A clip of the show, ready to air. `licences`: of the people in it; `rights`: whose footage it is."""

    air: AirClip
    sha256: str
    product: str | None
    licences: tuple[str, ...]
    rights: str
    approved_by: str

    def record(self) -> dict[str, Any]:
        """What the ledger keeps of it."""
        return {
            "clip": self.air.id,
            "sha256": self.sha256,
            "product": self.product,
            "licences": list(self.licences),
            "rights": self.rights,
            "approved_by": self.approved_by,
            "seconds": self.air.film.seconds,
            "sound": self.air.film.sound is not None,
        }


@dataclass(frozen=True, slots=True)
class ClipRules:
    """What the merged packs say of recorded parts. `once`: where loops are forbidden a clip is not shown
    again within a show (our own, strict reading); `realtime`: the share captured live must be greater than
    this.
    """

    longest_s: float | None = None
    once: bool = False
    realtime: float = 0.0

    @classmethod
    def of(cls, merged: Merged) -> "ClipRules":
        longest = merged.value("content_mix", "max_prerecorded_clip_s")
        return cls(
            None if longest is None else float(longest),
            merged.value("content_mix", "loops") == "forbidden",
            float(merged.value("content_mix", "min_realtime_ratio", 0.0)),
        )

    def against(self, seconds: float, shown: int, recorded_s: float, live_s: float) -> str:
        """Why a clip of so many seconds may not begin now; "" when it may. `shown`: how often it was;
        `recorded_s` of `live_s` seconds on the air were recorded ones so far.
        """
        if self.longest_s is not None and seconds > self.longest_s:
            return f"recorded clips may last {self.longest_s:.0f} s at most"
        if self.once and shown:
            return "recorded parts may not be repeated, and it was shown already"
        if self.realtime and (recorded_s + seconds) / max(live_s + seconds, 1e-6) >= 1 - self.realtime - ROOM:
            return f"more than {self.realtime:.0%} of the show must be live, and so far too little is"
        return ""


class ClipDesk:
    """One show's clips. All calls from the event loop; times `at` are seconds of air.

    now        when the show is built
    look       asked before each clip and every LOOK_S
    on_sale    whether the product of that handle may be shown
    began      is told of the cue whose clip came on, and the product that it shows
    """

    def __init__(
        self,
        clips: Mapping[str, ShownClip],
        screen: ClipScreen,
        rules: ClipRules,
        room: RoomRules,
        eye: Eye,
        look: Look,
        note: Note,
        on_sale: Callable[[str], bool],
        now: datetime,
        fps: int = 25,
    ) -> None:
        self._clips, self._screen, self._rules, self._room = clips, screen, rules, room
        self._eye, self._look, self._note, self._on_sale, self._fps = eye, look, note, on_sale, fps
        self.began: Callable[[Cue, str | None], None] = lambda cue, product: None
        self._due: Cue | None = None  # waits for its turn
        self._playing: Cue | None = None  # was given to the screen
        self._asked_at = 0.0
        self._why = ""  # what ended the clip that plays
        self._out: dict[str, str] = {}  # clips that may not be shown any more, and why
        self._shown: dict[str, int] = {}
        self._recorded_s = 0.0
        self._since: float | None = None  # when the clip that plays came on
        self._live_since: float | None = None
        self._now, self._at = now, 0.0
        self._looked: float | None = None

    # ---- the director's side

    def due(self, cue: Cue) -> None:
        """It is the turn of a cue with a clip."""
        self._due = cue if cue.clip is not None else None

    def holding(self, *, quiet: bool) -> bool:
        """Whether speech waits for a clip that is a cue by itself. `quiet`: nothing is under way to the air;
        then one that is due begins.
        """
        if self._due is not None and self._due.kind is CueKind.CLIP:
            if quiet and not self._screen.busy:
                self._begin(self._due)
            else:
                return True
        return self._playing is not None and self._playing.kind is CueKind.CLIP

    def skip(self) -> None:
        """On with the next cue."""
        self._due = None
        self._stop("the cue was left")

    def line_started(self, cue: Cue | None) -> None:
        """The first words of `cue` are on the air: its clip comes with them, that of another cue goes."""
        if cue is None:
            return
        if self._playing is not None and self._playing.id != cue.id:
            self._stop("another cue began")
        if self._due is not None and self._due.id == cue.id and cue.kind is CueKind.PITCH:
            self._begin(self._due)

    # ---- the loop's

    def step(self, now: datetime, at: float, covered: str) -> None:
        """Call some twenty times a second. `covered`: why no clip may be on the air now; "" when one may."""
        self._now, self._at = now, at
        if not covered and self._live_since is None:
            self._live_since = at
        while self._screen.marks:
            self._hear(self._screen.marks.popleft(), now)
        if self._screen.busy and covered:
            self._stop(covered)
        if self._looked is None or at - self._looked >= LOOK_S:
            self._look_at_all(now, at)
        if self._waits_too_long(at):
            self._stop("its first pictures did not come")
        self._screen.tidy()
        self._tell_rules(now, at)

    def close(self) -> None:
        """After the last tick."""
        while self._screen.marks:
            self._hear(self._screen.marks.popleft(), self._now)
        self._screen.close()

    # ---- inside

    def _begin(self, cue: Cue) -> None:
        """Gives the clip to the screen, or notes why not."""
        self._due = None
        clip = self._clips.get(cue.clip or "")
        why = "it is not among the show's clips" if clip is None else self._against(clip)
        if clip is None or why:
            self._note("clip.refused", {"clip": cue.clip, "cue": cue.id, "why": why})
            return
        if not self._screen.play(clip.air):
            self._note("clip.refused", {"clip": cue.clip, "cue": cue.id, "why": "another clip is on the air"})
            return
        self._playing, self._why, self._asked_at = cue, "", self._at

    def _against(self, clip: ShownClip) -> str:
        if clip.product is not None and not self._on_sale(clip.product):
            return f"{clip.product} is not for sale"
        self._check((clip.air.id,), self._now)
        if clip.air.id in self._out:
            return self._out[clip.air.id]
        live = 0.0 if self._live_since is None else self._at - self._live_since
        shown = self._shown.get(clip.air.id, 0)
        return self._rules.against(clip.air.film.seconds, shown, self._recorded_s, live)

    def _look_at_all(self, now: datetime, at: float) -> None:
        self._looked = at
        self._check(tuple(self._clips), now)
        playing = None if self._playing is None else self._playing.clip
        if playing is not None and playing in self._out:
            self._stop(self._out[playing])

    def _check(self, names: Sequence[str], now: datetime) -> None:
        """What may not be shown any more is never shown again in this show."""
        for name, reasons in self._look([n for n in names if n not in self._out], now).items():
            if reasons:
                self._out[name] = " ".join(reasons)
                self._note("clip.withdrawn", {"clip": name, "why": self._out[name]})

    def _waits_too_long(self, at: float) -> bool:
        waits = self._playing is not None and self._since is None
        return waits and at - self._asked_at > PATIENCE_S

    def _stop(self, why: str) -> None:
        if self._screen.busy:
            self._why = self._why or why
            self._screen.stop()

    def _hear(self, mark: ClipMark, now: datetime) -> None:
        """What the screen did, at which tick."""
        clip, cue = self._clips[mark.clip], self._playing
        at = mark.n / self._fps
        where = {"cue": "" if cue is None else cue.id, "at_ms": round(at * 1000)}
        if mark.what == "start":
            self._since = at
            self._shown[mark.clip] = self._shown.get(mark.clip, 0) + 1
            self._room.recorded(now)
            self._note("clip.started", {**clip.record(), **where, "mark": clip.air.mark.key})
            if cue is not None:
                self.began(cue, clip.product)
            return
        why = mark.why or self._why
        if self._since is not None:
            length = at - self._since
            self._recorded_s += length
            told = {"seconds": round(length, 2), "whole": mark.whole, "late_ticks": mark.late}
            self._note("clip.ended", {"clip": mark.clip, **where, **told, "why": why})
        else:
            self._note("clip.refused", {"clip": mark.clip, **where, "why": why})
        self._room.recorded(None)
        self._playing, self._since = None, None

    def _tell_rules(self, now: datetime, at: float) -> None:
        """When the mark was seen last in what goes out, and how much of the show was live."""
        if not self._shown:
            return
        seen = self._eye.recorded_seen
        mark = None if seen is None else now - timedelta(seconds=max(0.0, at - seen))
        live = 0.0 if self._live_since is None else at - self._live_since
        recorded = self._recorded_s + (0.0 if self._since is None else at - self._since)
        self._room.recorded_mark(mark, 1 - recorded / live if live > 0 else None)
