"""Every route of the console against every role. The routes are read from the application itself: a new one
without a decision in bot/console/routes.py fails here, and is closed to everybody until it has one.
"""

import re
from collections.abc import Iterator
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from house import FORM, NOBODY, QUICK, House
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from bot.commands.insights import add_insight_pages
from bot.commands.records import add_records
from bot.console import credentials
from bot.console.calendar import calendar_router
from bot.console.catalogue_page import Goods, add_catalogue
from bot.console.catalogue_uploads import Uploads
from bot.console.feeds import Feeds
from bot.console.fleet_page import NoFleet, add_fleet
from bot.console.roles import RIGHTS, Right, Role, Scope, scopes_of
from bot.console.routes import NEEDS, Door, Need, need_of
from bot.insight.stretches import STRETCH
from bot.settings import Settings
from products.errors import ContentError
from products.questions import OPEN_QUESTION as QUESTIONS
from products.sales import SALE
from products.store import create_tables, open_engine

CALENDAR = ("/calendar", "/calendar/{rest:path}")  # added by `castmate serve`, decided as a whole
SERVED = (  # so are these; tests/bot/console/test_scripts_page.py and test_rehearsals_page.py ask them
    "/scripts", "/scripts/check", "/scripts/{rest:path}", "/rehearsals", "/rehearsals/{rest:path}",
)  # fmt: skip
OPEN_FOR_ALL = {
    "/", "/healthz", "/static/{}", "/pictures/{}", "/room/{}", "/room/{}/media", "/room/{}/chat",
    "/offer/{}/{}",
    "/sign-in", "/sign-in/code", "/sign-in/passkey", "/sign-in/passkey/options", "/set-up", "/join",
    "/phone", "/phone/authority.crt", "/phone/authority.mobileconfig", "/api/v1/openapi.json",
}  # fmt: skip


def routes_in(routes, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(method, path) of all that an application answers to, routers within it included."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes_in(inner.routes, prefix)
        elif isinstance(route, Mount):
            yield "GET", f"{prefix}{route.path}/{{file:path}}"
        elif isinstance(route, WebSocketRoute):
            yield "SOCKET", prefix + route.path
        elif isinstance(route, Route):
            yield from ((m, prefix + route.path) for m in sorted(route.methods or ()) if m != "HEAD")
        else:
            raise AssertionError(f"a route of an unknown kind: {route!r}")


def bare(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "{}", path)


def filled(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "1", path)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credentials, "HASHER", QUICK)
        patch.setattr(credentials, "NOBODY", NOBODY)
        house = House(pictures=True)
        shop = open_engine("sqlite://")
        create_tables(shop)
        for table in (QUESTIONS, SALE, STRETCH):
            table.create(shop)
        folder = tmp_path_factory.mktemp("uploads")
        uploads, now = Uploads(folder / "uploads", "", house.clock.now), house.clock.now
        feeds = Feeds(folder / "feeds", uploads, house.accounts.sealer, now)
        add_catalogue(house.app, Goods(shop, uploads, now, feeds))
        add_insight_pages(house.app, lambda: (shop,), lambda: ZoneInfo("UTC"), house.clock)
        add_fleet(house.app, NoFleet())
        add_records(house.app, Settings(data=tmp_path_factory.mktemp("records") / "data"), house.clock.now)
        yield house


@pytest.fixture(scope="module")
def browsers(house):
    """A signed-in browser for each role."""
    return {role: house.person(f"the {role.value}", role)[0] for role in Role}


def test_every_route_has_a_decision_and_every_decision_a_route(house):
    there = {(method, bare(path)) for method, path in routes_in(house.app.routes)}
    decided = {(method, bare(path)) for method, path in NEEDS if path not in (*CALENDAR, *SERVED)}
    assert there == decided
    assert len(there) > 60, "the walk over the application found its routes"


def test_a_route_without_a_decision_is_closed(house):
    app = House().app

    @app.get("/forgotten")
    async def forgotten() -> str:
        return "secret"

    @app.websocket("/forgotten")
    async def socket(ws) -> None:
        raise AssertionError("the guard let it through")

    assert ("GET", "/forgotten") in set(routes_in(app.routes)), "the walk sees it"
    client = TestClient(app)
    assert client.get("/forgotten").status_code == 404
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/forgotten"):
        pass


