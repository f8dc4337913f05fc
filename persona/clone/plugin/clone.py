"""A clone whose mouth an engine of another package moves: that engine runs in a process of its own, which can
read the opened host, the weights and its own folder, and has no network.
"""

import contextlib
import json
import math
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from persona.clone.base import Clone, Patch, Reel
from persona.clone.opening import open_reel
from persona.clone.plugin.pipe import Broken, Channel, patch_of, speech_head
from persona.speech import Speech
from products.confined.found import Plugin
from products.confined.launch import Launch
from products.errors import RemoteError, SetupError

PROGRAM, OURS = "persona.clone.plugin.program", ("persona", "products")
LOAD_S, PATIENCE_S, END_S = 60.0, 20.0, 1.0


class ConfinedClone:
    """See persona.clone.base. Raises SetupError when the engine does not open, RemoteError when it ends,
    hangs, or paints what is none of the host's.
    """

    def __init__(
        self,
        plugin: Plugin,
        path: Path,
        weights: Path | None,
        threads: int,
        home: Path | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._plugin, self._reel = plugin, open_reel(path)
        reads = (path.resolve().parent, *([] if weights is None else [weights.resolve()]))
        launch = Launch(plugin, PROGRAM, OURS, home, reads=reads)
        told = {"weights": None if weights is None else str(weights.resolve()), "threads": threads}
        first = launch.first_line(reel=str(path.resolve()), **told)
        self._process = subprocess.Popen(
            launch.command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=launch.environment(),
            cwd="/" if home is None else home,
            start_new_session=True,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._pipe = Channel(self._process.stdout.fileno(), self._process.stdin.fileno(), clock, PATIENCE_S)
        try:
            self._pipe.send(json.loads(json.dumps(first)))
            answer = self._pipe.head(LOAD_S)
        except Broken as error:
            answer = {"broken": error.message}
        if answer.get("ready") is not True:
            self.close()
            why = str(answer.get("broken") or "no reason given")[:500]
            raise SetupError(f"The engine {plugin.name} does not open: {why}.", remedy="Ask its authors.")

    @property
    def reel(self) -> Reel:
        return self._reel

    @property
    def pid(self) -> int:
        return self._process.pid

    def render(self, speech: Speech, first: int) -> Iterator[Patch]:
        """Raises RemoteError; the process is ended then."""
        count = math.ceil(speech.seconds * self._reel.fps)
        try:
            self._pipe.send({"render": speech_head(speech, first)}, speech.pcm.astype("<f4").tobytes())
            for _ in range(count):
                yield patch_of(self._pipe.head(), self._pipe, self._reel.length, self._reel.region)
            if self._pipe.head() != {"done": True}:
                raise Broken("it paints more than was said")
        except Broken as error:
            self.close()
            what = f"The engine {self._plugin.name} failed: {error.message}."
            raise RemoteError(what, remedy="Ask its authors; leave `engine:` out until then.") from None
        except GeneratorExit:  # the line was cancelled: what it still paints belongs to nobody
            self._pass_over()
            raise

    def rest(self, i: int) -> Patch:
        return Patch(i % self._reel.length, ())

    def close(self) -> None:
        """Ends the process, and all that it may have begun where no filter kept it from that."""
        process = self._process
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)

    def _pass_over(self) -> None:
        try:
            while (head := self._pipe.head()) != {"done": True}:
                patch_of(head, self._pipe, self._reel.length, self._reel.region)
        except Broken:
            self.close()


def opened(plugin: Plugin, path: Path, weights: Path | None, threads: int, home: Path | None) -> Clone:
    """The clone at `path`, spoken by the engine of `plugin`."""
    return ConfinedClone(plugin, path, weights, threads, home)
