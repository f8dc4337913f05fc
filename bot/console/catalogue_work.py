"""Reads an uploaded file in a process of its own, whose memory, time and output are bounded: what a hostile
or huge file does there, the console and its shows do not notice.

    python -m bot.console.catalogue_work < job.json > outcome.json
"""

import hashlib
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import httpx
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.console.catalogue_files import LongList, write_progress
from products.errors import CastmateError, ContentError, Problem
from products.fetching import Resolve, Wanted, fetch, resolve
from products.intake.changes import Change
from products.intake.columns import columns
from products.intake.load import Report, fetch_pictures, guess_language, import_catalogue
from products.intake.preview import compare_catalogue
from products.intake.rows import kind_of, read_head
from products.intake.undo import undo_last, undoable
from products.store import open_engine

MEMORY = 3 * 2**30  # bytes of address space: a million products take about half of it
CPU_S = 900
WRITTEN = 256 * 2**20  # bytes of one file; not while it writes into the database
NICE = 10
PICTURES_S = 120.0  # then the next press goes on: nobody else can bring a file meanwhile
SHOWN = 100  # products of each kind on the page
SHOWN_VALUES = 30  # of one product
SHOWN_PROBLEMS = 100
SAMPLED = 6
COLUMNS = 400  # that a person can give a meaning
TEXT = 200  # characters of a value on the page
EVERY_S = 0.3
FEED_BYTES, FEED_S = 200 * 2**20, 300.0  # of a feed, and for it
ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".json", ".jsonl", ".ndjson")
KINDS: Mapping[str, str] = {
    "application/json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "text/tab-separated-values": ".tsv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
CHOOSE = "Choose below what each column is read as."  # where the command line says --map


class Options(BaseModel):
    """How a file is to be read. `mapping`: field -> heading ("": none)."""

    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] = "en"
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    mapping: dict[str, str] = {}
    full: bool = False


Step = Literal["look", "compare", "apply", "undo", "pictures", "fetch"]


class Source(BaseModel):
    """A web address to fetch a file from. `etag`, `modified`: as the server said last time, "" for nothing;
    `name`: of the file, without its ending.
    """

    url: str
    name: str = "feed"
    etag: str = ""
    modified: str = ""


class Job(BaseModel):
    step: Step
    database: str
    folder: Path
    file: str = ""
    options: Options = Options()
    now: AwareDatetime
    revision: int | None = None
    reading: int | None = None
    source: Source | None = None
    memory: int = MEMORY
    cpu_s: int = CPU_S


class Moved(BaseModel):
    """A product on the page. `values`: (SKU, field, old, new, how many further SKUs change alike)."""

    handle: str
    title: str = ""
    values: list[tuple[str, str, str, str, int]] = []
    more: int = 0


class Head(BaseModel):
    """The begin of a file. `fields`: what each column is read as, "" for nothing."""

    kind: str
    headings: list[str]
    rows: list[list[str]]
    fields: list[str]
    why: str = ""  # why the columns alone are not enough


class Fetched(BaseModel):
    """What a server gave. `same`: it has nothing new; `file`: its name in the job's folder."""

    same: bool = False
    file: str = ""
    size: int = 0
    sha256: str = ""
    etag: str = ""
    modified: str = ""


class Outcome(BaseModel):
    """What came of a job. `why`, `remedy`: of a file that cannot be read.

    prices    values that are prices and change; `steepest`: by which part of the old price, at most
    """

    ok: bool = True
    why: str = ""
    remedy: str = ""
    head: Head | None = None
    language: str = ""
    revision: int = 0
    reading: int | None = None
    rows: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    unchanged: int = 0
    problems: int = 0
    values: int = 0
    shown_new: list[Moved] = []
    shown_changed: list[Moved] = []
    shown_gone: list[Moved] = []
    shown_problems: list[tuple[str, str, str, str, str]] = []  # row, field, value, message, remedy
    unsayable: list[tuple[str, str, str]] = []  # handle, sentence, why
    prices: int = 0
    steepest: float = 0.0
    fetched: Fetched | None = None


@dataclass(frozen=True, slots=True)
class Web:
    """How this process reaches the web."""

    client: Callable[[], httpx.Client] = lambda: httpx.Client(trust_env=False)
    resolve: Resolve = resolve


WEB = Web()


def perform(job: Job, tell: Callable[[int, int], None] | None = None, web: Web = WEB) -> Outcome:
    """Does the job, in this very process. What is wrong with the file is told in the outcome."""
    path = job.folder / job.file
    try:
        if job.step == "look":
            return Outcome(head=_head(path, job.options), language=guess_language(path))
        if job.step == "fetch":
            return _fetch(job, web)
        engine = open_engine(job.database)
        try:
            if job.step == "compare":
                return _compare(engine, path, job, tell)
            if job.step == "undo":
                done = undo_last(engine, job.reading)
                return Outcome(reading=done.reading, new=done.new, changed=done.changed, gone=done.gone)
            if job.step == "pictures":
                return _pictures(engine, job, tell)
            return _apply(engine, path, job, tell)
        finally:
            engine.dispose()
    except CastmateError as error:
        remedy = CHOOSE if "--map" in error.remedy else error.remedy
        return Outcome(ok=False, why=error.message, remedy=remedy)
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or type(error).__name__)
        return Outcome(ok=False, why=f"The catalogue's database refused ({said}).", remedy="Try again.")
    except MemoryError:
        return too_much("memory")


