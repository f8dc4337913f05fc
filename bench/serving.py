"""`castmate serve` in a process of its own, for figures of the console: its first link, and a way in."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.async_api import Page

from bot.fleet.local import link_token

START_S = 180.0
CHROMIUM = "/usr/bin/chromium"


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, str]]:
    """(base address, link that makes the owner's account). This process's environment names the same folders
    and the same token, so that a show made here links to it.
    """
    os.environ |= {"CASTMATE_DATA": str(folder / "data"), "CASTMATE_CACHE": str(folder / "cache")}
    os.environ["CASTMATE_LINK_TOKEN"] = link_token(folder / "data" / "keys" / "link.token")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "console.txt").open("wb") as said:
        console = subprocess.Popen(
            (sys.executable, "-m", "bot.cli", "serve", "--port", str(port)), stdout=said, stderr=said
        )
    try:
        entrance = _says(folder / "console.txt", r"http://\S+key=\S+")
        yield entrance.partition("/console")[0], entrance
    finally:
        console.terminate()
        console.wait(30)


def _says(file: Path, pattern: str) -> str:
    """What a process printed, once it has printed all that it says at its start. Raises TimeoutError."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if "Ctrl-C" in (text := file.read_text("utf-8")) and (found := re.search(pattern, text)):
            return found[0]
        time.sleep(0.2)
    raise TimeoutError(file.read_text("utf-8"))


async def sign_in(page: Page, entrance: str) -> None:
    """The owner's account is made; this browser is signed in."""
    await page.goto(entrance)
    await page.fill("[name=name]", "Olga")
    await page.fill("[name=password]", "correct horse battery staple 77")
    await page.press("[name=password]", "Enter")
    await page.wait_for_url("**/account**")
