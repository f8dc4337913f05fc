"""What Ray keeps going: an actor that keeps one node of the machine where Ray put it."""

import os
import socket
import threading

from bot.fleet.keeper import Keeper
from bot.fleet.stock import Kept, Kind
from bot.settings import read_settings

LOOK_S = 0.5


class KeeperActor:
    """One keeper in a Ray actor. The machine's own environment says which database and which folder
    (CASTMATE_*): no secret goes through Ray.

    An actor may outlive its raylet: one that was frozen and taken for dead wakes beside its successor and
    goes on for ever (ray-project/ray#63743). So it ends with the process that made it, and its node, which
    then nobody keeps, hands over and ends.
    """

    def __init__(self, slot: str, kind: Kind) -> None:
        self._keeper = Keeper(slot, kind, read_settings().data, socket.gethostname())
        threading.Thread(target=self._keeper.run, name="keeper", daemon=True).start()
        threading.Thread(target=_end_with, args=(os.getppid(),), name="raylet", daemon=True).start()

    def terms(self) -> tuple[Kind, str]:
        """What its node is, and Ray's id of the machine."""
        import ray

        return self._keeper.kind, str(ray.get_runtime_context().get_node_id())

    def kept(self) -> Kept:
        return self._keeper.kept()

    def renew(self) -> None:
        self._keeper.renew()

    def leave(self) -> None:
        self._keeper.leave()


def _end_with(raylet: int) -> None:
    still = threading.Event()
    while os.getppid() == raylet:
        still.wait(LOOK_S)
    os._exit(1)
