"""Server-sent events, however they are cut into pieces."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from connectors.server_events import ServerEvent, ServerEvents

STREAM = (
    '\ufeff: hello\r\n\r\nevent: comment\ndata: {"a":\ndata: 1}\nid: 7\n\n'
    "data:多少钱？\r\rdata\n\nretry: 5\n\n"
)
EVENTS = [
    ServerEvent("comment", '{"a":\n1}', "7"),
    ServerEvent("message", "多少钱？", "7"),
    ServerEvent("message", "", "7"),
]


def test_events_of_every_form():
    assert ServerEvents().feed(STREAM.encode()) == EVENTS


@given(st.lists(st.integers(0, len(STREAM.encode())), max_size=12))
def test_where_it_is_cut_does_not_matter(cuts):
    raw, events, found = STREAM.encode(), ServerEvents(), []
    for start, end in pairwise([0, *sorted(cuts), len(raw)]):
        found += events.feed(raw[start:end])
    assert found == EVENTS


def test_a_line_without_an_end_is_dropped_and_counted():
    events = ServerEvents(largest=100)
    for _ in range(50):
        assert events.feed(b"data: " + b"x" * 90) == []
    assert len(events._rest) <= 100
    assert events.feed(b"\ndata: good\n\n") == [ServerEvent("message", "good", "")]
    assert events.dropped == 1


def test_an_event_that_grows_line_by_line_is_dropped_and_counted():
    events = ServerEvents(largest=100)
    for _ in range(50):
        events.feed(b"data: 0123456789\n")
    assert events.feed(b"\ndata: good\n\n") == [ServerEvent("message", "good", "")]
    assert events.dropped == 1


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_whatever_comes_is_read(pieces):
    events = ServerEvents(largest=200)
    for piece in pieces:
        assert all(isinstance(event, ServerEvent) for event in events.feed(piece))
        assert len(events._rest) <= 200
