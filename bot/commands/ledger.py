"""castmate ledger: prove a show's ledger whole, and read it."""

import json
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.commands.personal_data import erase_command, retention_command
from bot.compliance.handing import handed
from bot.compliance.keys import public_text, read_public_key
from bot.compliance.known_keys import KnownKeys, known_keys, opened_with
from bot.compliance.ledger import Checkpoint, Report, read_ledger, verify
from bot.compliance.personal import opened_entries
from bot.compliance.persons import PersonKeys
from bot.compliance.proofs import Consistency, Grown, Inclusion, read_proof
from bot.settings import read_settings
from products.errors import SetupError

app = typer.Typer(help="The tamper-evident log of a show: prove it whole, read it.")
console = Console()
app.command("erase")(erase_command)
app.command("retention")(retention_command)
Key = Annotated[
    Path | None,
    typer.Option(help="Public key (.pub). Default: this machine's own, or the known node's that wrote it."),
]
NOBODY = "[yellow]No key was given, so nobody vouches for it.[/yellow] Use --key with the .pub file."


@app.command("verify")
def verify_command(
    path: Annotated[Path, typer.Argument(help="The ledger's file, or the show's folder.")],
    key: Key = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            help="A signed checkpoint kept elsewhere. Default: the one that was handed over to compliance "
            "staff, else the one beside the ledger."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")] = False,
) -> None:
    """Say whether anything in the ledger was changed, removed, inserted, moved or cut off, and where.

    Exit code 0: whole. 1: not whole. 2: it could not be checked.
    """
    file = _file(path)
    public = _key(key, file)
    given = handed(file, read_settings().handed_over)
    outside = checkpoint or (given if given.exists() else _beside(file))
    signed = None if outside is None else _checkpoint(outside)
    report = verify(file, public, signed)
    if as_json:
        console.print_json(data=_json(report))
    else:
        _tell(report, public, outside, own=checkpoint is not None or outside == given)
        if key is None and (hint := _known().hint(report, opened_with(file))):
            console.print(hint, markup=False, highlight=False, soft_wrap=True)
    if not report.ok:
        raise typer.Exit(1)


@app.command("prove")
def prove(
    path: Annotated[Path, typer.Argument(help="The ledger's file, or the show's folder.")],
    entry: Annotated[int, typer.Option(help="Number of the entry, as `ledger show` prints it.")],
    checkpoint: Annotated[
        Path | None, typer.Option(help="Prove it by this checkpoint. Default: the ledger's last.")
    ] = None,
    key: Key = None,
) -> None:
    """Print a proof (JSON, RFC 9162 2.1.3) that one entry is in the log, for somebody without the log.

    It shows that entry alone and nothing of the others. Exit code 1: the ledger does not prove it.
    """
    by, file = None if checkpoint is None else _checkpoint(checkpoint), _file(path)
    _print_proof(Grown(file).inclusion(entry, by), _key(key, file))


@app.command("consistent")
def consistent_command(
    old: Annotated[Path, typer.Argument(help="A signed checkpoint kept from before.")],
    new: Annotated[Path, typer.Argument(help="A later checkpoint, or the show's folder.")],
    ledger: Annotated[Path | None, typer.Option(help="The show's folder, to make the proof from.")] = None,
    proof: Annotated[Path | None, typer.Option(help="A proof made elsewhere, to check instead.")] = None,
    key: Key = None,
) -> None:
    """Prove (JSON, RFC 9162 2.1.4) that the log only grew between two checkpoints.

    With a folder the proof is made and checked; with two checkpoints and --proof it is checked without the
    log. Exit code 1: it was not only appended to.
    """
    before = _checkpoint(old)
    inside = new if new.is_dir() else ledger
    after = None if new.is_dir() else _checkpoint(new)
    if proof is not None and after is not None:
        given = read_proof(proof)
        if not isinstance(given, Consistency) or (given.old, given.new) != (before, after):
            raise SetupError(f"{proof} is about other checkpoints.", remedy="Name the ones it was made for.")
        _print_proof(given, _key(key))
    elif inside is not None:
        file = _file(inside)
        _print_proof(Grown(file).consistency(before, after), _key(key, file))
    else:
        raise SetupError(
            "Two checkpoints alone prove nothing about what lies between.",
            remedy="Add --ledger with the show's folder, or --proof with a proof made from it.",
        )


@app.command("check")
def check_command(
    proof: Annotated[Path, typer.Argument(help="A proof that `prove` or `consistent` printed.")],
    key: Annotated[Path | None, typer.Option(help="Public key (.pub). Default: this machine's own.")] = None,
) -> None:
    """Check a proof without the ledger. Exit code 1: it proves nothing."""
    given, public = read_proof(proof), _key(key)
    why = given.trouble(public)
    if why is not None:
        console.print(f"[bold red]Not proven:[/bold red] {escape(why)}.")
        raise typer.Exit(1)
    if isinstance(given, Inclusion):
        says = f"entry {given.index} ({given.entry.kind}) is one of the {given.checkpoint.size}"
        console.print(
            f"[bold green]Proven:[/bold green] {escape(says)} signed on {given.checkpoint.at:%F %T}."
        )
    else:
        console.print(
            f"[bold green]Proven:[/bold green] the {given.new.size} entries begin with the {given.old.size}."
        )
    if public is None:
        console.print(NOBODY)


