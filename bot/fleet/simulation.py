"""A fleet of any size in simulated time: shows placed on nodes, nodes that die, are drained and upgraded, a
database that is away. Discrete events; time starts at 0 and is an argument, chance is a seed.

Terms, deadlines and heartbeats are those of the lease protocol itself (lease.py), places those of
placement.py: only the world is invented. `fleet.simulated_*` in bench/results.json compare it with a real
fleet.
"""

import heapq
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite

from bot.fleet.lease import again_s, beat_s, deadline_ns
from bot.fleet.leases import CLAIMS
from bot.fleet.placement import Needs, Offer, Place, Refusal, choose


class Kind(StrEnum):
    """What goes wrong, or is done on purpose."""

    DEATH = "machine dies"
    DRAIN = "node is drained"
    UPGRADE = "nodes are upgraded one at a time"
    DATABASE = "database is away"


@dataclass(frozen=True, slots=True)
class Fault:
    """`node`: its name; "" for faults of the whole fleet. `lasts_s`: until the machine is back (DEATH), or
    never (infinite), until it takes shows again (DRAIN), each one's absence (UPGRADE), or the database's.
    """

    at_s: float
    kind: Kind
    node: str = ""
    lasts_s: float = 60.0


@dataclass(frozen=True, slots=True)
class World:
    """ttl_s    term of a lease
    start_s  from a claim to the first packet of the show's new process (measured: fleet.start_s)
    beat_took_s  how long the database takes for a heartbeat: it comes on top of the time between two
    """

    ttl_s: float = 10.0
    start_s: float = 0.5
    beat_took_s: float = 0.015


@dataclass(slots=True)
class Outcome:
    """gaps      seconds off the air, by what caused it
    waiting   why shows stand nowhere at the end, by show
    double    claims while the sender before may still have sent: must be 0
    piled     most shows of one shop on one node at any time, by shop
    lost      shows that were on the air and are not at the end
    """

    gaps: dict[Kind, list[float]] = field(default_factory=lambda: defaultdict(list))
    waiting: dict[str, str] = field(default_factory=dict)
    claims: int = 0
    double: int = 0
    piled: Counter[str] = field(default_factory=Counter)
    aired: int = 0
    lost: int = 0
    upgraded: int = 0
    lasted_s: float = 0.0

    def quantile(self, kind: Kind, share: float) -> float:
        """Of the gaps of a kind; 0 when there was none."""
        gaps = sorted(self.gaps[kind])
        return gaps[min(len(gaps) - 1, int(share * len(gaps)))] if gaps else 0.0


@dataclass(slots=True)
class _Node:
    """`up`: it lives; `first`: when its first heartbeat was, all others follow by the period."""

    place: Place
    first: float
    up: bool = True
    seen_until: float = 0.0  # others take a dead one for alive until then
    claims: Counter[int] = field(default_factory=Counter)  # by number of the heartbeat
    reserved: set[str] = field(default_factory=set)  # its own, but not claimed yet
    leaving: Callable[[float], None] | None = None  # what follows once it is drained


