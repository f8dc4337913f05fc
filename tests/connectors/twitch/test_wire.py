"""Whatever comes over the wire: an event of ours or Changed, nothing else."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import EventKind
from connectors.errors import Changed
from connectors.twitch.wire import CHAT, LONGEST_TEXT, events_of, read_frame, read_time

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def chat(**event):
    """A chat message as documented, with parts of it changed."""
    whole = {
        "message_id": "m-1",
        "chatter_user_id": "5",
        "chatter_user_login": "mei",
        "chatter_user_name": "Mei",
        "message": {"text": "hello", "fragments": []},
        "message_type": "text",
        "cheer": None,
        "reply": None,
        **event,
    }
    head = {
        "message_id": "f-1",
        "message_type": "notification",
        "message_timestamp": "2026-11-23T10:11:12.464757833Z",
    }
    return {"metadata": head, "payload": {"subscription": {"id": "s", "type": CHAT}, "event": whole}}


def read(message) -> tuple:
    return events_of(read_frame(json.dumps(message)), "141981764", timedelta(0))


def test_a_message_as_documented():
    (event,) = read(chat())
    assert (event.id, event.viewer, event.text) == ("m-1", "Mei", "hello")
    assert event.at == datetime(2026, 11, 23, 10, 11, 12, 464757, tzinfo=UTC)


def test_a_display_name_that_is_missing_is_the_login():
    (event,) = read(chat(chatter_user_name=""))
    assert event.viewer == "mei"


def test_a_text_of_any_length_is_cut():
    (event,) = read(chat(message={"text": "长" * 100_000}))
    assert len(event.text) == LONGEST_TEXT


def test_a_message_of_a_shared_chat_says_where_it_is_from():
    (event,) = read(chat(source_broadcaster_user_id="99"))
    assert event.extra == {"shared_from": "99"}


@pytest.mark.parametrize(
    "bad",
    [
        {"message_id": ""},
        {"message_id": None},
        {"message_id": "x" * 1000},
        {"chatter_user_id": None},
        {"message": "hello"},
        {"cheer": {"bits": -1}},
        {"cheer": {"bits": 10**30}},
    ],
)
def test_a_field_that_cannot_be_is_told(bad):
    with pytest.raises(Changed):
        read(chat(**bad))


@pytest.mark.parametrize(
    "time", ["", "yesterday", "2026-11-23T10:11:12", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1"]
)
def test_a_time_that_cannot_be_meant(time):
    with pytest.raises(ValueError, match=r"time|format"):
        read_time(time)


def test_nanoseconds_and_none():
    assert read_time("2026-11-23T10:11:12.123456789Z").microsecond == 123456
    assert read_time("2026-11-23T10:11:12Z").microsecond == 0


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    try:
        read_frame(data)
    except Changed as error:
        assert "unknown form" in error.message


@given(JSON, JSON)
def test_any_json_is_read_or_refused(metadata, payload):
    try:
        frame = read_frame(json.dumps({"metadata": metadata, "payload": payload}))
        events_of(frame, "1", timedelta(0))
    except Changed:
        pass


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "message_id",
                "chatter_user_id",
                "chatter_user_name",
                "message",
                "cheer",
                "reply",
                "message_type",
            ]
        ),
        JSON,
        max_size=4,
    ),
    st.floats(min_value=-3e6, max_value=3e6),
)
def test_any_event_is_read_or_refused_and_what_is_read_is_sound(changed, skew):
    try:
        frame = read_frame(json.dumps(chat(**changed)))
        events = events_of(frame, "5", timedelta(seconds=skew))
    except Changed:
        return
    assert events[0].kind is EventKind.COMMENT
    for event in events:
        assert event.id
        assert len(event.text) <= LONGEST_TEXT
        assert event.at.tzinfo is not None
