"""Airtime that is kept: it says to the millisecond what the ledger says, and never longer than that holds."""

import json
import os
from datetime import UTC, datetime, timedelta

import pytest
from records import T0, told
from told import KINDS

from bot import airtime as airtime_module
from bot.airtime import AirtimeBook, slim
from bot.compliance.account import account
from bot.compliance.glance import FIRST
from bot.compliance.keys import signing_key
from bot.compliance.ledger import Ledger
from bot.dossier import Dossiers
from bot.statement import airing


async def show(folder, name, *, closed=True, key="k.pem"):
    ledger = Ledger.open(folder / "shows" / name / FIRST, signing_key(folder / key), "evening", T0)
    for recorded in told()[1 : None if closed else -1]:
        await ledger.append(recorded.entry)
    at = T0 + timedelta(seconds=90)
    await (ledger.close(at) if closed else ledger.leave(at))
    return folder / "shows" / name


class Rig:
    """A book over a folder; `reads`: what was really read."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.reads, self.now = folder, [], datetime(2026, 11, 23, tzinfo=UTC)
        self.dossiers = Dossiers(folder / "shows", folder / "k.pem.pub", folder / "p.db")
        real = self.dossiers.broken
        monkeypatch.setattr(self.dossiers, "broken", lambda f: self.reads.append(f.name) or real(f))

    def book(self):
        return AirtimeBook(self.dossiers, self.folder / "cache", lambda: self.now)

    def wrote(self, folder, at):
        """The ledger was last written at that second, which is now."""
        os.utime(folder / FIRST, (at, at))
        self.now = datetime.fromtimestamp(at, UTC)


@pytest.fixture
def rig(tmp_path, monkeypatch):
    return Rig(tmp_path, monkeypatch)


@pytest.mark.parametrize("window", [(None, None), (3.25, 60), (10, 17.001), (40, 44), (70, 700)])
def test_the_slim_account_has_the_same_airtime(window):
    whole = account(told(), KINDS)
    low, high = (None if at is None else T0 + timedelta(seconds=at) for at in window)
    assert airing(slim(whole), "s", low, high).milliseconds == airing(whole, "s", low, high).milliseconds
    both = [dict(airing(one, "s", None, None).products) for one in (whole, slim(whole))]
    assert both[0] == both[1] == {"shoe": 8000, "bag": 3000}


async def test_it_is_read_once_and_then_kept_on_the_disk_too(rig, tmp_path):
    folder = await show(tmp_path, "one")
    first = rig.book()
    found = first.read(folder)
    assert found.account == slim(rig.dossiers.account(folder))
    assert first.read(folder) is found and rig.book().read(folder).account.spans == found.account.spans
    assert rig.reads == ["one"] and rig.book().account(folder).licence == "ana-2026"


async def test_a_ledger_that_changed_is_read_anew(rig, tmp_path):
    folder = await show(tmp_path, "one")
    assert rig.book().why(folder) == ""
    path = folder / FIRST
    path.write_text(path.read_text("utf-8").replace("shoe/stock", "shoe/stack"), "utf-8")
    assert "entry" in rig.book().why(folder)
    assert rig.reads == ["one", "one"]


@pytest.mark.parametrize(
    "spoilt", [b"", b"{}", b'{"format": 0}', b"[]", b'{"format": 1, "stamp": []}', b"\xff"]
)
async def test_what_is_kept_and_cannot_be_used_is_made_again(rig, tmp_path, spoilt):
    folder = await show(tmp_path, "one")
    rig.book().read(folder)
    (tmp_path / "cache" / "one.json").write_bytes(spoilt)
    assert rig.book().why(folder) == "" and rig.reads == ["one", "one"]
    assert json.loads((tmp_path / "cache" / "one.json").read_text())["format"] == 1


async def test_an_unreadable_ledger_is_remembered_as_one(rig, tmp_path):
    folder = await show(tmp_path, "one")
    path = folder / FIRST
    path.write_bytes(path.read_bytes().replace(b'"kind"', b'"kin', 1))
    assert rig.book().why(folder) and rig.book().read(folder).account is None
    assert rig.reads == []


async def test_a_page_reads_only_so_much_at_once(rig, tmp_path, monkeypatch):
    for name in ("one", "two", "three"):
        await show(tmp_path, name)
    monkeypatch.setattr(airtime_module, "BYTES_AT_ONCE", 1)
    book, shows = rig.book(), rig.dossiers.glances()
    seen = [book.within_reach(shows) for _ in range(4)]
    assert [(len(folders), waiting) for folders, waiting in seen] == [(1, 2), (2, 1), (3, 0), (3, 0)]
    assert len(rig.reads) == 3


async def test_a_running_show_is_not_read_anew_for_each_look(rig, tmp_path):
    folder = await show(tmp_path, "one", closed=False)
    book, path = rig.book(), folder / FIRST
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-4]))
    rig.wrote(folder, 1000)
    assert book.why(folder) != ""
    path.write_bytes(b"".join(lines))
    rig.wrote(folder, 1005)
    assert book.why(folder) == "" and len(rig.reads) == 2, "what did not count is looked at again"
    path.write_bytes(b"".join(lines) + b'{"torn')
    rig.wrote(folder, 1015)
    book.read(folder)
    assert len(rig.reads) == 2, "it grew a moment ago"
    rig.now += timedelta(seconds=30)
    book.read(folder)
    assert len(rig.reads) == 3, "it grew no more: what is there now is read to its end"
    path.write_bytes(b"".join(lines[:-1]))
    rig.wrote(folder, 1050)
    book.read(folder)
    assert len(rig.reads) == 4, "it is shorter: something is wrong"


async def test_the_end_of_a_show_is_read_however_soon_it_came(rig, tmp_path, monkeypatch):
    folder = await show(tmp_path, "one")
    monkeypatch.setattr(rig.dossiers, "broken", lambda folder: "")
    book, path = rig.book(), folder / FIRST
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-2]))
    rig.wrote(folder, 1000)
    book.read(folder)
    path.write_bytes(b"".join(lines))
    rig.wrote(folder, 1002)
    assert book.account(folder).closed
