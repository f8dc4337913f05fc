"""Coverage-guided fuzzing of what reads platforms' messages. By hand, in an environment with atheris:

    pip install atheris brotli pydantic httpx pyyaml websockets
    python tests/connectors/fuzz.py TARGET -max_total_time=300 -rss_limit_mb=512 -malloc_limit_mb=64

TARGET: bilibili, consoles, events, facebook, shopee, tiktok, twitch, webhook or youtube. Half of what is
tried is bytes as they come; half is a true message in which some values were replaced, taken out or repeated.
An input that makes any other error than the reader's own, or takes more memory than that, is written down.
"""

import copy
import json
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import atheris

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1])]
NOW = datetime(2026, 11, 23, tzinfo=UTC)

with atheris.instrument_imports(include=["connectors"]):
    from connectors.bilibili.commands import Unreadable, read_command
    from connectors.bilibili.wire import MOST_BYTES, Malformed, Op, packets
    from connectors.errors import Changed
    from connectors.facebook_live.forms import comments_in
    from connectors.seller_console.reading import read as read_answer
    from connectors.seller_console.sheet import sheet_of
    from connectors.server_events import ServerEvents
    from connectors.shopee_live.forms import Comment, Comments
    from connectors.shopee_live.forms import read as read_form
    from connectors.tiktok_live.lines import event_of as tiktok_event
    from connectors.tiktok_live.lines import parsed
    from connectors.twitch.wire import events_of, read_frame
    from connectors.webhook.forms import Refusal, read_events, read_json
    from connectors.youtube.messages import event_of as youtube_event
    from connectors.youtube.wire import read_page, reason_of

WHO = {"broadcaster_user_id": "1", "broadcaster_user_login": "shop", "broadcaster_user_name": "Shop"}
AT = "2026-11-23T10:00:00Z"
SEEDS = {
    "bilibili": {
        "cmd": "LIVE_OPEN_PLATFORM_DM",
        "data": {
            "msg_id": "m", "msg": "hi", "uname": "a", "open_id": "b", "timestamp": 1795415040, "room_id": 1,
        },
    },
    "facebook": [{"id": "1_2", "message": "hi", "created_time": AT, "from": {"id": "3", "name": "Mei"}}],
    "shopee": {"next_offset": 1, "list": [{"comment_id": 1, "content": "hi", "timestamp": 9, "user_id": 2}]},
    "tiktok": {"is": "gift", "id": "1", "at": 1795415040000, "viewer": "a", "gift": "Rose", "count": 2},
    "twitch": {
        "metadata": {
            "message_id": "m", "message_type": "notification", "message_timestamp": AT,
            "subscription_type": "channel.chat.message",
        },
        "payload": {
            "subscription": {"id": "s", "type": "channel.chat.message", "status": "enabled"},
            "event": WHO | {
                "chatter_user_id": "5", "chatter_user_login": "mei", "chatter_user_name": "Mei",
                "message_id": "m", "message": {"text": "hi", "fragments": []}, "cheer": {"bits": 5},
                "reply": {"parent_message_id": "p"},
            },
        },
    },
    "webhook": {"events": [{"id": "1", "viewer": {"name": "Mei", "id": "u"}, "text": "hi", "at": AT}]},
    "youtube": {
        "nextPageToken": "t", "pollingIntervalMillis": 5000,
        "items": [{
            "id": "LCC.1",
            "authorDetails": {"channelId": "UC1", "displayName": "Mei", "isChatOwner": False},
            "snippet": {
                "type": "textMessageEvent", "liveChatId": "c", "publishedAt": AT, "displayMessage": "hi",
                "textMessageDetails": {"messageText": "hi"},
            },
        }],
    },
}  # fmt: skip
JUNK = (
    None,
    True,
    -1,
    10**40,
    1e308,
    "",
    "x" * 5000,
    "\ud800",
    "2026-13-45T99:99:99Z",
    [],
    {},
    [[[[]]]],
    {"a": {}},
)
CONSOLES = ("douyin", "taobao_live", "wechat_channels", "xiaohongshu")
TAPS = [(name, tap) for name in CONSOLES for tap in sheet_of(name).taps]


