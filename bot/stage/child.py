"""The parent's end of a sender process: pipes that never block, and status lines."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from bot.stage.pulse import Report

_ROOT = str(Path(__file__).parents[2])
# The folder of our packages, by itself: the sender is isolated from the caller's folder and environment
_RUN = "import sys; sys.path.insert(0, {root!r}); from bot.stage.senders.{program} import main; main()"
_WORDS = {
    "ConnectionRefusedError": "the server refuses the connection",
    "BrokenPipeError": "the server closed the connection",
    "ConnectionResetError": "the server closed the connection",
    "TimeoutError": "the server does not take the stream",
    "ExitError": "the connection was given up",
    "EOFError": "the show ended before the connection stood",
    "OSError": "the server or its certificate was not accepted, or its name is unknown",
}


class SenderFailed(Exception):
    """The connection broke. `words` say why, for people; they hold no address."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class SenderChild:
    """A sender process. Starting takes a moment, so it is made before it is needed. One thread uses it;
    `kill` may come from any.

    program    rtmp, srt or whip: a module of bot.stage.senders
    start      tells it where to send; nothing is sent before
    write      queues media; pump moves what fits through the pipe and reads the status lines
    finish     after what is queued the media end: the sender closes the stream properly and goes
    """

    def __init__(self, program: str) -> None:
        self._status, self._failed = b"", ""
        self._queue = bytearray()
        self._finished = False
        self.key_wanted = False  # the far side asked for a keyframe
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", _RUN.format(root=_ROOT, program=program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # FFmpeg's and Python's complaints may quote the address
            bufsize=0,
            start_new_session=True,  # Ctrl-C is for the show, which closes its senders in order
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self, order: Mapping[str, object]) -> None:
        self._queue += json.dumps(dict(order)).encode() + b"\n"

    def write(self, data: bytes) -> None:
        """Queues; the owner writes no more while `waiting` is true."""
        self._queue += data

    @property
    def waiting(self) -> bool:
        """Something is queued that the sender has not taken."""
        return bool(self._queue)

    def pump(self, timeout: float) -> Report | None:
        """Moves queued bytes, for at most `timeout` seconds while they do not fit; the newest report.

        Raises SenderFailed when the sender ended, or said that the connection broke.
        """
        if self._queue:
            poll = select.poll()
            poll.register(self._in, select.POLLOUT)
            poll.poll(timeout * 1000)
            self._push()
        if self._finished and not self._queue:
            self._close_input()
        return self._read()

    def _push(self) -> None:
        try:
            while self._queue:
                del self._queue[: os.write(self._in, self._queue)]
        except BlockingIOError:
            return
        except BrokenPipeError:
            raise SenderFailed(self._last_words()) from None

    def _read(self) -> Report | None:
        report, closed = None, False
        while not closed:
            try:
                data = os.read(self._out, 4096)
            except BlockingIOError:
                break
            closed, self._status = not data, self._status + data
        *lines, self._status = self._status.split(b"\n")
        for line in lines:
            report = self._note(json.loads(line)) or report
        if self._failed or self._process.poll() not in (None, 0):
            raise SenderFailed(self._failed or "the sender ended without a word")
        return report

    def _note(self, status: dict[str, object]) -> Report | None:
        if "error" in status:
            error = str(status["error"])
            self._failed = str(status.get("words") or _WORDS.get(error, f"the sender failed ({error})"))
        if status.get("key"):
            self.key_wanted = True
        if "acked" not in status:
            return None
        acked, pending, sent = status["acked"], status.get("pending", 0), status.get("sent", 0)
        assert isinstance(pending, int) and isinstance(sent, int)
        return Report(sent, acked if isinstance(acked, int) else None, pending)

    def _last_words(self) -> str:
        """Why the sender closed its end: it writes its status line just before."""
        try:
            self._process.wait(1.0)
            self._read()
        except SenderFailed as e:
            return e.words
        except subprocess.TimeoutExpired:
            self.kill()
        return "the sender ended without a word"

    def finish(self) -> None:
        """No more media. `pump` until `gone`."""
        self._finished = True
        if not self._queue:
            self._close_input()

    def _close_input(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()

    @property
    def gone(self) -> bool:
        return self._process.poll() is not None

    def kill(self) -> None:
        """Ends the sender now, from any thread. May be called again."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def release(self) -> None:
        """Kills what still runs and closes the pipes. On the owning thread, last of all."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
