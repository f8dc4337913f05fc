"""A fleet's node with light workers, for tests: the same Node and launcher as `castmate fleet node`, without
the second that the whole command line takes to load.

    python fleet_node.py URL FOLDER NAME CAPACITY TTL
    python fleet_node.py fleet node --name NAME --capacity N --keeper PATH      as a keeper starts it

The second takes URL, FOLDER and TTL from CASTMATE_DATABASE, CASTMATE_DATA and CASTMATE_FLEET_TERM_S. Without
a keeper it leaves only once FOLDER/hurry is there: a busy machine may start the next keeper late.
"""

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bot.clock import SystemClock
from bot.fleet.keeper import until_orphaned
from bot.fleet.lease import answer_s
from bot.fleet.leases import LeaseBook
from bot.fleet.local import LocalLauncher
from bot.fleet.node import Node, Terms

WORKER = (sys.executable, "-S", str(Path(__file__).with_name("fleet_worker.py")))


async def main(
    url: str, folder: Path, name: str, capacity: int, ttl_s: float, keeper: Path | None = None
) -> None:
    terms = Terms(f"{name}-{os.getpid()}", name, capacity, ttl_s)
    async with asyncio.TaskGroup() as group:
        launcher = LocalLauncher(group, "", "", folder, program=WORKER)
        node = Node(terms, LeaseBook(url, 2 * answer_s(ttl_s)), launcher, folder, SystemClock().now)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, node.leave)
        kept = group.create_task(orphaned(keeper, node, folder / "hurry")) if keeper else None
        try:
            await node.run()
        finally:
            await launcher.close()
            if kept is not None:
                kept.cancel()
    print(node.stats, flush=True)


async def orphaned(keeper: Path, node: Node, hurry: Path) -> None:
    while not hurry.exists():
        await asyncio.sleep(0.1)
    await until_orphaned(keeper, node.leave, 0.5)


def told(words: list[str]) -> tuple[str, Path, str, int, float, Path | None]:
    if words[:2] != ["fleet", "node"]:
        url, folder, name, capacity, ttl_s = words
        return url, Path(folder), name, int(capacity), float(ttl_s), None
    options, own = dict(zip(words[2::2], words[3::2], strict=True)), os.environ
    ttl_s, folder = float(own["CASTMATE_FLEET_TERM_S"]), Path(own["CASTMATE_DATA"])
    keeper = Path(options["--keeper"])
    return own["CASTMATE_DATABASE"], folder, options["--name"], int(options["--capacity"]), ttl_s, keeper


logging.basicConfig(level=logging.INFO, format="%(relativeCreated)d %(message)s")
asyncio.run(main(*told(sys.argv[1:])))
