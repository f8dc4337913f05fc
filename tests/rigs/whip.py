"""Typed WHIP endpoints under the contract."""

from contextlib import asynccontextmanager

from rigs.base import Rig

from connectors.base import Secret
from connectors.whip.connector import WhipConnector

KEY = "live_SECRET-key_42"


@asynccontextmanager
async def endpoint(folder):
    yield Rig(WhipConnector(Secret(f"whip+http://127.0.0.1:8080/whip/live#{KEY}")), (KEY,))


RIGS = [endpoint]
