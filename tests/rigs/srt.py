"""Typed SRT addresses under the contract."""

from contextlib import asynccontextmanager

from rigs.base import Rig

from connectors.base import Secret
from connectors.srt.connector import SrtConnector

KEY = "live_SECRET-key_42"


@asynccontextmanager
async def listener(folder):
    yield Rig(SrtConnector(Secret(f"srt://127.0.0.1:9000?streamid={KEY}")), (KEY,))


RIGS = [listener]
