"""What the Twitch connector does when all is well, and what it says when it is not."""

import asyncio
import logging

import pytest
import virtual_time
from asgi_wire import AsgiDial
from fakes.twitch import ALL_SCOPES, FakeTwitch
from fakes.twitch_sources import SOURCES, UNPROVEN, fields_of
from rigs.base import SHOW
from rigs.twitch import account_on, outside_of

from connectors.base import CheckState, EventKind
from connectors.errors import Changed, Transient
from connectors.twitch.connector import TwitchConnector
from products.errors import SetupError


@pytest.fixture
def fake():
    return FakeTwitch(now=virtual_time.now)


def connector(fake, scopes=ALL_SCOPES, **account):
    dial = AsgiDial(fake.app)
    outside = outside_of(fake, dial, now=virtual_time.now, time=virtual_time.time, sleep=asyncio.sleep)
    logged_in = account_on(fake, **account)
    if scopes != ALL_SCOPES:
        access, refresh = fake.log_in(scopes=scopes)
        logged_in.keep(access_token=access, refresh_token=refresh)
    return TwitchConnector(logged_in, outside)


def run(fake, test, **options):
    """Runs `test(connector)` in virtual time."""

    async def live():
        ours = connector(fake, **options)
        try:
            return await test(ours)
        finally:
            await ours.close("the end")

    return virtual_time.run(live())


async def heard(ours, act) -> list:
    """What comes while `act` runs."""
    await ours.open(SHOW)
    events = []

    async def read():
        async for event in ours.events():
            events.append(event)

    reading = asyncio.ensure_future(read())
    await asyncio.sleep(2)
    await act()
    await asyncio.sleep(2)
    await ours.close("the end")
    await reading
    return events


def test_the_stream_goes_to_the_recommended_server_with_the_channels_key(fake):
    async def test(ours):
        ingest = await ours.open(SHOW)
        assert ingest.kind == "rtmps"
        assert (
            ingest.url.reveal() == "rtmps://hkg06.contribute.live-video.net:443/app/live_141981764_SECRETkey"
        )
        assert ingest.shown == "rtmps://hkg06.contribute.live-video.net:443"
        assert ingest.limits.max_video_kbps == 6000
        assert fake.title == "Spring sale"

    run(fake, test)


def test_a_key_and_a_server_that_were_typed_win(fake):
    async def test(ours):
        ingest = await ours.open(SHOW)
        assert ingest.url.reveal() == "rtmp://127.0.0.1:1935/app/live_typed"
        assert ("GET", "/helix/streams/key") not in fake.calls

    run(fake, test, stream_key="live_typed", ingest_url="rtmp://127.0.0.1:1935/app/")


@pytest.mark.parametrize(
    "url", ["rtmp://evil.example/app", "http://live.twitch.tv/app", "rtmp://twitch.tv.evil.example/app"]
)
def test_the_key_goes_to_nobody_else(fake, url):
    async def test(ours):
        with pytest.raises(SetupError) as refused:
            await ours.open(SHOW)
        assert "SECRETkey" not in str(refused.value)

    run(fake, test, ingest_url=url)


def test_a_list_of_servers_that_leads_elsewhere_is_not_followed(fake):
    fake.faults["/ingests"] += [
        (200, {}, {"ingests": [{"url_template": "rtmp://evil.example/{stream_key}"}]})
    ]

    async def test(ours):
        with pytest.raises(Changed):
            await ours.open(SHOW)

    run(fake, test)


@pytest.mark.parametrize("url", ["http://evil.example", "ws://evil.example/ws"])
def test_tokens_go_nowhere_unencrypted(fake, url):
    with pytest.raises(SetupError, match="not encrypted"):
        connector(fake, url_helix=url)


def test_a_title_that_may_not_be_set_is_told_and_the_show_goes_on(fake):
    async def test(ours):
        await ours.open(SHOW)
        assert "title stays" in ours.notes[0]
        assert fake.calls.count(("POST", "/oauth2/token")) == 0  # a missing permission is no old login

    run(fake, test, scopes=("user:read:chat", "user:write:chat", "channel:read:stream_key"))


def test_each_kind_of_event_is_typed(fake):
    async def test(ours):
        async def act():
            await fake.write("hello", user="5", id_="m-1")
            await fake.write("Cheer100", user="6", id_="m-2", bits=100)
            await fake.write("@mei yes", user="141981764", id_="m-3", reply_to="m-1")
            await fake.follow("6")
            await fake.gift("6", 5)
            await fake.gift(None, 1)

        comment, cheered, bits, own, follow, gift, anonymous = await heard(ours, act)
        assert (comment.viewer, comment.viewer_id, comment.text) == ("Mei", "5", "hello")
        assert cheered.kind is EventKind.COMMENT
        assert (bits.kind, bits.detail.value, bits.detail.currency) == (EventKind.GIFT, 100, "bits")
        assert own.own
        assert own.reply_to == "m-1"
        assert not comment.own
        assert (follow.kind, follow.viewer) == (EventKind.FOLLOW, "Li")
        assert (gift.kind, gift.viewer, gift.detail.count) == (EventKind.GIFT, "Li", 5)
        assert (anonymous.viewer, anonymous.viewer_id) == ("", "")

    run(fake, test)


def test_without_the_permission_for_follows_the_chat_comes(fake):
    async def test(ours):
        events = await heard(ours, lambda: fake.write("hello"))
        assert [e.text for e in events] == ["hello"]
        assert any("channel.follow does not come" in note for note in ours.notes)

    run(fake, test, scopes=("user:read:chat", "user:write:chat", "channel:read:stream_key"))


