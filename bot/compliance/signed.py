"""Papers that a person signs, each with an Ed25519 signature over all that it says."""

from typing import ClassVar, Self

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict


class SignedPaper(BaseModel):
    """`signature`: hex, Ed25519 over CONTEXT and the canonical JSON (RFC 8785) of everything else."""

    CONTEXT: ClassVar[bytes] = (
        b"castmate paper 1\n"  # one kind's signature can never stand under another kind
    )
    model_config = ConfigDict(extra="forbid", frozen=True)
    signature: str = ""

    def body(self) -> bytes:
        """What is signed."""
        return self.CONTEXT + bytes(rfc8785.dumps(self.model_dump(mode="json", exclude={"signature"})))

    def signed(self, key: Ed25519PrivateKey) -> Self:
        """The same paper with this key's signature."""
        return self.model_copy(update={"signature": key.sign(self.body()).hex()})

    def signed_by(self, keys: "tuple[Ed25519PublicKey, ...]") -> bool:
        """Whether one of these compliance keys made the signature."""
        try:
            signature = bytes.fromhex(self.signature)
        except ValueError:
            return False
        for key in keys:
            try:
                key.verify(signature, self.body())
            except InvalidSignature:
                continue
            return True
        return False
