"""Many consoles and viewers while a show airs: `make prove` asks for 200 and 2,000
(CASTMATE_PROOF_LOAD=20x200 for less). A late tick that was not there before is the console's fault: the show
is a process of its own and sends one copy of its picture, however many look.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from load_console import LINK
from servers import free_port
from shows import ROOT, SHOW, Castmate

pytestmark = [pytest.mark.e2e, pytest.mark.live, pytest.mark.timeout(1500)]
CONSOLES, VIEWERS = map(int, os.environ.get("CASTMATE_PROOF_LOAD", "200x2000").split("x"))
SECONDS = float(os.environ.get("CASTMATE_PROOF_LOAD_SECONDS", "60"))  # without the load, and with it
PREVIEWS = 10  # every tenth console watches the picture
COMMENTS_A_SECOND = 2.0
SETTLE_S = 10.0


@dataclass
class Crowd:
    """What came of everybody. `closed`: sockets that the console closed."""

    messages: int = 0
    media: int = 0
    closed: int = 0
    sent: int = 0
    refused: int = 0
    pages_s: list[float] = field(default_factory=list)


def connect(url: str, **more: Any) -> websockets.connect:
    """As a page of that server would."""
    origin = websockets.Origin("http://" + url.split("/", 3)[2])
    return websockets.connect(
        url, origin=origin, max_size=None, open_timeout=120, compression=None, ping_interval=None, **more
    )


async def follow(url: str, crowd: Crowd, cookie: str = "") -> None:
    """One socket until it is cancelled."""
    headers = {"cookie": cookie} if cookie else {}
    try:
        async with connect(url, additional_headers=headers) as ws:
            async for data in ws:
                crowd.messages += isinstance(data, str)
                crowd.media += isinstance(data, bytes)
    except websockets.ConnectionClosed:
        pass
    crowd.closed += 1


async def chat(url: str, crowd: Crowd, number: int) -> None:
    """A viewer who reads, and some of whom write."""
    try:
        async with connect(url) as ws:

            async def write() -> None:
                await asyncio.sleep(number / COMMENTS_A_SECOND)
                while True:
                    await ws.send(json.dumps({"text": f"How much is it, {number}?", "name": f"v{number}"}))
                    await asyncio.sleep(VIEWERS / COMMENTS_A_SECOND)

            writing = asyncio.ensure_future(write())
            try:
                async for data in ws:
                    kind = json.loads(data)["type"] if isinstance(data, str) else ""
                    crowd.messages += 1
                    crowd.sent += kind == "sent"
                    crowd.refused += kind == "refused"
            finally:
                writing.cancel()
    except websockets.ConnectionClosed:
        pass
    crowd.closed += 1


@asynccontextmanager
async def console(port: int, folder: Path) -> AsyncIterator[tuple[str, int]]:
    """A served console: its address, its process."""
    base = f"http://127.0.0.1:{port}"
    with (folder / "console.log").open("wb") as log:
        child = subprocess.Popen(
            [
                *(sys.executable, str(ROOT / "tests" / "load_console.py")),
                *(str(port), str(folder), str(CONSOLES)),
            ],
            stdout=log,
            stderr=log,
            cwd=ROOT,
        )
        try:
            async with httpx.AsyncClient() as client:
                for _ in range(600):
                    try:
                        await client.get(f"{base}/healthz")
                        break
                    except httpx.TransportError:
                        await asyncio.sleep(0.1)
            yield base, child.pid
        finally:
            child.terminate()
            child.wait(30)


async def ticks(base: str, seconds: float) -> tuple[float, float, float]:
    """(ticks, late ticks, seconds by which the worst was late so far) of the show within so many seconds."""

    async def look() -> dict[str, float]:
        async with httpx.AsyncClient(timeout=60) as client:
            text = (await client.get(f"{base}/metrics")).text
        found = {}
        for line in text.splitlines():
            if line.startswith("castmate_air_"):
                found[line.split("{")[0]] = float(line.rpartition(" ")[2])
        return found

    first = await look()
    await asyncio.sleep(seconds)
    last = await look()
    made, late = (
        last[name] - first[name] for name in ("castmate_air_ticks_total", "castmate_air_ticks_lagged_total")
    )
    return made, late, last["castmate_air_worst_lateness_seconds"]


def cpu_s(pid: int) -> float:
    """Seconds of processor that a process has had (proc(5): fields 14 and 15 of stat, in clock ticks)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def pages(base: str, cookie: str, crowd: Crowd) -> None:
    """How long the desk's page takes, asked for twice a second."""
    async with httpx.AsyncClient(timeout=60, headers={"cookie": cookie}) as client:
        while True:
            began = time.perf_counter()
            answer = await client.get(f"{base}/console")
            assert answer.status_code == 200
            crowd.pages_s.append(time.perf_counter() - began)
            await asyncio.sleep(0.5)


