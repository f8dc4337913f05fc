"""Keeps a process that runs for days as small as it is after an hour.

glibc gives each thread a heap of its own and learns to keep ever larger freed blocks. A show draws its
overlays (megabytes for milliseconds) on several threads: so its heaps are torn and grow in steps of ten
megabytes. With two heaps, and large blocks always taken from the system and given back, the same show holds
64 MB less (docs/figures.md).
"""

import ctypes
from collections.abc import Callable

# mallopt(3), <malloc.h>
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
LARGE = 256 * 1024  # bytes; what a tick allocates is smaller
SETTINGS = ((M_ARENA_MAX, 2), (M_MMAP_THRESHOLD, LARGE), (M_TRIM_THRESHOLD, 4 * LARGE))


def keep_flat(mallopt: Callable[[int, int], int] | None = None) -> bool:
    """Before threads start. False where the C library has no such settings (musl, macOS): nothing is done."""
    if mallopt is None:
        try:
            mallopt = ctypes.CDLL(None).mallopt
        except (OSError, AttributeError, TypeError):
            return False
    made = [mallopt(name, value) == 1 for name, value in SETTINGS]
    return all(made)
