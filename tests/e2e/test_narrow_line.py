"""A line that gets too narrow: the rate goes down and comes back, and nobody stalls or is lowered for it."""

import contextlib

import av
import numpy as np
import pytest
import synthetic
from proxy import proxy
from sending import Air, goes_on, live
from servers import nginx_rtmp, nginx_rtmp_missing, wait_for

from bot.stage import ladder
from bot.stage.encoder import EncoderSettings
from bot.stage.fanout import Fanout
from bot.stage.outlet import OutletState

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(bool(nginx_rtmp_missing()), reason=nginx_rtmp_missing() or "-"),
]
FULL = EncoderSettings(preset="ultrafast", video_kbps=2000)
NARROW = 1100  # kb/s; half the full rate fits


class Laddered(Air):
    """The same show, its channels behind the fan-out as in a real one."""

    def __init__(self, *urls):
        super().__init__(*urls, settings=FULL)
        self.fanout = Fanout(self.encoder)
        for outlet in self.outlets:
            self.fanout.add(outlet)
        self._sinks = [self.fanout]

    def rate(self, i):
        return self.fanout.rates()[self.outlets[i].name]


def kbps_by_second(path):
    """kb/s of the picture of each whole second of a recording."""
    with av.open(str(path)) as c:
        sizes = [(int(p.pts * p.time_base), p.size) for p in c.demux(video=0) if p.pts is not None]
    out = np.zeros(sizes[-1][0] + 1)
    for second, size in sizes:
        out[second] += size * 8 / 1000
    return out[:-1]


def test_the_rate_follows_the_line_of_one_channel_and_the_other_keeps_its_own(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(ladder, "UP_AFTER_S", 2.0)  # a test has less time than a show
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(nginx_rtmp(tmp_path))
        line = stack.enter_context(proxy(server.rtmp))
        urls = f"{server.url}/wide", f"rtmp://127.0.0.1:{line.port}/live/narrow"
        air = stack.enter_context(Laddered(*urls))
        for outlet in air.outlets:
            wait_for(live(outlet))
        goes_on(air, 50)
        assert air.rate(1) == FULL.video_kbps
        line.kbps = NARROW
        at = air.ticks
        wait_for(lambda: air.rate(1) <= NARROW, 20)
        down = (air.ticks - at) / 25
        goes_on(air, 50)
        assert air.rate(0) == FULL.video_kbps
        assert air.outlets[1].stats().state is OutletState.LIVE
        line.kbps = None
        at = air.ticks
        wait_for(lambda: air.rate(1) == FULL.video_kbps, 40)
        up = (air.ticks - at) / 25
        goes_on(air, 50)
        air.stop()
        wide, narrow = (o.stats() for o in air.outlets)
    with capsys.disabled():
        print(f"\n  narrow line: down after {down:.1f} s, up after {up:.1f} s, dropped {narrow.dropped}")
    assert wide.dropped == wide.reconnects == narrow.reconnects == 0
    recorded = {p.name.split("-")[0]: p for p in server.recordings()}
    with av.open(str(recorded["wide"])) as c:
        assert sum(1 for _ in c.decode(video=0)) == air.ticks
    rates = kbps_by_second(recorded["narrow"])
    assert rates.min() < NARROW
    assert rates[-2:].mean() > 1.3 * NARROW
    assert narrow.dropped == 0
    assert max(map(abs, synthetic.offsets(recorded["narrow"]))) <= 0.02
