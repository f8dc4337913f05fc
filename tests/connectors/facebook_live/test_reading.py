"""Facebook's errors, limits and forms: pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from virtual_time import START

from connectors.calls import Answer
from connectors.errors import AuthNeeded, Blocked, Changed, NotLive, RateLimited, Transient
from connectors.facebook_live.codes import error_for
from connectors.facebook_live.forms import Comments, LiveVideo, Pages, comments_in, read
from connectors.facebook_live.place import Place, place_of
from connectors.facebook_live.usage import Usage, usage_of
from products.errors import RemoteError


def answer(code: int, subcode: int = 0, status: int = 400, **headers: str) -> Answer:
    told = {"code": code, "error_subcode": subcode, "message": "said"}
    return Answer(status, {k.replace("_", "-"): v for k, v in headers.items()}, {"error": told}, "facebook")


@pytest.mark.parametrize(
    ("code", "kind"),
    [(190, AuthNeeded), (102, AuthNeeded), (4, RateLimited), (17, RateLimited), (32, RateLimited),
     (613, RateLimited), (1, Transient), (2, Transient), (10, AuthNeeded), (200, AuthNeeded),
     (299, AuthNeeded), (3, AuthNeeded), (368, Blocked), (506, RemoteError), (100, RemoteError)],
)  # fmt: skip
def test_errors_by_what_is_to_be_done(code, kind):
    error = error_for(answer(code), START)
    assert isinstance(error, kind)
    assert error.remedy or not isinstance(error, AuthNeeded | Blocked)


def test_an_object_that_is_not_there_is_no_broadcast():
    assert isinstance(error_for(answer(100, 33), START), NotLive)


def test_statuses_without_an_error_object():
    assert error_for(Answer(200, {}, {"id": "1"}, "facebook"), START) is None
    assert isinstance(error_for(Answer(503, {}, None, "facebook"), START), Transient)
    limited = error_for(Answer(429, {"retry-after": "12"}, None, "facebook"), START)
    assert isinstance(limited, RateLimited)
    assert limited.retry_after == 12


def test_no_message_holds_what_may_be_a_token():
    told = {"code": 100, "message": "Cannot parse access token EAAB" + "x" * 120 + " here"}
    assert "xxxx" not in str(error_for(Answer(400, {}, {"error": told}, "facebook"), START))


@pytest.mark.parametrize(
    ("headers", "usage"),
    [
        ({}, None),
        ({"x-app-usage": '{"call_count":28,"total_time":25,"total_cputime":31}'}, Usage(31)),
        (
            {"x-business-use-case-usage":
             '{"1":[{"type":"pages","call_count":95,"total_time":2,"estimated_time_to_regain_access":3}]}'},
            Usage(95, 180.0),
        ),
        ({"x-app-usage": "no json"}, None),
        ({"x-app-usage": "[" * 5000}, None),
    ],
)  # fmt: skip
def test_how_much_of_the_limit_is_used(headers, usage):
    assert usage_of(headers) == usage


@given(st.dictionaries(st.sampled_from(["x-app-usage", "x-business-use-case-usage"]), st.text(max_size=80)))
def test_whatever_the_headers_say(headers):
    found = usage_of(headers)
    assert found is None or (0 <= found.percent <= 1000 and found.slower >= 1)


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abcdef")), max_size=30))
def test_a_place_holds_the_newest_second_and_its_comments(seen):
    place = Place(0)
    for second, id_ in seen:
        place = place.after(second, id_)
    assert place.second == max((s for s, _ in seen), default=0)
    assert set(place.ids) == {i for s, i in seen if s == place.second}
    assert place_of(place.cursor) == place


@given(st.text(max_size=30))
def test_any_text_as_a_cursor(text):
    found = place_of(text)
    assert found is None or found.second >= 0


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(
    ["id", "message", "from", "created_time", "parent", "data", "paging", "cursors", "after", "next",
     "status", "live_views", "video", "ingest_streams", "access_token", "name"]
)  # fmt: skip


@given(st.sampled_from([Comments, LiveVideo, Pages]), st.dictionaries(names, values, max_size=6) | values)
def test_whatever_comes_is_read_or_changed(form, data):
    try:
        found = read(form, data)
    except Changed as error:
        assert len(str(error)) < 400
        return
    for comment in comments_in(getattr(found, "data", ())):
        if comment is not None and form is Comments:
            assert comment.event("1", START, "c").at.tzinfo is not None
