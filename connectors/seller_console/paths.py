"""Paths into JSON, as a sheet writes them.

data.comment_infos        a field of a field
b.d.b[].d|base64|json     each element's d, decoded
customData|json.type      a field of JSON that is written as text in a field
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any

_STEP = re.compile(r"(?P<bar>\|)?(?P<name>[^.|\[\]]+)(?P<each>\[\])?\.?")


class Gone(Exception):
    """The path leads nowhere: the field is not there, or is of another form. `path`: as the sheet has it."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def all_at(value: Any, path: str) -> Iterator[Any]:
    """What stands there; several where the path has []. A list that is null has no elements.

    Raises Gone.
    """
    found = [value]
    for step in _STEP.finditer(path):
        found = [reached for here in found for reached in _take(here, step, path)]
    yield from found


def at(value: Any, path: str) -> Any:
    """The first of what stands there. Raises Gone also where there is none."""
    for found in all_at(value, path):
        return found
    raise Gone(path)


def plain(value: Any) -> str:
    """A value as a sheet compares it: true, false, numbers and text alike as text; "" for none."""
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def matches(value: Any, wanted: dict[str, str]) -> bool:
    """Whether at each path stands what is wanted there."""
    try:
        return all(plain(at(value, path)) == want for path, want in wanted.items())
    except Gone:
        return False


def _take(here: Any, step: re.Match[str], path: str) -> list[Any]:
    name = step["name"]
    if step["bar"]:
        reached = _decoded(here, name, path)
    elif isinstance(here, dict) and name in here:
        reached = here[name]
    else:
        raise Gone(path)
    if not step["each"]:
        return [reached]
    if reached is None:
        return []
    if not isinstance(reached, list):
        raise Gone(path)
    return reached


def _decoded(here: Any, how: str, path: str) -> Any:
    try:
        if how == "base64":
            return base64.b64decode(here, validate=True).decode("utf-8")
        if how == "json":
            return json.loads(here)
    except (TypeError, ValueError, binascii.Error, RecursionError):
        raise Gone(path) from None
    raise Gone(path)
