"""What `castmate serve` tells people who are away: shows that fail or hold, channels in alarm, feeds."""

from collections.abc import Iterable

from bot.alarms import Alarms
from bot.console.feeds import Feed
from bot.console.hub import LiveShow
from schedules.tables import RunState, ShowRunRow

WATCH_S = 5.0
TOLD_RUNS = {
    RunState.MISSED: "was missed",
    RunState.CRASHED: "died; it is taken up again",
    RunState.FAILED: "failed",
}
TOLD_FEEDS = {"waiting": "waits for a person", "failed": "could not be fetched or read"}


def troubles(show: LiveShow) -> frozenset[str]:
    """What wants a person at a show now, in words; empty while all is well, and once it is over."""
    if show.ended is not None:
        return frozenset()
    found = set() if show.linked else {"its process is not linked to the console"}
    state = show.state
    if state is not None and state.air in ("hold", "failed"):
        found.add(f"{state.air}: {'; '.join(state.reasons) or 'no reason is known'}")
    elif state is not None and state.air == "live":
        found |= set(state.reasons)
    for name, points in show.figures.items():
        kind, _, channel = name.partition(".")
        if kind == "alarm" and points and points[-1][1] > 0:
            found.add(f"channel {channel} is in alarm")
    return frozenset(found)


class AlarmWatch:
    """Rings once for each trouble, and again only after it was gone."""

    def __init__(self, alarms: Alarms) -> None:
        self._alarms = alarms
        self._known: dict[str, frozenset[str]] = {}

    def look(self, shows: Iterable[LiveShow]) -> None:
        """Call every few seconds."""
        for show in shows:
            name, now = show.hello.show, troubles(show)
            for text in sorted(now - self._known.get(name, frozenset())):
                self._alarms.ring("show.trouble", name, text)
            self._known[name] = now

    def run(self, run: ShowRunRow) -> None:
        """A run of the calendar changed."""
        said = TOLD_RUNS.get(RunState(run.state))
        if said is not None:
            self._alarms.ring(f"show.{run.state}", run.show, f"{said}: {run.note}" if run.note else said)

    def feed(self, feed: Feed) -> None:
        """A feed was fetched."""
        said = TOLD_FEEDS.get(feed.state)
        if said is not None:
            self._alarms.ring(f"feed.{feed.state}", feed.shown, f"{said}: {feed.why}")
