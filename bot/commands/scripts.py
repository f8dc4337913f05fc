"""castmate scripts: the words of a show, version by version, and who approved them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bot.app import speech_server
from bot.clock import SystemClock
from bot.commands.catalogue import fail
from bot.commands.demo import sample_show
from bot.commands.voice import write_sound
from bot.commands.withheld import withheld
from bot.licensed import ShowLicence, taken_by
from bot.script_review import Review, reading_clearance, template_words
from bot.settings import read_settings
from bot.shop import Shop, ShowOrder, open_shop
from persona.licence import Use
from persona.scripts import Version, diff
from persona.voice.registry import open_voice
from products.errors import CastmateError, ContentError, Refused

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="""The words of a show, version by version, and who approved them.

A script is what the host says about one product in one language. Its life:

  draft     written by the template writer or by you; never on air
  approved  a named person read it and answers for it
  aired     approved, and said on air since
  sent back a person read the draft and wants other words: draft a new version
  retired   not used any more

Words never change once drafted: an edit is a new version, a draft again. A show uses approved scripts
when there are any and takes turns among them. Lines on cosmetics, food, health and children's goods air
only in approved words, and so do goods that the show file names under `verbatim:`.

A first round:  castmate scripts draft orchard-tea --lang en
                castmate scripts show orchard-tea/en/5
                castmate scripts approve orchard-tea/en/5 --by "Your Name"
""",
)
out = Console(highlight=False)
err = Console(stderr=True)

Show = Annotated[
    Path | None, typer.Option("--show", help="The show whose scripts these are; without it the sample show.")
]
Name = Annotated[str, typer.Argument(help="PRODUCT/LANGUAGE/VERSION, as `castmate scripts list` shows it.")]
By = Annotated[str, typer.Option("--by", help="Your name: the person who answers for it. It is logged.")]
Note = Annotated[str, typer.Option("--note", help="A remark for the log.")]


@app.callback()
def scripts() -> None:
    pass


@contextmanager
def _opened(show: Path | None) -> Iterator[tuple[Shop, Review]]:
    """The shop of the show, and what its scripts are held against; errors are told as people read them."""
    order, settings, now = ShowOrder(file=show or sample_show()), read_settings(), SystemClock().now
    try:
        shop = open_shop(order, settings, now)
        yield shop, Review(shop.scripts, reading_clearance(order, shop, settings, now()))
    except CastmateError as error:
        raise fail(error) from error


@app.command("list")
def list_scripts(
    product: Annotated[str | None, typer.Argument(help="Only of this product.")] = None,
    lang: Annotated[str | None, typer.Option(help="Only in this language.")] = None,
    show: Show = None,
) -> None:
    """List scripts with their state and who approved them, and what still waits for an approval."""
    with _opened(show) as (shop, _):
        found = shop.scripts.all(product, lang)
        table = Table("Script", "State", "Lines", "By", "Approved by", "When", box=None)
        for v in found:
            when = v.approved_at.strftime("%Y-%m-%d %H:%M") if v.approved_at else ""
            table.add_row(
                v.name, v.state, str(len(v.words)), escape(v.author), escape(v.approved_by or ""), when
            )
        out.print(table if found else "There are no scripts yet. Draft one: castmate scripts draft PRODUCT")
        for text in withheld(shop, lang or shop.language):
            out.print(text, style="yellow", soft_wrap=True)


@app.command("show")
def show_script(name: Name, show: Show = None) -> None:
    """Show a script's words, whether each line is true of the catalogue as it is now, and its log."""
    with _opened(show) as (shop, review):
        version = shop.scripts.get(name)
        out.print(f"{version.name}  [bold]{version.state}[/bold]  by {escape(version.author)}")
        cleared = _print_words(review, version)
        for event in shop.scripts.log(name):
            note = f" ({escape(event.note)})" if event.note else ""
            out.print(f"[dim]{event.at:%Y-%m-%d %H:%M} UTC  {event.what} by {escape(event.who)}{note}[/dim]")
    if not cleared:
        raise typer.Exit(2)


@app.command("diff")
def diff_scripts(
    name: Name,
    other: Annotated[
        str | None,
        typer.Argument(help="The newer one; without it NAME is compared with the version before it."),
    ] = None,
    show: Show = None,
) -> None:
    """Show what changed between two versions: words taken out in red, words put in in green."""
    with _opened(show) as (shop, _):
        new = shop.scripts.get(other or name)
        old = shop.scripts.get(name) if other else shop.scripts.get(_before(new))
        out.print(f"[red]- {old.name}[/red] ({old.state})   [green]+ {new.name}[/green] ({new.state})")
        for change in diff(old.words, new.words):
            line = Text({"same": "  ", "changed": "~ ", "removed": "- ", "added": "+ "}[change.kind])
            for sign, words in change.pieces:
                line.append(words, style={" ": "", "-": "red strike", "+": "green bold"}[sign])
            out.print(line, soft_wrap=True)


