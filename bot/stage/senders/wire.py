"""What every sender says and hears. Standard input: one line of JSON, the order, then media bytes until the
end. Standard output: lines of JSON, a status each 0.25 s {"sent", "acked", "pending"} and a last one with
{"error"} or {"ended"}. Nothing printed here holds the address, which carries the stream key.
"""

import json
import os
import threading
from collections.abc import Callable
from typing import Any, NoReturn

from bot.fleet.fence import inherited

STATUS_S = 0.25
FAILED = 3  # exit status
OVER = "another machine has the show"


def tell(**status: object) -> None:
    os.write(1, json.dumps(status).encode() + b"\n")


def fail(error: BaseException | str, sent: int = 0) -> NoReturn:
    """Says what happened, without the address, and ends at once: nobody waits for a dying socket's close.

    error    an exception, told by its type; or a phrase that may be shown, without any secret
    """
    said: dict[str, object] = {"words": error} if isinstance(error, str) else {"error": type(error).__name__}
    try:
        tell(**{"error": "Failed", **said}, sent=sent)
    finally:
        os._exit(FAILED)


def read_order() -> dict[str, Any]:
    """The first line of standard input and not a byte more: media follows."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            os._exit(0)  # never needed
        line += byte
    order: dict[str, Any] = json.loads(line)
    return order


def sending_right() -> Callable[[], bool]:
    """Asked before each send: whether this machine still has the show. In a fleet the process is also killed
    once it has not, wherever it stands (bot/fleet/fence.py); outside one it always may.
    """
    fence = inherited()
    return (lambda: True) if fence is None else fence.holds


def report_from(status: Callable[[], dict[str, object]]) -> None:
    """Tells `status()` from a thread, also while the main thread waits for the network."""

    def run() -> None:
        still = threading.Event()
        while not still.wait(STATUS_S):
            try:
                tell(**status())
            except OSError:
                os._exit(FAILED)  # nobody listens any more

    threading.Thread(target=run, daemon=True).start()


def end(sent: int) -> NoReturn:
    """The stream was closed properly."""
    tell(ended=True, sent=sent)
    os._exit(0)
