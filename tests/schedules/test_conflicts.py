"""Every kind of conflict once there and once not, and what is covered."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.agenda import Duty, Entry
from schedules.conflicts import Conflict, Kind, Needs, conflicts, coverage, uncovered

EIGHT = datetime(2026, 12, 1, 20, tzinfo=UTC)
M, H = timedelta(minutes=1), timedelta(hours=1)


def entry(show: str = "a", start: datetime = EIGHT, minutes: float | None = 60, **more: object) -> Entry:
    end = None if minutes is None else start + minutes * M
    return Entry(f"{show} {start:%H:%M}", show, start, end, **more)  # type: ignore[arg-type]


def against(*entries: Entry, duty: tuple[Duty, ...] = (), **needs: Needs) -> list[tuple[Kind, str]]:
    found = conflicts(entries, duty, lambda show, _: needs.get(show, Needs()))
    return [(c.kind, c.key) for c in found]


def one(found: tuple[Conflict, ...]) -> Conflict:
    (only,) = found
    return only


def test_one_channel_twice_is_told_on_both_sides() -> None:
    on = {"a": Needs(frozenset({"douyin"})), "b": Needs(frozenset({"douyin", "room"}))}
    early, late = entry("a"), entry("b", EIGHT + 30 * M)
    assert against(early, late, **on) == [(Kind.CHANNEL, early.key), (Kind.CHANNEL, late.key)]
    assert against(early, entry("b", EIGHT + 60 * M), **on) == []
    assert against(early, late, a=on["a"], b=Needs(frozenset({"youtube"}))) == []
    over = entry("a", state="ended")
    assert against(over, late, **on) == [(Kind.CHANNEL, late.key)]  # what has been is not blamed


def test_a_show_never_runs_beside_itself() -> None:
    assert [k for k, _ in against(entry(), entry(start=EIGHT + 59 * M))] == [Kind.SAME_SHOW] * 2


def test_a_show_without_an_end_collides_with_all_that_comes() -> None:
    on = {show: Needs(frozenset({"x"})) for show in "ab"}
    assert len(against(entry(minutes=None), entry("b", EIGHT + 100 * H), **on)) == 2


def test_a_host_that_a_channel_wants_nowhere_else() -> None:
    shop = Needs(frozenset({"shop"}), alone={"shop": "TT-07"}, host="Mei")
    tube = Needs(frozenset({"tube"}), host="Mei")
    other = Needs(frozenset({"tube"}), host="Tom")
    both = conflicts([entry("a"), entry("b")], (), lambda show, _: {"a": shop, "b": tube}[show])
    assert [c.kind for c in both] == [Kind.SIMULCAST] * 2
    assert dict(both[0].values) == {"show": "b", "channel": "shop", "rules": "TT-07", "host": "Mei"}
    assert against(entry("a"), entry("b"), a=shop, b=other) == []


def test_licences() -> None:
    ends = EIGHT + 30 * M
    found = one(conflicts([entry()], (), lambda *_: Needs(licensed_to=ends)))
    assert (found.kind, found.since, found.until) == (Kind.LICENCE_ENDS, ends, EIGHT + 60 * M)
    assert against(entry(), a=Needs(licensed_to=EIGHT + 60 * M)) == []
    assert against(entry(), a=Needs(unlicensed=("It ended.",), licensed_to=EIGHT - H)) == [
        (Kind.LICENCE, entry().key)
    ]


@pytest.mark.parametrize(
    ("duties", "parts"),
    [
        ([], [(0, 60)]),
        ([(-10, 70, "")], []),
        ([(0, 30, ""), (30, 60, "a")], []),
        ([(0, 30, "")], [(30, 60)]),
        ([(10, 20, ""), (30, 90, "")], [(0, 10), (20, 30)]),
        ([(0, 60, "b")], [(0, 60)]),
    ],
)
def test_nobody_there(duties: list[tuple[int, int, str]], parts: list[tuple[int, int]]) -> None:
    duty = tuple(Duty(n, "Ana", show, EIGHT + a * M, EIGHT + b * M) for n, (a, b, show) in enumerate(duties))
    found = conflicts([entry()], duty, lambda *_: Needs(cohost=True, because=("DY-1",)))
    assert [(c.since, c.until) for c in found] == [(EIGHT + a * M, EIGHT + b * M) for a, b in parts]
    assert conflicts([entry()], (), lambda *_: Needs()) == ()
    assert conflicts([entry(cohost="Ana")], (), lambda *_: Needs(cohost=True)) == ()


def test_one_person_cannot_sit_in_two_rooms() -> None:
    both = Needs(cohost=True)
    ana, ben = (Duty(n, who, "", EIGHT - H, EIGHT + 3 * H) for n, who in enumerate(("Ana", "Ben")))
    assert [k for k, _ in against(entry(), entry("b"), duty=(ana,), a=both, b=both)] == [
        Kind.COHOST_TWICE
    ] * 2
    assert against(entry(), entry("b"), duty=(ana, ben), a=both, b=both) == []
    named = (entry(cohost="Ana"), entry("b", cohost="Ana"))
    assert [k for k, _ in against(*named, duty=(ana, ben), a=both, b=both)] == [Kind.COHOST_TWICE] * 2


def test_lengths_and_rules() -> None:
    caps = Needs(longest_s=3600, shortest_s=1800, against=("No.",))
    assert against(entry(), a=caps) == [(Kind.RULES, entry().key)]
    assert [k for k, _ in against(entry(minutes=61), a=caps)] == [Kind.RULES, Kind.TOO_LONG]
    assert [k for k, _ in against(entry(minutes=None), a=caps)] == [Kind.RULES, Kind.TOO_LONG]
    assert [k for k, _ in against(entry(minutes=29), a=caps)] == [Kind.RULES, Kind.TOO_SHORT]
    assert against(entry(minutes=61, state="on_air"), a=caps) == []


def test_around_the_clock() -> None:
    day = [entry("ab"[n % 2], EIGHT + n * 6 * H, 360) for n in range(4)]
    full = coverage(day, EIGHT, EIGHT + 24 * H)
    assert full.holes == () and full.covered_s == full.whole_s == 86400
    assert full.handovers == tuple((a.key, b.key) for a, b in pairwise(day))
    missed = [*day[:2], entry("a", EIGHT + 12 * H, 360, state="missed"), day[3]]
    assert coverage(missed, EIGHT, EIGHT + 24 * H).holes == ((EIGHT + 12 * H, EIGHT + 18 * H),)
    assert coverage([], EIGHT, EIGHT + H).holes == ((EIGHT, EIGHT + H),)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 40)), max_size=8), st.integers(1, 120))
def test_what_is_uncovered_is_what_no_part_covers(parts: list[tuple[int, int]], length: int) -> None:
    spans = [(EIGHT + a * M, EIGHT + (a + b) * M) for a, b in parts]
    left = uncovered(EIGHT, EIGHT + length * M, spans)
    for minute in range(length):
        at = EIGHT + minute * M
        covered = any(a <= at < b for a, b in spans)
        assert any(a <= at < b for a, b in left) != covered
