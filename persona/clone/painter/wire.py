"""What a show and a painter say to one another, over a Unix socket that keeps messages apart (SEQPACKET).

The first byte tells the kind. A show joins with its opened clone and the memory in which it wants pictures;
then it asks for mouths and is told when each is there. At most SLOTS of its pictures are under way.
"""

import fcntl
import mmap
import os
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from persona.clone.prepared import Floats
from products.errors import SetupError

SLOTS = 8  # pictures of a show that may be under way: a third of a second
LONGEST = 4096  # bytes of a message
MOST_NUMBERS = 64  # of a mouth vector

JOIN, WELCOME, NO, ASK, DONE, STATUS = b"J", b"W", b"N", b"A", b"D", b"S"
PAINTED, LATE, FAILED = range(3)  # how a picture came out

_ASK = struct.Struct("<IHId")
_DONE = struct.Struct("<IHB")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Join(_Strict):
    """A show asks to be painted for. `folder`: of its opened clone (persona.clone.neural.reel); `rate`:
    pictures a second while it speaks; `size`: S of its crops. The message carries the memory's descriptor.
    """

    folder: Path
    rate: float = Field(gt=0, le=240)
    size: int = Field(ge=32, le=512)


class No(_Strict):
    """Not taken, or not any longer, and why. `final`: asking again would not help."""

    reason: str
    final: bool = True


class Status(_Strict):
    """How a painter is. `room`: empty when it can take another show of the asked rate, else why not."""

    room: str
    device: str
    figures: dict[str, float]


class StatusAsked(_Strict):
    rate: float = Field(default=25.0, gt=0, le=240)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A mouth float32 [K] on stored picture `frame`, into `slot`. `due`: monotonic seconds after which nobody
    wants it any more. `ticket`: the show's own number for it.
    """

    ticket: int
    slot: int
    frame: int
    due: float
    mouth: Floats

    def to_bytes(self) -> bytes:
        head = _ASK.pack(self.ticket, self.slot, self.frame, self.due)
        return ASK + head + np.asarray(self.mouth, np.float32).tobytes()

    @classmethod
    def from_bytes(cls, message: bytes) -> "Asked":
        """Raises ValueError for what is none."""
        body = message[1:]
        numbers, left = divmod(len(body) - _ASK.size, 4)
        if left or not 1 <= numbers <= MOST_NUMBERS:
            raise ValueError(f"a question of {len(message)} bytes")
        ticket, slot, frame, due = _ASK.unpack_from(body)
        return cls(ticket, slot, frame, due, np.frombuffer(body, np.float32, numbers, _ASK.size))


def done_bytes(ticket: int, slot: int, how: int) -> bytes:
    return DONE + _DONE.pack(ticket, slot, how)


def read_done(message: bytes) -> tuple[int, int, int]:
    """(ticket, slot, how)."""
    ticket, slot, how = _DONE.unpack(message[1:])
    return ticket, slot, how


def told(kind: bytes, value: BaseModel) -> bytes:
    return kind + value.model_dump_json().encode()


def new_socket() -> socket.socket:
    """Raises SetupError where the system has no such sockets."""
    try:
        return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    except (OSError, AttributeError) as error:
        raise SetupError(
            f"A painter for many shows needs Linux's SEQPACKET sockets, which are not here ({error}).",
            remedy="Leave CASTMATE_PAINTER out: each show paints its own clone.",
        ) from error


class Slots:
    """The memory in which a show gets its pictures: SLOTS of float32 [3, S, S], 0..1. It has no name and is
    gone with the last process that holds it.
    """

    def __init__(self, memory: mmap.mmap, size: int) -> None:
        self._memory = memory
        each = _bytes_of(size) // SLOTS
        self._pictures: list[Floats] = [
            np.frombuffer(memory, np.float32, each // 4, k * each).reshape(3, size, size)
            for k in range(SLOTS)
        ]

    @classmethod
    def create(cls, size: int) -> "tuple[Slots, int]":
        """The show's; with the descriptor to be sent, which the caller closes."""
        fd = os.memfd_create("castmate-mouths", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(fd, _bytes_of(size))
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
        return cls(mmap.mmap(fd, _bytes_of(size)), size), fd

    @classmethod
    def attach(cls, fd: int, size: int) -> "Slots":
        """The painter's. Raises ValueError for memory that is smaller, or could become so: to touch what is
        gone would end the process.
        """
        if os.fstat(fd).st_size != _bytes_of(size):
            raise ValueError("the memory is not as large as its pictures")
        if not fcntl.fcntl(fd, fcntl.F_GET_SEALS) & fcntl.F_SEAL_SHRINK:
            raise ValueError("the memory may shrink")
        return cls(mmap.mmap(fd, _bytes_of(size)), size)

    def picture(self, slot: int) -> Floats:
        """A view, float32 [3, S, S]."""
        return self._pictures[slot]

    def close(self) -> None:
        self._pictures = []
        try:
            self._memory.close()
        except BufferError:
            pass  # a view is still held: the memory goes with it


def _bytes_of(size: int) -> int:
    return SLOTS * 3 * size * size * 4


def ask_status(path: Path, rate: float = 25.0, wait_s: float = 5.0) -> Status:
    """How the painter at `path` is, and whether it can take another show of `rate` pictures a second.

    Raises SetupError when none answers there.
    """
    with new_socket() as line:
        line.settimeout(wait_s)
        try:
            line.connect(str(path))
            line.send(told(STATUS, StatusAsked(rate=rate)))
            answer = line.recv(LONGEST)
            return Status.model_validate_json(answer[1:])
        except (OSError, ValidationError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise SetupError(
                f"No painter answers at {path} ({why}).",
                remedy="Start it: castmate clone painter, or leave CASTMATE_PAINTER out.",
            ) from None
