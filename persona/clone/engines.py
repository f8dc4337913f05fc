"""What can move a host's mouth: engines by name, Castmate's own and those that other packages bring.

A package brings one by an entry point of the group `castmate.engines`: name -> an Engine, or what opens one.
It declares what it does (products/confined), is used once the operator agreed, and runs in a process of its
own (persona/clone/plugin); what declares nothing is told, never loaded.
"""

import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from persona.clone.base import Clone
from persona.weights import WeightsNote, read_note, refuse_selling
from products.confined import found as plug_ins
from products.confined.found import Plugin
from products.errors import CastmateError, ContentError, Refused, SetupError

GROUP = "castmate.engines"
CHOICE = "engine.json"  # beside an opened clone's loop.json: which engine speaks, and where its weights are
EMBEDDED = "embedded"
Opener = Callable[[Path, Path | None, int], Clone]  # reel of the opened host, folder of weights, threads


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine. `name`: as a persona names it (`engine:`).

    about    one line for people
    opens    gives the Clone; imports what is heavy. Raises SetupError
    modules  that must be installed, and how to get them: {"torch": "pip install 'castmate[clone]'"}
    weights  whether it needs a folder of one's own weights (persona/weights.py)
    clone    whether it speaks over a performer's opened clone; else it brings its own host
    plugin   what another package declares; None: it is ours
    """

    name: str
    about: str
    opens: Opener
    modules: Mapping[str, str]
    weights: bool = False
    clone: bool = True
    plugin: Plugin | None = None

    @property
    def lacking(self) -> str:
        """What is not installed here, and what to do; empty when it can run."""
        for module, remedy in self.modules.items():
            if importlib.util.find_spec(module) is None:
                return f"{module} is not installed: {remedy}"
        return ""


@dataclass(frozen=True, slots=True)
class Found:
    """All engines by name, and why some that are installed cannot be used."""

    engines: Mapping[str, Engine]
    broken: Mapping[str, str]


def find_engines(plugins: Callable[[], "list[EntryPoint]"] | None = None) -> Found:
    """Castmate's own first: a plug-in cannot take one of their names."""
    engines = {engine.name: engine for engine in OWN}
    broken: dict[str, str] = {}
    for point in (plugins or installed)():
        try:
            brought = _brought(point)
        except CastmateError as error:
            broken[point.name] = str(error).rstrip(".")
            continue
        if point.name in engines:
            broken[point.name] = f"{point.value} takes the name of one that is there"
        else:
            engines[point.name] = brought
    return Found(engines, broken)


def installed() -> "list[EntryPoint]":
    return list(plug_ins.installed(GROUP))


def _brought(point: EntryPoint) -> Engine:
    """What another package declares; none of its code runs. Raises SetupError."""
    plugin = plug_ins.plugin_of(point.name, point.value, point.dist)
    made = plugin.declared.engine
    if made is None:
        raise SetupError(f"{plugin.package} declares no engine.", remedy="Its authors must mend it.")
    if plugin.declared.hosts:
        raise SetupError(f"{plugin.package} wants a network, which no engine gets.", remedy="Remove it.")

    def opens(path: Path, weights: Path | None, threads: int) -> Clone:
        from persona.clone.plugin.clone import opened

        leave = _choice(path.parent).get("leave")
        if not isinstance(leave, dict) or plugin.growth(leave.get("powers")):
            raise Refused(
                f"Nobody has agreed to all that the engine {plugin.name} declares.",
                remedy=f"Look at it: castmate connectors agree {plugin.name}",
            )
        home = leave.get("home")
        return opened(plugin, path, weights, threads, None if home is None else Path(home))

    return Engine(point.name, f"{made.about} (by {plugin.package})", opens, {}, made.weights, True, plugin)


def engine_named(name: str, found: Found | None = None) -> Engine:
    """Raises ContentError for a name that nothing has, SetupError for one that cannot be loaded here."""
    known = found or find_engines()
    if name in known.broken:
        raise SetupError(
            f"The engine {name!r}: {known.broken[name]}.", remedy="Update or remove that package."
        )
    if name not in known.engines:
        raise ContentError(
            f"There is no engine {name!r}.", remedy=f"Use one of: {', '.join(sorted(known.engines))}."
        )
    engine = known.engines[name]
    if engine.lacking:
        raise SetupError(
            f"The engine {name!r} cannot run: {engine.lacking}.", remedy="castmate clone engines"
        )
    return engine


