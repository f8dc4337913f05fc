"""Proofs that somebody without the ledger can check: that an entry is in it, and that it only grew.

A proof is a small JSON document. It stands on a signed checkpoint, so that whoever holds the public key needs
nothing else: RFC 9162 2.1.3 (inclusion) and 2.1.4 (consistency).
"""

from pathlib import Path
from typing import Annotated, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.compliance.ledger_file import Checkpoint, Entry, checkpoint_of, read_ledger
from bot.compliance.merkle import Tree, consistent, included, leaf_hash
from products.errors import ContentError, SetupError

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Inclusion(BaseModel):
    """`entry` stands at `index` in the log that `checkpoint` signs. `path`: from the leaf's sibling up."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    proof: Literal["inclusion"] = "inclusion"
    index: int
    entry: Entry
    path: tuple[Hash, ...]
    checkpoint: Checkpoint

    def trouble(self, key: Ed25519PublicKey | None) -> str | None:
        """Why this proves nothing; None: it holds. Without a key nobody vouches for the checkpoint."""
        if key is not None and not self.checkpoint.signed_by(key):
            return "the checkpoint is not signed by this key"
        leaf = leaf_hash(self.entry.canonical())
        if not included(leaf, self.index, self.checkpoint.size, _raw(self.path), _root(self.checkpoint)):
            return f"the path does not lead from this entry at {self.index} to the checkpoint's root"
        return None


class Consistency(BaseModel):
    """The log of `new` begins with all of `old`, unchanged and in the same order."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    proof: Literal["consistency"] = "consistency"
    old: Checkpoint
    new: Checkpoint
    path: tuple[Hash, ...]

    def trouble(self, key: Ed25519PublicKey | None) -> str | None:
        """Why this proves nothing; None: it holds. Without a key nobody vouches for the checkpoints."""
        for name, checkpoint in (("old", self.old), ("new", self.new)):
            if key is not None and not checkpoint.signed_by(key):
                return f"the {name} checkpoint is not signed by this key"
        if self.old.ledger != self.new.ledger:
            return "the checkpoints belong to two ledgers"
        old, new = self.old, self.new
        if old.size > new.size:
            return f"the old checkpoint signs more entries ({old.size}) than the new one ({new.size})"
        if not consistent(old.size, new.size, _raw(self.path), _root(old), _root(new)):
            return f"the path does not lead from the first {old.size} entries to the {new.size}"
        return None


def _raw(path: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(step) for step in path)


def _root(checkpoint: Checkpoint) -> bytes:
    """The root as bytes; what is no hash equals none."""
    try:
        return bytes.fromhex(checkpoint.root)
    except ValueError:
        return b""


class Grown:
    """A ledger read once, for proofs: its tree, its checkpoints, its entries' places. Raises SetupError where
    it cannot be read; whether it is whole is `verify`'s to say, a proof from a changed one does not hold.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tree = Tree()
        self.checkpoints: list[Checkpoint] = []
        self.ledger = ""
        for recorded in read_ledger(path):
            self.tree.append(leaf_hash(recorded.entry.canonical()))
            self.ledger = self.ledger or recorded.hash
            if recorded.entry.kind == "checkpoint":
                found = checkpoint_of(recorded, self.ledger)
                if found is not None:
                    self.checkpoints.append(found)

    def inclusion(self, index: int, checkpoint: Checkpoint | None = None) -> Inclusion:
        """Proves an entry by a checkpoint (None: the last that covers it). Raises SetupError: no such entry,
        or none signed yet.
        """
        if not 0 <= index < len(self.tree):
            raise SetupError(
                f"{self.path} has no entry {index}; it has 0 to {len(self.tree) - 1}.",
                remedy="Name one of them.",
            )
        by = checkpoint or next((c for c in reversed(self.checkpoints) if c.size > index), None)
        if by is None or not index < by.size <= len(self.tree):
            raise SetupError(
                f"No checkpoint signs entry {index} yet.",
                remedy="Wait a minute, or until the show has ended.",
            )
        entry = next(r.entry for r in read_ledger(self.path) if r.index == index)
        path = tuple(step.hex() for step in self.tree.inclusion(index, by.size))
        return Inclusion(index=index, entry=entry, path=path, checkpoint=by)

    def consistency(self, old: Checkpoint, new: Checkpoint | None = None) -> Consistency:
        """Proves that the ledger only grew from `old` to `new` (None: its last checkpoint). Raises
        SetupError where it is shorter than one of them says: then it was cut, and no proof exists.
        """
        by = new or (self.checkpoints[-1] if self.checkpoints else None)
        if by is None:
            raise SetupError(f"{self.path} has no checkpoint yet.", remedy="Wait a minute.")
        if not 0 < old.size <= by.size <= len(self.tree):
            raise SetupError(
                f"{self.path} has {len(self.tree)} entries; no proof leads from {old.size} to {by.size}.",
                remedy="The ledger was cut, or belongs to another show: castmate ledger verify --checkpoint",
            )
        path = tuple(step.hex() for step in self.tree.consistency(old.size, by.size))
        return Consistency(old=old, new=by, path=path)


def read_proof(path: Path) -> Inclusion | Consistency:
    """A proof from its file. Raises SetupError: unreadable; ContentError: no proof."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"The proof {path} cannot be read: {error}.", remedy="Check the path.") from None
    for kind in (Inclusion, Consistency):
        try:
            return kind.model_validate_json(text)
        except ValidationError:
            continue
    raise ContentError(f"{path} is no proof.", remedy="castmate ledger prove and consistent write them.")
