"""Hearing a line before it airs: said by a process of its own, one at a time, at the lowest priority, so
that no show on the air waits for it. What was said once is kept.
"""

import asyncio
import hashlib
import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from products.errors import ContentError, Refused, SetupError

NICE = ("nice", "-n", "19")
PATIENCE_S = 120.0
WAITING = 4  # who else may wait while one is being said
KEPT_BYTES = 64 << 20  # a minute of sound takes 2.9 MB
LONGEST = 400  # characters, as of a script's line


@dataclass(frozen=True, slots=True)
class Saying:
    """`voice`: all that makes another sound of the same text: engine, voice, pace; `said`: the shop's file of
    pronunciations. `command`: says it into a file, which is named behind it. `keep`: False for a performer's
    voice, whose licence is looked at each time, and of which nothing is left when it is withdrawn.
    """

    text: str
    voice: str
    said: Path | None
    command: tuple[str, ...]
    keep: bool = True


class Listening:
    """`folder`: where sounds are kept, a file each. All from one event loop."""

    def __init__(self, folder: Path, *, patience: float = PATIENCE_S) -> None:
        self._folder, self._patience = folder, patience
        self._one = asyncio.Lock()
        self._waiting = 0

    async def sound(self, saying: Saying) -> Path:
        """A .wav file. Raises Refused: too many wait; ContentError: too long; SetupError: it could not be
        said, and why.
        """
        if not 0 < len(saying.text) <= LONGEST:
            raise ContentError(f"A line has 1 to {LONGEST} characters.", remedy="Split it.")
        name = await asyncio.to_thread(_key, saying) if saying.keep else f"once-{secrets.token_hex(12)}"
        path = self._folder / f"{name}.wav"
        if path.is_file():
            await asyncio.to_thread(_touch, path)
            return path
        if self._waiting > WAITING:
            raise Refused("Others are listening just now.", remedy="Try again in a moment.")
        self._waiting += 1
        try:
            async with self._one:
                if not path.is_file():
                    await self._say(saying, path)
                return path
        finally:
            self._waiting -= 1

    def heard(self, saying: Saying, path: Path) -> None:
        """Call when the sound was sent."""
        if not saying.keep:
            path.unlink(missing_ok=True)

    async def _say(self, saying: Saying, path: Path) -> None:
        part = path.with_suffix(".part.wav")
        try:
            await asyncio.to_thread(_make_room, self._folder)
            process = await asyncio.create_subprocess_exec(
                *NICE, *saying.command, str(part),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
        except OSError as error:
            raise SetupError(f"The line could not be said: {error}.", remedy="castmate doctor.") from error
        try:
            async with asyncio.timeout(self._patience):
                told, _ = await process.communicate()
            if process.returncode != 0:
                said = " ".join(told.decode("utf-8", "replace").split())[-300:]
                raise SetupError(f"The line could not be said: {said}", remedy="castmate doctor.")
            await asyncio.to_thread(os.replace, part, path)
        except TimeoutError:
            raise SetupError(
                f"The line was not said within {self._patience:.0f} s.", remedy="Try when no show is on."
            ) from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
            part.unlink(missing_ok=True)


def _key(saying: Saying) -> str:
    """Another voice, pace or pronunciation is another sound."""
    said = b"" if saying.said is None or not saying.said.is_file() else saying.said.read_bytes()
    named = json.dumps([saying.text, saying.voice]).encode()
    return hashlib.sha256(named + b"\0" + said).hexdigest()[:32]


def _touch(path: Path) -> None:
    with suppress(OSError):
        os.utime(path)


def _make_room(folder: Path) -> None:
    """Those that were heard least lately go."""
    folder.mkdir(parents=True, exist_ok=True)
    found = sorted((p.stat().st_mtime, p.stat().st_size, p) for p in folder.glob("*.wav"))
    size = sum(size for _, size, _ in found)
    for _, own, path in found:
        if size <= KEPT_BYTES:
            return
        path.unlink(missing_ok=True)
        size -= own
