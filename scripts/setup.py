"""Makes the virtual environment in .venv and fills it from the locked requirements, checked by their hashes.

    python3 scripts/setup.py [base|dev]

Standard library only: it runs before anything is installed. A second run takes a moment: what was installed
is remembered in .venv/castmate-setup.json by the hash of the lock files and the version of Python.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "castmate-setup.json"
LOG = VENV / "castmate-setup.log"
LOCKS = {"base": "base.txt", "dev": "dev.txt"}  # dev holds all of base, in the same versions
BUILD = "build.txt"
OLDEST = (3, 11)
BAR = 30


class SetupFailed(Exception):
    """Set-up cannot go on. `remedy`: what the person can do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class Meter:
    """A bar that stays on one line of a terminal; where there is none, a plain line per quarter."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.done, self.told = what, max(1, total), 0, 0
        self.terminal = sys.stderr.isatty()

    def step(self, doing: str) -> None:
        self.done = min(self.total, self.done + 1)
        self.show(doing)

    def show(self, doing: str) -> None:
        if self.terminal:
            full = BAR * self.done // self.total
            width = shutil.get_terminal_size().columns - 1
            line = f"  {self.what:<12} {'█' * full}{'░' * (BAR - full)} {self.done:>3}/{self.total}  {doing}"
            print(f"\r\x1b[K{line[:width]}", end="", file=sys.stderr, flush=True)
        elif (quarter := 4 * self.done // self.total) > self.told:
            self.told = quarter
            say(f"  {self.what}: {self.done} of {self.total}")

    def end(self, said: str) -> None:
        start = "\r\x1b[K" if self.terminal else ""
        print(f"{start}  {said}", file=sys.stderr, flush=True)


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def fingerprint(files: Sequence[Path]) -> str:
    """Changes when one of the files or the Python that runs this changes."""
    digest = hashlib.sha256(sys.version.encode())
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def remembered() -> dict[str, str]:
    try:
        found = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def remember(**what: str) -> None:
    STAMP.write_text(json.dumps({**remembered(), **what}, indent=1))


def environment_works() -> bool:
    """Whether .venv holds a Python of this very version that starts and has pip."""
    try:
        seen = subprocess.run(
            [PYTHON, "-c", "import sys, pip; print(sys.version)"], capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return seen.returncode == 0 and seen.stdout.strip() == sys.version.strip()


def make_environment() -> None:
    """A fresh .venv, through venv, else through virtualenv where Debian keeps ensurepip apart."""
    say("Making the virtual environment in .venv ...")
    for command in (["-m", "venv", "--clear"], ["-m", "virtualenv", "--clear", "--quiet"]):
        subprocess.run([sys.executable, *command, str(VENV)], capture_output=True)
        if environment_works():
            return
    raise SetupFailed(
        f"{sys.executable} could not make a virtual environment.",
        "On Debian and Ubuntu: apt-get install python3-venv. Elsewhere: pip install virtualenv. Then again.",
    )


def pip(arguments: Sequence[str]) -> Iterator[str]:
    """Runs pip, keeps all it prints in the log, yields its lines. Raises SetupFailed with its last words."""
    command = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", *arguments]
    last: list[str] = []
    with LOG.open("a", encoding="utf-8") as log:
        pip_run = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
        )
        assert pip_run.stdout is not None
        for line in pip_run.stdout:
            log.write(line)
            last = [*last, line.rstrip()][-8:]
            yield line
        code = pip_run.wait()
    if code:
        words = "\n".join(f"    {line}" for line in last)
        raise SetupFailed(f"pip stopped with exit code {code}. Its last words:\n{words}", remedy_for(words))


def remedy_for(words: str) -> str:
    if "HASHES" in words or "hash" in words.lower():
        return "A file does not match its locked hash. Do not use it: check where pip gets its files from."
    if "No space left" in words:
        return "Free about 2 GB here and in pip's cache, then run it again."
    if "No matching distribution" in words:
        return (
            f"A package has no build for this machine and Python {sys.version.split()[0]}; try Python 3.11."
        )
    return f"Check the network, then run it again: what was downloaded is kept. The whole log is {LOG}."


def install(lock: str) -> None:
    """Installs what one lock file names, telling how far it is and how large what is being fetched is."""
    path = ROOT / "requirements" / lock
    total = len(re.findall(r"^[\w.-]+==", path.read_text(), re.MULTILINE))
    # The lock names every package, so nothing is resolved; the few that come as source are built by
    # the locked tools of build.txt, not by whatever is newest.
    options = ["--require-hashes", "--no-deps", "--no-build-isolation", "--progress-bar", "off"]
    meter, begun = Meter("Tools" if lock == BUILD else "Packages", total), time.monotonic()
    name = ""
    for line in pip([*options, "-r", str(path)]):
        word, _, rest = line.strip().partition(" ")
        if word in ("Collecting", "Requirement"):
            name = rest.removeprefix("already satisfied: ").split("==")[0]
            meter.step(name)
        elif word == "Downloading" and (size := re.search(r"\(([\d.]+ MB)\)", rest)):
            meter.show(f"{name}, {size[1]}")
        elif word == "Building":
            meter.show(f"{name}, built from source")
        elif word == "Installing":
            meter.end(f"All {total} are here; putting them in place ...")
    meter.end(f"Done in {time.monotonic() - begun:.0f} s.")


def link_checkout() -> None:
    """Makes the command castmate and the five packages of this checkout known to .venv."""
    for _ in pip(["--no-deps", "--no-build-isolation", "--no-index", "--editable", str(ROOT)]):
        pass


def set_up(kind: str) -> bool:
    """True when something had to be done."""
    if sys.version_info < OLDEST:
        raise SetupFailed(
            f"This is Python {sys.version.split()[0]}; Castmate needs 3.11 or newer.",
            "Install Python 3.11 and run: make PYTHON=python3.11 ...",
        )
    locks = {
        name: fingerprint([ROOT / "requirements" / lock, ROOT / "requirements" / BUILD])
        for name, lock in LOCKS.items()
    }
    linked = fingerprint([ROOT / "pyproject.toml"])
    if not environment_works():
        make_environment()
    before = remembered()
    if before.get(kind) != locks[kind]:
        say("Installing what Castmate is built on; each file is checked by its hash.")
        say("The first time this takes a few minutes, later starts take a second.")
        install(BUILD)
        install(LOCKS[kind])
        remember(**(locks if kind == "dev" else {"base": locks["base"]}))
    if before.get("project") != linked:
        link_checkout()
        remember(project=linked)
    return remembered() != before


def main(arguments: Sequence[str]) -> int:
    kind = arguments[0] if arguments else "base"
    if kind not in LOCKS:
        say(f"Say one of: {', '.join(LOCKS)}.")
        return 2
    try:
        if set_up(kind):
            say("Castmate is set up.")
    except SetupFailed as error:
        say(f"\nNot set up. {error}\nWhat to do: {error.remedy}")
        return 2
    except KeyboardInterrupt:
        say("\nStopped. Run it again to go on.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
