"""From the consoles' own answers to events: the forms that sources give, and whatever else may come."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from fakes import console_answers as answers
from fakes.console_answers import COMMENTS, Written
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.base import EventKind, Order
from connectors.seller_console.reading import LARGEST, read
from connectors.seller_console.sheet import sheet_of

NOW = datetime.fromtimestamp(1795415040, UTC) + timedelta(seconds=30)
TWO = [Written("1", "小林", "多少钱？", "u1"), Written("2", "Shop", "59 元。", "host", own=True)]
PLATFORMS = sorted(COMMENTS)
TAPS = [(name, tap) for name in PLATFORMS for tap in sheet_of(name).taps]


def tap_of(platform, name="comments"):
    return next(t for t in sheet_of(platform).taps if t.name == name)


def reading(platform, body, name="comments"):
    return read(tap_of(platform, name), body, platform, NOW)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_comments_as_each_console_sends_them(platform):
    found = reading(platform, COMMENTS[platform](TWO))
    assert [(e.kind, e.platform, e.id, e.viewer, e.text) for e in found.events] == [
        (EventKind.COMMENT, platform, "1", "小林", "多少钱？"),
        (EventKind.COMMENT, platform, "2", "Shop", "59 元。"),
    ]
    assert found.events[0].viewer_id == "u1"
    assert all(abs(e.at - NOW) <= timedelta(seconds=30) for e in found.events)
    assert not found.gone and not found.skipped


@pytest.mark.parametrize("platform", ["taobao_live", "xiaohongshu"])
def test_our_own_comments_are_known_where_the_console_says_so(platform):
    assert [e.own for e in reading(platform, COMMENTS[platform](TWO)).events] == [False, True]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_comments_are_no_events(platform):
    found = reading(platform, COMMENTS[platform]([]))
    assert found.events == found.gone == ()
    assert not found.refused and not found.unreadable


def test_a_renamed_list_is_gone_and_a_left_out_one_is_empty():
    renamed = b'{"data": {"commentInfos": [{"comment_id": "1"}], "cursor": "7"}}'
    assert reading("douyin", renamed).gone == ("data.comment_infos[]",)
    assert reading("douyin", b'{"data": {"cursor": "7", "internal_ext": "x"}}').gone == ()
    assert reading("douyin", b'{"data": {"comment_infos": null}}').gone == ()
    assert reading("douyin", b'{"data": {"comment_infos": {}}}').gone == ("data.comment_infos[]",)


def test_a_renamed_field_is_gone_and_one_bad_element_is_skipped():
    good, bad = {"comment_id": "1", "nick_name": "a", "content": "b"}, {"id": "2"}
    found = reading("douyin", json.dumps({"data": {"comment_infos": [good, bad]}}).encode())
    assert [e.id for e in found.events] == ["1"]
    assert (found.skipped, found.gone) == (1, ())
    found = reading("douyin", json.dumps({"data": {"comment_infos": [bad, bad]}}).encode())
    assert found.gone == ("comment_id",)
    empty = {**good, "comment_id": ""}
    assert reading("douyin", json.dumps({"data": {"comment_infos": [empty]}}).encode()).gone == (
        "comment_id",
    )


def test_a_refusal_says_why_as_far_as_it_looks_like_words():
    found = reading("wechat_channels", b'{"errCode": 300333, "errMsg": "login  expired"}')
    assert found.refused == "login expired"
    assert reading("wechat_channels", b'{"errCode": 1}').refused == "no reason"


def test_a_reply_of_wechat_is_unpacked():
    payload = base64.b64encode(json.dumps({"content": "包邮的"}).encode()).decode()
    who = {"contact": {"usename": "host", "nickname": "店"}}
    message = {"msgType": 20002, "clientMsgId": "9", "payload": payload, "fromUserContact": who}
    body = json.dumps({"errCode": 0, "data": {"msgList": [], "appMsgList": [message]}}).encode()
    (event,) = reading("wechat_channels", body, "replies").events
    assert (event.id, event.viewer, event.text) == ("9", "店", "包邮的")


def test_orders_placed_and_paid():
    body = answers.douyin_orders([("69", 17, 0, 2), ("69", 17, 3, 2)], 1795415040)
    placed, paid = reading("douyin", body, "orders").events
    assert placed.detail == Order("69", "3730474105137300017", 2, paid=False)
    assert paid.detail == Order("69", "3730474105137300017", 2, paid=True)
    assert placed.id != paid.id
    assert paid.at == datetime.fromtimestamp(1795415040, UTC)


def test_the_room_and_the_products_of_the_list():
    body = answers.douyin_goods({1: "杯子", 2: "碗"}, "7412")
    assert reading("douyin", body, "room").facts == {"room": "7412"}
    assert [g["title"] for g in reading("douyin", body, "goods").goods] == ["杯子", "碗"]


def test_the_time_of_the_platform_is_taken_only_where_it_can_be():
    def at(stamp):
        body = answers.taobao_comments(TWO[:1]).replace(b"1795415040000", stamp)
        return reading("taobao_live", body).events[0].at

    assert at(b"1795415040000") == datetime.fromtimestamp(1795415040, UTC)
    assert at(b"17") == at(b"99999999999999999999") == at(b"soon") == NOW


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"[" * 100_000, b"null", b"[]", b'"x"', b"7"])
@pytest.mark.parametrize(("platform", "tap"), TAPS, ids=[f"{p}-{t.name}" for p, t in TAPS])
def test_whatever_comes_is_counted_and_never_raised(platform, tap, body):
    assert read(tap, body, platform, NOW).events == ()


def test_an_endless_answer_is_not_read():
    assert reading("douyin", b" " * (LARGEST + 1)).unreadable


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["data", "comment_infos", "comment_id", "messages", "errCode", "msgList", "b", "d", "t"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@settings(max_examples=60)
@given(JSON, st.sampled_from(TAPS))
def test_any_json_is_read_without_an_error(value, known):
    platform, tap = known
    body = json.dumps(value).encode()
    read(tap, b"cb(" + body + b")" if tap.form == "jsonp" else body, platform, NOW)
