"""The show's end of a live camera: starts its decoder, feeds it what the page sends, ends it."""

import multiprocessing
import threading
from collections import deque
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from bot.stage.camera import CameraRing, Head
from bot.stage.camera_child import camera_main

MAX_PIECES = 100  # that wait for the decoder: some ten seconds; then the camera is too fast for this machine
END_S = 0.5


class CameraProcess:
    """One decoder at a time over one ring. All methods return at once and belong to the event loop; a thread
    moves pieces into the decoder's pipe.

    dropped   pieces that the decoder did not take in time; the camera then has to begin anew
    """

    def __init__(self, ring: CameraRing) -> None:
        self.ring = ring
        self._context = multiprocessing.get_context("spawn")
        self._feed: _Feed | None = None
        self.dropped = 0
        self.by = ""

    @property
    def on(self) -> bool:
        """Whether a decoder is at work."""
        return self._feed is not None and self._feed.alive

    @property
    def broken(self) -> int:
        """Pieces that could not be decoded."""
        return int(self.ring.head[Head.BROKEN])

    def start(self, by: str) -> None:
        """A camera begins: its first piece carries the header."""
        self.stop()
        self.by = by
        self._feed = _Feed(self._context, self.ring)

    def take(self, piece: bytes) -> None:
        """The next bytes of the camera that was started."""
        if piece and self._feed is not None and not self._feed.put(piece):
            self.dropped += 1
            self.stop()  # half a stream is none: the page notices and begins anew

    def stop(self) -> None:
        """The camera is over: what waits is still shown."""
        if self._feed is not None:
            self._feed.end()
        self._feed = None

    def close(self) -> None:
        """At the end of the show: nothing is left running."""
        feed, self._feed = self._feed, None
        if feed is not None:
            feed.end()
            feed.kill()


class _Feed:
    """One decoder and the thread that feeds it."""

    def __init__(self, context: multiprocessing.context.SpawnContext, ring: CameraRing) -> None:
        theirs, self._pipe = context.Pipe(duplex=False)
        self._process: BaseProcess = context.Process(
            target=camera_main, args=(theirs, ring.name, ring.width, ring.height), daemon=True
        )
        self._process.start()
        theirs.close()
        self._pieces: deque[bytes] = deque()
        self._some = threading.Condition()
        self._thread = threading.Thread(target=self._move, args=(self._pipe,), name="camera", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    def put(self, piece: bytes) -> bool:
        """False when too much waits already."""
        with self._some:
            if len(self._pieces) >= MAX_PIECES:
                return False
            self._pieces.append(piece)
            self._some.notify()
        return True

    def end(self) -> None:
        """An empty piece ends the decoder once it has shown what came before."""
        with self._some:
            self._pieces.append(b"")
            self._some.notify()

    def kill(self) -> None:
        self._process.join(END_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(END_S)
        self._thread.join(END_S)

    def _move(self, pipe: Connection) -> None:
        try:
            while True:
                with self._some:
                    while not self._pieces:
                        self._some.wait()
                    piece = self._pieces.popleft()
                pipe.send_bytes(piece)
                if not piece:
                    break
        except (OSError, ValueError):
            pass  # the decoder is gone: `on` says so
        finally:
            pipe.close()
            self._process.join(5.0)
            if self._process.is_alive():
                self._process.kill()
