"""What connectors are handed of the real world."""

import asyncio
from random import Random

from bot.clock import Clock
from connectors.outside import Outside
from connectors.sockets import dial


def real_outside(clock: Clock) -> Outside:
    """The network, the machine's chance, and the time of `clock`."""
    return Outside(now=clock.now, time=clock.time, dial=dial, sleep=asyncio.sleep, rng=Random())
