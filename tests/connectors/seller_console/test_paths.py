"""Paths of a sheet into JSON."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.seller_console.paths import Gone, all_at, at, matches, plain

PACKED = base64.b64encode(json.dumps({"command": 1, "customData": '{"type": "text"}'}).encode()).decode()
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abd"), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a", [{"b": 1}]),
        ("a.b", [1]),
        ("list[]", [{"x": 1}, {"x": 2}]),
        ("list[].x", [1, 2]),
        ("none[]", []),
        ("packed|base64|json.command", [1]),
        ("packed|base64|json.customData|json.type", ["text"]),
    ],
)
def test_what_stands_at_a_path(path, found):
    value = {"a": {"b": 1}, "list": [{"x": 1}, {"x": 2}], "none": None, "packed": PACKED}
    assert list(all_at(value, path)) == found


@pytest.mark.parametrize("path", ["b", "a.b.c", "a[]", "list[].y", "a|json", "text|base64", "text|unknown"])
def test_what_is_not_there_is_told_with_its_path(path):
    value = {"a": {"b": 1}, "list": [{"x": 1}], "text": "%%"}
    with pytest.raises(Gone) as error:
        list(all_at(value, path))
    assert error.value.path == path


def test_an_empty_list_has_no_first_element():
    with pytest.raises(Gone):
        at({"list": []}, "list[].x")


def test_values_are_compared_as_text():
    assert matches({"code": 0, "on": True, "who": "host"}, {"code": "0", "on": "true", "who": "host"})
    assert not matches({"code": 1}, {"code": "0"})
    assert not matches({}, {"code": "0"})
    assert plain([1]) == plain(None) == ""


@given(ANY, st.sampled_from(["a", "a.b", "a[]", "a[].b", "a|json.b", "a|base64|json", "d[].a|json"]))
def test_nothing_but_gone_is_raised(value, path):
    try:
        list(all_at(value, path))
    except Gone:
        return
