"""The whole fleet at one moment, for people: what nodes have and hold, what shows need, why one waits.

One look is one transaction, so nodes and shows fit one another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.fleet import picture
from bot.fleet.placement import Needs, Obstacle, Offer, Place, lacking, place_of

if TYPE_CHECKING:
    from psycopg import Cursor

SHOWN = 300  # shows that are told one by one: those that nobody has first, those that ended last

_NODES = """
select n.id, n.name, n.capacity, n.offer, n.draining, n.ttl_s::float8,
       extract(epoch from clock_timestamp() - n.seen)::float8,
       coalesce(jsonb_object_agg(l.show, l.needs) filter (where l.show is not null), '{}')
from fleet_node n left join show_lease l on l.owner = n.id and l.expires > clock_timestamp()
where n.seen > clock_timestamp() - interval '1 day'
group by n.id order by n.name, n.started
"""
_STATE = """
case when state <> 'wanted' then state
     when expires is null or expires <= clock_timestamp() then 'nowhere'
     when ending then 'ending' else 'on_air' end
"""
_SHOWS = f"""
select show, {_STATE}, coalesce(owner, ''), epoch, position, note, crashes, needs,
       greatest(0, extract(epoch from not_before - clock_timestamp()))::float8,
       greatest(0, extract(epoch from clock_timestamp() - greatest(placed, not_before, expires)))::float8,
       greatest(placed, taken) > clock_timestamp() - interval '1 day'
from show_lease
order by state <> 'wanted', coalesce(expires > clock_timestamp(), false),
         case when state <> 'wanted' then greatest(placed, taken) end desc, show
limit %(most)s
"""
_COUNTS = f"select {_STATE}, count(*) from show_lease group by 1"


@dataclass(frozen=True, slots=True)
class NodeAt:
    """A node of the last day. `place`: what it has and what is taken of it; a silent one holds what its
    leases still say. `age_s`: since its last heartbeat.
    """

    id: str
    name: str
    place: Place
    alive: bool
    age_s: float

    @property
    def draining(self) -> bool:
        return self.place.draining

    @property
    def capacity(self) -> int:
        return self.place.offer.shows

    @property
    def shows(self) -> tuple[str, ...]:
        return tuple(self.place.held)

    @property
    def free(self) -> int:
        """Places that a show may still take."""
        return max(0, self.capacity - len(self.place.held)) if self.alive and not self.draining else 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why a show that is wanted has no node, after `since_s`. `crash_s`: so long it is not tried again after
    a crash; `no_nodes`: none is alive; `never`: no node that lives could ever take it; `lacks`: how many
    nodes lack what; all empty: one has room, and comes for it.
    """

    since_s: float
    crash_s: float = 0.0
    no_nodes: bool = False
    never: bool = False
    lacks: tuple[tuple[Obstacle, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ShowAt:
    """A show. `state`: on_air, ending, nowhere (wanted, and nobody has it), ended or failed; `node`: the
    name of its owner, "" for none; `waiting`: of one that is nowhere; `recent`: placed or claimed within a
    day.
    """

    show: str
    state: str
    node: str
    epoch: int
    position: str
    note: str
    crashes: int
    needs: Needs
    waiting: Waiting | None = None
    recent: bool = True


@dataclass(frozen=True, slots=True)
class FleetAt:
    """One look. `counts`: of all shows by state, also those that are not in `shows`."""

    nodes: tuple[NodeAt, ...]
    shows: tuple[ShowAt, ...]
    counts: Mapping[str, int]

    @property
    def free(self) -> int:
        return sum(node.free for node in self.nodes)

    @property
    def more(self) -> int:
        """Shows that are not told one by one."""
        return sum(self.counts.values()) - len(self.shows)

    @property
    def without_reserve(self) -> NodeAt | None:
        """The fullest node, if its shows would not all find a place were it to die; None: they would."""
        fullest = max((n for n in self.nodes if n.alive), key=lambda n: len(n.shows), default=None)
        if fullest is None or not fullest.shows or self.free - fullest.free >= len(fullest.shows):
            return None
        return fullest


def look(cursor: "Cursor[Any]") -> FleetAt:
    """Reads it. Raises TypeError for a need or an offer that only a newer version knows."""
    nodes = cursor.execute(_NODES).fetchall()
    counts = {state: int(n) for state, n in cursor.execute(_COUNTS).fetchall()}
    return drawn(nodes, cursor.execute(_SHOWS, {"most": SHOWN}).fetchall(), counts)


def drawn(
    nodes: Sequence[tuple[Any, ...]], shows: Sequence[tuple[Any, ...]], counts: Mapping[str, int]
) -> FleetAt:
    """From what the statements answer. Pure."""
    seen = tuple(_node(row) for row in nodes)
    names = {node.id: node.name for node in seen}
    living = [node.place for node in seen if node.alive]
    return FleetAt(seen, tuple(_show(row, names, living) for row in shows), counts)


def _node(row: tuple[Any, ...]) -> NodeAt:
    node, name, capacity, offer, draining, ttl_s, age_s, held = row
    has = picture.offer_of(node, capacity, offer) if offer else Offer(node, capacity)
    needs = {show: picture.needs_of(told) for show, told in held.items()}
    return NodeAt(node, name, place_of(has, needs, draining=draining), age_s < ttl_s, age_s)


def _show(row: tuple[Any, ...], names: Mapping[str, str], living: Sequence[Place]) -> ShowAt:
    show, state, owner, epoch, position, note, crashes, told, crash_s, since_s, recent = row
    needs, waiting = picture.needs_of(told), None
    if state == "nowhere":
        waiting = _waiting(needs, living, crash_s if crashes else 0.0, since_s)
    node = names.get(owner, owner) if state in ("on_air", "ending") else ""
    return ShowAt(show, state, node, epoch, position, note, crashes, needs, waiting, recent)


def _waiting(needs: Needs, living: Sequence[Place], crash_s: float, since_s: float) -> Waiting:
    if not living:
        return Waiting(since_s, crash_s, no_nodes=True)
    if any(place.obstacle(needs) is None for place in living):
        return Waiting(since_s, crash_s)
    never, lacks = lacking(needs, living)
    return Waiting(since_s, crash_s, never=never, lacks=tuple(sorted(lacks.items())))
