"""Logging in: both flows, renewal, revocation; what is said when it does not work."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from youtube_fake.nearby import InProcess, account, outside, over_sockets, where
from youtube_fake.world import CLIENT_ID, CLIENT_SECRET, Fault, World

from connectors.base import Secret
from connectors.errors import AuthNeeded, Changed, Transient
from connectors.youtube.endpoints import GOOGLE, endpoints_of
from connectors.youtube.logins import app_of, keep_tokens, log_in, tokens_of
from connectors.youtube.loopback import Loopback, login_in_browser
from connectors.youtube.oauth import App, Login, OAuth, Tokens, challenge, code_from, verifier_of
from products.errors import CastmateError, SetupError

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRETS = (CLIENT_SECRET, "1//refresh", "ya29.first", "device-code", "4/code")


class Clock:
    def __init__(self):
        self.at = NOW

    def now(self):
        return self.at

    async def sleep(self, seconds):
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def world(clock):
    return World(clock.now)


@pytest.fixture
async def oauth(world):
    async with httpx.AsyncClient(transport=InProcess(world)) as http:
        yield OAuth(http, App(CLIENT_ID, Secret(CLIENT_SECRET)), where("http://g"))


def old(now=NOW):
    return Tokens(Secret("ya29.first"), Secret("1//refresh"), now - timedelta(seconds=1))


def silent(error: CastmateError) -> bool:
    return not [s for s in SECRETS if s in str(error)]


# ---- on another device


async def test_a_device_waits_at_the_servers_pace_until_the_operator_agreed(oauth, world, clock):
    code = await oauth.device_code(clock.now())
    assert (code.user_code, code.url) == ("GQVQ-JKEC", "https://www.google.com/device")
    asked = []

    async def sleep(seconds):
        asked.append(seconds)
        await clock.sleep(seconds)
        if len(asked) == 3:
            next(iter(world.devices.values()))["agreed"] = True

    tokens = await oauth.wait_for_device(code, clock.now, sleep)
    assert asked == [5, 5, 5]
    assert tokens.access.reveal() in world.access
    assert tokens.refresh.reveal() in world.refresh
    assert not tokens.stale(clock.now())
    assert "ya29" not in repr(tokens) + repr(code)


async def test_a_device_that_is_told_to_slow_down_does(oauth, world, clock):
    code = await oauth.device_code(clock.now())
    asked = []

    async def sleep(seconds):
        asked.append(seconds)
        await clock.sleep(seconds / 2)  # our clock runs twice as fast as the server's
        if len(asked) == 4:
            next(iter(world.devices.values()))["agreed"] = True

    await oauth.wait_for_device(code, clock.now, sleep)
    assert asked == [5, 5, 10, 10]


async def test_a_device_hears_of_a_refusal_and_of_a_code_that_ran_out(oauth, world, clock):
    code = await oauth.device_code(clock.now())
    next(iter(world.devices.values()))["agreed"] = False
    with pytest.raises(SetupError, match="declined"):
        await oauth.wait_for_device(code, clock.now, clock.sleep)
    world.devices.clear()
    code = await oauth.device_code(clock.now())
    with pytest.raises(SetupError, match="not typed in time"):
        await oauth.wait_for_device(code, clock.now, clock.sleep)
    assert clock.at >= code.expires


async def test_a_cut_line_does_not_end_the_waiting_but_many_do(oauth, world, clock):
    code = await oauth.device_code(clock.now())
    next(iter(world.devices.values()))["agreed"] = True
    world.faults["token"].extend([Fault(0, cut=True)] * 3)
    assert (await oauth.wait_for_device(code, clock.now, clock.sleep)).access
    world.faults["token"].extend([Fault(0, cut=True)] * 9)
    with pytest.raises(Transient):
        await oauth.wait_for_device(await oauth.device_code(clock.now()), clock.now, clock.sleep)


# ---- in a browser


async def browse(url: str) -> None:
    """What the operator's browser does: to the consent page, and back to where that sends it."""
    async with httpx.AsyncClient() as http:
        back = (await http.get(url)).headers["location"]
        async with httpx.AsyncClient() as other:
            await other.get(httpx.URL(back).copy_with(path="/favicon.ico", query=None))
        page = await http.get(back)
        assert "go back to Castmate" in page.text


async def test_the_browser_comes_back_with_a_code_that_only_our_verifier_opens(world, clock):
    async with over_sockets(world) as base, httpx.AsyncClient() as http:
        oauth = OAuth(http, App(CLIENT_ID, Secret(CLIENT_SECRET)), where(base))
        shown: list[asyncio.Task] = []
        tokens = await login_in_browser(
            oauth, clock.now, bytes(range(48)), lambda url: shown.append(asyncio.ensure_future(browse(url)))
        )
        await asyncio.gather(*shown)
        assert tokens.refresh.reveal() in world.refresh
        world.codes["4/stolen"] = ("http://127.0.0.1:9", challenge("right" * 10), "S256")
        with pytest.raises(AuthNeeded):
            await oauth.exchange("4/stolen", "wrong" * 10, "http://127.0.0.1:9", clock.now())


async def test_a_browser_that_never_comes_back_is_told():
    async with Loopback() as back:
        assert back.redirect.startswith("http://127.0.0.1:")
        with pytest.raises(SetupError, match="No browser came back"):
            await back.query(0.01)


