"""Landlock: a process gives up the files and the network that it was not granted, for ever.

Numbers and structures are those of the kernel's own description (docs.kernel.org/userspace-api/landlock.html,
include/uapi/linux/landlock.h). What a kernel of an older ABI cannot hold back is told by `lacking`.
"""

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same on every architecture
_VERSION = 1
_PATH, _PORT = 1, 2

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL = 1 << 14, 1 << 15
_FILE_ONLY = EXECUTE | WRITE_FILE | READ_FILE | _TRUNCATE | _IOCTL
_CONNECT, _BIND = 1 << 1, 1 << 0
_SCOPES = (1 << 0) | (1 << 1)  # abstract sockets of others, signals to others
FILES_ABI, TRUNCATE_ABI, NETWORK_ABI, SCOPES_ABI = 1, 3, 4, 6


@dataclass(frozen=True, slots=True)
class Grant:
    """`path` and all beneath it. `write`: also made, changed and removed; else only read."""

    path: Path
    write: bool = False


def abi() -> int:
    """The version that this kernel holds; 0 where it has none, or where it is switched off."""
    if sys.platform != "linux":
        return 0
    found = _libc().syscall(_CREATE, None, 0, _VERSION)
    return max(0, int(found))


def lacking(version: int, *, network: bool = True) -> tuple[str, ...]:
    """What a kernel of this ABI cannot hold back, in plain words. `network`: whether the network is granted
    at all.
    """
    if version < FILES_ABI:
        return (
            "This kernel has no Landlock: the plug-in can read and write the files that your user can.",
            *(("Which servers it talks to is not held back.",) if network else ()),
        )
    found = []
    if version < TRUNCATE_ABI:
        found.append("This kernel's Landlock cannot hold back the emptying of files (Linux 6.2 can).")
    if version < NETWORK_ABI and network:
        found.append("This kernel's Landlock cannot hold back which servers it talks to (Linux 6.7 can).")
    return tuple(found)


def restrict(grants: Iterable[Grant], port: int | None) -> int:
    """From here on this thread, and what it starts, has just the `grants` and may connect by TCP to `port`
    alone (None: to none). Returns the ABI that holds it; 0: nothing was held back. Paths that do not exist
    are passed over. Raises OSError where a kernel that has Landlock refuses. Needs no_new_privs.
    """
    version = abi()
    if version < FILES_ABI:
        return 0
    fs = _handled(version)
    fields = [fs]
    if version >= NETWORK_ABI:
        fields.append(_CONNECT | _BIND)
    if version >= SCOPES_ABI:
        fields.append(_SCOPES)
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    rules = _call(_CREATE, attributes, len(attributes), 0)
    try:
        for grant in grants:
            _allow_path(rules, grant, fs)
        if version >= NETWORK_ABI and port is not None:
            _call(_ADD, rules, _PORT, struct.pack("=QQ", _CONNECT, port), 0)
        _call(_RESTRICT, rules, 0)
    finally:
        os.close(rules)
    return version


def _handled(version: int) -> int:
    last = 12 if version < 2 else 13 if version < 3 else 14 if version < 5 else 15
    return int((1 << (last + 1)) - 1)


def _allow_path(rules: int, grant: Grant, handled: int) -> None:
    with _opened(grant.path) as held:
        if held is None:
            return
        access = handled & ~EXECUTE if grant.write else READ_FILE | READ_DIR
        if not stat.S_ISDIR(os.fstat(held).st_mode):
            access &= _FILE_ONLY
        _call(_ADD, rules, _PATH, struct.pack("=Qi", access & handled, held), 0)


@contextmanager
def _opened(path: Path) -> Iterator[int | None]:
    try:
        held = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    try:
        yield held
    finally:
        os.close(held)


def _call(number: int, *arguments: object) -> int:
    found = int(_libc().syscall(number, *arguments))
    if found < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: {os.strerror(code)}")
    return found


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
