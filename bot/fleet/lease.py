"""Who runs a show: what a node concludes from what the database answered. Pure.

A lease is a row: show, owner, epoch, and when it expires by the database's clock. It is renewed every
quarter of its term, all of a node's in one transaction. The epoch counts up each time the show is claimed:
a larger one is a fresh start, also on the same node, and whatever carries a smaller one is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.fleet.placement import ANYWHERE, Needs

SAFE_SHARE = 0.8  # of the term: the owner stops so much before anybody may take over
BEATS = 4  # heartbeats in a term
RESTARTS = 5  # crashes in a row after which a show is given up
STEADY_S = 600.0  # who lived so long begins a new row
WAITS_S = (0.0, 5.0, 15.0, 45.0, 120.0)  # before the next try, by crashes so far


@dataclass(frozen=True, slots=True)
class Wish:
    """A run of a show that somebody shall air.

    show      its name; one lease each
    file      the show file, found at the same path on every node
    key       of the occurrence: the same words in the same order wherever it goes on
    start     when it was to begin (UTC); until: when it ends, None: as its file says
    run       its number in the calendar, None outside it
    position  where in its rundown it begins ("LAP.CUE")
    needs     of its node
    """

    show: str
    file: str
    key: str
    start: datetime
    until: datetime | None = None
    run: int | None = None
    position: str = ""
    needs: Needs = ANYWHERE


@dataclass(frozen=True, slots=True)
class Claim:
    """A show that this node has taken: its epoch from now on, and how often it crashed in a row before."""

    wish: Wish
    epoch: int
    crashes: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What one heartbeat brought back. `renewed`: epochs by show; `ending`: those of them that somebody asked
    to end; `draining`: somebody wants this node empty; `free_elsewhere`: places for shows on other nodes that
    live and do not drain; `staying`: shows whose needs no other node could meet now.
    """

    renewed: Mapping[str, int]
    claimed: tuple[Claim, ...] = ()
    ending: frozenset[str] = frozenset()
    draining: bool = False
    free_elsewhere: int = 0
    staying: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Orders:
    """What a node does after a heartbeat: `extend` the deadlines, `drop` at once (another may send by now),
    `begin`, `end` with a goodbye, and `hand_over`: cut off here so that another node goes on with them.
    """

    extend: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    begin: tuple[Claim, ...] = ()
    end: tuple[str, ...] = ()
    hand_over: tuple[str, ...] = ()


def deadline_ns(asked_ns: int, ttl_s: float) -> int:
    """Until when may be sent that was renewed or claimed by a question asked at `asked_ns`: the row expires
    later than that plus the whole term, since the database set it after the question.
    """
    return asked_ns + round(SAFE_SHARE * ttl_s * 10**9)


def beat_s(ttl_s: float) -> float:
    """Seconds from one heartbeat to the next."""
    return ttl_s / BEATS


def answer_s(ttl_s: float) -> float:
    """How long a heartbeat's answer is waited for: there is time for another try before the deadline."""
    return max(0.5, ttl_s / BEATS)


def again_s(ttl_s: float) -> float:
    """Seconds from a heartbeat that got no answer to the next try."""
    return beat_s(ttl_s) / 4


def places(capacity: int, held: int, *, draining: bool) -> int:
    """How many more shows a node may claim."""
    return 0 if draining else max(0, capacity - held)


def orders(held: Mapping[str, int], answer: Answer, *, leaving: bool = False) -> Orders:
    """What to do, for a node that holds `held` (epochs by show).

    A show that is missing in the answer, or whose epoch is another, is lost. A node that drains hands over
    as many shows as others have room for; one that is `leaving` hands over all.
    """
    kept = [s for s, epoch in held.items() if answer.renewed.get(s) == epoch]
    away = len(kept) if leaving else min(len(kept), answer.free_elsewhere) if answer.draining else 0
    stay = answer.ending if leaving else answer.ending | answer.staying
    return Orders(
        extend=tuple(kept),
        drop=tuple(s for s in held if s not in kept),
        begin=answer.claimed,
        end=tuple(s for s in kept if s in answer.ending),
        hand_over=tuple(sorted(s for s in kept if s not in stay)[:away]),
    )


def next_try(crashes: int, lived_s: float) -> tuple[int, float] | None:
    """Crashes in a row with the one that came after `lived_s` seconds of air, and the wait before the next
    try; None: it is given up.
    """
    row = 1 if lived_s >= STEADY_S else crashes + 1
    if row > RESTARTS:
        return None
    return row, WAITS_S[row - 1]
