"""The API by its own description: schemathesis asks all that the OpenAPI allows, and more; nothing breaks."""

import re

import pytest
import schemathesis
from house import NOBODY, QUICK, House
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bot.console import credentials
from bot.console.roles import Role, Scope
from bot.console.routes import NEEDS, Door
from bot.show.messages import Hello

EXAMPLES = 8  # an operation
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
HELLO = Hello(
    show="s",
    title="S",
    language="en",
    platform="room",
    mode="clone",
    codecs="avc1",
    width=720,
    height=1280,
    rundown=(),
)


@pytest.fixture(scope="module")
def house():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credentials, "HASHER", QUICK)
        patch.setattr(credentials, "NOBODY", NOBODY)
        made = House()
        made.person("Ann", Role.OWNER)
        made.app.state.hub.hello(HELLO)
        yield made


@pytest.fixture(scope="module")
def token(house):
    return house.accounts.tokens.make(1, "test", list(Scope), 7)


@pytest.fixture(scope="module")
def described(house):
    """The operations as schemathesis reads them from the application."""
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", house.app)
    return {
        f"{op.method.upper()} {op.path}": op for op in (found.ok() for found in schema.get_all_operations())
    }


def test_the_description_is_of_the_api_and_of_nothing_else(house):
    said = house.browser().get("/api/v1/openapi.json").json()
    described = {(m.upper(), path) for path, item in said["paths"].items() for m in item}
    decided = {place for place, need in NEEDS.items() if need.door is Door.SCOPE}
    assert described == decided
    for path, item in said["paths"].items():
        for method, operation in item.items():
            assert operation["security"] == [{"token": []}]
            assert operation["x-scope"] == NEEDS[method.upper(), path].scope
            assert operation["summary"] and {"401", "403"} <= set(operation["responses"])


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("name", sorted(f"{m} {p}" for (m, p), n in NEEDS.items() if n.door is Door.SCOPE))
def test_no_request_breaks_it_and_every_answer_is_described(house, token, described, name, mode):
    """Right and wrong requests alike: no 5xx, and each answer as its description says."""
    if mode is GenerationMode.NEGATIVE and not name.startswith("POST") and not name.endswith("/acts"):
        return  # nothing in it could be wrong
    answers = []

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(described[name].as_strategy(generation_mode=mode))
    def ask(case):
        house.clock.later(seconds=1)  # the limit on requests is another test's
        answer = case.call(headers={"authorization": f"Bearer {token}"})
        answers.append(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    ask()
    assert answers


def test_too_many_requests_are_told_to_wait(house, token):
    client = house.browser()
    ask = {"authorization": f"Bearer {token}"}
    answers = [client.get("/api/v1/me", headers=ask) for _ in range(70)]
    assert answers[0].json() == {"name": "Ann", "scopes": sorted(Scope)}
    assert answers[-1].status_code == 429 and int(answers[-1].headers["retry-after"]) >= 1
    house.clock.later(seconds=10)
    assert client.get("/api/v1/me", headers=ask).status_code == 200


def test_an_act_is_told_and_noted(house, token):
    house.clock.later(seconds=10)
    live = house.app.state.hub.get("s")
    live.link(True)
    ask = {"authorization": f"Bearer {token}"}
    client = house.browser()
    before = len(live.outbox)
    assert client.post("/api/v1/shows/s/acts", json={"name": "hold"}, headers=ask).json() == {"ok": True}
    assert len(live.outbox) == before + 1
    assert house.accounts.book.events(1)[0].what == "api_act"
    live.link(False)
    assert client.post("/api/v1/shows/s/acts", json={"name": "hold"}, headers=ask).status_code == 409
    shown = client.get("/api/v1/shows/s", headers=ask).json()
    assert (shown["show"], shown["linked"], shown["air"]) == ("s", False, None)


def test_the_page_of_the_api_names_every_operation(house):
    client, _ = house.person("Bea", Role.OWNER)
    page = client.get("/api").text
    for (method, path), need in NEEDS.items():
        if need.door is Door.SCOPE:
            assert re.search(re.escape(f"{method} {path}"), page)
