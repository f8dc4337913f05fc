"""A million rows are read into the catalogue in the console while a show is on the air: late ticks of the
show before and meanwhile, and how long pages take meanwhile.

    python -m bench beside        CASTMATE_BENCH_ROWS=100000: fewer
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from bench.catalogue import write
from bench.rows import Row, row
from bench.serving import CHROMIUM, serving, sign_in

SHOW = Path(__file__).parents[1] / "sample" / "show.yaml"
COMMAND = "python -m bench beside"
ROWS = int(os.environ.get("CASTMATE_BENCH_ROWS", "1000000"))
ALONE_S = 40.0
SETTLE_S = 10.0
PATIENCE_MS = 1_200_000
PAGES = ("/home", "/console/corner-evening", "/catalogue", "/calendar")
EVERY_S = 0.5


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write(folder / "million.csv", ROWS)
        with serving(folder) as (base, entrance):
            link = f"{base.replace('http', 'ws', 1)}/link/corner-evening"
            words = ("air", SHOW, "--link", link, "--minutes", "25")
            with (folder / "air.txt").open("wb") as said:
                airing = subprocess.Popen((sys.executable, "-m", "bot.cli", *words), stdout=said, stderr=said)
            try:
                return asyncio.run(_measure(base, entrance, folder / "million.csv"))
            finally:
                airing.terminate()
                airing.wait(60)


async def ticks(base: str) -> dict[str, float]:
    """Counts of the show's ticks so far, by name; empty before it is on the air."""
    async with httpx.AsyncClient(timeout=60) as client:
        text = (await client.get(f"{base}/metrics")).text
    told = (line for line in text.splitlines() if line.startswith("castmate_air_ticks"))
    return {line.split("{")[0]: float(line.rpartition(" ")[2]) for line in told}


def late_share(first: dict[str, float], last: dict[str, float]) -> float:
    """Share of the ticks between two looks that were late."""
    made, late = (last[n] - first[n] for n in ("castmate_air_ticks_total", "castmate_air_ticks_lagged_total"))
    return late / max(1.0, made)


async def _pages(base: str, context: BrowserContext, took: list[float]) -> None:
    """Pages asked for one after the other, as a signed-in person does, until it is cancelled."""
    while True:
        for path in PAGES:
            cookies = {c["name"]: c["value"] for c in await context.cookies(base)}
            async with httpx.AsyncClient(timeout=60, cookies=cookies) as client:
                began = time.perf_counter()
                answer = await client.get(base + path)
                took.append(time.perf_counter() - began)
            assert answer.status_code == 200, (path, answer.status_code)
            await asyncio.sleep(EVERY_S)


@dataclass(slots=True)
class Watched:
    """What became of show and pages in a stretch. `late`: share of the show's ticks."""

    pages_s: list[float] = field(default_factory=list)
    late: float = 0.0


@asynccontextmanager
async def _watched(base: str, context: BrowserContext) -> AsyncIterator[Watched]:
    watched, first = Watched(), await ticks(base)
    asking = asyncio.ensure_future(_pages(base, context, watched.pages_s))
    try:
        yield watched
    finally:
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking
    watched.late = late_share(first, await ticks(base))


async def _taken_in(page: Page, base: str, file: Path) -> float:
    """Seconds from choosing the file until its rows are in the catalogue."""
    began = time.monotonic()
    await page.goto(f"{base}/catalogue?lang=en")
    await page.set_input_files("#file", file)
    await page.wait_for_url("**/catalogue/uploads/*")
    await page.click("form[data-work=compare] button")
    await page.click("form[data-work=apply] button")
    await expect(page.locator("form[action='/catalogue/undo'] button")).to_be_visible(timeout=PATIENCE_MS)
    return time.monotonic() - began


async def _measure(base: str, entrance: str, file: Path) -> list[Row]:
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False)
        context = await browser.new_context()
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        await sign_in(page, entrance)
        while not await ticks(base):  # noqa: ASYNC110  no event tells it
            await asyncio.sleep(1)
        await asyncio.sleep(SETTLE_S)
        async with _watched(base, context) as before:
            await asyncio.sleep(ALONE_S)
        async with _watched(base, context) as during:
            seconds = await _taken_in(page, base, file)
        await browser.close()
    about = f"{ROWS:,} rows in {seconds:.0f} s, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    rows = [
        row("console.import_late_ticks_before", 100 * before.late, "%", "", about, COMMAND),
        row("console.import_late_ticks_during", 100 * during.late, "%", "", about, COMMAND),
    ]
    for when, watched in (("before", before), ("during", during)):
        ms = sorted(1000 * s for s in watched.pages_s)
        p95 = ms[min(len(ms) - 1, round(0.95 * len(ms)))]
        asked = f"{len(ms)} pages: {', '.join(PAGES)}; {about}"
        rows += [
            row(f"console.import_pages_{when}_p50", statistics.median(ms), "ms", "<= 200", asked, COMMAND),
            row(f"console.import_pages_{when}_p95", p95, "ms", "", asked, COMMAND),
        ]
    return rows
