"""Pictures of platforms' own pages, as evidence: files in the show's folder, their hashes in the ledger."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from connectors.base import Connector, Shot

MOST_BYTES = 300_000_000  # of one show; pictures beyond it are noted by their hash alone

Note = Callable[[str, dict[str, Any]], None]


class PlatformPictures:
    """`folder`: made when the first picture comes, for its owner alone. `note`: into the ledger."""

    def __init__(self, folder: Path, note: Note) -> None:
        self._folder, self._note = folder, note
        self._number = self._bytes = 0

    async def take(self, channel: str, connector: Connector) -> None:
        """Keeps what the connector took since the last call."""
        for shot in connector.shots():
            told: dict[str, Any] = {"channel": channel, "what": shot.what, "says": shot.says}
            told["at"] = shot.at.isoformat()
            if shot.png:
                told["sha256"] = hashlib.sha256(shot.png).hexdigest()
                told["file"] = await asyncio.to_thread(self._write, channel, shot)
            self._note("channel.picture", told)

    def _write(self, channel: str, shot: Shot) -> str:
        """The file's name; "" where the show has its fill of pictures, or the disk takes none."""
        self._number += 1
        self._bytes += len(shot.png)
        if self._bytes > MOST_BYTES:
            return ""
        name = f"{channel}-{self._number:05}-{shot.what}.png"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(self._folder / name, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.write(shot.png)
        except OSError:  # the hash stands; a full disk holds the show elsewhere
            return ""
        return name
