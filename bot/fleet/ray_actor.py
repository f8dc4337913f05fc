"""What Ray keeps going: an actor that keeps one node of the machine where Ray put it."""

import os
import socket
import threading
from dataclasses import replace

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
        self._trouble = ""
        raylet = os.getppid()
        threading.Thread(target=self._keep, args=(raylet,), name="keeper", daemon=True).start()
        threading.Thread(target=_end_with, args=(raylet,), name="raylet", daemon=True).start()

    def terms(self) -> tuple[Kind, str]:
        """What its node is, and Ray's id of the machine."""
        import ray

        return self._keeper.kind, str(ray.get_runtime_context().get_node_id())

    def kept(self) -> Kept:
        kept = self._keeper.kept()
        return replace(kept, words=kept.words or self._trouble)

    def _keep(self, raylet: int) -> None:
        """Ray runs its workers at a low priority (RAY_worker_niceness, 15), and what they start has it too:
        on a busy machine a show would stand still. So the node gets the raylet's own, if that may be.
        """
        try:
            os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, raylet))  # of this thread
        except OSError:
            self._trouble = "at a low priority: start Ray with RAY_worker_niceness=0"
        self._keeper.run()

    def renew(self) -> None:
        self._keeper.renew()

    def leave(self) -> None:
        self._keeper.leave()


def _end_with(raylet: int) -> None:
    still = threading.Event()
    while os.getppid() == raylet:
        still.wait(LOOK_S)
    os._exit(1)
