"""Calls to YouTube that go wrong: what is tried again, what never is, and what the operator is told."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from youtube_fake.nearby import account, outside, where
from youtube_fake.world import Fault, World

from connectors.errors import AuthNeeded, Blocked, RateLimited, Transient
from connectors.youtube.chat_errors import ChatOver
from connectors.youtube.logins import app_of, tokens_of
from connectors.youtube.oauth import Login, OAuth
from connectors.youtube.quota import Quota, QuotaSpent
from connectors.youtube.rest import Refusal, Rest, Unsure, plain
from products.errors import RemoteError

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
async def api():
    world, slept = World(lambda: NOW), []

    async def sleep(seconds):
        slept.append(seconds)

    near = outside(world, sleep=sleep)
    async with near.client() as http:
        shop = account()
        login = Login(OAuth(http, app_of(shop), where("http://y")), tokens_of(shop, NOW), lambda: NOW)
        quota = Quota()
        rest = Rest(http, login, quota, near, where("http://y"))
        yield SimpleNamespace(world=world, slept=slept, rest=rest, quota=quota, login=login)


async def channels(api):
    return await api.rest.get("channels.list", "/channels", part="id", mine="true")


async def insert(api):
    body = {
        "snippet": {"title": "s"},
        "cdn": {"ingestionType": "rtmp", "resolution": "variable", "frameRate": "variable"},
    }
    return await api.rest.call(
        "POST", "liveStreams.insert", "/liveStreams", {"part": "id"}, body, twice=False
    )


async def test_an_answer_is_given_and_its_units_counted(api):
    assert (await channels(api))["items"][0]["id"].startswith("UCshop")
    assert api.quota.spent == api.world.spent == 1
    assert api.slept == []


async def test_a_void_token_is_renewed_once_and_the_call_made_again(api):
    api.world.access.clear()
    await channels(api)
    assert api.login.renewals == 1
    assert len(api.world.bearers) == 2


async def test_a_token_that_is_void_even_when_new_asks_for_a_person(api):
    class Nothing(set):
        def __contains__(self, token):
            return False

    api.world.access = Nothing()
    with pytest.raises(AuthNeeded, match="not even renewed") as no:
        await channels(api)
    assert "castmate connectors login youtube" in str(no.value)


async def test_a_server_in_trouble_is_asked_again_with_growing_waits(api):
    api.world.faults["channels.list"].extend([Fault(503), Fault(500, None), Fault(0, cut=True)])
    await channels(api)
    assert len(api.slept) == 3
    assert api.slept[0] < api.slept[2]
    api.world.faults["channels.list"].extend([Fault(503)] * 9)
    with pytest.raises(Transient, match="trouble of its own"):
        await channels(api)


async def test_what_must_not_be_done_twice_is_not_tried_again(api):
    api.world.faults["liveStreams.insert"].append(Fault(0, cut=True, done=True))
    with pytest.raises(Unsure, match="Nobody knows"):
        await insert(api)
    assert len(api.world.streams) == 1
    api.world.faults["liveStreams.insert"].append(Fault(503, done=True))
    with pytest.raises(Transient):
        await insert(api)
    assert api.world.calls["liveStreams.insert"] == 2
    api.world.faults["liveStreams.insert"].append(Fault(429, "", {"Retry-After": "7"}))
    await insert(api)  # refused for its pace: it was surely not done
    assert api.slept == [7]


@pytest.mark.parametrize(("header", "seconds"), [("25", 25), ("Sun, 22 Nov 2026 12:00:20 GMT", 20)])
async def test_too_many_requests_wait_as_long_as_they_are_told(api, header, seconds):
    api.world.faults["channels.list"].append(Fault(429, "", {"Retry-After": header}))
    await channels(api)
    assert api.slept == [seconds]


async def test_a_long_patience_is_not_waited_for_here(api):
    api.world.faults["channels.list"].append(Fault(429, "", {"Retry-After": "3600"}))
    with pytest.raises(RateLimited) as no:
        await channels(api)
    assert no.value.retry_after == 3600
    assert api.slept == []


@pytest.mark.parametrize(
    ("status", "reason", "kind", "words"),
    [
        (403, "quotaExceeded", QuotaSpent, "daily quota of this project is spent"),
        (403, "rateLimitExceeded", RateLimited, "no more requests"),
        (403, "liveStreamingNotEnabled", AuthNeeded, "not allowed to stream live.*features"),
        (403, "insufficientPermissions", AuthNeeded, "does not cover"),
        (403, "accessNotConfigured", AuthNeeded, "not enabled for the project"),
        (401, "youtubeSignupRequired", AuthNeeded, "not even renewed"),
        (403, "liveChatEnded", ChatOver, "no live chat here any more"),
        (404, "liveChatNotFound", ChatOver, "no live chat"),
        (403, "userBroadcastsExceedLimit", Blocked, "too many broadcasts"),
        (400, "invalidTitle", Refusal, "refuses: no .invalidTitle"),
        (418, None, Refusal, "does not say why"),
    ],
)
async def test_each_refusal_has_its_kind_and_its_words(api, status, reason, kind, words):
    api.world.faults["channels.list"].extend([Fault(status, reason)] * 9)
    with pytest.raises(kind, match=words) as no:
        await channels(api)
    assert "ya29" not in str(no.value)


async def test_when_google_says_that_nothing_is_left_our_count_agrees(api):
    api.world.faults["channels.list"].append(Fault(403, "quotaExceeded"))
    with pytest.raises(QuotaSpent):
        await channels(api)
    assert api.quota.left(NOW) == 0


async def test_the_difference_of_the_clocks_is_known_from_their_answers(api):
    api.world.skew = timedelta(minutes=9)
    await channels(api)
    assert api.rest.skew == timedelta(minutes=9)
    api.world.faults["channels.list"].append(Fault(429, "", {"Retry-After": "Sun, 22 Nov 2026 12:09:20 GMT"}))
    await channels(api)
    assert api.slept == [20]


async def test_an_answer_without_a_body_that_can_be_read_is_no_crash(api):
    api.world.faults["channels.list"].append(Fault(200, None))
    assert await channels(api) == {}


def test_what_a_platform_says_is_made_plain():
    assert plain('You have <a href="/x">exceeded</a>\n your quota.') == "You have exceeded your quota"
    assert len(plain("x" * 5000)) == 300
    assert issubclass(Refusal, RemoteError)
