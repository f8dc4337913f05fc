"""A filter over system calls: what no plug-in needs is refused, in this process and for ever.

Landlock holds back files and TCP. This holds back what it does not look at: other programs, signals, other
processes' memory, rights of files, sockets that are not TCP. The filter is classic BPF, as the kernel's
seccomp(2) wants it; numbers are those of arch/x86/entry/syscalls/syscall_64.tbl and
include/uapi/asm-generic/unistd.h.
"""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PR_SET_SECCOMP, _FILTER = 22, 2
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NR, _ARCH, _ARGS = 0, 4, 16
_X32 = 0x40000000

CLONE_THREAD = 0x00010000
MSG_FASTOPEN = 0x20000000  # connects without a connect() that Landlock would see
AF_INET, AF_INET6, SOCK_STREAM = 2, 10, 1
TCP = 6

Instruction = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Machine:
    """`audit`: how the kernel names it; `numbers`: of its system calls."""

    audit: int
    numbers: Mapping[str, int]


_X86 = {
    "fork": 57, "vfork": 58, "execve": 59, "execveat": 322, "clone": 56, "clone3": 435,
    "kill": 62, "tkill": 200, "tgkill": 234, "rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297,
    "pidfd_send_signal": 424, "pidfd_open": 434, "pidfd_getfd": 438,
    "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "process_madvise": 440,
    "process_mrelease": 448, "kcmp": 312, "prlimit64": 302, "setpriority": 141, "ioprio_set": 251,
    "sched_setaffinity": 203, "sched_setscheduler": 144, "sched_setparam": 142, "sched_setattr": 314,
    "move_pages": 279, "migrate_pages": 256,
    "socket": 41, "bind": 49, "listen": 50, "sendto": 44, "sendmsg": 46, "sendmmsg": 307,
    "chmod": 90, "fchmod": 91, "fchmodat": 268, "fchmodat2": 452, "chown": 92, "fchown": 93, "lchown": 94,
    "fchownat": 260, "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197,
    "lremovexattr": 198, "fremovexattr": 199, "utime": 132, "utimes": 235, "futimesat": 261,
    "utimensat": 280, "shmget": 29, "shmat": 30, "semget": 64, "msgget": 68, "mq_open": 240,
    "io_uring_setup": 425, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "keyctl": 250,
    "add_key": 248, "request_key": 249, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161,
    "unshare": 272, "setns": 308, "open_by_handle_at": 304, "quotactl": 179, "acct": 163, "syslog": 103,
    "reboot": 169, "kexec_load": 246, "init_module": 175, "finit_module": 313, "delete_module": 176,
    "sethostname": 170, "setdomainname": 171, "settimeofday": 164, "clock_settime": 227, "adjtimex": 159,
    "clock_adjtime": 305, "swapon": 167, "swapoff": 168, "open_tree": 428, "move_mount": 429,
    "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "mount_setattr": 442,
}  # fmt: skip
_ARM = {
    "execve": 221, "execveat": 281, "clone": 220, "clone3": 435,
    "kill": 129, "tkill": 130, "tgkill": 131, "rt_sigqueueinfo": 138, "rt_tgsigqueueinfo": 240,
    "pidfd_send_signal": 424, "pidfd_open": 434, "pidfd_getfd": 438,
    "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "process_madvise": 440,
    "process_mrelease": 448, "kcmp": 272, "prlimit64": 261, "setpriority": 140, "ioprio_set": 30,
    "sched_setaffinity": 122, "sched_setscheduler": 119, "sched_setparam": 118, "sched_setattr": 274,
    "move_pages": 239, "migrate_pages": 238,
    "socket": 198, "bind": 200, "listen": 201, "sendto": 206, "sendmsg": 211, "sendmmsg": 269,
    "fchmod": 52, "fchmodat": 53, "fchmodat2": 452, "fchown": 55, "fchownat": 54, "setxattr": 5,
    "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16,
    "utimensat": 88, "shmget": 194, "shmat": 196, "semget": 190, "msgget": 186, "mq_open": 180,
    "io_uring_setup": 425, "bpf": 280, "perf_event_open": 241, "userfaultfd": 282, "keyctl": 219,
    "add_key": 217, "request_key": 218, "mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51,
    "unshare": 97, "setns": 268, "open_by_handle_at": 265, "quotactl": 60, "acct": 89, "syslog": 116,
    "reboot": 142, "kexec_load": 104, "init_module": 105, "finit_module": 273, "delete_module": 106,
    "sethostname": 161, "setdomainname": 162, "settimeofday": 170, "clock_settime": 112, "adjtimex": 171,
    "clock_adjtime": 266, "swapon": 224, "swapoff": 225, "open_tree": 428, "move_mount": 429,
    "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "mount_setattr": 442,
}  # fmt: skip
MACHINES = {"x86_64": _Machine(0xC000003E, _X86), "aarch64": _Machine(0xC00000B7, _ARM)}
_BY_ARGUMENT = frozenset(
    {"clone", "clone3", "tgkill", "prlimit64", "sched_setaffinity", "socket", "sendto", "sendmsg", "sendmmsg"}
)


