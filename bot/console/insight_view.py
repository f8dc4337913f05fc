"""The pages of insight as they are drawn and exported: panels of a sentence, a chart and a table. Pure."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from bot.compliance.account import AI, DUET, HUMAN
from bot.compliance.account_files import safe_cell
from bot.console.insight_board import Seen
from bot.console.insight_picture import Bar, Series, columns, rows, shares
from bot.insight.figures import HOSTS, Day, change, compared, ends, gain
from bot.insight.figures import shares as shares_of
from bot.insight.sums import Run, Segment
from products.sales import SoldBy

BARS = 8  # rows of a chart; the table and the export have all
LOOKS = dict(zip(HOSTS, ("one", "two", "five", "four"), strict=True))
Words = Mapping[str, str]
Title = Callable[[str], str]  # of a product's handle
Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Panel:
    """`says`: the sentence; `heads` and `table`: all numbers; `legend`: (name, look) of what is drawn."""

    name: str
    says: str
    chart: Markup
    heads: tuple[str, ...]
    table: tuple[tuple[Cell, ...], ...]
    legend: tuple[tuple[str, str], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number at the top of the page; `more`: beside it; `was`: against the period before."""

    name: str
    value: str
    more: str = ""
    was: str = ""


def day_name(day: date, language: str) -> str:
    return f"{day.month}月{day.day}日" if language == "zh" else f"{day.day} {day:%b}"


def long(seconds: float, w: Words) -> str:
    """ "3.5 h", "12 min"."""
    if seconds < 2 * 3600:
        return w["in_minutes"].format(n=round(seconds / 60))
    return w["in_hours"].format(n=f"{seconds / 3600:,.1f}")


def whole_number(value: float | None, w: Words) -> str:
    if value is None:
        return w["in_unknown"]
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


def figures(seen: Seen, w: Words) -> tuple[Figure, ...]:
    """The numbers at the top, each against the period before where there was one."""
    now, before, n = seen.whole, seen.before, len(seen.days)

    def was(here: float | None, there: float | None) -> str:
        moved = change(here, there)
        if moved is None or before.seconds <= 0:
            return ""
        percent = round(abs(moved) * 100)
        if percent == 0:
            return w["in_same_before"].format(n=n)
        said = w["in_more" if moved > 0 else "in_less"].format(n=percent)
        return w["in_before"].format(change=said, n=n)

    paid = sum(p.paid for p in seen.products)
    return (
        Figure(
            w["in_airtime"],
            long(now.seconds, w),
            w["in_runs_one" if len(seen.runs) == 1 else "in_runs"].format(n=len(seen.runs)),
            was(now.seconds, before.seconds),
        ),
        Figure(
            w["in_viewers"],
            whole_number(now.viewers, w),
            w["in_viewers_mean"],
            was(now.viewers, before.viewers),
        ),
        Figure(w["in_follows"], whole_number(now.follows, w), "", was(now.follows, before.follows)),
        Figure(
            w["in_orders"],
            whole_number(seen.orders, w),
            w["in_pieces"].format(n=seen.pieces, paid=paid),
            was(seen.orders, seen.orders_before),
        ),
        Figure(
            w["in_asked"],
            whole_number(now.asked, w),
            w["in_answered"].format(n=now.answered),
            was(now.asked, before.asked),
        ),
        Figure(
            w["in_remarks"],
            whole_number(now.remarks, w),
            "",
            was(now.an_hour(now.remarks), before.an_hour(before.remarks)),
        ),
    )


def troubles(seen: Seen, w: Words, language: str) -> tuple[str, ...]:
    """The warnings, in words."""
    said = []
    for t in seen.troubles:
        day = "" if t.begun is None else day_name(t.begun.astimezone(seen.zone).date(), language)
        values = {
            "now": whole_number(t.now, w),
            "before": whole_number(t.before, w),
            "show": t.show,
            "day": day,
        }
        said.append(w[f"in_trouble_{t.kind}"].format(**values))
    return tuple(said)


def panels(seen: Seen, w: Words, language: str, title: Title) -> tuple[Panel, ...]:
    """All of the page, in their order."""
    labels = [day_name(d.day, language) for d in seen.days]
    return (
        _viewers(seen, labels, w, language),
        _orders(seen, labels, w, language),
        _share(seen, w),
        _products(seen, w, title),
        _cues(seen, w),
        _words(seen, w, title),
        _questions(seen, labels, w),
        _remarks(seen, labels, w),
        _segments(seen, w, title),
        _runs(seen, w),
    )


def _viewers(seen: Seen, labels: Sequence[str], w: Words, language: str) -> Panel:
    known = [d for d in seen.days if d.watched.peak is not None]
    says = w["in_say_viewers_none"]
    if known:
        best = max(known, key=lambda d: d.watched.peak or 0)
        mean, peak = whole_number(seen.whole.viewers, w), whole_number(best.watched.peak, w)
        says = w["in_say_viewers"].format(mean=mean, peak=peak, day=day_name(best.day, language))
    series = (
        Series(w["in_viewers_mean"], tuple(d.watched.viewers for d in seen.days)),
        Series(w["in_peak"], tuple(d.watched.peak for d in seen.days), "point"),
    )
    table = _by_day(seen, lambda d: (_tenth(d.watched.viewers), d.watched.peak, d.watched.follows))
    heads = (w["in_day"], w["in_viewers_mean"], w["in_peak"], w["in_follows"])
    return Panel("viewers", says, columns(labels, series, says), heads, table, _legend(series))


