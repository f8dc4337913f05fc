"""castmate connectors: which platforms Castmate can talk to, their accounts, and whether they are ready."""

import asyncio
import json
import os
import sys
import webbrowser
from contextlib import suppress
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.accounts import SealedKeeper, account_keeper
from bot.clock import SystemClock
from bot.commands.plugin_agreement import agree, declared, tell_plugin
from bot.outside import real_outside
from bot.settings import read_settings
from connectors.account import Account
from connectors.base import Cap, Check, CheckState
from connectors.login import ask_fields
from connectors.registry import Entry, listing
from products.errors import CastmateError, SetupError

app = typer.Typer(help="Platforms: list them, log in, look whether all is in order.", no_args_is_help=True)
app.command("agree")(agree)
console = Console()
AS_JSON = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
ACCOUNT = Annotated[str, typer.Option("--account", help="Your own word for the account.")]
CAN = {
    Cap.EGRESS: "stream",
    Cap.CHAT_IN: "read chat",
    Cap.CHAT_OUT: "answer",
    Cap.PIN: "pin",
    Cap.DISCLOSE: "AI flag",
    Cap.METRICS: "figures",
    Cap.ORDERS: "orders",
}
_COLOUR = {CheckState.OK: "green", CheckState.BAD: "red", CheckState.BY_HAND: "yellow"}


@app.command("list")
def list_connectors(as_json: AS_JSON = False) -> None:
    """All connectors, what each can do, how it is written behind --to, and which accounts are logged in."""
    found, accounts = listing(), account_keeper(read_settings()).names()
    if as_json:
        rows = [_row(entry, accounts) | declared(entry) for entry in found.entries.values()]
        print_json({"connectors": rows, "broken": dict(found.broken)})
        return
    table = Table(title=None, show_edge=False, pad_edge=False)
    for name in ("name", "platform", "can", "behind --to", "accounts"):
        table.add_column(name, overflow="fold")
    for entry in sorted(found.entries.values(), key=lambda e: e.name):
        row = _row(entry, accounts)
        cells = (entry.name, entry.title, ", ".join(row["can"]), row["to"], ", ".join(row["accounts"]) or "-")
        table.add_row(*(escape(cell) for cell in cells))
    console.print(table)
    for entry in found.entries.values():
        if entry.plugin is not None:
            tell_plugin(entry.plugin, console)
    for name, why in found.broken.items():
        console.print(f"Cannot be used: {name}. {why}", style="red", markup=False, highlight=False)
    console.print(
        "\nAn account: castmate connectors login NAME. Whether it is ready: castmate connectors check"
    )


def _row(entry: Entry, accounts: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    return {
        "name": entry.name,
        "title": entry.title,
        "rules": entry.policy,
        "can": [CAN[cap] for cap in Cap if cap in entry.caps],
        "to": entry.address or f"{entry.name}:ACCOUNT",
        "accounts": [name for platform, name in accounts if platform == entry.name],
        "by_hand": list(entry.manual),
    }


@app.command("login")
def login(
    name: Annotated[
        str, typer.Argument(help="Name of the connector, or NAME:ACCOUNT: castmate connectors list.")
    ],
    account: ACCOUNT = "main",
    again: Annotated[bool, typer.Option(help="Ask for everything anew.")] = False,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="FIELD=VALUE, for what is seldom needed.")
    ] = None,
) -> None:
    """Log in an account of yours. What it needs is asked for, and kept sealed on this machine. With --set an
    account that is there already is changed, and nothing is asked.
    """
    name, colon, named = name.partition(":")
    account = named if colon else account
    entry = _with_account(name)
    keeper = account_keeper(read_settings())
    if again:
        keeper.forget(name, account)
    theirs = Account(name, account, keeper)
    known = not theirs.empty
    for pair in set_ or ():
        field, equals, value = pair.partition("=")
        if not equals or not field:
            raise SetupError(f"--set {field} has no value.", remedy="Write FIELD=VALUE.")
        theirs.keep(**{field: value or None})
    if set_ and known:  # changing a field is no reason to log in again
        console.print(f"Kept for {name}:{account}.", highlight=False)
        return
    asyncio.run(_log_in(entry, theirs))
    console.print(
        f"Logged in: {name}:{account}. Put the show there with --to {name}:{account}.", highlight=False
    )


