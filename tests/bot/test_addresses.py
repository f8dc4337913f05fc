"""What --to takes, and that a key can stay out of the process list."""

from datetime import UTC, datetime

import pytest

from bot.addresses import connector_for, is_push, read_address
from connectors.base import Secret
from connectors.file.connector import FileConnector
from connectors.rtmp.connector import RtmpConnector
from connectors.srt.connector import SrtConnector
from connectors.whip.connector import WhipConnector
from products.errors import SetupError

KEY = "live_SECRET-key_42"


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
    connector = connector_for(read_address(address), None, lambda: datetime(2026, 11, 22, tzinfo=UTC))
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
