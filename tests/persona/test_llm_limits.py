"""The bounds of a language model, in virtual time."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.llm_limits import (
    HOUR,
    LONGEST_PAUSE,
    MOST_CHARACTERS,
    Breaker,
    Budget,
    Cache,
    Stream,
    retry_after,
    tokens_of,
)


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_breaker_keeps_the_pause_that_it_was_told_but_not_for_ever() -> None:
    time = Time()
    breaker = Breaker(time)
    breaker.failed(pause=30)
    assert breaker.open
    time.now = 30
    assert not breaker.open
    breaker.failed(pause=10**9)
    time.now = 30 + LONGEST_PAUSE
    assert not breaker.open


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("7", 7),
        (" 1.5 ", 1.5),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 60),
        ("-3", 60),
        ("soon", 60),
    ],
)
def test_retry_after(header: str | None, seconds: float) -> None:
    assert retry_after(header) == seconds


def test_tokens_are_counted_by_the_hour() -> None:
    time = Time()
    budget = Budget(time, tokens_per_hour=1000)
    assert budget.allows(600, 400) and not budget.allows(600, 401)
    budget.spend(500, 100)
    assert budget.allows(200, 200) and not budget.allows(200, 201)
    time.now = HOUR - 1
    budget.spend(100, 0)
    assert not budget.allows(301, 0)
    time.now = HOUR
    assert budget.used() == (100, 0.0) and budget.allows(900, 0)


def test_money_is_counted_by_the_hour() -> None:
    budget = Budget(Time(), money_per_hour=1.0, price_in=1.0, price_out=2.0)
    assert budget.allows(0, 500_000) and not budget.allows(1, 500_000)
    budget.spend(500_000, 0)
    assert budget.used() == (500_000, 0.5)
    assert budget.allows(500_000, 0) and not budget.allows(0, 250_001)
    assert Budget(Time()).allows(10**9, 10**9), "no limit is none"


def test_a_cache_forgets_by_age_by_use_and_by_number() -> None:
    time = Time()
    cache = Cache(time, limit=2, seconds=10, uses=2)
    cache.put("a", "A")
    assert [cache.get("a") for _ in range(3)] == ["A", "A", None]
    cache.put("a", "A")
    time.now = 10
    assert cache.get("a") is None
    for key in "abc":
        cache.put(key, key)
    assert [cache.get(key) for key in "abc"] == [None, "b", "c"]
    cache.drop("b")
    assert cache.get("b") is None


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=4), st.integers(1, 9), st.text())
def test_a_stream_ends_with_its_object_however_it_is_cut(data: dict[str, str], size: int, tail: str) -> None:
    text = json.dumps(data, ensure_ascii=False)
    stream = Stream()
    whole = "Sure: " + text + tail
    for start in range(0, len(whole), size):
        stream.feed(whole[start : start + size])
        if stream.whole:
            break
    assert stream.whole and stream.text == "Sure: " + text


def test_a_stream_without_end_is_too_long() -> None:
    stream = Stream()
    for _ in range(MOST_CHARACTERS):
        stream.feed('{"a')
        if stream.too_long:
            break
    assert stream.too_long and not stream.whole and len(stream.text) < MOST_CHARACTERS + 10


def test_tokens_are_not_underestimated() -> None:
    assert tokens_of("") == 0
    assert tokens_of("abcdef") == 2 and tokens_of("你好") == 2 and tokens_of("a你") == 2
