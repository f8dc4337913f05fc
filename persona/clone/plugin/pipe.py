"""What goes between a studio and an engine's process: a line of JSON, then the bytes that it announces.

to the engine      {"render": {clause, "first": n, "samples": n}} + float32 sound
from the engine    {"ready": true} or {"broken": "why"}; then for each patch {"base", "opening", "rects":
                   [[x, y, w, h]]} + the planes of each rectangle (y, u, v); {"done": true}
"""

import json
import os
import select
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from persona.clone.base import Patch, PatchRect, Plane, Rect
from persona.speech import Phone, Speech, Word
from products.errors import RemoteError

LONGEST_HEAD = 256 << 10
MOST_RECTS = 16
PIECE = 1 << 16


class Broken(RemoteError):
    """The engine's process ended, hangs, or says what nobody can read."""


class Channel:
    """Two pipes with a deadline. `time`: monotonic seconds; `patience`: of them, for each message."""

    def __init__(self, reads: int, writes: int, time: Callable[[], float], patience: float) -> None:
        self._reads, self._writes = reads, writes
        self._time, self.patience = time, patience
        self._rest = bytearray()
        os.set_blocking(reads, False)
        os.set_blocking(writes, False)

    def send(self, head: Mapping[str, Any], *data: bytes) -> None:
        """Raises Broken."""
        until = self._time() + self.patience
        for part in (json.dumps(head).encode() + b"\n", *data):
            left = memoryview(part)
            while left:
                try:
                    left = left[os.write(self._writes, left) :]
                except BlockingIOError:
                    self._wait([], [self._writes], until)
                except OSError:
                    raise Broken("it ended") from None

    def head(self, seconds: float | None = None) -> dict[str, Any]:
        """The next line. Raises Broken."""
        until = self._time() + (self.patience if seconds is None else seconds)
        while (end := self._rest.find(b"\n")) < 0:
            if len(self._rest) > LONGEST_HEAD:
                raise Broken("it writes a line without an end")
            self._more(until)
        line = bytes(self._rest[:end])
        del self._rest[: end + 1]
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            raise Broken("it writes what is no JSON") from None
        if not isinstance(found, dict):
            raise Broken("it writes what is no object")
        return found

    def data(self, size: int) -> bytes:
        """The next `size` bytes. Raises Broken."""
        until = self._time() + self.patience
        while len(self._rest) < size:
            self._more(until)
        found = bytes(self._rest[:size])
        del self._rest[:size]
        return found

    def _more(self, until: float) -> None:
        self._wait([self._reads], [], until)
        try:
            piece = os.read(self._reads, PIECE)
        except BlockingIOError:
            return
        if not piece:
            raise Broken("it ended")
        self._rest += piece

    def _wait(self, reads: list[int], writes: list[int], until: float) -> None:
        left = until - self._time()
        if left <= 0 or not any(select.select(reads, writes, [], left)):
            raise Broken(f"it did nothing for {self.patience:.0f} seconds")


def speech_head(speech: Speech, first: int) -> dict[str, Any]:
    """All of a clause but its sound."""
    return {
        "first": first, "samples": len(speech.pcm), "line": speech.line, "clause": speech.clause,
        "last": speech.last, "text": speech.text, "language": speech.language, "a": speech.a, "b": speech.b,
        "words": [[w.text, w.start, w.end, w.a, w.b] for w in speech.words],
        "phones": [[p.symbol, p.start, p.end] for p in speech.phones],
    }  # fmt: skip


def speech_of(head: Mapping[str, Any], sound: bytes) -> Speech:
    """The engine's side."""
    words = tuple(Word(*word) for word in head["words"])
    phones = tuple(Phone(*phone) for phone in head["phones"])
    names = ("line", "clause", "last", "text", "language", "a", "b")
    given = {name: head[name] for name in names}
    return Speech(**given, pcm=np.frombuffer(sound, np.float32), words=words, phones=phones)


def patch_parts(patch: Patch) -> tuple[dict[str, Any], list[bytes]]:
    """The engine's side."""
    rects = [[r.rect.x, r.rect.y, r.rect.w, r.rect.h] for r in patch.rects]
    planes = [np.ascontiguousarray(p, np.uint8).tobytes() for r in patch.rects for p in (r.y, r.u, r.v)]
    return {"base": int(patch.base), "opening": float(patch.opening), "rects": rects}, planes


def patch_of(head: Mapping[str, Any], channel: Channel, length: int, region: Rect) -> Patch:
    """A stranger's patch: within the host's region, of a base frame that there is. Raises Broken."""
    base, opening, rects = head.get("base"), head.get("opening"), head.get("rects")
    right = type(base) is int and 0 <= base < length and isinstance(opening, int | float)
    if not right or not isinstance(rects, list) or len(rects) > MOST_RECTS:
        raise Broken("it paints what is no patch")
    assert isinstance(base, int) and isinstance(opening, int | float)
    found = [_rect(data, region) for data in rects]
    painted = tuple(PatchRect(rect, *_planes(rect, channel)) for rect in found)
    return Patch(base, painted, min(max(float(opening), 0.0), 1.0))


def _rect(data: Any, region: Rect) -> Rect:
    if not (isinstance(data, list) and len(data) == 4 and all(type(v) is int for v in data)):
        raise Broken("it paints what is no rectangle")
    x, y, w, h = data
    inside = region.x <= x <= x + w <= region.x + region.w and region.y <= y <= y + h <= region.y + region.h
    if any(v % 2 for v in data) or w <= 0 or h <= 0 or not inside:
        raise Broken(f"it paints outside of the host ({x}, {y}, {w} x {h})")
    return Rect(x, y, w, h)


def _planes(rect: Rect, channel: Channel) -> tuple[Plane, Plane, Plane]:
    shapes = ((rect.h, rect.w), (rect.h // 2, rect.w // 2), (rect.h // 2, rect.w // 2))
    y, u, v = (np.frombuffer(channel.data(h * w), np.uint8).reshape(h, w) for h, w in shapes)
    return y, u, v
