"""Proofs that an entry is in the log and that the log only grew: those of RFC 9162, and no others."""

import asyncio
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from bot.compliance.ledger import Entry, Ledger, read_ledger
from bot.compliance.ledger_file import Checkpoint
from bot.compliance.merkle import Tree, consistent, included, leaf_hash, node_hash
from bot.compliance.proofs import Consistency, Grown, Inclusion, read_proof
from products.errors import ContentError, SetupError

NOW = datetime(2026, 11, 22, 19, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()
# the eight leaves of certificate-transparency's test vectors, and the roots of their first 1..8
LEAVES = tuple(
    bytes.fromhex(t)
    for t in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
)
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def grown(size: int) -> Tree:
    tree = Tree()
    for n in range(size):
        tree.append(leaf_hash(str(n).encode()))
    return tree


def known() -> Tree:
    tree = Tree()
    for data in LEAVES:
        tree.append(leaf_hash(data))
    return tree


def mth(data: list[bytes]) -> bytes:
    if not data:
        return sha256(b"").digest()
    if len(data) == 1:
        return leaf_hash(data[0])
    k = 1 << ((len(data) - 1).bit_length() - 1)
    return node_hash(mth(data[:k]), mth(data[k:]))


def subproof(m: int, data: list[bytes], complete: bool) -> list[bytes]:
    """SUBPROOF of RFC 9162 2.1.4.1, word for word."""
    n = len(data)
    if m == n:
        return [] if complete else [mth(data)]
    k = 1 << ((n - 1).bit_length() - 1)
    if m <= k:
        return [*subproof(m, data[:k], complete), mth(data[k:])]
    return [*subproof(m - k, data[k:], False), mth(data[:k])]


def path_of(m: int, data: list[bytes]) -> list[bytes]:
    """PATH of RFC 9162 2.1.3.1, word for word."""
    if len(data) == 1:
        return []
    k = 1 << ((len(data) - 1).bit_length() - 1)
    if m < k:
        return [*path_of(m, data[:k]), mth(data[k:])]
    return [*path_of(m - k, data[k:]), mth(data[:k])]


def test_the_known_roots_and_proofs() -> None:
    tree = known()
    assert tuple(tree.root(n).hex() for n in range(1, 9)) == ROOTS
    assert [h.hex() for h in tree.inclusion(5, 8)] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [h.hex() for h in tree.consistency(6, 8)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_paths_are_those_of_the_standards_recursion() -> None:
    data = [str(n).encode() for n in range(20)]
    tree = grown(20)
    for n in range(1, 21):
        for m in range(n):
            assert list(tree.inclusion(m, n)) == path_of(m, data[:n])
            assert list(tree.consistency(m + 1, n)) == subproof(m + 1, data[:n], True)


@given(st.integers(1, 90), st.data())
def test_every_inclusion_holds_and_no_neighbour_does(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    tree = grown(size + 1)
    leaf, path, root = leaf_hash(str(index).encode()), tree.inclusion(index, size), tree.root(size)
    assert included(leaf, index, size, path, root)
    for other in {index - 1, index + 1}:
        assert not included(leaf, other, size, path, root)
    for other in {size - 1, size + 1}:
        assert not included(leaf, index, other, path, tree.root(other))
    assert not included(leaf, index, size, (*path, root), root)
    if path:
        assert not included(leaf, index, size, path[:-1], root)
        broken = list(path)
        at = data.draw(st.integers(0, len(path) - 1))
        broken[at] = leaf_hash(broken[at])
        assert not included(leaf, index, size, broken, root)


@given(st.integers(1, 90), st.data())
def test_every_growth_is_proved_and_no_neighbour_is(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    tree = grown(new + 1)
    path, before, after = tree.consistency(old, new), tree.root(old), tree.root(new)
    assert consistent(old, new, path, before, after)
    assert not consistent(old, new, path, before, tree.root(new + 1))
    assert not consistent(old, new, path, tree.root(old + 1), after)
    assert not consistent(old, new, path, leaf_hash(before), after)
    assert not consistent(old, new, (*path, after), before, after)
    assert not consistent(0, new, path, before, after)
    assert not consistent(new + 1, new, path, before, after)
    for other in {old - 1, old + 1} - {0}:  # with the root that really was that size's
        assert not consistent(other, new, path, tree.root(other), after)
    for other in {new - 1, new + 1} - {0}:
        assert not consistent(old, other, path, before, tree.root(other))
    if path:
        assert not consistent(old, new, path[1:], before, after)
        assert not consistent(old, new, path[:-1], before, after)
        broken = list(path)
        at = data.draw(st.integers(0, len(path) - 1))
        broken[at] = leaf_hash(broken[at])
        assert not consistent(old, new, broken, before, after)


def test_another_history_of_the_same_length_has_no_proof() -> None:
    one, other = grown(9), Tree()
    for n in range(9):
        other.append(leaf_hash(b"x" if n == 2 else str(n).encode()))
    for old in range(3, 9):
        for path in (one.consistency(old), other.consistency(old)):
            assert not consistent(old, 9, path, one.root(old), other.root())


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (1, 9)])
def test_there_is_no_proof_where_there_is_no_growth(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="no proof"):
        grown(5).consistency(old, new)


def show(path: Path, count: int) -> tuple[Checkpoint, Checkpoint]:
    """A ledger with `count` lines and checkpoints after half of them and at the end."""

    async def write() -> tuple[Checkpoint, Checkpoint]:
        ledger = Ledger.open(path, KEY, "show-1", NOW)
        for n in range(count):
            if n == count // 2:
                half = await ledger.checkpoint(NOW + timedelta(seconds=n))
            await ledger.append(Entry(kind="line", at=NOW + timedelta(seconds=n), data={"n": n}))
        return half, await ledger.close(NOW + timedelta(seconds=count))

    return asyncio.run(write())


def test_a_ledger_proves_each_entry_to_somebody_who_has_only_the_key(tmp_path: Path) -> None:
    half, final = show(tmp_path / "l.jsonl", 12)
    log = Grown(tmp_path / "l.jsonl")
    for recorded in read_ledger(tmp_path / "l.jsonl"):
        if recorded.index >= final.size:
            break
        proof = Inclusion.model_validate_json(log.inclusion(recorded.index).model_dump_json())
        assert proof.trouble(KEY.public_key()) is None
        other = proof.entry.model_copy(update={"data": {"n": 99}})
        assert "does not lead" in str(proof.model_copy(update={"entry": other}).trouble(KEY.public_key()))
        assert "not signed" in str(proof.trouble(Ed25519PrivateKey.generate().public_key()))
    assert log.inclusion(2, half).checkpoint == half
    with pytest.raises(SetupError, match="No checkpoint signs entry 8"):
        log.inclusion(8, half)
    with pytest.raises(SetupError, match="has no entry 99"):
        log.inclusion(99)


def test_growth_between_checkpoints_is_proved_and_a_second_history_is_not(tmp_path: Path) -> None:
    half, final = show(tmp_path / "l.jsonl", 12)
    log = Grown(tmp_path / "l.jsonl")
    proof = log.consistency(half)
    assert (proof.new, proof.trouble(KEY.public_key())) == (final, None)
    (tmp_path / "p.json").write_text(proof.model_dump_json())
    assert read_proof(tmp_path / "p.json") == proof
    swapped = Consistency(old=final, new=half, path=proof.path)
    assert "signs more entries" in str(swapped.trouble(KEY.public_key()))
    forged = half.model_copy(update={"root": "00" * 32}).signed(KEY)
    assert "does not lead" in str(log.consistency(forged).trouble(KEY.public_key()))
    foreign = half.model_copy(update={"ledger": "11" * 32}).signed(KEY)
    assert "two ledgers" in str(log.consistency(foreign).trouble(KEY.public_key()))
    longer = final.model_copy(update={"size": 99}).signed(KEY)
    with pytest.raises(SetupError, match="no proof leads"):
        log.consistency(longer)
    (tmp_path / "p.json").write_text("{}")
    with pytest.raises(ContentError, match="is no proof"):
        read_proof(tmp_path / "p.json")
