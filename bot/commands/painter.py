"""`castmate clone painter`: one process that paints the mouths of many live shows' clones, on one GPU."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.commands.signals import signals_interrupt
from bot.metrics import serve_metrics
from bot.painter import PainterCollector, PainterKeeper, default_socket
from bot.settings import read_settings
from persona.clone.painter.wire import ask_status

CHECK_S = 0.2
console = Console(stderr=True)


def painter(
    device: Annotated[str, typer.Option(help="auto, cpu, or cuda:0, cuda:1 ...")] = "auto",
    socket: Annotated[
        Path | None, typer.Option(help="Where shows find it; default: the first of CASTMATE_PAINTER.")
    ] = None,
    threads: Annotated[
        int, typer.Option(min=1, help="Processor threads, where it paints without a GPU.")
    ] = 1,
    metrics: Annotated[int | None, typer.Option(help="Port of /metrics on this machine, e.g. 9109.")] = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="Only ask the one that runs how it is, and whether it has room.")
    ] = False,
) -> None:
    """Paint the mouths of many live shows' clones in one process: one for each GPU. Ctrl-C ends it.

    Shows find it by CASTMATE_PAINTER. It takes another show while all that are there ask for less than 0.8 of
    its time, by what a picture was measured to take; else the show is refused, with the figures. With --ask:
    exit code 0 when there is room for one more, 1 when not.
    """
    settings = read_settings()
    path = socket or default_socket(settings)
    if ask:
        status = ask_status(path)
        Console().print_json(status.model_dump_json())
        raise typer.Exit(1 if status.room else 0)
    keeper = PainterKeeper(settings, path, device, threads)
    with signals_interrupt():
        try:
            keeper.start(time.monotonic())
            if metrics is not None:
                serve_metrics(metrics, PainterCollector(path, lambda: keeper.restarts))
            told = False
            while True:
                time.sleep(CHECK_S)
                keeper.check(time.monotonic())
                if keeper.ready and not told:
                    told = True
                    _tell(path)
        except KeyboardInterrupt:
            console.print("The painter ends; mouths rest until there is another.")
        finally:
            keeper.close()


def _tell(path: Path) -> None:
    device = ask_status(path).device
    console.print(
        f"A painter on {device} at {escape(str(path))}. Live shows use it with: "
        f"CASTMATE_PAINTER={escape(str(path))}",
        soft_wrap=True,
    )
