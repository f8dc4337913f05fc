"""What YouTube sends, read at the border: recorded frames, and anything at all."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from youtube_fake.grpc_chat import page as encoded

from connectors.base import EventKind, Gift
from connectors.errors import Changed
from connectors.youtube.messages import event_of
from connectors.youtube.streaming import page_of
from connectors.youtube.wire import (
    Broadcast,
    IngestionInfo,
    Stream,
    Video,
    read,
    read_items,
    read_page,
    reason_of,
)

FRAMES = json.loads(Path(__file__).with_name("frames.json").read_text("utf-8"))
NOW = datetime(2026, 11, 22, 12, 1, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=25,
)
NAMES = st.sampled_from(
    ["id", "items", "snippet", "type", "publishedAt", "authorDetails", "nextPageToken", "error", "errors",
     "reason", "superChatDetails", "amountMicros", "displayName", "status", "cdn", "ingestionInfo"]
)  # fmt: skip
UNHURRIED = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
LIKELY = st.recursive(
    JSON | st.sampled_from(["textMessageEvent", "superChatEvent", "2026-11-22T12:00:00Z", "1750000"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=30,
)


def events(name: str):
    page = read_page(page_of(bytes.fromhex(FRAMES[name])))
    return page, [event_of(m, NOW) for m in page.items]


def test_a_frame_that_googles_definition_encoded_is_read():
    page, (asked, answered) = events("texts")
    assert page.next_page_token == "T1"
    assert (asked.kind, asked.id, asked.text) == (EventKind.COMMENT, "m-1", "防水吗?")
    assert (asked.viewer, asked.viewer_id, asked.own) == ("Mei", "UCviewer1", False)
    assert asked.at == datetime(2026, 11, 22, 12, 0, 0, 123456, UTC)
    assert answered.own


def test_every_kind_of_message_becomes_what_it_is():
    page, found = events("kinds")
    chat, sticker, member, milestone, memberships, gift, received, banned, poll, ended = found
    assert chat.detail == Gift("Super Chat", 1, 175, "USD")
    assert (chat.text, chat.extra["shown"], chat.extra["moderator"]) == ("nice", "$1.75", "1")
    assert sticker.detail == Gift("Super Sticker", 1, 200, "JPY")  # a currency without a minor unit
    assert (member.kind, member.extra["level"]) == (EventKind.FOLLOW, "Gold")
    assert (milestone.kind, milestone.text, milestone.extra["member_months"]) == (
        EventKind.COMMENT,
        "seven",
        "7",
    )
    assert memberships.detail == Gift("membership", 5)
    assert gift.detail == Gift("rose", 3, 30, "jewels")
    assert gift.id == "g-6#3"  # the same id comes again with another combo
    assert received.kind is EventKind.FOLLOW
    assert (banned, poll, ended) == (None, None, None)
    assert page.items[-1].snippet.type == "chatEndedEvent"
    assert page.offline_at


def test_the_stream_and_rest_say_the_same(tmp_path):
    from youtube_fake.world import Room, World

    world = World(lambda: NOW)
    room = world.rooms["c"] = Room("c", "v")
    world.write("Is it blue?")
    world.write("", type="superChatEvent", superChatDetails={"amountMicros": "5000000", "currency": "EUR"})
    by_rest = read_page({"items": room.messages, "nextPageToken": "t"})
    by_stream = read_page(page_of(encoded(room.messages, "t")))
    assert [event_of(m, NOW) for m in by_rest.items] == [event_of(m, NOW) for m in by_stream.items]
    assert len(by_rest.items) == 2


def test_one_bad_message_does_not_take_the_others_along():
    good = {"id": "m", "snippet": {"type": "textMessageEvent", "publishedAt": "2026-11-22T12:00:00Z"}}
    page = read_page(
        {"items": [good, None, {"id": 7}, {"snippet": {}}, good | {"id": "n"}], "nextPageToken": "t"}
    )
    assert [m.id for m in page.items] == ["m", "n"]
    assert page.malformed == 3
    assert read_page({"items": "none"}).malformed == 1
    assert read_page(page_of(b"\xff\xff\xff")).malformed == 1


def test_clocks_that_differ_are_told_apart():
    page, _ = events("texts")
    behind = event_of(page.items[0], NOW, timedelta(minutes=-7))
    assert behind.at == datetime(2026, 11, 22, 12, 7, 0, 123456, UTC)
    assert event_of(page.items[0], NOW, timedelta(days=999_999_999)).at == NOW


def test_what_cannot_be_read_names_its_field_and_not_what_it_held():
    with pytest.raises(Changed, match=r"Stream that cannot be read: cdn\.ingestionInfo\.streamName") as no:
        read(Stream, {"id": "s", "cdn": {"ingestionInfo": {"streamName": ["s3cret"]}}})
    assert "s3cret" not in str(no.value)
    key = IngestionInfo(stream_name="s3cret", ingestion_address="rtmp://a")
    assert "s3cret" not in repr(key) + str(key)


def test_the_reason_of_an_error_is_found():
    body = {"error": {"code": 403, "message": "m", "errors": [{"domain": "d", "reason": "quotaExceeded"}]}}
    assert reason_of(body) == ("quotaExceeded", "m")
    assert reason_of({"error": {"status": "PERMISSION_DENIED", "message": "m"}}) == ("PERMISSION_DENIED", "m")
    assert reason_of("<html>") == ("", "")


@UNHURRIED
@given(JSON | LIKELY)
def test_any_answer_is_read_or_told(body):
    for kind in (Broadcast, Stream, Video):
        try:
            read(kind, body)
            read_items(kind, {"items": [body]})
        except Changed as no:
            assert str(no)
    reason, said = reason_of(body)
    assert isinstance(reason, str)
    assert isinstance(said, str)
    try:
        page = read_page(body)
    except Changed:
        return
    for message in page.items:
        event = event_of(message, NOW)
        assert event is None or event.at.tzinfo is not None


@UNHURRIED
@given(st.binary(max_size=600))
def test_any_bytes_of_the_stream_are_read_or_told(raw):
    page = read_page(page_of(raw))
    for message in page.items:
        event_of(message, NOW)


@UNHURRIED
@given(st.data())
def test_a_frame_with_a_fault_in_it_is_read_or_told(data):
    raw = bytearray.fromhex(FRAMES[data.draw(st.sampled_from(["texts", "kinds"]))])
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    page = read_page(page_of(bytes(raw[: data.draw(st.integers(0, len(raw)))])))
    for message in page.items:
        event_of(message, NOW)
