"""A co-host in front of the page of a show: checks in before a camera, and answers when asked."""

import re
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright
from playwright.sync_api import TimeoutError as TooLate
from servers import wait_for
from shows import Process

CHROMIUM = Path("/usr/bin/chromium")


def check_in(
    play: Playwright, process: Process, port: int, name: str, camera: Path, microphone: Path | None = None
) -> tuple[Browser, Page]:
    """Opens the link that a demo tells, with these films for devices, and checks in: both go on by that."""
    found = re.search(r"cohost\?key=([\w-]+)", process.says("cohost?key="))
    assert found is not None
    films = [f"--use-file-for-fake-video-capture={camera}"]
    if microphone is not None:
        films.append(f"--use-file-for-fake-audio-capture={microphone}")
    browser = play.chromium.launch(
        executable_path=str(CHROMIUM),
        chromium_sandbox=False,
        args=[
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            "--disable-background-networking",
            *films,
        ],
    )
    page = browser.new_context(permissions=["camera", "microphone"]).new_page()
    link = f"http://127.0.0.1:{port}/cohost?key={found[1]}"
    wait_for(lambda: page.goto(link) and page.query_selector("#arrive"), 60)
    page.fill("#name", name)
    page.click("#arrive")
    return browser, page


def answer_when_asked(page: Page) -> None:
    """Types the digits that the page asks for. A question may go while one reads it."""
    if page.is_visible("#ask"):
        with suppress(TooLate):
            digits = "".join(re.findall(r"\d", page.inner_text("#ask-text", timeout=2000)))
            page.fill("#answer", digits, timeout=2000)
            page.press("#answer", "Enter", timeout=2000)
