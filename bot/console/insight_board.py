"""What the pages of insight read from the shop's database. Calls block; nothing is written."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from bot.insight.figures import Day, Trouble, days, edges, total, troubles
from bot.insight.sums import Period, Run, Segment, Sums, Watched
from products.questions import OpenQuestionRow, QuestionQueue
from products.sales import SaleBook, SoldBy

SPANS = (7, 28, 90)  # days that can be looked at
FRESH_S = 60.0  # so long a page is as good as read anew
KEPT = 12
WAITING = 8  # open questions on the page


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything of a page: the days from `since` to `until` in `zone`, of one show or ("") all."""

    since: date
    until: date
    zone: ZoneInfo
    show: str
    shows: tuple[str, ...]
    days: tuple[Day, ...]
    whole: Watched
    before: Watched
    hosts: dict[str, float]
    segments: tuple[Segment, ...]
    runs: tuple[Run, ...]
    troubles: tuple[Trouble, ...]
    orders: int
    pieces: int
    orders_before: int
    products: tuple[SoldBy, ...]
    cues: tuple[SoldBy, ...]
    words: tuple[SoldBy, ...]
    waiting: Sequence[OpenQuestionRow]


class InsightBoard:
    """`zone`: the shop's; `time`: monotonic seconds."""

    def __init__(
        self,
        engine: Engine,
        now: Callable[[], datetime],
        zone: Callable[[], ZoneInfo],
        time: Callable[[], float],
    ) -> None:
        self._sums, self._sales, self._questions = Sums(engine), SaleBook(engine), QuestionQueue(engine)
        self.now, self._zone, self._time = now, zone, time
        self._kept: dict[tuple[int, str], tuple[float, Seen]] = {}
        self._turn = threading.Lock()

    def seen(self, span: int, show: str) -> Seen:
        """The last `span` days with today, at most a minute old."""
        with self._turn:  # one who waits is served what the one before has read
            known = self._kept.get((span, show))
            if known is not None and self._time() - known[0] < FRESH_S:
                return known[1]
            found = self._read(span, show)
            self._kept.pop((span, show), None)
            self._kept[span, show] = (self._time(), found)
            while len(self._kept) > KEPT:
                del self._kept[next(iter(self._kept))]
            return found

    def _read(self, span: int, show: str) -> Seen:
        zone = self._zone()
        until = self.now().astimezone(zone).date()
        since = until - timedelta(days=span - 1)
        ends = edges(since, until, zone)
        period = Period(ends[0], ends[-1], show)
        before = period.before()
        sold = self._sales.per_time(ends, show)
        every = days(self._sums.hours(period), sold, since, until, zone)
        whole, then = total(d.watched for d in every), total(w for _, w in self._sums.hours(before))
        runs = self._sums.runs(period)
        span_of = (period.since, period.until, show)
        return Seen(
            since, until, zone, show, self._sums.shows(), every, whole, then,
            self._sums.hosts(period), self._sums.segments(period), runs, troubles(whole, then, runs),
            sum(o for o, _ in sold), sum(p for _, p in sold),
            sum(o for o, _ in self._sales.per_time((before.since, before.until), show)),
            self._sales.by_product(*span_of), self._sales.by_cue(*span_of), self._sales.by_words(*span_of),
            self._questions.waiting("product", limit=WAITING),
        )  # fmt: skip
