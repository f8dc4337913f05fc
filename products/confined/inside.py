"""The first steps of a plug-in's process: it reads what it is to be, enters its cell, then imports it."""

import importlib
import importlib.util
import json
import os
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from products.confined.cell import Cell, enter

_IN, _OUT = 0, 1
LONGEST = 1 << 20


def begin() -> tuple[Mapping[str, Any], int]:
    """What the first line said, and where the program writes. What the plug-in prints goes nowhere."""
    raw = bytearray()
    while not raw.endswith(b"\n") and len(raw) < LONGEST:
        piece = os.read(_IN, 1)  # no more than the line: the rest is for whoever reads next
        if not piece:
            break
        raw += piece
    out = os.dup(_OUT)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, _OUT)
    os.close(nowhere)
    told: Mapping[str, Any] = json.loads(raw or b"{}")
    return told, out


def close_the_door(told: Mapping[str, Any], root: Path) -> None:
    """Enters the cell. `root`: where Castmate lies, no longer looked through. Raises OSError."""
    if str(root) not in told["libraries"]:
        sys.path[:] = [path for path in sys.path if path != str(root)]
    home = told["home"]
    enter(
        Cell(
            tuple(Path(path) for path in told["reads"]),
            None if home is None else Path(home),
            told["port"],
            int(told["memory"]),
        )
    )


def plugin_object(told: Mapping[str, Any]) -> Any:
    """The attribute that the entry point names; its package is taken from its own folder, whatever else has
    that name. Raises what the import raises.
    """
    module, _, attribute = str(told["place"]).partition(":")
    top, folder = module.partition(".")[0], Path(told["folder"])
    if top not in sys.modules:
        head = folder / "__init__.py"
        if head.is_file():
            spec = importlib.util.spec_from_file_location(top, head, submodule_search_locations=[str(folder)])
            assert spec is not None and spec.loader is not None
            package = importlib.util.module_from_spec(spec)
            sys.modules[top] = package
            spec.loader.exec_module(package)
        else:
            package = types.ModuleType(top)
            package.__path__ = [str(folder)]
            sys.modules[top] = package
    found: Any = importlib.import_module(module)
    for part in attribute.split("."):
        found = getattr(found, part)
    return found
