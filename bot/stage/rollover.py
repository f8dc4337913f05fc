"""When a channel must go on under a new address, decided from the address's limits and the time.

Facebook ends a broadcast after 8 hours, Kuaishou's address serves once and for two days (connectors.md 1 and
7): a show around the clock changes over before, while the old address still takes the stream.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.base import Ingest

MARGIN = timedelta(seconds=120)  # so long before the end, or a tenth of a shorter life
RETRY_S = 5.0


def due(ingest: Ingest, began: datetime) -> datetime | None:
    """When to change over from an address that has been in use since `began`; None: never.

    The longest broadcast counts from `began`; an expiry is a time of day by itself. Both leave a margin, in
    which a failed change-over is tried again.
    """
    ends = [] if ingest.expires is None else [ingest.expires]
    if ingest.limits.max_stream_s is not None:
        ends.append(began + timedelta(seconds=ingest.limits.max_stream_s))
    if not ends:
        return None
    end = min(ends)
    return end - min(MARGIN, max(timedelta(0), (end - began) / 10))


@dataclass(slots=True)
class Rollover:
    """One channel's turn to a new address. `asked`: an operator wants a new key now, limits or not."""

    ingest: Ingest
    began: datetime
    asked: bool = False
    failures: int = 0
    _not_before: datetime | None = None

    def wanted(self, now: datetime) -> bool:
        """Whether a new address is to be fetched and opened at `now`."""
        if self._not_before is not None and now < self._not_before:
            return False
        at = due(self.ingest, self.began)
        return self.asked or (at is not None and now >= at)

    def failed(self, now: datetime) -> None:
        """No new address, or the new one did not take the stream: again in a while; the old one goes on."""
        self.failures += 1
        self._not_before = now + timedelta(seconds=RETRY_S)

    def done(self, ingest: Ingest, now: datetime) -> None:
        """The stream goes to `ingest` from now on."""
        self.ingest, self.began = ingest, now
        self.asked, self.failures, self._not_before = False, 0, None
