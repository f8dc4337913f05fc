"""What a ledger's file holds, and whether it still holds what was written.

One line an entry, canonical JSON (RFC 8785): {"entry": {"at", "data", "kind"}, "hash", "i", "root"}. `hash`
is the leaf of the canonical entry, `root` the root of the Merkle tree up to and with it, so that each line
commits to all lines before it. Entry 0 opens the ledger; entries of kind `checkpoint` carry a signature over
the root before them.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue, ValidationError, field_validator

from bot.compliance.ledger_parts import CONTINUED, Line, lines
from bot.compliance.merkle import Tree, leaf_hash
from products.errors import SetupError

CONTEXT = b"castmate checkpoint 1\n"
FORMAT = 1
MOST_TROUBLES = 20


class Entry(BaseModel):
    """Something that happened. `data`: JSON values; numbers within 2^53, finite. Halves of surrogate pairs,
    which a viewer's text may hold and UTF-8 may not, are replaced by U+FFFD: a strange message must not stop
    a show.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: str
    at: AwareDatetime
    data: dict[str, JsonValue] = {}

    @field_validator("data", mode="before")
    @classmethod
    def _encodable(cls, data: object) -> object:
        return _without_surrogates(data)

    @field_validator("at")
    @classmethod
    def _readable(cls, at: datetime) -> datetime:
        """Offsets of the years before railways have seconds, which JSON's times have not."""
        offset = at.utcoffset()
        return at.astimezone(UTC) if offset is not None and offset.seconds % 60 else at

    def canonical(self) -> bytes:
        """The bytes that are hashed. Raises ValueError without a canonical form (NaN, huge integers)."""
        return bytes(rfc8785.dumps(self.model_dump(mode="json")))


