"""Leases in PostgreSQL: the statements, and a connection that cannot hang for ever. All decisions are in
lease.py; what must never happen is refused by the database itself (its triggers, migration 0009).

clock_timestamp(), not now(): now() stands still within a transaction.
"""

import json
import socket
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.fleet import picture
from bot.fleet.lease import Answer, Claim, Wish
from bot.fleet.look import FleetAt, look
from bot.fleet.placement import Needs, Offer, Refusal
from products.errors import RemoteError, SetupError

if TYPE_CHECKING:
    from psycopg import Connection, Cursor

CONNECT_S = 2  # the least that libpq takes
CLAIMS = 20  # shows begun after one heartbeat: making their processes must not delay the next one
_LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
T = TypeVar("T")

_SEEN = """
insert into fleet_node (id, name, capacity, held, ttl_s, offer)
values (%(id)s, %(name)s, %(capacity)s, %(held)s, %(ttl)s, %(offer)s::jsonb)
on conflict (id) do update set seen = clock_timestamp(), held = excluded.held
returning draining
"""
_ROOM = """
select greatest(0, coalesce(sum(greatest(0, n.capacity - coalesce(h.shows, 0))), 0) - (
  select count(*) from show_lease
  where state = 'wanted' and not ending and (expires is null or expires < clock_timestamp())))
from fleet_node n left join (
  select owner, count(*) as shows from show_lease where expires > clock_timestamp() group by owner) h
  on h.owner = n.id
where n.id <> %(id)s and not n.draining and n.seen > clock_timestamp() - make_interval(secs => n.ttl_s)
"""
_RENEW = """
update show_lease l
set expires = clock_timestamp() + make_interval(secs => %(ttl)s),
    position = coalesce(nullif(r.position, ''), l.position)
from unnest(%(shows)s::text[], %(epochs)s::bigint[], %(positions)s::text[]) r (show, epoch, position)
where l.show = r.show and l.epoch = r.epoch and l.owner = %(id)s and l.expires > clock_timestamp()
returning l.show, l.epoch, l.ending
"""
_CLAIM = """
update show_lease
set owner = %(id)s, epoch = epoch + 1, taken = clock_timestamp(),
    expires = clock_timestamp() + make_interval(secs => %(ttl)s)
where show in (
  select show from show_lease
  where state = 'wanted' and not ending and not_before <= clock_timestamp()
    and (expires is null or expires < clock_timestamp()) and (needs = '{}' or show = any(%(own)s))
  order by placed, show limit %(free)s for update skip locked)
returning show, file, key, start_utc, until, run, position, epoch, crashes
"""
_LAPSED = """
update show_lease set state = 'ended', owner = null, expires = null, note = 'nobody ran it when it was to end'
where state = 'wanted' and ending and (expires is null or expires < clock_timestamp())
"""
_RELEASE = """
update show_lease
set owner = null, expires = null, crashes = %(crashes)s, note = %(note)s,
    position = coalesce(nullif(%(position)s, ''), position),
    not_before = clock_timestamp() + make_interval(secs => %(wait)s)
where show = %(show)s and epoch = %(epoch)s and owner = %(id)s
"""
_FINISH = """
update show_lease set owner = null, expires = null, state = %(state)s, note = %(note)s
where show = %(show)s and epoch = %(epoch)s and owner = %(id)s
"""
_COPY = """
insert into ledger_copy (show, epoch, n, node, line)
select r.show, r.epoch, r.n, %(id)s, r.line
from unnest(%(shows)s::text[], %(epochs)s::bigint[], %(numbers)s::bigint[], %(lines)s::text[])
  r (show, epoch, n, line)
join show_lease l on l.show = r.show and l.epoch = r.epoch and l.owner = %(id)s
  and l.expires > clock_timestamp()
on conflict do nothing
"""
_PLACE = """
insert into show_lease (show, file, key, start_utc, until, run, position, needs, note)
values (%(show)s, %(file)s, %(key)s, %(start)s, %(until)s, %(run)s, %(position)s, %(needs)s::jsonb, %(note)s)
on conflict (show) do update
set file = excluded.file, key = excluded.key, start_utc = excluded.start_utc, until = excluded.until,
    run = excluded.run, position = excluded.position, state = 'wanted', ending = false, crashes = 0,
    needs = excluded.needs, note = excluded.note, placed = clock_timestamp(), not_before = clock_timestamp()
where show_lease.state <> 'wanted'
returning show
"""
_SHOWS = """
select l.show, l.state, l.ending, coalesce(l.owner, ''), coalesce(n.name, ''), l.epoch, l.run, l.position,
       l.note, coalesce(l.expires > clock_timestamp(), false)
from show_lease l left join fleet_node n on n.id = l.owner order by l.show
"""
_NODES = """
select id, name, capacity, held, draining, ttl_s::float8,
       extract(epoch from clock_timestamp() - seen)::float8
from fleet_node where seen > clock_timestamp() - interval '1 day' order by name, started
"""


