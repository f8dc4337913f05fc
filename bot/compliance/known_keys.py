"""Whose signature counts on a ledger: this machine's, and those of the nodes whose public keys somebody put
into `keys/nodes` of the data folder. What a ledger says of its own key chooses among them, and adds none.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.compliance.keys import public_text, read_public_key
from bot.compliance.ledger_file import Report

UNKNOWN = (
    "It names the key {named}…, which is not known here. If a node of yours wrote it, put that node's "
    "keys/ledger.pem.pub into {place}, under any name that ends with .pub."
)


@dataclass(frozen=True, slots=True)
class KnownKeys:
    """`path`: this machine's public key, beside it those of nodes in `nodes/`; nothing of it need be there.
    All methods raise SetupError for a key that cannot be read.
    """

    path: Path

    @property
    def nodes(self) -> Path:
        return self.path.with_name("nodes")

    def own(self) -> Ed25519PublicKey | None:
        """None: this machine has signed nothing."""
        return read_public_key(self.path) if self.path.exists() else None

    def of(self, ledger: Path) -> Ed25519PublicKey | None:
        """What vouches for that file: the known key that it names, else this machine's own."""
        return self.named(opened_with(ledger))

    def named(self, first: bytes) -> Ed25519PublicKey | None:
        """The same by the ledger's first line."""
        named, own = _named(first), self.own()
        return next((k for k in self._all(own) if public_text(k) == named), own)

    def hint(self, report: Report, first: bytes) -> str:
        """What to do where a signature is by a key that is not known; "" elsewhere."""
        named = _named(first)
        strange = any(trouble.kind == "signature" for trouble in report.troubles)
        if not strange or not named or any(public_text(k) == named for k in self._all(self.own())):
            return ""
        return UNKNOWN.format(named=named[:16], place=self.nodes)

    def _all(self, own: Ed25519PublicKey | None) -> Iterator[Ed25519PublicKey]:
        if own is not None:
            yield own
        for path in sorted(self.nodes.glob("*.pub")):
            yield read_public_key(path)


def known_keys(data: Path) -> KnownKeys:
    """Those of a data folder."""
    return KnownKeys(data / "keys" / "ledger.pem.pub")


def opened_with(ledger: Path) -> bytes:
    """The first line of a ledger's file; b"" when it cannot be read, which whoever verifies it will say."""
    try:
        with ledger.open("rb") as file:
            return file.readline(1 << 20)
    except OSError:
        return b""


def _named(first: bytes) -> str:
    """The key (hex) that a ledger's opening entry names; "" for none."""
    try:
        key = json.loads(first)["entry"]["data"]["key"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return key if isinstance(key, str) else ""
