"""castmate preflight SHOW: would the show go live? Each item passed, failed, or waiting for evidence."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.addresses import read_address
from bot.app import ShowBuilder, live_clock, prepare_reel
from bot.commands.air import platform_for
from bot.commands.progress import bar
from bot.compliance.preflight import Checklist, State
from bot.preflight import check_show
from bot.settings import read_settings
from bot.shop import ShowOrder, make_folders

console = Console()
LOOKS = {
    State.PASSED: "[green]passed[/]",
    State.WAITING: "[yellow]waits[/]",
    State.FAILED: "[bold red]failed[/]",
}


def preflight(
    show: Annotated[Path, typer.Argument(help="The show file, e.g. sample/show.yaml.")],
    to: Annotated[list[str] | None, typer.Option(help="Where it would be pushed. Repeatable.")] = None,
    platform: Annotated[str | None, typer.Option(help="Whose rules apply, e.g. youtube.")] = None,
    market: Annotated[str | None, typer.Option(help="Market of the account, e.g. US.")] = None,
    audience: Annotated[
        list[str] | None, typer.Option(help="Where viewers are, e.g. US. Repeatable.")
    ] = None,
    lang: Annotated[str | None, typer.Option(help="Language of the show: en or zh.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Planned length.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Would this show go live? Looks at rules, papers, label, marks, room, clocks, and says what is missing.

    Nothing is sent. Exit code 0: it may begin; 2: an item has failed.
    """
    settings = read_settings()
    make_folders(settings)
    addresses = tuple(read_address(given) for given in to or ())
    order = ShowOrder(
        file=show,
        language=lang,
        minutes=minutes,
        platform=platform_for(platform, addresses),
        market=market,
        audience=tuple(audience or ()),
        to=addresses,
    )
    with tempfile.TemporaryDirectory(prefix=".preflight-", dir=settings.data) as folder:
        builder = ShowBuilder(order, settings, live_clock(order), Path(folder))
        try:
            with bar("Drawing the host") as progress:
                reel = prepare_reel(builder.shop, settings, progress)
            checklist = check_show(builder, reel)
        finally:
            builder.close()
    if as_json:
        console.print_json(data=checklist.record())
    else:
        tell(checklist)
    if not checklist.ok:
        raise typer.Exit(2)


def tell(checklist: Checklist) -> None:
    """The items as a table, then the answer."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column()
    table.add_column(ratio=1, overflow="fold")
    for item in checklist.items:
        remedy = f"\n[bold]What to do:[/] {escape(item.remedy)}" if item.remedy else ""
        ids = (
            f" [dim]({', '.join(item.rules[:6])}{' ...' if len(item.rules) > 6 else ''})[/]"
            if item.rules
            else ""
        )
        table.add_row(LOOKS[item.state], item.name, escape(item.message) + ids + remedy)
    console.print(table, highlight=False)
    console.print("[green]The show may begin.[/]" if checklist.ok else "[red]The show may not go live.[/]")