def _without_surrogates(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_without_surrogates(k): _without_surrogates(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_without_surrogates(v) for v in value]
    return value


class Checkpoint(BaseModel):
    """A signed root: everything up to `size` entries was so at that time. `ledger`: hash of entry 0."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    ledger: str
    size: int
    root: str
    at: AwareDatetime
    final: bool
    signature: str = ""

    def body(self) -> bytes:
        return CONTEXT + bytes(rfc8785.dumps(self.model_dump(mode="json", exclude={"signature"})))

    def signed(self, key: Ed25519PrivateKey) -> "Checkpoint":
        return self.model_copy(update={"signature": key.sign(self.body()).hex()})

    def signed_by(self, key: Ed25519PublicKey) -> bool:
        try:
            key.verify(bytes.fromhex(self.signature), self.body())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry as it stands in the file."""

    index: int
    hash: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is not as it was written. `line` counts from 1, `entry` from 0. `file`: which part of a
    ledger of several files; "" for the first.
    """

    line: int
    entry: int | None
    kind: Literal["changed", "removed", "inserted", "moved", "torn", "cut", "signature", "unreadable"]
    message: str
    file: str = ""

    def __str__(self) -> str:
        return f"{self.file + ', ' if self.file else ''}line {self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Report:
    """Outcome of a verification. `signed`: entries that a valid signature covers (0 without a key). `closed`:
    the last entry is the final checkpoint. `authentic`: a key was given and every signature is by it.
    """

    path: str
    entries: int
    root: str
    checkpoints: int
    signed: int
    closed: bool
    authentic: bool
    troubles: tuple[Trouble, ...]

    @property
    def ok(self) -> bool:
        return not self.troubles


def line_of(index: int, canonical: bytes, leaf: bytes, root: bytes) -> bytes:
    """One line of the file, with its end, from the entry's canonical bytes. Canonical JSON itself: the
    members stand in the order of their names.
    """
    rest = f',"hash":"{leaf.hex()}","i":{index},"root":"{root.hex()}"}}\n'
    return b'{"entry":' + canonical + rest.encode()


def checkpoint_of(recorded: Recorded, ledger: str) -> Checkpoint | None:
    """The checkpoint that an entry of that kind carries; None if it carries no sound one."""
    data = recorded.entry.data
    try:
        return Checkpoint.model_validate({**data, "ledger": ledger, "at": recorded.entry.at})
    except ValidationError:
        return None


def read_ledger(path: Path) -> Iterator[Recorded]:
    """The entries in order, of all its files, for replay and for people. Raises SetupError that names the
    first bad line; a torn last line (a crash) ends the reading quietly, because nobody was told that it had
    been written.
    """
    for line in lines(path):
        if not line.data.endswith(b"\n"):
            return
        try:
            yield _parse(line.data).recorded
        except ValueError as error:
            remedy = "Verify it: castmate ledger verify"
            where = path.with_name(line.file)
            raise SetupError(f"{where}, line {line.number}: {error}.", remedy=remedy) from None


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that is byte for byte as a ledger writes it. `leaf`: recomputed from the entry."""

    recorded: Recorded
    leaf: bytes
    root: str


def _number(digits: str) -> int | float:
    """Canonical JSON writes whole floats without a point: from 2^53 on, digits alone are a float's."""
    return int(digits) if abs(int(digits)) < 2**53 else float(digits)


def _parse(line: bytes) -> _Line:
    """One line. Raises ValueError in plain words."""
    try:
        raw: dict[str, Any] = json.loads(line, parse_int=_number)
        entry = Entry.model_validate(raw["entry"])
        canonical = entry.canonical()
        index, stated, root = raw["i"], bytes.fromhex(raw["hash"]), bytes.fromhex(raw["root"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError("this is no line of a ledger") from None
    if type(index) is not int or line_of(index, canonical, stated, root) != line:
        raise ValueError("this line is not in the form in which it was written")
    return _Line(Recorded(index, raw["hash"], entry), leaf_hash(canonical), raw["root"])


class Check:
    """One pass over a ledger: what stands in it (`tree`, `ledger`, `latest`) and what is wrong (`troubles`).

    `read`: gives its lines, as often as it is asked; `name`: of its first file.
    """

    def __init__(self, name: str, read: Callable[[], Iterator[Line]], key: Ed25519PublicKey | None) -> None:
        self.name = name
        self.key = key
        self._read = read
        self._file = name  # where the line at hand stands
        self.tree = Tree()
        self.troubles: list[Trouble] = []
        self.checkpoints = 0
        self.signed = 0
        self.closed = False
        self.ledger = ""
        self.latest: Checkpoint | None = None

    def run(self) -> None:
        at = None
        for at in self._read():
            self._file = at.file
            if not self._line(at.number, at.data):
                self._explain(at)
                return
        if at is None:
            self._trouble(1, None, "cut", "the file is empty; a ledger has at least its opening entry")

    def _trouble(self, line: int, entry: int | None, kind: Any, message: str) -> None:
        if len(self.troubles) < MOST_TROUBLES:
            file = "" if self._file == self.name else self._file
            self.troubles.append(Trouble(line, entry, kind, message, file))

    def _line(self, number: int, line: bytes) -> bool:
        """Take one line into the tree; False = the chain is broken here, nothing after it can be trusted."""
        expected = len(self.tree)
        if not line.endswith(b"\n"):
            text = f"entry {expected} is torn after {len(line)} bytes: a crash while writing, or it was cut"
            self._trouble(number, expected, "torn", text)
            return True
        try:
            parsed = _parse(line)
        except ValueError as error:
            self._trouble(number, expected, "changed", f"entry {expected} was changed: {error}")
            return False
        recorded, leaf = parsed.recorded, parsed.leaf
        if recorded.index != expected:
            return False
        if leaf.hex() != recorded.hash:
            text = f"entry {expected} ({recorded.entry.kind}) was changed: its content does not fit its hash"
            self._trouble(number, expected, "changed", text)
            return False
        self.tree.append(leaf)
        if parsed.root != self.tree.root().hex():
            what = f"entry {expected} ({recorded.entry.kind})"
            text = f"the chain breaks at {what}: it, or one before it, was exchanged"
            self._trouble(number, expected, "changed", text)
            return False
        if expected == 0:
            self.ledger = recorded.hash
        if self.closed:
            text = f"entry {expected} stands after the final checkpoint: it was added to a closed ledger"
            self._trouble(number, expected, "inserted", text)
        self.closed = False
        if recorded.entry.kind == "checkpoint":
            self._checkpoint(number, recorded)
        elif (number == 1 and expected > 0) or recorded.entry.kind == CONTINUED:
            self._continued(number, recorded)
        return True

    def _continued(self, number: int, recorded: Recorded) -> None:
        """The first line of a part must carry the checkpoint that the part before it ended with."""
        given, before = recorded.entry.data.get("checkpoint"), self.latest
        ended = None if before is None else before.model_dump(mode="json")
        if recorded.entry.kind != CONTINUED or number != 1 or ended is None or given != ended:
            text = f"entry {recorded.index} does not go on from the checkpoint that ended the file before"
            self._trouble(number, recorded.index, "changed", text)

    def _checkpoint(self, number: int, recorded: Recorded) -> None:
        self.checkpoints += 1
        given = checkpoint_of(recorded, self.ledger)
        index = recorded.index
        if given is None or given.size != index or given.root != self.tree.root(index).hex():
            text = f"the checkpoint at entry {index} does not sign the entries before it"
            self._trouble(number, index, "signature", text)
        elif self.key is not None and not given.signed_by(self.key):
            text = f"the checkpoint at entry {index} is not signed by this key"
            self._trouble(number, index, "signature", text)
        else:
            self.signed = index + 1 if self.key is not None else 0
            self.closed = given.final
            self.latest = given

    def _explain(self, at: Line) -> None:
        """Say what an index out of order means: removed, inserted or moved."""
        number = at.number
        if self.troubles and (self.troubles[-1].line, self._file) == (number, at.file):
            return
        expected, found = len(self.tree), -1
        later: set[int] = set()
        reached = False
        for line in self._read():
            reached = reached or line == at
            if not reached:
                continue
            with suppress(ValueError):
                index = _parse(line.data).recorded.index
                found = index if line == at else found
                later.add(index)
        if found < expected:
            text = f"entry {found} stands here a second time: a line was inserted"
            self._trouble(number, found, "inserted", text)
        elif expected in later:
            text = f"entry {found} stands where entry {expected} belongs: lines were moved or inserted"
            self._trouble(number, expected, "moved", text)
        else:
            many = f"entry {expected}" if found == expected + 1 else f"entries {expected} to {found - 1}"
            self._trouble(number, expected, "removed", f"before this line {many} missing: removed")


def verify(path: Path, public_key: Ed25519PublicKey | None, checkpoint: Checkpoint | None = None) -> Report:
    """Recompute the whole ledger and name what is not as it was written.

    Without a key the chain is checked but nobody vouches for it (`authentic` False). `checkpoint`: a signed
    one kept elsewhere; only with it a tail cut off at a line's end shows. Raises SetupError if the file
    cannot be read.
    """
    return judge(Check(path.name, lambda: lines(path), public_key), str(path), checkpoint)


def judge(check: Check, path: str, checkpoint: Checkpoint | None = None) -> Report:
    """Runs a check to its end and reports."""
    check.run()
    if checkpoint is not None and not check.troubles:
        _against(check, checkpoint)
    return Report(
        path=path,
        entries=len(check.tree),
        root=check.tree.root().hex(),
        checkpoints=check.checkpoints,
        signed=check.signed,
        closed=check.closed,
        authentic=check.key is not None and check.signed > 0 and not check.troubles,
        troubles=tuple(check.troubles),
    )


def _against(check: Check, checkpoint: Checkpoint) -> None:
    """Compare with a checkpoint that was kept outside the file."""
    size, last = len(check.tree), len(check.tree)
    when = checkpoint.at.isoformat()
    if check.key is not None and not checkpoint.signed_by(check.key):
        check._trouble(last, None, "signature", f"the checkpoint of {when} is not signed by this key")
    elif checkpoint.ledger != check.ledger:
        check._trouble(1, 0, "changed", f"the checkpoint of {when} belongs to another ledger")
    elif checkpoint.size + 1 > size:  # the checkpoint stands in the file too, after what it signs
        gone = checkpoint.size + 1 - size
        had = f"on {when} there were {checkpoint.size + 1}"
        text = f"the ledger ends after {size} entries; {had}: {gone} cut off the end"
        check._trouble(last, size, "cut", text)
    elif check.tree.root(checkpoint.size).hex() != checkpoint.root:
        text = f"the first {checkpoint.size} entries are not those that were signed on {when}"
        check._trouble(1, None, "changed", text)
