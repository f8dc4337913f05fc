"""What the contract suite needs to know about a connector: how to make one, and how its platform behaves.

A rig file tests/rigs/NAME.py, with the registry's name, has `RIGS`: functions that take a folder and are
async context managers giving a Rig. Whatever of it is None is not asked of that connector; each capability
that the connector names must be asked of at least one of its rigs (the suite looks).
"""

import importlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

from connectors.base import Connector, ShowInfo
from connectors.registry import listing

SHOW = ShowInfo("show-7", "Spring sale", "en", 720, 1280, 25)


@dataclass
class Rig:
    """write     a viewer writes in the chat: (message id, text); the id is what Event.id must be
    repeat    the platform sends the message with that id once more
    cut       the line to the platform breaks
    garble    the platform sends something that is no message of it
    posted    what was written into the chat by us, in order
    pinned    what is pinned now
    declared  what the platform knows about the AI flag
    restart   makes another connector of the same account, as after a crash
    """

    connector: Connector
    secrets: tuple[str, ...] = ()
    write: Callable[[str, str], Awaitable[None]] | None = None
    repeat: Callable[[str], Awaitable[None]] | None = None
    cut: Callable[[], Awaitable[None]] | None = None
    garble: Callable[[], Awaitable[None]] | None = None
    posted: Callable[[], list[str]] | None = None
    pinned: Callable[[], str | None] | None = None
    declared: Callable[[], bool | None] | None = None
    show: ShowInfo = field(default=SHOW)


Make = Callable[[Path], AbstractAsyncContextManager[Rig]]


def all_rigs() -> list[tuple[str, Make]]:
    """(name of the connector, rig) of every connector of this installation that is ours and has rigs; the
    suite fails for one that has none.
    """
    found: list[tuple[str, Make]] = []
    for name, entry in listing().entries.items():
        if entry.ours and (Path(__file__).parent / f"{name}.py").exists():
            found += [(name, make) for make in importlib.import_module(f"rigs.{name}").RIGS]
    return found
