"""A broadcast's life: made once, marked before it goes live, watched, renewed, ended."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import virtual_time
from youtube_fake.nearby import account, connector, outside, where
from youtube_fake.world import CLIENT_SECRET, Fault, World

from connectors.base import CheckState, EventKind, ShowInfo
from connectors.errors import AuthNeeded, Blocked, Changed, NotLive
from connectors.youtube.broadcasts import mark
from connectors.youtube.connector import YouTubeConnector
from products.errors import RemoteError

SHOW = ShowInfo("show-7", "Spring <sale>", "en", 720, 1280, 25, description="Mugs & more")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def virtual(test):
    def run():
        async def inside():
            world = World(virtual_time.now, rtmps="rtmps://a.rtmps.youtube.com:443/live2")
            near = outside(world, time=virtual_time.time)
            youtube = YouTubeConnector(account(), near, where("http://y", ""))
            try:
                await test(world, youtube)
            finally:
                await youtube.close("the test is over")

        virtual_time.run(inside())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


def only(found: dict):
    (one,) = found.values()
    return one


@virtual
async def test_a_show_is_opened_marked_and_only_then_put_live_and_ended(world, youtube):
    ingest = await youtube.open(SHOW)
    assert ingest.kind == "rtmps"
    assert ingest.url.reveal().startswith("rtmps://a.rtmps.youtube.com:443/live2/k3y-")
    assert ingest.shown == "rtmps://a.rtmps.youtube.com:443"
    made = only(world.broadcasts)
    assert made["snippet"]["title"] == "Spring ‹sale›"
    assert made["snippet"]["description"] == f"Mugs & more\n\n{mark(SHOW)}"
    assert made["contentDetails"]["enableAutoStart"] is False
    await asyncio.sleep(10)
    assert made["status"]["lifeCycleStatus"] == "ready"
    assert only(world.videos)["containsSyntheticMedia"] is True
    assert "waits for the picture" in (await youtube.metrics()).says
    world.pushed, world.viewers = lambda key: True, 17
    await asyncio.sleep(70)
    assert made["status"]["lifeCycleStatus"] == "live"
    updated, went = (world.log.index(m) for m in ("videos.update", "liveBroadcasts.transition"))
    assert updated < went
    assert world.log[updated + 1] == "videos.list"  # read back
    seen = await youtube.metrics()
    assert (seen.live, seen.viewers, seen.healthy) == (True, 17, True)
    await youtube.close("the show is over")
    assert made["status"]["lifeCycleStatus"] == "complete"


@virtual
async def test_other_settings_of_the_video_survive_the_ai_flag(world, youtube):
    await youtube.open(SHOW)
    before = dict(only(world.videos))
    evidence = await youtube.disclose(True)
    assert evidence.ok
    assert evidence.read_back == "status.containsSyntheticMedia=true"
    assert only(world.videos) == before | {"containsSyntheticMedia": True}
    updates = world.calls["videos.update"]
    assert (await youtube.disclose(True)).ok
    assert world.calls["videos.update"] == updates  # it stands: 50 units are not spent again
    assert (await youtube.disclose(False)).ok
    assert only(world.videos)["containsSyntheticMedia"] is False


@virtual
async def test_a_flag_that_does_not_stay_keeps_the_broadcast_from_going_live(world, youtube):
    world.flag_sticks, world.pushed = False, lambda key: True
    await youtube.open(SHOW)
    evidence = await youtube.disclose(True)
    assert not evidence.ok
    assert evidence.read_back == "status.containsSyntheticMedia=absent"
    assert "YouTube Studio" in evidence.says
    await asyncio.sleep(600)
    assert only(world.broadcasts)["status"]["lifeCycleStatus"] == "ready"
    assert "YouTube Studio" in (await youtube.metrics()).says
    assert world.calls["videos.update"] < 10  # looked at now and then
    only(world.videos)["containsSyntheticMedia"] = True  # somebody set it by hand
    await asyncio.sleep(300)
    assert only(world.broadcasts)["status"]["lifeCycleStatus"] == "live"


@virtual
async def test_a_show_of_a_person_alone_is_not_marked(world, youtube):
    world.pushed = lambda key: True
    await youtube.open(replace(SHOW, synthetic=False))
    await asyncio.sleep(30)
    assert only(world.broadcasts)["status"]["lifeCycleStatus"] == "live"
    assert not only(world.videos).get("containsSyntheticMedia")


@virtual
async def test_a_process_that_begins_again_takes_up_the_broadcast_that_is_there(world, youtube):
    first = await youtube.open(SHOW)
    again = YouTubeConnector(account(), outside(world, time=virtual_time.time), where("http://y", ""))
    assert (await again.open(SHOW)).url == first.url
    other = YouTubeConnector(account(), outside(world, time=virtual_time.time), where("http://y", ""))
    assert (await other.open(replace(SHOW, id="show-8"))).url != first.url
    assert len(world.broadcasts) == 2
    await again.close("over")
    await other.close("over")


@virtual
async def test_a_broadcast_whose_answer_was_lost_is_found_again(world, youtube):
    world.faults["liveBroadcasts.insert"].append(Fault(0, cut=True, done=True))
    with pytest.raises(RemoteError, match="Nobody knows"):
        await youtube.open(SHOW)
    await youtube.open(SHOW)
    assert len(world.broadcasts) == 1


@virtual
async def test_a_lost_line_dials_the_same_key_and_an_ended_broadcast_gets_a_successor(world, youtube):
    world.pushed = lambda key: True
    first = await youtube.open(SHOW)
    assert await youtube.next_ingest(SHOW) == first
    await asyncio.sleep(20)
    video = next(iter(world.broadcasts))
    world.complete(video)
    await asyncio.sleep(90)
    seen = await youtube.metrics()
    assert (seen.live, seen.says) == (False, "The broadcast was ended on YouTube.")
    renewed = await youtube.next_ingest(SHOW)
    assert renewed.url == first.url
    await asyncio.sleep(60)
    second = list(world.broadcasts.values())[-1]
    assert second["id"] != video
    assert second["status"]["lifeCycleStatus"] == "live"
    assert world.videos[second["id"]]["containsSyntheticMedia"] is True


@virtual
async def test_how_many_watch_comes_as_events_and_trouble_with_the_stream_is_told(world, youtube):
    world.pushed, world.viewers = lambda key: True, 3
    events = []

    async def read():
        async for event in youtube.events():
            events.append(event)

    reading = asyncio.ensure_future(read())
    await youtube.open(SHOW)
    await asyncio.sleep(100)
    world.viewers, world.health = 8, "bad"
    world.issues = [
        {"type": "bitrateLow", "severity": "error", "reason": "Low bitrate", "description": "Send more."},
        {"type": "gopSizeLong", "severity": "info", "reason": "Keyframes", "description": "Fine."},
    ]
    await asyncio.sleep(70)
    seen = await youtube.metrics()
    assert (seen.healthy, seen.says) == (False, "Low bitrate: Send more.")
    world.viewers = None
    await asyncio.sleep(70)
    assert (await youtube.metrics()).viewers is None
    numbers = [e.number for e in events if e.kind is EventKind.VIEWERS]
    assert numbers[0] == 3
    assert numbers[-1] == 8
    await youtube.close("over")
    await reading


@virtual
async def test_hours_of_a_clock_that_is_wrong_do_no_harm(world, youtube):
    world.skew = timedelta(hours=-3)
    await youtube.open(SHOW)
    start = only(world.broadcasts)["snippet"]["scheduledStartTime"]
    assert abs(datetime.fromisoformat(start) - world.time) < timedelta(minutes=1)
    events = []

    async def read():
        async for event in youtube.events():
            events.append(event)

    reading = asyncio.ensure_future(read())
    await asyncio.sleep(5)
    world.write("what time is it?")
    await asyncio.sleep(10)
    assert [e.text for e in events] == ["what time is it?"]
    assert abs(events[0].at - virtual_time.now()) < timedelta(minutes=1)
    await youtube.close("over")
    await reading


@virtual
async def test_an_account_that_may_not_stream_is_told_so(world, youtube):
    world.faults["liveBroadcasts.insert"].append(Fault(403, "liveStreamingNotEnabled"))
    with pytest.raises(AuthNeeded, match=r"youtube\.com/features"):
        await youtube.open(SHOW)


@virtual
async def test_an_answer_in_pieces_stops_where_youtube_stops_it(world, youtube):
    assert not (await youtube.say("before it is open")).ok
    await youtube.open(SHOW)
    world.faults["liveChatMessages.insert"].append(Fault(429, "", {"Retry-After": "600"}))
    result = await youtube.say("One. " * 60)
    assert (result.ok, result.parts, result.retry_after) == (False, 1, 600)
    world.faults["liveChatMessages.insert"].append(Fault(0, cut=True, done=True))
    result = await youtube.say("Once only.")
    assert not result.ok
    assert "Nobody knows" in result.reason
    assert [m["snippet"]["displayMessage"] for m in world.room().messages] == ["Once only."]


@virtual
async def test_posting_leaves_units_to_read_the_chat_with(world, youtube):
    await youtube.open(SHOW)
    n = 0
    while (result := await youtube.say(f"Answer {n}.")).ok:
        n += 1
    assert 150 < n < 200
    assert "nearly spent" in result.reason
    assert world.spent < world.budget


@virtual
async def test_nothing_is_marked_before_it_is_there(world, youtube):
    with pytest.raises(NotLive, match="no broadcast yet"):
        await youtube.disclose(True)


@virtual
async def test_a_platform_that_names_no_address_is_told(world, youtube):
    world.ingest, world.rtmps = "", ""
    with pytest.raises(Changed, match="no address"):
        await youtube.open(SHOW)


@virtual
async def test_a_broadcast_that_was_ended_before_it_began_is_told(world, youtube):
    await youtube.open(SHOW)
    only(world.broadcasts)["status"]["lifeCycleStatus"] = "revoked"
    world.pushed = lambda key: True
    await asyncio.sleep(60)
    assert "ended on YouTube" in (await youtube.metrics()).says


@virtual
async def test_the_check_says_what_is_there_and_what_is_missing(world, youtube):
    found = {c.what: c for c in await youtube.check()}
    assert found["login"].state is CheckState.OK
    assert "UCshop" in found["login"].says
    assert found["AI flag"].state is CheckState.BY_HAND
    assert "polls" in found["chat"].says
    world.access.clear()
    world.refresh.clear()
    found = {c.what: c for c in await youtube.check()}
    assert found["login"].state is CheckState.BAD
    assert "castmate connectors login youtube" in found["login"].remedy


async def test_a_real_stream_is_read_over_grpc_and_a_dead_address_is_told(monkeypatch):
    """Over sockets, as in a show: the message comes; where nobody answers, it says so and tries again."""
    from youtube_fake.grpc_chat import serving

    from connectors.youtube import streaming

    world = World(lambda: datetime.now(UTC))
    async with serving(world) as (chat, _):
        youtube = connector(world, chat)
        await youtube.open(SHOW)
        events = youtube.events()
        world.write("防水吗?")
        assert (await asyncio.wait_for(anext(events), 60)).text == "防水吗?"
        await events.aclose()
        await youtube.close("over")

    async def hold(reader, writer):  # half open: it takes the connection and never says a word
        await reader.read()
        writer.close()

    monkeypatch.setattr(streaming, "CONNECT_S", 0.2)
    async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
        youtube = connector(world, f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await youtube.open(replace(SHOW, id="show-9"))
        reading = asyncio.ensure_future(anext(youtube.events()))
        async with asyncio.timeout(60):
            while "cannot be reached" not in youtube.hearing().why:
                await asyncio.sleep(0.02)
        await youtube.close("over")
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(reading, 60)


async def test_a_line_that_goes_half_open_in_the_midst_is_noticed_and_resumed(monkeypatch):
    """The peer is gone and no packet says so: only a ping that is not answered tells."""
    from youtube_fake.grpc_chat import serving

    from connectors.youtube import streaming

    # a server by the book throws out who pings a silent line more often (too_many_pings: seen)
    assert dict(streaming._OPTIONS)["grpc.keepalive_time_ms"] > 300_000
    quick = {"grpc.keepalive_time_ms": 1000, "grpc.http2.ping_timeout_ms": 1000}
    options = tuple((k, quick.get(k, v)) for k, v in streaming._OPTIONS)
    assert set(quick) <= {k for k, _ in options}
    monkeypatch.setattr(streaming, "_OPTIONS", options)
    world, frozen, lines = World(lambda: datetime.now(UTC)), set(), []
    async with serving(world) as (chat, _):
        port = int(chat.rpartition(":")[2])

        async def pipe(reader, writer, line):
            while data := await reader.read(65_536):
                if line in frozen:
                    await asyncio.Event().wait()
                writer.write(data)

        async def through(reader, writer):
            line = len(lines)
            lines.append(line)
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
            both = (pipe(reader, far_writer, line), pipe(far_reader, writer, line))
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*both, return_exceptions=True)

        async with await asyncio.start_server(through, "127.0.0.1", 0) as server:
            youtube = connector(world, f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
            await youtube.open(SHOW)
            events = youtube.events()
            world.write("before")
            assert (await asyncio.wait_for(anext(events), 60)).text == "before"
            frozen.update(lines)
            world.write("while nobody was there")
            assert (await asyncio.wait_for(anext(events), 100)).text == "while nobody was there"
            assert youtube.hearing().reconnects >= 1
            await events.aclose()
            await youtube.close("over")


def test_nothing_that_is_shown_holds_a_secret():
    async def look():
        world = World(virtual_time.now)
        near = outside(world, time=virtual_time.time)
        youtube = YouTubeConnector(account(), near, where("http://y", ""))
        ingest = await youtube.open(SHOW)
        shown = repr(youtube) + str(vars(youtube)) + repr(ingest) + repr(youtube._opened)
        for secret in (CLIENT_SECRET, "ya29.first", "1//refresh", "k3y-"):
            assert secret not in shown
        await youtube.close("over")

    virtual_time.run(look())
    assert issubclass(Blocked, RemoteError)
