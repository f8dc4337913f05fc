"""What can move a host's mouth: engines by name, Castmate's own and those that other packages bring.

A package brings one by an entry point of the group `castmate.engines`: name -> an Engine. It is loaded when a
host that names it is opened, and when engines are listed; what cannot be loaded is told, never guessed at.
"""

import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from persona.clone.base import Clone
from persona.weights import WeightsNote, read_note, refuse_selling
from products.errors import ContentError, SetupError

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
    """

    name: str
    about: str
    opens: Opener
    modules: Mapping[str, str]
    weights: bool = False
    clone: bool = True

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
            brought = point.load()
        except Exception as error:  # noqa: BLE001  foreign code: it may raise anything while it is imported
            broken[point.name] = f"{point.value} cannot be loaded: {type(error).__name__}: {error}"
            continue
        if not isinstance(brought, Engine):
            broken[point.name] = f"{point.value} is no Engine"
        elif brought.name != point.name or point.name in engines:
            broken[point.name] = (
                f"{point.value} calls itself {brought.name!r}, a name that is taken or another's"
            )
        else:
            engines[point.name] = brought
    return Found(engines, broken)


def installed() -> "list[EntryPoint]":
    return sorted(entry_points(group=GROUP), key=lambda point: point.name)


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


def write_choice(folder: Path, name: str, weights: Path | None, painter: Path | None = None) -> None:
    """Leaves word in an opened clone's folder for the process that will speak. `painter`: the socket of
    the one that paints embedded clones of many shows (persona.clone.painter); None: the show paints its own.
    """
    told = {
        "engine": name,
        "weights": None if weights is None else str(weights.resolve()),
        "painter": None if painter is None else str(painter.resolve()),
    }
    (folder / CHOICE).write_text(json.dumps(told), encoding="utf-8")


def open_chosen(path: Path, threads: int = 1) -> Clone:
    """The clone whose reel lies at `path`, by the engine that was chosen; the embedded one without a word."""
    choice = path.parent / CHOICE
    told = json.loads(choice.read_text(encoding="utf-8")) if choice.is_file() else {"engine": EMBEDDED}
    weights = told.get("weights")
    if told["engine"] == EMBEDDED and told.get("painter") is not None:
        return _painted_elsewhere(path, Path(told["painter"]))
    return engine_named(told["engine"]).opens(path, None if weights is None else Path(weights), threads)


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
