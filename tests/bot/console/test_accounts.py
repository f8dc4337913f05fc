"""Accounts through their pages: set-up, invitations, passwords, codes, browsers, tokens."""

import re
import time

import pyotp
import pytest
from house import FORM, KEY, NOBODY, ORIGIN, PASSWORD, QUICK, House, send, sign_in, token_of
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from bot.console import credentials
from bot.console.roles import Role


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch):
    monkeypatch.setattr(credentials, "HASHER", QUICK)
    monkeypatch.setattr(credentials, "NOBODY", NOBODY)


@pytest.fixture
def house():
    return House()


def test_the_printed_link_makes_one_owner_and_is_then_void(house):
    client = house.browser()
    on = client.get(f"/console?key={KEY}")
    assert (on.status_code, on.headers["location"]) == (303, f"/set-up?key={KEY}")
    assert "owner" in client.get(on.headers["location"]).text
    data = {"key": KEY, "name": "Ann", "password": PASSWORD}
    made = client.post("/set-up", data=data, headers=FORM)
    assert made.headers["location"].startswith("/account")
    assert "Ann" in client.get("/account").text
    assert client.get("/people").status_code == 200
    other = house.browser()
    assert other.get(f"/set-up?key={KEY}").headers["location"] == "/sign-in"
    assert other.post("/set-up", data=data | {"name": "Eve"}, headers=FORM).headers["location"] == "/sign-in"
    assert [row.name for row in house.accounts.people.all()] == ["Ann"]


@pytest.mark.parametrize("key", ["", "wrong"])
def test_without_the_printed_link_nobody_sets_up(house, key):
    client = house.browser()
    assert client.get(f"/set-up?key={key}").headers["location"] == "/sign-in"
    client.post("/set-up", data={"key": key, "name": "Eve", "password": PASSWORD}, headers=FORM)
    assert not house.accounts.people.begun()


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "too short"),
        ("x" * 201, "too long"),
        ("Password-123", "first that are guessed"),
        ("aaaaaaaaaaaaaaaa", "first that are guessed"),
        ("ANNABELLE123", "Your name"),
    ],
)
def test_weak_passwords_are_told(house, password, why):
    client = house.browser()
    said = client.post("/set-up", data={"key": KEY, "name": "Annabelle", "password": password}, headers=FORM)
    assert said.status_code == 422
    assert why in said.text


def test_a_wrong_password_and_an_unknown_name_say_the_same(house):
    house.person("Ann")
    client = house.browser()
    answers = [sign_in(client, name, "not this one, no") for name in ("Ann", "Nobody")]
    assert [a.status_code for a in answers] == [401, 401]
    assert len({re.sub("Ann|Nobody", "", a.text) for a in answers}) == 1
    assert sign_in(client, "  aNN ").status_code == 303


def test_where_signing_in_leads_is_always_here(house):
    house.person("Ann")
    for path, leads in (
        ("/people", "/people"),
        ("//evil.example", "/home"),
        ("/\\evil.example", "/home"),
        ("https://evil.example", "/home"),
    ):
        assert sign_in(house.browser(), "Ann", next=path).headers["location"] == leads


def test_strangers_cannot_lock_the_owner_out_of_their_own_browser(house):
    client, _ = house.person("Ann")
    stranger = house.browser()
    answers = [sign_in(stranger, "Ann", f"a wrong guess {n}") for n in range(12)]
    assert answers[0].status_code == 401
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    assert sign_in(stranger, "Ann").status_code == 429, "the right one too: a guess is a guess"
    assert sign_in(client, "Ann").status_code == 303, "the browser that she used before is let in"
    house.clock.later(minutes=12)
    assert sign_in(house.browser(), "Ann").status_code == 303


def test_an_address_that_tries_many_names_waits(house):
    house.person("Ann")
    stranger = house.browser()
    answers = [sign_in(stranger, f"name {n}", "a wrong guess") for n in range(25)]
    assert [a.status_code for a in answers] == [401] * 19 + [429] * 6  # Ann's own was the first of twenty


def test_forms_of_other_sites_and_old_pages_do_nothing(house):
    client, account = house.person("Ann")
    good = token_of(client)
    for headers in ({}, {"origin": "https://evil.example"}, {"origin": "null"}):
        answer = client.post(f"/people/{account.id}/close", data={"form": good}, headers=headers)
        assert answer.status_code == 403
    assert client.post("/people/invite", data={"form": "0" * 64}, headers=FORM).status_code in (403, 422)
    other, _ = house.person("Bob", Role.OWNER)
    stolen = client.post(
        "/people/invite", data={"form": token_of(other), "name": "Eve", "role": "owner"}, headers=FORM
    )
    assert stolen.status_code == 403
    assert house.accounts.people.open_invitations() == []


