"""castmate people: links from the machine itself, for those who cannot sign in."""

import re

import pytest
from house import QUICK
from typer.testing import CliRunner

from bot.cli import app
from bot.clock import SystemClock
from bot.console.account_book import Book
from bot.console.people import People
from bot.console.roles import Role
from bot.settings import read_settings
from bot.store import migrate, open_engine


@pytest.fixture
def people(tmp_path, monkeypatch):
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("CASTMATE_DATABASE", raising=False)
    monkeypatch.setenv("CASTMATE_HOST", "shop.test")
    engine = open_engine(read_settings().database_url)
    migrate(engine)
    return People(Book(engine, SystemClock().now))


def castmate(*words):
    return CliRunner().invoke(app, ["people", *words])


def key_in(said):
    found = re.search(r"https://shop\.test:8484/join\?key=(\S+)", said)
    assert found is not None, said
    return found.group(1)


def test_before_the_first_owner_nobody_is_invited(people):
    assert "Nobody yet" in castmate("list").output
    assert "no owner yet" in str(castmate("invite", "Bob", "--role", "merch").exception)


def test_an_owner_who_lost_everything_gets_back_in(people):
    people.found("Ann", QUICK.hash("a password that is lost"))
    invited = people.invited(key_in(castmate("reset", "  ann ").output))
    assert invited is not None and invited.account is not None and invited.role is Role.OWNER
    assert "Nobody is called" in str(castmate("reset", "Eve").exception)


def test_an_invitation_from_the_machine(people):
    people.found("Ann", QUICK.hash("four plain words here"))
    invited = people.invited(key_in(castmate("invite", "Bob", "--role", "compliance").output))
    assert invited is not None and (invited.name, invited.role) == ("Bob", Role.COMPLIANCE)
    assert "Ann" in castmate("list").output