def _print_proof(proof: Inclusion | Consistency, public: Ed25519PublicKey | None) -> None:
    """The proof on stdout, and on stderr whether it holds."""
    console.out(proof.model_dump_json(indent=2), highlight=False)
    why = proof.trouble(public)
    if why is not None:
        Console(stderr=True).print(f"[bold red]Not proven:[/bold red] {escape(why)}.")
        raise typer.Exit(1)
    if public is None:
        Console(stderr=True).print(NOBODY)


def _file(path: Path) -> Path:
    inside = path / "ledger.jsonl"
    if path.is_dir():
        if not inside.exists():
            raise SetupError(f"There is no ledger in the folder {path}.", remedy="Name the ledger's file.")
        return inside
    return path


def _key(named: Path | None, ledger: Path | None = None) -> Ed25519PublicKey | None:
    """The one that was named, else the known one that the ledger names, else this machine's own."""
    if named is not None:
        return read_public_key(named)
    return _known().own() if ledger is None else _known().of(ledger)


def _known() -> KnownKeys:
    return known_keys(read_settings().data)


def _beside(file: Path) -> Path | None:
    beside = file.with_name(file.name + ".checkpoint")
    return beside if beside.exists() else None


def _checkpoint(path: Path) -> Checkpoint:
    try:
        return Checkpoint.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        what = f"The checkpoint {path} cannot be read: {error.strerror or error}."
        raise SetupError(what, remedy="Check the path.") from None
    except (ValidationError, UnicodeDecodeError):
        raise SetupError(f"{path} is no checkpoint.", remedy="Name the .checkpoint file of a show.") from None


def _tell(report: Report, public: Ed25519PublicKey | None, checkpoint: Path | None, *, own: bool) -> None:
    if report.ok:
        console.print(f"[bold green]Whole.[/bold green] {report.entries} entries, nothing changed.")
    else:
        console.print("[bold red]Not whole.[/bold red]")
        for trouble in report.troubles:
            console.print(f"  {escape(str(trouble))}", highlight=False)
        good = report.troubles[0].entry
        if good:
            console.print(f"Entries 0 to {good - 1} stand as they were written, as far as the chain shows.")
    if public is None:
        console.print(NOBODY)
    elif report.ok:
        loose = report.entries - report.signed
        tail = f"; {loose} after it are not signed yet" if loose else ""
        console.print(f"Signed up to entry {report.signed - 1} by key {public_text(public)[:16]}…{tail}.")
    if report.ok:
        console.print(
            "Closed."
            if report.closed
            else "[yellow]Not closed:[/yellow] the show runs, or it was broken off."
        )
    if checkpoint is None:
        console.print("No checkpoint from elsewhere: a cut at the very end would not show.")
    elif not own:
        console.print(
            f"Compared with {checkpoint.name}; one kept on another machine proves more (--checkpoint)."
        )
    else:
        console.print(f"Compared with {escape(str(checkpoint))}.", highlight=False, soft_wrap=True)


def _json(report: Report) -> dict[str, object]:
    return {
        "path": report.path,
        "ok": report.ok,
        "entries": report.entries,
        "root": report.root,
        "checkpoints": report.checkpoints,
        "signed": report.signed,
        "closed": report.closed,
        "authentic": report.authentic,
        "troubles": [
            {"line": t.line, "entry": t.entry, "file": t.file, "kind": t.kind, "message": t.message}
            for t in report.troubles
        ],
    }


@app.command("show")
def show(
    path: Annotated[Path, typer.Argument(help="The ledger's file, or the show's folder.")],
    kind: Annotated[list[str] | None, typer.Option(help="Only entries of this kind. Repeatable.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the entries as JSON lines.")] = False,
) -> None:
    """Print what happened, entry by entry.

    What is about a person opens where this machine has the key; without it, it reads "(erased)".
    """
    table = Table(show_edge=False, pad_edge=False)
    for name in ("entry", "time (UTC)", "kind", "what"):
        table.add_column(name, justify="right" if name == "entry" else "left", overflow="fold")
    store = read_settings().person_keys
    keys = PersonKeys(store) if store.exists() else None
    for recorded in opened_entries(read_ledger(_file(path)), keys):
        entry = recorded.entry
        if kind and entry.kind not in kind:
            continue
        if as_json:
            line = {"entry": recorded.index, "hash": recorded.hash, **entry.model_dump(mode="json")}
            console.out(json.dumps(line, ensure_ascii=False), highlight=False)
            continue
        when = entry.at.strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(str(recorded.index), when, entry.kind, escape(_words(entry.data)))
    if not as_json:
        console.print(table)


def _words(data: object) -> str:
    """Entry data as "name value · name value", long values shortened."""
    if not isinstance(data, dict):
        return str(data)
    parts = []
    for name, value in data.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        parts.append(f"{name} {text if len(text) <= 100 else text[:97] + '…'}")
    return " · ".join(parts)