def test_an_answer_is_a_reply_and_its_further_pieces_are_not(fake):
    async def test(ours):
        result = await ours.say("Yes. " * 150, reply_to="m-1")
        assert (result.ok, result.parts) == (True, 2)
        assert result.id
        assert [reply for _, _, reply in fake.posted] == ["m-1", None]
        await ours.say("thanks", reply_to="follow.abc")
        assert fake.posted[-1][2] is None

    run(fake, test)


def test_http_200_does_not_mean_that_it_was_shown(fake):
    fake.drop_with = ("msg_slowmode", "This room is in slow mode.")

    async def test(ours):
        result = await ours.say("hello")
        assert (result.ok, result.reason) == (False, "This room is in slow mode.")

    run(fake, test)


def test_twenty_messages_in_thirty_seconds_and_no_more(fake):
    async def test(ours):
        begun = virtual_time.time()
        results = [await ours.say(str(n)) for n in range(25)]
        assert virtual_time.time() - begun < 1  # who would wait long is not sent
        assert [r.ok for r in results] == [True] * 20 + [False] * 5
        assert all(25 < r.retry_after <= 30 for r in results[20:])
        await asyncio.sleep(23)
        assert (await ours.say("a short wait is taken")).ok
        assert 30 <= virtual_time.time() - begun < 31

    run(fake, test)


def test_viewers_are_told_while_it_is_live(fake):
    async def test(ours):
        assert (await ours.metrics()).live is False
        fake.viewers = 42
        figures = await ours.metrics()
        assert (figures.live, figures.viewers) == (True, 42)

    run(fake, test)


def test_followers_are_counted_once_a_minute_and_never_in_the_way(fake):
    async def test(ours):
        fake.viewers, fake.followers = 42, None
        assert (await ours.metrics()).followers is None
        fake.followers = 700
        await asyncio.sleep(59)
        assert (await ours.metrics()).followers is None
        await asyncio.sleep(1)
        assert (await ours.metrics()).followers == 700
        fake.followers = None
        await asyncio.sleep(60)
        figures = await ours.metrics()
        assert (figures.viewers, figures.followers) == (42, 700)
        assert fake.calls.count(("GET", "/helix/channels/followers")) == 3

    run(fake, test)


def checked(fake, **options) -> dict:
    return {c.what: c for c in run(fake, lambda ours: ours.check(), **options)}


def test_a_check_says_that_all_is_well(fake):
    found = checked(fake)
    assert {c.state for c in found.values()} == {CheckState.OK}
    assert set(found) == {"login", "permissions", "stream key", "channel"}
    assert "castmate_shop" in found["login"].says


def test_a_check_renews_an_old_login(fake):
    async def test(ours):
        fake.expire_tokens()
        return await ours.check()

    assert {c.state for c in run(fake, test)} == {CheckState.OK}


def test_a_check_of_a_login_that_is_gone_says_how_to_get_another(fake):
    async def test(ours):
        fake.revoke_login()
        return await ours.check()

    (login,) = run(fake, test)
    assert login.state is CheckState.BAD
    assert "castmate connectors login twitch" in login.remedy


def test_a_check_names_the_permission_that_lacks(fake):
    found = checked(fake, scopes=("user:read:chat", "channel:read:stream_key"))
    assert found["permissions"].state is CheckState.BAD
    assert "answer in the chat" in found["permissions"].says
    assert "--again" in found["permissions"].remedy


def test_a_check_while_twitch_is_down_blames_twitch(fake):
    fake.faults["/ingests"] += [(503, {}, {})] * 9
    found = checked(fake)
    assert found["stream key"].state is CheckState.BAD
    assert "503" in found["stream key"].says
    assert "later" in found["stream key"].remedy or "again" in found["stream key"].remedy


def test_nothing_secret_is_logged(fake, caplog):
    caplog.set_level(logging.DEBUG)

    async def test(ours):
        fake.expire_tokens()
        await ours.check()
        await heard(ours, lambda: fake.write("hello"))
        with pytest.raises(Transient, match="closed"):
            await ours.say("too late")
        return repr(ours) + repr(vars(ours))

    shown = run(fake, test) + caplog.text
    assert "ACCESSsecret" not in shown
    assert "REFRESHsecret" not in shown
    assert "SECRETkey" not in shown


def test_every_field_of_the_fake_has_a_source(fake):
    """What the fake sent in a life with everything in it, against the documents; what none says is listed."""

    async def test(ours):
        async def act():
            await fake.write("hello", id_="m-1", bits=5, reply_to="m-0")
            await fake.follow()
            await fake.gift()
            fake.viewers = 3
            await ours.metrics()
            await ours.say("hello")
            fake.drop_with = ("a", "b")
            await ours.say("hello")
            fake.expire_tokens()
            await ours.metrics()
            await asyncio.sleep(100)
            await fake.ask_to_move()
            await asyncio.sleep(5)
            await fake.revoke("channel.follow")

        await ours.check()
        await heard(ours, act)

    run(fake, test)
    sent = {(m["what"], path) for m in fake.sent for path in fields_of(m["data"])}
    kinds = {what for what, _ in sent}
    assert kinds >= {"notification", "revocation", "session_reconnect", "session_keepalive", "subscriptions"}
    assert sent - SOURCES.keys() == set()
    assert {key for key in sent if SOURCES[key] == UNPROVEN} == {("ingests", "ingests.url_template_secure")}
