"""What rings for people who are away: each trouble once, and again only after it was gone."""

from collections import deque
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from bot.commands.alarm_watch import AlarmWatch, troubles
from bot.show.messages import State
from schedules.tables import RunState, ShowRunRow

T0 = datetime(2026, 11, 23, tzinfo=UTC)


def show(air="live", reasons=(), *, linked=True, ended=None, **figures):
    state = State(air=air, cohost="absent", policy="clear", reasons=reasons)
    points = {name.replace("_of_", "."): deque([(0.0, value)]) for name, value in figures.items()}
    hello = SimpleNamespace(show="evening")
    return SimpleNamespace(hello=hello, state=state, linked=linked, ended=ended, figures=points)


class Rung:
    def __init__(self):
        self.heard = []

    def ring(self, kind, about, text):
        self.heard.append((kind, about, text))


def test_what_wants_a_person():
    assert troubles(show()) == frozenset()
    assert troubles(show("hold", ("no co-host",))) == {"hold: no co-host"}
    assert troubles(show("failed")) == {"failed: no reason is known"}
    assert troubles(show(reasons=("6 angry messages",))) == {"6 angry messages"}
    assert troubles(show("checking", ("waiting",))) == frozenset()
    assert troubles(show(alarm_of_rtmp=1.0, live_of_rtmp=0.0)) == {"channel rtmp is in alarm"}
    assert troubles(show(linked=False)) == {"its process is not linked to the console"}
    assert troubles(show("failed", linked=False, ended="over")) == frozenset()


def test_it_rings_once_and_again_after_it_was_gone():
    rung = Rung()
    watch = AlarmWatch(rung)
    for now in (show(), show("hold", ("x",)), show("hold", ("x",)), show(), show("hold", ("x",))):
        watch.look([now])
    assert rung.heard == [("show.trouble", "evening", "hold: x")] * 2


@pytest.mark.parametrize(
    ("state", "told"), [(RunState.FAILED, 1), (RunState.MISSED, 1), (RunState.ON_AIR, 0)]
)
def test_runs_of_the_calendar_that_went_wrong_ring(state, told):
    rung = Rung()
    run = ShowRunRow(show="evening", file="f", occurrence_key="k", start_utc=T0, state=state, note="why")
    AlarmWatch(rung).run(run)
    assert len(rung.heard) == told and all("why" in text for _, _, text in rung.heard)


def test_feeds_that_fail_or_wait_ring():
    rung = Rung()
    watch = AlarmWatch(rung)
    for state in ("same", "applied", "waiting", "failed"):
        watch.feed(SimpleNamespace(state=state, shown="https://shop.example/x.csv", why="rows"))
    assert [kind for kind, _, _ in rung.heard] == ["feed.waiting", "feed.failed"]
