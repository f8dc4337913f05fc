"""Set-up and the stages of `make test`."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The set-up script over an empty folder; what it would install is noted in `setup.did`."""
    module = load("setup")
    requirements = tmp_path / "requirements"
    requirements.mkdir()
    for name in ("base.txt", "dev.txt", "build.txt"):
        (requirements / name).write_text(f"{name}\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / ".venv").mkdir()
    did: list[str] = []
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "stamp.json")
    monkeypatch.setattr(module, "environment_works", lambda: True)
    monkeypatch.setattr(module, "install", did.append)
    monkeypatch.setattr(module, "link_checkout", lambda: did.append("link"))
    module.did = did  # type: ignore[attr-defined]
    return module


def test_the_first_start_installs_and_the_second_does_nothing(setup: ModuleType) -> None:
    assert setup.set_up("base")
    assert setup.did == ["build.txt", "base.txt", "link"]
    assert not setup.set_up("base")
    assert len(setup.did) == 3


def test_tests_need_more_but_a_demo_after_them_needs_nothing(setup: ModuleType) -> None:
    setup.set_up("base")
    setup.did.clear()
    assert setup.set_up("dev")
    assert setup.did == ["build.txt", "dev.txt"]
    assert not setup.set_up("base")


def test_a_changed_lock_is_installed(setup: ModuleType) -> None:
    setup.set_up("base")
    setup.did.clear()
    (setup.ROOT / "requirements" / "base.txt").write_text("another\n")
    assert setup.set_up("base")
    assert setup.did == ["build.txt", "base.txt"]


def test_a_set_up_that_failed_is_done_again(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(lock: str) -> None:
        raise setup.SetupFailed("pip stopped", "try again")

    monkeypatch.setattr(setup, "install", broken)
    with pytest.raises(setup.SetupFailed):
        setup.set_up("base")
    monkeypatch.setattr(setup, "install", setup.did.append)
    setup.set_up("base")
    assert setup.did == ["build.txt", "base.txt", "link"]


def test_a_broken_note_of_what_was_done_is_no_obstacle(setup: ModuleType) -> None:
    setup.STAMP.write_text("{half")
    assert setup.set_up("base")


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "Do not use it"),
        ("OSError: [Errno 28] No space left on device", "Free about 2 GB"),
        ("ERROR: No matching distribution found for av==18.1.0", "3.11"),
        ("Connection refused", "Check the network"),
    ],
)
def test_every_failure_of_pip_comes_with_a_remedy(setup: ModuleType, words: str, remedy: str) -> None:
    assert remedy in setup.remedy_for(words)


def test_an_old_python_is_told_so(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup, "OLDEST", (99, 0))
    assert setup.main(["base"]) == 2
    assert "What to do:" in capsys.readouterr().err


def test_locks_name_hashes_and_no_place() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()
        assert "://" not in text and "--index" not in text and "--find-links" not in text, lock.name
        assert text.count("==") > 0
        assert all("--hash=sha256:" in part for part in text.split("\n\n") if part.strip()), lock.name


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("3 failed, 120 passed, 2 skipped in 12.34s", (120, 3, 2)),
        ("===== 1 passed, 2 errors in 61.20s (0:01:01) =====", (1, 2, 0)),
        ("FAILED tests/test_x.py::test_y - assert 3 passed", (0, 0, 0)),
        ("took 3.2s in 4 steps", (0, 0, 0)),
    ],
)
def test_the_closing_lines_of_pytest_are_added_up(line: str, counts: tuple[int, int, int]) -> None:
    check = load("check")
    found = check.Counts()
    found.read(line)
    assert (found.passed, found.failed, found.skipped) == counts


