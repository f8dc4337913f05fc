"""Nodes kept going by Ray, on the machines of its cluster: a detached actor each (ray_actor.py), placed by
what the node takes, started again where there is room when its machine dies.

Ray only keeps the fleet stocked. It decides nothing about who may send: its own picture is seconds old, and
what it has given up may live on.
"""

import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from bot.fleet.ray_actor import KeeperActor
from bot.fleet.stock import Kept, Kind, in_order
from products.errors import SetupError

NAMESPACE = "castmate"
HERE = "local"  # the address of a Ray that is started on this machine and ends with us
LABEL_SHARE = 0.001  # of the resource called like the label
EGRESS = "egress_mbps"
ANSWER_S = 3.0  # an actor that is placed answers in milliseconds
LEAVE_S = 90.0
CONNECT_S = 5.0
STORE_BYTES = 80 * 2**20  # nothing of ours goes through Ray's object store; it takes no less
WAITS = "waits for a machine with room, or is on its way"


def resources(kind: Kind) -> dict[str, float]:
    """What an actor takes of Ray's named resources. A label is a resource of the same name, of which an actor
    takes next to nothing: so Ray does it itself with kinds of accelerators.
    """
    taken = dict.fromkeys(sorted(kind.labels), LABEL_SHARE)
    return taken if kind.egress_mbps is None else {**taken, EGRESS: kind.egress_mbps}


def needs(kind: Kind) -> dict[str, float]:
    """All that an actor takes, as Ray lists what its machines have."""
    memory = 0.0 if kind.memory_mb is None else kind.memory_mb * 2**20
    taken = {"CPU": kind.cores or 0.0, "GPU": kind.gpus, "memory": memory, **resources(kind)}
    return {name: amount for name, amount in taken.items() if amount}


def homes(
    slots: Sequence[str],
    taken: Mapping[str, float],
    machines: Mapping[str, Mapping[str, float]],
    there: Sequence[tuple[str, Mapping[str, float]]] = (),
) -> dict[str, str]:
    """The machine (by Ray's id) where each slot belongs: of those that have room for it, the one with the
    fewest. A slot without one is left out: Ray finds a place when there is one.

    taken     by each of them
    machines  what they have in all, by Ray's id
    there     where other actors of ours are, and what each takes
    """
    room = {machine: dict(has) for machine, has in machines.items()}
    held = dict.fromkeys(machines, 0)
    for machine, takes in there:
        if machine in room:
            held[machine] += 1
            room[machine] = {n: has - takes.get(n, 0.0) for n, has in room[machine].items()}
    found = {}
    for slot in slots:
        fits = [m for m, has in room.items() if _fits(has, taken)]
        if fits:
            home = min(fits, key=lambda m: (held[m], m))
            held[home] += 1
            room[home] = {n: has - taken.get(n, 0.0) for n, has in room[home].items()}
            found[slot] = home
    return found


def _fits(has: Mapping[str, float], taken: Mapping[str, float]) -> bool:
    return all(has.get(name, 0.0) >= amount for name, amount in taken.items())


def options(slot: str, kind: Kind) -> dict[str, Any]:
    """Of the actor of a slot, as ray.remote takes them, without where it belongs."""
    return {
        "name": slot,
        "namespace": NAMESPACE,
        "lifetime": "detached",
        "get_if_exists": True,
        "max_restarts": -1,
        "max_concurrency": 4,  # who asks how it is does not wait for who makes it leave
        "num_cpus": kind.cores or 0,
        "num_gpus": kind.gpus,
        "memory": None if kind.memory_mb is None else round(kind.memory_mb * 2**20),
        "resources": resources(kind),
    }


