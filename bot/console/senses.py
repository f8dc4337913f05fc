"""What the console sees and hears of a co-host, as Evidence for the show to judge. The console keeps none."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import TypeVar

import numpy as np

from bot.console.face_watch import MEMORY_S, FaceWatch, Look
from bot.console.voice_watch import RATE, VoiceDetector
from bot.show.messages import Evidence

T = TypeVar("T")
LOOK_EVERY_S = 0.4  # pictures that come sooner are passed over
TELL_EVERY_S = 1.0  # at most one Evidence of a kind in this time
VOICE_SURE = 0.5
PCM_BYTES = 2 * RATE  # of one message: a second
FROZEN = "the picture stands still"
REPEATS = "the same pictures come again in the same order"
LIVES = "the picture changes again as a camera's does"


class Senses:
    """The worker threads in which pictures and sound are analysed: the event loop never waits for them."""

    def __init__(self, threads: int = 1) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="senses")

    async def look(self, watch: FaceWatch, jpeg: bytes, now: float, *, describe: bool = False) -> Look | None:
        look = partial(watch.look, jpeg, now, describe=describe)
        return await asyncio.get_running_loop().run_in_executor(self._pool, look)

    async def call(self, act: Callable[[], T]) -> T:
        """Runs what waits for the disk."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, act)

    async def listen(self, voice: VoiceDetector, pcm: bytes) -> float | None:
        samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2")
        return await asyncio.get_running_loop().run_in_executor(self._pool, voice.feed, samples)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


class Witness:
    """Turns what was seen and heard of one co-host into Evidence. Pure: time is an argument.

    A face counts only in a picture that lives, and not while it is unlike the enrolled one. `face`, `moving`,
    `repeats`, `voice`: the latest findings, for the page.
    """

    def __init__(self) -> None:
        self._looked = -1e9
        self._told: dict[str, float] = {}
        self.face = 0.0
        self.moving = False
        self.repeats = False
        self.voice = 0.0
        self._doubt = ""
        self._moved: float | None = None
        self._pictured = -1e9

    def wants_picture(self, now: float) -> bool:
        if now - self._looked < LOOK_EVERY_S:
            return False
        self._looked = now
        return True

    def saw(self, look: Look, now: float, at: datetime, *, unlike: bool = False) -> Evidence | None:
        """`unlike`: the face was compared last and was not the enrolled one."""
        self.face, self.moving, self.repeats = look.face, look.moving, look.repeats
        if look.face <= 0 or unlike or not look.lives or not self._due("face", now):
            return None
        return Evidence(kind="face", score=round(look.face, 3), at=at, detail="a face in a moving picture")

    def doubted(self, look: Look, now: float, at: datetime) -> Evidence | None:
        """A picture with a face that stands still or was shown before; once when it begins, and once when it
        is over.
        """
        gap, self._pictured = now - self._pictured, now
        if self._moved is None or look.moving or gap >= MEMORY_S:  # after a gap nothing is there to compare
            self._moved = now
        doubt = REPEATS if look.repeats else FROZEN if now - self._moved >= MEMORY_S else ""
        if doubt == FROZEN and look.face <= 0:
            doubt = self._doubt  # an empty picture that stands still shows nobody anyway
        if doubt == self._doubt:
            return None
        self._doubt = doubt
        score = {REPEATS: 0.0, FROZEN: 0.3}.get(doubt, 1.0)
        return Evidence(kind="picture", score=score, at=at, detail=doubt or LIVES)

    def heard(self, score: float, now: float, at: datetime, challenge: str | None) -> Evidence | None:
        """`challenge`: the id of a challenge to say words aloud that is open now."""
        self.voice = score
        if score < VOICE_SURE or not self._due("voice", now):
            return None
        return Evidence(kind="voice", score=round(score, 3), at=at, detail="a voice", challenge=challenge)

    def _due(self, kind: str, now: float) -> bool:
        if now - self._told.get(kind, -1e9) < TELL_EVERY_S:
            return False
        self._told[kind] = now
        return True