def test_stages_go_on_after_a_failure_and_end_with_the_sum(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    check = load("check")
    stages = {
        "one": (("python", "-c", "print('1 failed, 2 passed in 0.10s'); raise SystemExit(1)"),),
        "two": (("python", "-c", "print('5 passed in 0.10s')"),),
    }
    monkeypatch.setattr(check, "STAGES", stages)
    assert check.main(["one", "two"]) == 1
    said = capsys.readouterr().out
    assert "one        FAILED" in said and "two        ok" in said
    assert said.rstrip().endswith("7 passed, 1 failed")


@pytest.mark.parametrize(("mends", "code"), [(True, 0), (False, 1)])
def test_what_fails_end_to_end_is_tried_once_more_and_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str], mends: bool, code: int
) -> None:
    check = load("check")
    (tmp_path / "test_unsteady.py").write_text(
        "import pathlib, pytest\n"
        "pytestmark = pytest.mark.e2e\n"
        f"seen = pathlib.Path({str(tmp_path / 'seen')!r})\n"
        "def test_steady(): pass\n"
        "def test_unsteady():\n"
        "    known = seen.exists()\n"
        "    seen.touch()\n"
        f"    assert known and {mends}\n"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    e2e: slow\n")
    monkeypatch.setattr(check, "ROOT", tmp_path)
    monkeypatch.setattr(check, "STAGES", {"e2e": ((*check.REMEMBERING, "-m", "e2e"),)})
    monkeypatch.delenv("CI", raising=False)
    assert check.main(["e2e"]) == code
    told = capfd.readouterr().out
    assert "once more, alone: test_unsteady.py::test_unsteady" in told
    if mends:
        assert "2 passed, 0 failed\npassed only at the second try: test_unsteady.py::test_unsteady" in told
    else:
        assert "1 passed, 1 failed" in told and "second try" not in told


def test_a_second_try_that_cannot_begin_mends_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    check = load("check")
    seen = str(tmp_path / "seen")
    (tmp_path / "test_unsteady.py").write_text("def test_unsteady(): assert False\n")
    (tmp_path / "test_other.py").write_text(
        f"import pathlib\nseen = pathlib.Path({seen!r})\nassert not seen.exists()\nseen.touch()\n"
        "def test_steady(): pass\n"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    e2e: slow\n")
    monkeypatch.setattr(check, "ROOT", tmp_path)
    monkeypatch.setattr(check, "STAGES", {"e2e": ((*check.REMEMBERING, "-m", "not e2e"),)})
    monkeypatch.delenv("CI", raising=False)
    assert check.main(["e2e"]) == 1
    assert "second try" not in capfd.readouterr().out


def test_an_unknown_stage_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert load("check").main(["lnit"]) == 2
    assert "lint" in capsys.readouterr().err


def apt_packages(folder: Path, user: int, installed: str, **environment: str) -> tuple[int, str, str]:
    """Runs scripts/apt-packages where only the package `installed` is there, and no sudo. Gives exit code,
    what was told, and what apt-get was asked for.
    """
    programs = {
        "id": f"echo {user}",
        "dpkg-query": f'[ "${{@: -1}}" = {installed} ] && echo -n "install ok installed" || exit 1',
        "apt-get": f'echo "$@" >> {folder}/asked',
    }
    for name, body in programs.items():
        (folder / name).write_text(f"#!/bin/bash\n{body}\n")
        (folder / name).chmod(0o755)
    for name in ("bash", "env", "mktemp", "rm", "tail"):
        (folder / name).symlink_to(f"/usr/bin/{name}")
    done = subprocess.run(
        [ROOT / "scripts" / "apt-packages"],
        env={"PATH": str(folder), **environment},
        capture_output=True,
        text=True,
    )
    asked = folder / "asked"
    return done.returncode, done.stderr, asked.read_text() if asked.exists() else ""


def test_only_missing_packages_are_installed(tmp_path: Path) -> None:
    code, told, asked = apt_packages(tmp_path, 0, "nginx")
    assert code == 0, told
    missing = "libnginx-mod-rtmp ffmpeg chromium openssl postgresql tesseract-ocr tesseract-ocr-chi-sim"
    assert asked == f"install -y --no-install-recommends {missing}\n"


def test_without_root_it_says_what_cannot_run_and_goes_on(tmp_path: Path) -> None:
    code, told, asked = apt_packages(tmp_path, 1000, "nginx")
    assert (code, asked) == (0, "")
    assert "chromium" in told and "real browser" in told and "sudo apt-get install" in told
    assert "  nginx" not in told


def test_without_root_ci_fails(tmp_path: Path) -> None:
    assert apt_packages(tmp_path, 1000, "nginx", CI="true")[0] == 1
