"""Four channels, three of them sick in turn: what each fault costs, and that it costs nobody else anything.

Two makes of server and a line that a router cuts. Seconds are printed, not asserted: that the timers keep
within 5 s is shown in virtual time (tests/bot/stage/test_pulse.py).
"""

import os
import signal
import time

import av
import pytest
from proxy import proxy
from sending import FULL, KEY, Air, Diary, goes_on, keyframes, live
from servers import (
    nginx_rtmp,
    nginx_rtmp_missing,
    node_media_server,
    node_media_server_missing,
    wait_for,
)

from bot.stage.outlet import OutletState

MISSING = nginx_rtmp_missing() or node_media_server_missing()
pytestmark = [pytest.mark.e2e, pytest.mark.skipif(bool(MISSING), reason=MISSING or "-")]

PROOF = "CASTMATE_PROOF_MINUTES" in os.environ
FROZEN_S = 20.0 if PROOF else 7.0
GOOD, NGINX, NODE, LINE = range(4)
NAMES = ("good", "nginx-rtmp", "node-media-server", "behind a router")


class Stage:
    """The four channels on air, and the servers that faults are done to."""

    def __init__(self, air, diary, nginx, node, line):
        self.air, self.diary, self.nginx, self.node, self.line = air, diary, nginx, node, line
        self.report = []

    def all_live(self):
        for outlet in self.air.outlets:
            wait_for(live(outlet), 30)
        goes_on(self.air, 13)

    def fault(self, name, channels, do, undo=None, lasts=0.0):
        """Does it, waits until it is noticed, undoes it, waits until all is well; what it took."""
        outlets = self.air.outlets
        before = [o.stats() for o in outlets]
        at = time.monotonic()
        do()
        for i in channels:
            wait_for(lambda i=i: self.diary.until(i, at, False) is not None, 20)
        time.sleep(max(0.0, lasts - (time.monotonic() - at)))
        back = time.monotonic()
        if undo is not None:
            undo()
        self.all_live()
        for i in channels:
            after, noticed = outlets[i].stats(), self.diary.until(i, at, False)
            recovered = max(0.0, max(t for t, s in self.diary.entries[i] if s is OutletState.LIVE) - back)
            lost = after.dropped - before[i].dropped
            self.report.append((name, NAMES[i], noticed, recovered, lost))
            assert KEY not in repr(after)
            assert after.last_error or after.reconnects == before[i].reconnects
        for i in set(range(len(outlets))) - set(channels):
            after = outlets[i].stats()
            assert after.dropped == before[i].dropped, f"{name} cost {NAMES[i]} packets"
            assert after.reconnects == before[i].reconnects


def test_every_fault_is_noticed_mended_and_its_own(tmp_path, capsys):
    with (
        nginx_rtmp(tmp_path / "good") as good,
        nginx_rtmp(tmp_path / "sick") as nginx,
        node_media_server(tmp_path) as node,
        proxy(good.rtmp) as line,
    ):
        urls = [f"{good.url}/good", f"{nginx.url}/{KEY}", f"{node.url}/{KEY}"]
        urls.append(f"rtmp://127.0.0.1:{line.port}/live/line")
        with Air(*urls, settings=FULL) as air, Diary(air.outlets) as diary:
            stage = Stage(air, diary, nginx, node, line)
            stage.all_live()
            workers = [nginx.worker(), node.worker()]

            def to_both(number):
                for pid in workers:
                    os.kill(pid, number)

            stage.fault(
                "frozen", (NGINX, NODE), lambda: to_both(signal.SIGSTOP),
                lambda: to_both(signal.SIGCONT), FROZEN_S,
            )  # fmt: skip
            stage.fault("reset", (LINE,), line.reset)
            stage.fault("half-open", (LINE,), lambda: setattr(line, "frozen", True),
                        lambda: setattr(line, "frozen", False), 6.0)  # fmt: skip

            def refuse():
                nginx.stop()
                node.stop()

            stage.fault("refused", (NGINX, NODE), refuse, lambda: (nginx.start(), node.start()), 3.0)
            stage.fault("killed", (NGINX,), lambda: os.kill(nginx.worker(), signal.SIGKILL))
            ticks = air.ticks
            air.stop()
        with capsys.disabled():
            print()
            for name, where, noticed, recovered, lost in stage.report:
                print(f"  {name:10} {where:18} noticed {noticed:5.2f} s, back {recovered:5.2f} s, -{lost}")
        (path,) = wait_for(lambda: [p for p in good.recordings() if p.name.startswith("good")])
        with av.open(str(path)) as film:
            assert sum(1 for p in film.demux(video=0) if p.pts is not None) >= ticks
        for server in (nginx, node):
            assert len(server.recordings()) >= 2
            for path in server.recordings():
                assert not (keys := keyframes(path)) or keys[0] <= 0.1
