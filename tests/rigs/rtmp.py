"""Typed RTMP addresses under the contract."""

from contextlib import asynccontextmanager

from rigs.base import Rig

from connectors.base import Secret
from connectors.rtmp.connector import RtmpConnector

KEY = "live_SECRET-key_42"


@asynccontextmanager
async def loopback(folder):
    yield Rig(RtmpConnector(Secret(f"rtmp://127.0.0.1:1935/live/{KEY}")), (KEY,))


@asynccontextmanager
async def known_host(folder):
    yield Rig(RtmpConnector(Secret(f"rtmps://a.rtmps.youtube.com:443/live2/{KEY}")), (KEY,))


RIGS = [loopback, known_host]
