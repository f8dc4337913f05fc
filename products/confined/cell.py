"""The cell of a plug-in: what its process gives up before a line of its code runs.

Several walls, so that one that a kernel lacks is not the only one: limits of the system, no new privileges,
no capabilities, a filter over system calls, Landlock. What is missing here is told in plain words, before.
"""

import ctypes
import os
import resource
import signal
import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from products.confined import landlock, seccomp
from products.confined.landlock import Grant

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CAPABILITIES = 0x20080522  # _LINUX_CAPABILITY_VERSION_3
_CAPSET = {"x86_64": 126, "aarch64": 91}
NICE = 10
OPEN_FILES = 128
LARGEST_FILE = 16 << 20
SYSTEM = (  # what programs read everywhere, and nobody's secret
    "/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/usr/share", "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf", "/etc/ca-certificates", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted",
    "/etc/localtime", "/etc/mime.types", "/etc/ld.so.cache", "/etc/nsswitch.conf", "/etc/hosts",
    "/dev/urandom", "/dev/random", "/dev/zero",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """reads     further folders and files that it may read
    folder    its own, where it may write; None: nowhere
    port      of this machine, the only one that it may connect to by TCP; None: no network
    memory    bytes of address space
    """

    reads: tuple[Path, ...]
    folder: Path | None
    port: int | None
    memory: int


def lacking(*, network: bool = True) -> tuple[str, ...]:
    """What this machine cannot hold back, in plain words; () where the cell is whole."""
    return (*landlock.lacking(landlock.abi(), network=network), *seccomp.lacking())


def enter(cell: Cell) -> None:
    """From here on this process is in its cell; there is no way out. Call it with one thread alone.

    Raises OSError where the system refuses what it has: then no foreign code may run.
    """
    _limit(cell.memory)
    if sys.platform != "linux":  # nothing more can be given up, which `lacking` tells
        return
    libc = ctypes.CDLL(None, use_errno=True)
    _refused(libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "death with its parent")
    _refused(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    number = _CAPSET.get(os.uname().machine)
    if number is not None:
        head, none = struct.pack("=Ii", _CAPABILITIES, 0), bytes(24)
        _refused(libc.syscall(number, head, none), "giving up capabilities")
    landlock.restrict(_grants(cell), cell.port)
    seccomp.restrict(network=cell.port is not None)


def _grants(cell: Cell) -> Sequence[Grant]:
    reads = [Grant(Path(path)) for path in SYSTEM] + [Grant(path) for path in cell.reads]
    writes = [Grant(Path("/dev/null"), write=True)]
    if cell.folder is not None:
        writes.append(Grant(cell.folder, write=True))
    return [*reads, *writes]


def _limit(memory: int) -> None:
    bounds = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_FSIZE: LARGEST_FILE,
        resource.RLIMIT_MEMLOCK: 0,
    }
    for kind, most in bounds.items():
        hard = resource.getrlimit(kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (bound, bound))
    os.nice(NICE)


def _refused(answer: int, what: str) -> None:
    if answer != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
