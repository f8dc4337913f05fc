"""The watermark: a pattern of blocks, half of them one level brighter, that is turned over every two seconds.

Nobody sees one level of 219; what is read is the difference between one turn and the next, over thousands of
blocks and some seconds, so it outlives a platform's encoder, a smaller picture and another frame rate. It is
no secret and no lock: the pattern is public, so that anybody can find out that a stream was made by a machine
(EU Code of Practice on marking AI content, the layer beside signed metadata). Half of the blocks are the same
in every stream; the other half carry the code of the show.

Bender et al., "Techniques for data hiding", IBM Systems Journal 35 (1996), describe such statistics of blocks
("patchwork").
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

Blocks = NDArray[np.bool_]

SHORT, LONG = 45, 80  # blocks along the picture's short and its long side
TURN_S = 2.0  # of the stream's own time; as long as a GOP, so that each turn begins with whole pictures
CODE_BITS, CHECK_BITS = 24, 8
VERSION = 1  # of the public pattern
_PUBLIC = b"castmate watermark 1"


@dataclass(frozen=True, slots=True)
class Veil:
    """What is added to the luma of a picture. `luma`: uint8 [h, w] of 0 and 1; `key` names its content."""

    key: str
    luma: NDArray[np.uint8]


class Watermark:
    """The watermark of a stream of `width` x `height` pixels at `fps`, for the show `code` (see code_of)."""

    def __init__(self, width: int, height: int, fps: int, code: int) -> None:
        self._size, self._code = (width, height), code
        self._turn = round(TURN_S * fps)

    def at(self, n: int) -> Veil:
        """The veil of frame `n`."""
        return self._veils[n // self._turn % 2]

    @cached_property
    def _veils(self) -> tuple[Veil, Veil]:
        blocks = pattern(self._code, portrait=self._size[1] >= self._size[0])
        luma = cv2.resize(blocks.astype(np.uint8), self._size, interpolation=cv2.INTER_NEAREST)
        return Veil(f"{self._code}/0", luma), Veil(f"{self._code}/1", 1 - luma)


def code_of(name: str) -> int:
    """The code that a show's stream carries, 0 to 2**24 - 1: the first bytes of the hash of its name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[: CODE_BITS // 8], "big")


def pattern(code: int, *, portrait: bool = True) -> Blocks:
    """Which blocks are brighter in even turns, bool [LONG, SHORT] (landscape: [SHORT, LONG])."""
    bits = np.array([(_sealed(code) >> j) & 1 for j in range(CODE_BITS + CHECK_BITS)], bool)
    which = bits_of_blocks()
    shown = public_pattern() ^ np.where(which >= 0, bits[which], False)
    grid = shown.reshape(LONG, SHORT)
    return grid if portrait else grid.T


def public_pattern() -> Blocks:
    """The pattern that is the same in every stream, bool [LONG * SHORT]: SHA-256 in counter mode."""
    counts = range(-(-LONG * SHORT // 256))
    digests = (hashlib.sha256(_PUBLIC + i.to_bytes(4, "big")).digest() for i in counts)
    stream = np.frombuffer(b"".join(digests), np.uint8)
    return np.unpackbits(stream)[: LONG * SHORT].astype(bool)


def bits_of_blocks() -> NDArray[np.int64]:
    """Which bit each block carries, [LONG * SHORT]; -1: none, it is one of those that are always the same."""
    at = np.arange(LONG * SHORT)
    return np.where(at % 2 == 0, -1, at // 2 % (CODE_BITS + CHECK_BITS))


def unsealed(word: int) -> int | None:
    """The code in the bits that were read; None when its check does not fit."""
    code = word & (1 << CODE_BITS) - 1
    return code if _sealed(code) == word else None


def _sealed(code: int) -> int:
    """The code and its check above it."""
    check = hashlib.sha256(_PUBLIC + b"check" + code.to_bytes(CODE_BITS // 8, "big")).digest()[0]
    return check << CODE_BITS | code
