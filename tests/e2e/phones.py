"""A phone at the console's own door: HTTPS by the shop's authority, a passkey, a camera, a microphone.

Authenticator   what DevTools plays for a phone's own; Phone: one whose keys go from one browser to the next
console         `castmate serve` with its Door, through which co-hosts come
Watched         a running show as its ledger tells it so far
"""

import base64
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import httpx
from cohosting import CHROMIUM, answer_when_asked
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, Page, Playwright
from servers import free_port, wait_for
from shows import Castmate, Process, so_far

NAME = "castmate.test"
PASSWORD = "four plain words here"
LONG = 300.0  # seconds that this machine may take for a step


def trusting(authority: bytes) -> list[str]:
    """Arguments of a Chromium that finds NAME on this machine, takes what this authority signed (nothing else
    is waved through), and gives its fake devices to whoever asks.
    """
    found = x509.load_pem_x509_certificate(authority).public_key()
    key = found.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return [
        f"--host-resolver-rules=MAP {NAME} 127.0.0.1",
        f"--ignore-certificate-errors-spki-list={base64.b64encode(sha256(key).digest()).decode()}",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
    ]


def two_free_ports() -> int:
    """A free port whose next one is free too: the plain door's."""
    while True:
        port = free_port()
        with socket.socket() as beside:
            try:
                beside.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
        return port


class Authenticator:
    """A phone's own authenticator, as DevTools plays it."""

    def __init__(self, page: Page) -> None:
        self._devtools = page.context.new_cdp_session(page)
        self._devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = self._devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self._id = made["authenticatorId"]

    def knows_its_holder(self, yes: bool) -> None:
        self._devtools.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": yes})


class Phone(Authenticator):
    """What a phone holds goes from one browser of it to the next."""

    def keys(self) -> list[dict[str, object]]:
        found = self._devtools.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        return list(found["credentials"])

    def take(self, keys: list[dict[str, object]]) -> None:
        for key in keys:
            self._devtools.send("WebAuthn.addCredential", {"authenticatorId": self._id, "credential": key})


@dataclass
class Door:
    """The console as a co-host comes to it; what their phone holds."""

    base: str
    authority: bytes
    keys: list[dict[str, object]] = field(default_factory=list)

    def open(
        self, play: Playwright, camera: Path, microphone: Path | None = None
    ) -> tuple[Browser, Page, Phone]:
        """Before those devices; a microphone that nothing is said of beeps."""
        films = [f"--use-file-for-fake-video-capture={camera}"]
        if microphone is not None:
            films.append(f"--use-file-for-fake-audio-capture={microphone}")
        chromium = play.chromium.launch(
            executable_path=str(CHROMIUM), chromium_sandbox=False, args=[*trusting(self.authority), *films]
        )
        context = chromium.new_context(locale="en-US", permissions=["camera", "microphone"])
        context.set_default_timeout(120_000)
        page = context.new_page()
        own = Phone(page)
        own.take(self.keys)
        return chromium, page, own

    def signed_in(
        self, play: Playwright, camera: Path, microphone: Path | None = None
    ) -> tuple[Browser, Page]:
        """By the passkey alone, on the co-host's page, not checked in."""
        chromium, page, own = self.open(play, camera, microphone)
        page.goto(f"{self.base}/sign-in?next=/cohost")
        page.click("#passkey")
        page.wait_for_url(f"{self.base}/cohost")
        page.wait_for_selector("#arrive")
        self.keys = own.keys()  # it counts its uses
        return chromium, page

    def set_up(self, play: Playwright, address: str, camera: Path) -> None:
        """The first account, and its passkey."""
        chromium, page, own = self.open(play, camera)
        page.goto(address)
        page.fill("#name", "Ann")
        page.fill("#password", PASSWORD)
        page.click("main button")
        page.wait_for_url(f"{self.base}/account?said=said_set_up")
        page.fill("#passkey-name", "my phone")
        page.click("#new-passkey button")
        page.wait_for_url(f"{self.base}/account?said=said_passkey")
        self.keys = own.keys()
        chromium.close()


@contextmanager
def console(castmate: Castmate) -> Iterator[tuple[Door, str, str]]:
    """The door, the address at which the first account is made, and where a show links to."""
    port = two_free_ports()
    with castmate.running("serve", "--host", NAME, "--port", port) as served:
        said = served.says("Ctrl-C ends everything.")
        address = re.search(r"https://\S+/console\?key=\S+", said)
        assert address is not None
        given = httpx.get(
            f"http://127.0.0.1:{port + 1}/phone/authority.crt", headers={"host": f"{NAME}:{port + 1}"}
        )
        link = f"ws://127.0.0.1:{port + 1}/link/corner-evening"
        yield Door(f"https://{NAME}:{port}", given.content), address.group(), link


@dataclass
class Watched:
    """The show as its ledger tells it so far."""

    castmate: Castmate
    process: Process

    def noted(self, kind: str) -> list[dict]:
        assert self.process.child.poll() is None, self.process.output
        return so_far(self.castmate.shows()[-1], kind) if self.castmate.shows() else []

    def air(self) -> str:
        return next((str(n["air"]) for n in reversed(self.noted("session"))), "")


def arrive(page: Page) -> None:
    page.fill("#name", "Ann")
    page.click("#arrive")


def enrol(page: Page) -> None:
    """Agrees to the words, and waits until the camera's face is like the enrolled one."""
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Enrol my face").click()
    page.locator("#face.on", has_text="like the enrolled one").wait_for()


def answered(page: Page, show: Watched) -> None:
    """The first question of a sitting is typed; a page that lost its line sits down and is asked anew."""
    before = len(show.noted("cohost.challenge_answered"))
    wait_for(lambda: answer_when_asked(page) or len(show.noted("cohost.challenge_answered")) > before, LONG)