def test_an_invitation_is_good_once_and_for_its_role(house):
    owner, _ = house.person("Ann")
    page = send(owner, "/people/invite", name="Bob", role="merch").text
    key = re.search(r"/join\?key=([\w-]+)", page).group(1)
    assert key not in owner.get("/people").text, "shown once"
    guest = house.browser()
    assert "Merch team" in guest.get(f"/join?key={key}").text
    data = {"key": key, "name": "Bob", "password": PASSWORD}
    assert guest.post("/join", data=data | {"name": "ann"}, headers=FORM).status_code == 422, "taken"
    assert guest.post("/join", data=data, headers=FORM).headers["location"] == "/home"
    assert guest.get("/console").status_code == 403
    assert guest.get("/people").status_code == 403
    assert house.browser().get(f"/join?key={key}").status_code == 410
    assert house.browser().post("/join", data=data | {"name": "Cid"}, headers=FORM).status_code == 410


def test_an_invitation_ends_after_three_days_or_when_withdrawn(house):
    owner, _ = house.person("Ann")
    old = house.accounts.people.invite("Bob", Role.MERCH, None)
    house.clock.later(days=3)
    assert house.browser().get(f"/join?key={old}").status_code == 410
    sign_in(owner, "Ann")
    key = house.accounts.people.invite("Bob", Role.MERCH, None)
    (row,) = house.accounts.people.open_invitations()
    send(owner, f"/people/invitations/{row.id}/withdraw")
    assert house.browser().get(f"/join?key={key}").status_code == 410


def test_a_role_that_changes_signs_out_and_takes_rights(house):
    owner, _ = house.person("Ann")
    client, bob = house.person("Bob", Role.OPERATOR)
    assert client.get("/console").status_code == 200
    assert send(owner, f"/people/{bob.id}/role", role="performer").status_code == 303
    assert client.get("/console").headers["location"].startswith("/sign-in")
    sign_in(client, "Bob")
    assert client.get("/console").status_code == 403


def test_the_last_owner_stays(house):
    owner, ann = house.person("Ann")
    for path, data in (("close", {}), ("role", {"role": "merch"})):
        assert "needs an owner" in send(owner, f"/people/{ann.id}/{path}", **data).text
    house.person("Bob", Role.OWNER)
    assert send(owner, f"/people/{ann.id}/role", role="merch").status_code == 303


def test_a_closed_account_opens_nothing(house):
    owner, _ = house.person("Ann")
    client, bob = house.person("Bob", Role.OPERATOR)
    send(owner, f"/people/{bob.id}/close")
    assert client.get("/home").status_code == 303
    assert sign_in(client, "Bob").status_code == 401


def test_delicate_changes_ask_for_the_password_again(house):
    client, _ = house.person("Ann")
    house.clock.later(minutes=11)
    page = client.get("/account").text
    assert "Confirm that it is me" in page and "Change the password" not in page
    changed = send(client, "/account/password", password="another four words")
    assert changed.headers["location"] == "/account/prove"
    assert send(client, "/account/prove", password="wrong wrong wrong").status_code == 401
    assert send(client, "/account/prove", password=PASSWORD, next="/people").headers["location"] == "/people"
    assert send(client, "/account/password", password="another four words").status_code == 303
    assert sign_in(house.browser(), "Ann", "another four words").status_code == 303


def test_a_new_password_signs_the_other_browsers_out(house):
    client, _ = house.person("Ann")
    other = house.browser()
    sign_in(other, "Ann")
    send(client, "/account/password", password="another four words")
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 303


def test_signing_out_everywhere_else(house):
    client, _ = house.person("Ann")
    others = [house.browser() for _ in range(3)]
    for other in others:
        sign_in(other, "Ann")
    send(client, "/account/sessions/end")
    assert [o.get("/home").status_code for o in others] == [303] * 3
    assert client.get("/home").status_code == 200
    send(client, "/sign-out")
    assert client.get("/home").status_code == 303
    assert "signed_out_everywhere" in house.what()


def test_nobody_ends_another_persons_browser_or_token(house):
    _, ann = house.person("Ann")
    client, _ = house.person("Bob", Role.OPERATOR)
    (session,) = house.accounts.sessions.of(ann.id)
    send(client, f"/account/sessions/{session.id}/end")
    assert len(house.accounts.sessions.of(ann.id)) == 1


