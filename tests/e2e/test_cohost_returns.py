"""One show under Douyin's rules in which a co-host signs in by passkey, enrols, answers, leaves, is stood in
for by a still picture, a film, a stranger and an empty chair, and comes back; then its recording is looked
at.

Nothing is played to the show but what a browser brings: a virtual authenticator, a camera, a microphone that
beeps. Part of `make prove`.
"""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from itertools import groupby
from pathlib import Path

import av
import httpx
import numpy as np
import person
import pytest
from cohosting import CHROMIUM, answer_when_asked
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from servers import wait_for
from shows import SHOW, Castmate, Process, entries, of_kind, so_far
from test_accounts_browser import NAME, PASSWORD, Authenticator, two_free_ports

from bot.app import make_label_spec
from bot.compliance.decision import decide
from bot.compliance.evidence import ShowFacts
from bot.compliance.label import draw_label, label_lines
from bot.compliance.packs import load_packs
from bot.compliance.selection import Destination
from bot.stage.layout import layout
from bot.stage.watch import LabelWatch

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.live,
    pytest.mark.timeout(2400),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's Chromium: apt install chromium"),
]
SPEED = 2  # a proof is good for 60 s, and 150 s after the last one the show ends
GOOD_S = 120 / SPEED
LONG = 300.0  # seconds that this machine may take for a step


class Phone(Authenticator):
    """What a phone holds goes from one browser of it to the next."""

    def keys(self) -> list[dict[str, object]]:
        found = self._devtools.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        return list(found["credentials"])

    def take(self, keys: list[dict[str, object]]) -> None:
        for key in keys:
            self._devtools.send("WebAuthn.addCredential", {"authenticatorId": self._id, "credential": key})


def launched(play: Playwright, authority: bytes, camera: Path) -> Browser:
    """A Chromium that finds NAME on this machine, takes what this authority signed, and has that camera."""
    key = x509.load_pem_x509_certificate(authority).public_key()
    told = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    args = [
        f"--host-resolver-rules=MAP {NAME} 127.0.0.1",
        f"--ignore-certificate-errors-spki-list={base64.b64encode(sha256(told).digest()).decode()}",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={camera}",
    ]
    return play.chromium.launch(executable_path=str(CHROMIUM), chromium_sandbox=False, args=args)


@dataclass
class Door:
    """The console as a co-host comes to it; what their phone holds."""

    base: str
    authority: bytes
    keys: list[dict[str, object]] = field(default_factory=list)

    def open(self, play: Playwright, camera: Path) -> tuple[Browser, Page, Phone]:
        chromium = launched(play, self.authority, camera)
        context = chromium.new_context(locale="en-US", permissions=["camera", "microphone"])
        context.set_default_timeout(120_000)
        page = context.new_page()
        own = Phone(page)
        own.take(self.keys)
        return chromium, page, own

    def signed_in(self, play: Playwright, camera: Path) -> tuple[Browser, Page]:
        """By the passkey alone, on the co-host's page, not checked in."""
        chromium, page, own = self.open(play, camera)
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

    def seen(self) -> list[str]:
        """What was seen of cameras: pictures that were sealed, each with its words."""
        return [str(n.get("seen")) for n in self.noted("cohost.snapshot")]


def arrive(page: Page) -> None:
    page.fill("#name", "Ann")
    page.click("#arrive")


def answered(page: Page, show: Watched) -> None:
    """The first question of a sitting is typed; a page that lost its line sits down and is asked anew."""
    before = len(show.noted("cohost.challenge_answered"))
    wait_for(lambda: answer_when_asked(page) or len(show.noted("cohost.challenge_answered")) > before, LONG)


def stand(page: Page, show: Watched, place: str) -> None:
    """Steps onto the air and stays until pictures of it were looked at for some time."""
    page.click(f"#places button[data-place={place}]")
    wait_for(lambda: [n for n in show.noted("human.place") if n["place"] == place], LONG)
    page.wait_for_timeout(12_000)


STAND_INS = {
    "still": ({"face": True, "seconds": 0.2}, "The picture stands still"),
    "film": ({"face": True, "seconds": 6.0}, "These pictures were shown before"),
    "stranger": ({"face": True, "draw": person.other}, "Not like the enrolled face"),
    "chair": ({"face": False}, ""),
}


