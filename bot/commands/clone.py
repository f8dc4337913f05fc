"""`castmate clone`: look at the drawn hosts without a show."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import av
import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from bot.commands.clone_footage import film as film_host
from bot.commands.clone_footage import prepare, script, setup
from bot.commands.clone_train import evaluate, train
from bot.commands.painter import painter
from bot.commands.plugin_agreement import tell_plugin
from bot.stage.picture import WorkFrame
from persona.clone.art import looks
from persona.clone.base import Patch, Plane, Reel
from persona.clone.engines import find_engines
from persona.clone.reel import VectorReel, build_reel, open_reel
from persona.clone.vector import VectorClone
from persona.clone.visemes import CLASSES, TARGETS
from persona.speech import SPEECH_RATE, Phone, Speech
from products.errors import SetupError

FPS = 25
SENTENCE = (  # "Hello and welcome! These blue shoes feel soft; may I show you five more?" in IPA, "_" a pause
    "h ə l oʊ ə n d w ɛ l k ə m _ ð iː z b l uː ʃ uː z f iː l s ɔ f t _ m eɪ aɪ ʃ oʊ j uː f aɪ v m ɔ ɹ _"
)

app = typer.Typer(no_args_is_help=True, help="The host's clone: from footage to a host, and a look at it.")
for command in (script, setup, prepare, train, evaluate, painter):
    app.command()(command)
app.command("film")(film_host)


@app.callback()
def main() -> None:
    """The host's clone: from footage to a host, and a look at it without a show."""


@app.command("engines")
def list_engines() -> None:
    """List what can move a host's mouth: Castmate's own engines, and those of installed packages."""
    found = find_engines()
    table = Table("engine", "about", "here")
    for engine in found.engines.values():
        table.add_row(engine.name, engine.about, escape(engine.lacking) or "can run")
    for name, why in found.broken.items():
        table.add_row(escape(name), escape(why), "cannot be loaded")
    Console().print(table)
    for engine in found.engines.values():
        if engine.plugin is not None:
            tell_plugin(engine.plugin, Console())
    Console().print(
        "A persona names one with `engine:`, and `weights: FOLDER` where it needs weights of your own; "
        "FOLDER/weights.yaml says under which licence they are."
    )


@app.command()
def preview(
    look: Annotated[str, typer.Option(help="Which drawn host, e.g. mei or tom.")] = "mei",
    out: Annotated[
        Path, typer.Option(help="Where to: .mp4 (a moving, silent host) or .png (its mouth shapes).")
    ] = Path("host.png"),
    width: Annotated[int, typer.Option(help="Picture width, even.")] = 720,
    height: Annotated[int, typer.Option(help="Picture height, even.")] = 1280,
    cache: Annotated[Path, typer.Option(help="Folder that keeps the host's reel.")] = Path("var/reels"),
) -> None:
    """Draw a host speaking a sample sentence (.mp4), or all its mouth shapes and some moments of its idle
    loop (.png).
    """
    if out.suffix not in (".mp4", ".png"):
        raise SetupError(f"{out} is neither a film nor a picture.", remedy="End the name in .mp4 or .png.")
    with Progress(transient=True) as bar:
        task = bar.add_task(f"Drawing {look}", total=1.0)
        path = build_reel(look, width, height, FPS, cache, lambda done: bar.update(task, completed=done))
    clone = VectorClone(open_reel(path))
    if out.suffix == ".png":
        contact_sheet(clone).save(out)
    else:
        film(clone, out)
    Console().print(
        f"{out} shows {look}. Other looks: {', '.join(name for name in looks() if name != look)}."
    )


def paint(reel: Reel, patch: Patch, n: int, work: WorkFrame) -> None:
    """The whole picture of tick n: backdrop, base frame, life, patch."""
    region = reel.region
    target = (work.y, work.u, work.v)
    for plane, still in zip(target, reel.backdrop, strict=True):
        np.copyto(plane, still)
    _lay(target, (region.x, region.y, region.w, region.h), reel.frame(patch.base))
    for part in (*reel.life(n, patch.base), *patch.rects):
        _lay(target, (part.rect.x, part.rect.y, part.rect.w, part.rect.h), (part.y, part.u, part.v))


