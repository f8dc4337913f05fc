"""What the console sees and hears of a co-host, as Evidence for the show to judge. Nothing of it is kept."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import numpy as np

from bot.console.face_watch import FaceWatch, Look
from bot.console.voice_watch import RATE, PitchAndPace, VoiceDetector
from bot.show.messages import Evidence

LOOK_EVERY_S = 0.4  # pictures that come sooner are passed over
TELL_EVERY_S = 1.0  # at most one Evidence of a kind in this time
VOICE_SURE = 0.5
PCM_BYTES = 2 * RATE  # of one message: a second


class Senses:
    """The worker threads in which pictures and sound are analysed: the event loop never waits for them."""

    def __init__(self, threads: int = 1) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="senses")

    async def look(self, watch: FaceWatch, jpeg: bytes, now: float) -> Look | None:
        return await asyncio.get_running_loop().run_in_executor(self._pool, watch.look, jpeg, now)

    async def listen(self, voice: VoiceDetector, pcm: bytes) -> float | None:
        samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2")
        return await asyncio.get_running_loop().run_in_executor(self._pool, voice.feed, samples)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


class Witness:
    """Turns what was seen and heard of one co-host into Evidence. Pure: time is an argument.

    A face counts only in a picture that lives. `face`, `moving`, `voice`: the latest findings, for the page.
    """

    def __init__(self) -> None:
        self._looked = -1e9
        self._told: dict[str, float] = {}
        self.face = 0.0
        self.moving = False
        self.voice = 0.0

    def wants_picture(self, now: float) -> bool:
        if now - self._looked < LOOK_EVERY_S:
            return False
        self._looked = now
        return True

    def saw(self, look: Look, now: float, at: datetime) -> Evidence | None:
        self.face, self.moving = look.face, look.moving
        if look.face <= 0 or not look.moving or not self._due("face", now):
            return None
        return Evidence(kind="face", score=round(look.face, 3), at=at, detail="a face in a moving picture")

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


def new_watches() -> tuple[FaceWatch, VoiceDetector]:
    return FaceWatch(), PitchAndPace()
