"""What people do by the command line before a show goes to a platform: log an account in, sign papers."""

import subprocess
from collections.abc import Mapping

from shows import PROGRAM, ROOT, Castmate

BY = ("--by", "Wei Lin", "--passphrase", "a passphrase for the test")


def log_in(castmate: Castmate, name: str, fields: Mapping[str, str], typed: str = "\n" * 9) -> str:
    """`castmate connectors login NAME --account shop`; what the terminal showed. `typed`: by the person."""
    done = subprocess.run(
        [*PROGRAM, "connectors", "login", name, "--account", "shop"]
        + [word for pair in fields.items() for word in ("--set", "=".join(pair))],
        cwd=ROOT, env=castmate.environment, input=typed, text=True, timeout=120,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def sign_papers(castmate: Castmate, *, rules: tuple[str, ...] = (), proofs: tuple[str, ...] = ()) -> None:
    """Compliance staff have read the current rules of those packs, and store those proofs."""
    capture = castmate.data.parent / "paper.txt"
    capture.write_text("as it stood")
    read = ("--address", "https://legal.example/rules", "--text-date", "2026-11-20", "--capture", capture)
    commands = (
        ("key", BY[1], *BY[2:]),
        *(("confirm", pack, *read, "--adds", "nothing new", *BY) for pack in rules),
        *(("prove", artefact, "--document", capture, *BY) for artefact in proofs),
    )
    for command in commands:
        done = castmate("compliance", *command)
        assert done.returncode == 0, done.stdout
