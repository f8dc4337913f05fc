"""HEVC over enhanced RTMP into node-media-server, beside H.264 into nginx-rtmp, from one show."""

import asyncio
import random

import av
import pytest
import synthetic
from sending import KEY, SHOW, Air, connector_of, goes_on, live
from servers import (
    nginx_rtmp,
    nginx_rtmp_missing,
    node_media_server,
    node_media_server_missing,
    wait_for,
)

from bot.clock import SystemClock
from bot.stage.egress import open_outlet
from bot.stage.fanout import Fanout

MISSING = nginx_rtmp_missing() or node_media_server_missing()
pytestmark = [pytest.mark.e2e, pytest.mark.skipif(bool(MISSING), reason=MISSING or "-")]


class Mixed(Air):
    """H.264 to the addresses, HEVC to `modern`."""

    def __init__(self, *urls, modern):
        super().__init__(*urls)
        self.fanout = Fanout(self.encoder)
        for outlet in self.outlets:
            self.fanout.add(outlet)
        ingest = asyncio.run(connector_of(modern).open(SHOW))
        assert ingest.codec == "hevc"
        treatment = self.fanout.treat("libx265")
        outlet = open_outlet(
            "modern", ingest, self.encoder, {}, clock=SystemClock(), rng=random.Random(9),
            template=treatment.template,
        )  # fmt: skip
        self.fanout.add(outlet, treatment)
        self.outlets.append(outlet)
        self._sinks = [self.fanout]


def codec_and_frames(path):
    with av.open(str(path)) as c:
        return c.streams.video[0].codec_context.name, sum(1 for _ in c.decode(video=0))


def test_one_show_is_hevc_here_and_h264_there(tmp_path):
    with nginx_rtmp(tmp_path) as nginx, node_media_server(tmp_path) as node:
        with Mixed(f"{nginx.url}/{KEY}", modern=f"{node.url}/{KEY}#hevc") as air:
            for outlet in air.outlets:
                wait_for(live(outlet))
            goes_on(air, 75)
            assert air.stop() == [True, True]
        (old,), (new,) = nginx.recordings(), wait_for(node.recordings)
        assert codec_and_frames(old) == ("h264", air.ticks)
        name, frames = codec_and_frames(new)
        assert (name, frames) == ("hevc", air.ticks)
        assert max(map(abs, synthetic.offsets(new))) <= 0.02
