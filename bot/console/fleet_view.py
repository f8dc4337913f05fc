"""The fleet in words: what the page shows of one look, in a language. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.fleet.look import FleetAt, NodeAt, ShowAt, Waiting
from bot.fleet.placement import ANYWHERE, Needs, Place
from bot.fleet.placing import WAITS

NAMED = 5  # shows that a sentence names
_PLACE = re.compile(r"(\d{1,6})\.(\d{1,4})-(.+)")
_LOOKS = {"on_air": "good", "ending": "warn", "nowhere": "bad", "ended": "quiet", "failed": "bad"}

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What asks for attention. `look`: bad or warn."""

    look: str
    text: str


@dataclass(frozen=True, slots=True)
class Share:
    """How much of something is taken. `has` is above 0."""

    text: str
    taken: float
    has: float


@dataclass(frozen=True, slots=True)
class NodeRow:
    """`look`: of its chip; `shares`: places first; `may_drain`: it lives and does not drain yet."""

    id: str
    name: str
    state: str
    look: str
    heard: str
    shares: tuple[Share, ...]
    labels: tuple[str, ...]
    shows: tuple[str, ...]
    may_drain: bool
    may_undo: bool


@dataclass(frozen=True, slots=True)
class ShowRow:
    """`why`: why it waits; `note`: the last words of a node, in English; `needs`: in words."""

    show: str
    state: str
    look: str
    node: str
    epoch: int
    place: str
    why: str
    note: str
    needs: str


@dataclass(frozen=True, slots=True)
class FleetPage:
    """All of the page. `begun`: there is a node or a show."""

    begun: bool
    headline: str
    troubles: tuple[Trouble, ...]
    nodes: tuple[NodeRow, ...]
    shows: tuple[ShowRow, ...]
    more: str


def page_of(fleet: FleetAt, w: Words) -> FleetPage:
    """`w`: the words of the page and those that all pages share, in its language."""
    return FleetPage(
        bool(fleet.nodes or fleet.shows),
        w["fl_head"].format(
            alive=sum(n.alive for n in fleet.nodes),
            nodes=len(fleet.nodes),
            shows=fleet.counts.get("on_air", 0) + fleet.counts.get("ending", 0),
            free=fleet.free,
        ),
        tuple(troubles(fleet, w)),
        tuple(_node(node, w) for node in fleet.nodes),
        tuple(_show(show, w) for show in fleet.shows),
        w["fl_more"].format(n=fleet.more) if fleet.more > 0 else "",
    )


def troubles(fleet: FleetAt, w: Words) -> list[Trouble]:
    """What asks for attention, the worst first."""
    found: list[Trouble] = []
    waiting = [show.show for show in fleet.shows if show.state == "nowhere"]
    if waiting:
        n = fleet.counts.get("nowhere", len(waiting))
        found.append(Trouble("bad", w["fl_t_nowhere"].format(names=_names(waiting, n, w))))
    if fleet.nodes and not any(node.alive for node in fleet.nodes):
        found.append(Trouble("bad", w["fl_t_none_alive"]))
    failed = [show.show for show in fleet.shows if show.state == "failed" and show.recent]
    if failed:
        found.append(Trouble("bad", w["fl_t_failed"].format(names=_names(failed, len(failed), w))))
    for node in fleet.nodes:
        if not node.alive:
            key = "fl_t_silent_with" if node.shows else "fl_t_silent"
            said = w[key].format(name=node.name, age=lapse(node.age_s, w), n=len(node.shows))
            found.append(Trouble("bad" if node.shows else "warn", said))
    found += [
        Trouble("warn", w["fl_t_crashes"].format(show=show.show, n=show.crashes))
        for show in fleet.shows
        if show.crashes > 1 and show.state in ("on_air", "nowhere")
    ]
    if (fullest := fleet.without_reserve) is not None:
        said = w["fl_t_reserve"].format(name=fullest.name, n=len(fullest.shows))
        found.append(Trouble("warn", said))
    return found


