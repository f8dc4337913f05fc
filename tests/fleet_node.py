"""A fleet's node with light workers, for tests: the same Node and launcher as `castmate fleet node`, without
the second that the whole command line takes to load.

    python fleet_node.py URL FOLDER NAME CAPACITY TTL
"""

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bot.clock import SystemClock
from bot.fleet.lease import answer_s
from bot.fleet.leases import LeaseBook
from bot.fleet.local import LocalLauncher
from bot.fleet.node import Node, Terms

WORKER = (sys.executable, "-S", str(Path(__file__).with_name("fleet_worker.py")))


async def main(url: str, folder: Path, name: str, capacity: int, ttl_s: float) -> None:
    terms = Terms(f"{name}-{os.getpid()}", name, capacity, ttl_s)
    async with asyncio.TaskGroup() as group:
        launcher = LocalLauncher(group, "", "", folder, program=WORKER)
        node = Node(terms, LeaseBook(url, 2 * answer_s(ttl_s)), launcher, folder, SystemClock().now)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, node.leave)
        try:
            await node.run()
        finally:
            await launcher.close()
    print(node.stats, flush=True)


logging.basicConfig(level=logging.INFO, format="%(relativeCreated)d %(message)s")
asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), float(sys.argv[5])))
