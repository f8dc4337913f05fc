"""Shows with needs on a real PostgreSQL: labels, spread, refusal, drain; by the role of nodes alone."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime

import psycopg
import pytest
from postgres import Postgres, migrated
from sqlalchemy.exc import DBAPIError

from bot.fleet.lease import Answer, Wish
from bot.fleet.leases import Holding, LeaseBook
from bot.fleet.placement import Needs, Offer
from bot.fleet.roles import LEASE_COLUMNS, NODE_COLUMNS, READ, statements
from bot.fleet.writes import carry_lease
from bot.store import open_engine
from products.errors import SetupError
from products.sales import SALE, Sale, SaleBook

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]
NOW = datetime(2026, 12, 1, 20, tzinfo=UTC)
EU = frozenset({"region=eu"})
TTL_S = 60.0


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    with migrated() as made:
        with made.connect() as connection:
            for statement in statements("castmate_node"):
                connection.execute(statement)
        yield made


@pytest.fixture
def book(database: Postgres) -> Iterator[LeaseBook]:
    with database.connect() as connection:
        connection.execute("truncate fleet_node, show_lease, ledger_copy")
    made = LeaseBook(database.url())
    yield made
    made.close()


class Node:
    """One that beats when the test says so, as the role of nodes."""

    def __init__(self, database: Postgres, offer: Offer) -> None:
        self.book, self.offer = LeaseBook(database.url("castmate_node")), offer
        self.held: dict[str, int] = {}

    def beat(self) -> Answer:
        held = [Holding(show, epoch) for show, epoch in self.held.items()]
        free = self.offer.shows - len(held)
        answer = self.book.beat(
            self.offer.name, self.offer.name, self.offer.shows, TTL_S, held, free, self.offer
        )
        self.held = dict(answer.renewed) | {c.wish.show: c.epoch for c in answer.claimed}
        return answer


@pytest.fixture
def nodes(database: Postgres) -> Iterator[list[Node]]:
    made = [Node(database, Offer("a", 3)), Node(database, Offer("b", 3, labels=EU, gpus=1))]
    yield made
    for node in made:
        node.book.close()


def want(book: LeaseBook, show: str, needs: Needs) -> None:
    assert book.place(Wish(show, f"/{show}.yaml", f"{show}/1", NOW, needs=needs))


def test_each_show_goes_where_it_fits_and_a_shops_shows_apart(book: LeaseBook, nodes: list[Node]) -> None:
    a, b = nodes
    for node in nodes:
        node.beat()
    want(book, "eu", Needs(labels=EU))
    want(book, "drawn", Needs(gpu=0.5))
    for n in range(2):
        want(book, f"corner-{n}", Needs(shop="corner"))
    want(book, "plain", Needs())
    a.beat()
    assert "plain" in a.held, "a show without needs goes to whoever comes first"
    b.beat()
    assert {"eu", "drawn"} <= set(b.held) and not {"eu", "drawn"} & set(a.held)
    assert sum(s.startswith("corner") for s in a.held) == sum(s.startswith("corner") for s in b.held) == 1


def test_who_fits_nowhere_is_told_why(book: LeaseBook, nodes: list[Node]) -> None:
    refused = book.admitted(Needs(labels=EU))
    assert refused is not None and refused.why == "no node is alive" and not refused.never
    for node in nodes:
        node.beat()
    assert book.admitted(Needs(labels=EU)) is None
    never = book.admitted(Needs(labels=frozenset({"region=mars"})))
    assert never is not None and never.never and "region=mars" in never.why
    for n in range(3):
        want(book, f"eu-{n}", Needs(labels=EU))
    nodes[1].beat()
    full = book.admitted(Needs(labels=EU))
    assert full is not None and not full.never and "1 full" in full.why
    want(book, "eu-3", Needs(labels=EU))
    for node in nodes:
        node.beat()
    assert "eu-3" not in nodes[0].held and "eu-3" not in nodes[1].held, "it waits"


def test_a_drain_keeps_what_nobody_else_could_take(book: LeaseBook, nodes: list[Node]) -> None:
    a, b = nodes
    a.beat()
    b.beat()
    want(book, "eu", Needs(labels=EU))
    want(book, "any", Needs(shop="corner"))
    a.beat()
    b.beat()
    assert book.drain("b")
    answer = b.beat()
    assert answer.draining and "eu" in b.held
    assert answer.staying == frozenset({"eu"})
    refused = book.admitted(Needs(labels=EU))
    assert refused is not None and "1 being drained" in refused.why


def test_a_nodes_role_has_just_what_is_granted(database: Postgres) -> None:
    """Asked of the server, over every table there is: what the role may do beyond reading."""
    with database.connect() as connection:
        tables = connection.execute(
            """
            select c.relname, p.kind
            from pg_class c, unnest(array['insert','update','delete','truncate']) p (kind)
            where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
              and has_table_privilege('castmate_node', c.oid, p.kind)
            """
        ).fetchall()
        columns = connection.execute(
            """
            select c.relname, a.attname
            from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
            where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not a.attisdropped
              and has_column_privilege('castmate_node', c.oid, a.attname, 'update')
            """
        ).fetchall()
        read = connection.execute(
            """
            select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
              and has_any_column_privilege('castmate_node', c.oid, 'select')
            """
        ).fetchall()
        every = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
    assert set(tables) == {(t, "insert") for t in ("script_event", "sale", "fleet_node", "ledger_copy")}
    wanted = {("fleet_node", c) for c in NODE_COLUMNS} | {("show_lease", c) for c in LEASE_COLUMNS}
    wanted |= {("script", c) for c in ("state", "approved_by", "approved_at")}
    assert set(columns) == wanted | {("sale", "quantity"), ("sale", "paid")}
    names = {name for (name,) in read}
    assert names == {*READ, "sale", "fleet_node", "ledger_copy", "show_lease"}
    assert every is not None and len(names) < every[0]


def test_a_nodes_role_cannot_say_what_it_offers_later_or_change_needs(
    database: Postgres, nodes: list[Node]
) -> None:
    nodes[0].beat()
    with database.connect(user="castmate_node") as connection:
        for forbidden in (
            "update fleet_node set offer = '{\"gpus\": 99}'",
            "update show_lease set needs = '{}'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(forbidden)


def sold(order: str) -> Sale:
    return Sale("corner", "tiktok", order, "ref", "mug", 1, True, NOW)


def test_what_a_show_sold_is_refused_once_its_lease_is_over(
    database: Postgres, book: LeaseBook, nodes: list[Node]
) -> None:
    """As its ledger's lines are: who stood still writes nothing beside its successor."""
    first, second = nodes
    first.beat()
    want(book, "corner", Needs())
    first.beat()
    engines = [open_engine(database.url("castmate_node")) for _ in nodes]
    carry_lease(engines[0], "corner", first.held["corner"])
    late, entered = SaleBook(engines[0]), SaleBook(open_engine(database.url()))
    late.enter([sold("1")])
    with database.connect() as connection:
        connection.execute("update show_lease set expires = clock_timestamp() - interval '1 s'")
    with pytest.raises(SetupError, match="could not be kept"):
        late.enter([sold("2")])
    second.beat()
    assert second.held["corner"] > first.held["corner"]
    with pytest.raises(SetupError):
        late.enter([sold("3")])
    carry_lease(engines[1], "corner", second.held["corner"])
    SaleBook(engines[1]).enter([sold("4")])
    entered.enter([sold("5")])  # a console, which has no lease
    with database.connect() as connection:
        kept = connection.execute('select "order" from sale where show = %s', ("corner",)).fetchall()
    assert {order for (order,) in kept} == {"1", "4", "5"}
    for engine in engines:
        engine.dispose()


def test_a_show_that_freezes_while_it_writes_keeps_nobody_from_its_lease(
    database: Postgres, book: LeaseBook, nodes: list[Node]
) -> None:
    first, second = nodes
    first.beat()
    want(book, "corner", Needs())
    first.beat()
    engine = open_engine(database.url("castmate_node"))
    carry_lease(engine, "corner", first.held["corner"])
    with engine.connect() as frozen:
        frozen.execute(SALE.insert().values(**asdict(sold("6"))))
        with database.connect() as connection:  # waits until the database has given the frozen one up
            connection.execute("update show_lease set expires = clock_timestamp() - interval '1 s'")
        second.beat()
        assert "corner" in second.held
        with pytest.raises(DBAPIError):
            frozen.commit()
        frozen.invalidate()
    with database.connect() as connection:
        assert connection.execute("select 1 from sale where \"order\" = '6'").fetchone() is None
    engine.dispose()
