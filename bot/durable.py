"""What outlives a power cut."""

import os
from pathlib import Path


def keep_names(folder: Path) -> None:
    """Makes the names of a folder's files durable, as fsync(2) makes their contents. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
