"""castmate claims: try whether words may be said of a product."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.clock import SystemClock
from bot.commands.catalogue import DEFAULT_DATABASE, Database, fail, open_catalogue
from bot.compliance.clearance import CatalogueClearance
from products.errors import CastmateError, ContentError
from products.verdict import Utterance, Verdict

app = typer.Typer(help="Try whether words may be said of a product.", no_args_is_help=True)
out = Console()


@app.callback()
def claims() -> None:
    """Try whether words may be said of a product."""


@app.command()
def check(
    text: Annotated[str, typer.Option(help="The words.")],
    product: Annotated[
        list[str] | None, typer.Option(help="Handle that the words are about. May be repeated.")
    ] = None,
    lang: Annotated[str, typer.Option(help="Their language.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
    database: Database = DEFAULT_DATABASE,
) -> None:
    """Check TEXT against the catalogue as it is now. Exit code 0: it may be said; 2: it may not."""
    now = SystemClock().now()
    try:
        catalogue = open_catalogue(database)
        for handle in product or []:
            if catalogue.product(handle) is None:
                raise ContentError(f"There is no product {handle!r}.", remedy="See castmate catalogue list.")
        verdict = CatalogueClearance(catalogue).clear(
            Utterance(text, lang, products=tuple(product or ())), now
        )
    except CastmateError as error:
        raise fail(error) from error
    if as_json:
        typer.echo(json.dumps(_plain(verdict), ensure_ascii=False, indent=2))
    else:
        _print(verdict)
    if not verdict.cleared:
        raise typer.Exit(2)


def _plain(verdict: Verdict) -> dict[str, object]:
    return {
        "cleared": verdict.cleared,
        "at": verdict.at.isoformat(),
        "statements": [
            {"text": s.text, "start": s.start, "end": s.end, "role": s.role, "value": s.value, "fact": s.fact}
            for s in verdict.statements
        ],
        "findings": [
            {
                "rule": f.rule,
                "severity": f.severity.value,
                "message": f.message,
                "source": f.source,
                "remedy": f.remedy,
                "start": f.start,
                "end": f.end,
            }
            for f in verdict.findings
        ],
    }


def _print(verdict: Verdict) -> None:
    out.print("[green]It may be said.[/]" if verdict.cleared else "[red]It may not be said.[/]")
    for s in verdict.statements:
        carried = f"[green]{escape(s.fact)}[/]" if s.fact else "[red]no fact[/]"
        out.print(f"  {escape(s.text)}  ({s.role})  {carried}", soft_wrap=True)
    for f in verdict.findings:
        out.print(f"  {f.severity.value} {f.rule}: {escape(f.message)} {escape(f.remedy)}", soft_wrap=True)
