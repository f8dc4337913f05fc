"""Sealed folders: open only whole, only with the licence's key, and never after a withdrawal."""

from datetime import UTC, datetime

import pytest
from licences import licence

from persona.clone import sealed as module
from persona.clone.sealed import seal_folder, unseal_folder, unsealed
from persona.sealing import LicenceStore
from products.errors import Refused, SetupError


@pytest.fixture
def store(tmp_path):
    store = LicenceStore(tmp_path / "data", tmp_path / "keys")
    store.add(licence())
    store.add(licence(id="bo-2026"))
    return store


@pytest.fixture
def closed(tmp_path, store, monkeypatch):
    """A folder of two files, the larger one in three pieces."""
    monkeypatch.setattr(module, "PIECE", 100)
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "face.npy").write_bytes(bytes(range(250)))
    (folder / "empty.txt").write_bytes(b"")
    return seal_folder(store, "ana-2026", folder, tmp_path / "closed")


def test_what_was_sealed_comes_back(store, closed, tmp_path):
    assert all(b"\x01\x02\x03\x04\x05" not in p.read_bytes() for p in closed.iterdir())
    with unsealed(store, "ana-2026", closed) as folder:
        assert (folder / "face.npy").read_bytes() == bytes(range(250))
        assert (folder / "empty.txt").read_bytes() == b""
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()


def test_pieces_can_be_neither_swapped_nor_dropped_nor_changed(store, closed, tmp_path):
    path = closed / "face.npy.sealed"
    whole = path.read_bytes()
    step = 8 + int.from_bytes(whole[:8], "big")
    for k, content in enumerate(
        (
            whole[:step],  # the rest dropped, at a piece's end
            whole[: step + 20],  # cut within a piece
            whole[step : 2 * step] + whole[:step] + whole[2 * step :],
            whole[:-1] + bytes([whole[-1] ^ 1]),
            whole + whole[:step],
        )
    ):
        path.write_bytes(content)
        with pytest.raises(Refused):
            unseal_folder(store, "ana-2026", closed, tmp_path / f"open{k}")


def test_no_other_licence_and_no_withdrawn_one_opens_it(store, closed, tmp_path):
    with pytest.raises(Refused):
        unseal_folder(store, "bo-2026", closed, tmp_path / "a")
    store.withdraw("ana-2026", datetime(2026, 12, 1, tzinfo=UTC))
    with pytest.raises(Refused, match="key"):
        unseal_folder(store, "ana-2026", closed, tmp_path / "b")
    with pytest.raises(Refused):
        seal_folder(store, "ana-2026", closed, tmp_path / "c")


def test_an_empty_folder_is_told(store, tmp_path):
    with pytest.raises(SetupError, match="nothing sealed"):
        unseal_folder(store, "ana-2026", tmp_path / "nowhere", tmp_path / "open")
