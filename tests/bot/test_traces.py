"""Traces: what a span may tell, where it goes, and a collector that is away or never answers."""

import logging
import socket
import sys
from datetime import UTC, datetime, timedelta

import pytest
from otlp import Collector
from servers import wait_for

from bot.clock import SystemClock
from bot.commands.traced import console_spans
from bot.settings import Settings
from bot.traces import TracePlan, endpoint_of, nanoseconds
from products.errors import Bug, SetupError

NOW = datetime(2026, 12, 1, 20, 0, 0, 123_456, tzinfo=UTC)


def test_a_span_has_its_time_its_place_and_its_facts() -> None:
    with Collector() as collector:
        spans = TracePlan(collector.url + "/", "evening").open("show", lambda: NOW + timedelta(seconds=2))
        whole = spans.begin("question", since=NOW, question="room:1", askers=2)
        spans.begin("question.wait", whole).end()
        spans.begin("never ended", whole)
        whole.end(fate="aired", hand_over=True)
        spans.close(10)
    wait, question = collector.spans
    assert (question.process, question.start, question.seconds) == ("castmate-show", nanoseconds(NOW), 2.0)
    assert question.start % 1_000_000_000 == 123_456_000
    assert question.facts == {"question": "room:1", "askers": 2, "fate": "aired", "hand_over": True}
    assert (wait.trace, wait.parent) == (question.trace, question.id)
    version, trace, parent, flags = whole.carrier.split("-")
    assert (version, trace, parent) == ("00", question.trace, question.id)
    assert int(flags, 16) & 1, "sampled"
    assert b"evening" in collector.raw


def test_what_is_no_id_is_told_by_its_hash_and_nothing_else_is_told_at_all() -> None:
    with Collector() as collector:
        spans = TracePlan(collector.url).open("show", lambda: NOW)
        span = spans.begin("question", "what is no traceparent", question="say hello to Ada")
        with pytest.raises(Bug, match="text"):
            span.tell(text="hello")
        span.end(channel="x" * 121)
        spans.close(10)
    (found,) = collector.spans
    assert found.parent == ""
    assert all(str(value).startswith("#") and len(str(value)) == 17 for value in found.facts.values())
    assert b"hello" not in collector.raw and b"xxx" not in collector.raw


def test_the_collectors_own_key_goes_by_the_variable_of_opentelemetry(monkeypatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20k")
    with Collector() as collector:
        spans = console_spans(Settings(traces=collector.url))
        assert spans is not None
        spans.begin("room.message", channel="room").end()
        spans.close(10)
    assert collector.key == "Bearer k" and len(collector.spans) == 1


def test_a_sample_is_taken_whole_or_not_at_all(monkeypatch) -> None:
    with Collector() as collector:
        monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_always_off")
        console = TracePlan(collector.url).open("console", SystemClock().now)
        message = console.begin("room.message", channel="room")
        monkeypatch.delenv("OTEL_TRACES_SAMPLER")
        show = TracePlan(collector.url).open("show", SystemClock().now)
        show.begin("question", message.carrier).end()
        message.end()
        console.close(10)
        show.close(10)
    assert collector.spans == [], "the show follows what the console chose"


@pytest.mark.parametrize("url", [None, ""])
def test_nobody_is_told_by_default(url: str | None) -> None:
    assert console_spans(Settings(traces=url)) is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("collector:4318", "no web address"),
        ("ftp://collector", "no web address"),
        ("http://", "no web address"),
        ("http://[::1", "no web address"),
        ("http://collector/?key=1", "no web address"),
        ("https://me:pass@collector", "holds a password"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_repeating_it(url: str, said: str) -> None:
    with pytest.raises(SetupError, match=said) as told:
        TracePlan(url).open("show", lambda: NOW)
    assert "pass@" not in str(told.value)


def test_where_it_goes() -> None:
    assert endpoint_of("http://c:4318") == endpoint_of("http://c:4318/v1/traces") == "http://c:4318/v1/traces"
    assert endpoint_of("https://c/otlp/") == "https://c/otlp/v1/traces"


def test_without_the_extra_it_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SetupError, match=r"castmate\[traces\]"):
        TracePlan("http://c:4318").open("show", lambda: NOW)


def test_a_collector_that_is_away_is_told_once_and_once_that_it_is_back(caplog, monkeypatch) -> None:
    monkeypatch.setattr("bot.traces.EVERY_MS", 50)
    caplog.set_level(logging.INFO)
    with Collector() as collector:
        collector.status = 403  # not one that is tried again
        spans = TracePlan(collector.url).open("show", SystemClock().now)
        spans.begin("first").end()
        wait_for(lambda: "do not reach" in caplog.text, 60)
        collector.status = 200
        spans.begin("second").end()
        wait_for(lambda: "again" in caplog.text, 60)
        spans.close(10)
        assert [s.name for s in collector.spans] == ["second"]
    assert [r.message for r in caplog.records if r.name == "bot.traces"] == [
        "traces do not reach the collector",
        "traces reach the collector again",
    ]


def test_one_that_never_answers_holds_nobody_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        spans = TracePlan(f"http://127.0.0.1:{deaf.getsockname()[1]}").open("show", SystemClock().now)
        for _ in range(3000):  # more than are kept
            spans.begin("question").end()
        spans.close(0.1)
