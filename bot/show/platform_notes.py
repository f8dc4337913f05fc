"""What a platform itself says of a show, for the ledger: that the AI flag was set and read back, and how it
sees the broadcast whenever that changes.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from connectors.base import Cap, ChatState, Connector, Metrics
from products.errors import CastmateError

LOOK_S = 5  # how often a platform is looked at; connectors keep to their own pace behind it
PATIENCE_S = 5.0

Note = Callable[[str, dict[str, Any]], None]


class PlatformNotes:
    """`note`: into the ledger; `figures`: told what each look at a channel found. One of a show."""

    def __init__(
        self, note: Note, figures: Callable[[str, Metrics], None] = lambda channel, seen: None
    ) -> None:
        self._note, self._figures = note, figures
        self._seen: dict[str, tuple[bool | None, bool | None, str]] = {}
        self._calls: Counter[str] = Counter()

    async def declare(self, channel: str, connector: Connector, synthetic: bool) -> None:
        """Sets the platform's AI flag where it has one. What the platform then says goes into the ledger,
        also when it does not show the flag: its connector keeps the broadcast from going live until it does.

        Raises what the connector raises.
        """
        if Cap.DISCLOSE not in connector.caps:
            return
        found = await connector.disclose(synthetic)
        told = {"ok": found.ok, "synthetic": synthetic, "says": found.says, "read_back": found.read_back}
        self._note("channel.disclosed", {"channel": channel, **told})

    async def look(self, channel: str, connector: Connector) -> None:
        """Notes how the platform sees the broadcast, when that is new. Called once a second."""
        self._calls[channel] += 1
        if Cap.METRICS not in connector.caps or self._calls[channel] % LOOK_S:
            return
        figures: Metrics | None = None
        try:
            async with asyncio.timeout(PATIENCE_S):
                figures = await connector.metrics()
            says = figures.says
            self._figures(channel, figures)
        except (CastmateError, TimeoutError) as error:
            says = str(error) or "The platform did not answer in time."
        now = (figures.live, figures.healthy, says) if figures else (None, None, says)
        if self._seen.get(channel) != now:
            self._seen[channel] = now
            self._note("channel.platform", {"channel": channel, **_told(figures), "says": says})


def wanted_of(channels: Iterable[tuple[str, Connector]]) -> tuple[str, ...]:
    """What keeps a platform's chat away and will not mend by itself, for the desk: a log-out, a captcha."""
    heard = ((name, connector.hearing()) for name, connector in channels)
    return tuple(f"{name}: {h.why}" for name, h in heard if h.state is ChatState.LOST and h.why)


def _told(figures: Metrics | None) -> dict[str, Any]:
    if figures is None:
        return {"live": None, "healthy": None, "viewers": None}
    return {"live": figures.live, "healthy": figures.healthy, "viewers": figures.viewers}
