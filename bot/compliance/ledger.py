"""The tamper-evident log of one show: append, and know that it is on the disk.

A thread of its own writes; whoever appends waits for a Receipt, which comes after fdatasync. Entries that
arrive while the disk works go together (group commit). What cannot be recorded raises, so that the show can
hold: what cannot be recorded must not air.
"""

import asyncio
import fcntl
import hashlib
import json
import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import JsonValue

from bot.compliance.keys import public_text
from bot.compliance.ledger_file import (
    FORMAT,
    Check,
    Checkpoint,
    Entry,
    Recorded,
    Report,
    Trouble,
    line_of,
    read_ledger,
    verify,
)
from bot.compliance.ledger_parts import CONTINUED, lines, number_of, part, parts
from bot.compliance.merkle import Peaks, leaf_hash
from bot.durable import keep_names
from products.errors import Bug, SetupError

__all__ = [
    "Checkpoint",
    "Entry",
    "Ledger",
    "Receipt",
    "Recorded",
    "Recovery",
    "Report",
    "Trouble",
    "read_ledger",
    "verify",
]

CHECKPOINT_EVERY_S = 60.0
QUEUE = 4096  # entries that may wait for the disk; about 2 MB
BATCH = 1000
ROLL_BYTES = 64_000_000  # a file of the ledger that has grown so long is followed by a new one
ROLL_S = 86_400.0  # or one that was begun so long ago; a lasting ledger goes by its length alone
PATIENCE_S = 5.0  # a disk that does not take an entry for so long counts as full: the show holds


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that an entry is on the disk. `index` is contiguous from 0, `hash` its leaf hash (hex)."""

    index: int
    hash: str


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was found in a ledger that had not been closed. `torn`: bytes of an unfinished last line."""

    entries: int
    torn: int
    torn_sha256: str


@dataclass(slots=True)
class _Job:
    """Something for the writer. `canonical`: the entry's bytes; None: a checkpoint at `at`."""

    canonical: bytes | None
    at: datetime
    final: bool
    receipt: "Future[Receipt]"
    checkpoint: Checkpoint | None = None


