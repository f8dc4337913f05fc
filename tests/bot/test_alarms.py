"""Alarms for people who are away: posted in order, tried again, counted when lost; nothing waits for them."""

import asyncio
import json
import threading
from datetime import UTC, datetime

import httpx

from bot.alarms import TRIES_S, WAITING, Alarms

T0 = datetime(2026, 11, 23, 20, tzinfo=UTC)


class Rig:
    def __init__(self, *answers, url="https://hooks.example/x"):
        self.answers, self.posted, self.waited = list(answers), [], []

        def handler(request):
            self.posted.append(json.loads(request.content))
            answer = self.answers.pop(0) if self.answers else 200
            if isinstance(answer, Exception):
                raise answer
            return httpx.Response(answer)

        async def sleep(seconds):
            self.waited.append(seconds)
            await asyncio.sleep(0)

        self.alarms = Alarms(
            url, lambda: T0, lambda: httpx.AsyncClient(transport=httpx.MockTransport(handler)), sleep
        )

    async def until(self, true):
        running = asyncio.ensure_future(self.alarms.run())
        async with asyncio.timeout(60):
            while not true():
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_what_rings_is_posted_in_order_as_chats_take_it():
    rig = Rig()
    rig.alarms.ring("show.failed", "evening", "its process died too often")
    rig.alarms.ring("feed.waiting", "https://shop.example/x.csv", "a price moves more than is usual")
    await rig.until(lambda: len(rig.posted) == 2)
    assert rig.posted[0] == {
        "text": "Castmate: evening: its process died too often",
        "kind": "show.failed",
        "about": "evening",
        "at": "2026-11-23T20:00:00+00:00",
    }
    assert rig.posted[1]["kind"] == "feed.waiting" and rig.alarms.lost == 0


async def test_it_may_ring_from_any_thread_while_it_runs():
    rig = Rig()
    threading.Timer(0.05, rig.alarms.ring, ("show.missed", "evening", "it was missed")).start()
    await rig.until(lambda: rig.posted)
    assert rig.posted[0]["about"] == "evening"


async def test_a_server_that_is_away_is_tried_again_and_one_that_refuses_is_not():
    rig = Rig(503, httpx.ConnectError("gone"), 429, 200, 404)
    rig.alarms.ring("a", "b", "first")
    rig.alarms.ring("a", "b", "second")
    await rig.until(lambda: len(rig.posted) == 5)
    assert [p["text"][-5:] for p in rig.posted] == ["first"] * 4 + ["econd"]
    assert rig.waited == [*TRIES_S, 0.0]
    await rig.until(lambda: rig.alarms.lost == 1)


async def test_what_is_never_taken_is_counted():
    rig = Rig(*[500] * 9)
    rig.alarms.ring("a", "b", "c")
    await rig.until(lambda: rig.alarms.lost == 1)
    assert len(rig.posted) == len(TRIES_S)


def test_nobody_waits_for_a_full_queue_and_without_an_address_nothing_rings():
    rig, silent = Rig(), Rig(url="")
    for _ in range(WAITING + 3):
        rig.alarms.ring("a", "b", "x" * 9000)
        silent.alarms.ring("a", "b", "c")
    assert rig.alarms.lost == 3 and silent.alarms.lost == 0
    assert not silent.alarms._ways and len(rig.alarms._ways[0]._waiting[0]["text"]) == 500
