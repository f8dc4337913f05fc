"""How much of the rate limit is used, as Facebook says with its answers. Pure.

Source: developers.facebook.com/docs/graph-api/overview/rate-limiting: X-App-Usage is an object of percents;
X-Business-Use-Case-Usage (calls with a Page's token) has a list of such objects by business, each with
estimated_time_to_regain_access in minutes.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

HEADERS = ("x-app-usage", "x-business-use-case-usage")
PERCENTS = ("call_count", "total_time", "total_cputime")
BUSY, FULL = 75, 95
LARGEST_HEADER = 16_384


@dataclass(frozen=True, slots=True)
class Usage:
    """`percent` of the fullest limit; `regain_s`: until calls are taken again, where Facebook says so."""

    percent: int = 0
    regain_s: float | None = None

    @property
    def slower(self) -> float:
        """How many times rarer than usual to ask what could also wait."""
        return 1.0 if self.percent < BUSY else 4.0 if self.percent < FULL else 12.0


def usage_of(headers: Mapping[str, str]) -> Usage | None:
    """None where the answer says nothing that can be read."""
    found = [part for name in HEADERS for part in _parts(headers.get(name, ""))]
    if not found:
        return None
    percent = max(_number(part.get(key)) for part in found for key in PERCENTS)
    minutes = max(_number(part.get("estimated_time_to_regain_access")) for part in found)
    return Usage(min(int(percent), 1000), min(minutes, 10_080) * 60.0 if minutes else None)


def _number(value: Any) -> float:
    """0.0 for what is none that makes sense here."""
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9
    return float(value) if known else 0.0


def _parts(text: str) -> Iterator[Mapping[str, Any]]:
    if not text or len(text) > LARGEST_HEADER:
        return
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return
    if not isinstance(data, dict):
        return
    yield data
    for value in data.values():
        yield from (part for part in value if isinstance(part, dict)) if isinstance(value, list) else ()
