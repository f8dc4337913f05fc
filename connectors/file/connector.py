"""A file as a channel: the show is written to .flv or .mp4; its chat, if any, is read from a text file."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from connectors.base import BareConnector, Cap, Event, EventKind, Ingest, Secret, ShowInfo
from products.errors import ContentError, SetupError

SUFFIXES = (".flv", ".mp4")
_LINE = re.compile(r"(?:(?P<m>\d+):(?P<s>[0-5]\d)\s+)?(?P<viewer>[^:：]{1,80})[:：]\s*(?P<text>.+)")


@dataclass(frozen=True, slots=True)
class Said:
    """A line of a chat file. `after`: seconds from the opening of the channel."""

    row: int
    after: float
    viewer: str
    text: str


def read_chat(path: Path) -> tuple[Said, ...]:
    """Reads `[m:ss ]viewer: text` lines, in order of time; empty lines and lines with # are left out.

    Raises SetupError for a missing file, ContentError with the line for one that cannot be read.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as e:
        raise SetupError(f"The chat file {path} cannot be read.", remedy="Give a text file in UTF-8.") from e
    said: list[Said] = []
    for row, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        m = _LINE.fullmatch(line.strip())
        if m is None:
            raise ContentError(f"{path.name}, line {row}: {line!r}.", remedy="Write `m:ss viewer: text`.")
        after = 60 * int(m["m"]) + int(m["s"]) if m["m"] else (said[-1].after if said else 0.0)
        said.append(Said(row, float(after), m["viewer"].strip(), m["text"].strip()))
    return tuple(sorted(said, key=lambda s: s.after))


class FileConnector(BareConnector):
    """Implements connectors.base.Connector.

    path    where the show goes; SetupError when it exists already or has another suffix than .flv or .mp4
    chat    a chat file (read_chat), or None
    now     the clock of the events' times; `sleep` waits until the next one is due
    """

    platform = "file"

    def __init__(
        self,
        path: Path,
        chat: Path | None = None,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__()
        if path.suffix.lower() not in SUFFIXES:
            raise SetupError(f"{path.name}: a show is written as .flv or .mp4.", remedy="Choose such a name.")
        self.caps = frozenset({Cap.EGRESS} | ({Cap.CHAT_IN} if chat else set()))
        self._path, self._now, self._sleep = path, now, sleep
        self._chat = read_chat(chat) if chat else ()

    async def open(self, show: ShowInfo) -> Ingest:
        if self._path.exists():
            raise SetupError(f"{self._path} exists already.", remedy="Move it away or choose another name.")
        return Ingest(kind="file", url=Secret(str(self._path)), shown=self._path.name)

    async def next_ingest(self, show: ShowInfo) -> Ingest:
        return await self.open(show)

    async def events(self, cursor: str | None = None) -> AsyncIterator[Event]:
        """The file's lines when they are due, those after `cursor`; ends when the channel is closed."""
        waited, skip = 0.0, cursor is not None
        for said in self._chat:
            if skip:
                skip, waited = str(said.row) != cursor, said.after
                continue
            await self._pause(said.after - waited)
            waited = said.after
            if self._closed.is_set():
                return
            yield Event(
                EventKind.COMMENT,
                self.platform,
                str(said.row),
                self._now(),
                said.viewer,
                said.viewer,
                said.text,
            )
        await self._closed.wait()

    async def _pause(self, seconds: float) -> None:
        """Waits, but no longer than until the channel is closed."""
        if seconds <= 0:
            return
        waits = {asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._closed.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
