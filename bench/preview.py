"""From a picture that is composed to the same picture on the desk: a patch of the air turns bright and dark
by the second, and a real Chromium looks at the preview for it. Show, studio, console and browser are
processes of their own, as they are on the air; all on this machine.

    python -m bench preview       CASTMATE_BENCH_SECONDS=120: looks for so long
"""

import asyncio
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from bench.rows import Row, row
from bench.serving import CHROMIUM, serving, sign_in
from bot.app import ShowBuilder, live_clock, prepare_reel
from bot.settings import read_settings
from bot.shop import ShowOrder, new_folder
from bot.show.run import ShowRun
from bot.show.session import Air
from bot.stage.air import AirLoop

SHOW = Path(__file__).parents[1] / "sample" / "show.yaml"
COMMAND = "python -m bench preview"
LOOK_S = float(os.environ.get("CASTMATE_BENCH_SECONDS", "60"))
SETTLE_S = 10.0
PERIOD = 25  # ticks for which the patch stands
PATCH = (slice(500, 580), slice(20, 100))  # rows, columns of 720x1280, clear of label, captions and card
BRIGHT = 128
WATCH = """() => {
  const video = document.getElementById("video"), canvas = document.createElement("canvas");
  canvas.width = canvas.height = 4;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  window.seen = [];
  const look = (now, { mediaTime, presentationTime }) => {
    pen.drawImage(video, 30, 510, 60, 60, 0, 0, 4, 4);
    const light = pen.getImageData(1, 1, 1, 1).data[1];
    window.seen.push([performance.timeOrigin + presentationTime, mediaTime, light]);
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
}"""


class Flashing:
    """The air's compositor, with a patch that is bright for a second and dark for the next. `made`: when each
    tick was composed, by the clock of the wall.
    """

    def __init__(self, air: AirLoop) -> None:
        self._air, self._own = air, air.compositor
        self.made: dict[int, float] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)

    def compose(self, work: Any, *layers: Any) -> None:
        self._own.compose(work, *layers)
        work.y[PATCH] = 235 if self._air.n // PERIOD % 2 else 16
        self.made[self._air.n] = time.time()


@dataclass(frozen=True)
class Seen:
    """Pictures as the browser showed them: when, which (seconds of the stream), how bright the patch was; how
    far behind the end of what it had the page played; how busy the machine was.
    """

    pictures: list[tuple[float, float, float]]
    behind: float
    load: float
    made: dict[int, float]


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        with serving(Path(folder)) as (base, entrance):
            seen = asyncio.run(_air(base, entrance))
    waits = sorted(latencies(seen.pictures, seen.made))
    if not waits:
        print("  no change of the patch was seen: the figures are left out")
        return []
    about = f"{len(waits)} changes, 720x1280p25, one machine, load {seen.load:.1f} on {os.cpu_count()} cores"
    p95 = waits[min(len(waits) - 1, round(0.95 * len(waits)))]
    return [
        row("console.preview_latency_p50", statistics.median(waits), "s", "", about, COMMAND),
        row("console.preview_latency_p95", p95, "s", "", about, COMMAND),
        row("console.preview_player_lead", seen.behind, "s", "", "of it, held by the page", COMMAND),
    ]


def latencies(pictures: list[tuple[float, float, float]], made: dict[int, float]) -> list[float]:
    """Seconds from composing to showing, of each first picture after a change of the patch. A change between
    two pictures of which one in between was not shown is left out: it was there earlier.
    """
    found = []
    for (_, before, dark), (shown_ms, at, light) in pairwise(pictures):
        if (dark > BRIGHT) != (light > BRIGHT) and round((at - before) * 25) == 1:
            near = round(at * 25)
            n = min((k for k in made if k % PERIOD == 0), key=lambda k: abs(k - near), default=None)
            if n is not None and abs(n - near) <= 2:
                found.append(shown_ms / 1000 - made[n])
    return found


async def _air(base: str, entrance: str) -> Seen:
    settings = read_settings()
    link = f"{base.replace('http', 'ws', 1)}/link/corner-evening"
    order = ShowOrder(file=SHOW, minutes=20, record=False, seed=5, link=link)
    clock = live_clock(order)
    builder = ShowBuilder(order, settings, clock, new_folder(settings, "preview", clock.now()))
    try:
        show = builder.build(prepare_reel(builder.shop, settings, lambda _: None))
        assert builder.parts is not None
        flashing = Flashing(builder.parts.air)
        builder.parts.air.compositor = flashing  # type: ignore[assignment]
        looking = asyncio.get_running_loop().create_task(_look(show, entrance, base))
        looking.add_done_callback(lambda _: show.ask_to_end("all is seen"))
        await show.live()
        pictures, behind, load = await looking
        return Seen(pictures, behind, load, flashing.made)
    finally:
        builder.close()


async def _look(show: ShowRun, entrance: str, base: str) -> tuple[list[Any], float, float]:
    while show.session.air is not Air.LIVE:  # noqa: ASYNC110  no event tells it
        await asyncio.sleep(0.2)
    async with async_playwright() as play:
        browser = await play.chromium.launch(
            executable_path=CHROMIUM,
            chromium_sandbox=False,
            args=["--autoplay-policy=no-user-gesture-required"],
        )
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(120_000)
        await sign_in(page, entrance)
        await page.goto(f"{base}/console/corner-evening")
        await page.wait_for_function("() => window.castmate?.stats().state === 'playing'")
        await asyncio.sleep(SETTLE_S)
        await page.evaluate(WATCH)
        loads, behind = [], []
        until = time.monotonic() + LOOK_S
        while time.monotonic() < until:
            await asyncio.sleep(2)
            loads.append(os.getloadavg()[0])
            behind.append(float(await page.evaluate("() => window.castmate.stats().behind")))
        pictures = await page.evaluate("() => window.seen")
        if picture := os.environ.get("CASTMATE_BENCH_PICTURE"):
            await page.screenshot(path=picture)
        await browser.close()
    return pictures, statistics.median(behind), statistics.fmean(loads)
