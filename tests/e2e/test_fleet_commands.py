"""castmate fleet, as somebody types it, against a real PostgreSQL; and what a node's role may not do."""

import asyncio
import json
import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import psycopg
import pytest
from fleet_stand import PATIENCE_S, Stand
from postgres import Postgres, postgres
from servers import wait_for
from typer.testing import CliRunner

from bot.cli import app
from bot.commands.fleet import run_node
from bot.fleet.fence import VARIABLE, Post, boottime_ns
from bot.fleet.leases import Holding, LeaseBook
from bot.fleet.node import Terms
from bot.fleet.placing import FleetLauncher
from bot.settings import read_settings
from bot.shop import ShowOrder, open_shop
from bot.store import MIGRATIONS, migrate, open_engine
from persona.script_book import ScriptBook
from products.errors import RemoteError, SetupError
from products.intake.load import import_catalogue
from products.sales import Sale, SaleBook
from products.store import SqlCatalogue
from schedules.planner import Busy
from schedules.runs import RunBook
from schedules.tables import RunState, ShowRunRow

ROOT = Path(__file__).parents[2]
Run = Callable[..., str]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    """With the tables and the nodes' role, made by the commands themselves."""
    with postgres() as made:
        runner = CliRunner(env={"CASTMATE_DATABASE": made.url()})
        for _ in range(2):
            done = runner.invoke(app, ["fleet", "prepare"])
            assert done.exit_code == 0, done.output
        roles = runner.invoke(app, ["fleet", "roles"])
        with made.connect() as connection:
            for _ in range(2):
                connection.execute(roles.output)
        yield made


@pytest.fixture
def run(database: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("CASTMATE_DATABASE", database.url())
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "250")

    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["fleet", *words])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        return done.output

    return run


@pytest.fixture
def fleet(database: Postgres, tmp_path: Path) -> Iterator[Stand]:
    made = Stand(database, tmp_path, 2.0, 1)
    with database.connect() as connection:
        connection.execute("truncate fleet_node, show_lease, ledger_copy")
    try:
        yield made
    finally:
        made.close()


def test_a_node_with_its_role_alone_airs_drains_and_is_seen(fleet: Stand, run: Run) -> None:
    """The node connects as castmate_node; all that it does in a show's life is granted."""
    node = fleet.node("west", user="castmate_node")
    fleet.begin()
    fleet.all_send()
    said = run("status")
    assert "west" in said and "alive" in said and "show-00" in said and "wanted" in said
    full = "1 of 1 nodes alive, 1 shows on the air, 0 places free"
    fleet.until(lambda: full in run("top", "--once"))
    seen = json.loads(run("status", "--json"))
    assert [n["name"] for n in seen["nodes"]] == ["west"]
    assert seen["shows"][0]["owner"] == node.id and seen["shows"][0]["epoch"] >= 1
    with fleet.database.connect() as connection:
        fleet.until(lambda: connection.execute("select count(*) from ledger_copy").fetchone() != (0,))

    assert "takes no more shows" in run("drain", "west", "--no-wait")  # nobody else has room
    assert "draining" in run("status")
    assert "takes shows again" in run("drain", "west", "--undo")

    assert "asked to end" in run("end", "show-00")
    fleet.until(lambda: fleet.seen()["show-00"].state == "ended")
    with pytest.raises(SetupError, match="not on the air"):
        run("end", "show-00")
    with pytest.raises(SetupError, match="No node nowhere"):
        run("drain", "nowhere")
    assert fleet.receiver.double() == []


