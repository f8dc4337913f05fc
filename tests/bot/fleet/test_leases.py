"""Addresses of the fleet's database and the grants of a node; the statements run against a real one in
tests/e2e/test_fleet.py.
"""

import asyncio
import threading

import pytest

from bot.fleet.asking import Asking
from bot.fleet.leases import LeaseBook, NodeSeen, dsn_of
from bot.fleet.roles import statements
from products.errors import RemoteError, SetupError


@pytest.mark.parametrize(
    ("url", "dsn"),
    [
        ("postgresql+psycopg://me:pa%40ss@db/shop", "postgresql://me:pa%40ss@db/shop"),
        ("postgresql://me@/shop?host=/run/pg&port=5433", "postgresql://me@/shop?host=%2Frun%2Fpg&port=5433"),
    ],
)
def test_a_url_as_libpq_takes_it(url: str, dsn: str) -> None:
    assert dsn_of(url) == dsn


@pytest.mark.parametrize("url", ["sqlite:////var/castmate.db", "/var/castmate.db", "mysql://db/shop"])
def test_any_other_database_is_refused(url: str) -> None:
    with pytest.raises(SetupError, match="PostgreSQL"):
        dsn_of(url)


def test_a_database_that_is_not_there_is_told_without_the_password() -> None:
    book = LeaseBook("postgresql+psycopg://me:secret@127.0.0.1:1/shop")
    with pytest.raises(RemoteError, match="does not answer") as told:
        book.shows()
    assert "secret" not in str(told.value)
    book.cut()
    book.close()


def test_a_node_is_alive_within_its_term() -> None:
    assert NodeSeen("a-1", "a", 4, 1, False, 10.0, 9.9).alive
    assert not NodeSeen("a-1", "a", 4, 1, False, 10.0, 10.0).alive


def test_no_name_of_a_role_becomes_sql() -> None:
    assert "create role castmate_node login password 'CHANGE ME';" in statements("castmate_node")[0]
    for name in ("x; drop table account", "X", "", 'a"b', "1a"):
        with pytest.raises(SetupError, match="no name for a role"):
            statements(name)


class Deaf:
    """Answers only once it is cut."""

    def __init__(self) -> None:
        self.cuts = threading.Event()

    def cut(self) -> None:
        self.cuts.set()

    def question(self) -> str:
        assert self.cuts.wait(30)
        raise RemoteError("cut")


async def test_a_question_without_an_answer_is_cut() -> None:
    deaf = Deaf()
    ask = Asking(deaf, 0.02)
    with pytest.raises(RemoteError, match="cut"):
        async with asyncio.timeout(30):
            await ask(deaf.question)
    assert await ask(lambda: "the next one is asked") == "the next one is asked"


async def test_whoever_stops_waiting_cuts_it_too() -> None:
    deaf = Deaf()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await Asking(deaf, 30.0)(deaf.question)
    assert await asyncio.to_thread(deaf.cuts.wait, 30)
