"""What a tool may send."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Event, EventKind, Gift, Order
from connectors.webhook.forms import MOST_EVENTS, Refusal, read_events, read_json

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def read(data):
    return read_events(data, "rtmp", NOW)


def test_one_event_or_several():
    comment = Event(EventKind.COMMENT, "rtmp", "m-1", NOW, "", "", "hi")
    assert read({"id": "m-1", "text": "hi"}) == [comment]
    assert read({"events": [{"id": "m-1", "text": "hi"}]}) == [comment]
    assert read({"events": []}) == []


def test_everything_that_an_event_may_hold():
    (event,) = read(
        {
            "id": "m-1", "kind": "comment", "at": "2026-11-23T11:59:00+08:00", "text": "有吗", "number": 3,
            "viewer": {"name": "Mei", "id": "u-1"}, "reply_to": "m-0", "own": True,
        }
    )  # fmt: skip
    at = datetime(2026, 11, 23, 3, 59, tzinfo=UTC)
    assert event == Event(
        EventKind.COMMENT, "rtmp", "m-1", at, "Mei", "u-1", "有吗", 3, own=True, reply_to="m-0"
    )


def test_gifts_orders_and_viewers():
    gift, order, viewers = read(
        {
            "events": [
                {
                    "id": "g",
                    "kind": "gift",
                    "gift": {"name": "Rose", "count": 3, "value": 300, "currency": "CNY"},
                },
                {"id": "o", "kind": "order", "order": {"id": "A-1", "product": "mug", "paid": False}},
                {"id": "v", "kind": "viewers", "number": 214},
            ]
        }
    )
    assert (gift.detail, gift.number) == (Gift("Rose", 3, 300, "CNY"), 3)
    assert order.detail == Order("A-1", "mug", 1, False)
    assert (viewers.kind, viewers.number) == (EventKind.VIEWERS, 214)


def test_a_time_to_come_is_now():
    (event,) = read({"id": "m", "text": "x", "at": (NOW + timedelta(days=1)).isoformat()})
    assert event.at == NOW


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (7, "events[0]"),
        (None, "events[0]"),
        ({"events": 7}, "events: not a list"),
        ({"events": [{"id": "a", "text": "x"}] * (MOST_EVENTS + 1)}, "more than 100"),
        ({"text": "x"}, "events[0].id: Field required"),
        ({"id": "", "text": "x"}, "events[0].id"),
        ({"id": "a b", "text": "x"}, "events[0].id"),
        ({"id": "a" * 129, "text": "x"}, "events[0].id"),
        ({"id": 7, "text": "x"}, "events[0].id"),
        ({"id": "a", "text": "x" * 2_001}, "events[0].text"),
        ({"id": "a", "text": "  "}, "events[0].text: needed"),
        ({"id": "a", "txt": "x"}, "events[0].txt: Extra inputs"),
        ({"id": "a", "kind": "shout", "text": "x"}, "events[0].kind"),
        ({"id": "a", "text": "x", "at": "2026-11-23T12:00:00"}, "events[0].at"),
        ({"id": "a", "text": "x", "viewer": {"nick": "x"}}, "events[0].viewer.nick"),
        ({"id": "a", "kind": "gift"}, "events[0].gift: needed"),
        ({"id": "a", "kind": "order"}, "events[0].order: needed"),
        ({"id": "a", "kind": "like", "number": -1}, "events[0].number"),
        ({"id": "a", "kind": "like", "number": 2**60}, "events[0].number"),
        ({"id": "a", "kind": "like", "number": True}, "events[0].number"),
        ({"events": [{"id": "a", "text": "x"}, {"id": "b"}]}, "events[1].text"),
    ],
)
def test_what_has_not_the_form_is_refused_whole_and_the_field_named(data, says):
    with pytest.raises(Refusal) as caught:
        read(data)
    assert says in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, "nonsense"])
def test_what_is_no_json(body):
    with pytest.raises(Refusal, match="not JSON"):
        read_json(body)


def test_half_a_surrogate_pair_which_utf_8_cannot_spell_is_refused():
    with pytest.raises(Refusal, match=r"events\[0\].text"):
        read(read_json(r'{"id": "m", "text": "x\ud800y"}'))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(["id", "kind", "at", "viewer", "text", "number", "reply_to", "own", "gift", "order"])


@given(st.dictionaries(names, values, max_size=6) | values)
def test_whatever_comes_is_an_event_or_a_refusal(data):
    try:
        events = read(json.loads(json.dumps(data)))
    except Refusal as refusal:
        assert refusal.problems
        return
    assert all(e.at <= NOW and e.id for e in events)