def test_stand_ins_hold_a_running_show_and_the_enrolled_person_brings_it_back(
    home: Castmate, tmp_path: Path
) -> None:
    living = person.camera(tmp_path / "living.y4m", face=True, seconds=300)  # or it would be a film itself
    castmate = Castmate(tmp_path / "data", home.cache)
    with console(castmate) as (door, address, link), sync_playwright() as play:
        door.set_up(play, address, living)
        token = (castmate.data / "keys" / "link.token").read_text().strip()
        words = ("--platform", "douyin", "--lang", "zh", "--minutes", 40, "--seed", 5, "--speed", SPEED)
        with castmate.with_(CASTMATE_LINK_TOKEN=token).running(
            "air", SHOW, *words, "--link", link
        ) as process:
            show = Watched(castmate, process)
            wait_for(lambda: show.air() == "checking", LONG)
            browser, page = door.signed_in(play, living)
            arrive(page)
            page.get_by_label("I agree").check()
            page.get_by_role("button", name="Enrol my face").click()
            page.locator("#face.on", has_text="like the enrolled one").wait_for()
            assert show.air() == "checking", "a face, a name and a passkey have not answered yet"
            answered(page, show)
            wait_for(lambda: show.air() == "live" and show.noted("line.aired"), LONG)
            page.wait_for_timeout(1300 * GOOD_S)  # nothing is asked or done: the face is the proof
            assert not show.noted("cohost.late")

            for name, (camera, told) in STAND_INS.items():
                film = person.camera(tmp_path / f"{name}.y4m", **camera)
                there, (browser, page) = browser, door.signed_in(play, film)
                there.close()  # the one before leaves
                wait_for(lambda: show.air() == "hold", LONG)
                arrive(page)
                answered(page, show)  # somebody is at the keys, which is good for one proof and no more
                if told:
                    page.locator("#face", has_text=told).wait_for()
                if name != "stranger":
                    page.wait_for_timeout(1000 * GOOD_S)
                wait_for(lambda: show.air() == "hold", LONG)
                page.screenshot(path=str(tmp_path / f"{name}.png"))

            there, (browser, page) = browser, door.signed_in(play, living)
            there.close()
            arrive(page)
            page.locator("#face.on", has_text="like the enrolled one").wait_for()
            answered(page, show)
            lines = len(show.noted("line.aired"))
            wait_for(lambda: show.air() == "live" and len(show.noted("line.aired")) > lines, LONG)
            for place in ("inset", "alone", "off"):
                stand(page, show, place)
            process.child.terminate()
            process.child.wait(LONG)
            browser.close()
        assert process.child.returncode == 0, process.output
    (folder,) = castmate.shows()
    told = entries(folder)
    assert of_kind(told, "show.ended")[0]["air"] == "ended"
    arrivals = [n for n in of_kind(told, "cohost.check_in") if n["arriving"]]
    assert {n["credential"] for n in arrivals} == {"passkey"} and len(arrivals) >= 6
    assert castmate("ledger", "verify", folder).returncode == 0
    assert castmate("recording", "verify", folder).returncode == 0
    examined(castmate, folder, tmp_path)


def examined(castmate: Castmate, folder: Path, tmp_path: Path) -> None:
    """The recording: no host without the label; the host in every line; nobody drawn while it held, nor while
    a person was alone, who bears no label.
    """
    film = tmp_path / "whole.mp4"
    assert castmate("recording", "export", folder, "--out", film).returncode == 0
    decision = decide(
        load_packs(), [Destination("douyin", "CN")], ["CN"], date(2026, 11, 22),
        ShowFacts(cloned_person=False, virtual_scene=True, prerecorded=False), local_try=True,
    )  # fmt: skip
    spec = make_label_spec(decision, "zh")
    watch, sights = LabelWatch(draw_label(spec, layout(720, 1280, label_lines(spec.text))).overlay), []
    with av.open(str(film)) as container:
        for n, frame in enumerate(container.decode(video=0)):
            if n % 10 == 0:
                at, luma = float(frame.time), np.ascontiguousarray(frame.to_ndarray()[: frame.height])
                sights.append((at, jacket(frame), bool(watch.look(luma, at).label)))
    assert all(label for _, host, label in sights if host), "no host without the label"
    for line in of_kind(entries(folder), "line.aired"):
        begin, end = line["from_ms"] / 1000 + 0.5, line["to_ms"] / 1000 - 0.5
        assert all(host for at, host, _ in sights if begin < at < end) or line.get("cut"), line
    stretches = [(host, len(list(some))) for host, some in groupby(sights, lambda sight: sight[1])]
    away = [n for host, n in stretches[1:-1] if not host]  # before and after it, slates stand
    assert len([n for n in away if n >= 5]) > len(STAND_INS)
    bare = [n for label, n in ((k, len(list(g))) for k, g in groupby(sights, lambda s: s[2])) if not label]
    assert max(bare, default=0) >= 10, "a person alone bears no label"


def jacket(frame: av.VideoFrame) -> bool:
    """Whether the drawn host stands in the picture: their teal jacket is two fifths of this part of it."""
    part = frame.to_ndarray(format="rgb24")[560:1000, 120:600].astype(np.int16)
    red, green, blue = part[..., 0], part[..., 1], part[..., 2]
    return float(((red < 90) & (green > 80) & (green < 170) & (np.abs(green - blue) < 25)).mean()) > 0.2
