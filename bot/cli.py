"""castmate ...: the command line. Errors are told in plain words; exit code 2 for the user's, 1 for ours.

Only the command that is called is imported: all of them together take three seconds of a processor, which a
show's studio would pay again, since it imports what started its parent.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from products.errors import CastmateError

if TYPE_CHECKING:
    from bot.show.spare_studio import SpareStudio

# In the order of the help. A command is the function of its name in bot.commands.NAME, a group its `app`.
COMMANDS = (
    "demo", "preflight", "air", "rehearse", "clip", "clips", "serve", "evidence", "watermark", "backup",
    "restore", "doctor",
)  # fmt: skip
GROUPS = (
    "calendar", "catalogue", "claims", "clone", "compliance", "connectors", "fleet", "keys", "ledger",
    "licence", "packs", "people", "scripts", "recording", "store", "voice",
)  # fmt: skip
ELSEWHERE = {"restore": "backup"}


def program(called: str | None = None) -> typer.Typer:
    """The command line with all commands, or with the one that is called if there is one of that name."""
    app = typer.Typer(
        name="castmate",
        help="Puts a consenting person's AI clone on shopping livestreams. Start with: castmate demo",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_all_commands)
    alone = called in (*COMMANDS, *GROUPS)
    for name in COMMANDS:
        if name == called or not alone:
            app.command()(getattr(import_module(f"bot.commands.{ELSEWHERE.get(name, name)}"), name))
    for name in GROUPS:
        if name == called or not alone:
            app.add_typer(import_module(f"bot.commands.{name}").app, name=name)
    return app


def _all_commands() -> None:
    """Without it a program of one command would be that command."""


def __getattr__(name: str) -> typer.Typer:
    """`app`: the command line with all commands, made when it is asked for (PEP 562)."""
    if name == "app":
        return program()
    raise AttributeError(name)


def main(spare: "SpareStudio | None" = None) -> None:
    """Entry of the `castmate` command. `spare`: the studio of a process that has waited for its show."""
    console = Console(stderr=True)
    try:
        program(sys.argv[1] if len(sys.argv) > 1 else None)(obj=spare)
    except CastmateError as error:
        console.print("Not done.", style="bold red", end=" ")
        console.print(error.message, markup=False, highlight=False)
        if error.remedy:
            console.print("What to do:", style="bold", end=" ")
            console.print(error.remedy, markup=False, highlight=False)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
