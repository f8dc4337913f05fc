"""castmate catalogue: read a shop's products in, list them, show what may be said of one."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
from rich.table import Table
from sqlalchemy import Engine

from bot.clock import SystemClock
from bot.settings import read_settings
from bot.store import migrate, open_engine
from products.catalogue import Product
from products.errors import CastmateError, ContentError
from products.facts import facts_of
from products.intake.load import Report, import_catalogue
from products.intake.undo import undo_last
from products.questions import QuestionQueue
from products.sales import SaleBook
from products.store import SqlCatalogue

app = typer.Typer(
    help="Read a shop's products in, list them, show what may be said of one.", no_args_is_help=True
)
out = Console()
err = Console(stderr=True)

Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        envvar="CASTMATE_DATABASE",
        help="Path of a SQLite file, or a database URL; else the shop's own, in the data folder.",
    ),
]
DEFAULT_DATABASE: str | None = None  # the one of the settings
SHOWN = 20  # problems and handles printed; the rest is counted


def open_shop(database: str | None) -> Engine:
    """The database of the shop (None: that of the settings), its tables brought up to date."""
    engine = open_engine(database or read_settings().database_url)
    migrate(engine)
    return engine


def open_catalogue(database: str | None) -> SqlCatalogue:
    """The catalogue of a database (None: that of the settings)."""
    return SqlCatalogue(open_shop(database))


def fail(error: CastmateError) -> typer.Exit:
    """Prints what is wrong and gives the exit to raise."""
    err.print(f"[red]{escape(error.message)}[/] {escape(error.remedy)}".rstrip(), soft_wrap=True)
    return typer.Exit(error.exit_code)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A Shopify product CSV, another CSV or XLSX, or JSON Lines.")],
    lang: Annotated[
        str | None, typer.Option(help="Language of its words; else by its name (x.zh.csv), else en.")
    ] = None,
    currency: Annotated[str, typer.Option(help="ISO 4217 code of prices without one.")] = "USD",
    map_: Annotated[
        list[str] | None, typer.Option("--map", help="FIELD=HEADING, e.g. title=Name. May be repeated.")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="What the file no longer names becomes inactive.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    pictures: Annotated[Path, typer.Option(help="Folder for pictures fetched by web address.")] = Path(
        "var/pictures"
    ),
    database: Database = DEFAULT_DATABASE,
) -> None:
    """Read FILE in: new products are added, known ones updated by handle and SKU.

    A file in another language (products.zh.csv) only adds words to products that are there.
    Rows that are wrong are listed with what to do; the good ones land.
    A file that is no catalogue changes nothing.
    """
    try:
        mapping = _mapping(map_ or [])
        engine = open_shop(database)
        with Progress(
            TextColumn("Reading {task.description}"), BarColumn(), DownloadColumn(), console=err
        ) as bar:
            task = bar.add_task(escape(file.name), total=None)
            report = import_catalogue(
                engine,
                file,
                SystemClock().now(),
                language=lang,
                currency=currency.upper(),
                mapping=mapping,
                full=full,
                dry_run=dry_run,
                pictures=pictures,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
                undoable=True,
            )
    except CastmateError as error:
        raise fail(error) from error
    _print_report(report)


@app.command()
def undo(database: Database = DEFAULT_DATABASE) -> None:
    """Take the last file that was read in back: the catalogue becomes what it was before.

    That can be done once, and only until another file is read in.
    """
    try:
        done = undo_last(open_shop(database))
    except CastmateError as error:
        raise fail(error) from error
    out.print(
        f"{escape(Path(done.file).name)} ({done.language}) is taken back: {done.new} new products are out, "
        f"{done.changed} changed and {done.gone} gone ones are as before.",
        soft_wrap=True,
    )


def _mapping(pairs: list[str]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for pair in pairs:
        field, equals, heading = pair.partition("=")
        if not equals or not field.strip() or not heading.strip():
            raise ContentError(f"--map {pair!r} is not FIELD=HEADING.", remedy="Write e.g. --map title=Name.")
        mapping[field.strip()] = heading.strip()
    return mapping


def _print_report(report: Report) -> None:
    diff = report.diff
    verb = "Would change" if report.dry_run else "Changed"
    out.print(
        f"{escape(report.file.name)} ({report.language}): {report.rows} rows. {verb}: {len(diff.new)} new, "
        f"{len(diff.changed)} changed, {len(diff.gone)} gone, {len(diff.unchanged)} as before.",
        soft_wrap=True,
    )
    for name, handles in (("new", diff.new), ("changed", diff.changed), ("gone", diff.gone)):
        if handles:
            more = f" and {len(handles) - SHOWN} more" if len(handles) > SHOWN else ""
            out.print(f"  {name}: {escape(', '.join(handles[:SHOWN]))}{more}", soft_wrap=True)
    for problem in report.problems[:SHOWN]:
        out.print(f"[yellow]  {escape(str(problem))}[/]", soft_wrap=True)
    hidden = max(0, len(report.problems) - SHOWN) + report.problems_left_out
    if hidden:
        out.print(f"[yellow]  and {hidden} more rows to look at.[/]")
    for handle, language, sentence, why in report.unsayable[:SHOWN]:
        out.print(
            f"[yellow]  {handle} ({language}): the host will not say {escape(repr(sentence))} ({why}). "
            "Write it without the claim.[/]",
            soft_wrap=True,
        )


@app.command()
def questions(
    close: Annotated[int | None, typer.Option("--close", help="Number of a question that is done.")] = None,
    note: Annotated[str, typer.Option(help="What was done about it, with --close.")] = "",
    by: Annotated[str, typer.Option(help="Who did it, with --close.")] = "",
    kind: Annotated[str | None, typer.Option(help="Only these: product, shop or order.")] = None,
    database: Database = DEFAULT_DATABASE,
) -> None:
    """List what viewers asked and the catalogue does not tell, the most asked first.

    Answer a question about a product in its page, and import it anew: the host says it from then on.
    """
    try:
        queue = QuestionQueue(open_catalogue(database).engine)
        if close is not None:
            if not queue.close(close, by, note, SystemClock().now()):
                raise ContentError(f"No open question has number {close}.", remedy="List them first.")
            out.print(f"Question {close} is closed.")
            return
        waiting = queue.waiting(kind)
    except CastmateError as error:
        raise fail(error) from error
    if not waiting:
        out.print("No question waits.")
        return
    table = Table("No.", "Asked", "Kind", "Product", "Question", "Last", "From", box=None)
    for row in waiting:
        asker = row.asker
        who = f"{asker.get('viewer', '')} ({asker.get('channel', '')})" if row.times == 1 else ""
        table.add_row(
            str(row.id),
            f"{row.times} x",
            row.kind,
            row.product or "",
            escape(row.text),
            f"{row.last_at:%Y-%m-%d %H:%M}",
            escape(who),
        )
    out.print(table)


@app.command()
def sold(
    show: Annotated[str, typer.Argument(help="The show's name, as its file says.")],
    database: Database = DEFAULT_DATABASE,
) -> None:
    """Which words sold: the sentences of a show with the orders that came by them, the best first.

    An order belongs to the last sentence about its product that began at most 15 minutes before it.
    """
    try:
        found = SaleBook(open_catalogue(database).engine).of(show)
    except CastmateError as error:
        raise fail(error) from error
    if not found:
        out.print(f"No order of {show} is known.", highlight=False)
        return
    table = Table("Orders", "Paid", "Pieces", "Product", "Words", box=None)
    for row in found:
        words = escape(row.words) or "[dim]none about it before[/]"
        table.add_row(str(row.orders), str(row.paid), str(row.pieces), row.product or "not known", words)
    out.print(table)


@app.command("list")
def list_(database: Database = DEFAULT_DATABASE) -> None:
    """List the products that are on offer, by number."""
    try:
        products = open_catalogue(database).products()
    except CastmateError as error:
        raise fail(error) from error
    if not products:
        out.print("The catalogue is empty. Import one: castmate catalogue import FILE")
        return
    table = Table("No.", "Handle", "Title", "Price", "Left", "Languages", box=None)
    for product in products:
        table.add_row(
            str(product.number),
            product.handle,
            escape(product.text(product.default_language).title),
            _price(product),
            _left(product),
            ", ".join(product.texts),
        )
    out.print(table)


@app.command()
def show(handle: str, database: Database = DEFAULT_DATABASE) -> None:
    """Show every fact that may be said of the product HANDLE, with its source."""
    now = SystemClock().now()
    try:
        catalogue = open_catalogue(database)
        product = catalogue.product(handle)
        if product is None:
            near = ", ".join(p.handle for p in catalogue.search(handle, 3))
            raise ContentError(
                f"There is no product {handle!r}.",
                remedy=f"Did you mean {near}?" if near else "See castmate catalogue list.",
            )
    except CastmateError as error:
        raise fail(error) from error
    out.print(
        f"{product.number}. {escape(product.text(product.default_language).title)}"
        + ("" if product.active else " (inactive)")
    )
    table = Table("Fact", "Value", "Unit", "Lang", "Source", "Fresh", box=None)
    for fact in facts_of(product, now):
        table.add_row(
            fact.id,
            escape(fact.value),
            fact.unit,
            fact.language or "",
            escape(fact.source),
            "yes" if fact.fresh(now) else "too old",
        )
    out.print(table)


def _price(product: Product) -> str:
    prices = [v.offer.price.amount for v in product.variants]
    ends = dict.fromkeys(f"{p:.2f}" for p in (min(prices), max(prices)))
    return " to ".join(ends) + f" {product.variants[0].offer.price.currency}"


def _left(product: Product) -> str:
    if product.sold_out:
        return "sold out"
    known = [v.stock.quantity for v in product.variants if v.stock.quantity is not None]
    return str(sum(max(0, q) for q in known)) if len(known) == len(product.variants) else "not tracked"
