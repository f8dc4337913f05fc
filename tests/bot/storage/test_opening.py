"""Which store the settings name, and what is said of those that cannot be one."""

from pathlib import Path

import pytest
from licences import AT

from bot.settings import Settings, read_settings
from bot.shop import new_folder
from bot.storage.folder import FolderStore
from bot.storage.opening import open_store, the_store
from bot.storage.s3 import BucketStore
from products.errors import SetupError

KEYS = {"store_key_id": "AKIDEXAMPLE", "store_key": "wJalrXUtnFEMI-the-secret"}


def made(tmp_path: Path, **changed) -> Settings:
    return Settings(data=tmp_path / "data", **changed)


def test_without_the_setting_there_is_none(tmp_path) -> None:
    assert open_store(made(tmp_path)) is None and open_store(made(tmp_path, store="")) is None
    with pytest.raises(SetupError, match="No store is set"):
        the_store(made(tmp_path))


def test_a_folder_and_a_bucket(tmp_path) -> None:
    store = open_store(made(tmp_path, store=str(tmp_path / "shared")))
    assert isinstance(store, FolderStore) and store.shown == str(tmp_path / "shared")
    store = open_store(made(tmp_path, store="s3://shop/a/b/", store_endpoint="https://s3.example", **KEYS))
    assert isinstance(store, BucketStore) and store.shown == "s3://shop/a/b"


@pytest.mark.parametrize(
    "store",
    ["s3://", "s3:///x", "http://s3.example/shop", "s3://user:secret-of-mine@shop/x", "s3://shop?x=1"],
)
def test_what_cannot_be_one_is_refused_without_a_secret(tmp_path, store) -> None:
    with pytest.raises(SetupError) as failed:
        open_store(made(tmp_path, store=store))
    assert "s3://BUCKET/PREFIX" in failed.value.remedy and "secret-of-mine" not in str(failed.value)


def test_a_folder_in_the_data_or_over_it_is_refused(tmp_path) -> None:
    for place in (tmp_path / "data", tmp_path / "data" / "store", tmp_path, tmp_path / "data-keys"):
        with pytest.raises(SetupError, match="lie in one another"):
            open_store(made(tmp_path, store=str(place)))


def test_half_of_a_key_is_refused(tmp_path) -> None:
    with pytest.raises(SetupError, match="only one is set"):
        open_store(made(tmp_path, store="s3://shop", store_key_id="AKIDEXAMPLE"))


def test_the_key_may_lie_in_a_file_and_is_never_told(tmp_path, monkeypatch) -> None:
    (tmp_path / "key").write_text("wJalrXUtnFEMI-the-secret\n")
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CASTMATE_STORE", "s3://shop/x")
    monkeypatch.setenv("CASTMATE_STORE_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("CASTMATE_STORE_KEY_FILE", str(tmp_path / "key"))
    settings = read_settings()
    assert settings.store_key.get_secret_value() == "wJalrXUtnFEMI-the-secret"
    store = open_store(settings)
    assert isinstance(store, BucketStore)
    assert "the-secret" not in f"{settings!r} {vars(store)!r} {store.shown}"


def test_shows_of_two_machines_that_begin_in_one_second_do_not_meet_in_the_store(tmp_path) -> None:
    names = set()
    for machine in ("one", "two"):
        settings = Settings(
            data=tmp_path / machine, cache=tmp_path / "cache", store=str(tmp_path / "shared" / "store")
        )
        names.add(new_folder(settings, "show", AT).name)
    assert len(names) == 2 and all(name.startswith("show-20261122-120000-") for name in names)
    alone = Settings(data=tmp_path / "three", cache=tmp_path / "cache")
    assert new_folder(alone, "show", AT).name == "show-20261122-120000", "as ever where there is no store"
