"""When a channel goes on under a new address, in virtual time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.stage.rollover import MARGIN, RETRY_S, Rollover, due
from connectors.base import Ingest, IngestLimits, Secret

T0 = datetime(2026, 11, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)


def ingest(stream_s=None, expires=None, single_use=False) -> Ingest:
    limits = IngestLimits(max_stream_s=stream_s)
    return Ingest("rtmp", Secret("rtmp://h/a/k"), "rtmp://h", limits, expires, single_use)


def test_an_address_without_limits_is_kept() -> None:
    assert due(ingest(), T0) is None
    assert not Rollover(ingest(), T0).wanted(T0 + 10_000 * HOUR)


@pytest.mark.parametrize(
    ("address", "at"),
    [
        (ingest(stream_s=8 * 3600), T0 + 8 * HOUR - MARGIN),
        (ingest(expires=T0 + 24 * HOUR), T0 + 24 * HOUR - MARGIN),
        (ingest(stream_s=8 * 3600, expires=T0 + 2 * HOUR), T0 + 2 * HOUR - MARGIN),
        (ingest(stream_s=100), T0 + timedelta(seconds=90)),
        (ingest(expires=T0 - HOUR), T0 - HOUR),
    ],
)
def test_the_earliest_end_decides_with_a_margin(address: Ingest, at: datetime) -> None:
    assert due(address, T0) == at


def test_three_days_with_a_limit_of_eight_hours() -> None:
    """Looked at every ten seconds: each broadcast ends before its limit, none after less than that."""
    term, now, changes = Rollover(ingest(8 * 3600), T0), T0, [T0]
    while now < T0 + 72 * HOUR:
        now += timedelta(seconds=10)
        if term.wanted(now):
            term.done(ingest(8 * 3600), now)
            changes.append(now)
    lengths = [b - a for a, b in pairwise(changes)]
    assert len(lengths) == 9
    assert all(8 * HOUR - MARGIN <= length < 8 * HOUR for length in lengths)


def test_a_failed_change_over_is_tried_again_in_the_margin() -> None:
    term = Rollover(ingest(8 * 3600), T0)
    now, tries = T0 + 8 * HOUR - MARGIN, 0
    while now < T0 + 8 * HOUR:
        if term.wanted(now):
            tries += 1
            term.failed(now)
            assert not term.wanted(now + timedelta(seconds=RETRY_S - 0.1))
        now += timedelta(seconds=0.5)
    assert tries == term.failures == MARGIN.total_seconds() / RETRY_S


def test_an_operator_s_wish_is_done_at_once_and_once() -> None:
    term = Rollover(ingest(), T0)
    term.asked = True
    assert term.wanted(T0)
    term.done(ingest(), T0)
    assert not term.wanted(T0 + HOUR)


@given(st.integers(1, 10**6), st.integers(-(10**5), 10**6))
def test_it_is_never_due_after_the_end(stream: int, expiry: int) -> None:
    end = min(T0 + timedelta(seconds=stream), T0 + timedelta(seconds=expiry))
    at = due(ingest(stream, T0 + timedelta(seconds=expiry)), T0)
    assert at is not None and end - MARGIN <= at <= end