def test_a_nodes_password_is_changed_by_a_second_role_and_shows_go_on(fleet: Stand, run: Run) -> None:
    """As docs/security.md says: two roles beside each other, one node after the other, then the old goes.

    Tests trust whoever connects, so a role stands for its password here.
    """
    with fleet.database.connect() as connection:
        for role in ("castmate_old", "castmate_new"):
            connection.execute(run("roles", "--role", role))
        old = fleet.node("west", user="castmate_old")
        fleet.begin()
        fleet.all_send()
        new = fleet.node("east", user="castmate_new")
        fleet.until(lambda: any(n.id == new.id and n.alive for n in fleet.book.nodes()))
        assert "west is empty" in run("drain", "west")
        old.process.send_signal(signal.SIGTERM)
        assert old.process.wait(PATIENCE_S) == 0
        mark = fleet.mark()
        (gone,) = re.findall(r"`(drop owned by [^`]+)`", (ROOT / "docs" / "security.md").read_text("utf-8"))
        connection.execute(gone.replace("castmate_node", "castmate_old"))
        assert fleet.all_send(mark)["show-00"].epoch == fleet.seen()["show-00"].epoch
        assert fleet.on(new) == ["show-00"] and fleet.receiver.double() == []
        with pytest.raises(psycopg.OperationalError, match="castmate_old"):
            fleet.database.connect(user="castmate_old")


def test_what_a_nodes_role_may_not(fleet: Stand) -> None:
    forbidden = (
        "select * from account",
        "select * from show_run",
        "update show_run set state = 'ended'",
        "insert into show_lease (show, file, key, start_utc) values ('x', 'x', 'x', now())",
        "delete from show_lease",
        "update show_lease set file = '/somewhere/else.yaml'",
        "update ledger_copy set line = 'forged'",
        "delete from ledger_copy",
        "update fleet_node set capacity = 1000",
        "update product set active = false",
        "update script set words = '[]'",
        "delete from script_event",
        "create table mine (x int)",
    )
    owner, engine = (open_engine(fleet.database.url(user)) for user in ("postgres", "castmate_node"))
    import_catalogue(owner, ROOT / "sample" / "shop" / "products.csv", datetime.now(UTC), language="en")
    shop, show, now = ScriptBook(owner), ScriptBook(engine), datetime.now(UTC)
    script = shop.draft("harbor-sneakers", "en", ["Made of canvas."], "Mia", now)
    shop.approve(script.name, "Mia", now)
    migrate(engine)  # what a show does with the database: looks at the version, reads, notes what aired
    catalogue = SqlCatalogue(engine)
    assert "harbor-sneakers" in [p.handle for p in catalogue.search("sneakers")]
    show.aired(script.name, "evening", now)
    assert show.usable("harbor-sneakers", "en")[0].state == "aired"
    sale = Sale("evening", "room", "1", "harbor-sneakers", "harbor-sneakers", 1, False, now)
    SaleBook(engine).enter([sale])
    SaleBook(engine).enter([replace(sale, paid=True)])
    assert [sold.paid for sold in SaleBook(engine).of("evening")] == [1]
    for each in (owner, engine):
        each.dispose()
    with fleet.database.connect(user="castmate_node") as connection:
        for statement in forbidden:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


NEXT = """
from alembic import op
revision, down_revision, branch_labels, depends_on = "{new}", "{old}", None, None
def upgrade():
    op.execute("{does}")
"""
LATER = ("alter table show_lease add column later int not null default 0", "select pg_advisory_lock(77)")