def spoiled(seed: object, data: bytes) -> bytes:
    """The seed's JSON with up to five of its values replaced, taken out or repeated."""
    given, whole = atheris.FuzzedDataProvider(data), [copy.deepcopy(seed)]
    for _ in range(given.ConsumeIntInRange(1, 5)):
        at, key = whole, 0
        while isinstance(at[key], dict | list) and at[key] and given.ConsumeProbability() < 0.85:
            at = at[key]
            keys = sorted(at) if isinstance(at, dict) else range(len(at))
            key = keys[given.ConsumeIntInRange(0, len(keys) - 1)]
        if at is not whole and given.ConsumeBool():
            del at[key]
        elif isinstance(at, list) and given.ConsumeBool():
            at.append(copy.deepcopy(at[key]))
        else:
            at[key] = copy.deepcopy(JUNK[given.ConsumeIntInRange(0, len(JUNK) - 1)])
    return json.dumps(whole[0]).encode()


def plain(data: bytes) -> object:
    """JSON, where the bytes are some."""
    with suppress(ValueError, RecursionError):
        return json.loads(data)
    return None


def bilibili(data: bytes) -> None:
    total = 0
    with suppress(Malformed):
        for packet in packets(data):
            total += len(packet.body)
            if packet.op == Op.MESSAGE:
                with suppress(Unreadable):
                    read_command(packet.body, NOW)
    assert total <= len(data) + MOST_BYTES
    with suppress(Unreadable):
        read_command(data, NOW)


def consoles(data: bytes) -> None:
    for name, tap in TAPS:
        read_answer(tap, data, name, NOW)


def events(data: bytes) -> None:
    read = ServerEvents(largest=200)
    for at in range(0, len(data), 7):
        list(read.feed(data[at : at + 7]))


def facebook(data: bytes) -> None:
    with suppress(Changed):
        for comment in comments_in(plain(data)):
            if comment is not None:
                comment.event("1", NOW, "")


def shopee(data: bytes) -> None:
    with suppress(Changed):
        for told in read_form(Comments, plain(data)).comments:
            read_form(Comment, told).event("1", NOW)


def tiktok(data: bytes) -> None:
    line = parsed(data)
    if line is not None:
        tiktok_event(line, "lumen", NOW)


def twitch(data: bytes) -> None:
    with suppress(Changed):
        events_of(read_frame(data), "1", timedelta())


def webhook(data: bytes) -> None:
    with suppress(Refusal):
        read_events(read_json(data), "rtmp", NOW)


def youtube(data: bytes) -> None:
    body = plain(data)
    reason_of(body)
    with suppress(Changed):
        for message in read_page(body).items:
            youtube_event(message, NOW)


TARGETS = {
    one.__name__: one
    for one in (bilibili, consoles, events, facebook, shopee, tiktok, twitch, webhook, youtube)
}


def main() -> None:
    name = sys.argv.pop(1) if len(sys.argv) > 1 else ""
    if name not in TARGETS:
        sys.exit(f"Say which: {', '.join(TARGETS)}.")
    seeds = [SEEDS[name]] if name in SEEDS else []
    if name == "consoles":
        from fakes import console_answers as answers

        said = [answers.Written("1", "a", "hi", "2")]
        seeds = [
            plain(make(said).removeprefix(b" mtopjsonp12(").removesuffix(b")"))
            for make in answers.COMMENTS.values()
        ]
        seeds += [
            plain(answers.douyin_orders([("1", 2, 3, 4)], 9)),
            plain(answers.douyin_messages([("1", "a")], [])),
        ]

    def one(data: bytes) -> None:
        if seeds and data and data[0] & 1:
            TARGETS[name](spoiled(seeds[data[0] // 2 % len(seeds)], data[1:]))
        else:
            TARGETS[name](data)

    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