def test_an_answer_to_another_login_and_a_refusal_are_told():
    assert code_from({"state": "s", "code": "4/x"}, "s") == "4/x"
    with pytest.raises(SetupError, match="another login"):
        code_from({"state": "other", "code": "4/x"}, "s")
    with pytest.raises(SetupError, match="declined"):
        code_from({"state": "s", "error": "access_denied"}, "s")
    with pytest.raises(SetupError, match="without a code"):
        code_from({"state": "s"}, "s")


def test_the_challenge_is_that_of_rfc_7636():
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
    assert challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert len(verifier_of(bytes(32))) == 43


# ---- later


async def test_a_token_is_renewed_before_it_ends_and_kept_before_it_is_used(oauth, world, clock):
    kept = []
    login = Login(oauth, old(), clock.now, kept.append)
    first = await login.bearer()
    assert first != "ya29.first"
    assert [t.access.reveal() for t in kept] == [first]
    assert kept[0].refresh.reveal() == "1//refresh"  # Google gives no new one: the old one stays
    assert await login.bearer() == first
    clock.at += timedelta(seconds=3599 - 59)
    assert await login.bearer() != first
    assert login.renewals == 2


async def test_a_token_that_was_refused_is_not_given_again(oauth, clock):
    login = Login(oauth, Tokens(Secret("a"), Secret("1//refresh"), NOW + timedelta(hours=1)), clock.now)
    assert await login.bearer() == "a"
    assert await login.bearer("another") == "a"
    assert await login.bearer("a") != "a"


async def test_a_revoked_login_is_told_in_plain_words_and_not_asked_for_again(oauth, world, clock):
    world.refresh.clear()
    login = Login(oauth, old(), clock.now)
    for _ in range(3):
        with pytest.raises(AuthNeeded, match="no longer good: revoked") as lost:
            await login.bearer()
    assert "castmate connectors login youtube" in str(lost.value)
    assert silent(lost.value)
    world.refresh.add("1//refresh")
    with pytest.raises(AuthNeeded):  # even when the server changed its mind: a person logs in again
        await login.bearer()


async def test_a_login_is_given_back(oauth, world):
    await oauth.revoke(old())
    assert world.refresh == set()
    await oauth.revoke(old())  # void already: given back


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, {"error": "invalid_client"}, SetupError, "does not know this OAuth client"),
        (400, {"error": "invalid_scope"}, SetupError, "refuses the permission"),
        (403, {"error": "org_internal"}, CastmateError, "organisation does not allow"),
        (503, {}, Transient, "answered 503"),
        (200, {"access_token": 7}, Changed, "cannot be read"),
        (200, {}, Changed, "cannot be read"),
        (200, [1], Changed, "cannot be read"),
        (418, ["1//refresh"], Transient, "answered 418"),
    ],
)
async def test_every_refusal_says_what_to_do_and_no_secret(status, body, kind, words):
    transport = httpx.MockTransport(lambda request: httpx.Response(status, json=body))
    async with httpx.AsyncClient(transport=transport) as http:
        oauth = OAuth(http, App(CLIENT_ID, Secret(CLIENT_SECRET)), where("http://g"))
        with pytest.raises(kind, match=words) as no:
            await oauth.renew(old(), NOW)
    assert silent(no.value)
    assert no.value.remedy


ANSWERS = st.recursive(st.none() | st.text(), st.lists).map(lambda value: json.dumps(value).encode())


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=40)
@given(st.binary(max_size=400) | ANSWERS)
def test_whatever_the_login_server_sends_is_an_error_of_ours(raw):
    async def ask():
        transport = httpx.MockTransport(lambda request: httpx.Response(200, content=raw))
        async with httpx.AsyncClient(transport=transport) as http:
            oauth = OAuth(http, App(CLIENT_ID, Secret(CLIENT_SECRET)), where("http://g"))
            for call in (oauth.renew(old(), NOW), oauth.device_code(NOW)):
                with pytest.raises(CastmateError):
                    await call

    asyncio.run(ask())


# ---- the account


async def test_an_account_is_logged_in_by_a_person_and_holds_its_tokens(world, clock):
    shop = account(server="http://127.0.0.1:1")
    shop.keep(refresh_token=None, access_token=None, expires="never")
    with pytest.raises(AuthNeeded, match="has no refresh token"):
        tokens_of(shop, NOW)

    class Person:
        told: tuple[str, ...] = ()

        def tell(self, text):
            self.told += (text,)
            if "type" in text:
                next(iter(world.devices.values()))["agreed"] = True

        def ask(self, question, *, default="", secret=False):
            return "no"

        def show_page(self, url):
            raise AssertionError("not asked for")

    person = Person()
    await log_in(shop, outside(world, sleep=clock.sleep), person)
    assert "GQVQ-JKEC" in person.told[0]
    assert tokens_of(shop, NOW).refresh.reveal() in world.refresh
    assert app_of(shop).client_id == CLIENT_ID
    keep_tokens(shop, old())
    assert tokens_of(shop, NOW) == old()
    shop.keep(expires="soon")
    assert tokens_of(shop, NOW).stale(NOW)


def test_a_login_is_not_led_to_another_machine():
    assert endpoints_of(account()) == GOOGLE
    near = endpoints_of(account(server="http://localhost:8000", chat_server="127.0.0.1:8001"))
    assert (near.token, near.chat) == ("http://localhost:8000/token", "127.0.0.1:8001")
    for fields in (
        {"server": "https://evil.example"},
        {"server": "http://localhost@evil.example"},
        {"server": "http://evil.example@localhost"},
        {"server": "http://localhost", "chat_server": "evil.example:443"},
    ):
        with pytest.raises(SetupError, match="on this machine"):
            endpoints_of(account(**fields))
