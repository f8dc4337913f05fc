"""What --to takes, and that a key can stay out of the process list."""

from datetime import UTC, datetime

import pytest

from bot.accounts import account_keeper
from bot.addresses import accounts_in, connector_for, is_file, is_push, platforms_in, read_address
from bot.clock import RehearsalClock
from bot.settings import Settings
from connectors.base import Secret
from connectors.file.connector import FileConnector
from connectors.rtmp.connector import RtmpConnector
from connectors.srt.connector import SrtConnector
from connectors.whip.connector import WhipConnector
from products.errors import SetupError

KEY = "live_SECRET-key_42"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        (f"rtmp://127.0.0.1/live/{KEY}", RtmpConnector),
        (f"RTMPS://127.0.0.1/live/{KEY}", RtmpConnector),
        (f"srt://127.0.0.1:9000?streamid={KEY}", SrtConnector),
        (f"whip+https://127.0.0.1/whip#{KEY}", WhipConnector),
        ("show.mp4", FileConnector),
    ],
)
def test_each_address_finds_its_connector(address: str, kind: type) -> None:
    connector = connector_for(read_address(address), None, RehearsalClock(NOW), Settings())
    assert isinstance(connector, kind)
    assert is_push(address) is (kind is not FileConnector)


def test_an_address_may_stand_in_a_file(tmp_path) -> None:
    file = tmp_path / "key.txt"
    file.write_text(f"rtmp://127.0.0.1/live/{KEY}\n")
    assert read_address(f"@{file}") == f"rtmp://127.0.0.1/live/{KEY}"


@pytest.mark.parametrize("given", ["@/nowhere/at/all", "", f"https://a.example/{KEY}", f"ndi://{KEY}"])
def test_what_nothing_sends_to_is_said_without_the_key(given: str) -> None:
    with pytest.raises(SetupError) as e:
        read_address(given)
    assert KEY not in str(e.value) + e.value.remedy


async def test_hevc_is_asked_for_behind_the_address_and_never_sent() -> None:
    plain = RtmpConnector(Secret("rtmp://127.0.0.1/live/k")).ingest()
    modern = RtmpConnector(Secret("rtmp://127.0.0.1/live/k#hevc")).ingest()
    assert (plain.codec, modern.codec) == ("h264", "hevc")
    assert modern.url.reveal() == plain.url.reveal()


def test_an_account_finds_its_connector_once_it_is_logged_in(tmp_path) -> None:
    settings = Settings(data=tmp_path)
    assert read_address("twitch:shop") == "twitch:shop"
    with pytest.raises(SetupError, match="not logged in") as error:
        connector_for("twitch:shop", None, RehearsalClock(NOW), settings)
    assert "castmate connectors login twitch --account shop" in error.value.remedy
    account_keeper(settings).write("twitch", "shop", {"client_id": "c", "access_token": KEY})
    connector = connector_for("twitch:shop", None, RehearsalClock(NOW), settings)
    assert connector.platform == "twitch"
    assert KEY not in repr(connector)


def test_a_connector_that_is_not_there_is_named() -> None:
    with pytest.raises(SetupError, match="no connector nowhere"):
        read_address("nowhere:shop")


def test_what_a_show_file_names_beside_its_room() -> None:
    assert accounts_in(("room", "twitch:shop", "youtube", "twitch:")) == ("twitch:shop",)


def test_which_platforms_addresses_tell() -> None:
    to = (
        "twitch:shop",
        "twitch:other",
        "rtmp://a.rtmp.youtube.com/live2/k",
        "rtmp://127.0.0.1/live/k",
        "a.mp4",
    )
    assert platforms_in(to) == ("twitch", "youtube")
    assert [is_file(a) for a in to] == [False, False, False, False, True]


def test_an_account_that_may_lead_anywhere_is_under_the_rules_that_its_login_found(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("CASTMATE_DATA", str(tmp_path))
    keeper = account_keeper(Settings())
    keeper.write("webhook", "shop", {"rules": "youtube"})
    keeper.write("twitch", "shop", {"rules": "rtmp"})  # a platform's own account cannot get away from them
    assert platforms_in(("webhook:shop", "webhook:other", "twitch:shop")) == ("youtube", "rtmp", "twitch")


def test_a_known_host_beside_another_platform_keeps_its_own_rules() -> None:
    address = "rtmp://a.rtmp.youtube.com/live2/k"
    assert connector_for(address, "twitch", RehearsalClock(NOW), Settings()).platform == "youtube"
