"""The shape of the code, held: where time is read, how long a file is, that each says what it is."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "connectors", "persona", "products", "schedules")
LONGEST = 600
CLOCKS = {
    "bot/clock.py",  # the only place that everything else is handed its time from
    "bot/app.py",  # the start of a rehearsal's own time
}
CALENDARS = {
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
}
VAGUE = re.compile(r"(^|_)(utils?|helpers?|managers?|common|misc|stuff)(_|$)")


@cache
def files() -> tuple[Path, ...]:
    return tuple(sorted(p for name in PACKAGES for p in (ROOT / name).rglob("*.py")))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def calendar_reads(path: Path) -> Iterator[int]:
    """Lines that read what time it is for people."""
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Attribute):
            continue
        owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
        if (owner, node.attr) in CALENDARS:
            yield node.lineno


def test_there_is_something_to_look_at() -> None:
    assert len(files()) > 100


def imported(path: Path) -> set[str]:
    """Top-level packages that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
    return found


def test_the_scheduler_is_the_planners_timer_and_nobody_elses() -> None:
    """What is due stands in the database; a job that APScheduler kept of its own would be a second truth."""
    assert {short(p) for p in files() if "apscheduler" in imported(p)} == {"schedules/planner.py"}
    planner = next(p for p in files() if short(p) == "schedules/planner.py")
    stores = {n.module for n in ast.walk(tree(planner)) if isinstance(n, ast.ImportFrom) and n.module}
    assert {m for m in stores if m.startswith("apscheduler.jobstores")} == {"apscheduler.jobstores.memory"}


def test_the_wall_clock_is_read_in_one_place() -> None:
    found = {f"{short(p)}:{n}" for p in files() if short(p) not in CLOCKS for n in calendar_reads(p)}
    assert found == set(), "pass `now` instead: bot/clock.py is the only place that reads it"


def test_that_look_would_find_a_clock() -> None:
    assert list(calendar_reads(ROOT / "bot/clock.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_no_file_is_longer_than_a_person_reads(package: str) -> None:
    found = {
        short(p): len(p.read_text("utf-8").splitlines()) for p in files() if short(p).startswith(package)
    }
    assert {k: n for k, n in found.items() if n > LONGEST} == {}


def test_every_module_says_what_it_is() -> None:
    found = [short(p) for p in files() if tree(p).body and not ast.get_docstring(tree(p))]
    assert found == []


def test_nothing_has_a_name_that_says_nothing() -> None:
    names = {short(p): [p.stem, *p.relative_to(ROOT).parent.parts] for p in files()}
    classes = {
        f"{short(p)}: {node.name}": [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", node.name).lower()]
        for p in files()
        for node in ast.walk(tree(p))
        if isinstance(node, ast.ClassDef)
    }
    found = [k for k, parts in {**names, **classes}.items() if any(VAGUE.search(n) for n in parts)]
    assert found == []


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize(
    ("package", "never"),
    [
        ("products", {"bot", "connectors", "persona", "schedules"}),
        ("persona", {"bot", "connectors", "schedules"}),
        ("connectors", {"bot", "persona", "schedules"}),
        ("schedules", {"bot", "connectors", "persona"}),
    ],
)
def test_imports_go_one_way(package: str, never: set[str]) -> None:
    """Imports inside functions too, which a look at the modules' heads would miss."""
    found = {
        f"{short(p)} imports {name}"
        for p in files()
        if short(p).startswith(f"{package}/")
        for name in imports(p)
        if name.split(".")[0] in never
    }
    assert found == set()


def test_no_exception_is_swallowed_without_a_word() -> None:
    """`except Exception: pass` hides bugs; a narrow error may be passed over."""
    found = []
    for path in files():
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.ExceptHandler):
                continue
            broad = node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException")
            if broad and all(isinstance(s, ast.Pass) for s in node.body):
                found.append(f"{short(path)}:{node.lineno}")
    assert found == []