@dataclass(frozen=True, slots=True)
class Holding:
    """A lease as its node sees it at a heartbeat. `position`: where the show stands, "" = as before."""

    show: str
    epoch: int
    position: str = ""


@dataclass(frozen=True, slots=True)
class ShowSeen:
    """A show of the fleet. `state`: wanted, ended or failed; `owner`: the node's id, "" for nobody;
    `in_force`: whether the lease has not expired.
    """

    show: str
    state: str
    ending: bool
    owner: str
    node: str
    epoch: int
    run: int | None
    position: str
    note: str
    in_force: bool


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """A node of the last day. `age_s`: since its last heartbeat."""

    id: str
    name: str
    capacity: int
    held: int
    draining: bool
    ttl_s: float
    age_s: float

    @property
    def alive(self) -> bool:
        return self.age_s < self.ttl_s


class LeaseBook:
    """The fleet's tables. Its methods block, each is one transaction, and one thread at a time uses it; `cut`
    comes from any. All raise RemoteError when the database does not answer, SetupError when it refuses.
    """

    def __init__(self, url: str, limit_s: float = 5.0) -> None:
        """`url`: as in CASTMATE_DATABASE. `limit_s`: after it the server gives up a statement, and a
        transaction whose owner says nothing: a node that freezes in one must not keep its rows locked, which
        others would then skip for ever. Raises SetupError when it is not PostgreSQL or its driver is missing.
        """
        self._dsn, self._limit = dsn_of(url), limit_s
        try:
            import psycopg
        except ImportError as error:
            raise SetupError(
                "The driver of PostgreSQL is missing.", remedy="pip install 'castmate[fleet]'"
            ) from error
        self._psycopg = psycopg
        self._open: Connection[Any] | None = None

    def beat(
        self,
        node: str,
        name: str,
        capacity: int,
        ttl_s: float,
        held: Sequence[Holding],
        free: int,
        offer: Offer | None = None,
    ) -> Answer:
        """One heartbeat: tells that the node lives, renews what it holds, claims up to `free` shows. `offer`:
        what the node has beside places; it is told once.
        """
        mine = {
            "id": node,
            "name": name,
            "capacity": capacity,
            "held": len(held),
            "ttl": ttl_s,
            "shows": [h.show for h in held],
            "epochs": [h.epoch for h in held],
            "positions": [h.position for h in held],
            "free": min(free, CLAIMS),
            "offer": json.dumps({} if offer is None else picture.told(offer)),
        }

        def ask(cursor: "Cursor[Any]") -> Answer:
            renewed = cursor.execute(_RENEW, mine).fetchall() if held else []
            draining = bool(_only(cursor.execute(_SEEN, mine))[0])
            claimed: list[tuple[Any, ...]] = []
            if free > 0 and not draining:
                cursor.execute(_LAPSED)
                mine["own"] = picture.own(cursor, node, ttl_s)
                claimed = cursor.execute(_CLAIM, mine).fetchall()
            room = int(_only(cursor.execute(_ROOM, mine))[0]) if draining else 0
            return Answer(
                renewed={row[0]: row[1] for row in renewed},
                claimed=tuple(_claim(row) for row in sorted(claimed, key=lambda row: str(row[0]))),
                ending=frozenset(row[0] for row in renewed if row[2]),
                draining=draining,
                free_elsewhere=room,
                staying=picture.staying(cursor, node, [row[0] for row in renewed])
                if draining
                else frozenset(),
            )

        return self._ask(ask)

    def release(
        self, node: str, holding: Holding, *, crashes: int = 0, wait_s: float = 0.0, note: str = ""
    ) -> bool:
        """Lets go of a show that shall go on elsewhere, or here again. False: it was no longer ours."""
        values = {"crashes": crashes, "wait": wait_s, "note": note, **_named(node, holding)}
        return self._change(_RELEASE, values)

    def finish(self, node: str, holding: Holding, state: str, note: str) -> bool:
        """A show is over: "ended" or "failed". False: it was no longer ours."""
        return self._change(_FINISH, {"state": state, "note": note, **_named(node, holding)})

    def copy(self, node: str, lines: Iterable[tuple[Holding, int, str]]) -> None:
        """Keeps lines of ledgers (holding, number of the entry, line), each once. Lines of a show that this
        node does not own in that epoch are not taken.
        """
        rows = list(lines)
        values = {
            "id": node,
            "shows": [h.show for h, _, _ in rows],
            "epochs": [h.epoch for h, _, _ in rows],
            "numbers": [n for _, n, _ in rows],
            "lines": [line for _, _, line in rows],
        }
        if rows:
            self._change(_COPY, values)

    def admitted(self, needs: Needs) -> Refusal | None:
        """Why no node could take such a show now; None: one could."""
        return self._ask(lambda cursor: picture.admitted(cursor, needs))

    def place(self, wish: Wish, note: str = "") -> bool:
        """Wants a show on the air; some node takes it. False: it is wanted already. `note`: why it waits."""
        values = {
            "show": wish.show,
            "file": wish.file,
            "key": wish.key,
            "start": wish.start,
            "until": wish.until,
            "run": wish.run,
            "position": wish.position,
            "needs": json.dumps(picture.told(wish.needs)),
            "note": note,
        }
        return self._change(_PLACE, values)

    def end(self, show: str) -> bool:
        """Asks a show to end with its goodbye. False: it is not wanted."""
        return self._change(
            "update show_lease set ending = true where show = %(show)s and state = 'wanted'", {"show": show}
        )

    def drain(self, name: str, *, wanted: bool = True) -> bool:
        """Marks the node called `name` (or with that id) to be emptied, or takes that back. False: no such
        node lives.
        """
        return self._change(
            "update fleet_node set draining = %(wanted)s where %(name)s in (name, id) "
            "and seen > clock_timestamp() - make_interval(secs => 2 * ttl_s)",
            {"wanted": wanted, "name": name},
        )

    def look(self) -> FleetAt:
        """Everything at one moment."""
        return self._ask(look)

    def shows(self) -> tuple[ShowSeen, ...]:
        return tuple(ShowSeen(*row) for row in self._ask(lambda c: c.execute(_SHOWS).fetchall()))

    def nodes(self) -> tuple[NodeSeen, ...]:
        return tuple(NodeSeen(*row) for row in self._ask(lambda c: c.execute(_NODES).fetchall()))

    def cut(self) -> None:
        """Ends whatever question is out: its thread gets a RemoteError. From any thread."""
        connection = self._open
        if connection is None:
            return
        with suppress(OSError, self._psycopg.Error), socket.socket(fileno=_twin(connection)) as line:
            line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        connection, self._open = self._open, None
        if connection is not None:
            connection.close()

    def _change(self, statement: str, values: dict[str, Any]) -> bool:
        return self._ask(lambda cursor: cursor.execute(statement, values).rowcount > 0)

    def _ask(self, question: "Callable[[Cursor[Any]], T]") -> T:
        wrong = self._psycopg
        try:
            connection = self._connected()
            with connection.transaction(), connection.cursor() as cursor:
                return question(cursor)
        except (wrong.errors.InsufficientPrivilege, wrong.errors.UndefinedTable) as error:
            raise SetupError(
                f"The fleet's database refuses: {error.diag.message_primary}.",
                remedy="Run `castmate fleet prepare`; grant what `castmate fleet roles` prints.",
            ) from error
        except wrong.Error as error:
            self.close()
            said = str(error).strip().partition("\n")[0]
            raise RemoteError(
                f"The fleet's database does not answer: {said}", remedy="Check that it runs and is reached."
            ) from error

    def _connected(self) -> "Connection[Any]":
        if self._open is None or self._open.closed:
            ms = round(self._limit * 1000)
            self._open = self._psycopg.connect(
                self._dsn,
                autocommit=True,
                connect_timeout=CONNECT_S,
                application_name="castmate fleet",
                options=" ".join(f"-c {name}={ms}" for name in _LIMITS),
            )
        return self._open


def dsn_of(url: str) -> str:
    """A SQLAlchemy URL as libpq takes it. Raises SetupError when it is not PostgreSQL."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() != "postgresql":
        raise SetupError(
            "A fleet keeps its leases in PostgreSQL.",
            remedy="Set CASTMATE_DATABASE, e.g. postgresql+psycopg://castmate@HOST/castmate.",
        )
    return parsed.set(drivername="postgresql").render_as_string(hide_password=False)


def _twin(connection: "Connection[Any]") -> int:
    """The connection's socket under a number of our own."""
    return socket.dup(connection.fileno())


def _only(cursor: "Cursor[Any]") -> tuple[Any, ...]:
    row = cursor.fetchone()
    assert row is not None
    return tuple(row)


def _named(node: str, holding: Holding) -> dict[str, Any]:
    return {"id": node, "show": holding.show, "epoch": holding.epoch, "position": holding.position}


def _claim(row: tuple[Any, ...]) -> Claim:
    show, file, key, start, until, run, position, epoch, crashes = row
    assert isinstance(start, datetime)
    return Claim(Wish(show, file, key, start, until, run, position), epoch, crashes)