def _lay(
    target: tuple[Plane, Plane, Plane], box: tuple[int, int, int, int], planes: tuple[Plane, Plane, Plane]
) -> None:
    x, y, w, h = box
    np.copyto(target[0][y : y + h, x : x + w], planes[0])
    for plane, part in zip(target[1:], planes[1:], strict=True):
        np.copyto(plane[y // 2 : (y + h) // 2, x // 2 : (x + w) // 2], part)


def sample_speech() -> Speech:
    """SENTENCE with even timing and a quiet tone in place of a voice: about 5 s that visit every mouth
    shape.
    """
    phones: list[Phone] = []
    at = 0.0
    for symbol in SENTENCE.split():
        length = 0.35 if symbol == "_" else 0.15 if len(symbol) > 1 else 0.085
        phones.append(Phone("sil" if symbol == "_" else symbol, at, at + length))
        at += length
    tone = 0.1 * np.sin(2 * math.pi * 150 * np.arange(round(at * SPEECH_RATE)) / SPEECH_RATE)
    return Speech("", 0, True, "", "en", 0, 0, tone.astype(np.float32), (), tuple(phones))


def film(clone: VectorClone, out: Path) -> None:
    """Write one second of idling, the sample sentence, and idling to the reel's end, as H.264."""
    reel = clone.reel
    width, height = reel.size
    work = WorkFrame(width, height)
    with av.open(str(out), "w") as container:
        stream = container.add_stream("libx264", rate=reel.fps, options={"crf": "16", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.colorspace = 1  # BT.709
        stream.codec_context.color_range = 1  # limited
        for n, patch in enumerate(_patches(clone)):
            paint(reel, patch, n, work)
            work.frame.pts = n
            container.mux(stream.encode(work.frame))
        container.mux(stream.encode(None))


def _patches(clone: VectorClone) -> Iterator[Patch]:
    first = clone.reel.fps
    yield from (clone.rest(i) for i in range(first))
    n = first
    for patch in clone.render(sample_speech(), first):
        yield patch
        n += 1
    yield from (clone.rest(i) for i in range(n, max(n + first, clone.reel.length)))


def contact_sheet(clone: VectorClone) -> Image.Image:
    """Fourteen mouth shapes with their names, then six moments of the idle loop with its blinks and
    glances.
    """
    reel = clone.reel
    width, height = reel.size
    work = WorkFrame(width, height)
    tiles = []
    for k, name in enumerate(CLASSES):
        paint(reel, clone.patch(k * 7, TARGETS[k]), 0, work)
        tiles.append((name, _face(work)))
    for n in _moments(reel):
        paint(reel, clone.rest(n), n, work)
        tiles.append((f"{n / reel.fps:.2f} s", _face(work)))
    columns, (h, w) = 5, tiles[0][1].shape[:2]
    sheet = Image.new("RGB", (columns * w, -(-len(tiles) // columns) * h), "#fffdf9")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(max(12, w // 14))
    for k, (name, pixels) in enumerate(tiles):
        x, y = k % columns * w, k // columns * h
        sheet.paste(Image.fromarray(pixels), (x, y))
        pen.text((x + 8, y + 6), name, fill="#22262a", font=font)
    return sheet


def _moments(reel: VectorReel) -> list[int]:
    """Ticks of a blink and of a few glances."""
    lively = [n for n in range(4 * reel.length) if reel.life(n, n)]
    step = max(1, len(lively) // 6)
    return lively[::step][:6]


def _face(work: WorkFrame) -> NDArray[np.uint8]:
    """The part of the picture with the head, as RGB."""
    rgb = work.frame.to_ndarray(format="rgb24", src_colorspace="ITU709", dst_colorspace="ITU709")
    h, w = work.height, work.width
    scale = min(w / 720, h / 1280)
    x, y = (w - 720 * scale) / 2, h - 1280 * scale
    return np.asarray(
        rgb[int(y + 190 * scale) : int(y + 690 * scale), int(x + 150 * scale) : int(x + 530 * scale)],
        np.uint8,
    )
