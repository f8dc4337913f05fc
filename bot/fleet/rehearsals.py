"""Rehearsals in processes of their own: one at a time, at a low priority, the others in a bounded line.

All that is known of them lies in their folders (bot/fleet/rehearsal_folder.py). Two consoles over one data
folder render one at a time together; a rehearsal whose console was killed goes on, and the next console takes
it over.
"""

import asyncio
import logging
import os
import secrets
import shutil
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from bot.fleet import rehearsal_folder as folders
from bot.fleet.last_words import last_words
from bot.fleet.process import PROGRAM, STOP_S, ShowProcess, sweep
from bot.fleet.rehearsal_folder import Rehearsal, RehearsalOrder, State
from bot.locks import flocked
from products.errors import CastmateError, ContentError, SetupError

log = logging.getLogger(__name__)

NICE = ("nice", "-n", "15")
LOOK_S = 1.0  # for what another console ordered, and for a lock that another process holds
WAITING = 6
KEPT = 20  # that are over; older ones are removed, with their films
TRIES = 2  # of one whose process vanished with the machine
LONGEST_MIN = 60.0
SHORTEST_MIN = 0.1
BYTES_A_MINUTE = 40 << 20  # a film of 2.5 Mb/s takes half of it
SPARE_BYTES = 2 << 30  # is left for shows, whose recordings come first