def too_much(of: str) -> Outcome:
    """The reading ran into a bound."""
    return Outcome(
        ok=False,
        why=f"Reading this file takes too much {of}.",
        remedy="Export it as plain CSV, or in several files.",
    )


def _head(path: Path, options: Options) -> Head:
    headings, rows = read_head(path, SAMPLED)
    kind = kind_of(path)
    if len(headings) > COLUMNS:
        raise ContentError(
            f"{path.name} has {len(headings)} columns.",
            remedy=f"Keep what a catalogue needs: {COLUMNS} at most.",
        )
    fields, why = list(headings), ""
    if not kind.startswith("json"):
        try:
            columns(path.name, headings, options.mapping)
        except CastmateError as error:
            why = error.message
        fields = guess(headings, options.mapping)
    return Head(
        kind=kind,
        headings=[_cut(h) for h in headings],
        rows=[[_cut(cell) for cell in row] for row in rows],
        fields=fields,
        why=why,
    )


def guess(headings: Sequence[str], mapping: Mapping[str, str]) -> list[str]:
    """What each column is read as, "" for nothing; also of headings that are no whole catalogue."""
    try:
        found = columns("", headings, mapping, whole=False)
    except CastmateError:  # two columns of one meaning: a person has to say which
        found = {}
    fields = [found.get(place, "") for place in range(len(headings))]
    if "type" in fields:  # Shopify's second column for a category
        fields[fields.index("type")] = "" if "category" in fields else "category"
    return fields


def _cut(text: str) -> str:
    return text if len(text) <= TEXT else text[: TEXT - 1] + "…"


class _Collected:
    """The first changes of each kind, for the page."""

    def __init__(self) -> None:
        self.new: dict[str, Moved] = {}
        self.changed: dict[str, Moved] = {}
        self.gone: dict[str, Moved] = {}
        self._made: set[str] = set()

    def add(self, change: Change) -> None:
        if change.field == "product":
            kept, there = (self.new, True) if change.new else (self.gone, False)
            if there:
                self._made.add(change.handle)
            if len(kept) < SHOWN:
                kept[change.handle] = Moved(handle=change.handle, title=_cut(change.new))
            return
        kept = self.new if change.handle in self._made else self.changed
        moved = kept.get(change.handle)
        if moved is None:
            if kept is self.new or len(kept) >= SHOWN:
                return
            moved = kept[change.handle] = Moved(handle=change.handle)
        told = (change.field, _cut(change.old), _cut(change.new))
        for place, (sku, *said, alike) in enumerate(moved.values):
            if change.sku and sku and tuple(said) == told:
                moved.values[place] = (sku, *told, alike + 1)
                return
        if len(moved.values) < SHOWN_VALUES:
            moved.values.append((change.sku, *told, 0))
        else:
            moved.more += 1


class _Prices:
    """How many prices of products that are there change, and the largest change in parts of the old one."""

    def __init__(self) -> None:
        self.moved, self.steepest = 0, 0.0

    def add(self, change: Change) -> None:
        if change.field != "price" or not change.old:
            return
        self.moved += 1
        try:
            old, new = (float(text.replace(",", "").split()[0]) for text in (change.old, change.new or "0"))
        except (ValueError, IndexError):
            old, new = 1.0, 0.0  # a price that went away is as steep as can be
        self.steepest = max(self.steepest, abs(new - old) / old if old > 0 else 1.0)


def _compare(engine: Engine, path: Path, job: Job, tell: Callable[[int, int], None] | None) -> Outcome:
    seen, prices, problems = _Collected(), _Prices(), list[tuple[str, str, str, str, str]]()
    with (
        LongList(job.folder / "changes.csv", ("handle", "sku", "field", "old", "new")) as changed,
        LongList(
            job.folder / "problems.csv", ("file", "row", "field", "value", "problem", "remedy")
        ) as wrong,
    ):

        def told(change: Change) -> None:
            seen.add(change)
            prices.add(change)
            changed.add(change.handle, change.sku, change.field, change.old, change.new)

        def problem(found: Problem) -> None:
            wrong.add(found.file, found.row, found.field, found.value, found.message, found.remedy)
            if len(problems) < SHOWN_PROBLEMS:
                row = "" if found.row is None else str(found.row)
                problems.append(
                    (row, found.field or "", _cut(found.value or ""), found.message, found.remedy)
                )

        options = job.options
        report = compare_catalogue(
            engine,
            path,
            told=told,
            problem=problem,
            language=options.language,
            currency=options.currency,
            mapping=options.mapping,
            full=options.full,
            progress=tell,
        )
    diff = report.diff
    return Outcome(
        language=report.language,
        revision=report.revision,
        rows=report.rows,
        new=len(diff.new),
        changed=len(diff.changed),
        gone=len(diff.gone),
        unchanged=len(diff.unchanged),
        problems=wrong.count,
        values=changed.count,
        shown_new=list(seen.new.values()),
        shown_changed=list(seen.changed.values()),
        shown_gone=list(seen.gone.values()),
        shown_problems=problems,
        unsayable=[(h, _cut(sentence), why) for h, _, sentence, why in report.unsayable[:SHOWN]],
        prices=prices.moved,
        steepest=prices.steepest,
    )


