"""The ledger: durable, whole, and every change found."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st

from bot.compliance.keys import read_public_key, signing_key
from bot.compliance.ledger import Entry, Ledger, read_ledger, verify
from bot.compliance.ledger_file import line_of
from bot.compliance.merkle import Peaks, Tree, included, leaf_hash
from products.errors import Bug, SetupError

NOW = datetime(2026, 11, 22, 19, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()


def entry(n: int) -> Entry:
    return Entry(kind="line", at=NOW + timedelta(seconds=n), data={"n": n, "text": f"价格 {n} 元"})


async def written(path: Path, count: int, *, close: bool = True) -> Path:
    ledger = Ledger.open(path, KEY, "show-1", NOW)
    await asyncio.gather(*[ledger.append(entry(n)) for n in range(count)])
    if close:
        await ledger.close(NOW + timedelta(seconds=count))
    return path


async def test_receipts_are_contiguous_and_the_file_holds_what_was_given(tmp_path: Path) -> None:
    path = tmp_path / "s.ledger"
    ledger = Ledger.open(path, KEY, "show-1", NOW)
    receipts = [await ledger.append(entry(n)) for n in range(5)]
    assert [r.index for r in receipts] == [1, 2, 3, 4, 5]  # 0 is the opening entry
    on_disk = list(read_ledger(path))  # readable while it is open: a receipt means it is there
    assert [(r.index, r.hash) for r in on_disk[1:]] == [(r.index, r.hash) for r in receipts]
    assert [r.entry for r in on_disk[1:]] == [entry(n) for n in range(5)]
    final = await ledger.close(NOW)
    report = verify(path, KEY.public_key(), final)
    assert report.ok and report.closed and report.authentic
    assert report.entries == report.signed == 7
    assert json.loads((tmp_path / "s.ledger.checkpoint").read_text())["final"] is True


async def test_a_checkpoint_is_signed_every_minute_of_entries(tmp_path: Path) -> None:
    path = await written(tmp_path / "s.ledger", 200)
    report = verify(path, KEY.public_key())
    assert report.checkpoints == 4  # after 60, 120, 180 s and at the close


async def test_another_key_is_not_accepted(tmp_path: Path) -> None:
    path = await written(tmp_path / "s.ledger", 3)
    report = verify(path, Ed25519PrivateKey.generate().public_key())
    assert [t.kind for t in report.troubles] == ["signature"]
    assert not report.authentic


async def test_without_a_key_nobody_vouches(tmp_path: Path) -> None:
    report = verify(await written(tmp_path / "s.ledger", 3), None)
    assert report.ok and not report.authentic and report.signed == 0


@pytest.mark.parametrize(
    ("change", "kind", "entry_named"),
    [
        (lambda lines: [*lines[:5], lines[5].replace(b"4", b"5", 1), *lines[6:]], "changed", 5),
        (lambda lines: [*lines[:5], *lines[6:]], "removed", 5),
        (lambda lines: [*lines[:5], lines[2], *lines[5:]], "inserted", 2),
        (lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]], "moved", 5),
        (lambda lines: [*lines[:-1], lines[-1][:-9]], "torn", 12),
        (lambda lines: lines[:-1], "cut", 12),
        (lambda lines: lines[:-4], "cut", 9),
        (lambda lines: lines[1:], "removed", 0),
        (lambda lines: [], "cut", None),
    ],
)
async def test_each_kind_of_tampering_is_named(tmp_path, change, kind, entry_named) -> None:
    path = tmp_path / "s.ledger"
    ledger = Ledger.open(path, KEY, "show-1", NOW)
    for n in range(11):
        await ledger.append(entry(n))
    final = await ledger.close(NOW)
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    report = verify(path, KEY.public_key(), final)
    assert not report.ok
    assert (report.troubles[0].kind, report.troubles[0].entry) == (kind, entry_named)


async def test_a_forger_without_the_key_is_found_though_all_hashes_fit(tmp_path: Path) -> None:
    """Rewrite an entry and everything that follows from it: hashes, roots, even the checkpoints' roots."""
    path = await written(tmp_path / "s.ledger", 10)
    tree, lines = Tree(), []
    for recorded in list(read_ledger(path)):
        forged = recorded.entry
        if recorded.index == 4:
            forged = forged.model_copy(update={"data": {"n": 3, "text": "价格 1 元"}})
        if forged.kind == "checkpoint":
            forged = forged.model_copy(update={"data": {**forged.data, "root": tree.root().hex()}})
        leaf = leaf_hash(forged.canonical())
        tree.append(leaf)
        lines.append(line_of(recorded.index, forged.canonical(), leaf, tree.root()))
    path.write_bytes(b"".join(lines))
    assert verify(path, None).ok  # nobody vouches, and the report says so
    report = verify(path, KEY.public_key())
    assert [t.kind for t in report.troubles] == ["signature"]


