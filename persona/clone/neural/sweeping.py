"""Opened clones that a crash left behind are removed."""

import os
import shutil
from pathlib import Path


def sweep(parent: Path) -> None:
    """Remove opened clones whose process is gone: a crash leaves nobody's face lying about."""
    for folder in parent.glob("*/open-*"):
        pid = folder.name.split("-")[1]
        if pid.isdigit() and not _alive(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