def _apply(engine: Engine, path: Path, job: Job, tell: Callable[[int, int], None] | None) -> Outcome:
    options = job.options
    report = import_catalogue(
        engine,
        path,
        job.now,
        language=options.language,
        currency=options.currency,
        mapping=options.mapping,
        full=options.full,
        progress=tell,
        undoable=True,
        at_revision=job.revision,
    )
    newest = undoable(engine)
    return Outcome(
        language=report.language,
        revision=report.revision,
        reading=None if newest is None else newest.reading,
        rows=report.rows,
        new=len(report.diff.new),
        changed=len(report.diff.changed),
        gone=len(report.diff.gone),
        unchanged=len(report.diff.unchanged),
        problems=len(report.problems) + report.problems_left_out,
    )


def _fetch(job: Job, web: Web) -> Outcome:
    """A feed's file from its web address into the job's folder. Raises ContentError."""
    source, digest = job.source, hashlib.sha256()
    if source is None:
        raise ContentError("The feed has no address.", remedy="Give one.")
    headers = {"Accept": "text/csv, application/json, */*;q=0.5", "User-Agent": "castmate"}
    headers |= {"If-None-Match": source.etag} if source.etag else {}
    headers |= {"If-Modified-Since": source.modified} if source.modified else {}
    wanted = Wanted("The feed", source.url, ("https",), FEED_BYTES, headers, FEED_S, accept=(304,))
    part = job.folder / "feed.part"
    with part.open("wb") as file, web.client() as client:

        def take(block: bytes) -> None:
            digest.update(block)
            file.write(block)

        answer = fetch(wanted, take, client=client, resolve=web.resolve)
    if answer.status == 304:
        part.unlink()
        return Outcome(fetched=Fetched(same=True, etag=source.etag, modified=source.modified))
    name = source.name + feed_ending(answer.url, answer.headers.get("content-type", ""))
    part.replace(job.folder / name)
    told = Fetched(
        file=name,
        size=answer.size,
        sha256=digest.hexdigest(),
        etag=answer.headers.get("etag", "")[:200],
        modified=answer.headers.get("last-modified", "")[:100],
    )
    return Outcome(fetched=told)


def feed_ending(url: str, content_type: str) -> str:
    """How a feed is read: by its address, else by what the server calls it, else CSV."""
    ending = Path(urlsplit(url).path).suffix.lower()
    kind = content_type.partition(";")[0].strip().lower()
    return ending if ending in ENDINGS else KINDS.get(kind, ".csv")


def _pictures(engine: Engine, job: Job, tell: Callable[[int, int], None] | None) -> Outcome:
    """Fetches pictures from their web addresses into the job's folder, for PICTURES_S at most."""
    began = time.monotonic()
    report = Report(job.folder, "", dry_run=False)

    def going(done: int, total: int) -> bool:
        if tell is not None:
            tell(done, total)
        return time.monotonic() - began < PICTURES_S

    with httpx.Client() as client:
        came = fetch_pictures(engine, job.folder, client, report, going)
    problems = [("", p.field or "", _cut(p.value or ""), p.message, p.remedy) for p in report.problems]
    return Outcome(
        new=came,
        problems=len(problems) + report.problems_left_out,
        shown_problems=problems[:SHOWN_PROBLEMS],
    )


def limit(job: Job) -> None:
    """Bounds this process. Where the system knows no such bound, time outside still holds."""
    bounds = {resource.RLIMIT_AS: job.memory, resource.RLIMIT_CPU: job.cpu_s, resource.RLIMIT_CORE: 0}
    if job.step in ("look", "compare", "fetch"):
        bounds[resource.RLIMIT_FSIZE] = WRITTEN
    for kind, most in bounds.items():
        with suppress(ValueError, OSError):
            hard = resource.getrlimit(kind)[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (most, hard))
    with suppress(OSError):
        os.nice(NICE)


def main() -> None:
    job = Job.model_validate_json(sys.stdin.buffer.read())
    limit(job)
    last = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= EVERY_S or done == total:
            last = now
            write_progress(job.folder, done, total)

    sys.stdout.write(perform(job, tell).model_dump_json())


if __name__ == "__main__":
    main()
