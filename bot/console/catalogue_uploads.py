"""Files that the merch team uploads: kept aside, read in a bounded process, compared, then taken in.

Each lies in a folder of its own; what is known of it stands in upload.json beside it. One file is worked on
at a time. The request that asks for work owns the process that does it.
"""

import asyncio
import hashlib
import logging
import os
import re
import secrets
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ValidationError

from bot.console.catalogue_files import read_progress
from bot.console.catalogue_work import (
    ENDINGS,
    FEED_BYTES,
    FEED_S,
    PICTURES_S,
    Fetched,
    Head,
    Job,
    Options,
    Outcome,
    Source,
    Step,
    guess,
    too_much,
)
from products.errors import ContentError, Refused
from products.intake.columns import FIELDS

log = logging.getLogger(__name__)

PICTURES = "pictures"  # the folder of those that were fetched
KEPT = 8  # uploads; the oldest goes
SPARE = 1 << 30  # bytes of the disk that an upload leaves free
SECONDS: Mapping[Step, float] = {
    "look": 120.0,
    "compare": 1200.0,
    "apply": 1800.0,
    "undo": 1800.0,
    "pictures": PICTURES_S + 60.0,
    "fetch": FEED_S + 60.0,
}
_ID = re.compile(r"[0-9a-f]{16}")
_ODD = re.compile(r"[^\w.() -]+")
Run = Callable[[Job], Awaitable[Outcome]]


class Upload(BaseModel):
    """What is known of one file. `by`: number of the account; `outcome`: of the last comparison."""

    id: str
    file: str
    size: int
    sha256: str
    at: AwareDatetime
    by: int | None
    state: Literal["stored", "compared", "refused", "applied", "undone"] = "stored"
    options: Options = Options()
    head: Head | None = None
    outcome: Outcome | None = None
    applied: Outcome | None = None
    why: str = ""
    remedy: str = ""


class Uploads:
    """`folder`: theirs alone; `database`: address of the shop's; `run`: does a job elsewhere."""

    def __init__(
        self, folder: Path, database: str, now: Callable[[], datetime], run: Run | None = None
    ) -> None:
        self._folder, self._database, self._now = folder, database, now
        self._run = run or run_bounded
        self._turn = asyncio.Lock()
        self.busy: tuple[str, str] | None = None  # (upload, step)

    # ---- files

    async def take(self, name: str, size: int, body: AsyncIterator[bytes], by: int | None) -> Upload:
        """Keeps what comes in and looks at how it begins. Raises ContentError, Refused: no room, or another
        file is being read.
        """
        file = plain_name(name)
        self._be_free()
        await asyncio.to_thread(self._make_room, size)
        id_ = secrets.token_hex(8)
        folder = self._folder / id_
        await asyncio.to_thread(folder.mkdir, 0o700, parents=True)
        try:
            digest, taken = await _keep(folder / file, body, size)
            upload = Upload(id=id_, file=file, size=taken, sha256=digest, at=self._now(), by=by)
            found = await self._work(upload, "look")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        upload.head = found.head
        upload.options.language = found.language or "en"
        if not found.ok:
            upload.state, upload.why, upload.remedy = "refused", found.why, found.remedy
        self._write(upload)
        return upload

    async def fetch(self, source: Source, options: Options, known: str) -> tuple[Upload | None, Outcome]:
        """Brings a file from a web address, to be read with `options`. None: the outcome says why, or its
        `fetched` that it is as it was (`known`: SHA-256 of it then). Raises Refused: busy, or no room.
        """
        self._be_free()
        await asyncio.to_thread(self._make_room, FEED_BYTES)
        upload = Upload(id=secrets.token_hex(8), file="", size=0, sha256="", at=self._now(), by=None)
        folder, kept = self._folder / upload.id, False
        try:
            found = await self._work(upload, "fetch", source=source)
            new = found.fetched or Fetched(same=True)
            if not found.ok or new.same or new.sha256 == known:
                return None, found.model_copy(update={"fetched": new.model_copy(update={"same": True})})
            upload.file, upload.size, upload.sha256 = new.file, new.size, new.sha256
            looked = await self._work(upload, "look")
            upload.head, upload.options = looked.head, options
            if not looked.ok:
                return None, looked.model_copy(update={"fetched": new})
            self._write(upload)
            kept = True
            return upload, found
        finally:
            if not kept:
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def _make_room(self, size: int) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for old in self.all()[KEPT - 1 :]:
            if self.busy is None or self.busy[0] != old.id:
                self.remove(old.id)
        if shutil.disk_usage(self._folder).free < size + SPARE:
            raise Refused("The disk has no room for this file.", remedy="Remove old recordings.")

    def all(self) -> list[Upload]:
        """The newest first. Folders of uploads that broke off are removed."""
        found = []
        for folder in self._folder.iterdir() if self._folder.is_dir() else ():
            if _ID.fullmatch(folder.name) and (upload := self.get(folder.name)) is not None:
                found.append(upload)
        return sorted(found, key=lambda u: (u.at, u.id), reverse=True)

    def get(self, id_: str) -> Upload | None:
        if not _ID.fullmatch(id_):
            return None
        try:
            return Upload.model_validate_json((self._folder / id_ / "upload.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def list_file(self, id_: str, name: Literal["problems.csv", "changes.csv"]) -> Path | None:
        path = self._folder / id_ / name
        return path if self.get(id_) is not None and path.is_file() else None

    def progress(self, id_: str) -> tuple[str, int, int]:
        """(step or "", done, of)."""
        if self.busy is None or self.busy[0] != id_:
            return "", 0, 0
        return self.busy[1], *read_progress(self._folder / id_)

    def remove(self, id_: str) -> None:
        if self.get(id_) is not None:
            shutil.rmtree(self._folder / id_, ignore_errors=True)

    def _write(self, upload: Upload) -> None:
        folder = self._folder / upload.id
        fresh = folder / "upload.new"
        fresh.write_text(upload.model_dump_json(), "utf-8")
        fresh.replace(folder / "upload.json")

    # ---- work

    async def compare(self, upload: Upload, options: Options) -> Upload:
        """Reads the whole file and holds it against the catalogue."""
        upload.options, upload.outcome = options, None
        if upload.head is not None and not upload.head.kind.startswith("json"):
            upload.head.fields = guess(upload.head.headings, options.mapping)
        found = await self._work(upload, "compare")
        if found.ok:
            upload.state, upload.outcome, upload.why, upload.remedy = "compared", found, "", ""
        else:
            upload.state, upload.why, upload.remedy = "refused", found.why, found.remedy
        self._write(upload)
        return upload

    async def apply(self, upload: Upload) -> Outcome:
        """Takes in what was compared, all of it or nothing. Raises ContentError: that is not to be had."""
        if upload.state != "compared" or upload.outcome is None:
            raise ContentError("compare_first", remedy="Compare it first.")
        found = await self._work(upload, "apply", revision=upload.outcome.revision)
        if found.ok:
            upload.state, upload.applied = "applied", found
            self._write(upload)
        return found

    async def undo(self, reading: int) -> Outcome:
        """Takes the newest reading back."""
        known = await asyncio.to_thread(self.all)
        upload = next((u for u in known if u.applied is not None and u.applied.reading == reading), None)
        found = await self._work(upload, "undo", reading=reading)
        if found.ok and upload is not None:
            upload.state = "undone"
            self._write(upload)
        return found

    async def fetch_pictures(self) -> Outcome:
        """Fetches pictures that products name by web address and that are not here yet."""
        return await self._work(None, "pictures")

    def _be_free(self) -> None:
        if self._turn.locked():
            raise Refused("busy", remedy="Another file is being read. Try again when it is done.")

    async def _work(
        self,
        upload: Upload | None,
        step: Step,
        revision: int | None = None,
        reading: int | None = None,
        source: Source | None = None,
    ) -> Outcome:
        self._be_free()
        async with self._turn:
            id_ = PICTURES if upload is None else upload.id
            self.busy = (id_, step)
            try:
                await asyncio.to_thread((self._folder / id_).mkdir, 0o700, parents=True, exist_ok=True)
                (self._folder / id_ / "progress.json").unlink(missing_ok=True)
                return await self._run(
                    Job(
                        step=step,
                        database=self._database,
                        folder=self._folder / id_,
                        file="" if upload is None else upload.file,
                        options=Options() if upload is None else upload.options,
                        now=self._now(),
                        revision=revision,
                        reading=reading,
                        source=source,
                    )
                )
            finally:
                self.busy = None


def plain_name(name: str) -> str:
    """A file's name as it is kept: no folder, nothing odd, an ending that is known. Raises ContentError."""
    last = _ODD.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]).strip()
    stem, dot, ending = last.rpartition(".")
    if not dot or f".{ending.lower()}" not in ENDINGS:
        raise ContentError("upload_ending", remedy=f"One of {', '.join(ENDINGS)}.")
    return f"{stem[-80:].strip(' .') or 'catalogue'}.{ending.lower()}"


