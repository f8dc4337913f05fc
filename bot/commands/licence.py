"""castmate licence: performers' licences, taken in, looked at, checked, withdrawn, paid."""

import hashlib
import json
import secrets
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.clock import SystemClock
from bot.clone_packs import withdraw_licence
from bot.compliance.selection import lineage
from bot.dossier import open_dossiers
from bot.licensed import open_licences
from bot.settings import read_settings
from persona.licence import MAKING, PHRASE_VALID, Licence, Phrase, Use, load_licence
from products.documents import DocumentError
from products.errors import ContentError, SetupError

app = typer.Typer(
    no_args_is_help=True,
    help="A performer's licence: without a valid one no clone of a person is made or shown. Start with: "
    "castmate licence new ana.yaml --document signed.pdf",
)
console = Console()
WORDS = (
    "amber anchor basket birch button candle canyon cedar copper coral cotton desert ember feather fern "
    "forest garden ginger harbor hazel indigo island kettle ladder lantern lemon linen maple marble meadow "
    "mirror ocean olive orange paper pebble pepper planet quartz raven ribbon river saddle salmon silver "
    "summer tiger timber tulip velvet violin walnut willow winter yellow"
).split()
FORM = """\
id: ana-2026
performer: Ana Silva
kind: show                     # or: measurement (made and evaluated, never shown)
face: true                     # each consented apart from the other
voice: true
uses: [live, clip]             # live, clip, replay
platforms: [youtube, room]     # or ["*"]
categories: [Shoes, Bags]      # as the catalogue names them, or ["*"]
territories: [US, EU]          # or ["*"]
valid_from: 2026-12-01T00:00:00+00:00
valid_to: 2027-12-01T00:00:00+00:00
fee: {by: airtime_minute, amount: "2.50", currency: EUR}
# or: fee: {by: sales_share, share: "0.03", currency: EUR}
"""


@app.command("form")
def form() -> None:
    """Print a form to fill in: castmate licence form > ana.yaml"""
    typer.echo(FORM, nl=False)


@app.command("new")
def new(
    file: Annotated[Path, typer.Argument(help="The filled-in form (castmate licence form > FILE).")],
    document: Annotated[Path, typer.Option(help="The document that the performer signed; its hash is kept.")],
) -> None:
    """Take a signed licence in: it gets a key of its own, and a one-time phrase for the footage.

    The performer says the phrase in the footage within 30 minutes; then: castmate licence phrase ID
    --heard "..." Licences lie in the data folder, keys beside it (CASTMATE_LICENCE_KEYS). Back the two up
    apart.
    """
    now = SystemClock().now()
    licence = _form(file, _digest(document))
    if licence.kind == "show":
        licence = licence.model_copy(update={"phrase": Phrase(words=_phrase(), issued_at=now)})
    path = open_licences(read_settings()).add(licence)
    console.print(f"Taken in: {escape(str(path))}", highlight=False, soft_wrap=True)
    console.print(
        f"Name it in the persona's file: licence: {escape(str(path))}", highlight=False, soft_wrap=True
    )
    _tell_phrase(licence)


@app.command("phrase")
def phrase(
    licence: Annotated[str, typer.Argument(help="Id of the licence.")],
    heard: Annotated[
        str | None, typer.Option(help="What the footage says, word for word. Without: a new phrase.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who looked and listened, when no program did.")] = "",
) -> None:
    """Issue a new one-time phrase, or confirm the one that stands: 30 minutes from its issue, no longer."""
    store, now = open_licences(read_settings()), SystemClock().now()
    found = store.read(store.path(licence))
    if heard is None:
        found = found.model_copy(update={"phrase": Phrase(words=_phrase(), issued_at=now)})
        store.rewrite(found)
        _tell_phrase(found)
        return
    store.rewrite(confirmed(found, heard, now, by))
    console.print("Confirmed: the person agreed in the footage.")


