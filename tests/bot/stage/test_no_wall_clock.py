"""Nothing on the media path reads a clock of the wall: it may be set back, jump, or lie."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
STAGE = sorted((ROOT / "bot" / "stage").glob("*.py"))
PATH = [
    *STAGE,
    *(ROOT / "persona" / name for name in ("clone/reel.py", "clone/motion.py", "clone/eyes.py")),
    *(ROOT / "bot" / "show" / name for name in ("studio.py", "studio_process.py")),
]
# monotonic, perf_counter and CPU clocks go on evenly; everything else that tells a time does not
WALL = {"time.time", "time.time_ns", "time.ctime", "time.localtime", "time.gmtime", "time.strftime"}
KEYS = {"Ingest", "Term", "datetime"}  # modules that deal in stream keys: these expire in people's time
NAMES = {"now", "utcnow", "today", "fromtimestamp", "SystemClock", "CLOCK_REALTIME"}


def named(node: ast.expr) -> str:
    return f"{named(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else getattr(node, "id", "?")


def wall_clocks(source: str) -> list[str]:
    """What reads or names a wall clock in a module."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and (named(node) in WALL or node.attr in NAMES):
            found.append(named(node))
        elif isinstance(node, ast.ImportFrom):
            names = {a.name for a in node.names}
            found += [f"{node.module}.{n}" for n in names if f"{node.module}.{n}" in WALL or n in NAMES]
            found += [str(node.module)] if node.module == "datetime" and "datetime" in names else []
    return found


def deals_in_keys(source: str) -> bool:
    names = {a.name for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ImportFrom) for a in n.names}
    return bool(names & KEYS) and not names & {"VideoFrame", "AudioFrame", "WorkFrame"}


@pytest.mark.parametrize("path", PATH, ids=lambda p: p.name)
def test_no_wall_clock_on_the_media_path(path: Path) -> None:
    source = path.read_text("utf-8")
    found = [f for f in wall_clocks(source) if not deals_in_keys(source) or f in WALL]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "import time\nx = time.time()",
        "from time import time_ns",
        "from datetime import datetime",
        "import datetime\ndatetime.datetime.now()",
        "from bot.clock import SystemClock",
    ],
)
def test_the_look_itself_sees_one(source: str) -> None:
    assert wall_clocks(source) != []


def test_the_whole_stage_is_looked_at() -> None:
    media = {"air.py", "mixer.py", "encoder.py", "mux.py", "compositor.py", "border.py", "blend.py"}
    assert media <= {p.name for p in STAGE}
    assert not any(deals_in_keys(p.read_text("utf-8")) for p in STAGE if p.name in media)