class Ledger:
    """One show's ledger, open for writing. Make it with `Ledger.open`; one writer a file (locked)."""

    def __init__(
        self, path: Path, key: Ed25519PrivateKey, lock: BinaryIO, every_s: float, roll: "_Roll"
    ) -> None:
        self.path = path
        self.recovery: Recovery | None = None
        self._key = key
        self._lock = lock  # the first file, held as long as any of them is written
        self._file = lock
        self._log = Peaks()
        self._every_s = every_s
        self._roll = roll
        self._signed: Callable[[Checkpoint | None], object] | None = None
        self._part = 1
        self._begun: datetime | None = None  # when the file that is written now was
        self._show = self._id = ""
        self._end = 0
        self._signed_at: datetime | None = None
        self._latest: Checkpoint | None = None
        self._broken: SetupError | None = None
        self._closed = False
        self._jobs: queue.Queue[_Job | None] = queue.Queue(QUEUE)
        self._thread = threading.Thread(target=self._work, name=f"ledger {path.name}", daemon=True)

    @classmethod
    def open(
        cls,
        path: Path,
        key: Ed25519PrivateKey,
        show: str,
        now: datetime,
        *,
        checkpoint_every_s: float = CHECKPOINT_EVERY_S,
        roll_bytes: int = ROLL_BYTES,
        roll_s: float = ROLL_S,
        lasting: bool = False,
        signed: Callable[[Checkpoint | None], object] | None = None,
    ) -> "Ledger":
        """Begin a ledger, or go on with one that a crash left open (then `recovery` says what was found).

        `lasting`: it is no show's but goes on for years, opened for each entry and left open (`leave`); going
        on with it is nothing to be told unless its last line is torn.

        `signed`: told each checkpoint once it is on the disk, then None; called in the writer's thread, so it
        returns at once. A file of `roll_bytes`, or begun `roll_s` seconds of entries ago, is followed by the
        next one.

        Raises SetupError: the folder cannot be written, another process has it, it was changed, or it is
        closed.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open("ab+", buffering=0)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SetupError(
                f"{path} is being written by another process.", remedy="Stop that show first."
            ) from None
        except OSError as error:
            what = error.strerror or str(error)
            raise SetupError(
                f"The ledger {path} cannot be written: {what}.", remedy="Make room or choose a folder."
            ) from None
        roll = _Roll(roll_bytes, float("inf") if lasting else roll_s)
        ledger = cls(path, key, file, checkpoint_every_s, roll)
        ledger._show, ledger._signed = show, signed
        try:
            first = ledger._load(now)
        except SetupError:
            ledger._let_go()
            raise
        ledger._thread.start()
        if lasting and ledger.recovery is not None and not ledger.recovery.torn:
            ledger.recovery = None
        try:
            ledger._begin(show, now, first)
        except SetupError:
            ledger._jobs.put(None)
            raise
        return ledger

    def _load(self, now: datetime) -> bool:
        """Take in what the file holds; True = it is new. Cuts a torn last line off, which nobody has a
        receipt for.
        """
        last = parts(self.path)[-1]
        if last != self.path:
            self._part, self._file = number_of(self.path, last), last.open("ab+", buffering=0)
        whole, torn = _last_line(self._file)
        if not whole and last != self.path:
            raise SetupError(f"{last} was emptied.", remedy="Keep it as evidence; begin a new ledger.")
        if torn:
            os.ftruncate(self._file.fileno(), whole)
            os.fsync(self._file.fileno())
        if whole:
            check = Check(self.path.name, lambda: lines(self.path), self._key.public_key())
            check.run()
            if check.troubles:
                what = f"{self.path} was changed: {check.troubles[0]}."
                raise SetupError(what, remedy="Keep it as evidence; begin a new ledger.")
            if check.closed:
                raise SetupError(f"{self.path} is closed.", remedy="Begin a new ledger for a new show.")
            self._log, self._id, self._latest = check.tree.peaks(), check.ledger, check.latest
            self._signed_at = check.latest.at if check.latest is not None else now
            self._begun = _first_time(self._file)
        self._end = whole
        if whole or torn:
            self.recovery = Recovery(self._log.size, len(torn), hashlib.sha256(torn).hexdigest())
        return not whole

    def _begin(self, show: str, now: datetime, new: bool) -> None:
        if new:
            keep_names(self.path.parent)
            self._signed_at = self._begun = now
            public = public_text(self._key.public_key())
            opening = Entry(kind="ledger", at=now, data={"format": FORMAT, "show": show, "key": public})
            self._id = self._submit(opening).result().hash
        if self.recovery is not None:
            found = self.recovery
            self._submit(
                Entry(
                    kind="recovered",
                    at=now,
                    data={
                        "entries": found.entries,
                        "torn_bytes": found.torn,
                        "torn_sha256": found.torn_sha256,
                    },
                )
            ).result()

    @property
    def latest_checkpoint(self) -> Checkpoint | None:
        """The last one that is on the disk. Keep it elsewhere: only then a tail that was cut off shows."""
        return self._latest

    @property
    def public_key(self) -> Ed25519PublicKey:
        return self._key.public_key()

    def __len__(self) -> int:
        return self._log.size

    async def append(self, entry: Entry) -> Receipt:
        """Record it; returns once it is durable. Raises SetupError where the disk refuses: then hold the
        show.

        Cancelled before the writer took it: not recorded. Cancelled later: recorded, and nobody waits for it.
        """
        job = self._job(entry)
        self._open_or_raise()
        return await asyncio.wrap_future(await self._enqueue(job))

    def append_soon(self, entry: Entry) -> "Future[Receipt]":
        """Record it from any thread, without waiting for the disk. Blocks only while the queue is full."""
        return self._submit(entry)

    async def checkpoint(self, now: datetime) -> Checkpoint:
        """Sign what there is. Done by itself once a minute of entries."""
        self._open_or_raise()
        return await self._sign(now, final=False)

    async def close(self, now: datetime) -> Checkpoint:
        """Sign for the last time and close the file. Nothing can be appended afterwards."""
        self._open_or_raise()
        self._closed = True
        try:
            return await self._sign(now, final=True)
        finally:
            await asyncio.to_thread(self._jobs.put, None)
            await asyncio.to_thread(self._thread.join)

    async def leave(self, now: datetime) -> Checkpoint:
        """Sign what there is and let go of the file, which stays open for more: see `lasting`."""
        self._open_or_raise()
        self._closed = True
        try:
            return await self._sign(now, final=False)
        finally:
            await asyncio.to_thread(self._jobs.put, None)
            await asyncio.to_thread(self._thread.join)

    async def _sign(self, now: datetime, *, final: bool) -> Checkpoint:
        job = _Job(None, now, final, Future())
        await asyncio.wrap_future(await self._enqueue(job))
        if job.checkpoint is None:
            raise Bug("the ledger's writer gave a receipt without a checkpoint")
        return job.checkpoint

    def _job(self, entry: Entry) -> _Job:
        if entry.kind == "checkpoint":
            raise Bug("entries of kind checkpoint are the ledger's own")
        try:
            canonical = entry.canonical()
        except ValueError as error:
            raise Bug(f"the entry {entry.kind!r} has no canonical form: {error}") from None
        return _Job(canonical, entry.at, False, Future())

    def _submit(self, entry: Entry) -> "Future[Receipt]":
        job = self._job(entry)
        self._open_or_raise()
        try:
            self._jobs.put(job, timeout=PATIENCE_S)
        except queue.Full:
            raise self._slow() from None
        return job.receipt

    async def _enqueue(self, job: _Job) -> "Future[Receipt]":
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            try:
                await asyncio.to_thread(self._jobs.put, job, True, PATIENCE_S)
            except queue.Full:
                raise self._slow() from None
        return job.receipt

    def _open_or_raise(self) -> None:
        if self._closed:
            raise Bug(f"the ledger {self.path} is closed")
        if self._broken is not None:
            raise self._broken

    def _slow(self) -> SetupError:
        what = f"The disk has not taken an entry of {self.path} for {PATIENCE_S:.0f} s."
        return SetupError(what, remedy="Check the disk; the show holds until it answers.")

    # ---- the writer's thread

    def _work(self) -> None:
        try:
            while (job := self._jobs.get()) is not None:
                batch, last = self._gather(job)
                self._commit(batch)
                if last:
                    return
        finally:
            self._let_go()

    def _let_go(self) -> None:
        if self._signed is not None:
            self._signed(None)
        self._file.close()
        self._lock.close()

    def _gather(self, first: _Job) -> tuple[list[_Job], bool]:
        """All jobs that wait now, up to BATCH; True if the ledger is to be closed after them."""
        batch = [first]
        with suppress(queue.Empty):
            while len(batch) < BATCH:
                job = self._jobs.get_nowait()
                if job is None:
                    return batch, True
                batch.append(job)
        return batch, False

    def _commit(self, batch: list[_Job]) -> None:
        """Write, make durable, then hand out receipts: all of the batch or none of it."""
        taken = [job for job in batch if job.receipt.set_running_or_notify_cancel()]
        before, latest, signed_at = self._log, self._latest, self._signed_at
        lines: list[bytes] = []
        receipts = [self._add(job, lines) for job in taken]
        try:
            if self._broken is not None:
                raise self._broken
            self._write(b"".join(lines))
        except (OSError, SetupError) as error:
            self._log = before
            self._latest, self._signed_at = latest, signed_at
            failure = error if isinstance(error, SetupError) else self._undo(error)
            for job in taken:
                job.receipt.set_exception(failure)
            return
        if self._latest is not latest:
            self._keep_beside()
        for job, receipt in zip(taken, receipts, strict=True):
            job.receipt.set_result(receipt)
        if (
            taken
            and not any(job.final for job in taken)
            and self._roll.due(self._end, self._begun, taken[-1].at)
        ):
            self._next_file(taken[-1].at)

    def _next_file(self, at: datetime) -> None:
        """Sign the file that is full and go on in a new one, which is there with its opening entry or not at
        all. Where the disk refuses, the old file goes on, and the next entry tries again.
        """
        before, latest, signed_at = self._log, self._latest, self._signed_at
        lines: list[bytes] = []
        _, signed = self._add_checkpoint(at, False, lines)
        try:
            self._write(b"".join(lines))
        except OSError as error:
            self._log = before
            self._latest, self._signed_at = latest, signed_at
            self._undo(error)
            return
        self._keep_beside()
        before = self._log
        opening: list[bytes] = []
        follows = signed.model_dump(mode="json")
        data: dict[str, JsonValue] = {"format": FORMAT, "show": self._show, "file": self._part + 1}
        data["checkpoint"] = follows
        entry = Entry(kind=CONTINUED, at=at, data=data)
        self._add_entry(entry.canonical(), opening)
        path = part(self.path, self._part + 1)
        try:
            fresh = _durable(path, opening[0])
        except OSError:
            self._log = before
            return
        if self._file is not self._lock:
            self._file.close()
        self._file, self._part, self._begun, self._end = fresh, self._part + 1, at, len(opening[0])

    def _add(self, job: _Job, lines: list[bytes]) -> Receipt:
        """Put a job into the tree and its line (and a checkpoint's that is due) into `lines`."""
        if job.canonical is None:
            receipt, job.checkpoint = self._add_checkpoint(job.at, job.final, lines)
            return receipt
        receipt = self._add_entry(job.canonical, lines)
        since = self._signed_at
        if since is not None and (job.at - since).total_seconds() >= self._every_s:
            self._add_checkpoint(job.at, False, lines)
        return receipt

    def _add_entry(self, canonical: bytes, lines: list[bytes]) -> Receipt:
        leaf = leaf_hash(canonical)
        index, self._log = self._log.size, self._log.appended(leaf)
        lines.append(line_of(index, canonical, leaf, self._log.root()))
        return Receipt(index, leaf.hex())

    def _add_checkpoint(self, at: datetime, final: bool, lines: list[bytes]) -> tuple[Receipt, Checkpoint]:
        root, size = self._log.root().hex(), self._log.size
        signed = Checkpoint(ledger=self._id, size=size, root=root, at=at, final=final).signed(self._key)
        data = signed.model_dump(mode="json", exclude={"ledger", "at"})
        receipt = self._add_entry(Entry(kind="checkpoint", at=at, data=data).canonical(), lines)
        self._latest, self._signed_at = signed, at
        return receipt, signed

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        os.fdatasync(self._file.fileno())
        self._end += len(data)

    def _undo(self, error: OSError) -> SetupError:
        """After a failed write: back to the last whole line. If even that fails, the ledger takes nothing
        more.
        """
        what = f"The ledger {self.path} cannot be written: {error.strerror or error}."
        failure = SetupError(
            what, remedy="Make room on the disk; the show holds until entries can be recorded."
        )
        try:
            os.ftruncate(self._file.fileno(), self._end)
            os.fdatasync(self._file.fileno())
        except OSError:
            self._broken = failure
        return failure

    def _keep_beside(self) -> None:
        """The latest checkpoint as a file of its own, for whoever carries it elsewhere."""
        if self._latest is None:
            return
        if self._signed is not None:
            self._signed(self._latest)
        beside = self.path.with_name(self.path.name + ".checkpoint")
        fresh = beside.with_name(beside.name + ".new")
        with suppress(OSError):  # a copy for convenience: the checkpoint itself is in the ledger already
            fresh.write_text(self._latest.model_dump_json() + "\n", encoding="utf-8")
            fresh.replace(beside)


@dataclass(frozen=True, slots=True)
class _Roll:
    """When a file of the ledger is full: at a length in bytes, or an age in seconds."""

    size: int
    age_s: float

    def due(self, end: int, begun: datetime | None, at: datetime) -> bool:
        return end >= self.size or (begun is not None and (at - begun).total_seconds() >= self.age_s)


def _durable(path: Path, data: bytes) -> BinaryIO:
    """A new file with this in it, open for more: on the disk under its name, or not there. Raises OSError."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)  # of a crash
    file = fresh.open("ab+", buffering=0)
    try:
        view = memoryview(data)
        while view:
            view = view[file.write(view) :]
        os.fsync(file.fileno())
        fresh.rename(path)
        keep_names(path.parent)
    except OSError:
        file.close()
        path.unlink(missing_ok=True)  # or the old file would go on beside it
        raise
    return file


def _first_time(file: BinaryIO) -> datetime:
    """When the first entry of a file was written; the file was checked before."""
    file.seek(0)
    first = Entry.model_validate(json.loads(file.readline())["entry"]).at
    file.seek(0, os.SEEK_END)
    return first


def _last_line(file: BinaryIO) -> tuple[int, bytes]:
    """Where the last whole line ends, and what stands after it. Reads backwards, since a show's ledger is
    long.
    """
    end = file.seek(0, os.SEEK_END)
    tail, start = b"", end
    while start > 0 and b"\n" not in tail:
        step = min(65536, start)
        start -= step
        file.seek(start)
        tail = file.read(step) + tail
    cut = tail.rfind(b"\n") + 1
    file.seek(0, os.SEEK_END)
    return start + cut, tail[cut:]
