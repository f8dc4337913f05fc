"""castmate evidence SHOW_FOLDER: label log, co-host log and the rest, from the ledger, for people."""

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.clock import SystemClock
from bot.commands.recording import seconds
from bot.compliance.account import KINDS, Account, Span, chosen
from bot.compliance.account_files import as_csv, as_jsonl
from bot.compliance.keys import read_public_key
from bot.compliance.known_keys import known_keys
from bot.dossier import check, open_dossiers, report_paper
from bot.settings import read_settings
from bot.storage.arriving import brought
from products.errors import ContentError, SetupError

Key = Annotated[
    Path | None,
    typer.Option(help="Public key (.pub). Default: this machine's own, or the known node's that wrote it."),
]
console = Console()


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
    key: Key = None,
) -> None:
    """Tell a show's ledger as intervals: who was on air, label seen or not, who was in the room, on what
    evidence.

    Reads the ledger (and, for pictures, the recording) and nothing else, so it says the same on any
    machine; what lies only in the store is fetched first. Exit code 0: told; 1: told, but the ledger is not
    whole; 2: it cannot be read.
    """
    wrong = [k for k in kind or () if k not in KINDS]
    if wrong:
        raise ContentError(f"There is no kind {wrong[0]!r}.", remedy=f"Use one of: {', '.join(KINDS)}.")
    folder = brought(read_settings(), folder, end=None if pdf is not None else 0.0)
    told = account_of(folder)
    window = [None if given is None else seconds(given) for given in (since, until)]
    spans = chosen(told.spans, kind or (), *window)
    known = known_keys(read_settings().data)
    public = read_public_key(key) if key is not None else known.of(folder / "ledger.jsonl")
    if csv is not None:
        _write(csv, "\ufeff" + as_csv(told, spans))  # the mark lets a spreadsheet read Chinese
    if jsonl is not None:
        _write(jsonl, as_jsonl(told, spans))
    if pdf is not None:
        now = SystemClock().now()
        sheet, verdict = report_paper(folder, told, spans, public, lang, now)
        sheet.save(pdf, now)
        report = verdict.report
    else:
        report = check(folder, public)
    if not (pdf or csv or jsonl):
        _tell(told, spans)
    for path in (pdf, csv, jsonl):
        if path is not None:
            console.print(f"Written: {escape(str(path))}", highlight=False)
    if not report.ok:
        console.print(f"[bold red]The ledger is not whole:[/] {escape(str(report.troubles[0]))}")
        raise typer.Exit(1)


def account_of(folder: Path) -> Account:
    """A show's account. Raises SetupError: no ledger, a broken line, no show in it."""
    return open_dossiers(read_settings()).account(folder)


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