@pytest.fixture
def newer(database: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The migrations of a later Castmate: one that changes the table of leases, one that lasts."""
    with database.connect() as connection:
        (at,) = connection.execute("select version_num from alembic_version").fetchone() or ("",)
        made = Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))
        old = at
        for new, does in zip(("9001", "9002"), LATER, strict=True):
            (made / "versions" / f"{new}_later.py").write_text(NEXT.format(new=new, old=old, does=does))
            old = new
        yield made
        connection.execute(f"update alembic_version set version_num = '{at}'")
        connection.execute("alter table show_lease drop column if exists later")


def test_migrations_run_while_shows_air(
    fleet: Stand, newer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heartbeats are answered all the while, and what an older Castmate begins on the new tables airs."""
    fleet.begin()
    (claim,) = fleet.book.beat("a-1", "a", 1, 3600.0, [], 1).claimed
    engine = open_engine(fleet.database.url())

    def renewed() -> bool:
        return fleet.book.beat("a-1", "a", 1, 3600.0, [Holding("show-00", claim.epoch)], 0).renewed != {}

    with (
        ThreadPoolExecutor(1) as pool,
        fleet.database.connect() as reader,
        fleet.database.connect() as holder,
        monkeypatch.context() as later,
    ):
        later.setattr("bot.store.MIGRATIONS", newer)
        holder.execute("select pg_advisory_lock(77)")
        reader.execute("begin")
        reader.execute("select * from show_lease")  # somebody looks, for long
        done = pool.submit(migrate, engine)
        waits = "select true from pg_locks where not granted and relation = 'show_lease'::regclass"
        fleet.until(lambda: holder.execute(waits).fetchone())
        assert renewed(), "the change of the table gives way"
        reader.execute("commit")
        at = "select version_num = '9001' from alembic_version"
        fleet.until(lambda: done.done() or holder.execute(at).fetchone() == (True,))
        assert renewed() and not done.done(), "one is through, the next one lasts"
        holder.execute("select pg_advisory_unlock(77)")
        done.result(PATIENCE_S)
    assert renewed()
    with pytest.raises(SetupError, match="another version"):
        migrate(engine)
    import_catalogue(engine, ROOT / "sample" / "shop" / "products.csv", datetime.now(UTC), language="en")
    engine.dispose()

    show = (ROOT / "sample" / "show.yaml").read_text(encoding="utf-8")
    shutil.copytree(ROOT / "sample", tmp_path / "sample")
    file = tmp_path / "sample" / "shared.yaml"
    own = re.sub(r"catalogue:\n(  - .*\n)+|scripts: .*\n", "", show)
    file.write_text(own.replace("show: corner-evening", "show: shared"), encoding="utf-8")
    post = Post(tmp_path / "lease", claim.epoch, boottime_ns() + 3600 * 10**9)
    monkeypatch.setenv(VARIABLE, str(post.path))
    settings = read_settings(data=tmp_path / "air", database=fleet.database.url("castmate_node"))
    shop = open_shop(ShowOrder(file), settings, lambda: datetime.now(UTC))
    assert len(shop.catalogue.products()) > 5
    post.close()


async def test_a_node_that_is_newer_than_the_tables_takes_no_show(fleet: Stand, tmp_path: Path) -> None:
    """It would begin each and fail; who prepares the tables first is not asked again."""
    with fleet.database.connect() as connection:
        (at,) = connection.execute("select version_num from alembic_version").fetchone() or ("",)
        connection.execute("update alembic_version set version_num = '0013'")
        settings = read_settings(data=tmp_path / "node", database=fleet.database.url("castmate_node"))
        try:
            with pytest.raises(SetupError, match="older Castmate"):
                await run_node(settings, Terms("new-1", "new", 1, 10.0), "")
        finally:
            connection.execute("update alembic_version set version_num = %s", (at,))
    assert fleet.book.nodes() == ()


async def test_a_node_ends_when_it_is_asked_to(fleet: Stand, tmp_path: Path) -> None:
    """What `castmate fleet node` runs, in this process."""
    settings = read_settings(data=tmp_path / "node", database=fleet.database.url("castmate_node"))
    async with asyncio.TaskGroup() as group:
        node = group.create_task(run_node(settings, Terms("real-1", "real", 1, 10.0), ""))

        def alive() -> bool:
            return node.done() or any(n.id == "real-1" for n in fleet.book.nodes())

        await asyncio.to_thread(wait_for, alive, 60)
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(60):
            await node


def test_a_show_is_placed_once_and_waits_for_a_node(fleet: Stand, run: Run) -> None:
    file = str(ROOT / "sample" / "show.yaml")
    assert "corner-evening is wanted" in run("place", file, "--minutes", "1")
    with pytest.raises(SetupError, match="wanted on the air already"):
        run("place", file)
    assert "nobody" in run("status", code=1)
    assert "asked to end" in run("end", "corner-evening")
    assert fleet.book.beat("west-1", "west", 1, 2.0, [], 1).claimed == ()  # nobody begins it only to end it
    assert fleet.seen()["corner-evening"].state == "ended"
    run("status")
    assert "west is empty" in run("drain", "west")


def test_who_freezes_in_a_transaction_locks_nobody_out(fleet: Stand) -> None:
    """Others skip rows that are locked: they would do so for as long as it stands still."""
    frozen = LeaseBook(fleet.database.url(), 0.5)
    fleet.begin()
    assert frozen.beat("a-1", "a", 1, 0.3, [], 1).claimed
    inside, woken = Event(), Event()

    def renew_and_freeze(cursor: "psycopg.Cursor[tuple]") -> None:
        cursor.execute("update show_lease set note = 'renewing'")
        inside.set()
        assert woken.wait(PATIENCE_S)

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(frozen._ask, renew_and_freeze)
        assert inside.wait(PATIENCE_S)
        try:
            fleet.until(lambda: fleet.book.beat("b-1", "b", 1, 60.0, [], 1).claimed)
        finally:
            woken.set()
        with pytest.raises(RemoteError):
            asked.result(PATIENCE_S)


def test_a_backup_takes_postgresql_along(fleet: Stand, run: Run, tmp_path: Path) -> None:
    run("place", str(ROOT / "sample" / "show.yaml"))
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "paper.txt").write_text("a paper")
    archive, there = str(tmp_path / "shop.tar.gz"), tmp_path / "there"
    assert CliRunner().invoke(app, ["backup", archive]).exit_code == 0
    with fleet.database.connect() as connection:
        connection.execute("create database restored")
    url = fleet.database.url().replace("/castmate?", "/restored?")
    other = CliRunner(env={"CASTMATE_DATABASE": url, "CASTMATE_DATA": str(there)})
    done = other.invoke(app, ["restore", archive])
    assert done.exit_code == 0, done.output
    with fleet.database.connect("restored") as connection:
        assert connection.execute("select show, state from show_lease").fetchall() == [
            ("corner-evening", "wanted")
        ]
        with pytest.raises(psycopg.DatabaseError, match="cannot go back"):  # the guards came along
            connection.execute("update show_lease set epoch = -1")
    assert sorted(p.name for p in there.iterdir()) == ["paper.txt"]


