"""Progress bars on the terminal, and plain lines where there is none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def bar(what: str) -> Iterator[Callable[[float], None]]:
    """A bar for `what`; call the value with the share done, 0..1."""
    columns = (TextColumn("{task.description:<28}"), BarColumn(40), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(what, total=1.0)
        yield lambda share: progress.update(task, completed=share)
        progress.update(task, completed=1.0)
