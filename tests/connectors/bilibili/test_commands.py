"""What Bilibili pushes, as events: every documented command, and whatever else may come."""

import json
from datetime import UTC, datetime

import fake_bilibili as fake
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Event, EventKind, Gift
from connectors.bilibili.commands import (
    SEEDS,
    Ended,
    Live,
    Unknown,
    Unreadable,
    Withdrawn,
    read_command,
)

AT = 1_795_000_000
WHEN = datetime.fromtimestamp(AT, UTC)
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def read(command):
    return read_command(json.dumps(command).encode(), NOW)


def test_a_message():
    event = read(fake.danmaku("多少钱？", "m-1", AT, is_admin=1, guard_level=3, reply_uname="小红"))
    extra = {"moderator": "1", "guard_level": "3", "to": "小红"}
    assert event == Event(
        EventKind.COMMENT, "bilibili", "m-1", WHEN, "小明", "viewer-1", "多少钱？", extra=extra
    )


def test_a_message_from_a_linked_room_names_nobody():
    event = read(fake.mirror("隔壁的", "m-2", AT))
    assert (event.kind, event.viewer, event.viewer_id, event.text) == (EventKind.COMMENT, "", "", "隔壁的")
    assert event.extra == {"mirror": "1"}


def test_gifts_that_cost_and_gifts_that_do_not():
    event = read(fake.gift("g-1", AT, count=3, price=1500))
    assert (event.kind, event.number, event.viewer_id) == (EventKind.GIFT, 3, "viewer-2")
    assert event.detail == Gift("小心心", 3, 4500, SEEDS)
    free = read(fake.gift("g-2", AT, paid=False))
    assert free.detail == Gift("小心心", 2, None, "")


def test_a_paid_message_asks_like_any_other():
    event = read(fake.super_chat("有蓝色吗", "s-1", AT, message_id=77, rmb=30))
    assert (event.kind, event.text) == (EventKind.COMMENT, "有蓝色吗")
    assert event.extra == {"super_chat": "1", "message_id": "77", "yuan": "30"}
    assert read(fake.super_chat_del([77, 78], "d-1")) == Withdrawn(("77", "78"))


def test_guards():
    event = read(fake.guard("u-1", AT, count=2))
    assert (event.kind, event.viewer, event.number) == (EventKind.GIFT, "舰长", 2)
    assert event.detail == Gift("guard", 2, 198_000, SEEDS)
    assert read(fake.guard("u-2", AT, unit="*3天", count=9)).number == 1


def test_likes_and_entries_without_an_id_get_one_of_who_and_when():
    first, again, later = (read(fake.like(AT + s, id_="")) for s in (0, 0, 2))
    assert (first.kind, first.number) == (EventKind.LIKE, 114)
    assert first.id == again.id != later.id
    assert read(fake.like(AT)).id == "57a7c676-ff00-4967-bb09-03e800ab0f4d"
    came, other = read(fake.enter(AT)), read(fake.enter(AT, "viewer-6"))
    assert (came.kind, came.viewer) == (EventKind.ENTER, "路人")
    assert came.id != other.id


def test_the_room_and_the_game():
    assert read(fake.live(True, AT)) == Live(True)
    assert read(fake.live(False, AT)) == Live(False)
    over = {"cmd": "LIVE_OPEN_PLATFORM_INTERACTION_END", "data": {"game_id": "g", "timestamp": AT}}
    assert read(over) == Ended("g")


def test_a_command_may_carry_something_behind_a_colon():
    command = fake.danmaku("hi", "m", AT)
    assert read(command | {"cmd": command["cmd"] + ":4:0:2:2:2:0"}).text == "hi"


@pytest.mark.parametrize("cmd", ["DANMU_MSG", "DM", "LIVE_OPEN_PLATFORM_NEW", "", "LIVE_OPEN_PLATFORM_"])
def test_what_is_not_documented_is_unknown(cmd):
    assert read({"cmd": cmd, "data": {"msg": "x"}}) == Unknown(cmd)


@pytest.mark.parametrize("at", [0, -1, 10**12, 2**62])
def test_an_impossible_time_is_the_time_of_receipt(at):
    command = fake.danmaku("hi", "m", AT)
    assert read(command | {"data": command["data"] | {"timestamp": at}}).at == NOW


def changed(command, **fields):
    return command | {"data": command["data"] | fields}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"9" * 5_000, "not JSON"),
        (b"[]", "without a cmd"),
        (b'{"cmd": 7}', "without a cmd"),
        (b'{"cmd": "LIVE_OPEN_PLATFORM_DM"}', "without data"),
        (b'{"cmd": "LIVE_OPEN_PLATFORM_DM", "data": []}', "without data"),
        (b'{"cmd": "LIVE_OPEN_PLATFORM_DM", "data": {}}', "Danmaku: msg"),
        (json.dumps(changed(fake.danmaku("a", "m", AT), msg=7)).encode(), "Danmaku: msg"),
        (json.dumps(changed(fake.danmaku("a", "m", AT), timestamp="7")).encode(), "Danmaku: timestamp"),
        (json.dumps(changed(fake.gift("g", AT), price=2**63)).encode(), "Gift: price"),
        (json.dumps(changed(fake.guard("g", AT), user_info=None)).encode(), "Guard: user_info"),
        (b'{"cmd": "LIVE_OPEN_PLATFORM_LIKE", "data": {"like_count": NaN}}', "Like: like_count"),
    ],
)
def test_what_cannot_be_read_names_the_field_and_nothing_of_the_person(body, says):
    with pytest.raises(Unreadable) as caught:
        read_command(body, NOW)
    assert says in str(caught.value)
    assert "viewer" not in str(caught.value)


def test_long_texts_are_cut():
    event = read(fake.danmaku("长" * 100_000, "m" * 100_000, AT, name="n" * 100_000))
    assert max(len(event.text), len(event.viewer), len(event.id)) == 2_000


def test_half_a_surrogate_pair_can_be_written_down_afterwards():
    assert read(changed(fake.danmaku("a", "m", AT), uname="x\ud800y")).viewer == "x?y"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
SAMPLES = [
    fake.danmaku("a", "m", AT), fake.mirror("a", "m", AT), fake.gift("g", AT), fake.super_chat("a", "s", AT),
    fake.super_chat_del([1], "d"), fake.guard("u", AT), fake.like(AT), fake.enter(AT), fake.live(True, AT),
    {"cmd": "LIVE_OPEN_PLATFORM_INTERACTION_END", "data": {"game_id": "g"}},
]  # fmt: skip


@st.composite
def spoilt(draw):
    """A documented command with some of its fields changed, or gone."""
    command = draw(st.sampled_from(SAMPLES))
    names = st.sampled_from(sorted(command["data"]))
    new = draw(st.dictionaries(names, json_values, max_size=4))
    gone = draw(st.sets(names, max_size=3))
    return command | {"data": {k: v for k, v in (command["data"] | new).items() if k not in gone}}


@given(spoilt())
def test_whatever_comes_is_told_or_unreadable(command):
    try:
        told = read(command)
    except Unreadable:
        return
    if isinstance(told, Event):
        assert told.at.tzinfo is not None
        assert told.id
        for text in (told.id, told.viewer, told.text, *told.extra.values()):
            text.encode()


@given(st.binary(max_size=100) | json_values.map(lambda v: json.dumps(v).encode()))
def test_bytes_that_are_nothing_are_unreadable(body):
    with pytest.raises(Unreadable):
        read_command(body, NOW)
