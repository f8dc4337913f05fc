"""How fast a rehearsal runs: two minutes of the sample show in each language, speech not cached."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.rows import Row, row

SHOW = Path(__file__).parents[1] / "sample" / "show.yaml"
MINUTES = 2.0


def one(language: str) -> list[Row]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        environment = {**os.environ, "CASTMATE_DATA": str(folder / "d"), "CASTMATE_CACHE": str(folder / "c")}
        environment["CASTMATE_VOICE_THREADS"] = "2"
        report = folder / "report.json"
        command = [
            sys.executable, "-m", "bot.cli", "rehearse", str(SHOW), "--minutes", str(MINUTES),
            "--lang", language, "--seed", "1", "--out", str(folder / "show.mp4"), "--report", str(report),
        ]  # fmt: skip
        subprocess.run(
            command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        figures = json.loads(report.read_text(encoding="utf-8"))["figures"]
    name = f"rehearse.{language}"
    return [
        row(f"{name}.speed", figures["speed"], "x real time", ">= 2", "real time, Kokoro, vector host"),
        row(f"{name}.label_coverage", figures["label_coverage"], "share", ">= 1"),
        row(f"{name}.loudness", figures["loudness_lufs"], "LUFS", baseline="-16 +-1 wanted"),
    ]


def run() -> list[Row]:
    return [*one("en"), *one("zh")]
