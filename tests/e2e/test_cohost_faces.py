"""A real Chromium with a fake camera on the co-host's page: faces enrolled, compared and told apart.

A still picture and a film take longer: test_cohost_films.py, in `make prove`.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import person
import pytest
import websockets
from playwright.async_api import Page, async_playwright

from bot.clock import SystemClock
from bot.compliance.enrolled import FaceStore, consent_hash
from bot.compliance.persons import PersonKeys
from bot.console.alike import open_describer
from bot.console.face_watch import FaceWatch
from bot.console.server import serve
from bot.console.settings import ConsoleSettings
from bot.show.messages import DOWN, Challenge, Hello

CHROMIUM = Path("/usr/bin/chromium")
LINK, KEY = "link-key", "operator-key"
HELLO = Hello(
    show="s", title="Evening", language="en", platform="room", mode="duet", codecs="", width=720, height=1280
)
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(120),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's Chromium: apt install chromium"),
]


class Show:
    """The show's end of the link: keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.ask: asyncio.Queue[Any] = asyncio.Queue()

    async def run(self, base: str) -> None:
        url, headers = f"{base.replace('http', 'ws')}/link/s", {"Authorization": f"Bearer {LINK}"}
        async with websockets.connect(url, additional_headers=headers, max_size=None) as ws:
            await ws.send(HELLO.model_dump_json())
            async with asyncio.TaskGroup() as group:
                group.create_task(self._hear(ws))
                while True:
                    await ws.send((await self.ask.get()).model_dump_json())

    async def _hear(self, ws: Any) -> None:
        async for message in ws:
            if isinstance(message, str):
                self.told.append(DOWN.validate_json(message))

    def evidence(self, kind: str) -> list[Any]:
        return [m for m in self.told if m.type == "evidence" and m.kind == kind]

    async def until(self, true: Any, what: str) -> None:
        for _ in range(900):
            if true():
                return
            await asyncio.sleep(0.05)
        kinds = [(m.type, getattr(m, "kind", ""), getattr(m, "score", "")) for m in self.told]
        raise AssertionError(f"{what}; the show was told {kinds}")


@asynccontextmanager
async def sitting(tmp_path: Path, camera: Path) -> AsyncIterator[tuple[Page, Show]]:
    """The page of a co-host who checked in as Mei before that camera, and the show that is told of it."""
    faces = FaceStore(tmp_path / "faces", PersonKeys(tmp_path / "keys.db"))
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    settings = ConsoleSettings(LINK, KEY, tmp_path, key_uses=9, faces=faces)
    serving = asyncio.ensure_future(serve(settings, port=0, stop=stop, ready=ready.set_result))
    base, show = await ready, Show()
    airing = asyncio.ensure_future(show.run(base))
    args = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={camera}",
    ]
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=str(CHROMIUM), args=args, chromium_sandbox=False)
        page = await (await browser.new_context(permissions=["camera", "microphone"])).new_page()
        page.set_default_timeout(45_000)
        await show.until(lambda: show.told, "the console took the link")
        await page.goto(f"{base}/cohost?key={KEY}")
        await page.get_by_label("Your name").fill("Mei")
        await page.get_by_role("button", name="Check in").click()
        yield page, show
        await browser.close()
    airing.cancel()
    await asyncio.wait({airing})
    stop.set()
    await asyncio.wait_for(serving, 15)


async def test_a_face_is_enrolled_by_a_written_act_and_is_then_like_itself(tmp_path: Path) -> None:
    camera = person.camera(tmp_path / "camera.y4m", face=True)
    async with sitting(tmp_path, camera) as (page, show):
        await page.get_by_role("button", name="Enrol my face").wait_for()
        await page.get_by_label("I agree").check()
        await page.get_by_role("button", name="Enrol my face").click()
        await page.get_by_text("Your face is enrolled").wait_for()
        (act,) = [m for m in show.told if m.type == "face_act"]
        assert (act.name, act.enrolled, act.words) == ("Mei", True, consent_hash("en"))
        await page.locator("#face.on", has_text="like the enrolled one").wait_for()
        assert show.evidence("likeness")[0].score == 1.0
        show.ask.put_nowait(Challenge(id="c", kind="press_now", text="Press", seconds=40))
        await page.get_by_text("Press the button now").wait_for()  # in the page's words
        await page.get_by_role("button", name="I am here").click()
        await show.until(lambda: show.evidence("challenge"), "the press was told")
        await page.get_by_role("button", name="Take it back and erase it").click()
        await page.get_by_role("button", name="Enrol my face").wait_for()
        assert list((tmp_path / "faces").iterdir()) == []


async def test_another_face_is_told_to_be_unlike_the_enrolled_one(tmp_path: Path) -> None:
    enrol(tmp_path)
    camera = person.camera(tmp_path / "camera.y4m", face=True, draw=person.other)
    async with sitting(tmp_path, camera) as (page, show):
        await page.locator("#face", has_text="Not like the enrolled face").wait_for()
        await show.until(lambda: show.evidence("likeness"), "the stranger was told")
        told = show.evidence("likeness")[0]
        assert told.score == 0.0 and told.picture and "not like the enrolled one" in told.detail
        assert [m.enrolled for m in show.told if m.type == "check_in"] == [True]


def enrol(folder: Path) -> None:
    """Mei's face, as the page would have taken it."""
    network = open_describer()
    assert network is not None
    watch, found = FaceWatch(network), []
    for n, picture in enumerate(itertools.islice(person.living(seed=11), 4)):
        look = watch.look(person.jpeg(picture), n * 0.4, describe=True)
        if look is not None and look.described is not None:
            found.append(look.described)
    FaceStore(folder / "faces", PersonKeys(folder / "keys.db")).enrol(
        "Mei", found, network.name, SystemClock().now()
    )
