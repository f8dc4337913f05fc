"""`castmate clone train` and `castmate clone evaluate`: a clone from prepared footage, and how good it is."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from bot.clock import SystemClock
from bot.clone_packs import licence_named
from bot.licensed import open_licences
from bot.settings import read_settings
from persona.clone.neural.pack import read_head
from persona.clone.neural.recipe import Recipe
from persona.clone.prepared import HEAD, Prepared, load_prepared
from persona.clone.sealed import unseal_folder
from persona.licence import Use
from persona.sealing import LicenceStore
from products.errors import SetupError

console = Console()
Footage = Annotated[Path, typer.Argument(help="The folder that castmate clone prepare wrote.")]
LicenceId = Annotated[str, typer.Option("--licence", help="Id of the performer's licence.")]


def train(
    footage: Footage,
    licence: LicenceId,
    out: Annotated[Path, typer.Option(help="Folder of the clone.")] = Path("var/clone"),
    steps: Annotated[int | None, typer.Option(min=1, help="Of the training; fewer is quicker.")] = None,
    seed: Annotated[int, typer.Option(help="Same footage and seed, same clone.")] = 0,
    threads: Annotated[int, typer.Option(min=1, help="Processor threads.")] = 1,
    device: Annotated[str, typer.Option(help="auto (a GPU, where there is one), cpu, cuda:0 ...")] = "auto",
    anew: Annotated[bool, typer.Option(help="Do not go on with a training that was broken off.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was made as JSON.")] = False,
) -> None:
    """Train a clone on prepared footage: minutes on a processor. Broken off, it goes on where it was.

    Needs a licence that stands, with consent to the face. The clone is sealed with the licence's key: only
    where that key lies can it be opened, and never again once the licence is withdrawn.
    """
    from persona.clone.neural.course import train_pack

    settings, now = read_settings(), SystemClock().now()
    store = open_licences(settings)
    licence_named(store, licence, Use.TRAIN, now)
    recipe = Recipe(seed=seed) if steps is None else Recipe(seed=seed, steps=steps)
    with opened(footage, licence, store) as prepared, _Bars() as bars:
        recipe = recipe_for(prepared, recipe)
        course = train_pack(
            prepared, recipe, out, store, now, bars.told,
            lambda p: bars.told(f"Training ({p.best:.1f} dB)", p.step / p.steps), anew, threads, device,
        )  # fmt: skip
    if as_json:
        typer.echo(json.dumps({"pack": str(out), **course.head.model_dump(mode="json")}, ensure_ascii=False))
        return
    console.print(
        f"The clone lies in {escape(str(out))}, sealed: {course.bytes_on_disk / 1e6:.0f} MB, "
        f"{course.head.steps} steps, {course.head.best:.1f} dB.\n"
        f"{_narrow(course.wide)}\n"
        f"How good it is: castmate clone evaluate {escape(str(out))} {escape(str(footage))}\n"
        f"To let it host: write `clone: {escape(str(out))}` and `licence:` into a persona's file.",
        highlight=False,
        soft_wrap=True,
    )


def _narrow(why_not: str) -> str:
    if not why_not:
        return "It has a decoder in 8 bits too, for processors that are quicker with it."
    return f"A decoder in 8 bits is not kept: {escape(why_not)}."


def evaluate(
    pack: Annotated[Path, typer.Argument(help="The clone's folder (castmate clone train).")],
    footage: Footage,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Judge a clone on the last fifth of its footage, which no training saw, beside what copying would do."""
    from persona.clone.neural.course import evaluate_pack

    store = open_licences(read_settings())
    head = read_head(pack)
    licence_named(store, head.licence, Use.EVALUATE, SystemClock().now())
    with opened(footage, head.licence, store) as prepared, _Bars() as bars:
        figures = evaluate_pack(pack, prepared, store, bars.told)
    if as_json:
        typer.echo(json.dumps({k: round(v, 4) for k, v in figures.items()}))
    else:
        tell(figures)


def tell(figures: dict[str, float]) -> None:
    """The figures as a table, each beside its goal."""
    from persona.clone.neural.evaluating import GOALS

    table = Table("Figure", "Value", "Goal", "")
    for name, value in figures.items():
        goal = GOALS.get(name)
        mark = "" if goal is None else ("met" if goal.met(value) else "[red]missed[/red]")
        table.add_row(name.replace("_", " "), f"{value:.3f}", "" if goal is None else str(goal), mark)
    console.print(table)


def recipe_for(prepared: Prepared, recipe: Recipe) -> Recipe:
    """Fewer channels for large crops, so that a frame stays within its time."""
    return recipe if prepared.size <= 192 else recipe.model_copy(update={"channels": 32})


@contextmanager
def opened(footage: Path, licence: str, store: LicenceStore) -> Iterator[Prepared]:
    """Prepared footage, unsealed for as long as it is needed. SetupError when it is another licence's."""
    with tempfile.TemporaryDirectory(prefix="castmate-open-") as place:
        folder = footage
        if not (footage / HEAD).is_file():
            folder = unseal_folder(store, licence, footage, Path(place))
        prepared = load_prepared(folder)
        if prepared.head.licence != licence:
            raise SetupError(
                f"{footage} was prepared under the licence {prepared.head.licence}, not {licence}.",
                remedy=f"Use --licence {prepared.head.licence}.",
            )
        yield prepared


class _Bars:
    """One line for what is being done, on the error stream, so that --json stays clean."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(), console=Console(stderr=True), transient=True,
        )  # fmt: skip
        self._task = self._progress.add_task("", total=1.0)

    def __enter__(self) -> "_Bars":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def told(self, what: str, done: float) -> None:
        self._progress.update(self._task, description=what, completed=done)
