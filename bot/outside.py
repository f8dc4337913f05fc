"""What connectors are handed of the real world."""

import asyncio
from random import Random

from bot.clock import Clock
from bot.plugins import Agreements
from bot.settings import Settings
from connectors.outside import Outside
from connectors.sockets import dial


def real_outside(clock: Clock, settings: Settings | None = None) -> Outside:
    """The network, the machine's chance, the time of `clock`, and what the operator agreed to; without
    `settings` no plug-in runs.
    """
    plugins = None if settings is None else Agreements(settings)
    return Outside(
        now=clock.now, time=clock.time, dial=dial, sleep=asyncio.sleep, rng=Random(), plugins=plugins
    )
