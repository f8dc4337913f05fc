"""Who watches a show and what they do while what is on: stretches for the ledger and for the pages of
insight.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.compliance.account import AI, DUET, HUMAN, SLATE
from bot.insight.stretches import Stretch
from bot.insight.worries import Worry, worries
from bot.show.rows import Rows
from bot.show.session import Air
from connectors.base import Event, EventKind
from persona.ai_remarks import ai_remark

LONGEST_S = 60.0  # a stretch that lasts is noted each minute
SHORTEST_S = 1.0
STALE_S = 180.0  # a platform's number that was not said again for so long is no longer known
READ_A_SECOND = 200  # messages whose tone is looked at; in a flood the rest is only counted
REMEMBERED = 1000  # stretches, for the last hour's worries
CHANNELS = 64


@dataclass(frozen=True, slots=True)
class OnNow:
    """What is on: kind of cue, product on the table, host (AI, DUET, HUMAN, SLATE of
    bot/compliance/account.py).
    """

    cue: str
    product: str | None
    host: str


def on_now(air: Air, cue: str, product: str | None, *, alone: bool, inset: bool) -> OnNow | None:
    """`alone`: a person is the show; `inset`: they stand beside the host. None: nothing is on the air."""
    if air not in (Air.LIVE, Air.HOLD, Air.ENDING):
        return None
    host = SLATE if air is Air.HOLD else HUMAN if alone else DUET if inset else AI
    return OnNow(cue, product, host)


@dataclass(slots=True)
class _Told:
    """What a channel's platform said last, and when, in seconds of air."""

    viewers: int | None = None
    followers: int | None = None
    at: float = 0.0


@dataclass(slots=True)
class _Open:
    """A stretch that goes on."""

    on: OnNow
    began: datetime
    at: float
    counts: Counter[str] = field(default_factory=Counter)
    viewers: list[int] = field(default_factory=list)  # one a second, LONGEST_S at most


class Audience:
    """One run of a show. Plain calls; `rows.run` keeps what they leave.

    run     the folder of the run
    record  writes to the ledger
    enter   keeps stretches in the database; blocks, called in a thread; None: nowhere
    """

    def __init__(
        self,
        show: str,
        run: str,
        record: Callable[[str, dict[str, Any]], None],
        enter: Callable[[Sequence[Stretch]], None] | None = None,
    ) -> None:
        self._show, self._run, self._record = show, run, record
        self.rows: Rows[Stretch] = Rows(
            enter, lambda n, why: record("audience.not_kept", {"stretches": n, "why": why})
        )
        self._told: dict[str, _Told] = {}
        self._open: _Open | None = None
        self._waiting: Counter[str] = Counter()  # what came in since the last look
        self._recent: deque[Stretch] = deque(maxlen=REMEMBERED)
        self._read = 0
        self.worries: tuple[Worry, ...] = ()

    # ---- what comes in

    def hear(self, event: Event, at: float) -> None:
        """Something came from a channel's platform, at `at` seconds of air."""
        match event.kind:
            case EventKind.COMMENT if not event.own:
                self._waiting["comments"] += 1
                if self._read < READ_A_SECOND:
                    self._read += 1
                    remark = ai_remark(event.text)
                    if remark is not None:
                        self._waiting[str(remark.tone)] += 1
            case EventKind.FOLLOW:
                self._waiting["follows"] += 1
            case EventKind.LIKE | EventKind.GIFT:
                self._waiting["likes" if event.kind is EventKind.LIKE else "gifts"] += max(1, event.number)
            case EventKind.VIEWERS:
                self.told(event.platform, event.number, None, at)

    def told(self, channel: str, viewers: int | None, followers: int | None, at: float) -> None:
        """How many watch and follow, as the platform says; None: it does not say."""
        if channel not in self._told and len(self._told) >= CHANNELS:
            return
        known = self._told.setdefault(channel, _Told())
        if viewers is not None:
            known.viewers, known.at = viewers, at
        if followers is not None:
            known.followers = followers

    # ---- every second

    def look(self, on: OnNow | None, asked: int, answered: int, now: datetime, at: float) -> None:
        """Once a second: what is on (None: the show is not on the air), and how many questions were asked and
        answered since the last look.
        """
        self._read = 0
        self._waiting["asked"] += asked
        self._waiting["answered"] += answered
        current = self._open
        if current is not None and (current.on != on or at - current.at >= LONGEST_S):
            self._close(current, at, now)
            current = None
        if on is None:
            self._waiting.clear()
            return
        if current is None:
            current = self._open = _Open(on, now, at)
        current.counts.update(self._waiting)
        self._waiting.clear()
        if (watching := self._watching(at)) is not None:
            current.viewers.append(watching)

    def _watching(self, at: float) -> int | None:
        known = [t.viewers for t in self._told.values() if t.viewers is not None and at - t.at <= STALE_S]
        return sum(known) if known else None

    def _close(self, ended: _Open, at: float, now: datetime) -> None:
        self._open = None
        seconds = at - ended.at
        if seconds < SHORTEST_S:
            return
        seen = ended.viewers
        stretch = Stretch(
            self._show,
            self._run,
            ended.began,
            round(seconds, 2),
            ended.on.cue,
            ended.on.product,
            ended.on.host,
            viewers=round(sum(seen) / len(seen), 2) if seen else None,
            peak=max(seen) if seen else None,
            first_viewers=seen[0] if seen else None,
            last_viewers=seen[-1] if seen else None,
            channels=self._channels(at),
            **{name: ended.counts[name] for name in COUNTED},
        )
        self._record("audience", stretch.entry())
        self.rows.put(stretch)
        self._recent.append(stretch)
        self._worry(now)

    def _channels(self, at: float) -> Mapping[str, Mapping[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for name, told in self._told.items():
            fresh = {
                "viewers": told.viewers if at - told.at <= STALE_S else None,
                "followers": told.followers,
            }
            if kept := {k: v for k, v in fresh.items() if v is not None}:
                found[name] = kept
        return found

    def _worry(self, now: datetime) -> None:
        found = worries(self._recent, now)
        known = {(w.kind, w.channel) for w in self.worries}
        for worry in found:
            if (worry.kind, worry.channel) not in known:
                self._record("audience.worry", {"kind": worry.kind, "says": worry.words()})
        self.worries = found

    async def close(self, now: datetime, at: float) -> None:
        """The show has ended: notes the last stretch and keeps what still waits."""
        if self._open is not None:
            self._close(self._open, at, now)
        await self.rows.close()


COUNTED = ("follows", "likes", "gifts", "comments", "asked", "answered", "doubt", "praise", "anger")
