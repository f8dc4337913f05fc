"""A show's audience: stretches by what is on, from what platforms and viewers say."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.show.audience import Audience, OnNow, on_now
from bot.show.session import Air
from connectors.base import Event, EventKind
from products.errors import SetupError

T0 = datetime(2026, 11, 22, 20, tzinfo=UTC)
PITCH, ASKING = OnNow("pitch", "tea", "ai"), OnNow("questions", "tea", "ai")


class Rig:
    def __init__(self, enter=None):
        self.noted, self.kept = [], []
        self.audience = Audience(
            "evening", "evening-1", lambda *note: self.noted.append(note), enter or self.kept.extend
        )
        self.at = 0.0

    def seconds(self, count, on=PITCH, asked=0, answered=0):
        for _ in range(count):
            self.audience.look(on, asked, answered, T0 + timedelta(seconds=self.at), self.at)
            self.at += 1

    def hear(self, kind, platform="youtube", **more):
        self.audience.hear(Event(kind, platform, f"e{self.at}", T0, **more), self.at)

    async def close(self):
        await self.audience.close(T0 + timedelta(seconds=self.at), self.at)
        return self.kept


async def test_a_stretch_ends_where_something_else_is_on():
    rig = Rig()
    rig.seconds(10)
    rig.seconds(5, ASKING, asked=1)
    rig.seconds(1, None)
    first, second = await rig.close()
    assert (first.cue, first.at, first.seconds, first.viewers) == ("pitch", T0, 10, None)
    assert (second.cue, second.seconds, second.asked) == ("questions", 5, 5)
    assert [kind for kind, _ in rig.noted] == ["audience", "audience"]
    assert rig.noted[0][1]["seconds"] == 10


async def test_a_long_stretch_is_noted_each_minute():
    rig = Rig()
    rig.seconds(150)
    assert [s.seconds for s in await rig.close()] == [60, 60, 30]


async def test_viewers_are_those_of_all_channels_together():
    rig = Rig()
    rig.hear(EventKind.VIEWERS, number=10)
    rig.audience.told("twitch", 5, 700, 0)
    rig.seconds(2)
    rig.audience.told("twitch", 7, None, rig.at)
    rig.seconds(2)
    (stretch,) = await rig.close()
    assert (stretch.viewers, stretch.peak, stretch.first_viewers, stretch.last_viewers) == (16, 17, 15, 17)
    assert stretch.channels == {"youtube": {"viewers": 10}, "twitch": {"viewers": 7, "followers": 700}}


async def test_a_platform_that_falls_silent_is_no_longer_counted():
    rig = Rig()
    rig.audience.told("twitch", 5, None, 0)
    rig.seconds(300)
    kept = await rig.close()
    assert [s.last_viewers for s in kept] == [5, 5, 5, 5, None]
    assert kept[-1].channels == {}


async def test_what_viewers_do_is_counted():
    rig = Rig()
    for text in ("hello", "I hate AI hosts", "are you real?", "the AI is amazing"):
        rig.hear(EventKind.COMMENT, text=text)
    rig.hear(EventKind.COMMENT, text="my own words about AI scams", own=True)
    rig.hear(EventKind.FOLLOW)
    rig.hear(EventKind.LIKE, number=30)
    rig.hear(EventKind.GIFT, number=2)
    rig.seconds(2)
    (stretch,) = await rig.close()
    assert (stretch.comments, stretch.doubt, stretch.praise, stretch.anger) == (4, 1, 1, 1)
    assert (stretch.follows, stretch.likes, stretch.gifts) == (1, 30, 2)


async def test_in_a_flood_messages_are_counted_without_being_read():
    rig = Rig()
    for _ in range(300):
        rig.hear(EventKind.COMMENT, text="I hate AI hosts")
    rig.seconds(2)
    (stretch,) = await rig.close()
    assert (stretch.comments, stretch.anger) == (300, 200)


async def test_before_the_show_is_on_nothing_is_counted():
    rig = Rig()
    rig.hear(EventKind.COMMENT, text="hello")
    rig.seconds(3, None)
    rig.seconds(3)
    (stretch,) = await rig.close()
    assert stretch.comments == 0 and stretch.at == T0 + timedelta(seconds=3)


async def test_the_desk_is_told_once_that_anger_rises():
    rig = Rig()
    rig.seconds(61)
    assert rig.audience.worries == ()
    for _ in range(6):
        rig.hear(EventKind.COMMENT, text="AI scam")
    rig.seconds(130)
    (worry,) = rig.audience.worries
    assert worry.number == 6
    await rig.close()
    told = [data for kind, data in rig.noted if kind == "audience.worry"]
    assert len(told) == 1 and "6 angry messages" in told[0]["says"]


async def test_a_database_that_refuses_loses_nothing_of_the_ledger():
    def enter(batch):
        raise SetupError("The disk is full.", remedy="Make room.")

    rig = Rig(enter)
    rig.seconds(10)
    running = asyncio.ensure_future(rig.audience.rows.run())
    await rig.close()
    running.cancel()
    assert [kind for kind, _ in rig.noted] == ["audience", "audience.not_kept"]
    assert rig.audience.rows.lost == 1


def test_who_is_on():
    def host(air=Air.LIVE, *, alone=False, inset=False):
        found = on_now(air, "pitch", None, alone=alone, inset=inset)
        return None if found is None else found.host

    assert (host(), host(inset=True), host(alone=True), host(Air.HOLD, alone=True)) == (
        "ai", "ai and human", "human", "slate",
    )  # fmt: skip
    assert host(Air.CHECKING) is None and host(Air.ENDED) is None
