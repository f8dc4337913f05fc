"""A process that waits for a show: everything is imported and a spare studio stands; nothing of a show is in
it until it is told which (bot/fleet/warm_pool.py). Then it is `castmate air`, in the same process.

    python -m bot.fleet.warm SOCKET

Imports at the top stay few: the studio's process imports this module too, as the main one of its parent.
"""

import json
import os
import socket
import sys

READY = b"ready"
LONGEST = 1 << 16  # bytes of an order
MOST_KEPT = 8  # descriptors that come with it


def main() -> None:
    line = socket.socket(fileno=int(sys.argv[1]))
    import bot.commands.air  # noqa: F401  the command that it will be
    from bot.cli import main as castmate
    from bot.show.spare_studio import SpareStudio

    spare = SpareStudio()
    try:
        spare.ready()
        line.send(READY)
        order, kept, _, _ = socket.recv_fds(line, LONGEST, MOST_KEPT)
        if not order:
            return  # the node is gone
        told = json.loads(order)
        for number in (1, 2):
            os.dup2(kept[0], number)
        os.close(kept[0])  # the others are locks, which are held as long as this process lives
        line.close()
        os.environ.update(told["environment"])
        sys.argv = ["castmate", *told["arguments"]]
        castmate(spare)
    finally:
        spare.close()


if __name__ == "__main__":
    main()
