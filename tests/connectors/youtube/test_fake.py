"""The YouTube of the tests is first tried by Google's own clients, and each of its fields is held against the
API's discovery document, which ships with them.
"""

import asyncio
import json
import warnings
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import grpc
import httpx
import pytest
from youtube_fake import sources
from youtube_fake.grpc_chat import METHOD, serving
from youtube_fake.nearby import over_sockets
from youtube_fake.world import CLIENT_ID, CLIENT_SECRET, Fault, World

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from google.api_core.client_options import ClientOptions
    from google.auth.exceptions import RefreshError
    from google.oauth2.credentials import Credentials
    from google_auth_oauthlib.flow import Flow
    from googleapiclient.discovery import build
    from googleapiclient.errors import HttpError

from connectors.youtube.streaming import message

DOCUMENT = json.loads(
    files("googleapiclient.discovery_cache").joinpath("documents", "youtube.v3.json").read_text("utf-8")
)
JSON = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict}


def misfits(schema, value, where="") -> list[str]:
    """Where `value` is not of the form that the discovery document gives."""
    if "$ref" in schema:
        schema = DOCUMENT["schemas"][schema["$ref"]]
    kind = schema.get("type")
    if kind == "object" and isinstance(value, dict):
        known = schema.get("properties", {})
        return [
            text
            for name, inner in value.items()
            for text in (
                misfits(known[name], inner, f"{where}.{name}") if name in known else [f"{where}.{name}?"]
            )
        ]
    if kind == "array" and isinstance(value, list):
        return [
            text for n, inner in enumerate(value) for text in misfits(schema["items"], inner, f"{where}[{n}]")
        ]
    if not isinstance(value, JSON[kind]) or (kind == "integer" and isinstance(value, bool)):
        return [f"{where}: {value!r} is no {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r} is none of the enum"]
    if schema.get("format") == "date-time":
        datetime.fromisoformat(value)
    return []


@pytest.fixture
def world():
    return World(lambda: datetime.now(UTC), rtmps="rtmps://a.rtmps.youtube.com:443/live2")


def google(base: str, **given):
    """Google's client, as its users make it, with the address of the fake."""
    kept = {"token": "ya29.first", "refresh_token": "1//refresh"} | given
    credentials = Credentials(
        token_uri=f"{base}/token", client_id=CLIENT_ID, client_secret=CLIENT_SECRET, **kept
    )
    options = ClientOptions(api_endpoint=base)
    youtube = build("youtube", "v3", credentials=credentials, client_options=options, static_discovery=True)
    return SimpleNamespace(api=youtube, credentials=credentials)


def a_show(youtube, world: World) -> dict[str, dict]:
    """What a user of the API does with a show, by Google's client alone; its answers, by schema."""
    soon = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    broadcast = (
        youtube.liveBroadcasts()
        .insert(
            part="id,snippet,status,contentDetails",
            body={
                "snippet": {"title": "Spring sale", "scheduledStartTime": soon},
                "status": {"privacyStatus": "unlisted"},
                "contentDetails": {"monitorStream": {"enableMonitorStream": False}},
            },
        )
        .execute()
    )
    stream = (
        youtube.liveStreams()
        .insert(
            part="id,snippet,cdn,status,contentDetails",
            body={
                "snippet": {"title": "s"},
                "cdn": {"ingestionType": "rtmp", "resolution": "variable", "frameRate": "variable"},
            },
        )
        .execute()
    )
    video, chat = broadcast["id"], broadcast["snippet"]["liveChatId"]
    bound = (
        youtube.liveBroadcasts()
        .bind(id=video, part="id,status,contentDetails", streamId=stream["id"])
        .execute()
    )
    before = youtube.videos().list(part="id,status", id=video).execute()
    status = before["items"][0]["status"] | {"containsSyntheticMedia": True}
    youtube.videos().update(part="status", body={"id": video, "status": status}).execute()
    world.pushed, world.viewers = lambda key: True, 12
    youtube.liveStreams().list(part="id,status", id=stream["id"]).execute()
    live = youtube.liveBroadcasts().transition(broadcastStatus="live", id=video, part="id,status").execute()
    youtube.liveBroadcasts().list(part="id,status", broadcastStatus="active").execute()
    world.write("防水吗?")
    world.write("", type="superChatEvent", superChatDetails={"amountMicros": "1750000", "currency": "USD"})
    said = {
        "liveChatId": chat, "type": "textMessageEvent", "textMessageDetails": {"messageText": "Yes."},
    }  # fmt: skip
    mine = youtube.liveChatMessages().insert(part="snippet", body={"snippet": said}).execute()
    page = youtube.liveChatMessages().list(liveChatId=chat, part="id,snippet,authorDetails").execute()
    shown = youtube.videos().list(part="id,status,liveStreamingDetails", id=video).execute()
    channels = youtube.channels().list(part="id", mine=True).execute()
    over = (
        youtube.liveBroadcasts().transition(broadcastStatus="complete", id=video, part="id,status").execute()
    )
    with pytest.raises(HttpError) as ended:
        youtube.liveChatMessages().list(liveChatId=chat, part="id").execute()
    assert ended.value.error_details[0]["reason"] == "liveChatEnded"
    return {
        "LiveBroadcast": [broadcast, bound, live, over], "LiveStream": [stream], "LiveChatMessage": [mine],
        "LiveChatMessageListResponse": [page], "VideoListResponse": [before, shown],
        "ChannelListResponse": [channels],
    }  # fmt: skip


