"""Logging in to Twitch: by a code on any device, in a browser of this machine; and what goes wrong."""

import asyncio

import httpx
import pytest
import virtual_time
from asgi_wire import AsgiDial
from fakes.twitch import FakeTwitch
from rigs.twitch import account_on, outside_of
from servers import free_port

from connectors.twitch.login import log_in
from products.errors import SetupError


class Person:
    """Implements connectors.login.Operator; `act` is called with each page that is shown."""

    def __init__(self, act=lambda url: None) -> None:
        self.told, self._act = [], act

    def tell(self, text: str) -> None:
        self.told.append(text)

    def ask(self, question: str, *, default: str = "", secret: bool = False) -> str:
        raise AssertionError(f"nothing is to be asked: {question}")

    def show_page(self, url: str) -> None:
        self.told.append(url)
        self._act(url)


def fresh(fake, **more):
    """An account with the application's data and no login."""
    account = account_on(fake, **more)
    account.keep(access_token=None, refresh_token=None)
    return account


def on_any_device(fake, person, **more):
    account = fresh(fake, **more)

    async def live():
        outside = outside_of(
            fake, AsgiDial(fake.app), now=virtual_time.now, time=virtual_time.time, sleep=asyncio.sleep
        )
        person.loop = asyncio.get_running_loop()
        await log_in(account, outside, person)

    virtual_time.run(live())
    return account


def test_by_a_code_on_any_device():
    fake = FakeTwitch(now=virtual_time.now)
    person = Person(lambda url: person.loop.call_later(61, fake.agree, url.rpartition("=")[2]))
    account = on_any_device(fake, person)
    assert account.text("login") == "castmate_shop"
    assert account.text("user_id") == "141981764"
    assert account.secret("access_token").reveal() in fake.tokens
    assert account.has("refresh_token")
    polls = fake.calls.count(("POST", "/oauth2/token"))
    assert polls == 13  # every five seconds until somebody agreed
    assert "code is ABCD" in person.told[0]


def test_a_code_that_nobody_types_runs_out():
    fake = FakeTwitch(now=virtual_time.now)
    with pytest.raises(SetupError, match="in time"):
        on_any_device(fake, Person())


def test_a_server_that_stumbles_on_the_way():
    fake = FakeTwitch(now=virtual_time.now)
    fake.faults["/oauth2/device"] += [(503, {}, {})]

    def act(url):
        fake.faults["/oauth2/token"] += [(502, {}, "<html>"), (429, {"Retry-After": "3"}, {})]
        person.loop.call_later(20, fake.agree, url.rpartition("=")[2])

    person = Person(act)
    assert on_any_device(fake, person).has("access_token")


def test_an_application_that_twitch_does_not_know():
    fake = FakeTwitch(now=virtual_time.now)
    with pytest.raises(SetupError, match="invalid client") as error:
        on_any_device(fake, Person(), client_id="wrong")
    assert "dev.twitch.tv" in error.value.remedy


async def in_browser(fake, answer, **more):
    """`answer(url, redirect)` gives what the browser comes back with."""
    port = free_port()
    account = fresh(fake, flow="browser", redirect_port=str(port), **more)
    browsing = []

    async def browse(url):
        query = httpx.URL(url).params
        back = answer(query)
        async with httpx.AsyncClient() as browser:
            icon = await browser.get(f"http://127.0.0.1:{port}/favicon.ico")
            page = await browser.get(f"http://127.0.0.1:{port}/", params=back)
        return icon.status_code, page.status_code

    person = Person(lambda url: browsing.append(asyncio.ensure_future(browse(url))))
    outside = outside_of(fake, AsgiDial(fake.app))
    try:
        await asyncio.wait_for(log_in(account, outside, person), 60)
    finally:
        seen = await asyncio.gather(*browsing, return_exceptions=True)
    return account, seen


async def test_in_a_browser_of_this_machine():
    fake = FakeTwitch()

    def agree(query):
        assert query["response_type"] == "code"
        assert "user:read:chat" in query["scope"]
        return {"code": fake.code_for(query["redirect_uri"]), "state": query["state"]}

    account, seen = await in_browser(fake, agree, client_secret=fake.clients[fake.client_id])
    assert account.text("login") == "castmate_shop"
    assert seen == [(404, 200)]


async def test_an_answer_to_another_login_is_not_taken():
    fake = FakeTwitch()

    def forged(query):
        return {"code": fake.code_for(query["redirect_uri"]), "state": "guessed"}

    with pytest.raises(SetupError, match="not the answer"):
        await in_browser(fake, forged, client_secret=fake.clients[fake.client_id])


async def test_who_does_not_agree_is_told_what_twitch_said():
    fake = FakeTwitch()

    def refuse(query):
        return {
            "error": "access_denied",
            "error_description": "The user denied you access",
            "state": query["state"],
        }

    with pytest.raises(SetupError, match="denied you access"):
        await in_browser(fake, refuse, client_secret=fake.clients[fake.client_id])


async def test_the_browser_flow_needs_a_secret_before_anything_opens():
    with pytest.raises(SetupError, match="client secret"):
        await in_browser(FakeTwitch(), lambda query: {})
