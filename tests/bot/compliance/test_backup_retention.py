"""Keys come back without what was erased; what may go is listed, and a hold keeps it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.compliance.backup import Places, Restored, backup, restore
from bot.compliance.erasure import erase
from bot.compliance.holds import Hold, Holds, keep_hold, read_holds
from bot.compliance.keys import signing_key
from bot.compliance.ledger import Entry, Ledger
from bot.compliance.persons import PersonKeys
from bot.compliance.retention import dues
from products.errors import SetupError

NOW = datetime(2026, 11, 22, 19, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()
WORDS = "correct horse battery"


def places(tmp_path: Path) -> Places:
    return Places((("keys", tmp_path / "keys"),), tmp_path / "keys" / "persons.db", tmp_path / "office.jsonl")


async def note(tmp_path: Path, keys: PersonKeys | None, aliases: list[str]) -> None:
    office = Ledger.open(tmp_path / "office.jsonl", KEY, "compliance office", NOW, lasting=True)
    if keys is not None:
        await erase(keys, office, Entry(kind="x", at=NOW, data={"by": "Wei Lin"}), aliases)
    await office.leave(NOW)


async def test_a_restore_brings_back_what_was_lost_but_not_what_was_erased(tmp_path: Path) -> None:
    signing_key(tmp_path / "keys" / "ledger.pem")
    keys = PersonKeys(tmp_path / "keys" / "persons.db")
    (wang, _), (li, secret) = keys.key("p/wang", "s"), keys.key("p/li", "s")
    await note(tmp_path, None, [])
    there = places(tmp_path)
    assert backup(there, WORDS, tmp_path / "b") == 2
    raw = (tmp_path / "b").read_bytes()
    assert b"wang" not in raw and b"PRIVATE" not in raw and (tmp_path / "b").stat().st_mode & 0o77 == 0
    await note(tmp_path, keys, [wang])
    keys.close()
    pem = (tmp_path / "keys" / "ledger.pem").read_bytes()
    for path in (tmp_path / "keys").iterdir():
        path.unlink()
    assert restore(there, WORDS, tmp_path / "b") == Restored(2, 1, 1)
    back = PersonKeys(tmp_path / "keys" / "persons.db")
    assert (back.opening(li), back.opening(wang)) == (secret, None)
    assert (tmp_path / "keys" / "ledger.pem").read_bytes() == pem
    assert (tmp_path / "keys" / "ledger.pem").stat().st_mode & 0o77 == 0
    assert restore(there, WORDS, tmp_path / "b") == Restored(0, 0, 1)


async def test_a_restore_beside_an_older_or_changed_office_ledger_writes_nothing(tmp_path: Path) -> None:
    keys = PersonKeys(tmp_path / "keys" / "persons.db")
    keys.key("p/li", "s")
    await note(tmp_path, None, [])
    office, there = tmp_path / "office.jsonl", places(tmp_path)
    older = office.read_bytes()
    await note(tmp_path, keys, [keys.key("p/wang", "s")[0]])
    backup(there, WORDS, tmp_path / "b")
    keys.destroy([alias for alias, _ in keys.aliases()])
    newer = office.read_bytes()
    for bad, why in ((older, "cut off"), (newer.replace(b"Wei", b"Wej"), "was changed"), (None, "is gone")):
        office.write_bytes(bad) if bad is not None else office.unlink()
        with pytest.raises(SetupError, match=why):
            restore(there, WORDS, tmp_path / "b")
        assert keys.aliases() == []
    office.write_bytes(newer)
    assert restore(there, WORDS, tmp_path / "b").persons == 1


def test_a_backup_opens_by_its_passphrase_alone(tmp_path: Path) -> None:
    there = places(tmp_path)
    with pytest.raises(SetupError, match="too short"):
        backup(there, "short", tmp_path / "b")
    backup(there, WORDS, tmp_path / "b")
    with pytest.raises(SetupError, match="cannot be written"):
        backup(there, WORDS, tmp_path / "b")
    with pytest.raises(SetupError, match="does not open"):
        restore(there, WORDS + "!", tmp_path / "b")
    raw = bytearray((tmp_path / "b").read_bytes())
    raw[-1] ^= 1
    (tmp_path / "b").write_bytes(raw)
    with pytest.raises(SetupError, match="does not open"):
        restore(there, WORDS, tmp_path / "b")
    (tmp_path / "b").write_bytes(b"hello")
    with pytest.raises(SetupError, match="no backup"):
        restore(there, WORDS, tmp_path / "b")


def hold(**names: str) -> Hold:
    return Hold(**names, by="Wei Lin", why="a buyer went to court", at=NOW.date()).signed(KEY)  # type: ignore[arg-type]


async def a_show(tmp_path: Path, asked: dict[str, int], keep: int) -> PersonKeys:
    folder = tmp_path / "shows" / "show-1"
    ledger = Ledger.open(folder / "ledger.jsonl", KEY, "s", NOW)
    await ledger.append(Entry(kind="show.decided", at=NOW, data={"retention_days": dict(asked)}))
    await ledger.append(Entry(kind="recording.begun", at=NOW, data={"keep_days": keep}))
    await ledger.close(NOW)
    (folder / "recording").mkdir()
    (folder / "recording" / "0001.mp4").write_bytes(b"x")
    keys = PersonKeys(tmp_path / "persons.db")
    keys.key("p/wang", "show-1")
    keys.key("p/li", "show-1")
    return keys


@pytest.mark.parametrize(
    ("asked", "keep", "days"),
    [
        ({}, 0, {"recording": 1096, "personal data": 1096}),
        ({"chat": 184}, 30, {"recording": 30, "personal data": 184}),
        ({"chat": 184, "replay_video": 2000}, 30, {"recording": 2000, "personal data": 184}),
    ],
)
async def test_each_kind_goes_after_its_own_time_to_the_moment(tmp_path: Path, asked, keep, days) -> None:
    keys = await a_show(tmp_path, asked, keep)
    for what, number in days.items():
        last = NOW + timedelta(days=number)
        due = {d.what: d for d in dues(tmp_path / "shows", keys, Holds(), last)}[what]
        assert due.until == last and len(due.files + due.aliases) == (1 if what == "recording" else 2)
        assert not due.may_go(last) and due.may_go(last + timedelta(milliseconds=1))


async def test_a_hold_on_a_show_or_a_person_keeps_it(tmp_path: Path) -> None:
    keys = await a_show(tmp_path, {}, 0)
    later = NOW + timedelta(days=4000)

    def going(holds: Holds) -> list[tuple[str, int]]:
        all_of_them = dues(tmp_path / "shows", keys, holds, later)
        return [(d.what, len(d.files + d.aliases)) for d in all_of_them if d.may_go(later)]

    assert going(Holds()) == [("recording", 1), ("personal data", 2)]
    assert going(Holds((hold(show="show-1"),))) == []
    assert going(Holds((hold(person="p/wang"),))) == [("recording", 1), ("personal data", 1)]
    over = hold(show="show-1").model_copy(update={"until": later.date() - timedelta(days=1)})
    assert len(going(Holds((over,)))) == 2


def test_a_hold_is_read_back_and_one_in_doubt_holds_too(tmp_path: Path) -> None:
    keep_hold(tmp_path, hold(show="show-1"))
    found = read_holds(tmp_path, [KEY.public_key()])
    assert found.on_show("show-1", date(2030, 1, 1)) is not None and found.doubtful == ()
    assert len(read_holds(tmp_path, []).doubtful) == 1
    with pytest.raises(ValueError, match="one of the two"):
        hold(show="a", person="b")
    (tmp_path / "holds" / "x.json").write_text("{")
    with pytest.raises(SetupError, match="cannot be read"):
        read_holds(tmp_path, [])