async def live(base: str, seconds: float = 240) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        for _ in range(int(seconds)):
            if "castmate_air_ticks_total" in (await client.get(f"{base}/metrics")).text:
                return
            await asyncio.sleep(1)
    raise AssertionError("the show never came on")


async def test_a_show_does_not_notice_who_looks_at_it(home: Castmate, tmp_path: Path) -> None:
    port, show = free_port(), "corner-evening"
    castmate = home.with_(CASTMATE_LINK_TOKEN=LINK)
    minutes = (2 * SECONDS + 240) / 60
    async with AsyncExitStack() as stack:
        base, pid = await stack.enter_async_context(console(port, tmp_path))
        sockets = base.replace("http", "ws")
        link = f"{sockets}/link/{show}"
        airing = stack.enter_context(castmate.running("air", SHOW, "--link", link, "--minutes", minutes))
        await live(base)
        await asyncio.sleep(SETTLE_S)
        used = [(cpu_s(airing.child.pid), cpu_s(pid))]
        before = await ticks(base, SECONDS)
        used.append((cpu_s(airing.child.pid), cpu_s(pid)))
        crowd, tasks = Crowd(), list[asyncio.Task[Any]]()
        cookies = (tmp_path / "cookies.txt").read_text().splitlines()
        for number, cookie in enumerate(cookies):
            tasks.append(asyncio.ensure_future(follow(f"{sockets}/console/{show}/feed", crowd, cookie)))
            if number % PREVIEWS == 0:
                tasks.append(asyncio.ensure_future(follow(f"{sockets}/console/{show}/media", crowd, cookie)))
        for number in range(VIEWERS):
            tasks.append(asyncio.ensure_future(chat(f"{sockets}/room/{show}/chat", crowd, number)))
            if number % 50 == 49:
                await asyncio.sleep(0.2)
        await asyncio.sleep(SETTLE_S)
        tasks.append(asyncio.ensure_future(pages(base, cookies[0], crowd)))
        used.append((cpu_s(airing.child.pid), cpu_s(pid)))
        with_crowd = await ticks(base, SECONDS)
        used.append((cpu_s(airing.child.pid), cpu_s(pid)))
        for task in tasks:
            task.cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert airing.child.poll() is None, airing.output
    wrong = [e for e in found if isinstance(e, Exception) and not isinstance(e, asyncio.CancelledError)]
    assert wrong == [] and crowd.closed == 0, (crowd.closed, wrong[:3])
    rates = [late / max(1.0, made) for made, late, _ in (before, with_crowd)]
    slow = statistics.quantiles(crowd.pages_s, n=20)[-1] if len(crowd.pages_s) > 1 else 0.0
    show_cpu, console_cpu = ([(used[n + 1][of] - used[n][of]) / SECONDS for n in (0, 2)] for of in (0, 1))
    print(
        f"\n{CONSOLES} consoles, {VIEWERS} viewers, {SECONDS:.0f} s each: late ticks {rates[0]:.2%} ->"
        f" {rates[1]:.2%} of {before[0]:.0f} and {with_crowd[0]:.0f}, worst {before[2]:.3f} ->"
        f" {with_crowd[2]:.3f} s; {crowd.messages} messages, {crowd.media} pieces of picture, {crowd.sent}"
        f" comments taken, {crowd.refused} refused, {crowd.closed} sockets closed; desk page median"
        f" {statistics.median(crowd.pages_s):.3f} s, 95th {slow:.3f} s; processor of the show"
        f" {show_cpu[0]:.2f} -> {show_cpu[1]:.2f}, of the console {console_cpu[0]:.2f} ->"
        f" {console_cpu[1]:.2f}"
    )
    assert crowd.messages > VIEWERS and crowd.sent > 0
    assert rates[1] <= rates[0] + 0.01, "the crowd made ticks late"
