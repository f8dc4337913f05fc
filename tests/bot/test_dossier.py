"""Dossiers: lists read no whole ledger, accounts are remembered while nothing changes, faults are named."""

import json
from datetime import timedelta

import pytest
from records import AT, T0, told
from told import KINDS

from bot import dossier as dossier_module
from bot.compliance import glance as glance_module
from bot.compliance.account import account
from bot.compliance.glance import FIRST, glance, stamp_of
from bot.compliance.keys import signing_key
from bot.compliance.ledger import Entry, Ledger
from bot.compliance.remarks import MOST_REMARKS, Remarks
from bot.dossier import Dossiers, check
from bot.statement import airing
from products.errors import ContentError, SetupError


@pytest.fixture
async def shows(tmp_path):
    """A closed show's folder below tmp_path/shows."""
    ledger = Ledger.open(tmp_path / "shows" / "one" / FIRST, signing_key(tmp_path / "k.pem"), "evening", T0)
    for recorded in told()[1:]:
        await ledger.append(recorded.entry)
    await ledger.close(T0 + timedelta(seconds=90))
    return tmp_path / "shows"


def dossiers(shows):
    return Dossiers(shows, shows.parent / "k.pem.pub", shows.parent / "persons.db")


def test_a_glance_reads_the_ends_alone(shows, monkeypatch):
    path = shows / "one" / FIRST
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:12]) + b"x" * 300_000 + b"\n" + b"".join(lines[-3:]))
    monkeypatch.setattr(glance_module, "TAIL_BYTES", 2000)
    found = glance(shows / "one")
    assert found is not None and found.closed and found.show == "evening" and found.mode == "duet"
    assert found.reason == "the planned time is over" and found.destinations == ("youtube",)
    assert found.size == path.stat().st_size and not found.running(AT)


@pytest.mark.parametrize("content", [b"", b"\n", b"{}\n", b"\xff\xfe", b'{"entry": {"kind": 1}}\n', b"[1]\n"])
def test_what_is_no_ledger_is_no_show(tmp_path, content):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / FIRST).write_bytes(content)
    assert glance(tmp_path / "one") is None and glance(tmp_path / "two") is None
    assert dossiers(tmp_path).glances() == ()


async def test_a_show_of_several_files_is_looked_at_where_it_ends(tmp_path):
    key = signing_key(tmp_path / "k.pem")
    ledger = Ledger.open(tmp_path / "one" / FIRST, key, "evening", T0, roll_bytes=2000)
    for recorded in told()[1:]:
        await ledger.append(recorded.entry)
    await ledger.close(T0 + timedelta(seconds=90))
    found = glance(tmp_path / "one")
    assert found is not None and len(found.stamp) > 1 and found.closed
    assert check(tmp_path / "one", None).ok


def test_an_account_is_read_once_while_nothing_changes(shows, monkeypatch):
    reader, reads = dossiers(shows), []
    real = reader.account.__globals__["account_of"]
    monkeypatch.setitem(
        reader.account.__globals__, "account_of", lambda *given: reads.append(1) or real(*given)
    )
    first = reader.account(shows / "one")
    assert reader.account(shows / "one") is first and len(reads) == 1
    path = shows / "one" / FIRST
    path.write_bytes(path.read_bytes() + b"{torn")
    reader.account(shows / "one")
    assert len(reads) == 2 and stamp_of(shows / "nothing") == ()


def test_a_verification_gives_up_when_nobody_waits(shows, monkeypatch):
    monkeypatch.setattr(dossier_module, "STEP_BYTES", 100)
    shares = []

    def step(what, share):
        shares.append(share)
        if len(shares) == 3:
            raise ContentError("enough")

    with pytest.raises(ContentError, match="enough"):
        dossiers(shows).verify(shows / "one", AT, step)
    assert shares == sorted(shares) and 0 < shares[0] and shares[-1] < 1


def test_a_changed_checkpoint_beside_a_ledger_is_named(shows):
    reader = dossiers(shows)
    assert reader.verify(shows / "one", AT).ok
    beside = shows / "one" / (FIRST + ".checkpoint")
    known = json.loads(beside.read_text())
    beside.write_text(json.dumps({**known, "size": known["size"] + 3}))
    assert "signature" in {t.kind for t in reader.verify(shows / "one", AT).report.troubles}
    beside.write_text("{}")
    with pytest.raises(SetupError):
        reader.verify(shows / "one", AT)


def test_names_are_no_paths(shows):
    for name in ("", ".", "..", "../shows/one", "/etc", "one/../one", "two"):
        with pytest.raises(ContentError):
            dossiers(shows).folder(name)


def test_a_ledger_of_another_machine_does_not_count(shows):
    assert dossiers(shows).broken(shows / "one") == ""
    (shows.parent / "k.pem.pub").unlink()
    assert "no key" in dossiers(shows).broken(shows / "one")


def test_products_are_counted_from_what_was_said_in_the_period():
    told_of = account(told(), KINDS)
    assert airing(told_of, "one", None, None).products == (("shoe", 8000), ("bag", 3000))
    half = airing(told_of, "one", T0 + timedelta(seconds=5), T0 + timedelta(seconds=10))
    assert half.products == (("shoe", 4000), ("bag", 1000))
    prompted = told((-0.5, "show.decided", {"mode": "prompter"}))
    assert account(prompted, KINDS).said == (), "a person alone spoke"


def test_remarks_are_bounded_and_the_rest_is_counted():
    remarks = Remarks()
    for n in range(MOST_REMARKS + 5):
        entry = Entry(kind="line.refused", at=T0, data={"text": "x" * 9000, "findings": [{"rule": "r"}, 7]})
        remarks.take(entry, float(n), n)
    assert len(remarks.kept) == MOST_REMARKS and remarks.more == 5
    assert len(remarks.kept[0].text) == 400 and remarks.kept[0].rules == ("r",)
    remarks.take(Entry(kind="line.aired", at=T0, data={"facts": "odd", "from_ms": None}), 0, 0)
    assert remarks.said == [] and remarks.lines == 1