async def test_500_random_tamperings_are_all_found(tmp_path: Path) -> None:
    path = tmp_path / "s.ledger"
    ledger = Ledger.open(path, KEY, "show-1", NOW)
    for n in range(40):
        await ledger.append(entry(n * 10))
    final = await ledger.close(NOW + timedelta(minutes=9))
    original = path.read_bytes()
    lines = original.splitlines(keepends=True)
    rng = random.Random(117)
    for _ in range(500):
        path.write_bytes(forged := tampered(original, lines, rng))
        assert forged != original
        assert not verify(path, KEY.public_key(), final).ok, forged


def tampered(original: bytes, lines: list[bytes], rng: random.Random) -> bytes:
    """One random change: a bit, a byte more or less, lines removed, repeated, swapped, or a tail cut off."""
    how = rng.randrange(7)
    at, line = rng.randrange(len(original)), rng.randrange(len(lines))
    if how == 0:
        return original[:at] + bytes([original[at] ^ (1 << rng.randrange(8))]) + original[at + 1 :]
    if how == 1:
        return original[:at] + original[at + 1 :]
    if how == 2:
        return original[:at] + bytes([rng.randrange(256)]) + original[at:]
    if how == 3:
        return b"".join(lines[:line] + lines[line + rng.randrange(1, 4) :])
    if how == 4:
        return b"".join([*lines[: line + 1], lines[rng.randrange(len(lines))], *lines[line + 1 :]])
    if how == 5:
        other = rng.choice([n for n in range(len(lines)) if n != line])
        swapped = list(lines)
        swapped[line], swapped[other] = swapped[other], swapped[line]
        return b"".join(swapped)
    return original[:at]


async def test_a_torn_last_line_is_cut_off_and_recorded(tmp_path: Path) -> None:
    path = await written(tmp_path / "s.ledger", 3)
    whole = b"".join(path.read_bytes().splitlines(keepends=True)[:3])
    path.write_bytes(whole + b'{"entry":{"at":"2026')
    ledger = Ledger.open(path, KEY, "show-1", NOW)
    assert ledger.recovery is not None and (ledger.recovery.entries, ledger.recovery.torn) == (3, 20)
    await ledger.append(entry(9))
    await ledger.close(NOW)
    kinds = [r.entry.kind for r in read_ledger(path)]
    assert kinds == ["ledger", "line", "line", "recovered", "line", "checkpoint"]
    assert verify(path, KEY.public_key()).ok


async def test_a_changed_or_closed_ledger_is_not_gone_on_with(tmp_path: Path) -> None:
    closed = await written(tmp_path / "closed.ledger", 3)
    with pytest.raises(SetupError, match="is closed"):
        Ledger.open(closed, KEY, "show-1", NOW)
    changed = tmp_path / "changed.ledger"
    changed.write_bytes(closed.read_bytes().splitlines(keepends=True)[0].replace(b"show-1", b"show-2"))
    with pytest.raises(SetupError, match=r"was changed: line 1: entry 0 \(ledger\)"):
        Ledger.open(changed, KEY, "show-1", NOW)


async def test_one_writer_a_file(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "s.ledger", KEY, "show-1", NOW)
    with pytest.raises(SetupError, match="another process"):
        Ledger.open(tmp_path / "s.ledger", KEY, "show-1", NOW)
    await ledger.close(NOW)
    with pytest.raises(Bug, match="is closed"):
        await ledger.append(entry(1))


