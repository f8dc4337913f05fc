"""Licences and their keys: what is sealed opens only with its key; a withdrawal survives every restore."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from licences import licence

from persona.sealing import LicenceStore
from products.errors import ContentError, Refused, SetupError

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> LicenceStore:
    return LicenceStore(tmp_path / "data", tmp_path / "keys")


def again(store: LicenceStore) -> LicenceStore:
    return LicenceStore(store.data, store.keys)


def test_what_is_added_is_read_back(store) -> None:
    path = store.add(licence())
    assert store.read(path) == licence() and store.ids() == ("ana-2026",)
    key = store.keys / "ana-2026.key"
    assert key.stat().st_mode & 0o777 == 0o600 and len(key.read_bytes()) == 32
    assert store.data not in key.parents


def test_sealed_files_open_with_their_key_name_and_bytes_alone(store) -> None:
    store.add(licence())
    store.add(licence(id="bo-2026"))
    sealed = store.seal("ana-2026", "face.onnx", b"weights")
    assert b"weights" not in sealed and sealed != store.seal("ana-2026", "face.onnx", b"weights")
    assert store.open("ana-2026", "face.onnx", sealed) == b"weights"
    flipped = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for who, name, content in (
        ("bo-2026", "face.onnx", sealed),
        ("ana-2026", "voice.onnx", sealed),
        ("ana-2026", "face.onnx", flipped),
        ("ana-2026", "face.onnx", sealed[:20]),
        ("ana-2026", "face.onnx", b""),
        ("nobody", "face.onnx", sealed),
    ):
        with pytest.raises(Refused):
            store.open(who, name, content)


def test_a_file_changed_after_signing_is_refused(store) -> None:
    path = store.add(licence())
    path.write_text(path.read_text("utf-8").replace("- US", "- CN"), "utf-8")
    with pytest.raises(Refused, match="not what was signed"):
        store.read(path)


def test_a_licence_of_another_shop_is_refused(store, tmp_path) -> None:
    path = store.add(licence())
    other = LicenceStore(tmp_path / "other", tmp_path / "other-keys")
    with pytest.raises(Refused, match="not in this shop"):
        other.read(path)


def test_withdrawal_destroys_the_key_and_is_seen(store) -> None:
    path = store.add(licence())
    sealed = store.seal("ana-2026", "face.onnx", b"weights")
    store.withdraw("ana-2026", AT)
    assert not store.has_key("ana-2026")
    for one in (store, again(store)):
        with pytest.raises(Refused, match="withdrawn"):
            one.open("ana-2026", "face.onnx", sealed)
        assert one.read(path).withdrawn_at == AT
    store.withdraw("ana-2026", AT.replace(hour=13))
    assert again(store).read(path).withdrawn_at == AT, "the first one counts"
    with pytest.raises(Refused, match="never undone"):
        store.add(licence())


@pytest.mark.parametrize("restored", ["data", "keys"])
def test_a_restore_of_either_folder_replays_the_withdrawal(store, tmp_path, restored) -> None:
    path = store.add(licence())
    for name in ("data", "keys"):
        shutil.copytree(tmp_path / name, tmp_path / f"old-{name}")
    store.withdraw("ana-2026", AT)
    shutil.rmtree(tmp_path / restored)
    shutil.copytree(tmp_path / f"old-{restored}", tmp_path / restored)
    assert (tmp_path / "keys" / "ana-2026.key").exists() == (restored == "keys")
    fresh = again(store)
    assert not fresh.has_key("ana-2026") and fresh.read(path).withdrawn_at == AT
    assert (tmp_path / restored / "withdrawn.jsonl").exists()


def test_a_crash_between_list_and_key_is_finished_later(store) -> None:
    store.add(licence())
    line = '{"licence": "ana-2026", "withdrawn_at": "2026-11-22T12:00:00+00:00"}\n'
    (store.keys / "withdrawn.jsonl").write_text(line, "utf-8")
    assert not again(store).has_key("ana-2026")


@pytest.mark.parametrize(
    "line", ["nonsense", '{"licence": "../x", "withdrawn_at": "2026-11-22T12:00:00+00:00"}', "{}"]
)
def test_a_broken_list_stops_everything(store, line) -> None:
    store.add(licence())
    (store.data / "withdrawn.jsonl").write_text(line + "\n", "utf-8")
    with pytest.raises(ContentError, match="line 1"):
        again(store)


def test_a_licence_that_is_not_there_is_told_as_none_and_how_one_is_had(store, tmp_path) -> None:
    store.add(licence())
    for path, name in (
        (store.path("bo-2026"), "no licence 'bo-2026'; known: ana-2026"),
        (tmp_path / "gone" / "bo.yaml", "bo.yaml"),
        (tmp_path, "no licence"),
    ):
        with pytest.raises(SetupError, match=name) as told:
            store.read(path)
        assert "castmate licence form" in told.value.remedy and "castmate licence new" in told.value.remedy


def test_mistakes_are_named(store, tmp_path) -> None:
    store.add(licence())
    with pytest.raises(SetupError, match="already"):
        store.add(licence())
    for wrong in ("nobody", "../keys/ana-2026"):
        with pytest.raises(SetupError, match="no licence"):
            store.withdraw(wrong, AT)
    (store.keys / "ana-2026.key").chmod(0o644)
    with pytest.raises(SetupError, match="chmod"):
        store.seal("ana-2026", "x", b"")
    with pytest.raises(SetupError, match="in one another"):
        LicenceStore(tmp_path, tmp_path / "keys")