def choose(name: str, weights: Path | None) -> WeightsNote | None:
    """Looks, before a host is opened, whether this engine may and can speak in a show; the note of its
    weights, for the record. Raises Refused for non-commercial weights, SetupError for what is missing.
    """
    engine = engine_named(name)
    if not engine.clone:
        raise ContentError(
            f"The engine {name!r} does not speak over a performer's clone.",
            remedy="Leave `clone:` or it out.",
        )
    if not engine.weights:
        return None
    if weights is None:
        raise SetupError(
            f"The engine {name!r} needs weights of your own.",
            remedy="Write `weights: FOLDER` into the persona.",
        )
    note = read_note(weights)
    refuse_selling(note)
    return note


def write_choice(
    folder: Path,
    name: str,
    weights: Path | None,
    painter: Path | None = None,
    leave: Mapping[str, Any] | None = None,
) -> None:
    """Leaves word in an opened clone's folder for the process that will speak. `painter`: the socket of
    the one that paints embedded clones of many shows (persona.clone.painter); None: the show paints its own.
    `leave`: what was agreed to of another package's engine ("powers"), and its folder ("home").
    """
    told = {
        "engine": name,
        "weights": None if weights is None else str(weights.resolve()),
        "painter": None if painter is None else str(painter.resolve()),
        "leave": None if leave is None else dict(leave),
    }
    (folder / CHOICE).write_text(json.dumps(told), encoding="utf-8")


def open_chosen(path: Path, threads: int = 1) -> Clone:
    """The clone whose reel lies at `path`, by the engine that was chosen; the embedded one without a word."""
    told = _choice(path.parent)
    weights = told.get("weights")
    if told["engine"] == EMBEDDED and told.get("painter") is not None:
        return _painted_elsewhere(path, Path(told["painter"]))
    return engine_named(told["engine"]).opens(path, None if weights is None else Path(weights), threads)


def _choice(folder: Path) -> dict[str, Any]:
    choice = folder / CHOICE
    if not choice.is_file():
        return {"engine": EMBEDDED}
    told: dict[str, Any] = json.loads(choice.read_text(encoding="utf-8"))
    return told


def _embedded(path: Path, weights: Path | None, threads: int) -> Clone:
    from persona.clone.neural.clone import NeuralClone
    from persona.clone.neural.reel import open_neural_reel

    return NeuralClone(open_neural_reel(path.parent), path.parent, threads)


def _painted_elsewhere(path: Path, painter: Path) -> Clone:
    from persona.clone.neural.reel import open_neural_reel
    from persona.clone.painter.shared import SharedClone

    return SharedClone(open_neural_reel(path.parent), path.parent, painter)


def _vector(path: Path, weights: Path | None, threads: int) -> Clone:
    from persona.clone.reel import open_reel
    from persona.clone.vector import VectorClone

    return VectorClone(open_reel(path))


def _wav2lip(path: Path, weights: Path | None, threads: int) -> Clone:
    from persona.clone.wav2lip.painter import open_wav2lip

    assert weights is not None
    return open_wav2lip(path, weights, threads)


def _musetalk(path: Path, weights: Path | None, threads: int) -> Clone:
    from persona.clone.musetalk.painter import open_musetalk

    assert weights is not None
    return open_musetalk(path, weights, threads)


_TORCH = {"torch": "pip install 'castmate[clone]'"}
OWN = (
    Engine(
        "embedded", "a performer's clone, by Castmate's own network (castmate clone train)", _embedded, {}
    ),
    Engine("vector", "the drawn hosts: nobody's likeness, no weights", _vector, {}, clone=False),
    Engine(
        "wav2lip",
        "Wav2Lip 256 over a performer's clone, with your own weights; live on a GPU only",
        _wav2lip,
        _TORCH,
        weights=True,
    ),
    Engine(
        "musetalk",
        "MuseTalk 1.5 over a performer's clone, with your own weights; live on a GPU only",
        _musetalk,
        {**_TORCH, "diffusers": "pip install diffusers", "transformers": "pip install transformers"},
        weights=True,
    ),
)