def test_codes_are_asked_for_and_count_once(house):
    client, ann = house.person("Ann")
    page = send(client, "/account/codes/begin").text
    secret = re.search(r'class="letters">([A-Z2-7 ]+)<', page).group(1).replace(" ", "")
    sealed = re.search(r'name="sealed" value="([^"]+)"', page).group(1)
    app = pyotp.TOTP(secret)
    wrong = send(client, "/account/codes", sealed=sealed, code="000000")
    assert wrong.status_code == 422 or app.at(house.clock.time()) == "000000"
    page = send(client, "/account/codes", sealed=sealed, code=app.at(house.clock.time())).text
    recovery = re.findall(r"<code>([a-z2-7-]+)</code>", page)
    assert len(recovery) == 10
    row = house.accounts.people.get(ann.id)
    assert secret not in row.totp and recovery[0] not in str(row.recovery)

    def begin():
        browser = house.browser()
        assert sign_in(browser, "Ann").headers["location"].startswith("/sign-in/code")
        assert browser.get("/home").status_code == 303, "half signed in is not signed in"
        return browser

    def give(browser, code):
        return browser.post("/sign-in/code", data={"code": code}, headers=FORM)

    browser = begin()
    assert give(browser, app.at(house.clock.time())).status_code == 401, "the code that turned it on"
    house.clock.later(seconds=60)
    assert give(browser, app.at(house.clock.time())).status_code == 303
    assert browser.get("/home").status_code == 200
    assert give(begin(), app.at(house.clock.time())).status_code == 401, "seen over a shoulder"
    assert give(begin(), recovery[3].upper()).status_code == 303
    assert give(begin(), recovery[3]).status_code == 401
    assert "recovery_code_used" in house.what()


def test_a_reset_link_takes_codes_tokens_and_browsers_with_it(house):
    owner, _ = house.person("Ann")
    client, bob = house.person("Bob", Role.OPERATOR)
    page = send(owner, f"/people/{bob.id}/reset").text
    key = re.search(r"/join\?key=([\w-]+)", page).group(1)
    assert client.get("/home").status_code == 200, "until it is used"
    fresh = house.browser()
    assert "A new password, Bob" in fresh.get(f"/join?key={key}").text
    done = fresh.post(
        "/join", data={"key": key, "name": "Eve", "password": "another four words"}, headers=FORM
    )
    assert done.status_code == 303
    assert client.get("/home").status_code == 303
    assert house.accounts.people.get(bob.id).name == "Bob"
    assert sign_in(house.browser(), "Bob", "another four words").status_code == 303


def test_sessions_end_by_themselves(house):
    client, _ = house.person("Ann")
    for _ in range(10):
        house.clock.later(hours=15)
        assert client.get("/home").status_code == 200
    house.clock.later(hours=17)
    assert client.get("/home").status_code == 303, "idle for too long"
    sign_in(client, "Ann")
    for _ in range(11):
        house.clock.later(hours=15)
        client.get("/home")
    assert client.get("/home").status_code == 200
    house.clock.later(hours=4)
    assert client.get("/home").status_code == 303, "a week at most"


def cookie(client):
    return next(c for c in client.cookies.jar if not c.name.endswith("_device"))


def test_a_cookie_turns_and_an_old_one_ends_the_session(house):
    client, _ = house.person("Ann")
    first = cookie(client)
    assert client.get("/home").status_code == 200
    assert cookie(client).value == first.value
    house.clock.later(hours=2)
    client.get("/home")
    assert cookie(client).value != first.value
    thief = house.browser()
    thief.cookies.set(first.name, first.value)
    assert client.get("/home").status_code == 200  # the new cookie came back
    house.clock.later(seconds=30)
    assert thief.get("/home").status_code == 200, "a request that was under way"
    house.clock.later(seconds=60)
    assert thief.get("/home").status_code == 303
    assert client.get("/home").status_code == 303, "one of the two is a thief: both are out"
    assert "session_taken" in house.what()


def test_a_turned_cookie_that_never_arrived_does_not_sign_out(house):
    client, _ = house.person("Ann")
    first = cookie(client)
    name, value, domain, path = first.name, first.value, first.domain, first.path
    house.clock.later(hours=2)
    client.get("/home")
    for _ in range(3):  # each answer lost
        client.cookies.set(name, value, domain=domain, path=path)
        house.clock.later(minutes=5)
        assert client.get("/home").status_code == 200


def test_signing_in_gives_another_cookie(house):
    client, _ = house.person("Ann")
    before = cookie(client).value
    sign_in(client, "Ann")
    assert cookie(client).value != before


def test_what_is_kept_cannot_be_used(house):
    client, _ = house.person("Ann")
    page = send(client, "/account/tokens", name="till", scopes="shows:read", days="30").text
    token = re.search(r'value="(castmate_[\w-]+)"', page).group(1)
    with house.accounts.book.work() as session:
        dump = "\n".join(session.connection().connection.driver_connection.iterdump())
    for secret in (token, cookie(client).value, PASSWORD):
        assert secret not in dump
    assert "$argon2id$" in dump


