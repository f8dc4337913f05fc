"""Progress bars on the terminal, and plain lines where there is none."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

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


def told_in(file: Path | None, stage: str, step: Callable[[float], None]) -> Callable[[float], None]:
    """`step` that also writes {"stage": ..., "share": 0..1} into `file`, at each hundredth. A file that
    cannot be written is passed over: nobody waits for it.
    """
    if file is None:
        return step
    path, last = file, [-1]

    def told(share: float) -> None:
        step(share)
        if (hundredth := int(share * 100)) == last[0]:
            return
        last[0] = hundredth
        with suppress(OSError):
            part = path.with_name(f"{path.name}.part")
            part.write_text(json.dumps({"stage": stage, "share": round(share, 3)}), encoding="utf-8")
            part.replace(path)

    return told
