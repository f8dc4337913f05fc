"""From a response or a frame of the page's own traffic to events. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.base import Event, EventKind, Order
from connectors.seller_console.paths import Gone, all_at, at, matches, plain
from connectors.seller_console.sheet import Tap

LARGEST = 8_000_000  # bytes of one answer; a longer one is not read
_JSONP = re.compile(r"^[^({\[]{1,200}\((.*)\)\s*;?\s*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one answer held.

    refused     the platform answered that it will not: what it said
    unreadable  it is no answer of a known form: why
    gone        paths that the sheet names and the answer lacks: the console changed
    skipped     elements that could not be read
    """

    events: tuple[Event, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    goods: tuple[Mapping[str, str], ...] = ()
    refused: str = ""
    unreadable: str = ""
    gone: tuple[str, ...] = ()
    skipped: int = 0


def read(tap: Tap, body: bytes, platform: str, now: datetime) -> Reading:
    """Never raises: whatever came, it is counted."""
    try:
        value = _opened(tap, body)
    except (ValueError, RecursionError) as error:
        return Reading(unreadable=f"{type(error).__name__}")
    if tap.good and not matches(value, tap.good):
        return Reading(refused=_said(value))
    try:
        elements = list(all_at(value, tap.each)) if tap.each else [value]
    except Gone as gone:
        if tap.maybe or _merely_empty(value, tap.each):
            return Reading()
        return Reading(gone=(gone.path,))
    wanted = [e for e in elements if matches(e, tap.when)]
    read_ones, gone_paths = [], []
    for element in wanted:
        try:
            read_ones.append(_fields(tap, element))
        except Gone as gone:
            gone_paths.append(gone.path)
    paths = tuple(dict.fromkeys(gone_paths)) if wanted and not read_ones else ()
    skipped = len(gone_paths)
    if tap.gives == "facts":
        return Reading(facts=read_ones[0] if read_ones else {}, gone=paths, skipped=skipped)
    if tap.gives == "goods":
        return Reading(goods=tuple(read_ones), gone=paths, skipped=skipped)
    events = tuple(_event(tap, tap.gives, f, e, platform, now) for f, e in _pairs(tap, wanted))
    return Reading(events=events, gone=paths, skipped=skipped)


def _merely_empty(value: Any, each: str) -> bool:
    """Whether the list's own field is left out where it would be empty, as some servers write JSON. Where
    another list with objects stands beside it, the field was renamed.
    """
    above, _, last = each.rpartition(".")
    if not last.endswith("[]") or not above or "|" in above:
        return False
    try:
        around = at(value, above)
    except Gone:
        return False
    if not isinstance(around, dict) or last[:-2] in around:
        return False
    return not any(isinstance(v, list) and any(isinstance(e, dict) for e in v) for v in around.values())


def _opened(tap: Tap, body: bytes) -> Any:
    if len(body) > LARGEST:
        raise ValueError("too long")
    text = body.decode("utf-8")
    if tap.form == "jsonp":
        found = _JSONP.match(text.strip())
        if found is None:
            raise ValueError("no JSONP")
        text = found[1]
    return json.loads(text)


def _said(value: Any) -> str:
    """What a refusal says of itself, as far as it looks like words."""
    for name in ("msg", "message", "errMsg", "ret"):
        found = value.get(name) if isinstance(value, dict) else None
        if found:
            return " ".join(str(found).split())[:200]
    return "no reason"


def _fields(tap: Tap, element: Any) -> dict[str, str]:
    """All fields as text. Raises Gone for one that is not there; "?" behind its path lets it be missing."""
    found = {}
    for name, path in tap.fields.items():
        if path.endswith("?"):
            try:
                found[name] = plain(at(element, path[:-1]))
            except Gone:
                found[name] = ""
        else:
            found[name] = plain(at(element, path))
            if name in ("id", "order") and not found[name]:
                raise Gone(path)
    return found


def _pairs(tap: Tap, elements: list[Any]) -> Iterator[tuple[dict[str, str], Any]]:
    for element in elements:
        try:
            yield _fields(tap, element), element
        except Gone:
            continue  # counted by the caller


def _event(
    tap: Tap, kind: EventKind, fields: dict[str, str], element: Any, platform: str, now: datetime
) -> Event:
    detail, id_ = None, fields.get("id", "")
    if kind is EventKind.ORDER:
        paid = fields.get("status", "") in tap.paid
        detail = Order(fields["order"], fields.get("product", ""), _whole(fields.get("quantity"), 1), paid)
        id_ = f"{fields['order']}#{fields.get('status', '')}"
    reply_to = fields.get("reply_to", "")
    return Event(
        kind,
        platform,
        id_ if kind is EventKind.COMMENT else f"{tap.name}:{id_}",
        _when(fields.get("at", ""), tap.unit, now),
        viewer=fields.get("viewer", ""),
        viewer_id=fields.get("viewer_id", ""),
        text=fields.get("text", ""),
        number=_whole(fields.get("number"), 1 if kind is EventKind.LIKE else 0),
        detail=detail,
        own=bool(tap.own) and matches(element, tap.own),
        reply_to="" if reply_to == "0" else reply_to,
    )


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 12 else default


def _when(text: str, unit: str, now: datetime) -> datetime:
    """The platform's time; ours where it gives none or one that cannot be (a day off)."""
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        return now
    try:
        at_ = datetime.fromtimestamp(int(text) / (1000 if unit == "ms" else 1), UTC)
    except (OverflowError, ValueError, OSError):
        return now
    return at_ if abs((now - at_).total_seconds()) < 86_400 else now
