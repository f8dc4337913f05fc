"""What the pages of insight read from the shop's database. Calls block; nothing is written."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from bot.insight.figures import Day, Trouble, days, edges, total, troubles
from bot.insight.joining import added, hosts_of, segments_of, sold_of
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
    """`engines`: the shop's database and those of shows with catalogues of their own; `zone`: the shop's;
    `time`: monotonic seconds.
    """

    def __init__(
        self,
        engines: Callable[[], Sequence[Engine]],
        now: Callable[[], datetime],
        zone: Callable[[], ZoneInfo],
        time: Callable[[], float],
    ) -> None:
        self._engines, self.now, self._zone, self._time = engines, now, zone, time
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
        before, wanted = period.before(), (period.since, period.until, show)
        engines = self._engines()
        sums, sales = [Sums(e) for e in engines], [SaleBook(e) for e in engines]
        sold = added([book.per_time(ends, show) for book in sales])
        sold_before = added([book.per_time((before.since, before.until), show) for book in sales])
        every = days([hour for s in sums for hour in s.hours(period)], sold, since, until, zone)
        whole, then = total(d.watched for d in every), total(w for s in sums for _, w in s.hours(before))
        runs = sorted((run for s in sums for run in s.runs(period)), key=lambda run: run.begun, reverse=True)
        asked = [row for e in engines for row in QuestionQueue(e).waiting("product", limit=WAITING)]
        return Seen(
            since,
            until,
            zone,
            show,
            tuple(sorted({name for s in sums for name in s.shows()})),
            every,
            whole,
            then,
            hosts_of([s.hosts(period) for s in sums]),
            segments_of(segment for s in sums for segment in s.segments(period)),
            tuple(runs),
            troubles(whole, then, runs),
            sum(o for o, _ in sold),
            sum(p for _, p in sold),
            sum(o for o, _ in sold_before),
            sold_of(row for book in sales for row in book.by_product(*wanted)),
            sold_of(row for book in sales for row in book.by_cue(*wanted)),
            sold_of(row for book in sales for row in book.by_words(*wanted)),
            sorted(asked, key=lambda row: -row.times)[:WAITING],
        )