async def test_the_console_places_shows_and_hears_how_they_ended(fleet: Stand, tmp_path: Path) -> None:
    fleet.node("west")
    file = tmp_path / "show-00.yaml"
    file.write_text(json.dumps({"show": "show-00", "receiver": str(fleet.receiver.path)}))
    engine = open_engine(fleet.database.url())
    runs = RunBook(engine)
    run = ShowRunRow(
        show="show-00",
        file=str(file),
        occurrence_key="show-00/1",
        start_utc=datetime.now(UTC),
        position="0.7-q",
        state=RunState.STARTING,
    )
    runs.plan("show-00", [run], {run.occurrence_key}, run.start_utc)
    (run,) = runs.all("show-00")
    assert run.id is not None
    told: list[tuple[RunState, str]] = []
    async with asyncio.TaskGroup() as group:
        first = FleetLauncher(group, LeaseBook(fleet.database.url()), runs)
        await first.open()
        assert not first.running("show-00")
        await first.start(run, lambda state, why: told.append((state, why)))
        with pytest.raises(Busy):
            await first.start(run, lambda state, why: None)
        packets = await asyncio.to_thread(fleet.all_send, 0)
        assert packets["show-00"].line >= 7
        await first.close()  # the console restarts; the show goes on

        second = FleetLauncher(group, LeaseBook(fleet.database.url()), runs)
        await second.open()
        assert second.running("show-00") and second.position(run).endswith("-q")
        second.end("show-00")
        await asyncio.to_thread(wait_for, lambda: not second.running("show-00"), 60)
        ended = runs.one(run.id)
        assert ended is not None and ended.state == RunState.ENDED  # before it counted as gone
        assert told == []

        await second.start(run, lambda state, why: told.append((state, why)))
        await asyncio.to_thread(fleet.all_send)
        second.end("show-00")
        await asyncio.to_thread(wait_for, lambda: told, 60)
        assert [state for state, _ in told] == [RunState.ENDED]
        assert not second.running("show-00")
        await second.close()
    engine.dispose()