def test_a_device_key_is_good_for_a_quarter_of_an_hour(house):
    client, _ = house.person("Ann")
    headers = {"origin": ORIGIN, "x-castmate": "desk"}
    made = client.post("/console/s/keys", headers=headers).json()
    guest = house.browser()
    assert guest.get(made["cohost"]).headers["location"] == "/cohost"
    assert guest.get("/cohost").status_code == 200
    assert guest.get("/console").status_code == 403
    assert guest.get("/account").status_code == 403, "a guest's browser is not the owner's"
    assert guest.get("/people").status_code == 403
    house.clock.later(minutes=16)
    assert house.browser().get(made["desk"]).headers["location"].startswith("/sign-in")


def test_every_act_is_noted_without_names(house):
    owner, _ = house.person("Ann")
    _, bob = house.person("Bobby", Role.OPERATOR)
    send(owner, f"/people/{bob.id}/role", role="merch")
    page = owner.get("/acts").text
    assert "changed a role" in page and "Bobby" in page
    for row in house.accounts.book.events():
        assert "Bobby" not in str(row.data) and "Ann" not in str(row.data)


def test_a_socket_ends_when_its_browser_is_signed_out(house, monkeypatch):
    monkeypatch.setattr("bot.console.guard.LOOK_AGAIN_S", 0.05)
    client, ann = house.person("Ann")
    with TestClient(house.app) as live:
        live.cookies = client.cookies
        hello = {"authorization": "Bearer link"}
        with live.websocket_connect("/link/s", headers=hello) as link:
            from bot.show.messages import Hello

            link.send_text(
                Hello(show="s", title="S", language="en", platform="room", mode="clone",
                      codecs="avc1", width=720, height=1280, rundown=()).model_dump_json()
            )  # fmt: skip
            link.receive()
            with live.websocket_connect("/console/s/feed", headers={"origin": ORIGIN}) as feed:
                feed.receive_json()
                house.accounts.sessions.end_all(ann.id, ann.id)
                until = time.monotonic() + 30
                while (frame := feed.receive())["type"] != "websocket.close":
                    assert time.monotonic() < until
                assert frame["code"] == 1008


@pytest.mark.parametrize(("role", "checked_in"), [(Role.COHOST, "Mei Wang"), (Role.OPERATOR, "Somebody")])
def test_a_cohost_checks_in_as_nobody_else_and_the_show_hears_whose_account_it_is(house, role, checked_in):
    house.person("Ann")
    client, mei = house.person("Mei Wang", role)
    with TestClient(house.app) as live:
        live.cookies = client.cookies
        with live.websocket_connect("/link/s", headers={"authorization": "Bearer link"}) as link:
            from bot.show.messages import Hello

            link.send_text(
                Hello(show="s", title="S", language="en", platform="room", mode="clone",
                      codecs="avc1", width=720, height=1280, rundown=()).model_dump_json()
            )  # fmt: skip
            link.receive()
            page = live.get("/cohost").text
            assert ('value="Mei Wang" readonly' in page) == (role is Role.COHOST)
            assert "Signed in as Mei Wang without a passkey" in page
            with live.websocket_connect("/cohost/s/senses", headers={"origin": ORIGIN}) as seat:
                seat.send_json({"type": "check_in", "name": "Somebody", "arriving": True})
                while (told := link.receive_json())["type"] != "check_in":
                    pass
            assert told["name"] == checked_in
            by = told["signed_in"]
            assert (by["account"], by["how"]) == ("Mei Wang", "password") and by["at"]
            house.accounts.sessions.prove(house.accounts.sessions.of(mei.id)[0].id, "passkey")
            house.clock.later(minutes=2)
            assert "with a passkey" in live.get("/cohost").text


def test_a_database_that_is_held_signs_nobody_out(house, monkeypatch):
    client, _ = house.person("Ann")
    client.get("/home")

    def held(*_):
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    monkeypatch.setattr(type(house.accounts.sessions), "_touch", held)
    house.clock.later(hours=2)
    assert client.get("/home").status_code == 200


def test_bodies_that_are_too_long_are_not_read(house):
    client, _ = house.person("Ann")
    long = client.post("/people/invite", content=b"x" * 300_000, headers=FORM)
    assert (long.status_code, long.json()["why"]) == (413, "too long")

    def endless():
        yield b"x"
        raise AssertionError("nobody asks for more")

    answer = client.post("/people/invite", content=endless(), headers=FORM | {"transfer-encoding": "chunked"})
    assert answer.status_code == 411
