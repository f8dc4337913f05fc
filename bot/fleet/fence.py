"""Until when a show may send: a deadline that its node moves and that every sender looks at before each send.

The deadline lies in a small file that the node and the show's processes map into memory: no message can be
late or lost. It is in nanoseconds of CLOCK_BOOTTIME, one clock for all processes of a machine, which goes on
while the machine is suspended. Two things hold a sender to it:

1. `Fence.holds` before each send.
2. A timer of the kernel on the same clock, which kills the process at the deadline. A process that was frozen
   between its look and its send is dead before it wakes: SIGKILL also reaches who stands still.

Standard library alone: senders start in a fraction of a second.
"""

import ctypes
import mmap
import os
import signal
import sys
import threading
import time
from pathlib import Path

VARIABLE = "CASTMATE_LEASE"  # names the file, in the environment of a show's processes
LOOK_S = 0.05
_BYTES = 16  # epoch, deadline: two native 64-bit integers, each written by one store
_BOOTTIME = 7  # CLOCK_BOOTTIME of <time.h>; Python has it only on Linux
_SIGEV_SIGNAL, _TIMER_ABSTIME = 0, 1


def boottime_ns() -> int:
    """Nanoseconds since the machine started, its suspended time among them."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Post:
    """The node's end of a fence: makes the file (mode 0600) and moves the deadline. Raises OSError."""

    def __init__(self, path: Path, epoch: int, deadline_ns: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.epoch = path, epoch
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(file, _BYTES)
            self._map = mmap.mmap(file, _BYTES)
        finally:
            os.close(file)
        self._words = memoryview(self._map).cast("q")
        self._words[0], self._words[1] = epoch, deadline_ns

    def move(self, deadline_ns: int) -> None:
        """The lease was renewed: it may send until then. One that has passed or was taken back stays so."""
        if boottime_ns() < self._words[1]:
            self._words[1] = deadline_ns

    def take_back(self) -> None:
        """From now on nothing may be sent."""
        self._words[1] = 0

    @property
    def deadline_ns(self) -> int:
        return self._words[1]

    def close(self) -> None:
        """Takes it back and removes the file; who has it open still sees that it was taken back."""
        self.take_back()
        self._words.release()
        self._map.close()
        self.path.unlink(missing_ok=True)


class Fence:
    """A sender's end. `holds` is safe from any thread and costs less than a microsecond."""

    def __init__(self, path: Path) -> None:
        """Raises OSError when the file is not there, ValueError when it is no fence."""
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._map = mmap.mmap(file, _BYTES, prot=mmap.PROT_READ)
        finally:
            os.close(file)
        self._words = memoryview(self._map).cast("q")
        self.epoch: int = self._words[0]

    @property
    def deadline_ns(self) -> int:
        return self._words[1]

    def holds(self) -> bool:
        """Whether it may send now."""
        return boottime_ns() < self._words[1]

    def stand(self) -> None:
        """From now on this process dies at the deadline, wherever it stands; call it once, before the first
        send. A thread follows the deadline as the node moves it.
        """
        timer = _Timer()
        seen = self.deadline_ns
        timer.set(seen)
        threading.Thread(target=self._follow, args=(timer, seen), name="fence", daemon=True).start()

    def _follow(self, timer: "_Timer", seen: int) -> None:
        still = threading.Event()
        while self.holds():
            if (deadline := self.deadline_ns) != seen:
                timer.set(deadline)
                seen = deadline
            still.wait(LOOK_S)
        os.kill(os.getpid(), signal.SIGKILL)  # taken back, or past and no timer


def held_epoch() -> int | None:
    """The epoch under which this process airs its show; None outside a fleet."""
    named = os.environ.get(VARIABLE)
    return Fence(Path(named)).epoch if named else None


def held_lease() -> tuple[str, int] | None:
    """Name of the show and epoch of the lease under which this process airs it; None outside a fleet."""
    named = os.environ.get(VARIABLE)  # a node names the file SHOW.EPOCH
    return (Path(named).name.rpartition(".")[0], Fence(Path(named)).epoch) if named else None


def inherited() -> Fence | None:
    """The fence that this process was started with; None for a show outside a fleet. A process whose lease is
    gone already, or cannot be read, is killed: it may not send.
    """
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    try:
        fence = Fence(Path(named))
    except (OSError, ValueError):
        print("the lease is gone: another node has the show", file=sys.stderr, flush=True)  # noqa: T201
        os.kill(os.getpid(), signal.SIGKILL)
        raise
    fence.stand()
    return fence


class _SigEvent(ctypes.Structure):
    """struct sigevent of <signal.h>, 64 bytes."""

    _fields_ = (
        ("value", ctypes.c_void_p),
        ("signo", ctypes.c_int),
        ("notify", ctypes.c_int),
        ("pad", ctypes.c_char * 48),
    )


class _TimeSpec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _ITimerSpec(ctypes.Structure):
    _fields_ = (("interval", _TimeSpec), ("value", _TimeSpec))


class _Timer:
    """timer_create(2) with SIGKILL. Where the system has none (macOS), the thread alone holds the fence."""

    def __init__(self) -> None:
        self._id = ctypes.c_void_p()
        self._c: ctypes.CDLL | None = None
        with_timers = ctypes.CDLL(None, use_errno=True)
        event = _SigEvent(None, signal.SIGKILL, _SIGEV_SIGNAL, b"")
        try:
            made = with_timers.timer_create(_BOOTTIME, ctypes.byref(event), ctypes.byref(self._id))
        except AttributeError:
            return
        if made == 0:
            self._c = with_timers

    def set(self, deadline_ns: int) -> None:
        """Fires at that time; at once when it has passed."""
        if self._c is None:
            return
        at = max(1, deadline_ns)  # zero would disarm it
        until = _ITimerSpec(_TimeSpec(0, 0), _TimeSpec(at // 10**9, at % 10**9))
        self._c.timer_settime(self._id, _TIMER_ABSTIME, ctypes.byref(until), None)