def lacking(machine: str | None = None) -> tuple[str, ...]:
    """What is not held back on this machine, in plain words."""
    name = machine or platform.machine()
    if name in MACHINES and offered():
        return ()
    why = "by this kernel" if name in MACHINES else f"on {name}"
    return (f"System calls are not filtered {why}: it could start programs and signal other processes.",)


def offered() -> bool:
    """Whether this kernel filters system calls (proc(5), /proc/sys/kernel/seccomp)."""
    return Path("/proc/sys/kernel/seccomp/actions_avail").exists()


def restrict(*, network: bool) -> bool:
    """Filters the calls of this thread and what it starts; False where that cannot be, as `lacking` tells.
    `network`: whether TCP sockets may be made at all. Raises OSError. Needs no_new_privs.
    """
    machine = MACHINES.get(platform.machine())
    if machine is None:
        return False
    code = b"".join(struct.pack("=HBBI", *line) for line in program(machine, os.getpid(), network=network))
    held = ctypes.create_string_buffer(code, len(code))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    told = Program(len(code) // 8, ctypes.cast(held, ctypes.c_void_p).value)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(told), 0, 0) != 0:
        if not offered():
            return False
        raise OSError(ctypes.get_errno(), "the filter of system calls is refused")
    return True


def program(machine: _Machine, pid: int, *, network: bool) -> list[Instruction]:
    """The filter. Pure. `pid`: the process itself, the only one it may signal."""
    refuse = _ERRNO | errno.EPERM
    lines: list[Instruction] = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, machine.audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NR),
    ]
    if machine.audit == MACHINES["x86_64"].audit:
        lines += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _KILL)]
    for name, number in sorted(machine.numbers.items()):
        body = _body(name, pid, refuse, network=network) if name in _BY_ARGUMENT else _returned(refuse)
        lines += [(_EQUAL, 0, len(body), number), *body]
    return [*lines, *_returned(_ALLOW)]


def _returned(what: int) -> list[Instruction]:
    return [(_RETURN, 0, 0, what)]


def _argument(number: int) -> Instruction:
    return (_LOAD, 0, 0, _ARGS + 8 * number)  # its lower half: both machines are little-endian


def _body(name: str, pid: int, refuse: int, *, network: bool) -> list[Instruction]:
    """What is decided by a call's arguments; ends in a return on every path."""
    yes, no = (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, refuse)
    if name == "clone3":  # its flags lie in memory, unseen: the C library then asks by clone
        return [(_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]
    if name == "clone":
        return [_argument(0), (_ANY_BIT, 0, 1, CLONE_THREAD), yes, no]
    if name == "tgkill":
        return [_argument(0), (_EQUAL, 0, 1, pid), yes, no]
    if name in ("prlimit64", "sched_setaffinity"):
        return [_argument(0), (_EQUAL, 0, 1, 0), yes, no]
    if name == "socket":
        return _socket(network, yes, no)
    flags = 2 if name == "sendmsg" else 3
    return [_argument(flags), (_ANY_BIT, 0, 1, MSG_FASTOPEN), no, yes]


def _socket(network: bool, yes: Instruction, no: Instruction) -> list[Instruction]:
    """TCP alone: MPTCP and SCTP pass Landlock by, and UDP needs no connection."""
    if not network:
        return [no]
    return [
        _argument(0),
        (_EQUAL, 2, 0, AF_INET),
        (_EQUAL, 1, 0, AF_INET6),
        no,
        _argument(1),
        (_AND, 0, 0, 0xF),
        (_EQUAL, 1, 0, SOCK_STREAM),
        no,
        _argument(2),
        (_EQUAL, 1, 0, 0),
        (_EQUAL, 0, 1, TCP),
        yes,
        no,
    ]
