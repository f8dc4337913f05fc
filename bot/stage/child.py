"""The parent's end of a sender process: pipes that never block for good, and status lines."""

import json
import os
import select
import subprocess
import sys
import threading
from pathlib import Path

from bot.stage import sender

STUCK_S = 8.0  # a sender that takes no byte for this long is dead, whatever it says
_STEP_MS = 100
_WORDS = {
    "ConnectionRefusedError": "the server refuses the connection",
    "BrokenPipeError": "the server closed the connection",
    "ConnectionResetError": "the server closed the connection",
    "TimeoutError": "the server does not take the stream",
    "ExitError": "the connection was given up",
    "OSError": "the server or its certificate was not accepted, or its name is unknown",
}


class SenderFailed(Exception):
    """The connection broke. `words` say why, for people; they hold no address."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class SenderChild:
    """A sender process: `start` it, `write` FLV, `end` it. One thread uses it; `kill` may come from any.

    `acked`: bytes that the server has confirmed, None while or where that is not known.
    """

    def __init__(self, url: str, ca_file: str, stop: threading.Event) -> None:
        self.acked: int | None = 0
        self._stop, self._status = stop, b""
        self._failed: str | None = None
        # -I: the sender sees the installed packages and nothing of the caller's folder or environment
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(Path(sender.__file__))],
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
        self._order = json.dumps({"url": url, "ca_file": ca_file}).encode() + b"\n"

    def start(self) -> None:
        """Tells the sender where to send. Raises SenderFailed as `write` does."""
        self.write(self._order)

    def write(self, data: bytes) -> None:
        """Writes all of `data`. Raises SenderFailed when the sender is dead, stuck, or given up."""
        rest, waited = memoryview(data), 0
        ready = select.poll()
        ready.register(self._in, select.POLLOUT)
        while rest:
            try:
                rest, waited = rest[os.write(self._in, rest) :], 0
            except BlockingIOError:
                self.poll()
                ready.poll(_STEP_MS)
                waited += _STEP_MS
                if self._stop.is_set() or waited > STUCK_S * 1000:
                    raise SenderFailed("the sender was stuck") from None
            except BrokenPipeError:
                raise SenderFailed(self._last_words()) from None

    def poll(self) -> None:
        """Reads the status lines so far. Raises SenderFailed for a sender that ended with an error."""
        while True:
            try:
                data = os.read(self._out, 4096)
            except BlockingIOError:
                break
            if not data:
                break
            self._status += data
        *lines, self._status = self._status.split(b"\n")
        for line in lines:
            self._note(line)
        if self._failed is not None or self._process.poll() not in (None, 0):
            raise SenderFailed(self._failed or "the sender ended without a word")

    def _note(self, line: bytes) -> None:
        status = json.loads(line)
        if "error" in status:
            self._failed = _WORDS.get(status["error"], f"the sender failed ({status['error']})")
        elif "acked" in status:
            self.acked = status["acked"]

    def _last_words(self) -> str:
        """Why the sender closed its end: it writes its status line just before."""
        try:
            self._process.wait(1.0)
            self.poll()
        except SenderFailed as e:
            return e.words
        except subprocess.TimeoutExpired:
            self.kill()
        return "the sender ended without a word"

    def end(self) -> None:
        """Ends the stream properly: the sender writes the trailer and goes. Waits, unless told to stop."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        while self._process.poll() is None and not self._stop.is_set():
            self._stop.wait(_STEP_MS / 1000)
        self.poll()

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
