"""A studio process that waits for its show: everything is imported and the languages' dictionaries are read,
which takes most of a studio's start; nothing of any show, persona or shop is in it.
"""

import multiprocessing
import os
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import recv_handle, send_handle

from bot.show.studio import Follower, Open, studio_main

Told = tuple[str, int, Open, Callable[[], Follower] | None]  # what studio_main takes after its connection
READY = "ready"
READY_S = 120.0


class SpareStudio:
    """One process, used by one show or by none. Not thread-safe. `prepare`: what it does beforehand; a value
    that can be pickled.
    """

    def __init__(self, prepare: Callable[[], None] | None = None) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_wait, args=(theirs, prepare or _prepare), name="studio", daemon=True
        )
        self._process.start()
        theirs.close()
        self._ready = self._taken = False

    @property
    def pid(self) -> int:
        number = self._process.pid
        assert number is not None
        return number

    def ready(self, seconds: float = READY_S) -> bool:
        """Whether it stands within so many seconds."""
        with suppress(EOFError, OSError):
            self._ready = self._ready or (self._pipe.poll(seconds) and self._pipe.recv() == READY)
        return self._ready

    def take(self, told: Told) -> tuple[BaseProcess, Connection] | None:
        """The process as a show's studio, and its pipe; None when it is not ready, taken or dead: start
        another.
        """
        if self._taken or not self._ready or not self._process.is_alive():
            return None
        self._taken = True
        try:
            self._pipe.send(told)
            send_handle(self._pipe, 2, self.pid)  # it was started before the show had a log
        except OSError:
            return None
        return self._process, self._pipe

    def close(self) -> None:
        """Ends one that nobody took."""
        if not self._taken:
            self._taken = True
            self._process.kill()
            self._process.join()
            self._pipe.close()


def _wait(connection: Connection, prepare: Callable[[], None]) -> None:
    """Entry of the process."""
    prepare()
    connection.send(READY)
    try:
        told: Told = connection.recv()
        output = recv_handle(connection)
    except (EOFError, OSError):
        return
    for number in (1, 2):
        os.dup2(output, number)
    os.close(output)
    studio_main(connection, *told)


def _prepare() -> None:
    import onnxruntime  # noqa: F401

    import persona.clone.vector
    import persona.voice.registry  # noqa: F401
    from persona.voice.g2p import Reader

    reader = Reader()
    for language in ("en", "zh"):
        reader.load(language)