async def test_what_has_no_canonical_form_is_refused_and_leaves_no_trace(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "s.ledger", KEY, "show-1", NOW)
    with pytest.raises(Bug, match="no canonical form"):
        await ledger.append(Entry(kind="x", at=NOW, data={"n": 2**60}))
    assert (await ledger.append(entry(1))).index == 1
    await ledger.close(NOW)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@example({}, datetime(1915, 1, 1, tzinfo=ZoneInfo("Africa/Accra")))  # 52 s behind
@given(
    st.dictionaries(st.text(st.characters(exclude_categories=[])), JSON, max_size=4),
    st.datetimes(timezones=st.timezones()),
)
def test_whatever_json_holds_is_written_and_read_back_the_same(data: dict, at: datetime) -> None:
    """Strange text of a viewer, halves of surrogate pairs too, must not stop a show."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.ledger"
        said = Entry(kind="chat", at=at, data=data)
        leaf = leaf_hash(said.canonical())
        path.write_bytes(line_of(0, said.canonical(), leaf, leaf))
        assert verify(path, None).troubles == ()
        assert [r.entry.canonical() for r in read_ledger(path)] == [said.canonical()]


async def test_a_full_disk_raises_and_when_there_is_room_again_the_ledger_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "s.ledger"
    ledger = Ledger.open(path, KEY, "show-1", NOW)
    await ledger.append(entry(1))
    real = ledger._file
    ledger._file = Half(real)  # type: ignore[assignment]
    with pytest.raises(SetupError, match="No space left"):
        await ledger.append(entry(2))
    ledger._file = real
    assert (await ledger.append(entry(3))).index == 2
    await ledger.close(NOW)
    assert [r.entry.data.get("n") for r in read_ledger(path)][1:3] == [1, 3]
    assert verify(path, KEY.public_key()).ok


async def test_a_disk_that_fails_twice_takes_nothing_more(tmp_path: Path, monkeypatch) -> None:
    ledger = Ledger.open(tmp_path / "s.ledger", KEY, "show-1", NOW)

    def broken(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", broken)
        with pytest.raises(SetupError, match="Input/output error"):
            await ledger.append(entry(1))
    with pytest.raises(SetupError, match="Input/output error"):
        await ledger.append(entry(2))


class Half:
    """A file that takes half of what it is given and then no more."""

    def __init__(self, file) -> None:
        self.file = file

    def write(self, data) -> int:
        self.file.write(data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    def fileno(self) -> int:
        return self.file.fileno()


async def test_many_threads_and_tasks_get_receipts_of_their_own(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "s.ledger", KEY, "show-1", NOW)
    futures = []

    def work() -> None:
        futures.extend(ledger.append_soon(entry(n)) for n in range(100))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    mine = await asyncio.gather(*[ledger.append(entry(n)) for n in range(100)])
    for thread in threads:
        thread.join()
    indices = sorted([r.index for r in mine] + [f.result().index for f in futures])
    assert indices == sorted(set(indices)) and len(indices) == 500
    await ledger.close(NOW)
    assert verify(ledger.path, KEY.public_key()).ok


CHILD = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from bot.compliance.keys import signing_key
from bot.compliance.ledger import Entry, Ledger
now = datetime(2026, 11, 22, 19, tzinfo=UTC)
ledger = Ledger.open(Path(sys.argv[1]), signing_key(Path(sys.argv[2])), "show-1", now, roll_bytes=60_000)
n = 0
while True:
    batch = [ledger.append_soon(Entry(kind="line", at=now + timedelta(seconds=n + i), data={"n": n + i}))
             for i in range(7)]
    n += 7
    for f in batch:
        r = f.result()
        sys.stdout.write(f"{r.index} {r.hash}\\n")
    sys.stdout.flush()
"""


