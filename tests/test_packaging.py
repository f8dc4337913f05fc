"""The package as somebody gets it: built from its own source archive, installed elsewhere, run elsewhere."""

import json
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from servers import free_port

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("bot", "connectors", "persona", "products", "schedules")
SHIPPED = (".yaml", ".html", ".css", ".js", ".svg", ".bin", ".mako", ".typed", ".csv", ".webp")

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class Installed:
    """Castmate installed from its wheel: no checkout, no editable link, only the locked packages."""

    sdist: Path
    wheel: Path
    bin: Path
    home: Path

    def run(self, *command: str, port: int | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a command of that environment in an empty home, from another folder."""
        environment = {
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "COLUMNS": "160",
            "CASTMATE_PORT": str(port or free_port()),
        }
        return subprocess.run(command, env=environment, cwd=self.home, capture_output=True, text=True)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    place = tmp_path_factory.mktemp("packaging")
    sdist = build("sdist", ROOT, place)
    with tarfile.open(sdist) as archive:
        archive.extractall(place / "source", filter="data")
    (source,) = (place / "source").iterdir()
    wheel = build("wheel", source, place)
    environment = place / "venv"
    venv.create(environment, with_pip=False)
    link_locked_packages(environment)
    pip = [sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python"), "install"]
    checked(*pip, "--quiet", "--no-deps", "--no-index", str(wheel))
    home = place / "home"
    home.mkdir()
    return Installed(sdist, wheel, environment / "bin", home)


def build(target: str, source: Path, to: Path) -> Path:
    checked(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(to), cwd=source)
    (made,) = to.glob("*.tar.gz" if target == "sdist" else "*.whl")
    return made


def checked(*command: str, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def link_locked_packages(environment: Path) -> None:
    """The packages that the lock put here, without installing them again. The link to this checkout is not
    followed: Python reads .pth files in its own site-packages alone.
    """
    (site,) = environment.glob("lib/python*/site-packages")
    (site / "locked.pth").write_text(sysconfig.get_path("purelib") + "\n")


def test_the_wheel_holds_every_file_that_the_packages_use(installed: Installed) -> None:
    listed = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        tracked = [f for f in listed.stdout.split("\n") if f]
    else:
        tracked = [str(p.relative_to(ROOT)) for n in PACKAGES for p in (ROOT / n).rglob("*") if p.is_file()]
    wanted = {f for f in tracked if f.endswith((".py", *SHIPPED)) and (ROOT / f).is_file()}
    wanted |= {f"bot/{p.relative_to(ROOT)}" for p in (ROOT / "sample").rglob("*") if p.is_file()}
    wanted.add("bot/fleet/results.json")
    inside = set(zipfile.ZipFile(installed.wheel).namelist())
    assert wanted - inside == set()


def test_the_wheel_holds_nothing_else(installed: Installed) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(installed.wheel).namelist()}
    assert tops == {*PACKAGES, f"castmate-{version()}.dist-info"}


def test_the_licence_and_the_notice_travel_with_the_wheel(installed: Installed) -> None:
    names = zipfile.ZipFile(installed.wheel).namelist()
    assert [n.rsplit("/", 1)[-1] for n in names if "/licenses/" in n] == ["LICENSE", "NOTICE"]


def test_it_runs_from_another_folder_without_the_checkout(installed: Installed) -> None:
    program = (
        "import json, bot, connectors, persona, products, schedules, importlib.metadata as m;"
        "print(json.dumps([[p.__file__ for p in (bot, connectors, persona, products, schedules)],"
        " m.packages_distributions()['bot']]))"
    )
    done = installed.run("python", "-c", program)
    files, owners = json.loads(done.stdout)
    assert all(str(installed.bin.parent) in file for file in files)
    assert set(owners) == {"castmate"}


def test_the_doctor_finds_all_that_is_needed(installed: Installed) -> None:
    done = installed.run("castmate", "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "missing" not in done.stdout


def test_the_packs_of_law_and_of_every_platform_are_there(installed: Installed) -> None:
    done = installed.run("castmate", "packs", "check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_short_show_is_rehearsed(installed: Installed) -> None:
    """Artwork, voices, phrases, packs, migrations and the sample shop, all from the wheel."""
    sample = next(installed.bin.parent.glob("lib/python*/site-packages/bot/sample/show.yaml"))
    done = installed.run("castmate", "rehearse", str(sample), "--minutes", "0.2", "--out", "x.mp4")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (installed.home / "x.mp4").stat().st_size > 100_000


def version() -> str:
    found: Mapping[str, dict[str, str]] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return found["project"]["version"]
