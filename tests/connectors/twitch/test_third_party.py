"""The fake Twitch is good enough for a client that others wrote (twitchio): device login, subscribing, chat
in and out, follows, gifts, a move to another address. Only then is it worth testing ours against it.
"""

import asyncio

import pytest
import twitchio
import twitchio.eventsub.websockets
from fakes.serving import served
from fakes.twitch import FakeTwitch
from twitchio import eventsub
from twitchio.http import Route

PATIENCE = 60
CHANNEL = "141981764"


class Watcher(twitchio.Client):
    """Keeps what it is told."""

    def __init__(self, **options) -> None:
        super().__init__(**options)
        self.told: asyncio.Queue = asyncio.Queue()

    async def event_message(self, payload) -> None:
        await self.told.put(("message", payload.chatter.name, payload.text))

    async def event_follow(self, payload) -> None:
        await self.told.put(("follow", payload.user.name))

    async def event_subscription_gift(self, payload) -> None:
        await self.told.put(("gift", payload.user.name if payload.user else None, payload.total))

    async def event_subscription_revoked(self, payload) -> None:
        await self.told.put(("revoked", payload.reason))


@pytest.fixture
async def fake(monkeypatch):
    """On a real port, with twitchio sent there."""
    fake = FakeTwitch()
    async with served(fake.app) as base:
        fake.base = base
        monkeypatch.setattr(Route, "BASE", f"{base}/helix/")
        monkeypatch.setattr(Route, "ID_BASE", f"{base}/")
        monkeypatch.setattr(twitchio.eventsub.websockets, "WSS", f"{base.replace('http', 'ws')}/ws")
        yield fake


async def heard(client: Watcher) -> tuple:
    return await asyncio.wait_for(client.told.get(), PATIENCE)


async def logged_in(fake: FakeTwitch) -> Watcher:
    scopes = twitchio.Scopes(
        ["user:read:chat", "user:write:chat", "moderator:read:followers", "channel:read:subscriptions"]
    )
    client = Watcher(client_id=fake.client_id, scopes=scopes)
    code = await client.login_dcf(load_token=False, save_token=False)
    fake.agree(code["user_code"])
    await asyncio.wait_for(
        client.start_dcf(device_code=code["device_code"], interval=1, block=False), PATIENCE
    )
    for subscription in (
        eventsub.ChatMessageSubscription(broadcaster_user_id=CHANNEL, user_id=CHANNEL),
        eventsub.ChannelFollowSubscription(broadcaster_user_id=CHANNEL, moderator_user_id=CHANNEL),
        eventsub.ChannelSubscriptionGiftSubscription(broadcaster_user_id=CHANNEL),
    ):
        await client.subscribe_websocket(subscription, token_for=CHANNEL)
    return client


async def test_a_client_of_others_takes_our_twitch_for_twitch(fake):
    client = await logged_in(fake)
    try:
        await fake.write("多少钱？ how much?", user="5")
        assert await heard(client) == ("message", "mei", "多少钱？ how much?")
        await fake.follow("6")
        assert await heard(client) == ("follow", "li")
        await fake.gift("6", 5)
        assert await heard(client) == ("gift", "li", 5)

        me = client.create_partialuser(user_id=CHANNEL)
        sent = await me.send_message("Yes, it is.", sender=CHANNEL, token_for=CHANNEL)
        assert sent.sent
        assert await heard(client) == ("message", "castmate_shop", "Yes, it is.")
        assert fake.posted == [(CHANNEL, "Yes, it is.", None)]
        fake.viewers = 12
        streams = [s async for s in client.fetch_streams(user_ids=[CHANNEL], token_for=CHANNEL)]
        assert [s.viewer_count for s in streams] == [12]

        await fake.ask_to_move()
        async with asyncio.timeout(PATIENCE):
            while fake.opened < 2 or not fake.sessions:
                await asyncio.sleep(0.01)
        await fake.write("still there", user="6")
        assert await heard(client) == ("message", "li", "still there")
        await fake.revoke()
        assert (await heard(client))[0] == "revoked"
    finally:
        await asyncio.wait_for(client.close(), PATIENCE)
