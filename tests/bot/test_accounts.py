"""Accounts on the disk: sealed, whole or not at all, never in another's place."""

import threading

import pytest

from bot.accounts import SealedKeeper, account_keeper
from bot.settings import Settings
from products.errors import SetupError

TOKEN = "oauth-SECRET-4711"


@pytest.fixture
def keeper(tmp_path):
    return account_keeper(Settings(data=tmp_path))


def test_what_was_kept_comes_back_and_stands_nowhere_in_the_open(keeper, tmp_path):
    keeper.write("twitch", "shop", {"token": TOKEN, "login": "柜台"})
    keeper.write("twitch", "shop", {"login": "counter", "gone": None})
    assert keeper.read("twitch", "shop") == {"token": TOKEN, "login": "counter"}
    assert keeper.names() == (("twitch", "shop"),)
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert len(files) == 3  # the account, its key, a lock
    for file in files:
        assert TOKEN.encode() not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0


def test_the_key_lies_where_the_settings_say(tmp_path):
    settings = Settings(data=tmp_path / "data", keys=tmp_path / "keys")
    account_keeper(settings).write("twitch", "shop", {"token": TOKEN})
    assert (tmp_path / "keys" / "accounts.key").exists()
    assert not (tmp_path / "data" / "keys").exists()


def test_no_account_is_an_empty_one(keeper):
    assert keeper.read("twitch", "nobody") == {}
    assert keeper.names() == ()
    assert not keeper.forget("twitch", "nobody")


def test_what_was_forgotten_is_gone(keeper):
    keeper.write("twitch", "shop", {"token": TOKEN})
    assert keeper.forget("twitch", "shop")
    assert keeper.read("twitch", "shop") == {}


def test_a_file_that_was_changed_does_not_open(keeper, tmp_path):
    keeper.write("twitch", "shop", {"token": TOKEN})
    (file,) = tmp_path.glob("accounts/*.sealed")
    whole = file.read_bytes()
    for bad in (b"", whole[:30], whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1])):
        file.write_bytes(bad)
        with pytest.raises(SetupError, match="does not open") as error:
            keeper.read("twitch", "shop")
        assert "--again" in error.value.remedy


def test_a_file_in_anothers_place_does_not_open(keeper, tmp_path):
    keeper.write("twitch", "shop", {"token": TOKEN})
    folder = tmp_path / "accounts"
    (folder / "twitch.shop.sealed").rename(folder / "twitch.other.sealed")
    with pytest.raises(SetupError, match="does not open"):
        keeper.read("twitch", "other")


def test_without_its_key_nothing_is_overwritten(keeper, tmp_path):
    keeper.write("twitch", "shop", {"token": TOKEN})
    key = tmp_path / "keys" / "accounts.key"
    kept = key.read_bytes()
    key.unlink()
    for act in (
        lambda: keeper.read("twitch", "shop"),
        lambda: keeper.write("twitch", "shop", {"token": "new"}),
        lambda: keeper.write("youtube", "shop", {"token": "new"}),
    ):
        with pytest.raises(SetupError, match="is not there") as error:
            act()
        assert "castmate keys restore" in error.value.remedy
    key.write_bytes(kept)
    assert keeper.read("twitch", "shop") == {"token": TOKEN}


@pytest.mark.parametrize(
    ("platform", "name"), [("twitch", "../x"), ("twitch", "Shop"), ("twitch", ""), ("a.b", "c"), ("", "c")]
)
def test_a_name_is_no_path(keeper, platform, name):
    with pytest.raises(SetupError, match="cannot be the name"):
        keeper.write(platform, name, {"token": TOKEN})


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "accounts").write_text("a file is in the way")
    with pytest.raises(SetupError, match="cannot be kept"):
        SealedKeeper(tmp_path / "accounts", tmp_path / "key").write("twitch", "shop", {"token": TOKEN})


def test_two_who_write_at_once_lose_nothing_of_one_another(keeper, tmp_path):
    def fill(start):
        for n in range(start, start + 20):
            keeper.write("twitch", "shop", {f"field{n}": str(n)})

    threads = [threading.Thread(target=fill, args=(start,)) for start in (0, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(keeper.read("twitch", "shop")) == 40