def test_a_person_at_a_wrong_address_reads_so_and_finds_the_way_home(house):
    client = TestClient(house.app)
    for language, words in (("en", "There is no such page"), ("zh-CN,zh;q=0.9", "没有这个页面")):
        headers = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": language}
        answer = client.get("/calender", headers=headers)
        assert answer.status_code == 404 and words in answer.text and 'href="/home"' in answer.text
        assert client.head("/calender", headers=headers).status_code == 404
    for accept in ("*/*", "application/json", "image/avif,*/*"):  # a program, a script, a picture
        answer = client.get("/calender", headers={"accept": accept})
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
    assert client.post("/calender", headers={"accept": "text/html"}).json() == {"detail": "Not Found"}


def test_what_is_open_to_anybody_is_on_this_list():
    found = {bare(path) for (_, path), need in NEEDS.items() if need.door is Door.OPEN}
    assert found == OPEN_FOR_ALL
    own = {path for (_, path), need in NEEDS.items() if need.door is Door.OWN}
    assert own == {"/link/{show}", "/metrics"}


def test_each_role_has_the_least_that_its_work_needs():
    assert {role: {str(r) for r in rights} for role, rights in RIGHTS.items()} == {
        Role.OWNER: {str(r) for r in Right},
        Role.OPERATOR: {
            *("console", "cohost", "calendar", "plan", "metrics", "account"),
            *("scripts", "write", "rehearsals", "rehearse", "catalogue", "insight", "fleet"),
        },
        Role.MERCH: {
            *("calendar", "account", "scripts", "write", "rehearsals", "catalogue", "merch", "insight"),
        },
        Role.COHOST: {"cohost", "calendar", "account"},
        Role.COMPLIANCE: {
            *("calendar", "audit", "account", "scripts", "rehearsals", "evidence", "sign", "insight"),
        },
        Role.PERFORMER: {"account", "clone"},
    }


def named(value: object) -> str:
    return value if isinstance(value, str) else ""


GUARDED = sorted(
    (method, path, need)
    for (method, path), need in NEEDS.items()
    if need.door in (Door.RIGHT, Door.SIGNED_IN) and method != "SOCKET" and path not in (*CALENDAR, *SERVED)
    and path != "/sign-out"
)  # fmt: skip


def test_the_calendar_is_seen_by_some_and_planned_by_fewer(browsers):
    router = calendar_router(object(), object(), object())  # its routes alone: nothing is called
    there = list(routes_in(router.routes))
    assert len(there) >= 3
    for method, path in there:
        need = need_of(method, filled(path))
        assert need is not None, f"{method} {path} has no decision in bot/console/routes.py"
        assert need.right is (Right.CALENDAR if method == "GET" else Right.PLAN), (method, path)
        for role, client in browsers.items():
            if need.right not in RIGHTS[role]:
                headers = FORM | {"x-castmate": "desk"}
                assert client.request(method, filled(path), headers=headers).status_code == 403


def passes(need: Need, role: Role) -> bool:
    return need.right is None or need.right in RIGHTS[role]


@pytest.mark.parametrize(("method", "path", "need"), GUARDED, ids=named)
def test_every_role_on_every_page_and_act(browsers, house, method, path, need):
    """Who may not is refused by the guard; who may gets further, and what is then wrong is the empty body."""
    for role, client in browsers.items():
        headers = FORM if need.form else FORM | {"x-castmate": "desk"}
        answer = client.request(method, filled(path), headers=headers if method == "POST" else {})
        guard_says_no = answer.status_code == 403 and (
            method == "GET" or answer.headers["content-type"] == "application/json"
        ) and ("not allowed" in answer.text or method == "GET")  # fmt: skip
        assert guard_says_no is not passes(need, role), (role, answer.status_code, answer.text[:200])
        assert answer.status_code < 500


@pytest.mark.parametrize(("method", "path", "need"), GUARDED, ids=named)
def test_nobody_gets_in_without_signing_in(house, method, path, need):
    answer = house.browser().request(
        method, filled(path), headers=FORM | {"x-castmate": "desk"} if method == "POST" else {}
    )
    if method == "GET":
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/sign-in")
    else:
        assert (answer.status_code, answer.json()["why"]) == (403, "not allowed")


POSTS = sorted(
    path for (method, path), need in NEEDS.items() if method == "POST" and need.door is not Door.SCOPE
)


@pytest.mark.parametrize("path", [p for p in POSTS if p not in CALENDAR])
def test_no_post_is_taken_from_another_site(browsers, path):
    need = need_of("POST", filled(path))
    assert need is not None
    for headers in (
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://testserver.evil"},
    ):
        answer = browsers[Role.OWNER].post(filled(path), headers=headers | {"x-castmate": "desk"})
        assert (answer.status_code, answer.json()["why"]) == (403, "not allowed")
    if not need.form:  # and from a form of ours neither, where a script is to ask
        assert browsers[Role.OWNER].post(filled(path), headers=FORM).status_code == 403


