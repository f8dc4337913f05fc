"""Which plug-ins are installed: by entry point and declaration, without running a line of theirs."""

import importlib.util
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import Distribution, EntryPoint, entry_points
from pathlib import Path
from typing import Any

from products.confined.declaration import SUFFIX, Declaration, growth, read_declaration
from products.errors import SetupError

OURS = "castmate"


@dataclass(frozen=True)
class Plugin:
    """One plug-in. `place`: "module:attribute"; `package`, `version`: what was installed; `folder`: of its
    code; `beyond`: files that its installation laid outside of it and that run where nobody confines them.
    """

    name: str
    place: str
    package: str
    version: str
    folder: Path
    declared: Declaration
    beyond: tuple[str, ...] = field(default=())

    def powers(self) -> dict[str, Any]:
        """What the operator agrees to."""
        return {**self.declared.powers(), "package": self.package}

    def growth(self, agreed: Mapping[str, Any] | None) -> tuple[str, ...]:
        """What it wants beyond what was agreed to; () when nothing, and something was."""
        if agreed is None:
            return growth(None, self.powers()) or ("nothing beyond its own process",)
        return growth(agreed, self.powers())


def plugin_of(name: str, place: str, dist: Distribution | None = None) -> Plugin:
    """The plug-in behind an entry point. Raises SetupError where its code or its declaration is not there."""
    top = place.partition(":")[0].partition(".")[0]
    folder = _folder(top, dist)
    if folder is None:
        raise SetupError(f"{place} is in no package that can be found.", remedy="Install it again.")
    declared = read_declaration(folder / f"{name}{SUFFIX}")
    package, version = (dist.name, dist.version) if dist is not None else (top, "")
    return Plugin(name, place, package, version, folder, declared, _beyond(top, dist))


def installed(group: str) -> tuple[EntryPoint, ...]:
    """The entry points of other packages than ours, by name."""
    points = entry_points(group=group)
    return tuple(p for p in sorted(points, key=lambda p: p.name) if p.dist is None or p.dist.name != OURS)


def _folder(top: str, dist: Distribution | None) -> Path | None:
    """Found without an import: a package's own code must not run for that."""
    if dist is not None:
        beside = Path(str(dist.locate_file(top)))
        if beside.is_dir():
            return beside.resolve()
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    places: Iterable[str] = (spec.submodule_search_locations or ()) if spec is not None else ()
    return next((Path(place).resolve() for place in places), None)


def _beyond(top: str, dist: Distribution | None) -> tuple[str, ...]:
    """Files that Python runs by itself, or another package's: they are in no cell."""
    if dist is None or not dist.files:
        return ()
    found = []
    for file in dist.files:
        first = file.parts[0]
        own = first == top or first.endswith((".dist-info", ".egg-info", ".data"))
        if not own and file.suffix in (".pth", ".py", ".so") and not first.startswith("__editable__"):
            found.append(str(file))
    return tuple(sorted(found)[:10])
