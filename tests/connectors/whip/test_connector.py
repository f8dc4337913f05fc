"""WHIP addresses: what is taken, whose rules apply, and that no token leaves in the open."""

import pytest

from connectors.base import Secret, ShowInfo
from connectors.whip.connector import WhipConnector
from products.errors import Refused, SetupError

KEY = "live_SECRET-key_42"
SHOW = ShowInfo("s", "S", "en", 720, 1280, 25)


async def test_an_endpoint_on_this_machine() -> None:
    connector = WhipConnector(Secret(f"whip+http://localhost:8080/whip/live#{KEY}"), "youtube")
    ingest = await connector.open(SHOW)
    assert (connector.platform, ingest.kind) == ("youtube", "whip")
    assert ingest.shown == "whip+http://localhost:8080"


@pytest.mark.parametrize("url", [f"https://127.0.0.1/{KEY}", f"whip+https://{KEY}", f"whip+ftp://h/{KEY}"])
def test_another_form_is_refused_without_the_key(url: str) -> None:
    with pytest.raises(SetupError) as e:
        WhipConnector(Secret(url))
    assert KEY not in str(e.value)


def test_a_known_platform_s_host_decides_and_is_not_sent_to_in_the_open() -> None:
    assert WhipConnector(Secret("whip+https://a.twitch.tv/whip#x")).platform == "twitch"
    with pytest.raises(SetupError, match="unencrypted"):
        WhipConnector(Secret("whip+http://a.twitch.tv/whip#x"))


def test_a_host_of_nobody_s_is_refused() -> None:
    with pytest.raises(Refused):
        WhipConnector(Secret(f"whip+https://whip.example.com/live#{KEY}"), "youtube")