FORMS = sorted(
    p for p in POSTS
    if NEEDS["POST", p].form and NEEDS["POST", p].door is not Door.OPEN and p not in SERVED
)  # fmt: skip


@pytest.mark.parametrize("path", FORMS)
def test_every_form_brings_its_token(browsers, house, path):
    """Without it nothing happens: the same people, sessions and tokens as before."""

    def state():
        people = house.accounts.people
        return [(r.id, r.role, r.password, r.closed_at) for r in people.all()], [
            [s.id for s in house.accounts.sessions.of(r.id)] for r in people.all()
        ]

    before = state()
    data = {"name": "Eve", "role": "owner", "password": "four plain words too", "scopes": "shows:read"}
    answer = browsers[Role.OWNER].post(filled(path), data=data, headers=FORM)
    assert answer.status_code in (303, 403), answer.text[:200]
    assert state() == before
    assert house.accounts.people.open_invitations() == []


SOCKETS = sorted(p for (m, p), need in NEEDS.items() if m == "SOCKET" and need.door is Door.RIGHT)


@pytest.mark.parametrize(("path", "role"), list(product(SOCKETS, Role)))
def test_every_role_on_every_socket(browsers, path, role):
    """4404 comes from behind the guard: there is no show 1. 1008 is the guard's."""
    client = browsers[role]
    with pytest.raises(WebSocketDisconnect) as gone:
        with client.websocket_connect(filled(path), headers=FORM) as ws:
            ws.receive_text()
    assert gone.value.code == (4404 if passes(NEEDS["SOCKET", path], role) else 1008)
    with pytest.raises(WebSocketDisconnect) as gone:
        with client.websocket_connect(filled(path), headers={"origin": "https://evil.example"}) as ws:
            ws.receive_text()
    assert gone.value.code == 1008


API = sorted((m, p, n) for (m, p), n in NEEDS.items() if n.door is Door.SCOPE)


@pytest.mark.parametrize(("method", "path", "need"), API, ids=named)
def test_every_scope_on_every_operation(house, browsers, method, path, need):
    owner = next(row for row in house.accounts.people.all() if row.role == Role.OWNER)
    client = house.browser()
    for scope in Scope:
        token = house.accounts.tokens.make(owner.id, "t", [scope], 7)
        answer = client.request(method, filled(path), headers={"authorization": f"Bearer {token}"})
        assert (answer.status_code == 403) is (need.scope not in (None, scope)), (scope, answer.text)
        (made,) = house.accounts.tokens.of(owner.id)
        house.accounts.tokens.remove(owner.id, made.id)
    for headers in ({}, {"authorization": "Bearer castmate_wrong"}, {"authorization": "Basic YTpi"}):
        answer = browsers[Role.OWNER].request(method, filled(path), headers=headers)
        assert answer.status_code == 401, "a cookie is no token"
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("role", Role)
def test_nobody_gives_a_token_more_than_they_may(house, browsers, role):
    row = next(r for r in house.accounts.people.all() if r.role == role)
    may = set(scopes_of(role))
    assert may <= set(Scope)
    if role is not Role.OWNER:
        assert Scope.PEOPLE_READ not in may
    for scope in set(Scope) - may:
        with pytest.raises(ContentError):
            house.accounts.tokens.make(row.id, "t", [scope], 7)


def test_a_token_loses_what_its_person_loses(house):
    _, row = house.person("Ben", Role.OPERATOR)
    token = house.accounts.tokens.make(row.id, "t", [Scope.SHOWS_READ], 7)
    ask = {"authorization": f"Bearer {token}"}
    assert house.browser().get("/api/v1/shows", headers=ask).status_code == 200
    house.accounts.people.give_role(row.id, Role.MERCH, row.id)
    assert house.browser().get("/api/v1/shows", headers=ask).status_code == 403
    house.accounts.people.close(row.id, row.id)
    assert house.browser().get("/api/v1/shows", headers=ask).status_code == 401


def test_every_page_has_the_strict_headers(browsers):
    for path in ("/", "/home", "/people", "/sign-in", "/api/v1/openapi.json", "/nowhere", "/console"):
        headers = browsers[Role.OWNER].get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy, path
        assert "unsafe" not in policy
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"


def test_no_page_has_script_or_style_within(browsers):
    for path in ("/home", "/account", "/people", "/acts", "/api", "/phone", "/sign-in", "/account/prove"):
        text = browsers[Role.OWNER].get(path, follow_redirects=True).text
        assert re.search(r"<script(?![^>]*(src=|application/json))", text) is None, path
        assert re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:", text) is None, path
