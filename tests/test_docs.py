"""The pages say what is so: their commands run, their links lead somewhere, and what is drawn or listed from
the code is what the code says now.
"""

import importlib.util
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from servers import free_port

from bot import cli
from bot.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FOLDERS = ("bot", "connectors", "persona", "products", "schedules", "scripts", "tests", "sample", "docs")
SESSION = re.compile(r"^[ ]*```console(?: (\d))?\n(.*?)^[ ]*```", re.MULTILINE | re.DOTALL)


def script(name: str) -> ModuleType:
    """A module of scripts/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Shown:
    """A command of a page and the exit code that the page promises."""

    environment: dict[str, str]
    arguments: tuple[str, ...]
    code: int


def shown(page: Path) -> Iterator[Shown]:
    """The commands in ```console blocks, `$ [NAME=VALUE ...] castmate ...`, in their order."""
    for code, block in SESSION.findall(page.read_text(encoding="utf-8")):
        for line in block.splitlines():
            words = shlex.split(line.strip().removeprefix("$ "))
            at = words.index("castmate")
            settings = dict(w.split("=", 1) for w in words[:at])
            yield Shown(settings, tuple(words[at + 1 :]), int(code or 0))


SHOWN_PAGES = [p for p in PAGES if any(shown(p))]


@pytest.mark.parametrize("page", SHOWN_PAGES, ids=lambda p: p.name)
def test_the_commands_of_a_page_do_what_it_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sample").symlink_to(ROOT / "sample")
    monkeypatch.chdir(tmp_path)
    for name in ("DATA", "CACHE"):
        monkeypatch.setenv(f"CASTMATE_{name}", str(tmp_path / name.lower()))
    monkeypatch.delenv("CASTMATE_DATABASE", raising=False)
    monkeypatch.setenv("CASTMATE_PORT", str(free_port()))
    for command in shown(page):
        with monkeypatch.context() as inner:
            for name, value in command.environment.items():
                inner.setenv(name, value)
            inner.setattr(sys, "argv", ["castmate", *command.arguments])
            with pytest.raises(SystemExit) as ended:
                cli.main()
        said = capsys.readouterr()
        assert (ended.value.code or 0) == command.code, f"{command.arguments}\n{said.out}{said.err}"


def test_some_commands_are_shown() -> None:
    assert {p.name for p in SHOWN_PAGES} >= {"merchandise.md", "operator.md", "compliance.md", "settings.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    lost = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_files_that_are_named_exist(page: Path) -> None:
    """Capitals stand for a name that the reader chooses: connectors/NAME/."""
    folders = "|".join(FOLDERS)
    named = re.findall(rf"`((?:{folders})/[\w./-]+)`", page.read_text(encoding="utf-8"))
    assert [n for n in named if not re.search("[A-Z]{4}", n) and not (ROOT / n).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_make_targets_that_are_named_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
    named = re.findall(r"(?:^|`)make ([a-z0-9-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(named) <= targets


def test_every_setting_is_explained() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        row = f"| `CASTMATE_{name.upper()}` |"
        assert row in page, f"{name} is not in docs/settings.md: run `make docs`"
        assert field.description, f"{name} has no description in bot/settings.py"


def test_every_command_and_option_is_listed() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## castmate ([^\n\[A-Z]+?)(?: [\[A-Z][^\n]*)?\n(.*?)(?=^## |\Z)", page,
                               re.MULTILINE | re.DOTALL))  # fmt: skip
    commands = {path.removeprefix("castmate "): c for path, c in script("write_reference").commands()}
    assert set(commands) == set(sections), "run `make docs`"
    for name, command in commands.items():
        missing = [o for p in command.params if p.param_type_name == "option" and not p.hidden for o in p.opts
                   if f"`{o}`" not in sections[name]]  # fmt: skip
        assert missing == [], f"castmate {name}: {missing}; run `make docs`"


def test_the_states_are_drawn_from_the_table() -> None:
    draw = script("draw_states")
    page = (ROOT / "docs" / "how-it-is-built.md").read_text(encoding="utf-8")
    assert (ROOT / "docs" / "states.svg").read_text(encoding="utf-8") == draw.svg(), "run `make docs`"
    assert draw.page_with_states(page) == page, "run `make docs`"


def test_the_drawing_shows_every_state_and_every_move(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = script("draw_states")
    pairs = {(a.start, a.end) for a in draw.arrows()}
    assert {(state, to) for (state, _), to in draw.AIR.items()} <= pairs
    assert {(state, row.to) for row in draw.JOINT for state in row.air} <= pairs
    monkeypatch.setattr(draw, "PLACES", {k: v for k, v in draw.PLACES.items() if k != draw.Air.HOLD})
    with pytest.raises(ValueError, match="no place to: hold"):
        draw.svg()


def dry(*words: str, **environment: str) -> str:
    """What `make` would run."""
    done = subprocess.run(
        ["make", "--no-print-directory", "-n", *words],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return " ".join(done.stdout.replace("\\\n", " ").split())


def test_options_of_a_demo_are_passed_on() -> None:
    said = dry("demo", "MINUTES=2", "LANG_=zh", "PLATFORM=douyin")
    assert "castmate demo --minutes '2' --lang 'zh' --platform 'douyin'" in said


def test_the_environment_does_not_choose_a_demo() -> None:
    assert dry("demo", PLATFORM="linux/amd64", LANG="zh_CN.UTF-8", PORT="80").endswith("castmate demo")


def test_make_alone_lists_every_target() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE):
        assert f"make {target} " in listed
