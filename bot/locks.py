"""Files that stand for something only one process may have: locked (flock), given back by the system when the
process dies. A process that inherits the descriptor has the lock too.
"""

import fcntl
import os
from pathlib import Path

from products.errors import SetupError


def flocked(path: Path) -> int | None:
    """A descriptor that holds the lock, mode 0600; None when another has it. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def locked(path: Path, remedy: str = "Free space or check its rights.") -> int | None:
    """`flocked`, for a file that the operator can mend. Raises SetupError."""
    try:
        return flocked(path)
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}.", remedy=remedy) from error


def held(path: Path) -> bool:
    """Whether somebody has the lock. Looks with a shared one, so that lookers do not see each other."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False
