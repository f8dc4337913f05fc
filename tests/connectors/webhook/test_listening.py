"""Where the tool is awaited."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from rigs.base import SHOW
from rigs.webhook import SECRET, connector_of, fields

from connectors.base import CheckState
from connectors.webhook.listening import bind, place
from products.errors import Refused, SetupError


@pytest.mark.parametrize(
    ("listen", "chain", "key", "says"),
    [
        ("8490", "", "", "cannot listen on"),
        ("127.0.0.1:http", "", "", "cannot listen on"),
        ("127.0.0.1:65536", "", "", "cannot listen on"),
        ("0.0.0.0:8490", "", "", "unencrypted on 0.0.0.0"),
        ("shop.example:8490", "", "", "unencrypted on shop.example"),
        ("127.0.0.1:8490", "chain.pem", "", "needs its key"),
        ("0.0.0.0:8490", "no-chain.pem", "no-key.pem", "no file no-chain.pem"),
    ],
)
def test_a_place_that_cannot_be_says_why(listen, chain, key, says):
    with pytest.raises(SetupError, match=says) as caught:
        place(listen, chain, key)
    assert caught.value.remedy


def test_places(tmp_path):
    pem = tmp_path / "c.pem"
    pem.touch()
    assert place("127.0.0.1:8490", "", "").shown == "http://127.0.0.1:8490"
    assert place("[::1]:8490", "", "").shown == "http://[::1]:8490"
    assert place("0.0.0.0:443", str(pem), str(pem)).shown == "https://0.0.0.0:443"


async def test_a_port_that_is_taken_is_told_before_the_show_and_at_its_start():
    first = connector_of(fields())
    await first.open(SHOW)
    second = connector_of(fields(listen=first.shown.removeprefix("http://")))
    try:
        (port, *_) = await second.check()
        assert (port.state, "cannot listen" in port.says) == (CheckState.BAD, True)
        with pytest.raises(SetupError, match="Address already in use"):
            await second.open(SHOW)
    finally:
        await first.close("done")
        await second.close("never began")
    (port, *_) = await second.check()
    assert port.state is CheckState.OK


async def test_the_port_is_free_again_after_the_show():
    connector = connector_of(fields())
    await connector.open(SHOW)
    await connector.close("done")
    bind(place(connector.shown.removeprefix("http://"), "", "")).close()


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({"secret": "short"}, SetupError, "secret is not whsec_"),
        ({"address": "rtmp://unknown.example/live/KEY-42"}, Refused, "not a known ingest host"),
        ({"address": "nowhere"}, SetupError, "address to send to"),
        (
            {"address": "rtmps://a.rtmps.youtube.com/live2/KEY-42", "platform": "tiktok_live"},
            Refused,
            "youtube",
        ),
    ],
)
def test_an_account_that_cannot_work_says_so_without_its_secrets(changed, error, says):
    with pytest.raises(error, match=says) as caught:
        connector_of(fields(**changed))
    assert "KEY-42" not in str(caught.value)
    assert SECRET not in str(caught.value)


def test_an_address_that_was_changed_after_the_login_is_under_no_lighter_rules():
    with pytest.raises(SetupError, match="logged in for other rules than youtube's"):
        connector_of(fields(address="rtmps://a.rtmps.youtube.com/live2/k", rules="rtmp"))
    with pytest.raises(SetupError, match="logged in for other rules than youtube's"):
        connector_of(fields(address="rtmps://a.rtmps.youtube.com/live2/k"))


@pytest.mark.parametrize(
    ("address", "kind", "platform"),
    [
        ("rtmp://127.0.0.1:1935/live/k", "rtmp", "rtmp"),
        ("srt://127.0.0.1:9000?streamid=k", "srt", "rtmp"),
        ("whip+http://127.0.0.1:8080/whip/live#k", "whip", "rtmp"),
        ("rtmps://a.rtmps.youtube.com:443/live2/k", "rtmps", "youtube"),
    ],
)
async def test_every_kind_of_address_gets_a_chat_and_keeps_its_platform_s_rules(address, kind, platform):
    connector = connector_of(fields(address=address, rules=platform))
    ingest = await connector.open(SHOW)
    assert (ingest.kind, connector.platform) == (kind, platform)
    assert (await connector.next_ingest(SHOW)).kind == kind
    await connector.close("done")


def certificate(folder):
    """A self-signed certificate for 127.0.0.1 and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "castmate test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    private.write_bytes(encoded)
    return chain, private


async def test_with_a_certificate_the_tool_comes_encrypted(tmp_path):
    chain, private = certificate(tmp_path)
    connector = connector_of(fields(certificate=str(chain), certificate_key=str(private)))
    await connector.open(SHOW)
    try:
        assert connector.shown.startswith("https://")
        trust = ssl.create_default_context(cafile=str(chain))
        headers = {"Authorization": f"Bearer {SECRET}"}
        async with httpx.AsyncClient(verify=trust, headers=headers, timeout=30) as client:
            answer = await client.post(f"{connector.shown}/v1/events", json={"id": "m-1", "text": "hi"})
            assert answer.json() == {"accepted": 1, "ignored": 0}
            with pytest.raises(httpx.HTTPError):
                await client.get(connector.shown.replace("https", "http", 1) + "/v1/health")
    finally:
        await connector.close("done")
