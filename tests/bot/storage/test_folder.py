"""A folder as the store: the contract of all stores, and what a crash or a hand may leave in a folder."""

import subprocess
from pathlib import Path

import pytest
from storage_contract import Contract, sha

from bot.storage.base import Cargo
from bot.storage.folder import FolderStore
from products.errors import ContentError, SetupError


@pytest.fixture
def store(tmp_path_factory) -> FolderStore:
    return FolderStore(tmp_path_factory.mktemp("store") / "not yet there")


class TestFolder(Contract):
    pass


def test_a_crash_while_a_file_is_replaced_leaves_one_that_can_be_read(store, tmp_path, monkeypatch) -> None:
    store.put("a", Cargo.of(b"old"))
    whole = Path.replace

    def crash(path: Path, to: Path) -> Path:
        if Path(to).name == "a":
            raise OSError("the machine died here")
        return whole(path, to)

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(SetupError, match="the machine died here"):
        store.put("a", Cargo.of(b"new"))
    monkeypatch.undo()
    assert len((store.root / "a.sha256").read_text().splitlines()) == 2
    assert store.get("a", tmp_path / "out").sha256 == store.look("a").sha256 == sha(b"old")
    store.put("a", Cargo.of(b"new"))
    assert store.look("a").sha256 == sha(b"new")


def test_what_was_changed_by_hand_is_not_given_out(store, tmp_path) -> None:
    store.put("a", Cargo.of(b"as it was"))
    (store.root / "a").write_bytes(b"as it is!")
    with pytest.raises(ContentError, match="came back changed"):
        store.get("a", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_coreutils_can_check_it(store) -> None:
    store.put("x/a.bin", Cargo.of(b"as it was"))
    checked = subprocess.run(["sha256sum", "-c", "a.bin.sha256"], cwd=store.root / "x", capture_output=True)
    assert checked.stdout == b"a.bin: OK\n"


def test_what_was_put_there_by_hand_can_be_got(store, tmp_path) -> None:
    (store.root / "x").mkdir(parents=True)
    (store.root / "x" / "a").write_bytes(b"by hand")
    assert store.look("x/a").sha256 == store.get("x/a", tmp_path / "out").sha256 == sha(b"by hand")


def test_nobody_else_reads_it(store) -> None:
    store.put("a", Cargo.of(b"x"))
    assert (store.root / "a").stat().st_mode & 0o777 == 0o600


def test_a_disk_that_refuses_says_what_to_do(store, tmp_path) -> None:
    store.root.parent.mkdir(exist_ok=True)
    store.root.write_text("a file where the folder should be")
    with pytest.raises(SetupError, match="cannot be written") as failed:
        store.put("a", Cargo.of(b"x"))
    assert "rights" in failed.value.remedy
    assert list(store.root.parent.iterdir()) == [store.root]