def confirmed(licence: Licence, heard: str, now: datetime, by: str) -> Licence:
    """The licence with its phrase confirmed by somebody who looked and listened. ContentError says why
    not.
    """
    if licence.phrase is None:
        raise ContentError(
            f"No phrase was issued for {licence.id}.", remedy=f"castmate licence phrase {licence.id}"
        )
    if _plain(licence.phrase.words) not in _plain(heard):
        text = f"The phrase is {licence.phrase.words!r}; what was heard does not hold it."
        raise ContentError(text, remedy="Let the person say it word for word, and record again.")
    try:
        spoken = Phrase(
            words=licence.phrase.words,
            issued_at=licence.phrase.issued_at,
            confirmed_at=now,
            checked=("person",),
            by=by,
        )
    except ValidationError as error:
        why = "; ".join(str(e["msg"]).removeprefix("Value error, ") for e in error.errors())
        remedy = "Say who checked with --by NAME, or issue a new phrase."
        raise ContentError(f"The phrase of {licence.id} is not confirmed: {why}.", remedy=remedy) from None
    return licence.model_copy(update={"phrase": spoken})


@app.command("show")
def show(
    licence: Annotated[str | None, typer.Argument(help="Id of the licence. Default: a list of all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")] = False,
) -> None:
    """Show what a performer has signed, and how it stands today."""
    store, now = open_licences(read_settings()), SystemClock().now()
    ids = store.ids() if licence is None else (licence,)
    found = [store.read(store.path(name)) for name in ids]
    if as_json:
        console.print_json(data=[x.model_dump(mode="json") for x in found])
        return
    if not found:
        console.print("No licence yet: castmate licence form > FILE, then castmate licence new FILE")
    for one in found:
        table = Table.grid(padding=(0, 2, 0, 0))
        for name, value in one.model_dump(mode="json", exclude={"id"}).items():
            shown = (
                ", ".join(value)
                if isinstance(value, list)
                else json.dumps(value)
                if isinstance(value, dict)
                else str(value)
            )
            table.add_row(name, escape(shown or "none"))
        why = "; ".join(f.message for f in one.standing(now))
        console.print(f"[bold]{one.id}[/bold]", escape(why) or "holds today", highlight=False)
        console.print(table, highlight=False)


@app.command("check")
def check(
    licence: Annotated[str, typer.Argument(help="Id of the licence.")],
    use: Annotated[Use, typer.Option(help="What is to be done.")] = Use.LIVE,
    platform: Annotated[str, typer.Option(help="Where, e.g. youtube.")] = "",
    category: Annotated[str, typer.Option(help="Product category, as in the catalogue.")] = "",
    territory: Annotated[str, typer.Option(help="Where viewers are, e.g. US-NY.")] = "",
    at: Annotated[str | None, typer.Option(help="Moment with its zone (ISO 8601). Default: now.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")] = False,
) -> None:
    """Would this use be allowed? Exit code 0: yes; 2: no, and why."""
    store = open_licences(read_settings())
    moment = SystemClock().now() if at is None else _moment(at)
    wider = lineage(territory)[1:]
    found = store.read(store.path(licence)).allows(use, platform, category, territory, moment, wider=wider)
    if as_json:
        rows = [{"rule": f.rule, "message": f.message, "remedy": f.remedy} for f in found]
        console.print_json(data={"allowed": not found, "findings": rows})
    elif not found:
        console.print("[green]Allowed.[/green]" + (" (making a clone)" if use in MAKING else ""))
    for finding in () if as_json else found:
        console.print(f"[red]{finding.rule}[/red]", escape(finding.message), highlight=False)
        console.print(f"  {escape(finding.remedy)}", highlight=False)
    if found:
        raise typer.Exit(2)


