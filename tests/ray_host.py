"""A Ray cluster on one machine, for tests: a head and further "machines", each with room for one node.

    unshare -n python ray_host.py FOLDER DATABASE TTL

In a network of its own, since Ray listens on the machine's own address and a test may not. Reads lines of
JSON, {"do": METHOD OF HOST, ...}, and answers each with one. Whoever started it ends it with all that lives
in its network.
"""

import fcntl
import json
import os
import socket
import struct
import sys
from dataclasses import asdict
from pathlib import Path

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ray.cluster_utils import Cluster

from bot.fleet.stock import Kind
from bot.fleet.stock_ray import STORE_BYTES, StockRay

SOON = {  # Ray's own times to take a machine for dead are tens of seconds
    "health_check_initial_delay_ms": 1000,
    "health_check_period_ms": 1000,
    "health_check_timeout_ms": 1000,
    "health_check_failure_threshold": 3,
}
LABEL = "region=eu"
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1  # of <linux/sockios.h>, <net/if.h>


def loopback_up() -> None:
    with socket.socket() as any_socket:
        asked = struct.pack("16sH22x", b"lo", 0)
        flags = struct.unpack_from("H", fcntl.ioctl(any_socket, _GET_FLAGS, asked), 16)[0]
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH22x", b"lo", flags | _UP))


class Host:
    def __init__(self, folder: Path, database: str, ttl_s: str) -> None:
        self._folder = folder
        self._told = {"CASTMATE_DATABASE": database, "CASTMATE_FLEET_TERM_S": ttl_s}
        head = {"_system_config": SOON, "include_dashboard": False, "temp_dir": str(folder / "ray")}
        self._cluster = Cluster(initialize_head=True, head_node_args=self._machine("a") | head)
        self._raylets = {"a": self._cluster.head_node}
        for name in ("b", "c"):
            self.add(name)
        self._stock = StockRay(self._cluster.address)

    def _machine(self, name: str) -> dict[str, object]:
        own = {"CASTMATE_DATA": str(self._folder / name)}
        return {
            "num_cpus": 1,
            "resources": {LABEL: 1},
            "object_store_memory": STORE_BYTES,
            "env_vars": self._told | own,
        }

    def add(self, name: str) -> dict[str, object]:
        self._raylets[name] = self._cluster.add_node(wait=False, **self._machine(name))
        return {}

    def machines(self) -> dict[str, object]:
        """The address, and the number of each machine's raylet."""
        found = {n: node.all_processes["raylet"][0].process.pid for n, node in self._raylets.items()}
        return {"address": self._cluster.address, "raylets": found}

    def alive(self) -> dict[str, object]:
        return {"machines": self._stock.machines(Kind(labels=frozenset({LABEL}), cores=1))}

    def up(self, slots: list[str], program: list[str], capacity: int) -> dict[str, object]:
        kind = Kind(capacity, labels=frozenset({LABEL}), cores=1, program=tuple(program))
        self._stock.up(slots, kind)
        return {}

    def kept(self) -> dict[str, object]:
        return {k.slot: asdict(k) for k in self._stock.kept()}


def main() -> None:
    loopback_up()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # Ray prints
    host = Host(Path(sys.argv[1]), *sys.argv[2:])
    print(json.dumps(host.machines()), file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(getattr(host, asked.pop("do"))(**asked)), file=answers, flush=True)


if __name__ == "__main__":
    main()
