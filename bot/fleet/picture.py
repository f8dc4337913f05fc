"""The fleet as its database tells it, for placement: what nodes have, what shows need, who waits.

Only shows that say what they need are placed; all others go to whoever has room first, as ever.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.fleet.lease import beat_s
from bot.fleet.placement import Needs, Offer, Place, Refusal, assign, choose, place_of

if TYPE_CHECKING:
    from psycopg import Cursor

LOOKED_AT = 200  # shows that wait and are looked at in one heartbeat, the oldest first
PATIENCE = 2  # heartbeats after which whoever has room may take what another did not come for

_FLEET = """
select n.id, n.capacity, n.offer, n.draining,
       coalesce(jsonb_object_agg(l.show, l.needs) filter (where l.show is not null), '{}')
from fleet_node n left join show_lease l on l.owner = n.id and l.expires > clock_timestamp()
where n.seen > clock_timestamp() - make_interval(secs => n.ttl_s)
group by n.id, n.capacity, n.offer, n.draining order by n.id
"""
_WAITING = """
select show, needs, extract(epoch from clock_timestamp() - greatest(placed, not_before, expires))::float8
from show_lease
where state = 'wanted' and not ending and not_before <= clock_timestamp() and needs <> '{}'
  and (expires is null or expires < clock_timestamp())
order by placed, show limit %(most)s
"""
_NEEDS_OF = "select show, needs from show_lease where show = any(%(shows)s) and needs <> '{}'"


def told(value: Needs | Offer) -> dict[str, object]:
    """As JSON; what says nothing is left out."""
    fields = {name: getattr(value, name) for name in value.__slots__ if name not in ("name", "shows")}
    listed = {k: sorted(v) if isinstance(v, frozenset) else v for k, v in fields.items()}
    return {k: v for k, v in listed.items() if v is not None and v not in (0, "", [])}


def needs_of(json: Mapping[str, Any]) -> Needs:
    """Raises TypeError for a word that nobody knows."""
    return Needs(**{**json, "labels": frozenset(json.get("labels", ()))})


def offer_of(node: str, capacity: int, json: Mapping[str, Any]) -> Offer:
    """Raises TypeError for a word that nobody knows."""
    return Offer(**{**json, "name": node, "shows": capacity, "labels": frozenset(json.get("labels", ()))})


def places(cursor: "Cursor[Any]") -> list[Place]:
    """Every node that lives, with what it holds."""
    return [
        place_of(
            offer_of(node, capacity, offer), {s: needs_of(n) for s, n in held.items()}, draining=draining
        )
        for node, capacity, offer, draining, held in cursor.execute(_FLEET).fetchall()
    ]


def own(cursor: "Cursor[Any]", node: str, ttl_s: float) -> list[str]:
    """The shows with needs that are this node's to claim. After its own first heartbeat."""
    rows = cursor.execute(_WAITING, {"most": LOOKED_AT}).fetchall()
    if not rows:
        return []
    waiting = [(show, needs_of(needs), waited) for show, needs, waited in rows]
    return to_claim(node, waiting, places(cursor), PATIENCE * beat_s(ttl_s))


def to_claim(
    node: str, waiting: Sequence[tuple[str, Needs, float]], fleet: Sequence[Place], patience_s: float
) -> list[str]:
    """Of (show, needs, seconds waited) those that placement gives to this node; and those that have waited so
    long that the node whose they are does not come for them, where they fit here. Pure.
    """
    found = assign([(show, needs) for show, needs, _ in waiting], fleet)
    mine = [show for show, _, _ in waiting if found[show] == node]
    here = next((place for place in fleet if place.offer.name == node), None)
    if here is None:
        return []
    after = place_of(here.offer, here.held, draining=here.draining)
    needs_by_show = {show: needs for show, needs, _ in waiting}
    for show in mine:
        after.take(show, needs_by_show[show])
    for show, needs, waited in waiting:
        if found[show] != node and waited > patience_s and after.obstacle(needs) is None:
            after.take(show, needs)
            mine.append(show)
    return mine


def staying(cursor: "Cursor[Any]", node: str, shows: Sequence[str]) -> frozenset[str]:
    """Of a draining node's shows those that no other node could take now."""
    rows = cursor.execute(_NEEDS_OF, {"shows": list(shows)}).fetchall()
    if not rows:
        return frozenset()
    others = [place for place in places(cursor) if place.offer.name != node]
    found = assign([(show, needs_of(needs)) for show, needs in sorted(rows)], others)
    return frozenset(show for show, where in found.items() if isinstance(where, Refusal))


def admitted(cursor: "Cursor[Any]", needs: Needs) -> Refusal | None:
    """Why nobody could take such a show now; None: somebody could."""
    chosen = choose(needs, places(cursor))
    return chosen if isinstance(chosen, Refusal) else None