@app.command("withdraw")
def withdraw(
    licence: Annotated[str, typer.Argument(help="Id of the licence.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """The performer withdraws. The key is destroyed; running shows end within a minute. Never undone.

    Records of past shows stay for their retention time; face, voice and footage sealed under the licence
    can never be opened again, in no copy: a restore replays this withdrawal first.
    """
    if not yes:
        typer.confirm(f"Destroy the key of {licence} for ever?", abort=True)
    settings = read_settings()
    untold = withdraw_licence(settings, licence, SystemClock().now())
    console.print(f"Withdrawn: {licence}. Its key is destroyed; shows under it end within a minute.")
    if untold:
        console.print("[bold red]Other machines were not told[/]: stop their shows; castmate store push.")
        console.print(untold, markup=False, highlight=False)


@app.command("statement")
def statement(
    licence: Annotated[str, typer.Argument(help="Id of the licence.")],
    since: Annotated[
        str | None, typer.Option("--from", help="From this moment (ISO 8601, with zone).")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="Up to this moment.")] = None,
    sales: Annotated[
        str | None, typer.Option(help="What these shows sold, for a fee by sales share.")
    ] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write the statement to send to the performer.")] = None,
    lang: Annotated[Literal["en", "zh"], typer.Option(help="Language of the statement.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")] = False,
) -> None:
    """Where and how long the clone aired, by the ledgers of all shows, and what is owed for it.

    A show whose ledger is not whole does not count and is named. Rehearsals are not on air.
    """
    from bot.statement import state, statement_paper  # the writer of PDF only where one is written

    settings = read_settings()
    store, dossiers = open_licences(settings), open_dossiers(settings)
    found = state(
        store.read(store.path(licence)),
        [p.parent for p in settings.show_folder.glob("*/ledger.jsonl")],
        dossiers.account,
        dossiers.broken,
        None if since is None else _moment(since),
        None if until is None else _moment(until),
        None if sales is None else _amount(sales),
    )
    now = SystemClock().now()
    if pdf is not None:
        statement_paper(found, lang, now).save(pdf, now)
    if as_json:
        console.print_json(data=found.record())
        return
    for one in found.airings:
        where = ", ".join(one.destinations)
        line = f"{one.start:%Y-%m-%d %H:%M} UTC  {one.milliseconds / 60_000:.3f} min  {where}  {one.folder}"
        console.print(escape(line), highlight=False, soft_wrap=True)
    owed = "no fee was agreed" if found.fee is None else f"{found.fee} {found.currency}"
    console.print(f"{found.milliseconds / 60_000:.3f} minutes on air; {owed}", style="bold", highlight=False)
    for line in found.left_out:
        console.print(f"[yellow]Not counted:[/] {escape(line)}", highlight=False)
    if pdf is not None:
        console.print(f"Written: {escape(str(pdf))}", highlight=False)


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ContentError(f"{text!r} is no amount.", remedy="Write a number such as 12034.50.") from None


def _form(file: Path, document: str) -> Licence:
    """The form with the document's hash put in. DocumentError names line and field of what is wrong."""
    text = file.read_text("utf-8") if file.is_file() else ""
    if text and "document:" not in text:
        whole = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        try:
            whole.write_text(f"{text.rstrip()}\ndocument: {document}\n", "utf-8")
            return load_licence(whole)
        except DocumentError as error:
            raise ContentError(error.message.replace(str(whole), str(file))) from None
        finally:
            whole.unlink(missing_ok=True)
    licence = load_licence(file)
    if licence.document != document:
        raise ContentError(f"{file} names another document than the one given.", remedy="Compare the two.")
    return licence


def _digest(document: Path) -> str:
    try:
        return hashlib.sha256(document.read_bytes()).hexdigest()
    except OSError as error:
        text = f"The document {document} cannot be read: {error.strerror or error}."
        raise SetupError(text, remedy="Check the path.") from None


def _phrase() -> str:
    return " ".join(secrets.SystemRandom().sample(WORDS, 4))


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise SetupError(f"{text!r} is no moment with its zone.", remedy="Write 2026-12-01T20:00:00+00:00")
    return at


def _tell_phrase(licence: Licence) -> None:
    if licence.phrase is not None:
        minutes = int(PHRASE_VALID.total_seconds() // 60)
        console.print(f"One-time phrase, to be said in the footage within {minutes} minutes:")
        console.print(f"  {licence.phrase.words}", style="bold", highlight=False)