class Rehearsals:
    """`folder`: holds them. `run` renders those that wait until it is cancelled; the rest is called from any
    thread.
    """

    def __init__(
        self,
        folder: Path,
        now: Callable[[], datetime],
        *,
        program: Sequence[str] = PROGRAM,
        patience: float = STOP_S,
        spare: int = SPARE_BYTES,
        look_s: float = LOOK_S,
    ) -> None:
        self.folder, self._now, self._program = folder, now, tuple(program)
        self._patience, self._spare, self._look_s = patience, spare, look_s

    # ---- what there is

    def all(self) -> list[Rehearsal]:
        """The newest first."""
        return folders.all_in(self.folder)[::-1]

    def get(self, name: str) -> Rehearsal | None:
        return folders.look(self.folder / name) if folders.ID.fullmatch(name) else None

    # ---- what people do

    def order(self, order: RehearsalOrder) -> Rehearsal:
        """Puts one into the line. Raises ContentError: too long, or too many wait; SetupError: no room."""
        if not SHORTEST_MIN <= order.minutes <= LONGEST_MIN:
            raise ContentError(
                f"A rehearsal of {order.minutes:g} minutes is not made.",
                remedy=f"Choose {SHORTEST_MIN:g} to {LONGEST_MIN:g}.",
            )
        waiting = sum(r.state is State.WAITING for r in folders.all_in(self.folder))
        if waiting >= WAITING:
            raise ContentError(
                f"{waiting} rehearsals wait already.", remedy="Wait until one is done, or cancel one."
            )
        name = f"{order.asked_at:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            wanted = int(order.minutes * BYTES_A_MINUTE) + self._spare
            if (free := shutil.disk_usage(self.folder).free) < wanted:
                raise SetupError(
                    f"The disk has {free >> 20} MB left; this rehearsal and the shows want {wanted >> 20}.",
                    remedy="Remove old rehearsals, or free space.",
                )
            return folders.make(self.folder, name, order)
        except OSError as error:
            raise SetupError(
                f"{self.folder} cannot be written: {error.strerror}.",
                remedy="Free space or check its rights.",
            ) from error

    def cancel(self, name: str) -> bool:
        """Ends one that waits or is being rendered; whether there was such a one."""
        found = self.get(name)
        if found is None or found.over:
            return False
        folders.end(found, State.CANCELLED, "", self._now())  # its process sees that, and ends
        return True

    def remove(self, name: str) -> bool:
        """Removes one that is over, with its film and report."""
        found = self.get(name)
        if found is None or not found.over:
            return False
        folders.remove(found)
        return True

    # ---- rendering

    async def run(self) -> None:
        """Until cancelled; one that is being rendered then waits for the next start."""
        told = ""
        while True:
            try:
                keeper = await asyncio.to_thread(flocked, self.folder / "keeper")
                if keeper is not None:
                    try:
                        await self._render_all()
                    finally:
                        os.close(keeper)
                told = ""
            except (OSError, CastmateError) as error:
                if str(error) != told:
                    log.warning("rehearsals cannot be rendered: %s", error)
                told = str(error)
            except Exception:  # a fault of ours here must not end the shows that this process keeps
                log.exception("rehearsals: trying again")
            await asyncio.sleep(self._look_s)

    async def _render_all(self) -> None:
        """Those that wait, in their order. Returns when none does."""
        while True:
            found = await asyncio.to_thread(folders.all_in, self.folder)
            begun = next((r for r in found if r.state is State.RUNNING), None)
            waiting = next((r for r in found if r.state is State.WAITING), None)
            if begun is not None:
                await self._take_over(begun)
            elif waiting is not None:
                await self._render(waiting)
            else:
                return

    async def _take_over(self, rehearsal: Rehearsal) -> None:
        """One that an earlier console began: waits for its process, if that lives."""
        while (lock := flocked(rehearsal.folder / "lock")) is None:
            if self._cancelled(rehearsal):
                await _end_left(rehearsal, self._patience)
            await asyncio.sleep(self._look_s)
        os.close(lock)
        if self._cancelled(rehearsal):
            return
        if folders.report_of(rehearsal):
            folders.end(rehearsal, State.DONE, "", self._now())
        elif folders.read(rehearsal.folder / "begun.json").get("times", TRIES) >= TRIES:
            why = last_words(rehearsal.log) or "its process vanished, twice"
            folders.end(rehearsal, State.FAILED, why, self._now())
        else:
            await self._render(rehearsal)

    async def _render(self, rehearsal: Rehearsal) -> None:
        folders.begin(rehearsal)
        lock = flocked(rehearsal.folder / "lock")
        if lock is None:
            return
        try:
            with rehearsal.log.open("wb") as output:
                process = await ShowProcess.make(
                    (*NICE, *self._program, *_words(rehearsal)), "", output=output, kept=(lock,)
                )
            os.pwrite(lock, b"%-10d" % process.number, 0)
        except OSError as error:
            folders.end(rehearsal, State.FAILED, f"It could not be begun: {error}.", self._now())
            return
        finally:
            os.close(lock)  # the process has its own
        waiting = asyncio.ensure_future(process.wait())
        try:
            while not waiting.done():
                await asyncio.wait({waiting}, timeout=self._look_s)
                if not waiting.done() and self._cancelled(rehearsal):
                    process.end(self._patience)
            await self._ended(rehearsal, waiting.result())
        except asyncio.CancelledError:
            process.end(self._patience)
            await waiting
            if not self._cancelled(rehearsal):
                folders.put_back(rehearsal)
            raise

    def _cancelled(self, rehearsal: Rehearsal) -> bool:
        """Whether it was cancelled, or removed, meanwhile."""
        now = folders.look(rehearsal.folder)
        return now is None or now.over

    async def _ended(self, rehearsal: Rehearsal, code: int) -> None:
        if self._cancelled(rehearsal):
            rehearsal.film.unlink(missing_ok=True)
            return
        if code == 0 and folders.report_of(rehearsal):
            folders.end(rehearsal, State.DONE, "", self._now())
        else:
            why = last_words(rehearsal.log) or "It said nothing."
            folders.end(rehearsal, State.FAILED, f"{why} (exit code {code})", self._now())
        over = [r for r in await asyncio.to_thread(folders.all_in, self.folder) if r.over]
        for old in over[: max(0, len(over) - KEPT)]:
            await asyncio.to_thread(folders.remove, old)


def _words(rehearsal: Rehearsal) -> tuple[str, ...]:
    """The command's."""
    order, folder = rehearsal.order, rehearsal.folder
    hour = ("--hour", str(int(order.at[:2]))) if order.at else ()
    what = ("--script", order.script) if order.script else ("--minutes", f"{order.minutes:g}")
    return (
        "rehearse", order.file, *what, "--lang", order.language, *hour,
        "--out", str(rehearsal.film), "--report", str(rehearsal.report),
        "--progress", str(folder / "progress.json"),
    )  # fmt: skip


async def _end_left(rehearsal: Rehearsal, patience: float) -> None:
    """Ends the process of an earlier console's rehearsal, which is not our child."""
    text = (rehearsal.folder / "lock").read_text("ascii", "replace").strip()
    if not text.isdigit():
        return
    number = int(text)
    with suppress(ProcessLookupError):
        os.kill(number, signal.SIGTERM)
        for _ in range(round(patience / 0.1)):
            if (lock := flocked(rehearsal.folder / "lock")) is not None:
                os.close(lock)
                break
            await asyncio.sleep(0.1)
        await sweep(number)  # it leads its session
