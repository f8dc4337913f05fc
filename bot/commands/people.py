"""castmate people: who may sign in to the console, and links for those who cannot."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.clock import SystemClock
from bot.commands.way_in import way_in
from bot.console.account_book import Book
from bot.console.people import People
from bot.console.roles import Role
from bot.settings import Settings, read_settings
from bot.store import migrate, open_engine
from products.errors import SetupError

app = typer.Typer(help="Who may sign in to the console; links for those who cannot.", no_args_is_help=True)
console = Console(highlight=False, soft_wrap=True)


def _people(settings: Settings) -> People:
    engine = open_engine(settings.database_url)
    migrate(engine)
    return People(Book(engine, SystemClock().now))


def _say_link(settings: Settings, key: str, lasts: str) -> None:
    console.print(f"{way_in(settings.host, settings.port).address}/join?key={key}", markup=False)
    console.print(f"Good once, for {lasts}. Give it to nobody else.")


@app.command("list")
def show() -> None:
    """All accounts of the console, and the roles that they have."""
    rows = _people(read_settings()).all()
    if not rows:
        console.print("Nobody yet. The link that castmate serve prints makes the owner's account.")
        return
    table = Table("Name", "Role", "Since", "Codes", "")
    for row in rows:
        closed = "closed" if row.closed_at else ""
        table.add_row(row.name, row.role, f"{row.made_at:%Y-%m-%d}", "on" if row.totp else "off", closed)
    console.print(table)


@app.command()
def invite(
    name: Annotated[str, typer.Argument(help="What the others call them.")],
    role: Annotated[Role, typer.Option(help="What they may.")],
) -> None:
    """A link with which a new person makes their account, good once within three days."""
    settings = read_settings()
    people = _people(settings)
    if not people.begun():
        raise SetupError(
            "This console has no owner yet.", remedy="Start castmate serve and open the link that it prints."
        )
    _say_link(settings, people.invite(name, role, None), "three days")


@app.command()
def reset(name: Annotated[str, typer.Argument(help="Their name, as they sign in with it.")]) -> None:
    """A link with which a person sets a new password; passkeys, codes, tokens and browsers end with it."""
    settings = read_settings()
    people = _people(settings)
    row = people.by_login(name)
    if row is None or row.id is None:
        raise SetupError(f"Nobody is called {name!r}.", remedy="castmate people list tells the names.")
    _say_link(settings, people.reset(row.id, None), "a day")
