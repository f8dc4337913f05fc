"""What goes over the pipe between a show and a plug-in's process: a line of JSON each. Pure.

to the plug-in      {"do": WORD, "id": N, "now": ISO time, ...}
from the plug-in    {"re": N, "ok": ...} or {"re": N, "error": {kind, message, remedy, wait}}
                    {"event": {...}}  {"hearing": {state, why}}  {"keep": {field: value}}  {"beat": N}
                    {"ready": true} or {"broken": "why"} once, at its start

Whatever comes from a plug-in is a stranger's: read strictly, cut, never trusted with whose it is.
"""

import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NoReturn, TypeVar

from pydantic import TypeAdapter, ValidationError

from connectors.base import (
    Cap,
    Check,
    Event,
    EventKind,
    Evidence,
    Gap,
    Gift,
    Metrics,
    Order,
    PinResult,
    SayResult,
    ShowInfo,
)
from connectors.errors import AuthNeeded, Blocked, Changed, NotLive, RateLimited, Transient
from products.errors import CastmateError, Refused

T = TypeVar("T")
LONGEST_LINE = 64 << 10
LONGEST_TEXT, MOST_ITEMS, DEEPEST = 4_000, 64, 4
MOST_CHECKS = 32
LARGEST = 2**53
LATER = timedelta(seconds=5)  # a clock that is a little ahead
EARLIEST = timedelta(days=2)

KINDS: Mapping[str, type[CastmateError]] = {
    "auth": AuthNeeded,
    "blocked": Blocked,
    "changed": Changed,
    "limited": RateLimited,
    "not live": NotLive,
    "refused": Refused,
    "transient": Transient,
}
_NEEDS = {
    EventKind.ORDER: Cap.ORDERS,
    EventKind.VIEWERS: Cap.METRICS,
}  # all else is of the chat


class Malformed(ValueError):
    """A line that is not of the form above."""


def line(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=True, allow_nan=False).encode() + b"\n"


def parsed(raw: bytes) -> dict[str, Any]:
    """One line, its texts cut and free of broken characters. Raises Malformed."""
    try:
        found = _clean(json.loads(raw, parse_constant=_no_number), DEEPEST)
    except (ValueError, RecursionError):
        raise Malformed("it is no line of JSON, or holds too much") from None
    if not isinstance(found, dict):
        raise Malformed("it is no object")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _clean(value: Any, deep: int) -> Any:
    match value:
        case str():
            cut = value[:LONGEST_TEXT]
            return cut if cut.isascii() else cut.encode("utf-8", "replace").decode("utf-8")
        case bool() | None:
            return value
        case int() | float():
            if not math.isfinite(value) or abs(value) > LARGEST:
                raise ValueError("a number beyond all use")
            return value
        case dict() if deep and len(value) <= MOST_ITEMS:
            return {_clean(k, 0): _clean(v, deep - 1) for k, v in value.items()}
        case list() if deep and len(value) <= MOST_ITEMS:
            return [_clean(item, deep - 1) for item in value]
    raise ValueError("too deep, or too much of it")


def plain(value: Any) -> Any:
    """A dataclass of connectors.base as JSON; the plug-in's side."""
    return _ADAPTERS[type(value)].dump_python(value, mode="json")


_ADAPTERS: Mapping[type, TypeAdapter[Any]] = {
    kind: TypeAdapter(kind)
    for kind in (Check, Event, Evidence, Gap, Gift, Metrics, Order, PinResult, SayResult, ShowInfo)
}


def _read(kind: type[T], data: Any) -> T:
    try:
        found: T = _ADAPTERS[kind].validate_python(data)
    except ValidationError as error:
        raise Malformed(f"{kind.__name__}: {error.errors()[0]['msg']}") from None
    return found


