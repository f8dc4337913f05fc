"""What a co-host says, written down by speech recognition where it is installed (extra `hearing`).

The model works in a process of its own at the lowest priority, started with the first words, so that neither
the console nor a show waits for it. The answer to a question is what a show waits for: seconds of work every
few minutes, in another process that does not give way. Sound is cut where the speaker pauses; nothing of it
is kept.
"""

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.console.voice_watch import RATE
from persona.clone.footage.transcript import missing, transcribe
from products.errors import SetupError

WAITING = 4  # pieces of speech that wait or are at work; more are dropped and counted
QUIET_S = 0.7  # a pause that ends a piece
LONGEST_S = 12.0
SHORTEST_S = 0.4
ROOM_S = 0.4  # silence kept before and after, or words are invented at the edges


class Ear:
    """One recogniser for all co-hosts. `folder` keeps its model. `why`: why nobody can listen; "" when one
    can. `dropped`: pieces for which there was no time.
    """

    def __init__(self, folder: Path, write: Callable[[bytes, str, str], str] | None = None) -> None:
        """`write`: in place of the recogniser, runs in the other process."""
        self._folder, self._write = folder, write or write_down
        self._pools: dict[int, ProcessPoolExecutor] = {}
        self._busy = self.dropped = 0
        self.why = missing() if write is None else ""

    async def hear(self, sound: NDArray[np.int16], language: str, *, asked: bool = False) -> str | None:
        """What was said in `sound` (mono, 16 kHz); None: nobody listens, or there was no time for it.
        `asked`: a show waits for it.
        """
        if self.why:
            return None
        if self._busy >= WAITING:
            self.dropped += 1
            return None
        self._busy += 1
        try:
            pool = self._pool(0 if asked else 19)
            act = pool.submit(self._write, sound.tobytes(), language, str(self._folder))
            return await asyncio.wrap_future(act)
        except (SetupError, BrokenProcessPool) as error:
            self.why = str(error) or "speech recognition stopped"
            return None
        finally:
            self._busy -= 1

    def _pool(self, niceness: int) -> ProcessPoolExecutor:
        """The process of that priority: one cannot raise its own again."""
        if niceness not in self._pools:
            context = multiprocessing.get_context("spawn")
            made = ProcessPoolExecutor(1, mp_context=context, initializer=os.nice, initargs=(niceness,))
            self._pools[niceness] = made
        return self._pools[niceness]

    def close(self) -> None:
        """At the end: nothing is left running."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)


class Pieces:
    """Cuts a microphone's sound into pieces of speech. Pure; fed with what the page sends."""

    def __init__(self) -> None:
        self._before = np.zeros(0, np.int16)
        self._piece = np.zeros(0, np.int16)
        self._quiet = 0.0
        self._floor = 200.0
        self._spoke = 0.0

    def feed(self, samples: NDArray[np.int16]) -> NDArray[np.int16] | None:
        """`samples`: mono, 16 kHz, 0.02..1 s. A piece with its rims, once a pause ended it or it is long."""
        level = float(np.sqrt(np.mean(samples.astype(np.float32) ** 2))) if samples.size else 0.0
        seconds = samples.size / RATE
        # the floor follows what is quiet at once, and what is loud slowly: speech does not become the floor
        self._floor = min(level + 1.0, self._floor * (1 + 0.05 * seconds) + 2.0 * seconds)
        speaks = level > max(120.0, 3.0 * self._floor)
        if self._piece.size == 0 and not speaks:
            self._before = np.concatenate([self._before, samples])[-int(ROOM_S * RATE) :]
            return None
        if self._piece.size == 0:
            self._piece, self._spoke = self._before, 0.0
        self._piece = np.concatenate([self._piece, samples])
        self._quiet = 0.0 if speaks else self._quiet + seconds
        self._spoke += seconds if speaks else 0.0
        if self._quiet < QUIET_S and self._piece.size < LONGEST_S * RATE:
            return None
        return self.end()

    def end(self) -> NDArray[np.int16] | None:
        """What was begun, if it is long enough to be a word."""
        piece, self._piece = self._piece, np.zeros(0, np.int16)
        self._before, self._quiet = piece[-int(ROOM_S * RATE) :], 0.0
        return piece if self._spoke >= SHORTEST_S else None


def write_down(sound: bytes, language: str, folder: str) -> str:
    """In the other process. Raises SetupError: not installed, or damaged."""
    samples = np.frombuffer(sound, "<i2").astype(np.float32) / 32768.0
    room = np.zeros(int(ROOM_S * RATE), np.float32)
    return transcribe(np.concatenate([room, samples, room]), language, Path(folder))
