"""The arithmetic of insight, by known numbers."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.insight.figures import change, compared, days, edges, ends, gain, shares, total, troubles
from bot.insight.stretches import Stretch
from bot.insight.sums import Run, Segment, Watched

T0 = datetime(2026, 11, 22, 20, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def test_days_begin_at_midnight_of_the_shop_also_when_clocks_change():
    found = edges(date(2026, 10, 24), date(2026, 10, 26), BERLIN)
    assert [(b - a) / timedelta(hours=1) for a, b in pairwise(found)] == [24, 25, 24]
    assert found[0] == datetime(2026, 10, 23, 22, tzinfo=UTC)


def test_hours_are_put_into_the_days_of_the_shop():
    hour = int(datetime(2026, 11, 22, 23, tzinfo=UTC).timestamp()) // 3600  # past midnight in Berlin
    hours = [
        (hour - 1, Watched(60, comments=1)),
        (hour, Watched(60, comments=2)),
        (hour + 1, Watched(60, peak=4)),
    ]
    first, second, third = days(
        hours, [(0, 0), (3, 5), (0, 0)], date(2026, 11, 22), date(2026, 11, 24), BERLIN
    )
    assert (first.watched.comments, second.watched.comments, second.watched.peak) == (1, 2, 4)
    assert (second.orders, second.pieces, third.watched) == (3, 5, Watched())
    assert total([first.watched, second.watched]).seconds == 180


def test_shares_add_up_to_one():
    found = shares({"ai": 60.0, "human": 30.0, "slate": 30.0})
    assert found == {"ai": 0.5, "ai and human": 0.0, "human": 0.25, "slate": 0.25}
    assert shares({}) == {}


def test_change_says_nothing_without_a_before():
    assert change(15, 10) == pytest.approx(0.5) and change(5, 10) == pytest.approx(-0.5)
    assert change(5, 0) is None and change(None, 3) is None and change(5, None) is None


def run(first, last, **more):
    made = [
        Stretch(
            "a", "a-1", T0, 60, "pitch", None, "ai", first_viewers=v, last_viewers=v, viewers=v, channels=c
        )
        for v, c in (first, last)
    ]
    return Run("a", "a-1", T0, T0, Watched(120, **more), {"ai": 120.0}, *made)


def test_before_and_after_count_only_channels_that_told_both_times():
    before, after = (
        {"youtube": {"followers": 100}},
        {"youtube": {"followers": 130}, "twitch": {"followers": 9}},
    )
    found = ends(run((4, before), (7, after)))
    assert (found.viewers_before, found.viewers_after, found.followers) == (4, 7, 30)
    assert ends(run((4, {}), (7, after))).followers is None


def test_segments_are_held_against_each_other_by_what_they_gained():
    best = Segment("pitch", "tea", Watched(1200, 1200, 9, 9, change=10))
    worst = Segment("offer", None, Watched(600, 600, 9, 9, change=-5))
    short, unknown = Segment("notice", None, Watched(20, 20)), Segment("break", None, Watched(900))
    assert compared([worst, short, unknown, best]) == (best, worst)
    assert (gain(best), gain(worst), gain(unknown)) == (5.0, -5.0, 0.0)


def test_the_shop_is_warned_when_anger_rises_or_followers_fall():
    calm, angry = Watched(36_000, anger=2), Watched(3600, anger=6)
    (told,) = troubles(angry, calm, ())
    assert (told.kind, told.now, told.before) == ("anger", 6.0, 0.2)
    assert troubles(angry, Watched(), ()) == (), "nothing to hold it against"
    assert troubles(Watched(3600, anger=4), calm, ()) == ()
    lost = run((4, {"youtube": {"followers": 2000}}), (4, {"youtube": {"followers": 1900}}))
    (told,) = troubles(calm, calm, [lost])
    assert (told.kind, told.now, told.before, told.show) == ("followers", 100, 2000, "a")
