"""One reading of a catalogue file, from path to report. Nothing is written unless the whole file could be
read.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

import httpx
from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import OperationalError

from products.claims import refused
from products.errors import ContentError, Problem, SetupError
from products.intake.assemble import Assembler, ProductDraft
from products.intake.bulk import begin_writing
from products.intake.merge import Diff, Merge
from products.intake.pictures import fetch_picture, is_remote, local_picture
from products.intake.rows import read_rows
from products.intake.undo import Journal
from products.intake.words import sentences
from products.store import bump_revision, last_imports
from products.tables import IMPORT, PRODUCT, REVISION

BATCH = 1000  # products
PROBLEMS_KEPT = 1000  # the rest is counted


@dataclass(slots=True)
class Report:
    """What came of one reading.

    problems   at most PROBLEMS_KEPT, in file order; `problems_left_out` counts the rest
    words      (handle, description as the file writes it) of products that are new or changed
    """

    file: Path
    language: str
    dry_run: bool
    rows: int = 0
    revision: int = 0
    diff: Diff = field(default_factory=Diff)
    problems: list[Problem] = field(default_factory=list)
    problems_left_out: int = 0
    words: list[tuple[str, str]] = field(default_factory=list)

    @property
    def unsayable(self) -> tuple[tuple[str, str, str, str], ...]:
        """(handle, language, sentence, why): what the clone will not say of products that are new or changed.
        Judged when asked for: that takes longer than reading the file.
        """
        return tuple(
            (handle, self.language, sentence, why)
            for handle, body in self.words
            for sentence, why in refused(sentences(body))
        )

    def add(self, problem: Problem) -> None:
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(problem)
        else:
            self.problems_left_out += 1


class _Abort(Exception):
    """Rolls the transaction back: a dry run, or a file without a single good product."""


def guess_language(path: Path, default: str = "en") -> str:
    """`products.zh.csv` -> zh; else the default."""
    parts = path.name.lower().split(".")
    return parts[-2] if len(parts) > 2 and len(parts[-2]) == 2 and parts[-2].isalpha() else default


def import_catalogue(
    engine: Engine,
    path: Path,
    now: datetime,
    *,
    language: str | None = None,
    currency: str = "USD",
    mapping: Mapping[str, str] | None = None,
    full: bool = False,
    dry_run: bool = False,
    pictures: Path | None = None,
    client: httpx.Client | None = None,
    progress: Callable[[int, int], None] | None = None,
    undoable: bool = False,
    at_revision: int | None = None,
) -> Report:
    """Reads `path` into the catalogue in one transaction.

    language   of the file's words; guessed from its name (`products.zh.csv`), else English
    full       products and variants that the file no longer names become inactive
    pictures   folder for pictures given by web address; None = they are not fetched. Fetched after the
               products are in
    progress   called with (bytes read, bytes in all)
    undoable   undo.py can take it back until the next reading
    at_revision  of the catalogue that the file was compared with; another one: ContentError

    Raises ContentError when the file is no catalogue (nothing changed), SetupError when the database has no
    tables.
    """
    language = language or guess_language(path)
    report = Report(path, language, dry_run)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                begin_writing(connection)  # before anything is read that must still hold when it is written
            _hold_revision(connection, at_revision)
            journal = Journal(connection) if undoable and not dry_run else None
            _read(connection, path, now, report, currency, dict(mapping or {}), full, progress, journal)
            if dry_run:
                raise _Abort
    except _Abort:
        return report
    except OperationalError as error:
        raise SetupError(
            f"The catalogue's database refused ({error.orig}).",
            remedy="Run its migrations, or wait until no other import runs.",
        ) from error
    if pictures is not None:
        if client is None:
            with httpx.Client() as own:
                fetch_pictures(engine, pictures, own, report)
        else:
            fetch_pictures(engine, pictures, client, report)
    return report


def resync(engine: Engine, now: datetime) -> tuple[Report, ...]:
    """Reads every file of the catalogue again as it was read last, so that prices and stock are of this
    moment.

    A file that is gone or broken raises ContentError; files before it stay read.
    """
    return tuple(
        import_catalogue(
            engine, Path(run.file), now, language=run.language, currency=run.currency, mapping=run.mapping
        )
        for run in last_imports(engine)
    )


def _read(
    connection: Connection,
    path: Path,
    now: datetime,
    report: Report,
    currency: str,
    mapping: dict[str, str],
    full: bool,
    progress: Callable[[int, int], None] | None,
    journal: Journal | None,
) -> None:
    late: list[Problem] = []
    merge = Merge(connection, path.name, report.language, now, late, journal)
    assembler = Assembler(path.name, currency, report.add)
    total = path.stat().st_size if path.is_file() else 0
    good = 0
    with closing(assembler.products(read_rows(path, mapping))) as products:
        while batch := list(islice(products, BATCH)):
            moved = merge.batch(batch)
            good += len(batch)
            _local_pictures(connection, batch, path.parent, path.name, report)
            report.words += [(d.handle, d.body) for d in moved if d.title and d.body]
            for problem in late:
                report.add(problem)
            late.clear()
            if progress is not None:
                progress(min(total, batch[-1].done), total)
    if not good:
        raise nothing_good(path.name, report.problems)
    if progress is not None:
        progress(total, total)
    merge.keep(assembler.bad_handles)
    if full:
        merge.sweep()
    report.rows, report.diff, report.revision = assembler.rows, merge.diff, bump_revision(connection)
    done = connection.execute(
        insert(IMPORT).values(
            file=str(path.resolve()),
            language=report.language,
            currency=currency,
            mapping=mapping,
            at=now,
            rows=report.rows,
            new=len(merge.diff.new),
            changed=len(merge.diff.changed),
            gone=len(merge.diff.gone),
            problems=[str(p) for p in report.problems],
        )
    )
    if journal is not None and done.inserted_primary_key is not None:
        journal.finish(int(done.inserted_primary_key[0]))


def nothing_good(file: str, problems: Sequence[Problem]) -> ContentError:
    """A file without a single product."""
    first = f" The first fault: {problems[0]}" if problems else ""
    return ContentError(f"{file} holds no product that could be read.{first}", remedy="Nothing was changed.")


def _hold_revision(connection: Connection, at_revision: int | None) -> None:
    if at_revision is None:
        return
    now = int(connection.scalar(select(REVISION.c.revision)) or 0)
    if now != at_revision:
        raise ContentError(
            "The catalogue has changed since the file was compared with it.", remedy="Compare it again."
        )


def _local_pictures(
    connection: Connection, batch: list[ProductDraft], folder: Path, file: str, report: Report
) -> None:
    for draft in batch:
        if not draft.picture or is_remote(draft.picture):
            continue
        try:
            path = local_picture(draft.picture, folder)
        except ContentError as error:
            report.add(Problem(file, draft.row, "picture", draft.picture, error.message, error.remedy))
            continue
        connection.execute(
            update(PRODUCT)
            .where(PRODUCT.c.handle == draft.handle, PRODUCT.c.picture_source == draft.picture)
            .values(picture=str(path))
        )


def fetch_pictures(
    engine: Engine,
    folder: Path,
    client: httpx.Client,
    report: Report,
    progress: Callable[[int, int], bool] = lambda done, total: True,
) -> int:
    """Fetches what web addresses still lack a local file, and returns how many came. Outside the import's
    transaction: the network may be slow. `progress`: called with (looked at, of all) before each; False ends.
    """
    with engine.connect() as connection:
        found = connection.execute(
            select(PRODUCT.c.id, PRODUCT.c.handle, PRODUCT.c.picture_source).where(
                PRODUCT.c.picture.is_(None), PRODUCT.c.picture_source != "", PRODUCT.c.active
            )
        ).all()
    wanted, came = [row for row in found if is_remote(row.picture_source)], 0
    for place, row in enumerate(wanted):
        if not progress(place, len(wanted)):
            break
        try:
            path = fetch_picture(row.picture_source, folder, client=client)
        except ContentError as error:
            report.add(Problem(report.file.name, None, "picture", row.handle, error.message, error.remedy))
            continue
        with engine.begin() as connection:
            connection.execute(update(PRODUCT).where(PRODUCT.c.id == row.id).values(picture=str(path)))
            bump_revision(connection)
        came += 1
    return came
