"""What the chaos run counts is what happened: its plan, its witness, its books, and whom it blames."""

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from fleet_stand import Packet

from bench.chaos.ledgers import Books, compare, on_disk
from bench.chaos.plan import FAULTS, QUIET_S, strikes
from bench.chaos.report import NONE, SEVERAL, Storm, Struck, blamed, gaps, p95, rows_of, table
from bench.chaos.witness import TakeOver, Witness

NO_BOOKS = Books(0, 0, 0, 0, 0, 0, 0)


def test_half_an_hour_brings_each_fault_alike_and_many_at_once() -> None:
    plan = strikes(9, 1800)
    assert plan == strikes(9, 1800) != strikes(10, 1800)
    times = Counter(s.fault for s in plan)
    assert set(times) == set(FAULTS) and max(times.values()) - min(times.values()) <= 1
    assert min(times.values()) >= 10
    assert [s.at_s for s in plan] == sorted(s.at_s for s in plan) and plan[-1].at_s < 1800 - QUIET_S
    for strike in plan:
        least, most = FAULTS[strike.fault]
        assert least <= strike.holds_s <= most and 0 <= strike.draw < 1
    assert sum(b.at_s - a.at_s < 2 for a, b in pairwise(plan)) > len(plan) / 5


@pytest.fixture
def witness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    made = Witness(Path("receiver"))
    yield made
    made.close()


def test_a_witness_tells_runs_gaps_and_each_double_send(witness: Witness) -> None:
    def send(at: float, epoch: int, worker: int, number: int, line: int) -> None:
        witness.note(Packet(at, "one", epoch, worker, number, line))

    send(1.0, 1, 11, 0, 0)
    send(1.5, 1, 11, 1, 1)
    send(1.6, 1, 11, 3, 2)  # number 2 is lost
    send(5.6, 3, 12, 0, 1)  # epoch 2 never sent
    assert witness.doubles == 0
    assert witness.take_overs() == [TakeOver("one", 3, 1.6, 5.6, 2, 1)]
    first = witness.runs["one"][0]
    assert (first.packets, first.missing, round(first.longest_s, 3)) == (3, 1, 0.5)

    send(5.7, 1, 11, 4, 2)  # the old one wakes
    assert witness.doubles == 1 and len(witness.runs["one"]) == 2
    send(5.8, 3, 13, 0, 1)  # two in one epoch
    assert witness.doubles == 2 and len(witness.told) == 2
    witness.note(Packet(9.0, "two", 1, 14, 0, 0))
    assert witness.doubles == 2 and len(witness.take_overs()) == 2


def test_a_show_that_was_away_is_laid_to_what_was_felt_then() -> None:
    killed, cut = Struck("node_killed", 10.0, 12.0, "a"), Struck("network_cut", 14.0, 20.0, "b")
    away = TakeOver("one", 2, 13.2, 13.9, 5, 4)
    assert blamed(away, [killed]) == "node_killed", "its worker lived on until its deadline"
    assert blamed(away, [killed, cut]) == "node_killed"
    assert blamed(TakeOver("one", 2, 13.2, 14.5, 5, 4), [killed, cut]) == SEVERAL
    assert blamed(TakeOver("one", 2, 16.5, 19.0, 5, 4), [killed, cut]) == "network_cut"
    assert blamed(TakeOver("one", 2, 30.0, 31.0, 5, 4), [killed, cut]) == NONE


def storm(take_overs: list[TakeOver], stood: dict[tuple[str, int], int], books: Books = NO_BOOKS) -> Storm:
    struck = [Struck("node_killed", 10.0, 12.0, "a"), Struck("network_cut", 14.0, 20.0, "b")]
    return Storm(60.0, 2, struck, take_overs, stood, 0, 100, 0, books)


def test_a_show_is_in_its_place_between_what_was_known_and_what_was_said() -> None:
    away = [TakeOver("one", 2, 11.0, 12.0, left=9, begun=begun) for begun in (6, 7, 9, 10)]
    seen = storm(away, {("one", 2): 7})
    assert [seen.in_place(t) for t in away] == [False, True, True, False]
    told = {r.name: r for r in rows_of(seen, "it")}
    assert told["fleet.chaos_out_of_place"].value == 2 and told["fleet.chaos_out_of_place"].meets is False
    assert told["fleet.chaos_said_again_most"].value == 3
    assert told["fleet.chaos_strikes_together"].value == 1
    assert told["fleet.chaos_takeover_most_s"].value == 1.0
    assert any("node_killed" in line and "| 1.00 |" in line for line in table(seen))
    assert len(gaps(seen)["node_killed"]) == 4


def test_a_run_without_a_take_over_has_figures_too() -> None:
    assert {r.name: r.value for r in rows_of(storm([], {}), "it")}["fleet.chaos_takeover_p95_s"] == 0.0
    assert p95([3.0]) == 3.0 and p95([1.0] * 99 + [9.0]) == pytest.approx(1.0)


def entry(number: int, kind: str = "line.aired") -> str:
    return json.dumps({"entry": {"kind": kind}, "i": number})


BOOK = [entry(0, "ledger"), entry(1), entry(2), entry(3)]
COPY = [("one", 1, n, line) for n, line in enumerate(BOOK)]


@pytest.mark.parametrize(
    ("book", "copy", "packets", "what", "found"),
    [
        (BOOK, COPY, 19, "lost", 0),
        (BOOK, COPY, 24, "lost", 0),  # killed between the fourth line's last packet and its entry
        (BOOK, COPY, 25, "lost", 1),
        ([BOOK[0], BOOK[1], BOOK[3]], [], 9, "lost", 1),
        (BOOK, [COPY[0], COPY[3]], 15, "lost", 2),
        ([*BOOK, BOOK[3]], COPY, 15, "doubled", 1),
        (BOOK, [*COPY, COPY[2]], 15, "doubled", 1),
        (BOOK, [*COPY[:3], ("one", 1, 3, entry(3, "forged"))], 15, "altered", 1),
        (BOOK, [*COPY, ("one", 2, 0, BOOK[0])], 15, "altered", 1),
        (BOOK, COPY[:1], 15, "here_only", 3),
    ],
)
def test_what_is_lost_doubled_or_altered_is_counted(book, copy, packets: int, what: str, found: int) -> None:
    books = compare({("one", 1): book}, 0, copy, {("one", 1): packets}, {"one": 3})
    counted = {name: getattr(books, name) for name in ("lost", "doubled", "altered", "here_only")}
    assert counted[what] == found
    if what != "here_only":
        assert sum(counted[n] for n in ("lost", "doubled", "altered") if n != what) == 0


def test_an_epoch_that_still_airs_is_not_asked_for_its_last_lines() -> None:
    assert compare({("one", 3): BOOK}, 0, COPY[:0], {}, {"one": 3}).here_only == 0


def test_two_ledgers_of_one_epoch_are_a_double(tmp_path: Path) -> None:
    for node, process in (("a", 7), ("b", 8)):
        folder = tmp_path / node / "shows" / f"show-01-{process}-4"
        folder.mkdir(parents=True)
        (folder / "ledger.jsonl").write_text("\n".join(BOOK) + '\n{"half')
    found, twice = on_disk(tmp_path)
    assert found == {("show-01", 4): BOOK} and twice == 4
    assert compare(found, twice, [], {}, {}).doubled == 4
