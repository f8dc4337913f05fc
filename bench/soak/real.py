"""The whole show in real time: console and room, air, studio, a push to nginx, a file, a recording.

Leaves in its folder: samples.jsonl (each 5 s: memory and processor of every process, the show's metrics),
viewer.jsonl (each second: what a receiver behind nginx decoded), room.json, air.log, console.log, facts.json.
`bench.soak.report` reads them.
"""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from bench.shows import figures
from bench.soak import room
from bench.soak.receiver import save_label
from bench.soak.server import free_port, have_nginx, nginx
from bot.app import ShowBuilder, make_label_spec
from bot.clock import SystemClock
from bot.compliance.label import draw_label, label_lines
from bot.settings import Settings
from bot.shop import ShowOrder
from bot.show.processes import family, usage
from bot.stage.layout import layout

ROOT = Path(__file__).parents[2]
SHOW = ROOT / "sample" / "show.yaml"
SAMPLE_S = 5.0
PROGRAM = (sys.executable, "-m", "bot.cli")


def environment(folder: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CASTMATE_", "OPENAI_"))}
    return kept | {"CASTMATE_DATA": str(folder / "data"), "PYTHONUNBUFFERED": "1", "COLUMNS": "200"}


@contextlib.contextmanager
def running(log: Path, env: dict[str, str], *words: object) -> Iterator[subprocess.Popen[bytes]]:
    """A castmate command; ended in order with the block, hard after ten seconds."""
    with log.open("wb") as out:
        child = subprocess.Popen(
            [*map(str, words)],
            cwd=ROOT,
            env=env,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield child
        finally:
            child.terminate()
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def write_label(folder: Path, address: str) -> None:
    """The label that this show must carry, drawn as the show draws it."""
    order = ShowOrder(SHOW, platform="rtmp", to=(address,))
    builder = ShowBuilder(order, Settings(data=folder / "label"), SystemClock(), folder)
    try:
        spec = make_label_spec(builder.decision, builder.shop.language)
        width, height = (int(v) for v in builder.shop.show.size.split("x"))
        plan = layout(width, height, label_lines(spec.text))
        save_label(folder / "label.npz", draw_label(spec, plan).overlay)
    finally:
        builder.close()


async def _sample(
    folder: Path, air: subprocess.Popen[bytes], console: int, metrics: int, seen: room.Seen
) -> None:
    """Until the show is over."""
    began = time.monotonic()
    with (folder / "samples.jsonl").open("a", encoding="utf-8") as file:
        while air.poll() is None:
            pids = [*family(air.pid), *family(console)]
            found = [u for pid in pids if (u := usage(pid)) is not None]
            line = {
                "at": round(time.monotonic() - began, 2),
                "load": os.getloadavg()[0],
                "processes": [asdict(u) for u in found],
                "figures": await asyncio.to_thread(figures, metrics),
            }
            file.write(json.dumps(line) + "\n")
            file.flush()
            (folder / "room.json").write_text(json.dumps(asdict(seen)), encoding="utf-8")
            await asyncio.sleep(SAMPLE_S)


async def _viewers(
    folder: Path, air: subprocess.Popen[bytes], console: int, port: int, metrics: int
) -> room.Seen:
    base, show, seen = f"ws://127.0.0.1:{port}", "corner-evening", room.Seen()
    async with asyncio.TaskGroup() as group:
        watching = [
            group.create_task(room.look(base, show, seen)),
            group.create_task(room.ask(base, show, seen)),
        ]
        await _sample(folder, air, console, metrics, seen)
        for task in watching:
            task.cancel()
    return seen


def _listens(port: int, log: Path) -> None:
    """Waits for the console."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"The console did not start; see {log}.")


def run(minutes: float, folder: Path) -> None:
    """Runs the show for `minutes`; everything measured is in `folder` afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    if not have_nginx():
        raise SystemExit("A soak needs nginx with its rtmp module: apt-get install nginx libnginx-mod-rtmp")
    env, port, metrics = environment(folder), free_port(), free_port()
    with contextlib.ExitStack() as stack:
        live = stack.enter_context(nginx(folder / "nginx"))
        write_label(folder, live)
        console = stack.enter_context(running(folder / "console.log", env, *PROGRAM, "serve", "--port", port))
        _listens(port, folder / "console.log")
        env["CASTMATE_LINK_TOKEN"] = (folder / "data/keys/link.token").read_text(encoding="ascii").strip()
        words = [
            "air", SHOW, "--to", f"{live}/soak", "--to", folder / "show.flv", "--minutes", minutes,
            "--link", f"ws://127.0.0.1:{port}/link/corner-evening", "--seed", 1,
            "--metrics", metrics,
        ]  # fmt: skip
        began = datetime.now(UTC)
        air = stack.enter_context(running(folder / "air.log", env, *PROGRAM, *words))
        receiver = [sys.executable, "-m", "bench.soak.receiver", f"{live}/soak"]
        stack.enter_context(
            running(folder / "receiver.log", env, *receiver, folder / "label.npz", folder / "viewer.jsonl")
        )
        asyncio.run(_viewers(folder, air, console.pid, port, metrics))
        facts = {"began": began.isoformat(), "minutes": minutes, "exit": air.returncode}
        (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
