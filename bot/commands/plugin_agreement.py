"""castmate connectors agree: a person looks at what a plug-in declares, and says yes or no."""

from typing import Annotated, Any

import typer
from rich.console import Console

from bot.clock import SystemClock
from bot.plugins import Agreements
from bot.settings import read_settings
from connectors.registry import Entry, listing
from persona.clone.engines import GROUP as ENGINES
from products.confined.cell import lacking
from products.confined.declaration import growth
from products.confined.found import Plugin, installed, plugin_of
from products.errors import SetupError


def declared(entry: Entry) -> dict[str, Any]:
    """Of a plug-in what it declares, and what of it nobody agreed to yet."""
    plugin = entry.plugin
    if plugin is None:
        return {}
    missing = Agreements(read_settings()).missing(plugin)
    return {
        "plugin": {
            **plugin.powers(),
            "version": plugin.version,
            "to_agree": list(missing),
            "not_held_back": list(lacking(network=bool(plugin.declared.hosts))),
            "unconfined_files": list(plugin.beyond),
        }
    }


def tell_plugin(plugin: Plugin, console: Console) -> None:
    """All that a plug-in declares, in lines for the person who is to agree."""
    agreements = Agreements(read_settings())
    missing = agreements.missing(plugin)
    state = "not agreed to" if missing else "agreed to"
    lines = [f"\nPlug-in {plugin.name}: {plugin.package} {plugin.version}, by others; {state}."]
    lines += [f"  {words}" for words in growth(None, plugin.powers())]
    if missing and agreements.powers(plugin.name) is not None:
        lines += [f"  New since you agreed: {words}" for words in missing]
    lines += [f"  Not held back: {words}" for words in lacking(network=bool(plugin.declared.hosts))]
    lines += [f"  Runs outside of its process: {file}" for file in plugin.beyond]
    if missing:
        lines.append(f"  It is not used before: castmate connectors agree {plugin.name}")
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def agree(
    name: Annotated[str, typer.Argument(help="Name of a connector or engine that another package brings.")],
    by: Annotated[str, typer.Option("--by", help="Your name, for the ledger.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    take_back: Annotated[bool, typer.Option("--take-back", help="It shall not be used any more.")] = False,
) -> None:
    """Let a plug-in be used: shows what it declares, and asks. It is asked again when that grows; each yes is
    an entry of the plug-ins' ledger.
    """
    console, now = Console(), SystemClock().now()
    agreements = Agreements(read_settings())
    if take_back:
        if not agreements.take_back(name, by, now):
            raise SetupError(f"Nobody agreed to {name}.", remedy="See: castmate connectors list.")
        console.print(
            f"{name} is not used any more. Shows that air go on with it until they end.", highlight=False
        )
        return
    plugin = plugin_named(name)
    if not agreements.missing(plugin):
        console.print(f"{name} is agreed to already, and declares nothing new.", highlight=False)
        return
    tell_plugin(plugin, console)
    if not yes and not typer.confirm("Let it do this, and nothing else?"):
        raise SetupError(f"{name} stays unused.", remedy="Remove its package if you do not want it.")
    agreements.agree(plugin, by, now)
    console.print(f"Agreed. Noted in {agreements.ledger}.", highlight=False, soft_wrap=True)


def plugin_named(name: str) -> Plugin:
    """Raises SetupError where no package brings it, or it is ours."""
    entry = listing().entries.get(name)
    if entry is not None and entry.plugin is not None:
        return entry.plugin
    if entry is not None or name in listing().broken:
        listing().entry(name)  # raises what is wrong with a broken one
        raise SetupError(f"{name} is part of Castmate.", remedy="Nothing is to be agreed to.")
    for point in installed(ENGINES):
        if point.name == name:
            return plugin_of(point.name, point.value, point.dist)
    raise SetupError(f"No package brings {name}.", remedy="See: castmate connectors list.")
