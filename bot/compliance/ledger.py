"""The tamper-evident log of one show: append, and know that it is on the disk.

A thread of its own writes; whoever appends waits for a Receipt, which comes after fdatasync. Entries that
arrive while the disk works go together (group commit). What cannot be recorded raises, so that the show can
hold: what cannot be recorded must not air.
"""

import asyncio
import fcntl
import hashlib
import os
import queue
import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

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
from bot.compliance.merkle import Tree, leaf_hash
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
        self, path: Path, key: Ed25519PrivateKey, file: BinaryIO, tree: Tree, every_s: float, size: int
    ) -> None:
        self.path = path
        self.recovery: Recovery | None = None
        self._key = key
        self._file = file
        self._tree = tree
        self._every_s = every_s
        self._id = ""
        self._end = size
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
        lasting: bool = False,
    ) -> "Ledger":
        """Begin a ledger, or go on with one that a crash left open (then `recovery` says what was found).

        `lasting`: it is no show's but goes on for years, opened for each entry and left open (`leave`); going
        on with it is nothing to be told unless its last line is torn.

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
        ledger = cls(path, key, file, Tree(), checkpoint_every_s, 0)
        try:
            first = ledger._load(now)
        except SetupError:
            file.close()
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
        whole, torn = _last_line(self._file)
        if torn:
            os.ftruncate(self._file.fileno(), whole)
            os.fsync(self._file.fileno())
        if whole:
            check = Check(self.path, self._key.public_key())
            check.run()
            if check.troubles:
                what = f"{self.path} was changed: {check.troubles[0]}."
                raise SetupError(what, remedy="Keep it as evidence; begin a new ledger.")
            if check.closed:
                raise SetupError(f"{self.path} is closed.", remedy="Begin a new ledger for a new show.")
            self._tree, self._id, self._latest = check.tree, check.ledger, check.latest
            self._signed_at = check.latest.at if check.latest is not None else now
        self._end = whole
        if whole or torn:
            self.recovery = Recovery(len(self._tree), len(torn), hashlib.sha256(torn).hexdigest())
        return not whole

    def _begin(self, show: str, now: datetime, new: bool) -> None:
        if new:
            folder = os.open(self.path.parent, os.O_RDONLY)  # the file's name must outlive a power cut too
            os.fsync(folder)
            os.close(folder)
            self._signed_at = now
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
        return len(self._tree)

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
        with self._file:
            while (job := self._jobs.get()) is not None:
                batch, last = self._gather(job)
                self._commit(batch)
                if last:
                    return

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
        before, latest, signed_at = len(self._tree), self._latest, self._signed_at
        lines: list[bytes] = []
        receipts = [self._add(job, lines) for job in taken]
        try:
            if self._broken is not None:
                raise self._broken
            self._write(b"".join(lines))
        except (OSError, SetupError) as error:
            self._tree.truncate(before)
            self._latest, self._signed_at = latest, signed_at
            failure = error if isinstance(error, SetupError) else self._undo(error)
            for job in taken:
                job.receipt.set_exception(failure)
            return
        if self._latest is not latest:
            self._keep_beside()
        for job, receipt in zip(taken, receipts, strict=True):
            job.receipt.set_result(receipt)

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
        index = self._tree.append(leaf)
        lines.append(line_of(index, canonical, leaf, self._tree.root()))
        return Receipt(index, leaf.hex())

    def _add_checkpoint(self, at: datetime, final: bool, lines: list[bytes]) -> tuple[Receipt, Checkpoint]:
        root, size = self._tree.root().hex(), len(self._tree)
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
        beside = self.path.with_name(self.path.name + ".checkpoint")
        fresh = beside.with_name(beside.name + ".new")
        with suppress(OSError):  # a copy for convenience: the checkpoint itself is in the ledger already
            fresh.write_text(self._latest.model_dump_json() + "\n", encoding="utf-8")
            fresh.replace(beside)


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