@pytest.mark.slow  # so that `make prove` takes it up
def test_kill_9_at_random_moments_loses_no_entry_that_had_its_receipt(tmp_path: Path) -> None:
    rng = random.Random(9)
    key = signing_key(tmp_path / "ledger.key")
    acknowledged: dict[int, str] = {}
    path = tmp_path / "s.ledger"
    for _ in range(200 if "CASTMATE_PROOF_MINUTES" in os.environ else 10):
        command = [sys.executable, "-c", CHILD, str(path), str(tmp_path / "ledger.key")]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        for _ in range(rng.randrange(1, 120)):
            index, digest = child.stdout.readline().split()
            acknowledged[int(index)] = digest
        child.send_signal(signal.SIGKILL)
        rest, _ = child.communicate()
        for line in rest.splitlines(keepends=True):
            if line.endswith("\n"):
                index, digest = line.split()
                acknowledged[int(index)] = digest
    ledger = Ledger.open(path, key, "show-1", NOW)
    asyncio.run(ledger.close(NOW + timedelta(hours=1)))
    on_disk = {r.index: r.hash for r in read_ledger(path)}
    assert len(acknowledged) > 100
    assert {i: on_disk.get(i) for i in acknowledged} == acknowledged
    assert verify(path, key.public_key(), ledger.latest_checkpoint).ok


def test_keys_are_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ledger.key"
    first = signing_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    public = first.public_key().public_bytes_raw()
    assert signing_key(path).public_key().public_bytes_raw() == public
    assert read_public_key(path).public_bytes_raw() == public
    assert read_public_key(path.with_name("ledger.key.pub")).public_bytes_raw() == public
    path.chmod(0o644)
    with pytest.raises(SetupError, match="chmod 600"):
        signing_key(path)
    path.chmod(0o600)
    path.write_text("hello")
    with pytest.raises(SetupError, match="no usable private key"):
        signing_key(path)


def test_the_public_half_of_a_key_that_is_gone_is_not_written_over(tmp_path: Path) -> None:
    """As after a restore of the data without the keys: by it the old ledgers verify."""
    path = tmp_path / "keys" / "ledger.pem"
    signing_key(path)
    public = path.with_name("ledger.pem.pub")
    before, secret = public.read_bytes(), path.read_bytes()
    path.unlink()
    with pytest.raises(SetupError, match="public half is there"):
        signing_key(path)
    assert public.read_bytes() == before and not path.exists()
    path.write_bytes(secret)
    path.chmod(0o600)
    signing_key(path)  # restored


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 33])
def test_inclusion_is_proved_for_the_leaf_and_for_no_other(size: int) -> None:
    tree = Tree()
    leaves = [leaf_hash(bytes([n])) for n in range(size)]
    for leaf in leaves:
        tree.append(leaf)
    root = tree.root()
    for index, leaf in enumerate(leaves):
        path = tree.inclusion(index)
        assert included(leaf, index, size, path, root)
        assert not included(leaf, index + 1, size, path, root)
        assert not included(leaf_hash(b"x"), index, size, path, root)


def test_the_root_is_that_of_the_standard() -> None:
    """By the recursive definition of RFC 9162 2.1.1, as a reader's tree and as a writer's peaks tell it; an
    append that is given up brings back the earlier root.
    """

    def mth(leaves: list[bytes]) -> bytes:
        if len(leaves) == 1:
            return leaf_hash(leaves[0])
        k = 1 << ((len(leaves) - 1).bit_length() - 1)
        from hashlib import sha256

        return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()

    tree, peaks, data = Tree(), Peaks(), [str(n).encode() for n in range(70)]
    before = peaks
    for n, leaf in enumerate(data, 1):
        tree.append(leaf_hash(leaf))
        peaks = peaks.appended(leaf_hash(leaf))
        assert tree.root() == peaks.root() == mth(data[:n])
        assert tree.peaks() == peaks and peaks.size == n
        if n == 13:
            before = peaks
    assert tree.root(13) == before.root() == mth(data[:13])
    assert before.appended(leaf_hash(b"other")).root() == mth([*data[:13], b"other"])
    assert Peaks().root() == Tree().root() and Tree().peaks() == Peaks()


def test_what_a_writer_keeps_of_its_log_does_not_grow_with_it() -> None:
    peaks = Peaks()
    for n in range(100_000):
        peaks = peaks.appended(n.to_bytes(32))
    assert peaks.size == 100_000 and len(peaks.roots) == (100_000).bit_count()
