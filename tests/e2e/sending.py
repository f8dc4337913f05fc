"""A show at its real pace into some channels, for the tests of what becomes of it on the way."""

import asyncio
import random
import threading
import time

import av
import synthetic
from servers import wait_for

from bot.clock import SystemClock
from bot.stage.aigc import aigc_record
from bot.stage.egress import open_outlet
from bot.stage.encoder import EncoderSettings
from bot.stage.outlet import OutletState
from bot.stage.sinks import OutletSink
from connectors.base import Secret, ShowInfo
from connectors.rtmp.connector import RtmpConnector
from connectors.srt.connector import SrtConnector
from connectors.whip.connector import WhipConnector

KEY = "live_SECRET-key_42"
RECORD = aigc_record("castmate", "show-7")
# thick enough to fill a frozen server's buffers
FULL = EncoderSettings(preset="ultrafast", video_kbps=4000)
SHOW = ShowInfo("show-7", "Spring sale", "en", synthetic.WIDTH, synthetic.HEIGHT, synthetic.FPS)


def connector_of(url):
    kinds = {"srt": SrtConnector, "whip": WhipConnector}
    return kinds.get(url.partition(":")[0].partition("+")[0], RtmpConnector)(Secret(url))


class Air:
    """The synthetic show at its real pace, on a thread, into some channels. `ticks`: how many were made."""

    def __init__(self, *urls, settings=synthetic.SMALL, ca_file=None, renew=None, ingest=None, turn=None):
        self.encoder, self.ticks, self._stop = synthetic.encoder(settings), 0, threading.Event()
        self._noise, self._ca_file, self._renew = settings is not synthetic.SMALL, ca_file, renew
        self._turn = turn
        where = [asyncio.run(connector_of(url).open(SHOW)) for url in urls] + [ingest] * (ingest is not None)
        self.outlets = [self._open(i, at) for i, at in enumerate(where)]
        self._sinks = [OutletSink(o, self.encoder) for o in self.outlets]
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _open(self, i, ingest):
        return open_outlet(
            f"own-{i}",
            ingest,
            self.encoder,
            {"AIGC": RECORD},
            clock=SystemClock(),
            rng=random.Random(i),
            ca_file=self._ca_file,
            renew=self._renew,
            turn=self._turn,
        )

    def _ticks(self):
        return synthetic.ticks(self.encoder, 25 * 600, self._noise)

    def _run(self):
        start = time.monotonic()
        for n, packets in enumerate(self._ticks()):
            for sink in self._sinks:
                sink.take(n, packets)
            self.ticks = n + 1
            if self._stop.wait(max(0.0, start + self.ticks / 25 - time.monotonic())):
                break
        last = self.encoder.close()
        for sink in self._sinks:
            sink.take(self.ticks, last)
            sink.close()

    def __enter__(self):
        self._thread.start()
        return self

    def stop(self):
        self._stop.set()
        self._thread.join(10)
        assert not self._thread.is_alive()
        return [o.close(5) for o in self.outlets]

    def __exit__(self, *exc):
        self.stop()


def live(outlet):
    return lambda: outlet.stats().state is OutletState.LIVE


def goes_on(air, ticks=25):
    """Waits until the air has made so many ticks more; fails if it stands still."""
    at = air.ticks
    wait_for(lambda: air.ticks >= at + ticks, ticks / 25 + 10)


def keyframes(path):
    with av.open(str(path)) as c:
        return [float(p.pts * p.time_base) for p in c.demux(video=0) if p.pts is not None and p.is_keyframe]


class Diary:
    """What the states of some channels were, looked at every 20 ms: how soon a fault is seen and mended."""

    def __init__(self, outlets):
        self._outlets, self._stop = outlets, threading.Event()
        self.entries = [[] for _ in outlets]
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self._stop.wait(0.02):
            for outlet, entries in zip(self._outlets, self.entries, strict=True):
                stats = outlet.stats()
                if not entries or entries[-1][1] is not stats.state:
                    entries.append((time.monotonic(), stats.state))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._stop.set()
        self._thread.join()

    def until(self, i, since, is_live):
        """Seconds from `since` until channel `i` was (not) live; None if it never was."""
        for at, state in self.entries[i]:
            if at >= since and (state is OutletState.LIVE) is is_live:
                return at - since
        return None
