"""The way in over HTTPS: the shop's own authority, proxies, the plain door, names."""

import asyncio
import plistlib
import ssl
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from starlette.testclient import TestClient

from bot.commands.way_in import way_in
from bot.console.accounts import accounts_in_memory
from bot.console.app import create_app
from bot.console.authority import LASTS, RENEWED, open_authority
from bot.console.credentials import Sealer
from bot.console.phone import PlainDoor
from bot.console.server import serve
from bot.console.settings import ConsoleSettings
from products.errors import SetupError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SEALER = Sealer(bytes(32))
NAME = "shop.test"


@pytest.fixture
def authority(tmp_path):
    return open_authority(tmp_path / "https", (NAME, "192.0.2.7"), SEALER, NOW)


def verified(authority, subject, now=NOW):
    """What a client that follows RFC 5280 says of the chain."""
    leaf, *_ = x509.load_pem_x509_certificates((authority.folder / "console.crt").read_bytes())
    store = Store([x509.load_pem_x509_certificate(authority.certificate)])
    PolicyBuilder().store(store).time(now).build_server_verifier(subject).verify(leaf, [])


def test_the_certificate_holds_for_its_names_and_no_others(authority):
    for name in (NAME, "localhost"):
        verified(authority, x509.DNSName(name))
    with pytest.raises(VerificationError):
        verified(authority, x509.DNSName("bank.example"))
    with pytest.raises(VerificationError):
        verified(authority, x509.DNSName(NAME), NOW + LASTS + timedelta(days=1))


def test_the_authority_can_vouch_for_nothing_else(authority, tmp_path):
    """Whoever steals its key gains no other site: its own certificate says so, and clients check it."""
    found = x509.load_pem_x509_certificate(authority.certificate)
    limits = found.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    permitted = [str(name.value) for name in limits.value.permitted_subtrees]
    assert permitted == [NAME, "192.0.2.7/32", "localhost", "127.0.0.1/32", "::1/128"]
    basic = found.extensions.get_extension_for_class(x509.BasicConstraints)
    assert basic.critical and basic.value.ca and basic.value.path_length == 0


def test_it_is_signed_anew_in_time_by_the_same_authority(authority):
    first, mark = authority.ends(), authority.fingerprint()
    assert not authority.renew(NOW + timedelta(days=59))
    assert authority.renew(NOW + LASTS - RENEWED)
    assert authority.ends() == NOW + LASTS - RENEWED + LASTS and authority.ends() > first
    assert authority.fingerprint() == mark, "phones need not trust anew"
    verified(authority, x509.DNSName(NAME), NOW + LASTS + timedelta(days=1))


def test_its_keys_are_sealed_and_ours_alone(authority, tmp_path):
    for name in ("authority.key", "console.key"):
        path = authority.folder / name
        assert b"ENCRYPTED PRIVATE KEY" in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(SetupError, match="cannot be used"):
        open_authority(tmp_path / "https", (NAME, "198.51.100.1"), Sealer(b"\1" * 32), NOW)
    again = open_authority(tmp_path / "https", (NAME, "192.0.2.7"), SEALER, NOW)
    assert again.fingerprint() == authority.fingerprint()


def test_an_authority_near_its_end_says_so(authority, tmp_path):
    with pytest.raises(SetupError, match="ends on 2036"):
        open_authority(tmp_path / "https", (NAME, "192.0.2.7"), SEALER, NOW + timedelta(days=3600))


async def test_it_is_served_and_a_new_one_without_a_restart(tmp_path):
    now = datetime.now(UTC)
    authority = open_authority(tmp_path, ("localhost",), SEALER, now - timedelta(days=70))
    tls = authority.context()
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    settings = ConsoleSettings("link", "key", secure=True, authority=authority)
    serving = asyncio.ensure_future(serve(settings, port=0, stop=stop, ready=ready.set_result, tls=tls))
    base = await asyncio.wait_for(ready, 60)
    assert base.startswith("https://127.0.0.1:")
    trust = ssl.create_default_context(cadata=authority.certificate.decode())
    async with httpx.AsyncClient(verify=trust) as client:
        said = await client.get(f"{base}/healthz")
        assert said.status_code == 200
        assert "strict-transport-security" not in said.headers, (
            "it would lock out phones that trust nothing yet"
        )
    with pytest.raises(httpx.ConnectError, match=r"CERTIFICATE_VERIFY_FAILED|certificate verify failed"):
        async with httpx.AsyncClient() as stranger:
            await stranger.get(f"{base}/healthz")

    async def served():
        reader, writer = await asyncio.open_connection("127.0.0.1", int(base.rsplit(":")[-1]), ssl=trust)
        found = writer.get_extra_info("peercert")["notAfter"]
        writer.close()
        return found, reader

    first, _ = await served()
    assert authority.renew(now)
    authority.load(tls)
    later, _ = await served()
    assert later != first
    stop.set()
    await asyncio.wait_for(serving, 60)


