"""castmate packs: which rules Castmate knows, whether files of packs are sound, what they mean for a show."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.clock import SystemClock
from bot.compliance.decision import Decision, decide
from bot.compliance.evidence import ShowFacts
from bot.compliance.explain import Explanation, explain_decision
from bot.compliance.office import open_office
from bot.compliance.packs import SHIPPED_LAW, SHIPPED_PLATFORMS, Pack, load_packs
from bot.compliance.selection import destination_in
from bot.settings import read_settings
from products.errors import SetupError

app = typer.Typer(
    help="Rules of platforms and of law: list them, check files, ask what they mean for a show."
)
console = Console()


@app.command("list")
def list_packs(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """All rules that Castmate ships, by platform and jurisdiction."""
    packs = load_packs()
    today = SystemClock().now().date()
    if as_json:
        console.print_json(data=[_row(p) for p in packs])
        return
    table = Table(title=None, show_edge=False, pad_edge=False)
    for name in ("pack", "where", "platform", "stance", "rules", "checked", "look again"):
        table.add_column(name, justify="right" if name == "rules" else "left", overflow="fold")
    for pack in sorted(packs, key=lambda p: (not p.is_law, p.name)):
        due = pack.review_due()
        again = "never checked" if pack.last_checked is None else "-" if due is None else str(due)
        places = ", ".join("everywhere" if j == "*" else j for j in pack.scope.jurisdictions)
        table.add_row(
            pack.name,
            places,
            "law" if pack.is_law else ", ".join(pack.scope.platforms),
            pack.stance.value.replace("_", " "),
            str(len(pack.rules)),
            "-" if pack.last_checked is None else str(pack.last_checked),
            f"[yellow]{again}[/yellow]" if pack.stale(today) else again,
        )
    console.print(table)
    rules = sum(len(p.rules) for p in packs)
    console.print(f"\n{len(packs.packs)} packs, {rules} rules. What they mean: castmate packs explain --help")


def _row(pack: Pack) -> dict[str, object]:
    return {
        "pack": pack.name,
        "version": pack.version,
        "jurisdictions": list(pack.scope.jurisdictions),
        "platforms": list(pack.scope.platforms),
        "stance": pack.stance.value,
        "rules": [r.id for r in pack.rules],
        "last_checked": None if pack.last_checked is None else pack.last_checked.isoformat(),
        "hash": pack.hash,
    }


@app.command("check")
def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Folders with packs of your own, read beside those that ship.")
    ] = None,
) -> None:
    """Read all packs and say whether they are sound. Every problem is named with file, pack and rule."""
    shipped = load_packs()
    packs = load_packs([SHIPPED_LAW, SHIPPED_PLATFORMS, *paths]) if paths else shipped
    own = len(packs.packs) - len(shipped.packs)
    rules = sum(len(p.rules) for p in packs)
    added = f", {own} of them your own" if paths else ""
    console.print(f"[green]Sound.[/green] {len(packs.packs)} packs{added}, {rules} rules.")
    today = SystemClock().now().date()
    old = [p.name for p in packs if p.stale(today)]
    if old:
        console.print(f"[yellow]Due for another look at the sources:[/yellow] {', '.join(old)}")


@app.command("explain")
def explain(
    platform: Annotated[list[str], typer.Option(help="Platform, e.g. youtube. Repeatable.")],
    jurisdiction: Annotated[
        str | None, typer.Option(help="Market of the shop or account, e.g. CN, US. Also where viewers are.")
    ] = None,
    audience: Annotated[
        list[str] | None, typer.Option(help="Where viewers are, e.g. EU. Repeatable.")
    ] = None,
    on: Annotated[
        str | None, typer.Option("--date", help="Day of the show, YYYY-MM-DD. Default: today.")
    ] = None,
    drawn: Annotated[
        bool,
        typer.Option("--drawn/--cloned", help="A drawn host with a stock voice, or a clone of a person."),
    ] = False,
    local: Annotated[bool, typer.Option("--local", help="Try it in the shop: nothing is sent out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")] = False,
) -> None:
    """May the clone sell there, in which mode, and what must be done? With rules and sources."""
    office = open_office(read_settings().office)
    viewers = tuple(audience or ([jurisdiction] if jurisdiction else []))
    facts = ShowFacts(cloned_person=False if drawn else None, evidence=office.evidence())
    destinations = [destination_in(office.packs, name, jurisdiction) for name in platform]
    decision = decide(
        office.packs,
        destinations,
        viewers,
        _day(on),
        facts,
        office.confirmations,
        office.waivers,
        compliance_keys=office.keys,
        local_try=local,
    )
    if as_json:
        console.print_json(data=plain(decision))
        return
    _print(explain_decision(decision), decision)


def plain(decision: Decision) -> dict[str, object]:
    """The decision as JSON: its mode and outcome, each rule in full with its source, each finding."""
    told = explain_decision(decision)
    rules = [
        {
            "id": rule.id,
            "kind": rule.kind,
            "summary": rule.summary,
            "severity": rule.weight.value,
            "status": rule.status,
            "confidence": rule.confidence,
            "verify": rule.verify,
            "effective_from": None if rule.effective_from is None else rule.effective_from.isoformat(),
            "source": rule.source.model_dump(mode="json"),
        }
        for rule in (*decision.merged.rules, *decision.merged.advice)
    ]
    sources = dict.fromkeys(str(r.source) for r in (*decision.merged.rules, *decision.merged.advice))
    said = {
        title: [{"text": text, "from": origin} for text, origin in items] for title, items in told.sections
    }
    coming = [{"id": r.id, "from": str(r.effective_from), "summary": r.summary} for r in decision.coming]
    return decision.record() | {
        "headline": told.headline,
        "meaning": told.meaning,
        "rules": rules,
        "sources": list(sources),
        "coming": coming,
        "in_words": said,
    }


def _day(text: str | None) -> date:
    if text is None:
        return SystemClock().now().date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SetupError(f"{text!r} is no day.", remedy="Write it as 2026-11-22.") from None


def _print(told: Explanation, decision: Decision) -> None:
    colour = {"conditions": "green", "confirm": "yellow", "refuse": "red"}[decision.outcome.value]
    console.print(f"[bold {colour}]{escape(told.headline)}[/bold {colour}]")
    console.print(escape(told.meaning), highlight=False)
    for title, items in told.sections:
        console.print(f"\n[bold]{escape(title)}[/bold]")
        _items(items)


def _items(items: Sequence[tuple[str, str]]) -> None:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=1)
    table.add_column(ratio=1, overflow="fold")
    for text, source in items:
        tail = f" [dim]{escape(source)}[/dim]" if source else ""
        table.add_row("·", escape(text) + tail)
    console.print(table, highlight=False)