@app.command("draft")
def draft(
    product: Annotated[str, typer.Argument(help="Handle of the product, e.g. orchard-tea.")],
    lang: Annotated[str | None, typer.Option(help="Language; without it the show's.")] = None,
    file: Annotated[
        Path | None, typer.Option(help="Your own words: a text file, one spoken line per line.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who wrote the file.")] = "merch team",
    seconds: Annotated[float, typer.Option(min=10, max=300, help="Wanted length.")] = 45,
    show: Show = None,
) -> None:
    """Make a new version as a draft: in the template writer's words, or in yours with --file.

    Each line is checked against the catalogue at once; one that is not true can be drafted, but does not air.
    """
    with _opened(show) as (shop, review):
        found = shop.catalogue.product(product)
        if found is None:
            raise ContentError(f"There is no product {product!r}.", remedy="See castmate catalogue list.")
        language, now = lang or shop.language, SystemClock().now()
        if file is not None:
            version = shop.scripts.draft(product, language, _lines_of(file), by, now, f"from {file.name}")
        else:
            words = template_words(shop, found, language, seconds, now)
            version = shop.scripts.draft(product, language, words, "template", now)
        out.print(f"Drafted {version.name}.")
        _print_words(review, version)
        out.print(f'[dim]It airs after: castmate scripts approve {version.name} --by "Your Name"[/dim]')


@app.command("approve")
def approve(
    name: Name,
    by: By,
    note: Note = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Retire the earlier approved versions; else they take turns.")
    ] = False,
    show: Show = None,
) -> None:
    """Approve a draft in your name. Words that are not true of the catalogue cannot be approved."""
    with _opened(show) as (shop, review):
        _print_words(review, shop.scripts.get(name))
        done, retired = review.approve(name, by, SystemClock().now(), note, replace=replace)
        out.print(f"[green]{done.name} is approved by {escape(str(done.approved_by))}.[/green]")
        for old in retired:
            out.print(f"{old.name} is retired.")


@app.command("send-back")
def send_back(
    name: Name,
    by: By,
    note: Annotated[str, typer.Option("--note", help="What is to be written otherwise.")],
    show: Show = None,
) -> None:
    """Send a draft back to who wrote it: other words are wanted. It cannot be approved any more."""
    with _opened(show) as (shop, _):
        shop.scripts.send_back(name, by, SystemClock().now(), note)
        out.print(f"{name} is sent back.")


@app.command("retire")
def retire(name: Name, by: By, note: Note = "", show: Show = None) -> None:
    """Take a script out of use. It stays in the list with its log."""
    with _opened(show) as (shop, _):
        shop.scripts.retire(name, by, SystemClock().now(), note)
        out.print(f"{name} is retired.")
        for text in withheld(shop, shop.scripts.get(name).language):
            out.print(text, style="yellow", soft_wrap=True)


@app.command("listen")
def listen(
    name: Name,
    line: Annotated[int, typer.Option(min=1, help="Which line.")] = 1,
    out_: Annotated[Path, typer.Option("--out", help="Where the sound goes, a .wav file.")] = Path(
        "line.wav"
    ),
    show: Show = None,
) -> None:
    """Hear a line of a script in the show's own voice, before anybody approves it."""
    with _opened(show) as (shop, _):
        version = shop.scripts.get(name)
        if line > len(version.words):
            raise ContentError(f"{name} has {len(version.words)} lines.", remedy="Choose one of them.")
        settings = read_settings()
        if taken_by(shop.persona, version.language).voice:
            licence = ShowLicence(shop.persona, version.language, settings).read()
            for finding in licence.allows(Use.EVALUATE, at=SystemClock().now(), face=False):
                raise Refused(finding.message, remedy=finding.remedy)
        own = {version.language: shop.persona.voice_in(version.language).model_dump()}
        book = open_voice(
            own,
            said=shop.said,
            cache=settings.cache / "speech",
            intra_op_num_threads=settings.voice_threads,
            server=speech_server(settings),
        )
        try:
            write_sound(out_, list(book.say(version.lines()[line - 1])))
        finally:
            book.close()
        out.print(f"{escape(str(out_))}: {escape(version.words[line - 1])}", soft_wrap=True)


def _print_words(review: Review, version: Version) -> bool:
    """The lines, each with what stops it. Whether all may be said."""
    verdicts = review.read(version.product, version.language, version.words, SystemClock().now())
    for text, verdict in zip(version.words, verdicts, strict=True):
        out.print(
            f"  {'[green]ok[/green]' if verdict.cleared else '[red]no[/red]'}  {escape(text)}",
            soft_wrap=True,
        )
        for finding in verdict.findings:
            out.print(f"      [yellow]{finding.rule}: {escape(finding.message)}[/yellow]", soft_wrap=True)
    return all(verdict.cleared for verdict in verdicts)


def _lines_of(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(f"{file} cannot be read ({error}).", remedy="Save it as UTF-8 text.") from error


def _before(version: Version) -> str:
    if version.version == 1:
        raise ContentError(
            f"{version.name} is the first version.", remedy="Name two versions to compare: OLD NEW."
        )
    return f"{version.product}/{version.language}/{version.version - 1}"
