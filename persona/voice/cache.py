"""Rendered clauses on disk, so that a rehearsed line need not be rendered again. Bounded; safe between
processes.

One file a clause: a line of JSON (words, phones), then samples of 16 bit, then a sha256 over both. A file
that does not add up is taken away and rendered anew. The least lately used go first when the folder is full.
"""

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path

import numpy as np

from persona.speech import Phone
from persona.voice.take import Take

_MAGIC = b"castmate-take-1\n"
_DIGEST = 32


class SpeechCache:
    """`limit`: bytes of the whole folder (a minute of speech takes 5.8 MB). Counts hits, misses and damaged
    files.

    A full or unwritable disk costs the cache, never the show: `put` then counts `unwritten` and goes on.
    """

    def __init__(self, folder: Path, limit: int = 512 * 1024 * 1024) -> None:
        self._folder = folder
        self._limit = limit
        self._size: int | None = None
        self.hits = self.misses = self.damaged = self.unwritten = 0

    def get(self, key: str) -> Take | None:
        """The take kept under `key` (hexadecimal), or None."""
        path = self._path(key)
        try:
            data = path.read_bytes()
        except OSError:
            self.misses += 1
            return None
        take = _unpacked(data)
        if take is None:
            self.damaged += 1
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        self.hits += 1
        with contextlib.suppress(OSError):
            os.utime(path)
        return take

    def put(self, key: str, take: Take) -> None:
        data = _packed(take)
        if len(data) > self._limit:
            return
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._make_room(len(data))
            handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.replace(name, path)  # noqa: PTH105 - atomic within the folder
        except OSError:
            self.unwritten += 1
            return
        self._size = (self._size or 0) + len(data)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.take"

    def _make_room(self, wanted: int) -> None:
        if self._size is not None and self._size + wanted <= self._limit:
            return
        files = []
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(OSError):
                stat = path.stat()
                files.append((stat.st_mtime, stat.st_size, path))
        self._size = sum(size for _, size, _ in files)
        # Down to nine tenths at once, so that a full cache does not look through the folder at every clause.
        goal = int(self._limit * 0.9) - wanted
        for _, size, path in sorted(files) if self._size + wanted > self._limit else []:
            if self._size <= goal:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                self._size -= size


def _packed(take: Take) -> bytes:
    head = {"words": take.words, "phones": [(p.symbol, p.start, p.end) for p in take.phones]}
    samples = np.round(take.pcm * 32767).astype("<i2").tobytes()
    body = _MAGIC + json.dumps(head, ensure_ascii=False).encode() + b"\n" + samples
    return body + hashlib.sha256(body).digest()


def _unpacked(data: bytes) -> Take | None:
    body, digest = data[:-_DIGEST], data[-_DIGEST:]
    if not body.startswith(_MAGIC) or hashlib.sha256(body).digest() != digest:
        return None
    line, _, samples = body[len(_MAGIC) :].partition(b"\n")
    head = json.loads(line)
    pcm = (np.frombuffer(samples, dtype="<i2") / 32767).astype(np.float32)
    words = tuple((float(s), float(e), int(a), int(b)) for s, e, a, b in head["words"])
    return Take(pcm, words, tuple(Phone(str(s), float(a), float(b)) for s, a, b in head["phones"]))
