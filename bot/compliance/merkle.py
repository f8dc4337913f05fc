"""A Merkle tree log as in RFC 9162, section 2.1: every append changes the root, and a root commits to all
before it.

leaf = SHA-256(0x00 || data), node = SHA-256(0x01 || left || right), empty tree = SHA-256("").
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


EMPTY = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class Peaks:
    """A log of `size` leaves as its writer needs it: the roots of its complete subtrees, the largest first,
    one for each bit that is set in `size`. Enough to append and to tell the root, for years in the same
    memory; proofs about earlier leaves need the `Tree`. A value: an append that is given up leaves no trace.
    """

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def appended(self, leaf: bytes) -> "Peaks":
        """The log with one more leaf hash."""
        roots, rest = list(self.roots), self.size
        while rest % 2 == 1:
            leaf = node_hash(roots.pop(), leaf)
            rest //= 2
        return Peaks(self.size + 1, (*roots, leaf))

    def root(self) -> bytes:
        """As `Tree.root()` of the same leaves."""
        if not self.roots:
            return EMPTY
        *left, reached = self.roots
        for peak in reversed(left):
            reached = node_hash(peak, reached)
        return reached


class Tree:
    """All leaf hashes and, above them, every complete pair; one list a level. Some 150 bytes an entry."""

    def __init__(self) -> None:
        self._levels: list[list[bytes]] = [[]]

    def __len__(self) -> int:
        return len(self._levels[0])

    def append(self, leaf: bytes) -> int:
        """Add a leaf hash; its index."""
        self._levels[0].append(leaf)
        level = 0
        while len(self._levels[level]) % 2 == 0:
            if level + 1 == len(self._levels):
                self._levels.append([])
            left, right = self._levels[level][-2:]
            self._levels[level + 1].append(node_hash(left, right))
            level += 1
        return len(self) - 1

    def peaks(self) -> Peaks:
        """What appending to these leaves needs."""
        size, roots, start = len(self), [], 0
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                roots.append(self._levels[level][start >> level])
                start += 1 << level
        return Peaks(size, tuple(roots))

    def root(self, size: int | None = None) -> bytes:
        """The root of the first `size` leaves (None: of all). Raises ValueError if there are fewer."""
        n = len(self) if size is None else size
        if not 0 <= n <= len(self):
            raise ValueError(f"the tree has {len(self)} leaves, not {n}")
        return EMPTY if n == 0 else self._span(0, n)

    def _span(self, start: int, end: int) -> bytes:
        """Root of leaves start..end; read off its level where the span is whole and aligned."""
        width = end - start
        if width & (width - 1) == 0 and start % width == 0:
            return self._levels[width.bit_length() - 1][start // width]
        split = start + (1 << ((width - 1).bit_length() - 1))
        return node_hash(self._span(start, split), self._span(split, end))

    def inclusion(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        """The hashes that prove leaf `index` to be in the tree of `size` (RFC 9162 2.1.3.1)."""
        n = len(self) if size is None else size
        if not 0 <= index < n <= len(self):
            raise ValueError(f"no leaf {index} in a tree of {n}")
        path: list[bytes] = []
        start, end = 0, n
        while end - start > 1:
            split = start + (1 << ((end - start - 1).bit_length() - 1))
            if index < split:
                path.append(self._span(split, end))
                end = split
            else:
                path.append(self._span(start, split))
                start = split
        return tuple(reversed(path))

    def consistency(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        """The hashes that prove the tree of `old` leaves to be the beginning of that of `new` (None: of all),
        RFC 9162 2.1.4.1. Raises ValueError: not 0 < old <= new <= len(self).
        """
        n = len(self) if new is None else new
        if not 0 < old <= n <= len(self):
            raise ValueError(f"no proof from {old} to {n} leaves in a tree of {len(self)}")
        path: list[bytes] = []
        start, end, known = 0, n, True  # known: the verifier has this span's root, the old tree's
        while end - start > 0 and old != end:
            split = start + (1 << ((end - start - 1).bit_length() - 1))
            if old <= split:
                path.append(self._span(split, end))
                end = split
            else:
                path.append(self._span(start, split))
                start, known = split, False
        if not known:
            path.append(self._span(start, end))
        return tuple(reversed(path))


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path proves the leaf (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, reached = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if place % 2 == 1 or place == last:
            reached = node_hash(sibling, reached)
            while place % 2 == 0 and place != 0:
                place >>= 1
                last >>= 1
        else:
            reached = node_hash(reached, sibling)
        place >>= 1
        last >>= 1
    return last == 0 and reached == root


def consistent(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether the path proves that the log of `old` leaves was only appended to (RFC 9162 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not path or not steps:
        return False
    place, last = old - 1, new - 1
    while place % 2 == 1:
        place >>= 1
        last >>= 1
    earlier = later = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place % 2 == 1 or place == last:
            earlier, later = node_hash(step, earlier), node_hash(step, later)
            while place % 2 == 0 and place != 0:
                place >>= 1
                last >>= 1
        else:
            later = node_hash(later, step)
        place >>= 1
        last >>= 1
    return last == 0 and earlier == old_root and later == new_root
