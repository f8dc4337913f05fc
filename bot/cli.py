"""castmate ...: the command line. Errors are told in plain words; exit code 2 for the user's, 1 for ours."""

import sys

import typer
from rich.console import Console

from bot.commands.air import air
from bot.commands.backup import backup, restore
from bot.commands.clip import clip
from bot.commands.demo import demo
from bot.commands.doctor import doctor
from bot.commands.evidence import evidence
from bot.commands.preflight import preflight
from bot.commands.rehearse import rehearse
from bot.commands.serve import serve
from bot.commands.watermark import watermark
from bot.show.spare_studio import SpareStudio
from products.errors import CastmateError

app = typer.Typer(
    name="castmate",
    help="Puts a consenting person's AI clone on shopping livestreams. Start with: castmate demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (demo, preflight, air, rehearse, clip, serve, evidence, watermark, backup, restore, doctor):
    app.command()(command)


def _add_groups() -> None:
    from bot.commands import (
        calendar,
        catalogue,
        claims,
        clone,
        compliance,
        connectors,
        fleet,
        keys,
        ledger,
        licence,
        packs,
        people,
        recording,
        scripts,
        store,
        voice,
    )

    for name, module in (
        ("calendar", calendar),
        ("catalogue", catalogue),
        ("claims", claims),
        ("clone", clone),
        ("compliance", compliance),
        ("connectors", connectors),
        ("fleet", fleet),
        ("keys", keys),
        ("ledger", ledger),
        ("licence", licence),
        ("packs", packs),
        ("people", people),
        ("scripts", scripts),
        ("recording", recording),
        ("store", store),
        ("voice", voice),
    ):
        app.add_typer(module.app, name=name)


_add_groups()


def main(spare: SpareStudio | None = None) -> None:
    """Entry of the `castmate` command. `spare`: the studio of a process that has waited for its show."""
    console = Console(stderr=True)
    try:
        app(obj=spare)
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
