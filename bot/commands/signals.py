"""What Ctrl-C, a request to end and a terminal that closes mean while a command prepares."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


def _heard() -> tuple[signal.Signals, ...]:
    """The signals that ask a command to end. Under nohup a terminal that closes asks nothing."""
    asked = (signal.SIGINT, signal.SIGTERM)
    return asked if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (*asked, signal.SIGHUP)


END_SIGNALS = _heard()


@contextmanager
def signals_interrupt() -> Iterator[None]:
    """Within the block every one of END_SIGNALS raises KeyboardInterrupt, as Ctrl-C does by itself: files and
    shared memory are let go on the way out. In the main thread only.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {n: signal.signal(n, interrupt) for n in END_SIGNALS if n is not signal.SIGINT}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