def _orders(seen: Seen, labels: Sequence[str], w: Words, language: str) -> Panel:
    best = max(seen.days, key=lambda d: d.orders)
    says = w["in_say_orders_none"]
    if seen.orders:
        day = day_name(best.day, language)
        says = w["in_say_orders"].format(orders=seen.orders, pieces=seen.pieces, day=day, best=best.orders)
    series = (Series(w["in_orders"], tuple(d.orders for d in seen.days)),)
    table = _by_day(seen, lambda d: (d.orders, d.pieces))
    return Panel(
        "orders",
        says,
        columns(labels, series, says),
        (w["in_day"], w["in_bought"], w["in_sold_pieces"]),
        table,
    )


def _share(seen: Seen, w: Words) -> Panel:
    found = shares_of(seen.hosts)
    says = w["in_say_share"].format(
        ai=f"{found.get(AI, 0):.0%}", duet=f"{found.get(DUET, 0):.0%}", human=f"{found.get(HUMAN, 0):.0%}"
    )
    named = [(w[f"in_host_{host.replace(' ', '_')}"], found.get(host, 0.0), LOOKS[host]) for host in HOSTS]
    table = tuple(
        (name, long(seen.hosts.get(host, 0.0), w), f"{share:.1%}")
        for host, (name, share, _) in zip(HOSTS, named, strict=True)
    )
    legend = tuple((name, look) for name, share, look in named if share > 0)
    return Panel("share", says, shares(named, says), (w["in_h_share"], w["in_length"], "%"), table, legend)


def _products(seen: Seen, w: Words, title: Title) -> Panel:
    def named(sold: SoldBy) -> str:
        return title(sold.key) if sold.key else w["in_unknown_product"]

    says = w["in_say_orders_none"]
    if seen.products:
        best = seen.products[0]
        says = w["in_say_products"].format(product=named(best), pieces=best.pieces, all=seen.pieces)
    heads = (w["in_product"], w["in_bought"], w["in_sold_pieces"], w["in_paid"])
    return _sold("products", says, seen.products, named, heads)


def _cues(seen: Seen, w: Words) -> Panel:
    def named(sold: SoldBy) -> str:
        return cue_name(sold.key, w)

    says = w["in_say_orders_none"]
    if seen.cues and seen.pieces:
        best = seen.cues[0]
        says = w["in_say_cues"].format(cue=named(best), share=f"{best.pieces / seen.pieces:.0%}")
    heads = (w["in_part"], w["in_bought"], w["in_sold_pieces"], w["in_paid"])
    return _sold("cues", says, seen.cues, named, heads)


def _words(seen: Seen, w: Words, title: Title) -> Panel:
    def named(sold: SoldBy) -> str:
        return sold.key or w["in_no_words"]

    says, spoken = w["in_say_orders_none"], [s for s in seen.words if s.key]
    if spoken:
        says = w["in_say_words"].format(n=spoken[0].pieces, all=seen.pieces, words=spoken[0].key)
    bars = [Bar(named(s), s.pieces, str(s.pieces)) for s in seen.words[:BARS]]
    heads = (w["in_sentence"], w["in_product"], w["in_bought"], w["in_sold_pieces"], w["in_paid"])
    table = tuple(
        (named(s), title(s.product) if s.product else "", s.orders, s.pieces, s.paid) for s in seen.words
    )
    return Panel("words", says, rows(bars, says), heads, table, note=w["in_words_text"])


def _sold(
    name: str, says: str, sold: Sequence[SoldBy], named: Callable[[SoldBy], str], heads: tuple[str, ...]
) -> Panel:
    bars = [Bar(named(s), s.pieces, str(s.pieces)) for s in sold[:BARS]]
    table = tuple((named(s), s.orders, s.pieces, s.paid) for s in sold)
    return Panel(name, says, rows(bars, says), heads, table)


def _questions(seen: Seen, labels: Sequence[str], w: Words) -> Panel:
    asked, answered = seen.whole.asked, seen.whole.answered
    says = w["in_say_questions_none"]
    if asked:
        says = w["in_say_questions"].format(
            asked=asked, answered=answered, share=f"{min(1.0, answered / asked):.0%}"
        )
    series = (
        Series(w["in_asked"], tuple(d.watched.asked for d in seen.days)),
        Series(w["in_answered"].format(n="").strip(), tuple(d.watched.answered for d in seen.days), "two"),
    )
    table = _by_day(seen, lambda d: (d.watched.asked, d.watched.answered))
    heads = (w["in_day"], series[0].name, series[1].name)
    return Panel("questions", says, columns(labels, series, says), heads, table, _legend(series))


