"""A console with people, for tests: its clock is the test's, its passwords are hashed quickly."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from argon2 import PasswordHasher
from starlette.testclient import TestClient

from bot.console.accounts import open_accounts
from bot.console.app import create_app
from bot.console.roles import Role
from bot.console.settings import ConsoleSettings
from products.store import open_engine

# The real parameters take 64 MiB and a tenth of a second each; test_credentials.py holds them.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
NOBODY = QUICK.hash("nobody")
ORIGIN = "http://testserver"
KEY = "set-up-key"
PASSWORD = "four plain words here"
FORM = {"origin": ORIGIN}


class Clock:
    """Both times move together, when a test says so."""

    def __init__(self):
        self.at = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def now(self):
        return self.at

    def time(self):
        return self.at.timestamp()

    def later(self, **lapse):
        self.at += timedelta(**lapse)

    async def sleep_until(self, t):
        raise AssertionError("nothing here waits by the clock")


class House:
    """A console with accounts that last."""

    def __init__(self, *, pictures=False):
        self.clock = Clock()
        engine = open_engine("sqlite://")
        self.accounts = open_accounts(engine, self.clock.now, bytes(32))
        self.accounts.book.make_tables()
        folder = Path(__file__).parent if pictures else None
        settings = ConsoleSettings("link", KEY, folder, accounts=self.accounts)
        self.app = create_app(settings, clock=self.clock)
        self.clients = []

    def browser(self):
        client = TestClient(self.app, follow_redirects=False)
        self.clients.append(client)
        return client

    def person(self, name, role=Role.OWNER):
        """A browser that is signed in as a new person."""
        by = None
        if not self.accounts.people.begun():
            account = self.accounts.people.found(name, QUICK.hash(PASSWORD))
        else:
            key = self.accounts.people.invite(name, role, by)
            account = self.accounts.people.accept(key, name, QUICK.hash(PASSWORD))
        client = self.browser()
        assert sign_in(client, name).status_code == 303
        return client, account

    def what(self):
        return [row.what for row in self.accounts.book.events()]


def sign_in(client, name, password=PASSWORD, **more):
    return client.post("/sign-in", data={"name": name, "password": password, **more}, headers=FORM)


def token_of(client, path="/home"):
    found = re.search(r'name="form" value="([0-9a-f]+)"', client.get(path).text)
    assert found is not None
    return found.group(1)


def send(client, path, **data):
    return client.post(path, data={"form": token_of(client), **data}, headers=FORM)
