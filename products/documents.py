"""YAML files that people write, read into pydantic models, with errors that name the line and the field."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from products.errors import ContentError, Problem

Model = TypeVar("Model", bound=BaseModel)


class DocumentError(ContentError):
    """A file that does not say what it should. `problems`: every one of them, not just the first."""

    def __init__(self, path: Path, problems: tuple[Problem, ...]) -> None:
        lines = "\n".join(f"  {p}" for p in problems)
        super().__init__(f"{path} cannot be used:\n{lines}")
        self.problems = problems


def load_document(path: Path, model: type[Model]) -> Model:
    """Reads `path` (YAML, UTF-8) as `model`.

    Raises DocumentError (file missing, not YAML, wrong fields), each Problem with the line (as `row`) and
    field.
    """
    text = _read(path)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        row = None if mark is None else mark.line + 1
        what = str(getattr(error, "problem", None) or "not YAML")
        problem = Problem(
            str(path), row, None, None, what, "Check quotes, colons and the depth of the lines."
        )
        raise DocumentError(path, (problem,)) from error
    if twice := tuple(_twice(path, node)):
        raise DocumentError(path, twice)
    if not isinstance(data, dict):
        raise DocumentError(
            path, (Problem(str(path), 1, None, None, "empty or a list", "Write `name: value`."),)
        )
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise DocumentError(path, tuple(_problem(path, node, e) for e in error.errors())) from error


def _twice(path: Path, node: yaml.Node | None, inside: str = "") -> Iterator[Problem]:
    """Fields that are given twice: YAML would take the last one and say nothing."""
    if isinstance(node, yaml.SequenceNode):
        for n, part in enumerate(node.value):
            yield from _twice(path, part, f"{inside}{n}.")
    if not isinstance(node, yaml.MappingNode):
        return
    first: dict[str, int] = {}
    for key, value in node.value:
        name, row = str(key.value), int(key.start_mark.line) + 1
        if name in first:
            what = f"is given twice, first in row {first[name]}"
            yield Problem(str(path), row, inside + name, None, what, "Keep one of them.")
        first.setdefault(name, row)
        yield from _twice(path, value, f"{inside}{name}.")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        problem = Problem(str(path), None, None, None, "there is no such file", "Check the path.")
        raise DocumentError(path, (problem,)) from error
    except (OSError, UnicodeDecodeError) as error:
        problem = Problem(str(path), None, None, None, f"cannot be read: {error}", "Save it as UTF-8 text.")
        raise DocumentError(path, (problem,)) from error


def _problem(path: Path, node: yaml.Node | None, error: object) -> Problem:
    loc: tuple[str | int, ...] = error["loc"]  # type: ignore[index]
    kind: str = error["type"]  # type: ignore[index]
    message: str = error["msg"]  # type: ignore[index]
    value = error.get("input") if kind not in ("missing", "extra_forbidden") else None  # type: ignore[attr-defined]
    shown = None if value is None or isinstance(value, dict | list) else str(value)[:60]
    remedy = {
        "missing": "Add it.",
        "extra_forbidden": "Remove it, or check its spelling.",
    }.get(kind, "Correct it.")
    field = ".".join(str(p) for p in loc) or None
    return Problem(str(path), _line(node, loc), field, shown, message.removeprefix("Value error, "), remedy)


def _line(node: yaml.Node | None, loc: tuple[str | int, ...]) -> int | None:
    """The line of the deepest part of `loc` that stands in the file."""
    if node is None:
        return None
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            found = next((v for k, v in node.value if k.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            found = node.value[part]
        else:
            found = None
        if found is None:
            break
        node = found
    return int(node.start_mark.line) + 1