class Simulation:
    """One run. Use `simulate`."""

    def __init__(self, offers: Sequence[Offer], world: World, seed: int) -> None:
        self._world, self._chance = world, random.Random(seed)
        self._period = beat_s(world.ttl_s) + world.beat_took_s
        self._nodes = {
            offer.name: _Node(Place(offer), -self._chance.uniform(0, self._period)) for offer in offers
        }
        self._alive = [node.place for node in self._nodes.values()]
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._count = 0
        self._needs: dict[str, Needs] = {}
        self._on: dict[str, str] = {}
        self._may_send: dict[str, float] = {}  # until when its last sender can have sent
        self._off: dict[str, tuple[float, Kind]] = {}
        self._queue: dict[str, str] = {}
        self._away = (0.0, 0.0)  # of the database: from, until
        self._now = 0.0
        self.outcome = Outcome()

    # ---- time

    def at(self, when: float, do: Callable[[float], None]) -> None:
        self._count += 1  # of two at one time the first asked for comes first
        heapq.heappush(self._events, (max(when, self._now), self._count, do))

    def run(self) -> Outcome:
        """Until nothing happens any more."""
        while self._events:
            self._now, _, do = heapq.heappop(self._events)
            do(self._now)
        done = self.outcome
        done.waiting, done.lasted_s = dict(self._queue), self._now
        done.lost = sum(show in self._off for show in self._queue)
        return done

    def _beat_number(self, node: _Node, now: float) -> int:
        return int((now - node.first) // self._period)

    def _last_beat(self, node: _Node, now: float) -> float:
        """The last one that the database answered."""
        last = node.first + self._beat_number(node, now) * self._period
        begun, over = self._away
        if begun < last < over:  # it was away by then
            last = node.first + self._beat_number(node, begun) * self._period
        return last

    def _deadline(self, asked: float) -> float:
        return deadline_ns(round(asked * 10**9), self._world.ttl_s) / 10**9

    # ---- shows

    def want(self, show: str, needs: Needs) -> Callable[[float], None]:
        def wanted(now: float) -> None:
            self._needs[show] = needs
            self._seek(show, now)

        return wanted

    def _seek(self, show: str, now: float) -> None:
        """It is free: the node whose it is claims it with a heartbeat that still has room for a claim."""
        needs = self._needs[show]
        chosen = choose(needs, self._alive)
        if isinstance(chosen, Refusal):
            self._queue[show] = chosen.why
            return
        self._queue.pop(show, None)
        node = self._nodes[chosen.offer.name]
        if not node.up:  # dead, but nobody knows yet
            self._seek_at(show, node.seen_until)
            return
        chosen.take(show, needs)
        node.reserved.add(show)
        piled = self.outcome.piled
        piled[needs.shop] = max(piled[needs.shop], chosen.shops[needs.shop])
        number = self._beat_number(node, now) + 1
        while node.claims[number] >= CLAIMS:
            number += 1
        node.claims[number] += 1
        self.at(node.first + number * self._period, lambda then: self._claim(show, node, then))

    def _claim(self, show: str, node: _Node, now: float) -> None:
        if show not in node.reserved:
            return  # the node died meanwhile, and the show has gone on seeking
        if self._unanswered(now):
            self.at(self._answered_again(), lambda then: self._claim(show, node, then))
            return
        node.reserved.discard(show)
        done = self.outcome
        done.claims += 1
        done.double += now < self._may_send.get(show, -1.0)
        done.aired += show not in self._on
        self._on[show] = node.place.offer.name
        self._may_send[show] = float("inf")
        if show in self._off:
            since, kind = self._off.pop(show)
            done.gaps[kind].append(now + self._world.start_s - since)
        if node.place.draining:
            self._empty(node, now)

    def _stop(self, show: str, off: float, kind: Kind, may_send: float) -> None:
        """It is off the air since `off`; its process is surely silent from `may_send` on."""
        self._off.setdefault(show, (off, kind))
        self._may_send[show] = may_send

    def _seek_at(self, show: str, when: float) -> None:
        self.at(when, lambda now: self._seek(show, now))

    def _look_again(self, now: float) -> None:
        """There is room again: who waits seeks, the oldest first, and who is drained tries again."""
        for show in list(self._queue):
            self._seek(show, now)
        for node in self._nodes.values():
            if node.up and node.place.draining:
                self._empty(node, now)

    # ---- what happens to nodes

    def die(self, name: str, back_s: float) -> Callable[[float], None]:
        def dies(now: float) -> None:
            node = self._nodes[name]
            if not node.up:
                return
            last = self._last_beat(node, now)
            expired = last + self._world.ttl_s
            node.up, node.seen_until = False, expired
            for show in list(node.place.held):
                if show in node.reserved:  # it was nobody's yet
                    node.reserved.discard(show)
                else:
                    self._stop(show, now, Kind.DEATH, self._deadline(last))
                self._seek_at(show, expired)
            self.at(expired, lambda then: self._forget(node))
            then, node.leaving = node.leaving, None
            if then is not None:
                self.at(expired, then)  # it is gone, which was wanted of it
            elif isfinite(back_s):
                self.at(max(now + back_s, expired), lambda then: self._back(node, then))

        return dies

    def _forget(self, node: _Node) -> None:
        self._alive = [place for place in self._alive if place is not node.place]

    def _back(self, node: _Node, now: float) -> None:
        """A fresh process with nothing of before."""
        if node.up:
            return
        node.place, node.first, node.up = Place(node.place.offer), now, True
        node.claims.clear()
        self._alive.append(node.place)
        self._look_again(now)

    def drain(self, name: str, then: Callable[[float], None]) -> Callable[[float], None]:
        def drains(now: float) -> None:
            node = self._nodes[name]
            if not node.up:
                then(now)
                return
            node.place.draining, node.leaving = True, then
            self._empty(node, now)

        return drains

    def _empty(self, node: _Node, now: float) -> None:
        """With its next heartbeat it hands over what fits elsewhere."""
        when = node.first + (self._beat_number(node, now) + 1) * self._period
        self.at(when, lambda then: self._hand_over(node, then))

    def _hand_over(self, node: _Node, now: float) -> None:
        if not node.up or not node.place.draining:
            return
        if self._unanswered(now):
            self.at(self._answered_again(), lambda then: self._hand_over(node, then))
            return
        for show in sorted(node.place.held):
            if show in node.reserved or isinstance(choose(self._needs[show], self._alive), Refusal):
                continue
            node.place.give(show)
            self._stop(show, now, Kind.DRAIN, now)
            self._seek(show, now)
        if not node.place.held and node.leaving is not None:
            then, node.leaving = node.leaving, None
            then(now)

    def upgrade(self, away_s: float) -> Callable[[float], None]:
        """All nodes, one after another; a node whose shows fit nowhere holds up those behind it."""
        names = iter(sorted(self._nodes))

        def next_one(now: float) -> None:
            name = next(names, None)
            if name is not None:
                self.at(now, self.drain(name, lambda then: leave(name, then)))

        def leave(name: str, now: float) -> None:
            node = self._nodes[name]
            node.up = False
            self._forget(node)
            self.at(now + away_s, lambda then: come_back(node, then))

        def come_back(node: _Node, now: float) -> None:
            self._back(node, now)
            self.outcome.upgraded += 1
            next_one(now)

        return next_one

    def end_drain(self, name: str) -> Callable[[float], None]:
        def ends(now: float) -> None:
            self._nodes[name].place.draining, self._nodes[name].leaving = False, None
            self._look_again(now)

        return ends

    # ---- the database

    def lose_database(self, away_s: float) -> Callable[[float], None]:
        """Who cannot renew before the deadline stops; who is answered again before it goes on as if nothing
        was.
        """

        def goes(now: float) -> None:
            over = now + away_s
            lasts = {name: self._last_beat(node, now) for name, node in self._nodes.items() if node.up}
            self._away = (now, over)
            for name, last in lasts.items():
                node = self._nodes[name]
                heard = self._answered_again()
                deadline = self._deadline(last)
                if heard >= deadline:
                    for show in [s for s in node.place.held if s not in node.reserved]:
                        node.place.give(show)
                        self._stop(show, deadline, Kind.DATABASE, deadline)
                        self._seek_at(show, heard)

        return goes

    def _unanswered(self, now: float) -> bool:
        return self._away[0] <= now < self._away[1]

    def _answered_again(self) -> float:
        """When a node's next try falls after the database is back."""
        return self._away[1] + self._chance.uniform(0, again_s(self._world.ttl_s))


def simulate(
    offers: Sequence[Offer],
    shows: Mapping[str, Needs],
    faults: Iterable[Fault],
    *,
    world: World,
    seed: int,
    over_s: float = 60.0,
) -> Outcome:
    """Wants all shows within the first `over_s` seconds, lets happen what is to happen, until all is quiet.
    The same arguments give the same outcome. Raises KeyError for a fault of a node that there is not.
    """
    run = Simulation(offers, world, seed)
    names = {offer.name for offer in offers}
    for n, (show, needs) in enumerate(shows.items()):
        run.at(over_s * n / max(1, len(shows)), run.want(show, needs))
    for fault in faults:
        if fault.node and fault.node not in names:
            raise KeyError(fault.node)
        if fault.kind is Kind.DEATH:
            run.at(fault.at_s, run.die(fault.node, fault.lasts_s))
        elif fault.kind is Kind.DRAIN:
            run.at(fault.at_s, run.drain(fault.node, lambda now: None))
            run.at(fault.at_s + fault.lasts_s, run.end_drain(fault.node))
        elif fault.kind is Kind.UPGRADE:
            run.at(fault.at_s, run.upgrade(fault.lasts_s))
        else:
            run.at(fault.at_s, run.lose_database(fault.lasts_s))
    return run.run()
