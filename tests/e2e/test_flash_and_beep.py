"""A flash and a beep on one tick, through border, compositor, mixer, encoder and sender to a real server: how
far apart they are for who pulls the stream, before and after its server died.
"""

import asyncio
import os
import random
import signal
import subprocess
import threading
import time
from pathlib import Path

import av
import numpy as np
import pytest
from servers import nginx_rtmp, nginx_rtmp_missing, wait_for

from bot.clock import SystemClock
from bot.stage.air import AirLoop
from bot.stage.border import BLOCK, Border, Flag, Take
from bot.stage.compositor import Compositor
from bot.stage.egress import open_outlet
from bot.stage.encoder import Encoder, EncoderSettings
from bot.stage.mixer import Mixer
from bot.stage.outlet import OutletState
from bot.stage.sinks import OutletSink
from connectors.base import Secret, ShowInfo
from connectors.rtmp.connector import RtmpConnector
from persona.clone.base import Patch, PatchRect, Rect

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(240),
    pytest.mark.skipif(bool(nginx_rtmp_missing()), reason=nginx_rtmp_missing() or "-"),
]
W, H, FPS, EVERY = 240, 320, 25, 20
PULL_S = 4
FRAME_S = 1 / FPS
RECONNECTED_S = 0.020


def grey(level: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    half = np.full((H // 2, W // 2), 128, np.uint8)
    return np.full((H, W), level, np.uint8), half, half


class DarkReel:
    """A host of one dark grey that hardly changes."""

    size, fps, length, region = (W, H), FPS, 50, Rect(0, 0, W, H)
    backdrop = grey(30)

    def frame(self, i):
        return grey(30 + i % 50 // 5)

    def life(self, n, i):
        return ()


class Beacon:
    """What a studio would write: on every EVERY-th tick a white picture and a tone, else nothing."""

    def __init__(self, border: Border) -> None:
        self._border, self._stop = border, threading.Event()
        self.thread = threading.Thread(target=self._write, daemon=True)

    def _write(self) -> None:
        white = PatchRect(Rect(0, 0, W, H), *grey(235))
        tone = (0.5 * np.sin(2 * np.pi * 1000 * np.arange(BLOCK) / 48_000)).astype(np.float32)
        n = 0
        while not self._stop.is_set():
            if self._border.full:
                time.sleep(0.02)
                continue
            if n % EVERY == 0:
                flags = Flag.FIRST | Flag.LAST
                self._border.put(Take(0, 1 + n, 0, 0, int(flags), Patch(n % 50, (white,)), tone))
            else:
                self._border.put(Take(0, 1 + n, 0, 0, int(Flag.PAUSE), Patch(n % 50, ()), None))
            n += 1

    def stop(self) -> None:
        self._stop.set()
        self.thread.join(10)


def offsets(path: Path) -> list[float]:
    """Seconds from each flash to its beep in a received stream (positive: the sound is late)."""
    with av.open(str(path)) as c:
        seen = [(float(f.pts * f.time_base), f.to_ndarray(format="gray").mean()) for f in c.decode(video=0)]
    with av.open(str(path)) as c:
        sound = [(float(f.pts * f.time_base), f.to_ndarray()[0]) for f in c.decode(audio=0)]
    times = np.concatenate([at + np.arange(len(x)) / 48_000 for at, x in sound])
    loud = times[np.abs(np.concatenate([x for _, x in sound])) > 0.1]
    beeps = loud[np.diff(loud, prepend=-9.0) > 0.3]
    flashes = np.array([at for at, level in seen if level > 150])
    apart = [float(b - flashes[np.abs(flashes - b).argmin()]) for b in beeps]
    return [
        d for d in apart if abs(d) < 0.4
    ]  # a flash whose beep was cut off at an end of the pull has no pair


def pulled(url: str, path: Path) -> list[float]:
    """What a viewer's player gets for a while."""
    command = ["ffmpeg", "-v", "error", "-y", "-i", url, "-t", str(PULL_S), "-c", "copy", str(path)]
    subprocess.run(command, check=True, timeout=60)
    found = offsets(path)
    assert len(found) >= 3, found
    return found


def test_flash_and_beep_are_together_for_the_viewer_before_and_after_a_reconnect(tmp_path: Path) -> None:
    reel, border = DarkReel(), Border.create(slots=60)
    encoder = Encoder(W, H, FPS, EncoderSettings("ultrafast", 400, 96))
    beacon, stopping = Beacon(border), threading.Event()
    with nginx_rtmp(tmp_path) as server:
        url = f"{server.url}/flash"
        ingest = asyncio.run(RtmpConnector(Secret(url)).open(ShowInfo("f", "Flash", "en", W, H, FPS)))
        outlet = open_outlet("own-1", ingest, encoder, {}, clock=SystemClock(), rng=random.Random(1))
        air = AirLoop(
            reel,
            border,
            Compositor(W, H, reel.backdrop),
            Mixer(1),
            encoder,
            [OutletSink(outlet, encoder)],
            time.monotonic,
        )
        loop = threading.Thread(target=air.run, args=(stopping, time.sleep), daemon=True)
        beacon.thread.start()
        loop.start()
        try:
            wait_for(lambda: outlet.stats().state is OutletState.LIVE, 30)
            before = pulled(url, tmp_path / "before.flv")
            os.kill(server.worker(), signal.SIGKILL)
            wait_for(lambda: outlet.stats().reconnects >= 1, 30)
            wait_for(lambda: outlet.stats().state is OutletState.LIVE, 30)
            after = pulled(url, tmp_path / "after.flv")
        finally:
            stopping.set()
            loop.join(15)
            outlet.close(5)
            beacon.stop()
            border.close()
    print(f"offsets in ms: {np.round(np.array(before) * 1000, 1)} then {np.round(np.array(after) * 1000, 1)}")
    assert max(map(abs, before)) <= FRAME_S
    assert max(map(abs, after)) <= FRAME_S
    assert abs(np.median(after) - np.median(before)) <= RECONNECTED_S
