"""The feed between a platform and the show: each event once, bounded, everything counted."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import ChatState, Event, EventKind
from connectors.errors import AuthNeeded
from connectors.feed import Feed
from connectors.recent import Recent

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def comment(id_: str, at: datetime = NOW) -> Event:
    return Event(EventKind.COMMENT, "here", id_, at, "Mei", "5", f"text {id_}")


def feed(**options) -> Feed:
    return Feed("here", lambda: NOW, **options)


async def drained(feed: Feed, cursor: str | None = None) -> list[Event]:
    feed.close()
    return [event async for event in feed.events(cursor)]


async def test_each_id_comes_once_and_in_order():
    ours = feed()
    assert [ours.offer(comment(i)) for i in "abacb"] == [True, True, False, True, False]
    assert [e.id for e in await drained(ours)] == ["a", "b", "c"]
    assert ours.hearing().duplicates == 2


async def test_the_event_of_the_cursor_does_not_come_again():
    ours = feed()
    events = ours.events("a")
    first = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    ours.offer(comment("a"))
    ours.offer(comment("b"))
    assert (await first).id == "b"


async def test_history_that_is_played_again_is_left_out():
    ours = feed(stale=timedelta(minutes=5))
    ours.offer(comment("old", NOW - timedelta(minutes=6)))
    ours.offer(comment("new", NOW - timedelta(minutes=4)))
    assert [e.id for e in await drained(ours)] == ["new"]
    assert ours.hearing().stale == 1


async def test_a_full_queue_drops_the_oldest_and_says_how_many():
    ours = feed(limit=3)
    for n in range(10):
        ours.offer(comment(str(n)))
    events = await drained(ours)
    assert events[0].kind is EventKind.GAP
    assert (events[0].number, events[0].detail.missed) == (7, 7)
    assert [e.id for e in events[1:]] == ["7", "8", "9"]
    assert ours.hearing().dropped == 7


async def test_a_gap_that_is_pushed_out_lives_on_in_the_next():
    ours = feed(limit=2)
    ours.gap(NOW - timedelta(minutes=3), "a cut", 4)
    for n in range(3):
        ours.offer(comment(str(n)))
    (gap, *_) = await drained(ours)
    assert gap.detail.since == NOW - timedelta(minutes=3)
    assert gap.detail.missed == 5


async def test_an_error_comes_after_what_waits():
    ours = feed()
    ours.offer(comment("a"))
    ours.fail(AuthNeeded("gone", remedy="log in"))
    events = ours.events()
    assert (await anext(events)).id == "a"
    with pytest.raises(AuthNeeded):
        await anext(events)
    ours.close()
    assert ours.hearing().state is ChatState.LOST


async def test_reconnects_are_counted_once_each():
    ours = feed()
    for state in (ChatState.OPENING, ChatState.OPEN, ChatState.WAITING, ChatState.WAITING, ChatState.OPEN):
        ours.state(state)
    ours.state(ChatState.WAITING, "again")
    assert ours.hearing().reconnects == 2
    assert ours.hearing().why == "again"


@given(
    st.lists(st.one_of(st.integers(0, 9).map(str), st.just("gap"), st.just("take")), max_size=60),
    st.integers(1, 5),
)
def test_the_counts_always_add_up(acts, limit):
    async def live():
        ours = feed(limit=limit, recent=Recent(4))
        events, handed = ours.events(), 0
        for act in acts:
            if act == "take":
                if ours.hearing().waiting:
                    await anext(events)
                    handed += 1
            elif act == "gap":
                ours.gap(NOW, "a cut")
            else:
                ours.offer(comment(act))
            told = ours.hearing()
            assert told.waiting <= limit
            assert told.handed_on == handed
            assert told.received == (
                told.handed_on + told.duplicates + told.stale + told.dropped + told.waiting
            )

    asyncio.run(live())


def test_ids_are_forgotten_in_the_order_of_their_last_use():
    recent = Recent(3)
    assert all(recent.first("p", i) for i in "abc")
    assert not recent.first("p", "a")
    assert recent.first("p", "d")  # pushes out b
    assert recent.first("p", "b")
    assert recent.first("q", "d")
    assert len(recent) == 3
