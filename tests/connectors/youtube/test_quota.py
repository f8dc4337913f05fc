"""The day's units: counted, told, never overspent by what is paced."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.youtube.quota import COSTS, DAY_UNITS, Quota, QuotaSpent, next_midnight

NOON = datetime(2026, 11, 22, 20, tzinfo=UTC)  # noon in California, in winter


def test_units_are_counted_by_call_and_begin_anew_at_midnight_pacific():
    quota = Quota()
    quota.spend("videos.list", NOON)
    quota.spend("liveChatMessages.list", NOON)
    quota.spend("something.new", NOON)
    assert quota.spent == 1 + 5 + 50
    assert quota.by_method["liveChatMessages.list"] == 5
    midnight = next_midnight(NOON)
    assert midnight == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert quota.left(midnight - timedelta(seconds=1)) == DAY_UNITS - 56
    assert quota.left(midnight) == DAY_UNITS


def test_midnight_moves_with_daylight_saving():
    assert next_midnight(datetime(2026, 7, 1, 12, tzinfo=UTC)).hour == 7
    assert next_midnight(datetime(2026, 12, 1, 12, tzinfo=UTC)).hour == 8


def test_the_operator_is_told_at_each_mark_once_a_day():
    quota = Quota(100)
    for _ in range(60):
        quota.spend("videos.list", NOON)
    assert [n.split(" ")[0] for n in quota.notes()] == ["50%"]
    assert quota.notes() == ()
    for _ in range(60):
        quota.spend("videos.list", NOON)
    assert [n.split(" ")[0] for n in quota.notes()] == ["80%", "95%", "100%"]
    assert quota.left(NOON) == 0
    quota.spend("liveChatMessages.insert", NOON + timedelta(days=1))
    assert quota.spent == 50


def test_what_google_says_counts_more_than_our_own_count():
    quota = Quota()
    until = quota.exhausted(NOON)
    assert quota.left(NOON) == 0
    told = QuotaSpent(until, NOON)
    assert told.retry_after == 12 * 3600
    assert "2026-11-23 08:00 UTC" in str(told)
    assert quota.left(until) == DAY_UNITS


def test_short_shows_are_not_slowed_and_long_ones_are():
    quota = Quota()
    assert quota.pace("liveChatMessages.list", 0.5, NOON) == 0
    for _ in range(101):
        quota.spend("liveBroadcasts.insert", NOON)
    assert quota.pace("liveChatMessages.list", 0.5, NOON) > 60


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=40)
@given(
    st.integers(1, 30_000),
    st.floats(0.05, 1.0),
    st.sampled_from(sorted(COSTS)),
    st.integers(0, 86_399),
    st.floats(0.1, 30),
)
def test_paced_calls_never_spend_more_than_there_is(budget, share, method, second, wanted):
    quota, now = Quota(budget), NOON + timedelta(seconds=second)
    end = next_midnight(now)
    while True:
        wait = max(wanted, quota.pace(method, share, now))
        if quota.left(now) * 2 > budget:  # the free half, taken at once
            wait = wanted = max(wanted, 5.0)
        now += timedelta(seconds=wait)
        if now >= end or quota.by_method.get(method, 0) > 40_000:
            break
        quota.spend(method, now)
    assert quota.spent <= budget + COSTS[method].units