class StockRay:
    """Implements bot.fleet.stock.Stock. `address`: as `ray start` printed it ("10.0.0.1:6379"), "auto" for
    the cluster that this machine is in, or HERE. Raises SetupError when Ray is missing or does not answer.
    """

    def __init__(self, address: str) -> None:
        self._ray = _ray()
        _reached(address)
        told: dict[str, Any] = {"namespace": NAMESPACE, "log_to_driver": False, "logging_level": "warning"}
        if address == HERE:
            told |= {"include_dashboard": False, "object_store_memory": STORE_BYTES}
        try:
            self._ray.init(address=address, **told)
        except (ConnectionError, OSError, ValueError, RuntimeError) as error:
            raise SetupError(
                f"No Ray answers at {address}: {str(error).strip().partition(chr(10))[0]}",
                remedy="Start one with `ray start --head`, and give the address that it prints.",
            ) from error
        self.here = address == HERE

    def machines(self, kind: Kind) -> int:
        """How many of those that live have what such a node takes."""
        return sum(_fits(node["Resources"], needs(kind)) for node in self._machines())

    def _machines(self) -> list[dict[str, Any]]:
        return [node for node in self._ray.nodes() if node["Alive"]]

    def up(self, slots: Sequence[str], kind: Kind) -> None:
        """Raises SetupError, before anything is started, when a slot is kept as another kind, or for a share
        of more than one card, which Ray has not.
        """
        if kind.gpus > 1 and kind.gpus % 1:
            raise SetupError(
                f"Ray has no {kind.gpus:g} graphics cards for a node.",
                remedy="Give whole ones, or a share of one.",
            )
        there = self._ask({slot: actor.terms.remote() for slot, actor in self._actors().items()})
        for slot in slots:
            if (told := there.get(slot)) is not None and told[0] != kind:
                raise SetupError(
                    f"{slot} is kept with other options.",
                    remedy="Take it down with `castmate fleet down`, then up again.",
                )
        new = [slot for slot in slots if slot not in there]
        others = [(machine, needs(its)) for its, machine in filter(None, there.values())]
        home = homes(new, needs(kind), {n["NodeID"]: n["Resources"] for n in self._machines()}, others)
        for slot in new:
            actor = self._ray.remote(KeeperActor).options(
                **options(slot, kind), scheduling_strategy=self._strategy(home.get(slot))
            )
            actor.remote(slot, kind)

    def _strategy(self, home: str | None) -> Any:
        """At home as long as that machine lives: an actor that died finds its node again, which airs on."""
        if home is None:
            return "SPREAD"
        return self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(home, soft=True)

    def kept(self) -> tuple[Kept, ...]:
        said = self._ask({slot: actor.kept.remote() for slot, actor in self._actors().items()})
        return tuple(said[slot] or Kept(slot, words=WAITS) for slot in sorted(said, key=in_order))

    def renew(self, slot: str) -> None:
        actor = self._actors().get(slot)
        if actor is None:
            raise SetupError(f"Nobody keeps {slot}.", remedy="`castmate fleet up` starts nodes.")
        self._ask({slot: actor.renew.remote()}, LEAVE_S)

    def down(self, slots: Sequence[str]) -> None:
        """A node that does not answer within LEAVE_S is left to itself: nobody keeps it, and it ends."""
        leaving = {slot: actor for slot, actor in self._actors().items() if slot in slots}
        answering = self._ask({slot: actor.kept.remote() for slot, actor in leaving.items()})
        self._ask({slot: leaving[slot].leave.remote() for slot, kept in answering.items() if kept}, LEAVE_S)
        for actor in leaving.values():
            self._ray.kill(actor)

    def close(self) -> None:
        """Actors stay, unless this Ray is our own."""
        self._ray.shutdown()

    def _actors(self) -> dict[str, Any]:
        """Handles by slot; Ray has no types for them."""
        found = {}
        for slot in self._ray.util.list_named_actors():
            with suppress(ValueError):  # it ended just now
                found[slot] = self._ray.get_actor(slot)
        return found

    def _ask(self, asked: Mapping[str, Any], seconds: float = ANSWER_S) -> dict[str, Any]:
        """What each answered; None: nothing so far, or it died while it was asked."""
        if not asked:
            return {}
        done, _ = self._ray.wait(list(asked.values()), num_returns=len(asked), timeout=seconds)
        said: dict[str, Any] = dict.fromkeys(asked)
        for slot, answer in asked.items():
            if answer in done:
                with suppress(self._ray.exceptions.RayError):
                    said[slot] = self._ray.get(answer)
        return said


def _reached(address: str) -> None:
    """Raises SetupError when nobody listens at HOST:PORT. Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise SetupError(
            f"No Ray answers at {address}: {error}.",
            remedy="Start one with `ray start --head`, and give the address that it prints.",
        ) from error


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray tells its makers nothing of us
    os.environ.setdefault("RAY_worker_niceness", "0")  # of a Ray that we start: shows air in its workers
    try:
        import ray
    except ImportError as error:
        raise SetupError("Ray is not installed.", remedy="pip install 'castmate[fleet,ray]'") from error
    return ray
