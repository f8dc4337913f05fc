"""A ledger told as intervals: hosts, label, co-host, channels; exports that no spreadsheet computes."""

import csv
import io
import json

import pytest
from told import KINDS, SHOW, T0, ledger, live

from bot.compliance.account import account, chosen
from bot.compliance.account_files import COLUMNS, as_csv, as_jsonl, safe_cell


def states(kind, told=None):
    return [(s.state, s.since, s.until) for s in (told or account(SHOW, KINDS)).of(kind)]


def test_who_was_on_air() -> None:
    told = account(SHOW, KINDS)
    assert states("host", told) == [
        ("ai", 5, 15), ("ai and human", 15, 20), ("human", 20, 35), ("ai", 35, 45),
        ("slate", 45, 55), ("ai", 55, 75),
    ]  # fmt: skip
    assert told.synthetic_s == 45 and told.end == 75 and told.closed
    assert told.shares() == pytest.approx(
        {"ai": 40 / 70, "ai and human": 5 / 70, "human": 15 / 70, "slate": 10 / 70}
    )


def test_the_label_with_its_evidence_and_rule() -> None:
    told = account(SHOW, KINDS)
    assert states("label", told) == [
        ("seen", 0, 20),
        ("switched off", 20, 20),
        ("not seen", 20, 21.5),
    ] or states("label", told) == [("seen", 0, 20), ("not seen", 20, 21.5), ("switched off", 20, 20)]
    seen = told.of("label")[0]
    assert seen.rules == ("L-1",) and "decoded picture" in seen.evidence and "proven" not in seen.evidence


def test_the_cohost_and_the_channel() -> None:
    assert states("cohost") == [("absent", 1, 4), ("present", 4, 75)]
    present = account(SHOW, KINDS).of("cohost")[1]
    assert (present.evidence, present.why, present.rules) == ("check-in, face", "Lin", ("P-1",))
    assert states("channel") == [("open", 5, 6), ("live", 6, 70), ("closed", 70, 70)]


def test_a_question_and_what_answered_it_stand_in_the_log_of_the_person() -> None:
    asked = {"name": "Lin", "challenge": "c1", "kind": "turn_head", "asked": "Turn your head to your left"}
    given = {"name": "Lin", "challenge": "c1", "kind": "turn_head", "seen": "the head turned left"}
    told = account(
        ledger(live(5), (8, "cohost.challenge_asked", asked), (9, "cohost.challenge_answered", given)), KINDS
    )
    assert [(s.state, s.since, s.evidence, s.why) for s in told.of("cohost")] == [
        ("challenge_asked", 8, "Turn your head to your left", "Lin"),
        ("challenge_answered", 9, "the head turned left", "Lin"),
    ]


def test_a_show_broken_off_ends_with_its_last_entry() -> None:
    told = account(ledger(live(5), (30, "chat.in", {})), KINDS)
    assert not told.closed and told.end == 30 and states("host", told) == [("ai", 5, 30)]


def test_a_prompted_show_is_all_human() -> None:
    told = account(ledger((0, "show.decided", {"mode": "prompter"}), live(5), live(25, "ended")), KINDS)
    assert told.shares() == {"ai": 0, "ai and human": 0, "human": 1, "slate": 0} and told.synthetic_s == 0


def test_a_try_on_a_fast_clock_is_told_in_seconds_of_what_aired() -> None:
    """Entries of a try carry people's time, which runs faster than the picture: label and host still fit."""
    told = account(
        ledger(
            (0, "show.decided", {"mode": "clone", "speed": 4}),
            live(20),
            (44, "label", {"label": True, "from_ms": 5000, "to_ms": 11000}),
            live(44, "ended"),
        ),
        KINDS,
    )
    assert states("host", told) == [("ai", 5, 11)] and states("label", told) == [("seen", 5, 11)]
    assert told.end == 11


def test_a_licence_in_force_until_it_stops_the_show() -> None:
    told = account(
        ledger(
            (5, "licence", {"licence": "ana-2026", "performer": "Ana Silva"}),
            live(5),
            (20, "licence.stop", {"reasons": ["withdrawn"]}),
            live(21, "ended"),
        ),
        KINDS,
    )
    assert told.licence == "ana-2026" and states("licence", told) == [
        ("in force", 5, 20), ("stopped the show", 20, 20),
    ]  # fmt: skip


def test_a_ledger_without_a_show() -> None:
    with pytest.raises(ValueError, match="began"):
        account(ledger()[:2], KINDS)


def test_filters_cut_to_the_window() -> None:
    found = chosen(account(SHOW, KINDS).spans, ("host",), 10, 17)
    assert [(s.state, s.since, s.until) for s in found] == [("ai", 10, 15), ("ai and human", 15, 17)]
    assert chosen(account(SHOW, KINDS).spans, ("host",), 100, None) == ()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u3000=1"])
def test_no_cell_is_computed(text) -> None:
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["", "seen", "a=b", "2026-11-22", "'=1"])
def test_plain_cells_stay(text) -> None:
    assert safe_cell(text) == text


def test_the_exports_say_the_same() -> None:
    told = account(SHOW, KINDS)
    table = list(csv.DictReader(io.StringIO(as_csv(told, told.spans))))
    lines = [json.loads(line) for line in as_jsonl(told, told.spans).splitlines()]
    assert tuple(table[0]) == COLUMNS == tuple(lines[0]) and len(table) == len(lines) == len(told.spans)
    alarm = next(r for r in table if r["kind"] == "watch")
    assert alarm["why"] == "'=HYPERLINK(0)"
    label = next(r for r in lines if r["kind"] == "label")
    assert label["from_utc"] == "2026-11-22T20:00:00.000+00:00" and label["rules"] == ["L-1"]


def test_a_ledger_of_several_files_is_one_show() -> None:
    """Where a long ledger goes on in its next file stands an entry whose kind begins as the opening one's."""
    on = (70, "ledger.continued", {"checkpoint": {"size": 9}})
    told = account(ledger(live(5), on, live(90, "ended")), KINDS)
    assert told.show == "evening" and told.key == "ab" and told.start == T0
    assert told.total("host", "ai") == 85