def lapse(seconds: float, w: Words) -> str:
    """ "4 s", "3 min", "2 h"."""
    if seconds < 90:
        return w["fl_s"].format(n=round(seconds))
    if seconds < 5400:
        return w["fl_min"].format(n=round(seconds / 60))
    return w["fl_h"].format(n=round(seconds / 3600))


def why(waiting: Waiting, w: Words) -> str:
    """Why a show has no node, in a sentence or two."""
    since = w["fl_since"].format(lapse=lapse(waiting.since_s, w))
    if waiting.crash_s > 0:
        return w["fl_w_crash"].format(lapse=lapse(waiting.crash_s, w))
    if waiting.no_nodes:
        return f"{w['fl_w_no_nodes']} {since}"
    if not waiting.lacks:
        return f"{w['fl_w_soon']} {since}"
    told = w["fl_and"].join(f"{n} {w['fl_o_' + o.name.lower()]}" for o, n in waiting.lacks)
    key = "fl_w_never" if waiting.never else "fl_w_full"
    return f"{w[key].format(lacks=told)} {since}"


def needs_text(needs: Needs, w: Words) -> str:
    """What a show asks of its node; "" for one that says nothing."""
    if needs == ANYWHERE:
        return ""
    parts = sorted(needs.labels)
    parts += [
        w[f"fl_n_{name}"].format(n=f"{value:g}")
        for name, value in (
            ("cores", needs.cores),
            ("memory", needs.memory_mb),
            ("gpu", needs.gpu),
            ("egress", needs.egress_mbps),
        )
        if value
    ]
    parts += [w["fl_n_shop"].format(shop=needs.shop)] if needs.shop else []
    return " · ".join(parts)


def place_text(position: str, w: Words) -> str:
    """ "LAP.CUE" in words; what is not of that form as it stands."""
    found = _PLACE.fullmatch(position)
    if found is None:
        return position
    lap, number, what = found.groups()
    named = w.get(f"kind_{what}", what)
    return w["fl_place"].format(lap=int(lap) + 1, n=number, what=named)


def _names(shows: Sequence[str], of: int, w: Words) -> str:
    named = ", ".join(shows[:NAMED])
    return named if of <= NAMED else w["fl_names_more"].format(names=named, n=of - NAMED)


def _node(node: NodeAt, w: Words) -> NodeRow:
    state = "silent" if not node.alive else "draining" if node.draining else "alive"
    if state == "draining" and not node.shows:
        state = "empty"
    return NodeRow(
        node.id,
        node.name,
        w[f"fl_state_{state}"],
        {"silent": "bad", "draining": "warn", "empty": "warn"}.get(state, "good"),
        w["fl_heard"].format(lapse=lapse(node.age_s, w)),
        _shares(node.place, w),
        tuple(sorted(node.place.offer.labels)),
        node.shows,
        node.alive and not node.draining,
        node.alive and node.draining,
    )


def _shares(place: Place, w: Words) -> tuple[Share, ...]:
    offer = place.offer
    measured = (
        ("places", float(len(place.held)), float(offer.shows)),
        ("cores", place.cores, offer.cores or 0.0),
        ("memory", place.memory_mb / 1000, (offer.memory_mb or 0.0) / 1000),
        ("cards", sum(place.cards), float(offer.gpus)),
        ("egress", place.egress_mbps, offer.egress_mbps or 0.0),
    )
    return tuple(
        Share(w[f"fl_share_{name}"].format(taken=f"{taken:.4g}", has=f"{has:.4g}"), min(taken, has), has)
        for name, taken, has in measured
        if has > 0
    )


def _show(show: ShowAt, w: Words) -> ShowRow:
    return ShowRow(
        show.show,
        w[f"fl_show_{show.state}"],
        _LOOKS[show.state],
        show.node,
        show.epoch,
        place_text(show.position, w),
        "" if show.waiting is None else why(show.waiting, w),
        "" if show.note.startswith(WAITS) else show.note,
        needs_text(show.needs, w),
    )
