"""Opens a host by the path of its reel, whatever made it: drawn, or a performer's clone. Light to import."""

from pathlib import Path

from persona.clone.base import Clone, Reel
from persona.clone.reel import open_reel as open_vector_reel

CLONE_HEAD = "loop.json"  # as persona.clone.neural.reel names it


def open_reel(path: Path) -> Reel:
    """The reel at `path`. Raises SetupError when it is missing, damaged or of another version."""
    if path.name == CLONE_HEAD:
        from persona.clone.neural.reel import open_neural_reel

        return open_neural_reel(path.parent)
    return open_vector_reel(path)


def open_clone(path: Path, threads: int = 1) -> Clone:
    """The host whose reel lies at `path`, ready to speak (seconds). Raises SetupError as open_reel does."""
    if path.name == CLONE_HEAD:
        from persona.clone.engines import open_chosen

        return open_chosen(path, threads)
    from persona.clone.vector import VectorClone

    return VectorClone(open_vector_reel(path))