async def test_googles_client_holds_a_whole_show_and_every_field_is_in_its_discovery_document(world):
    async with over_sockets(world) as base:
        answers = await asyncio.to_thread(a_show, google(base).api, world)
    for schema, found in answers.items():
        for answer in found:
            assert misfits({"$ref": schema}, answer) == [], schema
    (page,), (_, shown) = answers["LiveChatMessageListResponse"], answers["VideoListResponse"]
    assert [m["snippet"]["displayMessage"] for m in page["items"]] == ["防水吗?", "", "Yes."]
    assert shown["items"][0]["status"]["containsSyntheticMedia"] is True
    assert shown["items"][0]["liveStreamingDetails"]["concurrentViewers"] == "12"
    assert answers["LiveBroadcast"][-1]["status"]["lifeCycleStatus"] == "complete"


def test_that_look_would_find_a_field_that_google_does_not_know():
    assert misfits({"$ref": "LiveChatMessage"}, {"id": "x", "colour": 1}) == [".colour?"]
    assert misfits({"$ref": "LiveStreamStatus"}, {"streamStatus": "great"}) != []
    assert misfits({"$ref": "LiveChatMessage"}, {"id": 7}) != []


async def test_googles_client_renews_its_token_and_is_told_of_a_revoked_login(world):
    def use(base):
        client = google(base, token="void")
        client.api.channels().list(part="id", mine=True).execute()
        renewed = client.credentials.token
        world.access.clear()
        world.refresh.clear()
        with pytest.raises(RefreshError, match="invalid_grant"):
            client.api.channels().list(part="id", mine=True).execute()
        return renewed

    async with over_sockets(world) as base:
        assert (await asyncio.to_thread(use, base)).startswith("ya29.token-")


async def test_googles_client_reads_the_refusals(world):
    def use(base):
        api, found = google(base).api, []
        for fault in (Fault(403, "quotaExceeded"), Fault(404, "liveChatNotFound")):
            world.faults["channels.list"].append(fault)
            with pytest.raises(HttpError) as no:
                api.channels().list(part="id", mine=True).execute()
            found.append((no.value.status_code, no.value.error_details[0]["reason"]))
        return found

    async with over_sockets(world) as base:
        found = await asyncio.to_thread(use, base)
    assert found == [(403, "quotaExceeded"), (404, "liveChatNotFound")]


async def test_googles_own_login_for_installed_applications_is_served(world, monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # http on loopback
    scope = "https://www.googleapis.com/auth/youtube.force-ssl"

    def log_in(base):
        config = {
            "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "auth_uri": f"{base}/auth",
            "token_uri": f"{base}/token",
        }  # fmt: skip
        flow = Flow.from_client_config({"installed": config}, [scope], autogenerate_code_verifier=True)
        flow.redirect_uri = "http://127.0.0.1:8765"
        url, _ = flow.authorization_url()
        back = httpx.get(url, follow_redirects=False).headers["location"]
        flow.fetch_token(code=parse_qs(urlsplit(back).query)["code"][0])
        return flow.credentials

    async with over_sockets(world) as base:
        credentials = await asyncio.to_thread(log_in, base)
    assert credentials.token in world.access
    assert credentials.refresh_token in world.refresh


async def test_grpcio_reads_the_stream_and_goes_on_at_its_token(world):
    """The messages are read with the connector's descriptors, but were encoded without them."""
    room = a_room(world)
    world.write("one")
    world.write("", type="superChatEvent", superChatDetails={"amountMicros": "1750000", "currency": "USD"})
    async with serving(world) as (target, _), grpc.aio.insecure_channel(target) as channel:
        call = channel.unary_stream(
            METHOD,
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=message("LiveChatMessageListResponse").FromString,
        )
        asked = message("LiveChatMessageListRequest")(
            live_chat_id=room.id, part=["id", "snippet", "authorDetails"]
        )
        login = (("authorization", "Bearer ya29.first"),)
        first = await anext(aiter(call(asked, metadata=login)))
        asked.page_token = first.next_page_token
        resumed = aiter(call(asked, metadata=login))
        assert not (await anext(resumed)).items
        world.write("two")
        second = await anext(resumed)
        with pytest.raises(grpc.aio.AioRpcError) as no:
            await anext(aiter(call(asked, metadata=(("authorization", "Bearer void"),))))
    assert [m.snippet.text_message_details.message_text for m in first.items] == ["one", ""]
    assert first.items[1].snippet.super_chat_details.amount_micros == 1_750_000
    assert [m.snippet.display_message for m in second.items] == ["two"]
    assert no.value.code() is grpc.StatusCode.UNAUTHENTICATED


def a_room(world):
    """A chat without the calls that make a broadcast."""
    from youtube_fake.world import Room

    room = world.rooms["chat-1"] = Room("chat-1", "vid-1")
    return room


def test_what_has_no_source_is_named():
    unproven = [c.what for c in sources.CLAIMS if not c.source]
    assert any("containsSyntheticMedia stays" in what for what in unproven)
    assert any("gRPC status" in what for what in unproven)
    assert len({c.what for c in sources.CLAIMS}) == len(sources.CLAIMS)