def _remarks(seen: Seen, labels: Sequence[str], w: Words) -> Panel:
    whole = seen.whole
    says = w["in_say_remarks_none"].format(all=whole.comments)
    if whole.remarks:
        says = w["in_say_remarks"].format(
            n=whole.remarks, all=whole.comments, doubt=whole.doubt, praise=whole.praise, anger=whole.anger
        )
    series = (
        Series(w["in_praise"], tuple(d.watched.praise for d in seen.days)),
        Series(w["in_doubt"], tuple(d.watched.doubt for d in seen.days), "two"),
        Series(w["in_anger"], tuple(d.watched.anger for d in seen.days), "three"),
    )
    table = _by_day(seen, lambda d: (d.watched.comments, d.watched.praise, d.watched.doubt, d.watched.anger))
    heads = (w["in_day"], w["in_comments"], *(s.name for s in series))
    picture = columns(labels, series, says, stacked=True)
    return Panel("remarks", says, picture, heads, table, _legend(series), w["in_remarks_text"])


def _segments(seen: Seen, w: Words, title: Title) -> Panel:
    def named(segment: Segment) -> str:
        cue = cue_name(segment.cue, w)
        return f"{cue} · {title(segment.product)}" if segment.product else cue

    found = compared(seen.segments)
    says = w["in_say_segments_none"]
    if found:
        best, worst = found[0], found[-1]
        says = w["in_say_segments"].format(
            best=named(best), gain=f"{gain(best):+.1f}", worst=named(worst), loss=f"{gain(worst):+.1f}"
        )
    shown = found if len(found) <= BARS else (*found[: BARS // 2], *found[-BARS // 2 :])
    bars = [Bar(named(s), gain(s), f"{gain(s):+.1f}") for s in shown]
    table = tuple(
        (
            named(s),
            long(s.watched.seconds, w),
            _tenth(s.watched.viewers),
            round(gain(s), 1),
            _tenth(s.watched.an_hour(s.watched.follows)),
            _tenth(s.watched.an_hour(s.watched.anger)),
        )
        for s in found
    )
    heads = (
        w["in_part"],
        w["in_length"],
        w["in_viewers"],
        w["in_gain"],
        w["in_follows_hour"],
        w["in_anger_hour"],
    )
    return Panel("segments", says, rows(bars, says), heads, table)


def _runs(seen: Seen, w: Words) -> Panel:
    told = [(run, ends(run)) for run in seen.runs]
    moves = [e.followers for _, e in told if e.followers is not None]
    shows = w["in_runs_one" if len(told) == 1 else "in_runs"].format(n=len(told))
    says = w["in_say_runs_none"].format(shows=shows)
    if moves:
        says = w["in_say_runs"].format(shows=shows, known=len(moves), up=sum(m > 0 for m in moves))
    bars = [
        Bar(f"{run.show} · {_begun(run, seen)}", float(e.followers or 0), f"{e.followers:+d}")
        for run, e in told
        if e.followers is not None
    ][:BARS]
    table = tuple(
        (
            run.show,
            _begun(run, seen),
            long(run.watched.seconds, w),
            _part(run.hosts, (AI, DUET)),
            _part(run.hosts, (DUET, HUMAN)),
            _move(e.viewers_before, e.viewers_after),
            run.watched.peak,
            _move(e.followers_before, e.followers_after),
            run.watched.follows,
            run.watched.asked,
            run.watched.doubt,
            run.watched.praise,
            run.watched.anger,
        )
        for run, e in told
    )
    heads = (
        w["in_show"],
        w["in_begun"],
        w["in_length"],
        w["in_ai"],
        w["in_human"],
        w["in_viewers_ends"],
        w["in_peak"],
        w["in_followers_ends"],
        w["in_follows"],
        w["in_asked"],
        w["in_doubt"],
        w["in_praise"],
        w["in_anger"],
    )
    return Panel("runs", says, rows(bars, says), heads, table)


def cue_name(cue: str, w: Words) -> str:
    return w.get(f"in_cue_{cue}", cue)


def as_csv(panel: Panel) -> str:
    """The panel's table; each text is safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(panel.heads)
    for row in panel.table:
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue()


def _legend(series: Sequence[Series]) -> tuple[tuple[str, str], ...]:
    return tuple((s.name, s.look) for s in series)


def _by_day(seen: Seen, cells: Callable[[Day], tuple[Cell, ...]]) -> tuple[tuple[Cell, ...], ...]:
    return tuple((day.day.isoformat(), *cells(day)) for day in seen.days)


def _tenth(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _begun(run: Run, seen: Seen) -> str:
    return f"{run.begun.astimezone(seen.zone):%Y-%m-%d %H:%M}"


def _part(hosts: Mapping[str, float], of: Sequence[str]) -> str:
    whole = sum(hosts.values())
    return "" if whole <= 0 else f"{sum(hosts.get(host, 0.0) for host in of) / whole:.0%}"


def _move(before: int | None, after: int | None) -> str:
    return "" if before is None or after is None else f"{before:,} → {after:,}"
