"""Answers on their way to the tool."""

import asyncio
from datetime import UTC, datetime

import virtual_time

from connectors.webhook.replies import KEPT, Replies

NOW = datetime(2026, 11, 23, 12, 0, 4, 120_000, tzinfo=UTC)


def test_a_reply_waits_for_who_asks():
    async def story():
        replies = Replies(virtual_time.time)
        asking = asyncio.ensure_future(replies.after(0, 25))
        await asyncio.sleep(1)
        assert replies.heard
        first = replies.add("one", "m-1", NOW)
        assert await asking == [first]
        second = replies.add("two", "", NOW)
        assert await replies.after(0, 0) == [first, second]
        assert not first.done.is_set()
        assert await replies.after(1, 3) == [second]
        assert first.done.is_set()
        assert not second.done.is_set()
        began = virtual_time.time()
        assert await replies.after(2, 3) == []
        assert virtual_time.time() - began == 3
        assert second.done.is_set()
        assert replies.heard
        await asyncio.sleep(10)
        assert not replies.heard

    virtual_time.run(story())


def test_only_the_last_are_kept_and_closing_wakes_who_waits():
    async def story():
        replies = Replies(virtual_time.time)
        for n in range(KEPT + 5):
            replies.add(str(n), "", NOW)
        kept = await replies.after(0, 0)
        assert [r.number for r in kept] == list(range(6, KEPT + 6))
        assert not replies.confirm("r-1")
        assert replies.confirm("r-205", "too long")
        assert kept[-1].refused == "too long"
        asking = asyncio.ensure_future(replies.after(KEPT + 5, 25))
        await asyncio.sleep(0)
        replies.close()
        assert await asking == []
        assert virtual_time.time() == 0

    virtual_time.run(story())


def test_listeners_are_told_until_they_stop():
    async def story():
        replies, heard = Replies(virtual_time.time), []
        stop = replies.listen(heard.append)
        replies.add("one", "m-1", NOW)
        stop()
        replies.add("two", "", NOW)
        form = {
            "type": "reply",
            "id": "r-1",
            "text": "one",
            "reply_to": "m-1",
            "at": "2026-11-23T12:00:04.120Z",
        }
        assert [r.form for r in heard] == [form]

    virtual_time.run(story())
