"""Writes a show's notes to its ledger in order, from plain calls. What cannot be recorded must not air."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.compliance.ledger import Checkpoint, Entry, Ledger
from bot.compliance.personal import personal
from products.errors import CastmateError, SetupError

PATIENCE_S = 3.0  # a disk that does not answer for so long counts as full
RETRY_S = 1.0  # how soon a note that the disk refused is tried again
WAITING = 5000  # notes that may wait for the disk; more means that it has stopped taking them

Seal = Callable[[str, dict[str, Any]], dict[str, Any]]


class Recording:
    """One show's notes. `note` returns at once; `run` appends; `failure` is set when the ledger refuses.

    `recorded` counts entries with a receipt. After a failure the show holds, and notes are kept as far as
    they fit: what the disk refused is tried again, in order, until it is taken. `seal`: of (kind, data),
    gives the data with what is about a person sealed; it may take the disk's time.
    """

    def __init__(self, ledger: Ledger, now: Callable[[], datetime], seal: Seal | None = None) -> None:
        self._ledger, self._now, self._seal = ledger, now, seal
        self._notes: asyncio.Queue[Entry | None] = asyncio.Queue(maxsize=WAITING)
        self._refused: Entry | None = None
        self._over = self._gap = False
        self._consumer: asyncio.Future[None] | None = None  # done when `run` has taken the last entry
        self.path: Path = ledger.path
        self.failure: CastmateError | None = None
        self.recorded = 0
        self.checkpoint: Checkpoint | None = None

    def note(self, kind: str, data: dict[str, Any]) -> None:
        if self._over:
            return  # the show has ended and is signed; what comes later is no part of it
        try:
            self._notes.put_nowait(Entry(kind=kind, at=self._now(), data=data))
        except asyncio.QueueFull:
            self.failure = SetupError(
                f"The ledger {self.path} takes no more entries.",
                remedy="Look at the disk of the data folder.",
            )

    async def run(self) -> None:
        """The only one who takes entries, until cancelled or until `close` has let it finish."""
        self._consumer = asyncio.get_running_loop().create_future()
        try:
            await self._take_all()
        finally:
            self._consumer.set_result(None)
            self._consumer = None

    async def close(self, summary: dict[str, Any]) -> None:
        """Appends what waits and the end of the show, signs, closes. With an entry that the disk does not
        take it stops there, unsigned: a ledger with a gap must not look whole.
        """
        self.note("show.ended", summary)
        self._over = True
        if not self._notes.full():
            self._notes.put_nowait(None)
        try:
            async with asyncio.timeout(PATIENCE_S):
                if self._consumer is not None:
                    await asyncio.shield(self._consumer)
                else:
                    await self._take_all()
        except TimeoutError:
            self.failure = self._stalled()
            return
        if not self._gap:
            with suppress(CastmateError):
                self.checkpoint = await self._ledger.close(self._now())

    async def _take_all(self) -> None:
        """Appends entries in order until the end of the show; the disk is asked again for what it refused."""
        while (entry := self._refused or await self._notes.get()) is not None:
            if await self._append(entry):
                self._refused = None
                continue
            self._refused = entry
            if self._over:
                self._gap = True
                return
            await asyncio.sleep(RETRY_S)

    def _stalled(self) -> SetupError:
        return SetupError(
            f"The disk has not taken an entry of {self.path} for {PATIENCE_S:.0f} s.",
            remedy="Check the disk; the show holds until it answers.",
        )

    async def _sealed(self, entry: Entry) -> None:
        if self._seal is not None and personal(entry.kind) is not None:
            data = await asyncio.to_thread(self._seal, entry.kind, dict(entry.data))
            entry = entry.model_copy(update={"data": data})
        await self._ledger.append(entry)

    async def _append(self, entry: Entry) -> bool:
        """False when it should be tried again; an entry that no ledger can take is given up."""
        appending = asyncio.ensure_future(self._sealed(entry))
        appending.add_done_callback(lambda done: done.cancelled() or done.exception())  # if we are cancelled
        try:
            done, _ = await asyncio.wait({appending}, timeout=PATIENCE_S)
            if not done:
                self.failure = self._stalled()
            await appending
        except CastmateError as error:
            self.failure = error
            return not isinstance(error, SetupError)
        self.recorded += 1
        self.failure = None
        return True
