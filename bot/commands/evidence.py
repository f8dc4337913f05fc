"""castmate evidence SHOW_FOLDER: label log, co-host log and the rest, from the ledger, for people."""

import hashlib
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.clock import SystemClock
from bot.commands.recording import seconds
from bot.compliance.account import KINDS, Account, Span, account, chosen
from bot.compliance.account_files import as_csv, as_jsonl
from bot.compliance.keys import read_public_key
from bot.compliance.ledger_file import Checkpoint, checkpoint_of, read_ledger, verify
from bot.compliance.packs import load_packs
from bot.compliance.personal import opened_entries
from bot.compliance.persons import PersonKeys
from bot.settings import read_settings
from products.errors import ContentError, SetupError

console = Console()
FRAMES = 6


def evidence(
    folder: Annotated[Path, typer.Argument(metavar="SHOW_FOLDER", help="The folder of a show.")],
    pdf: Annotated[
        Path | None, typer.Option(help="Write a report to file: figures, timeline, pictures.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the intervals for a spreadsheet.")] = None,
    jsonl: Annotated[Path | None, typer.Option(help="Write the intervals as JSON Lines.")] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help=f"Only these. Repeatable: {', '.join(KINDS)}.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="From this second of the show, e.g. 1:30.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="Up to this second of the show.")] = None,
    lang: Annotated[Literal["en", "zh"], typer.Option(help="Language of the report.")] = "en",
    key: Annotated[Path | None, typer.Option(help="Public key (.pub). Default: this machine's own.")] = None,
) -> None:
    """Tell a show's ledger as intervals: who was on air, label seen or not, who was in the room, on what
    evidence.

    Reads the ledger (and, for pictures, the recording) and nothing else, so it says the same on any
    machine. Exit code 0: told; 1: told, but the ledger is not whole; 2: it cannot be read.
    """
    wrong = [k for k in kind or () if k not in KINDS]
    if wrong:
        raise ContentError(f"There is no kind {wrong[0]!r}.", remedy=f"Use one of: {', '.join(KINDS)}.")
    told = account_of(folder)
    window = [None if given is None else seconds(given) for given in (since, until)]
    spans = chosen(told.spans, kind or (), *window)
    public = _key(key)
    ledger = folder / "ledger.jsonl"
    report = verify(ledger, None if public is None else read_public_key(public), _beside(ledger))
    if csv is not None:
        _write(csv, "\ufeff" + as_csv(told, spans))  # the mark lets a spreadsheet read Chinese
    if jsonl is not None:
        _write(jsonl, as_jsonl(told, spans))
    if pdf is not None:
        from bot.papers.evidence import Seal, evidence_report  # the writer of PDF only where one is written
        from bot.papers.frames import sample, spread
        from bot.recorded import inventory, verify_recording

        held = inventory(folder) if (folder / "recording").is_dir() else None
        kept = () if held is None else held.kept
        damages = [] if held is None else [str(d) for d in verify_recording(held)]
        digest = hashlib.sha256(ledger.read_bytes()).hexdigest()
        seal = Seal(report, digest, _last_checkpoint(ledger), told.key)
        pictures = sample(kept, spread(kept, FRAMES))
        now = SystemClock().now()
        evidence_report(told, spans, seal, pictures, damages, folder.resolve(), lang, now).save(pdf, now)
    if not (pdf or csv or jsonl):
        _tell(told, spans)
    for path in (pdf, csv, jsonl):
        if path is not None:
            console.print(f"Written: {escape(str(path))}", highlight=False)
    if not report.ok:
        console.print(f"[bold red]The ledger is not whole:[/] {escape(str(report.troubles[0]))}")
        raise typer.Exit(1)


def _person_keys() -> PersonKeys | None:
    """What this machine may open of what is sealed about persons; None: nothing."""
    store = read_settings().person_keys
    return PersonKeys(store) if store.exists() else None


def account_of(folder: Path) -> Account:
    """A show's account. Raises SetupError: no ledger, a broken line, no show in it."""
    ledger = folder / "ledger.jsonl"
    if not ledger.is_file():
        raise SetupError(f"There is no ledger in {folder}.", remedy="Name the folder of a show.")
    kinds = {r.id: r.kind for pack in load_packs().packs for r in pack.rules}
    try:
        return account(opened_entries(read_ledger(ledger), _person_keys()), kinds)
    except ValueError as error:
        raise SetupError(f"{ledger}: {error}.", remedy="Name the folder of a show that was run.") from None


def _beside(ledger: Path) -> Checkpoint | None:
    beside = ledger.with_name(ledger.name + ".checkpoint")
    try:
        return Checkpoint.model_validate_json(beside.read_text("utf-8")) if beside.exists() else None
    except ValueError:
        raise SetupError(f"{beside} is no checkpoint.", remedy="Restore it from a copy.") from None


def _last_checkpoint(ledger: Path) -> Checkpoint | None:
    opening, found = "", None
    for recorded in read_ledger(ledger):
        opening = opening or recorded.hash
        if recorded.entry.kind == "checkpoint":
            found = checkpoint_of(recorded, opening) or found
    return found


def _key(named: Path | None) -> Path | None:
    own = read_settings().data / "keys" / "ledger.pem.pub"
    return named if named is not None else own if own.exists() else None


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8", newline="")
    except OSError as error:
        what = f"{path} cannot be written: {error.strerror or error}."
        raise SetupError(what, remedy="Choose a folder that is yours.") from None


def _tell(told: Account, spans: tuple[Span, ...]) -> None:
    table = Table(show_edge=False, pad_edge=False)
    for name in ("kind", "from", "to", "what", "channel", "evidence and reason", "rules"):
        table.add_column(name, overflow="fold")
    for s in spans:
        why = "; ".join(part for part in (s.evidence, s.why) if part)
        cells = (s.kind, f"{s.since:.1f}", f"{s.until:.1f}", s.state, s.channel, why, " ".join(s.rules))
        table.add_row(*map(escape, cells))
    console.print(table)
    for state, share in told.shares().items():
        console.print(f"{state}: {share:.1%} of the time on air", highlight=False)
