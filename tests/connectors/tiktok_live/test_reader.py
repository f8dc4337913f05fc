"""The reader process, without TikTokLive: what it makes of events and errors, and how it begins and ends."""

import asyncio
import io
import json
from types import SimpleNamespace

import pytest

from connectors.tiktok_live import reader
from connectors.tiktok_live.reading import spawn


def made(name: str, **fields):
    """An event as TikTokLive 7.0.1 has it (events/proto_events.py), as far as it is looked at."""
    user = SimpleNamespace(nickname="Mei", id=7)
    common = SimpleNamespace(msg_id=42, create_time=1_700_000_000_000)
    return type(name, (), {"common": common, "user": user, **fields})()


WHO = {"id": "42", "at": 1_700_000_000_000, "viewer": "Mei", "viewer_id": "7"}


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (made("CommentEvent", comment="多少钱？"), WHO | {"is": "comment", "text": "多少钱？"}),
        (made("LikeEvent", count=15), WHO | {"is": "like", "count": 15}),
        (made("FollowEvent"), WHO | {"is": "follow"}),
        (made("JoinEvent"), WHO | {"is": "enter"}),
        (
            made(
                "GiftEvent",
                gift=SimpleNamespace(name="Rose", diamond_count=2),
                repeat_count=3,
                streaking=False,
            ),
            WHO | {"is": "gift", "gift": "Rose", "count": 3, "coins": 6},
        ),
        (made("GiftEvent", gift=None, repeat_count=3, streaking=True), None),
        (made("CaptionEvent"), None),
    ],
)
def test_events_as_lines(event, line):
    assert reader.told(event) == line


class TikTokLiveError(RuntimeError):
    pass


@pytest.mark.parametrize(
    ("name", "why"),
    [("UserOfflineError", "offline"), ("WebcastBlockedError", "blocked"), ("UserNotFoundError", "account"),
     ("InitialCursorMissingError", "blocked"), ("ConnectionClosedError", "lost")],
)  # fmt: skip
def test_errors_as_the_last_line(name, why):
    error = type(name, (TikTokLiveError,), {})()
    assert reader.ending(error) == {"is": "over", "why": why, "says": name}


def test_a_detected_client_is_a_blocked_one_and_a_limit_names_its_wait():
    detected = TikTokLiveError()
    detected.reason = SimpleNamespace(name="EMPTY_PAYLOAD")
    assert reader.ending(detected)["why"] == "blocked"
    limited = type("SignatureRateLimitError", (TikTokLiveError,), {})()
    limited.response = SimpleNamespace(headers={"Retry-After": "77"})
    assert reader.ending(limited) | {"says": ""} == {"is": "over", "why": "limited", "says": "", "wait": 77}


class Client:
    """Emits what a test gives it, as TikTokLiveClient does."""

    def __init__(self, *happens) -> None:
        self.happens, self.heard = happens, {}

    def add_listener(self, kind, handler) -> None:
        self.heard[kind] = handler

    async def start(self):
        return asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        for what in self.happens:
            if isinstance(what, Exception):
                raise what
            await self.heard[type(what).__name__](what)


NAMES = ("CommentEvent", "GiftEvent", "LikeEvent", "FollowEvent", "JoinEvent", "RoomUserSeqEvent",
         "WebsocketResponseEvent", "ConnectEvent", "LiveEndEvent")  # fmt: skip
EVENTS = SimpleNamespace(**{name: name for name in NAMES})


@pytest.mark.parametrize(
    ("happens", "last"),
    [
        ((made("LiveEndEvent"),), {"is": "over", "why": "ended", "says": "the live has ended"}),
        ((), {"is": "over", "why": "lost", "says": "the line was closed"}),
        ((ValueError("x"),), {"is": "over", "why": "lost", "says": "ValueError"}),
    ],
)
async def test_a_reading_from_its_beginning_to_its_end(monkeypatch, happens, last):
    client = Client(made("ConnectEvent"), made("CommentEvent", comment="hi"), *happens)
    monkeypatch.setattr(reader, "_client", lambda config: (client, EVENTS))
    stream = io.StringIO()
    await reader.read({}, reader.Out(stream))
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["is"] for line in lines] == ["open", "comment", "over"]
    assert lines[-1] == last


async def test_the_process_says_what_is_missing_and_ends():
    """As where TikTokLive is not installed: a folder without it stands before it."""
    process = await spawn({"unique_id": "nobody", "hosts": {}})
    try:
        async with asyncio.timeout(60):
            assert json.loads(await process.line())["why"] == "missing"
            assert await process.line() == b""
    finally:
        await process.stop()
