"""The way in as people take it: HTTPS by the shop's own authority, a passkey, a camera, in Chromium."""

import json
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from cohosting import CHROMIUM
from phones import NAME, PASSWORD, Authenticator, trusting, two_free_ports
from playwright.sync_api import BrowserContext, sync_playwright
from servers import wait_for
from shows import Castmate
from websockets.sync.client import connect

from bot.show.messages import Hello

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's Chromium: apt install chromium"),
]


@contextmanager
def browser(authority: bytes, *more: str) -> Iterator[BrowserContext]:
    """A Chromium that trusts this authority. Errors of its pages are failures."""
    with sync_playwright() as play:
        chromium = play.chromium.launch(
            executable_path=str(CHROMIUM),
            headless=True,
            chromium_sandbox=False,
            args=[*trusting(authority), *more],
        )
        context = chromium.new_context(locale="en-US", permissions=["camera", "microphone"])
        context.set_default_timeout(60_000)
        errors: list[str] = []
        context.on("weberror", lambda error: errors.append(str(error.error)))
        yield context
        chromium.close()
        assert errors == []


def hello(show: str) -> str:
    return Hello(
        show=show,
        title="Evening",
        language="en",
        platform="room",
        mode="duet",
        codecs="avc1.42c01f,mp4a.40.2",
        width=720,
        height=1280,
        rundown=(),
    ).model_dump_json()


def test_a_phone_gets_through_https_with_passkey_and_camera(tmp_path: Path) -> None:
    castmate, port = Castmate(tmp_path / "data", tmp_path / "cache"), two_free_ports()
    base, plain = f"https://{NAME}:{port}", f"http://127.0.0.1:{port + 1}"
    with castmate.running("serve", "--host", NAME, "--port", port) as served:
        said = served.says("Ctrl-C ends everything.")
        set_up = re.search(r"https://\S+/console\?key=\S+", said)
        assert set_up is not None and set_up.group().startswith(base)

        # What a phone loads before it trusts anybody, over the plain door, is the authority that was printed.
        given = httpx.get(f"{plain}/phone/authority.crt", headers={"host": f"{NAME}:{port + 1}"})
        authority = given.content
        mark = sha256(ssl.PEM_cert_to_DER_cert(authority.decode())).hexdigest().upper()
        assert mark in re.sub(r"\s", "", said)
        trust = ssl.create_default_context(cadata=authority.decode())
        with httpx.Client(verify=trust) as phone:  # the chain and the name, checked by OpenSSL
            answer = phone.get(
                f"https://127.0.0.1:{port}/healthz", extensions={"sni_hostname": NAME}, headers={"host": NAME}
            )
            assert answer.status_code == 200
        away = httpx.get(f"{plain}/sign-in", headers={"host": f"{NAME}:{port + 1}"})
        assert away.headers["location"] == f"{base}/sign-in", "nobody signs in over plain HTTP"

        token = (castmate.data / "keys" / "link.token").read_text().strip()
        link = connect(
            f"ws://127.0.0.1:{port + 1}/link/evening",
            additional_headers={"authorization": f"Bearer {token}"},
        )
        with link, browser(authority) as context:
            link.send(hello("evening"))
            page = context.new_page()
            own = Authenticator(page)
            page.goto(set_up.group())
            page.fill("#name", "Ann")
            page.fill("#password", PASSWORD)
            page.click("main button")
            page.wait_for_url(f"{base}/account?said=said_set_up")
            page.fill("#passkey-name", "my phone")
            page.click("#new-passkey button")
            page.wait_for_url(f"{base}/account?said=said_passkey")
            assert "my phone" in page.inner_text("main")
            page.click("nav form button")  # signed out
            page.wait_for_url(f"{base}/sign-in")

            own.knows_its_holder(False)
            page.click("#passkey")
            page.wait_for_selector("#passkey-trouble:not([hidden])")
            assert page.goto(f"{base}/home") is not None and "/sign-in" in page.url, "no finger, no entry"
            own.knows_its_holder(True)
            page.goto(f"{base}/sign-in?next=/cohost")
            page.click("#passkey")
            page.wait_for_url(f"{base}/cohost")

            page.click("#devices")  # camera and microphone, which browsers give to HTTPS alone
            wait_for(lambda: page.evaluate("document.getElementById('camera').videoWidth"), 60)
            page.fill("#name", "Ann")
            page.click("#arrive")
            arrived = wait_for(lambda: heard(link, "check_in"), 60)
            assert arrived["name"] == "Ann"
            assert (arrived["signed_in"]["account"], arrived["signed_in"]["how"]) == ("Ann", "passkey")
            assert "with a passkey" in page.inner_text("#signed-in")

            cookies = {c["name"]: c for c in context.cookies(base)}
            assert all(n.startswith("__Host-") for n in cookies if not n.startswith("castmate_viewer"))
            assert all(c["secure"] and c["httpOnly"] and c["sameSite"] == "Strict"
                       for n, c in cookies.items() if n.startswith("__Host-"))  # fmt: skip
            page.goto(f"{base}/acts")
            wait_for(lambda: page.reload() and "added a passkey" in page.inner_text("table"), 60)
        served.child.terminate()
        assert served.child.wait(60) == 0, served.output
    ledger = castmate.data / "console" / "ledger.jsonl"
    assert castmate("ledger", "verify", ledger).returncode == 0
    told = set(re.findall(r"console\.\w+", ledger.read_text("utf-8")))
    assert told >= {"console.set_up", "console.passkey_added", "console.signed_out", "console.signed_in"}


def heard(link: object, kind: str) -> dict[str, object]:
    """The next message of that kind that the show was told; {} when none came in time."""
    try:
        while True:
            message = json.loads(link.recv(timeout=5))  # type: ignore[attr-defined]
            if message["type"] == kind:
                return message
    except TimeoutError:
        return {}