def mapping_of(head: Head, fields: list[str]) -> dict[str, str]:
    """field -> heading of what a person chose for each column; guessed fields that nobody chose are left out
    by name. Raises ContentError: one field twice, or one that does not exist.
    """
    chosen: dict[str, str] = {}
    for heading, field in zip(head.headings, fields, strict=False):
        if not field:
            continue
        if field not in FIELDS or field in chosen:
            raise ContentError("map_twice", remedy="Choose another for one of them.")
        chosen[field] = heading
    left = {field: "" for field in guess(head.headings, {}) if field in FIELDS and field not in chosen}
    return left | chosen


async def _keep(path: Path, body: AsyncIterator[bytes], size: int) -> tuple[str, int]:
    """Writes the body to a file as it comes. Returns its SHA-256 and length."""
    digest, taken = hashlib.sha256(), 0
    with path.open("xb") as file:
        async for block in body:
            taken += len(block)
            if taken > size:
                raise ContentError("upload_size", remedy="Upload it again.")
            digest.update(block)
            await asyncio.to_thread(file.write, block)
    if taken != size:
        raise ContentError("upload_size", remedy="Upload it again.")
    return digest.hexdigest(), taken


async def run_bounded(job: Job) -> Outcome:
    """Does a job in a process of its own and ends it when it takes too long."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME", "LANG") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.console.catalogue_work",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=kept | {"PYTHONUTF8": "1"},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(SECONDS[job.step]):
            out, err = await process.communicate(job.model_dump_json().encode())
    except TimeoutError:
        return too_much("time")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == 0:
        return Outcome.model_validate_json(out)
    said = err.decode("utf-8", "replace").strip().rsplit("\n", 1)[-1][:300]
    if (process.returncode or 0) < 0:  # a bound that the system holds: processor time, or memory
        return too_much("time or memory")
    if "MemoryError" in said:
        return too_much("memory")
    log.error("reading an upload failed (%s): %s", process.returncode, said)
    return Outcome(ok=False, why=f"The file could not be read ({said}).", remedy="Export it as plain CSV.")
