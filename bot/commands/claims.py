"""castmate claims: try whether words may be said of a product."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.clock import SystemClock
from bot.commands.catalogue import DEFAULT_DATABASE, Database, fail, open_catalogue
from bot.commands.demo import sample_show
from bot.compliance.clearance import CatalogueClearance
from bot.compliance.packs import load_packs
from bot.compliance.speech_rules import rules_of
from products.errors import CastmateError, ContentError
from products.intake.load import import_catalogue
from products.stances import speaks_chinese
from products.store import SqlCatalogue, create_tables, open_engine
from products.verdict import Statement, Utterance, Verdict

app = typer.Typer(help="Try whether words may be said of a product.", no_args_is_help=True)
out = Console()
err = Console(stderr=True)


@app.callback()
def claims() -> None:
    """Try whether words may be said of a product."""


@app.command()
def check(
    text: Annotated[str, typer.Option(help="The words, as they would be spoken, shown or typed.")],
    product: Annotated[
        list[str] | None, typer.Option(help="Handle that the words are about. May be repeated.")
    ] = None,
    lang: Annotated[str | None, typer.Option(help="Their language; else by their letters.")] = None,
    jurisdiction: Annotated[
        str, typer.Option(help="Law that holds too: CN, US, EU, US-NY ...; else only what always holds.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
    catalogue: Annotated[
        list[Path] | None,
        typer.Option(help="Check against this file instead of the database. May be repeated."),
    ] = None,
    database: Database = DEFAULT_DATABASE,
) -> None:
    """Check TEXT against the catalogue as it is now. Exit code 0: it may be said; 2: it may not.

    Every amount, measure, size, promise and property in the words must stand in the catalogue, and not be
    older than its kind allows. An empty database is checked as the sample shop, so that this works at once:

    castmate claims check --product dawn-mug --text "It holds 350 ml and it is dishwasher safe."

    castmate claims check --product dawn-mug --text "只要九块九，全网最低！" --jurisdiction CN --json
    """
    now = SystemClock().now()
    try:
        shop = _shop(catalogue or [], database, now)
        for handle in product or []:
            if shop.product(handle) is None:
                near = ", ".join(p.handle for p in shop.search(handle, 3) or shop.products()[:12])
                raise ContentError(
                    f"There is no product {handle!r}.", remedy=f"Choose one, for example: {near}."
                )
        rules = rules_of(load_packs(), jurisdiction, now.date())
        utterance = Utterance(
            text, lang or ("zh" if speaks_chinese(text) else "en"), products=tuple(product or ())
        )
        verdict = CatalogueClearance(shop, **rules.as_arguments()).clear(utterance, now)
    except CastmateError as error:
        raise fail(error) from error
    if as_json:
        typer.echo(json.dumps(_plain(verdict), ensure_ascii=False, indent=2))
    else:
        _print(verdict)
    if not verdict.cleared:
        raise typer.Exit(2)


def _shop(files: list[Path], database: str | None, now: datetime) -> SqlCatalogue:
    """The files that are named, else the database, else, when that is empty, the sample shop."""
    if not files:
        shop = open_catalogue(database)
        if shop.products():
            return shop
        folder = sample_show().parent / "shop"
        files = [folder / "products.csv", folder / "products.zh.csv"]
        err.print("The catalogue is empty: checked against the sample shop.", soft_wrap=True)
    engine = open_engine("sqlite://")
    create_tables(engine)
    for file in files:
        import_catalogue(engine, file, now)
    return SqlCatalogue(engine)


def _plain(verdict: Verdict) -> dict[str, object]:
    return {
        "cleared": verdict.cleared,
        "at": verdict.at.isoformat(),
        "statements": [_statement(s, verdict) for s in verdict.statements],
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


def _statement(statement: Statement, verdict: Verdict) -> dict[str, object]:
    """With `fact`, the id of the one that carries it; else with `finding`, why it may not be said."""
    told: dict[str, object] = {
        "text": statement.text,
        "start": statement.start,
        "end": statement.end,
        "role": statement.role,
        "value": statement.value,
        "unit": statement.unit,
    }
    at = (statement.start, statement.end)
    finding = next((f for f in verdict.findings if (f.start, f.end) == at), None)
    if statement.fact is not None:
        told["fact"] = statement.fact
    if finding is not None:
        told["finding"] = {"rule": finding.rule, "message": finding.message, "remedy": finding.remedy}
    return told


def _print(verdict: Verdict) -> None:
    out.print("[green]It may be said.[/]" if verdict.cleared else "[red]It may not be said.[/]")
    for s in verdict.statements:
        carried = f"[green]{escape(s.fact)}[/]" if s.fact else "[red]no fact[/]"
        out.print(f"  {escape(s.text)}  ({s.role})  {carried}", soft_wrap=True)
    for f in verdict.findings:
        out.print(f"  {f.severity.value} {f.rule}: {escape(f.message)} {escape(f.remedy)}", soft_wrap=True)
