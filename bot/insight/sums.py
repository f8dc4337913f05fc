"""The stretches of shows added up by the database: by hour, host, segment and run. Calls block."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, case, func, select

from bot.insight.stretches import HOUR_S, STRETCH, Stretch, StretchRow

MOST_RUNS = 400
COUNTS = ("comments", "asked", "answered", "follows", "likes", "gifts", "doubt", "praise", "anger")


@dataclass(frozen=True, slots=True)
class Watched:
    """What was added up. `known_s`: seconds for which viewers are known; `viewer_s`: viewers times seconds;
    `peak`: None where nobody told; `change`: viewers at the ends less viewers at the begins; `pieces`: how
    many stretches.
    """

    seconds: float = 0.0
    known_s: float = 0.0
    viewer_s: float = 0.0
    peak: int | None = None
    change: int = 0
    pieces: int = 0
    comments: int = 0
    asked: int = 0
    answered: int = 0
    follows: int = 0
    likes: int = 0
    gifts: int = 0
    doubt: int = 0
    praise: int = 0
    anger: int = 0

    @property
    def viewers(self) -> float | None:
        """Mean over the time for which it is known; None: for none of it."""
        return self.viewer_s / self.known_s if self.known_s > 0 else None

    @property
    def remarks(self) -> int:
        """Messages about the AI, of all tones."""
        return self.doubt + self.praise + self.anger

    def an_hour(self, number: float) -> float | None:
        """`number` for each hour on air."""
        return None if self.seconds <= 0 else number * HOUR_S / self.seconds

    def __add__(self, other: "Watched") -> "Watched":
        peaks = [p for p in (self.peak, other.peak) if p is not None]
        sums = {
            f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self) if f.name != "peak"
        }
        return Watched(**sums, peak=max(peaks, default=None))


@dataclass(frozen=True, slots=True)
class Segment:
    """Everything that aired with one kind of cue and one product on the table."""

    cue: str
    product: str | None
    watched: Watched


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a show. `hosts`: seconds by host; `first`, `last`: its first and last stretch of which
    viewers are known, None where nobody told.
    """

    show: str
    run: str
    begun: datetime
    ended: datetime
    watched: Watched
    hosts: dict[str, float]
    first: Stretch | None = None
    last: Stretch | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """[since, until), aware, to the hour; `show`: "" for all."""

    since: datetime
    until: datetime
    show: str = ""

    def before(self) -> "Period":
        """The period of the same length that ends where this one begins."""
        return Period(self.since - (self.until - self.since), self.since, self.show)

    def clause(self) -> ColumnElement[bool]:
        low, high = (int(t.timestamp()) // HOUR_S for t in (self.since, self.until))
        within = and_(STRETCH.c.hour >= low, STRETCH.c.hour < high)
        return and_(within, STRETCH.c.show == self.show) if self.show else within


class Sums:
    """Over one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def shows(self) -> tuple[str, ...]:
        """The names of all shows that were watched."""
        with self._engine.connect() as connection:
            return tuple(connection.scalars(select(STRETCH.c.show).distinct().order_by(STRETCH.c.show)))

    def hours(self, period: Period) -> tuple[tuple[int, Watched], ...]:
        """By hour since 1970 (UTC), those that had any."""
        return tuple((int(key[0]), watched) for key, watched in self._by(period, STRETCH.c.hour))

    def hosts(self, period: Period) -> dict[str, float]:
        """Seconds by who was on air."""
        return {str(key[0]): watched.seconds for key, watched in self._by(period, STRETCH.c.host)}

    def segments(self, period: Period) -> tuple[Segment, ...]:
        """By kind of cue and product, the longest first."""
        found = self._by(period, STRETCH.c.cue, STRETCH.c.product)
        made = (Segment(str(cue), product, watched) for (cue, product), watched in found)
        return tuple(sorted(made, key=lambda s: -s.watched.seconds))

    def runs(self, period: Period) -> tuple[Run, ...]:
        """The runs, the newest first, MOST_RUNS at most."""
        hosts: dict[tuple[str, str], dict[str, float]] = {}
        sums: dict[tuple[str, str], Watched] = {}
        for (show, run, host), watched in self._by(period, STRETCH.c.show, STRETCH.c.run, STRETCH.c.host):
            hosts.setdefault((show, run), {})[str(host)] = watched.seconds
            sums[show, run] = sums.get((show, run), Watched()) + watched
        with self._engine.connect() as connection:
            known = _edges(connection, period, STRETCH.c.first_viewers.is_not(None))
            every = _edges(connection, period, None)
        made = [
            Run(
                show,
                run,
                first.at,
                last.at,
                sums[show, run],
                hosts[show, run],
                *known.get((show, run), (None, None)),
            )
            for (show, run), (first, last) in every.items()
            if (show, run) in sums
        ]
        return tuple(sorted(made, key=lambda r: r.begun, reverse=True)[:MOST_RUNS])

    def _by(self, period: Period, *keys: ColumnElement[Any]) -> list[tuple[tuple[Any, ...], Watched]]:
        c = STRETCH.c
        known = case((c.viewers.is_not(None), c.seconds), else_=0.0)
        columns: list[ColumnElement[Any]] = [
            func.sum(c.seconds), func.sum(known), func.sum(c.seconds * func.coalesce(c.viewers, 0.0)),
            func.max(c.peak), func.sum(func.coalesce(c.last_viewers - c.first_viewers, 0)), func.count(),
            *(func.sum(c[name]) for name in COUNTS),
        ]  # fmt: skip
        query = select(*keys, *columns).where(period.clause()).group_by(*keys).order_by(*keys)
        with self._engine.connect() as connection:
            return [_watched(row, len(keys)) for row in connection.execute(query)]


def _watched(row: Row[Any], keys: int) -> tuple[tuple[Any, ...], Watched]:
    seconds, known, viewers, peak, change, pieces, *counts = row[keys:]
    sums = dict(zip(COUNTS, map(int, counts), strict=True))
    watched = Watched(float(seconds), float(known), float(viewers), peak, int(change), int(pieces), **sums)
    return tuple(row[:keys]), watched


def _edges(
    connection: Connection, period: Period, only: ColumnElement[bool] | None
) -> dict[tuple[str, str], tuple[Stretch, Stretch]]:
    """The first and the last stretch of each run."""
    wanted = period.clause() if only is None else and_(period.clause(), only)
    first, last = func.min(STRETCH.c.id), func.max(STRETCH.c.id)
    ends = (
        select(STRETCH.c.show, STRETCH.c.run, first, last)
        .where(wanted)
        .group_by(STRETCH.c.show, STRETCH.c.run)
    )
    pairs = {(str(show), str(run)): (int(a), int(b)) for show, run, a, b in connection.execute(ends)}
    rows = _rows(connection, sorted({n for pair in pairs.values() for n in pair}))
    return {key: (rows[a], rows[b]) for key, (a, b) in pairs.items()}


def _rows(connection: Connection, numbers: Sequence[int]) -> dict[int, Stretch]:
    found: dict[int, Stretch] = {}
    for at in range(0, len(numbers), 500):
        query = select(STRETCH).where(STRETCH.c.id.in_(numbers[at : at + 500]))
        for row in connection.execute(query):
            told = StretchRow(**row._mapping)
            found[int(told.id or 0)] = Stretch(**{f.name: getattr(told, f.name) for f in fields(Stretch)})
    return found