@pytest.mark.parametrize(
    ("host", "proxied", "address", "listen", "own"),
    [
        ("127.0.0.1", False, "http://127.0.0.1:8484", "127.0.0.1", False),
        ("localhost", False, "http://localhost:8484", "localhost", False),
        ("::1", False, "http://[::1]:8484", "::1", False),
        ("Shop.Local", False, "https://shop.local:8484", "0.0.0.0", True),
        ("192.0.2.7", False, "https://192.0.2.7:8484", "0.0.0.0", True),
        ("2001:db8::7", False, "https://[2001:db8::7]:8484", "0.0.0.0", True),
        ("live.shop.example", True, "https://live.shop.example", "127.0.0.1", False),
    ],
)
def test_how_a_console_is_reached(host, proxied, address, listen, own):
    way = way_in(host, 8484, behind_proxy=proxied)
    assert (way.address, way.listen, way.own, way.secure) == (address, listen, own, own or proxied)
    assert "localhost" in way.hosts


def test_everywhere_means_this_machines_names():
    way = way_in("0.0.0.0", 8484)
    assert way.own and way.names and "0.0.0.0" not in way.names


@pytest.mark.parametrize("host", ["", "a b", "http://x", "a/b", "me@x"])
def test_what_is_no_name(host):
    with pytest.raises(SetupError, match="no name"):
        way_in(host, 8484)


def test_the_last_port_leaves_none_for_phones():
    with pytest.raises(SetupError, match="leaves none"):
        way_in("shop.local", 65535)


def client_of(client=("127.0.0.1", 5000), base="http://shop.test", **changes):
    settings = ConsoleSettings("link", "key", hosts=("shop.test",), **changes)
    return TestClient(create_app(settings), base_url=base, client=client, follow_redirects=False)


def test_only_names_of_ours_are_served():
    for base, status in (("http://shop.test", 200), ("http://SHOP.test:99", 200), ("http://evil.test", 421)):
        assert client_of(base=base).get("/healthz").status_code == status


def forwarded(client, **headers):
    sent = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https", **headers}
    return client.get("/console?key=key", headers=sent)


def test_a_proxys_word_counts_and_nobody_elses():
    behind = client_of(proxies=("127.0.0.1",), secure=True)
    assert "max-age" in forwarded(behind).headers["strict-transport-security"]
    (session,) = sessions_of(behind)
    assert session.address == "203.0.113.9"
    stranger = client_of(client=("198.51.100.5", 5000), proxies=("127.0.0.1",), secure=True)
    forwarded(stranger)
    (session,) = sessions_of(stranger)
    assert session.address == "198.51.100.5"


def test_what_an_asker_wrote_before_the_proxy_does_not_count():
    behind = client_of(proxies=("127.0.0.1", "10.0.0.0/8"), secure=True)
    forwarded(behind, **{"x-forwarded-for": "192.0.2.66, 203.0.113.9, 10.1.2.3"})
    (session,) = sessions_of(behind)
    assert session.address == "203.0.113.9"
    for line in ("not an address", "192.0.2.1, unknown", ""):
        assert behind.get("/healthz", headers={"x-forwarded-for": line}).status_code == 200


def sessions_of(client):
    accounts = client.app.state.access.accounts
    return [row for person in accounts.people.all() for row in accounts.sessions.of(person.id)]


def test_the_plain_door_gives_what_a_phone_needs_and_nothing_else(authority):
    settings = ConsoleSettings(
        "link",
        "key",
        accounts=None,
        secure=True,
        authority=authority,
        address="https://shop.test:8484",
        plain="http://shop.test:8485",
    )
    app = create_app(settings)
    phone = TestClient(PlainDoor(app, settings.address), follow_redirects=False)
    page = phone.get("/phone").text
    assert authority.fingerprint()[:23] in page and "Certificate Trust Settings" in page
    given = phone.get("/phone/authority.crt")
    assert given.headers["content-type"] == "application/x-x509-ca-cert"
    assert given.content == authority.certificate
    profile = plistlib.loads(phone.get("/phone/authority.mobileconfig").content)
    assert profile["PayloadContent"][0]["PayloadContent"] == authority.certificate
    assert phone.get("/static/castmate.css").status_code == 200
    for path in ("/console?key=key", "/sign-in", "/room/s", "/metrics", "/api/v1/openapi.json"):
        away = phone.get(path)
        assert away.status_code == 307
        assert away.headers["location"] == f"https://shop.test:8484{path.split('?')[0]}"
    assert phone.post("/sign-in", data={"name": "a", "password": "b"}).status_code == 403


def test_a_console_without_an_authority_gives_none():
    client = client_of()
    assert client.get("/phone/authority.crt").status_code == 404
    assert "castmate serve --host" in client.get("/phone").text


def test_nothing_of_a_demo_is_kept():
    accounts = accounts_in_memory(lambda: NOW)
    assert not accounts.lasting and accounts.audit is None
