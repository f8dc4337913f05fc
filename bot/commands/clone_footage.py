"""`castmate clone script | film | setup | prepare`: from a licence to footage that a clone can learn from."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from bot.clock import SystemClock
from bot.clone_packs import licence_named
from bot.commands.licence import WORDS
from bot.commands.progress import bar
from bot.footage import (
    Issued,
    Wish,
    issue,
    mesh_folder,
    one_time_phrase,
    prepare_footage,
    prepared_folder,
    read_text,
)
from bot.licensed import open_licences
from bot.settings import read_settings
from persona.clone.film import Shoot
from persona.clone.film import film as write
from persona.clone.footage.checks import Check, Verdict
from persona.clone.footage.prompt import IDLE_S, prompt
from persona.clone.footage.report import report as page
from persona.clone.recital import babble, read_aloud
from persona.licence import PHRASE_VALID, Use
from persona.voice.registry import open_voice
from products.errors import ContentError, SetupError

console = Console(highlight=False)
MARKS = {
    Verdict.GOOD: "[green]good[/]",
    Verdict.WARN: "[yellow]could be better[/]",
    Verdict.STOP: "[red]must be mended[/]",
    Verdict.UNKNOWN: "[dim]not checked[/]",
}


def script(
    lang: Annotated[Literal["en", "zh"], typer.Option(help="Language that is read.")] = "en",
    licence: Annotated[
        str | None, typer.Option(help="Id of the performer's licence: issues a one-time phrase with it.")
    ] = None,
) -> None:
    """What the performer does before the camera, one minute in all: silence, phrase, script, silence.

    The script holds every sound of the language. With a licence a one-time phrase is issued, which must be
    said in the film within 30 minutes.
    """
    made = None
    now = SystemClock().now()
    if licence is not None:
        settings = read_settings()
        store = open_licences(settings)
        found = licence_named(store, licence, Use.PREPARE, now)
        made = issue(store, settings, found, lang, one_time_phrase(list(WORDS)), now)
    idle = f"{IDLE_S:.0f} s"
    console.print("[bold]Before you film[/]: telephone upright on a stand at the height of your eyes; head")
    console.print("and shoulders fill the picture; a window or lamp before you; a quiet room; one person.\n")
    console.print(f"[bold]•[/] Stay silent for {idle}, lips closed, friendly, looking into the camera.")
    if made is not None and made.phrase:
        _tell_phrase(made)
    console.print("[bold]•[/] Read aloud, at your own pace:\n")
    for sentence in prompt(lang).sentences:
        console.print(f"   {escape(sentence)}", soft_wrap=True)
    console.print(f"\n[bold]•[/] Stay silent for {idle} again, with small nods, as if you listened.\n")
    name = licence or "ID"
    console.print(f"Then: castmate clone prepare FILM --licence {name}", soft_wrap=True)


def _tell_phrase(made: Issued) -> None:
    until = (made.issued_at + PHRASE_VALID).astimezone()
    console.print(f"[bold]•[/] Say this phrase: [bold]{escape(made.phrase)}[/]")
    console.print(
        f"   Issued {made.issued_at:%Y-%m-%d %H:%M:%S} UTC; the film must be here by {until:%H:%M:%S %Z}."
    )


def setup() -> None:
    """Set up what finds lips and jaw in footage: MediaPipe, in an environment of its own (140 MB, once)."""
    from persona.clone.footage.mesh import install, installed

    folder = mesh_folder(read_settings())
    if installed(folder):
        console.print(f"It is set up: {escape(str(folder))}")
        return
    console.print("Fetching what finds the points of a face; each file is checked by its hash ...")
    install(folder)
    console.print(f"Set up: {escape(str(folder))}", soft_wrap=True)


def film(
    out: Annotated[Path, typer.Argument(help="The film: .mp4, .mov or .mkv.")],
    look: Annotated[str, typer.Option(help="Which drawn host.")] = "mei",
    lang: Annotated[Literal["en", "zh"], typer.Option(help="Language of the script that is read.")] = "en",
    script: Annotated[Path | None, typer.Option(help="Another text to read.")] = None,
    seconds: Annotated[
        float | None, typer.Option(help="Made-up speech of this length instead: quick, no voice model.")
    ] = None,
    idle: Annotated[float, typer.Option(help="Seconds of silence before and after.")] = IDLE_S,
    width: Annotated[int, typer.Option(help="Picture width, even.")] = 720,
    height: Annotated[int, typer.Option(help="Picture height, even.")] = 1280,
    fps: Annotated[str, typer.Option(help="Frames a second, e.g. 25 or 30000/1001.")] = "25",
    codec: Annotated[Literal["h264", "hevc"], typer.Option(help="As telephones record it.")] = "h264",
    rotation: Annotated[int, typer.Option(help="Stored turned, with a flag: 0, 90, 180 or 270.")] = 0,
    offset_ms: Annotated[float, typer.Option(help="The sound comes so much late.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Same seed, same film.")] = 0,
) -> None:
    """Film the drawn host: footage that is nobody's, with everything known of it, to try a clone on.

    What is true of every frame is written beside the film (FILM.truth.npz).
    """
    if width % 2 or height % 2 or rotation not in (0, 90, 180, 270):
        raise SetupError("The film cannot be made so.", remedy="Use even sizes, and 0, 90, 180 or 270.")
    try:
        rate = Fraction(fps)
    except (ValueError, ZeroDivisionError):
        raise SetupError(f"{fps!r} is no frame rate.", remedy="Write 25, 30 or 30000/1001.") from None
    shoot = Shoot(
        look=look, width=width, height=height, rate=rate, codec=f"lib{'x265' if codec == 'hevc' else 'x264'}",
        rotation=rotation, idle=idle, offset=offset_ms / 1000, seed=seed,
    )  # fmt: skip
    if seconds is not None:
        said = babble(seconds, seed)
    else:
        voice = open_voice({lang: {"engine": "kokoro"}})
        try:
            said = read_aloud(voice, read_text(script) if script else prompt(lang).text, lang)
        finally:
            voice.close()
    length = said.seconds + 2 * idle
    with bar(f"Filming {length:.0f} s of {look}") as done:
        write(out, said, shoot, lambda planes, t: (done(t / length), planes)[1])
    console.print(f"{escape(str(out))}: {length:.0f} s; what is true of it lies beside it.", soft_wrap=True)


def prepare(
    footage: Annotated[Path, typer.Argument(help="The film, as the telephone wrote it.")],
    licence: Annotated[str, typer.Option(help="Id of the performer's licence.")],
    lang: Annotated[Literal["en", "zh"] | None, typer.Option(help="Language that is spoken.")] = None,
    script: Annotated[Path | None, typer.Option(help="What was read, if not the issued script.")] = None,
    unscripted: Annotated[bool, typer.Option("--unscripted", help="Nothing in particular was read.")] = False,
    short: Annotated[
        bool,
        typer.Option("--measure-short", help="Take a film of any length, to measure (licence: measurement)."),
    ] = False,
    report: Annotated[Path | None, typer.Option(help="The report. Default: FOOTAGE.html")] = None,
) -> None:
    """Check a performer's film in plain words and make ready what a clone learns from.

    About 60 s: castmate clone script says what to film. Nothing is read without a valid licence; what is made
    is sealed with the licence's own key. The report holds pictures of the person. Exit code 2: it must be
    filmed again, the report says why.
    """
    if script is not None and unscripted:
        raise ContentError("--script and --unscripted exclude each other.", remedy="Give one of them.")
    settings, clock = read_settings(), SystemClock()
    store = open_licences(settings)
    now = clock.now()
    found = licence_named(store, licence, Use.PREPARE, now)
    text = "" if unscripted else read_text(script) if script else None
    with tempfile.TemporaryDirectory(prefix="castmate-prepare-") as work, _stages() as told:
        wish = Wish(footage, found, text, lang, Path(work), short)
        outcome = prepare_footage(store, settings, wish, now, told)
        written = report or footage.with_name(f"{footage.name}.html")
        _write(written, page(outcome, f"Footage {footage.name}", licence, now))
    for check in outcome.checks:
        _tell(check)
    console.print(f"\nReport, with pictures: {escape(str(written))}", soft_wrap=True)
    if outcome.stops:
        console.print("[red]Not prepared:[/] film it again with what is marked above.")
        raise typer.Exit(2)
    place = prepared_folder(settings, licence)
    console.print(f"Prepared and sealed: {escape(str(place))}", soft_wrap=True)
    console.print(f"Next: castmate clone train {escape(str(place))} --licence {licence}", soft_wrap=True)


def _tell(check: Check) -> None:
    line = f"{MARKS[check.verdict]}  [bold]{escape(check.title)}[/]  {escape(check.found)}"
    console.print(line, soft_wrap=True)
    if check.remedy:
        console.print(f"    {escape(check.remedy)}", style="dim", soft_wrap=True)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise SetupError(
            f"The report {path} cannot be written: {error.strerror}.", remedy="Choose another with --report."
        ) from None


@contextmanager
def _stages() -> Iterator[Callable[[str, float], None]]:
    """A bar for each stage, in the order in which they come."""
    columns = (TextColumn("{task.description:<20}"), BarColumn(40), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks: dict[str, TaskID] = {}

        def told(stage: str, done: float) -> None:
            if stage not in tasks:
                for earlier in tasks.values():
                    progress.update(earlier, completed=1.0)
                tasks[stage] = progress.add_task(stage, total=1.0)
            progress.update(tasks[stage], completed=done)

        yield told
        for task in tasks.values():
            progress.update(task, completed=1.0)
