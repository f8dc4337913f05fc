"""The way in and out, over ASGI in memory; time is virtual."""

import asyncio
import json

import asgi_wire
import httpx
import pytest
import virtual_time
from standardwebhooks.webhooks import Webhook

from connectors.base import ChatState, EventKind
from connectors.errors import Dropped
from connectors.feed import Feed
from connectors.webhook.door import EVENTS_BURST, Door
from connectors.webhook.forms import MOST_BODY
from connectors.webhook.gate import MOST_TOOLS, Gate
from connectors.webhook.replies import Replies
from connectors.webhook.signatures import HEADERS, secret_from

SECRET = secret_from(bytes(range(32)))
BEARER = {"Authorization": f"Bearer {SECRET.reveal()}"}


class House:
    """A gate, what came in by it, and a client before it."""

    def __init__(self, limit: int = 5_000) -> None:
        self.feed = Feed("rtmp", virtual_time.now, limit=limit)
        self.replies = Replies(virtual_time.time)
        self.gate = Gate(
            "rtmp", Door(SECRET), self.feed, self.replies, now=virtual_time.now, time=virtual_time.time
        )
        self.dial = asgi_wire.AsgiDial(self.gate.app)

    async def ask(self, method: str, path: str, **more) -> httpx.Response:
        transport = httpx.ASGITransport(self.gate.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://tool") as client:
            return await client.request(method, path, **more)

    async def post(self, data, **more) -> httpx.Response:
        return await self.ask("POST", "/v1/events", json=data, headers=BEARER, **more)

    async def tool(self, **headers: str) -> asgi_wire.AsgiWire:
        return await self.dial("ws://tool/v1/chat", headers)

    async def known(self) -> asgi_wire.AsgiWire:
        """A tool on the socket that was welcomed."""
        wire = await self.tool(Authorization=BEARER["Authorization"])
        assert json.loads(await wire.recv())["type"] == "welcome"
        return wire

    def heard(self) -> list[str]:
        return [event.id for event in self.feed._queue]


def within(test):
    """The test gets a house and runs in virtual time."""

    def run():
        virtual_time.run(asyncio.wait_for(test(House()), 3600))

    run.__name__ = test.__name__
    return run


async def told(wire) -> dict:
    return json.loads(await wire.recv())


@within
async def test_events_come_in_once(house):
    events = [{"id": "m-1", "text": "a"}, {"id": "m-2", "text": "b"}, {"id": "m-1", "text": "again"}]
    answer = await house.post({"events": events})
    assert (answer.status_code, answer.json()) == (200, {"accepted": 2, "ignored": 1})
    assert (await house.post({"id": "m-2", "text": "b"})).json() == {"accepted": 0, "ignored": 1}
    assert house.heard() == ["m-1", "m-2"]


@within
async def test_a_signed_message_is_taken_once(house):
    body = json.dumps({"id": "m-1", "text": "a"})
    at = virtual_time.now()
    sign = Webhook(SECRET.reveal()).sign("msg-1", at.replace(tzinfo=None), body)
    headers = dict(zip(HEADERS, ("msg-1", str(int(at.timestamp())), sign), strict=True))
    headers["Content-Type"] = "application/json"
    first, again = [await house.ask("POST", "/v1/events", content=body, headers=headers) for _ in range(2)]
    assert first.json() == {"accepted": 1, "ignored": 0}
    assert (again.status_code, again.json()["replayed"]) == (200, True)
    other = await house.ask("POST", "/v1/events", content=body + " ", headers=headers)
    assert other.status_code == 401
    await asyncio.sleep(301)
    late = await house.ask("POST", "/v1/events", content=body, headers=headers)
    assert late.status_code == 401
    assert house.heard() == ["m-1"]


@within
async def test_a_signed_message_that_had_not_the_form_may_be_mended(house):
    at = virtual_time.now()
    for body, status in (('{"id": "m-1"}', 422), ('{"id": "m-1", "text": "a"}', 200)):
        sign = Webhook(SECRET.reveal()).sign("msg-1", at.replace(tzinfo=None), body)
        headers = dict(zip(HEADERS, ("msg-1", str(int(at.timestamp())), sign), strict=True))
        headers["Content-Type"] = "application/json; charset=utf-8"
        assert (await house.ask("POST", "/v1/events", content=body, headers=headers)).status_code == status


@pytest.mark.parametrize("path", ["/v1/events", "/v1/replies", "/v1/health"])
def test_nobody_comes_in_without_the_secret(path):
    @within
    async def test(house):
        method = "POST" if path == "/v1/events" else "GET"
        for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {SECRET.reveal()}"}):
            answer = await house.ask(method, path, headers=headers)
            assert (answer.status_code, house.heard()) == (401, [])
            assert SECRET.reveal() not in answer.text
        in_url = await house.ask(method, path, params={"secret": SECRET.reveal()})
        assert in_url.status_code == 401

    test()


@within
async def test_what_is_too_large_or_no_json_is_refused(house):
    assert (
        await house.ask("POST", "/v1/events", content=b"x" * (MOST_BODY + 1), headers=BEARER)
    ).status_code == 413
    assert (await house.ask("POST", "/v1/events", content=b"{}", headers=BEARER)).status_code == 415
    bad = await house.post({"id": "m", "txt": "x"})
    assert (bad.status_code, bad.json()) == (422, {"says": ["events[0].txt: Extra inputs are not permitted"]})
    assert (await house.ask("GET", "/v1/replies?after=x", headers=BEARER)).status_code == 422
    assert (await house.ask("GET", "/v1/events", headers=BEARER)).status_code == 405
    assert (await house.ask("GET", "/", headers=BEARER)).status_code == 404
    assert house.heard() == []


@within
async def test_a_body_that_never_ends_is_not_waited_for(house):
    async def slowly():
        while True:
            yield b" "
            await asyncio.sleep(1)

    answer = await house.ask("POST", "/v1/events", content=slowly(), headers=BEARER)
    assert answer.status_code in (408, 413)
    assert virtual_time.time() <= 11


@within
async def test_too_many_events_are_taken_up_to_the_limit_and_the_rest_may_come_again(house):
    def batch(n):
        return {"events": [{"id": f"{n}-{i}", "text": "x"} for i in range(100)]}

    for n in range(EVENTS_BURST // 100):
        assert (await house.post(batch(n))).status_code == 200
    answer = await house.post(batch(99))
    assert answer.status_code == 429
    assert answer.json() == {"accepted": 0, "ignored": 0, "refused": 100, "retry_after": 1}
    await asyncio.sleep(float(answer.headers["Retry-After"]))
    assert (await house.post(batch(99))).json() == {"accepted": 100, "ignored": 0}


def test_a_flood_that_the_show_does_not_read_is_bounded_and_counted():
    async def story():
        house = House(limit=500)
        for n in range(10):
            await house.post({"events": [{"id": f"{n}-{i}", "text": "x"} for i in range(100)]})
        hearing = house.feed.hearing()
        assert (hearing.received, hearing.waiting, hearing.dropped) == (1000, 500, 500)

    virtual_time.run(story())


@within
async def test_replies_are_asked_for(house):
    asking = asyncio.ensure_future(house.ask("GET", "/v1/replies?after=0&wait=25", headers=BEARER))
    await asyncio.sleep(1)
    reply = house.replies.add("Yes.", "m-1", virtual_time.now())
    answer = (await asking).json()
    assert answer == {"replies": [reply.form], "next": 1}
    assert (await house.ask("GET", "/v1/replies?after=1&wait=2", headers=BEARER)).json() == {
        "replies": [],
        "next": 1,
    }
    assert reply.done.is_set()


@within
async def test_health_tells_how_the_chat_stands(house):
    await house.post({"id": "m-1", "text": "a"})
    health = (await house.ask("GET", "/v1/health", headers=BEARER)).json()
    assert (health["received"], health["waiting"], health["tools"]) == (1, 1, 0)
    assert health["limits"]["max_events"] == 100


@within
async def test_a_tool_on_the_socket_says_hello_or_brings_a_header(house):
    wire = await house.tool()
    await wire.send(json.dumps({"type": "hello", "secret": SECRET.reveal()}))
    assert (await told(wire))["type"] == "welcome"
    await (await house.known()).send(json.dumps({"id": "m-1", "text": "hi"}))
    await wire.send(json.dumps({"type": "events", "events": [{"id": "m-2", "text": "ho"}]}))
    assert await told(wire) == {"type": "taken", "accepted": 1, "ignored": 0}
    assert sorted(house.heard()) == ["m-1", "m-2"]


@pytest.mark.parametrize(
    "hello",
    ['{"type": "hello", "secret": "x"}', '{"type": "hello"}', '{"id": "m", "text": "x"}', "{", "7", None],
)
def test_a_socket_that_does_not_say_who_it_is_is_closed(hello):
    @within
    async def test(house):
        wire = await house.tool()
        if hello is not None:
            await wire.send(hello)
        assert (await told(wire))["says"] == ["the secret is wrong"]
        with pytest.raises(Dropped) as caught:
            await wire.recv()
        assert caught.value.code == 4401
        assert virtual_time.time() <= 5
        assert house.feed.hearing().state is ChatState.OFF

    test()


@within
async def test_replies_reach_every_tool_and_are_confirmed_by_one(house):
    one, two = await house.known(), await house.known()
    reply = house.replies.add("Yes.", "m-1", virtual_time.now())
    assert await told(one) == await told(two) == reply.form
    await two.send(json.dumps({"type": "refused", "id": "r-1", "reason": "too long"}))
    await asyncio.wait_for(reply.done.wait(), 5)
    assert reply.refused == "too long"
    await one.send(json.dumps({"type": "ack", "id": "r-77"}))
    assert (await told(one))["says"] == ["id: no such reply, or one of long ago"]


@within
async def test_what_a_tool_says_wrong_is_told_and_the_socket_stays(house):
    wire = await house.known()
    for wrong in ("{", b"\xff", "[]", "7", '{"type": "shout"}', '{"id": "m"}', '{"type": ["event"]}'):
        await wire.send(wrong)
        assert (await told(wire))["type"] == "error"
    await wire.send(json.dumps({"id": "m-1", "text": "hi"}))
    assert (await told(wire))["accepted"] == 1


@within
async def test_a_tool_that_leaves_and_comes_back_leaves_a_gap(house):
    first, second = await house.known(), await house.known()
    await first.close()
    await asyncio.sleep(1)
    assert house.feed.hearing().state is ChatState.OPEN
    second.cut()
    await asyncio.sleep(60)
    assert house.feed.hearing().state is ChatState.WAITING
    await house.known()
    hearing = house.feed.hearing()
    assert (hearing.state, hearing.gaps, hearing.reconnects) == (ChatState.OPEN, 1, 1)
    (gap,) = [e for e in house.feed._queue if e.kind is EventKind.GAP]
    assert (gap.detail.until - gap.detail.since).total_seconds() == pytest.approx(60, abs=1)


@within
async def test_only_so_many_tools(house):
    tools = [await house.known() for _ in range(MOST_TOOLS)]
    with pytest.raises(Dropped, match="1013"):
        await house.tool()
    await tools[0].close()
    await asyncio.sleep(0.1)
    await house.known()


@within
async def test_a_tool_that_does_not_read_loses_the_oldest_replies_and_confirms_none(house):
    wire = await house.known()
    replies = [house.replies.add(str(n), "", virtual_time.now()) for n in range(500)]
    await asyncio.sleep(1)
    assert not any(r.done.is_set() for r in replies)
    await wire.close()
