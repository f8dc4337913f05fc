"""The lines that the reader process writes, as events. Pure.

{"is": "open"}                       the chat is joined
{"is": "alive", "frames": N}         every ten seconds: N frames came since the last
{"is": KIND, "id", "at" (ms), "viewer", "viewer_id", ...}   comment gift like follow enter viewers
{"is": "over", "why", "says", "wait"}   the last: offline ended lost limited blocked account missing
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.base import Event, EventKind, Gift

PLATFORM = "tiktok_live"
LONGEST = 2_000
KINDS = {kind.value: kind for kind in EventKind if kind not in (EventKind.GAP, EventKind.ORDER)}
COINS = "tiktok coins"


def parsed(raw: bytes) -> Mapping[str, Any] | None:
    """None for what is no line of the reader."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) and isinstance(data.get("is"), str) else None


def event_of(line: Mapping[str, Any], own: str, received: datetime) -> Event | None:
    """None for a line that is no event. `own`: the host's @name or shown name, whose words are never
    answered.
    """
    kind, id_ = KINDS.get(line["is"]), _text(line.get("id"))
    if kind is None or not id_:
        return None
    viewer, count = _text(line.get("viewer")), _count(line.get("count"))
    detail = None
    if kind is EventKind.GIFT:
        coins = _count(line.get("coins"))
        detail = Gift(_text(line.get("gift")) or "gift", max(count, 1), coins or None, COINS if coins else "")
    return Event(
        kind, PLATFORM, id_, _at(line.get("at"), received), viewer, _text(line.get("viewer_id")),
        _text(line.get("text")), count, detail=detail, own=bool(own) and viewer.lower() == own.lower(),
    )  # fmt: skip


def _text(value: Any) -> str:
    cut = value[:LONGEST] if isinstance(value, str) else ""
    return cut if cut.isascii() else cut.encode("utf-8", "replace").decode("utf-8")


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15 else 0


def _at(value: Any, received: datetime) -> datetime:
    """Milliseconds (or seconds) since 1970; `received` where that makes no sense."""
    number = _count(value)
    seconds = number / 1000 if number > 10**11 else float(number)
    known = datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 32_503_680_000 else received
    return min(known, received)
