"""What a node of a fleet can be told, for the commands that start one and those that start many."""

from typing import Annotated

import typer

from products.errors import SetupError

Capacity = Annotated[int, typer.Option(min=1, help="Shows that a node airs at once.")]
Link = Annotated[
    str, typer.Option(help="Console that its shows join, e.g. wss://shop.example/link; empty: none.")
]
Labels = Annotated[
    list[str] | None,
    typer.Option("--label", help="What it is, e.g. region=eu or platform=douyin; may be given again."),
]
Cores = Annotated[float | None, typer.Option(min=0, help="Processor cores for shows that ask for some.")]
Memory = Annotated[float | None, typer.Option(min=0, help="Memory for them, MB.")]
Gpus = Annotated[float, typer.Option(min=0, help="Graphics cards for them; 0.25: a quarter of one.")]
Egress = Annotated[float | None, typer.Option(min=0, help="Mb/s that they may send.")]
Warm = Annotated[
    int, typer.Option(min=0, help="Processes that wait for a show with everything loaded that is nobody's.")
]


def labels(told: list[str] | None) -> frozenset[str]:
    """Raises SetupError for one that is no NAME=VALUE."""
    for label in told or ():
        name, _, value = label.partition("=")
        if not name.strip() or not value.strip():
            raise SetupError(f"{label!r} is no label.", remedy="Write NAME=VALUE, e.g. region=eu.")
    return frozenset(told or ())
