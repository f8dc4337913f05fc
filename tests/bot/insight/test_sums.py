"""The database adds the stretches up as one would by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.insight.stretches import STRETCH, Stretch, StretchBook
from bot.insight.sums import Period, Sums, Watched
from bot.store import migrate, open_engine
from products.errors import SetupError

T0 = datetime(2026, 11, 22, 20, tzinfo=UTC)
DAY = Period(T0 - timedelta(hours=2), T0 + timedelta(hours=4))


def stretch(minute=0, seconds=60.0, run="a-1", **changed):
    values = {"cue": "pitch", "product": "tea", "host": "ai", **changed}
    return Stretch(run[0], run, T0 + timedelta(minutes=minute), seconds, **values)


@pytest.fixture
def shop(tmp_path):
    engine = open_engine(str(tmp_path / "shop.db"))
    migrate(engine)
    yield engine
    engine.dispose()


def test_hours_hosts_and_segments(shop):
    StretchBook(shop).enter([
        stretch(0, viewers=10.0, peak=12, first_viewers=8, last_viewers=12, comments=5, asked=2, answered=1),
        stretch(1, 30.0, viewers=20.0, peak=25, first_viewers=12, last_viewers=25, anger=2, follows=3),
        stretch(61, 90.0, cue="questions", product=None, host="human", doubt=1, praise=4),
        stretch(-300, run="b-1"),
    ])  # fmt: skip
    sums = Sums(shop)
    first, second = sums.hours(DAY)
    assert first[0] == int(T0.timestamp()) // 3600 and second[0] == first[0] + 1
    assert first[1].viewers == pytest.approx((10 * 60 + 20 * 30) / 90)
    assert (first[1].peak, first[1].change, first[1].comments, first[1].follows) == (25, 17, 5, 3)
    assert (second[1].viewers, second[1].peak, second[1].remarks) == (None, None, 5)
    assert sums.hosts(DAY) == {"ai": 90.0, "human": 90.0}
    pitch, questions = sorted(sums.segments(DAY), key=lambda s: s.cue)
    assert (pitch.cue, pitch.product, pitch.watched.pieces) == ("pitch", "tea", 2)
    assert (questions.product, questions.watched.an_hour(questions.watched.praise)) == (None, 160.0)
    assert sums.shows() == ("a", "b")


def test_runs_have_their_ends(shop):
    telling = {"youtube": {"viewers": 9, "followers": 100}}
    StretchBook(shop).enter([
        stretch(0),
        stretch(1, first_viewers=5, last_viewers=9, viewers=7.0, channels=telling),
        stretch(2, first_viewers=9, last_viewers=4, viewers=6.0, host="human"),
        stretch(30, run="a-2"),
    ])  # fmt: skip
    later, first = Sums(shop).runs(DAY)
    assert (later.run, later.first, later.last) == ("a-2", None, None)
    assert (first.begun, first.hosts) == (T0, {"ai": 120.0, "human": 60.0})
    assert (first.first.first_viewers, first.last.last_viewers) == (5, 4)
    assert first.first.channels == telling
    assert Sums(shop).runs(Period(DAY.since, DAY.until, "b")) == ()


def test_a_period_has_one_before_it():
    before = DAY.before()
    assert (before.since, before.until) == (DAY.since - timedelta(hours=6), DAY.since)


def test_sums_of_nothing():
    assert Watched().viewers is None and Watched().an_hour(3) is None
    assert Watched(1, peak=3) + Watched(2) == Watched(3, peak=3)


def test_a_database_that_refuses_is_told(shop):
    STRETCH.drop(shop)
    with pytest.raises(SetupError, match="1 stretches"):
        StretchBook(shop).enter([stretch()])


def test_the_ledger_s_entry_leaves_out_what_is_nothing():
    entry = stretch(viewers=2.5, product=None).entry()
    assert entry == {"from": "2026-11-22T20:00:00+00:00", "seconds": 60.0, "cue": "pitch", "host": "ai",
                     "viewers": 2.5, "channels": {}}  # fmt: skip