async def _log_in(entry: Entry, account: Account) -> None:
    operator = Terminal()
    await ask_fields(entry.fields, account, operator)
    if entry.login is not None:
        await entry.login(account, real_outside(SystemClock()), operator)


@app.command("logout")
def logout(
    name: Annotated[str, typer.Argument(help="Name of the connector.")], account: ACCOUNT = "main"
) -> None:
    """Forget an account on this machine. On the platform it stays until you remove it there."""
    if not account_keeper(read_settings()).forget(name, account):
        raise SetupError(f"There is no account {name}:{account}.", remedy="See: castmate connectors list.")
    console.print(f"Forgotten: {name}:{account}.", highlight=False)


@app.command("check")
def check(
    which: Annotated[
        str | None, typer.Argument(help="NAME or NAME:ACCOUNT; left out: every account.")
    ] = None,
    as_json: AS_JSON = False,
) -> None:
    """Ask each platform whether a show could go there now. What fails is explained, with a remedy."""
    keeper = account_keeper(read_settings())
    accounts = [a for a in keeper.names() if which in (None, a[0], f"{a[0]}:{a[1]}")]
    if which is not None and not accounts:
        entry = _with_account(which.partition(":")[0])
        raise SetupError(
            f"No account of {entry.title} is logged in{' as ' + which if ':' in which else ''}.",
            remedy=f"Run: castmate connectors login {which}",
        )
    found = asyncio.run(_check_all(accounts, keeper))
    bad = any(c.state is CheckState.BAD for checks in found.values() for c in checks)
    if as_json:
        print_json({"ok": not bad, "accounts": {k: [_plain(c) for c in v] for k, v in found.items()}})
    else:
        _print_checks(found)
    raise typer.Exit(2 if bad else 0)


async def _check_all(accounts: list[tuple[str, str]], keeper: SealedKeeper) -> dict[str, tuple[Check, ...]]:
    """One after another: a person reads them, and platforms count calls."""
    return {f"{platform}:{name}": await check_account(platform, name, keeper) for platform, name in accounts}


async def check_account(platform: str, name: str, keeper: SealedKeeper) -> tuple[Check, ...]:
    """What the connector of that account finds; an error of its own is a finding too."""
    try:
        entry = listing().entry(platform)
        if entry.make is None:
            return (Check("account", CheckState.BAD, f"{entry.title} takes no account.", "Log it out."),)
        outside = real_outside(SystemClock(), read_settings())
        connector = entry.make(Account(platform, name, keeper), outside)
    except CastmateError as error:
        return (Check("account", CheckState.BAD, error.message, error.remedy),)
    try:
        by_hand = tuple(Check("by hand", CheckState.BY_HAND, step) for step in entry.manual)
        return (*await connector.check(), *by_hand)
    except CastmateError as error:
        return (Check("platform", CheckState.BAD, error.message, error.remedy),)
    finally:
        await connector.close("the check is done")


def _print_checks(found: dict[str, tuple[Check, ...]]) -> None:
    if not found:
        console.print("No account is logged in. Begin with: castmate connectors login NAME")
    for account, checks in found.items():
        console.print(account, style="bold", highlight=False)
        for c in checks:
            console.print(f"  [{_COLOUR[c.state]}]{c.state.value:<8}[/]", end="")
            console.print(f" {c.what}: {c.says}", markup=False, highlight=False)
            if c.remedy:
                console.print(f"           What to do: {c.remedy}", markup=False, highlight=False)


def _plain(c: Check) -> dict[str, str]:
    return {"what": c.what, "state": c.state.value, "says": c.says, "remedy": c.remedy}


def _with_account(name: str) -> Entry:
    entry = listing().entry(name)
    if entry.make is None:
        raise SetupError(f"{entry.title} needs no account.", remedy=f"It is: {entry.address}.")
    return entry


def print_json(data: Any) -> None:
    """Whole lines, whatever the width of the terminal."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


class Terminal:
    """Implements connectors.login.Operator."""

    def tell(self, text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    def ask(self, question: str, *, default: str = "", secret: bool = False) -> str:
        answer: str = typer.prompt(question, default=default, hide_input=secret, show_default=bool(default))
        return answer

    def show_page(self, url: str) -> None:
        self.tell(url)
        if has_windows():  # elsewhere a browser would be one of text, and take the terminal
            with suppress(webbrowser.Error):
                webbrowser.open(url)


def has_windows() -> bool:
    """Whether a browser can open a window here."""
    shown = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return shown or sys.platform in ("darwin", "win32")