def event_of(data: Any, platform: str, caps: frozenset[Cap], received: datetime) -> Event | Gap:
    """An event under the platform's own name, whatever the plug-in calls itself. Raises Malformed, also for
    a kind that it did not declare.
    """
    if not isinstance(data, dict):
        raise Malformed("an event is no object")
    detail = data.get("detail")
    bare = _read(Event, {**data, "detail": None, "platform": platform})
    if bare.kind is EventKind.GAP:
        gap = _read(Gap, detail)
        since = min(_aware(gap.since, received), received)
        return Gap(since, received, gap.why[:200], gap.missed if (gap.missed or 0) >= 0 else None)
    if _NEEDS.get(bare.kind, Cap.CHAT_IN) not in caps:
        raise Malformed(f"an event of kind {bare.kind} was not declared")
    if not bare.id or bare.number < 0:
        raise Malformed("an event has no id, or counts below nothing")
    about: Gift | Order | None = None
    if bare.kind is EventKind.GIFT:
        about = _read(Gift, detail)
    elif bare.kind is EventKind.ORDER:
        about = _read(Order, detail)
    at = _aware(bare.at, received)
    at = at if received - EARLIEST <= at <= received + LATER else received
    return Event(
        bare.kind, platform, bare.id, at, bare.viewer, bare.viewer_id, bare.text, bare.number,
        dict(bare.extra), about, bare.own, bare.reply_to, bare.cursor,
    )  # fmt: skip


def _aware(at: datetime, received: datetime) -> datetime:
    return received if at.tzinfo is None else at


def say_result(data: Any, now: datetime) -> SayResult:
    return _read(SayResult, data)


def pin_result(data: Any, now: datetime) -> PinResult:
    return _read(PinResult, data)


def evidence(data: Any, now: datetime) -> Evidence:
    """Of the time at which it came: a plug-in does not date it."""
    found = _read(Evidence, {**data, "at": now} if isinstance(data, dict) else data)
    return Evidence(found.ok, now, found.says, found.read_back)


def metrics(data: Any, now: datetime) -> Metrics:
    found = _read(Metrics, {**data, "at": now} if isinstance(data, dict) else data)
    if min(found.viewers or 0, found.likes or 0, found.followers or 0) < 0:
        raise Malformed("figures below nothing")
    return found


def checks(data: Any, now: datetime) -> tuple[Check, ...]:
    if not isinstance(data, list) or len(data) > MOST_CHECKS:
        raise Malformed("the checks are no list, or too long a one")
    return tuple(_read(Check, item) for item in data)


def show_of(data: Any) -> ShowInfo:
    """The plug-in's side."""
    return _read(ShowInfo, data)


Reads = Callable[[Any, datetime], Any]


def error_of(data: Any, who: str) -> CastmateError:
    """What a plug-in says went wrong, named as its words."""
    told = data if isinstance(data, dict) else {}
    message, remedy = (str(told.get(key) or "")[:500] for key in ("message", "remedy"))
    kind = KINDS.get(str(told.get("kind")), Transient)
    said = f"{who}: {message or 'it failed without a word.'}"
    if kind is RateLimited:
        wait = told.get("wait")
        known = isinstance(wait, int | float) and not isinstance(wait, bool) and 0 <= wait <= 86_400
        return RateLimited(said, remedy=remedy, retry_after=float(wait) if known and wait else None)
    return kind(said, remedy=remedy)


def error_line(error: BaseException) -> dict[str, Any]:
    """The plug-in's side: an error as JSON."""
    if not isinstance(error, CastmateError):
        return {"kind": "transient", "message": f"{type(error).__name__}: {error}"[:500]}
    kinds = [name for name, kind in KINDS.items() if type(error) is kind]
    kinds += [name for name, kind in KINDS.items() if isinstance(error, kind)]
    told: dict[str, Any] = {"kind": kinds[0] if kinds else "transient", "message": error.message[:500]}
    wait = getattr(error, "retry_after", None)
    return {**told, "remedy": error.remedy[:500], **({"wait": wait} if wait else {})}
