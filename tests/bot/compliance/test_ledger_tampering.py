"""Random tamperings: every one is found, and the place is named. `make prove` tries 10,000."""

import asyncio
import os
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.compliance.ledger import Entry, Ledger, read_ledger
from bot.compliance.ledger_file import Check, Checkpoint, Report, judge, line_of
from bot.compliance.ledger_parts import Line, lines, parts
from bot.compliance.merkle import Tree, leaf_hash

NOW = datetime(2026, 11, 22, 19, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()
OTHER = Ed25519PrivateKey.generate()
Files = tuple[bytes, ...]
TRIES = 10_000 if "CASTMATE_PROOF_MINUTES" in os.environ else 1_000


@cache
def written() -> tuple[Files, Checkpoint]:
    """A show of three files, with checkpoints, and the final one kept outside."""

    async def write(path: Path) -> Checkpoint:
        ledger = Ledger.open(path, KEY, "show-1", NOW, roll_bytes=2200)
        for n in range(14):
            at = NOW + timedelta(seconds=n * 17)
            await ledger.append(Entry(kind="line", at=at, data={"n": n, "text": f"价格 {n} 元"}))
        return await ledger.close(NOW + timedelta(minutes=9))

    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.jsonl"
        final = asyncio.run(write(path))
        return tuple(file.read_bytes() for file in parts(path)), final


def names(files: Files) -> list[str]:
    return ["ledger.jsonl", *(f"ledger.{n:04d}.jsonl" for n in range(2, len(files) + 1))]


def read(files: Files) -> Iterator[Line]:
    for name, data in zip(names(files), files, strict=True):
        for number, line in enumerate(data.splitlines(keepends=True), 1):
            yield Line(name, number, line)


def look(files: Files, final: Checkpoint | None) -> Report:
    return judge(Check("ledger.jsonl", lambda: read(files), KEY.public_key()), "memory", final)


def first_difference(before: Files, after: Files) -> int:
    """The entry from which on the two no longer say the same."""
    one, other = [line.data for line in read(before)], [line.data for line in read(after)]
    same = [a == b for a, b in zip(one, other, strict=False)]
    return same.index(False) if False in same else min(len(one), len(other))


def change(files: Files, rng: random.Random) -> Files:
    at, data = _somewhere(files, rng)
    where = rng.randrange(len(data))
    how = rng.randrange(3)
    if how == 0:
        data = data[:where] + bytes([data[where] ^ (1 << rng.randrange(8))]) + data[where + 1 :]
    elif how == 1:
        data = data[:where] + data[where + 1 :]
    else:
        data = data[:where] + bytes([rng.randrange(256)]) + data[where:]
    return (*files[:at], data, *files[at + 1 :])


def remove(files: Files, rng: random.Random) -> Files:
    at, data = _somewhere(files, rng)
    rows = data.splitlines(keepends=True)
    row = rng.randrange(len(rows))
    return (*files[:at], b"".join(rows[:row] + rows[row + rng.randrange(1, 4) :]), *files[at + 1 :])


def insert(files: Files, rng: random.Random) -> Files:
    """A line of the ledger once more, or one of its own making with hashes that fit where it stands."""
    at, data = _somewhere(files, rng)
    rows = data.splitlines(keepends=True)
    row = rng.randrange(len(rows) + 1)
    if rng.random() < 0.5:
        new = rng.choice([line.data for line in read(files)])
    else:
        before = sum(len(f.splitlines()) for f in files[:at]) + row
        tree = Tree()
        for recorded in _recorded(files)[:before]:
            tree.append(bytes.fromhex(recorded[1]))
        canonical = Entry(kind="line", at=NOW, data={"n": rng.randrange(99)}).canonical()
        leaf = leaf_hash(canonical)
        tree.append(leaf)
        new = line_of(before, canonical, leaf, tree.root())
    return (*files[:at], b"".join([*rows[:row], new, *rows[row:]]), *files[at + 1 :])


def reorder(files: Files, rng: random.Random) -> Files:
    rows = [line.data for line in read(files)]
    one, other = rng.sample(range(len(rows)), 2)
    rows[one], rows[other] = rows[other], rows[one]
    return _as_before(files, rows)


def truncate(files: Files, rng: random.Random) -> Files:
    """The end cut off: at any byte, at the end of a line, or whole files."""
    how = rng.randrange(3)
    if how == 0:
        return files[: rng.randrange(1, len(files))]
    rows = [line.data for line in read(files)]
    keep = rng.randrange(len(rows))
    cut = rows[:keep] + ([rows[keep][: rng.randrange(1, len(rows[keep]))]] if how == 1 else [])
    return _as_before(files, cut)


def forge(files: Files, rng: random.Random) -> Files:
    """Everything from one entry on written anew, every hash fitting, checkpoints signed with another key."""
    at = rng.randrange(1, len(_recorded(files)) - 1)
    return _rewritten(files, at, OTHER)


def _rewritten(files: Files, at: int, key: Ed25519PrivateKey) -> Files:
    tree, rows, ledger = Tree(), [], ""
    latest: Checkpoint | None = None
    for index, (entry, _) in enumerate(_recorded(files)):
        if index == at and entry.kind == "line":
            entry = entry.model_copy(update={"data": {"n": -1}})
        if index >= at and entry.kind == "checkpoint":
            blank = Checkpoint(
                ledger=ledger,
                size=index,
                root=tree.root().hex(),
                at=entry.at,
                final=bool(entry.data["final"]),
            )
            latest = blank.signed(key)
            entry = entry.model_copy(
                update={"data": latest.model_dump(mode="json", exclude={"ledger", "at"})}
            )
        if latest is not None and entry.kind == "ledger.continued":
            data = {**entry.data, "checkpoint": latest.model_dump(mode="json")}
            entry = entry.model_copy(update={"data": data})
        leaf = leaf_hash(entry.canonical())
        ledger = ledger or leaf.hex()
        tree.append(leaf)
        rows.append(line_of(index, entry.canonical(), leaf, tree.root()))
    return _as_before(files, rows)


def _somewhere(files: Files, rng: random.Random) -> tuple[int, bytes]:
    at = rng.randrange(len(files))
    return at, files[at]


@cache
def _recorded(files: Files) -> list[tuple[Entry, str]]:
    with TemporaryDirectory() as folder:
        for name, data in zip(names(files), files, strict=True):
            (Path(folder) / name).write_bytes(data)
        return [(r.entry, r.hash) for r in read_ledger(Path(folder) / "ledger.jsonl")]


def _as_before(files: Files, rows: list[bytes]) -> Files:
    """Lines put back into files of as many lines as before; the last one takes what is over."""
    counts = [len(f.splitlines()) for f in files]
    out = []
    for n, count in enumerate(counts):
        taken = rows if n == len(counts) - 1 else rows[:count]
        rows = rows[len(taken) :]
        out.append(b"".join(taken))
    return tuple(out)


TAMPERINGS: tuple[Callable[[Files, random.Random], Files], ...] = (
    change,
    remove,
    insert,
    reorder,
    truncate,
    forge,
)


@pytest.mark.slow  # so that `make prove` takes it up
def test_every_random_tampering_is_found_and_its_place_named() -> None:
    files, final = written()
    assert len(files) == 3 and look(files, final).ok
    rng = random.Random(117)
    found: dict[str, int] = {}
    for n in range(TRIES):
        tamper = TAMPERINGS[n % len(TAMPERINGS)]
        after = tamper(files, rng)
        assert after != files
        report = look(after, final)
        assert not report.ok, (n, tamper.__name__, after)
        _named(report, files, after, tamper.__name__)
        found[report.troubles[0].kind] = found.get(report.troubles[0].kind, 0) + 1
    assert set(found) >= {"changed", "removed", "inserted", "moved", "torn", "cut", "signature"}


def _named(report: Report, before: Files, after: Files, how: str) -> None:
    """The first trouble stands where the first difference is; a forger's at the first checkpoint after it,
    since nothing before that bears a signature.
    """
    trouble, first = report.troubles[0], first_difference(before, after)
    rows = list(read(after))
    if how == "forge":
        signed = [i for i, (e, _) in enumerate(_recorded(before)) if e.kind == "checkpoint" and i >= first]
        assert trouble.kind == "signature" and trouble.entry == signed[0], (trouble, first)
        return
    if trouble.kind == "cut":
        assert trouble.entry in (None, first, len(rows)), (trouble, first)
        return
    file = trouble.file or "ledger.jsonl"
    place = next(n for n, line in enumerate(rows) if (line.file, line.number) == (file, trouble.line))
    # a line whose end was taken off joins the next one; one that was repeated is like its neighbour
    assert first - 1 <= place <= first + 1, (trouble, first, place)


@pytest.mark.parametrize("at", [3, 10])
def test_a_forger_with_the_key_is_found_by_the_checkpoint_kept_outside(at: int) -> None:
    files, final = written()
    forged = _rewritten(files, at, KEY)
    assert look(forged, None).ok
    assert "are not those that were signed" in str(look(forged, final).troubles[0])


def test_what_is_read_in_memory_is_what_is_read_from_files(tmp_path: Path) -> None:
    files, _ = written()
    for name, data in zip(names(files), files, strict=True):
        (tmp_path / name).write_bytes(data)
    assert list(lines(tmp_path / "ledger.jsonl")) == list(read(files))
