"""docs/security.md claims no protection that no test shows."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/.]+\.py)::(\w+)`", PAGE)))
THREATS = (
    "laptop is lost",
    "key is stolen",
    "hostile viewer",
    "hostile catalogue",
    "hostile connector plug-in",
    "curious insider",
)


@cache
def named_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(n.name for n in functions if n.name.startswith("test_"))


@pytest.mark.parametrize("threat", THREATS)
def test_each_threat_has_protections_and_what_is_left(threat: str) -> None:
    section = next(part for part in PAGE.split("\n## ") if threat in part.splitlines()[0])
    assert "::test_" in section and "**Left" in section


@pytest.mark.parametrize(("file", "test"), NAMED, ids=lambda value: value.rpartition("/")[2])
def test_each_test_that_is_named_exists(file: str, test: str) -> None:
    assert test in named_in(file)


def test_every_row_names_its_test() -> None:
    threats = PAGE.partition("## Secrets")[0]
    rows = [line for line in threats.splitlines() if line.startswith("| ") and "what protects" not in line]
    assert len(rows) > 25 and all("::test_" in row for row in rows)
