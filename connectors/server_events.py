"""Server-sent events out of a byte stream: pure, and bounded where a server sends no end of line.

Source: WHATWG HTML, 9.2 "Server-sent events" (parsing an event stream).
"""

import codecs
from dataclasses import dataclass

LARGEST = 256 << 10  # characters of one line, and of one event's data


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """`kind` is "message" where the server names none. `id`: the last one that it named."""

    kind: str
    data: str
    id: str


class ServerEvents:
    """Feed it bytes as they come. `dropped`: lines and events that were larger than `largest`."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._text = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest, self._skipping, self._cr, self._begun = "", False, False, False
        self._data: list[str] = []
        self._kind, self._size, self._id, self._too_large = "", 0, "", False
        self.dropped = 0

    def feed(self, raw: bytes) -> list[ServerEvent]:
        """The events that end in `raw`."""
        text = self._text.decode(raw)
        if not text:
            return []
        if not self._begun:
            self._begun, text = True, text.removeprefix("\ufeff")
        if self._cr:
            text = text.removeprefix("\n")
        self._cr = text.endswith("\r")
        lines = self._lines(text.replace("\r\n", "\n").replace("\r", "\n"))
        return [event for line in lines if (event := self._line(line)) is not None]

    def _lines(self, text: str) -> list[str]:
        """Whole lines; the rest waits for its end, or is dropped with all of its line where that is long."""
        *lines, rest = (self._rest + text).split("\n")
        if self._skipping and lines:
            lines, self._skipping = lines[1:], False
        if self._skipping or len(rest) > self._largest:
            self.dropped += not self._skipping
            self._skipping, rest = True, ""
        self._rest = rest
        return lines

    def _line(self, line: str) -> ServerEvent | None:
        if not line:
            return self._dispatch()
        if line.startswith(":"):
            return None
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._add(value)
        elif field == "event":
            self._kind = value
        elif field == "id" and "\0" not in value:
            self._id = value
        return None

    def _add(self, value: str) -> None:
        self._size += len(value) + 1
        if self._size > self._largest:
            self._data, self._too_large = [], True
        else:
            self._data.append(value)

    def _dispatch(self) -> ServerEvent | None:
        kind, data, too_large = self._kind or "message", self._data, self._too_large
        self._kind, self._data, self._size, self._too_large = "", [], 0, False
        if too_large:
            self.dropped += 1
        return ServerEvent(kind, "\n".join(data), self._id) if data else None
