"""SRT addresses: what is taken, whose rules apply, and that no message holds the key."""

import pytest

from connectors.base import Secret, ShowInfo
from connectors.srt.address import query_of
from connectors.srt.connector import SrtConnector
from products.errors import CastmateError, Refused, SetupError

KEY = "live_SECRET-key_42"
SHOW = ShowInfo("s", "S", "en", 720, 1280, 25)


async def test_a_listener_on_this_machine_is_a_server_of_one_s_own() -> None:
    connector = SrtConnector(Secret(f"srt://127.0.0.1:9000?mode=caller&streamid={KEY}&latency=120"))
    ingest = await connector.open(SHOW)
    assert (connector.platform, ingest.kind, ingest.shown) == ("rtmp", "srt", "srt://127.0.0.1:9000")


def test_a_stream_id_of_access_control_is_taken_as_servers_print_it() -> None:
    raw = f"srt://127.0.0.1:10080?streamid=#!::r=live/{KEY},m=publish&latency=120"
    SrtConnector(Secret(raw))
    assert query_of(raw) == {"streamid": f"#!::r=live/{KEY},m=publish", "latency": "120"}
    assert query_of(raw) == query_of(raw.replace("#", "%23"))


@pytest.mark.parametrize(
    "url",
    [
        f"srt://127.0.0.1?streamid={KEY}",
        f"srt://127.0.0.1:9000?mode=listener&streamid={KEY}",
        f"srt://127.0.0.1:9000?streamid=x&latency={KEY}",
        f"srt://127.0.0.1:9000?passphrase=short&streamid={KEY}",
        f"srt://127.0.0.1:9000?streamid=x&{KEY}=1",
        f"srt://127.0.0.1:0?streamid={KEY}",
        f"srt://127.0.0.1:9000?streamid={KEY} x",
    ],
)
def test_another_form_is_refused_without_the_key(url: str) -> None:
    with pytest.raises(SetupError) as e:
        SrtConnector(Secret(url))
    assert KEY not in str(e.value) + e.value.remedy


def test_a_host_of_nobody_s_is_refused() -> None:
    with pytest.raises(Refused, match="nobody can say whose rules") as e:
        SrtConnector(Secret(f"srt://srt.example.com:9000?streamid={KEY}"), "youtube")
    assert isinstance(e.value, CastmateError) and KEY not in str(e.value)
