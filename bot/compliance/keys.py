"""Ed25519 keys in files: the one that signs checkpoints, and those that compliance staff sign confirmations
with.
"""

import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from products.errors import SetupError


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The private key in this file; made on first use (mode 0600) with its public half beside it (`.pub`).

    Raises SetupError: unreadable, no Ed25519 key, or readable by others.
    """
    if not path.exists():
        _make(path)
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SetupError(f"The key {path} can be read by others.", remedy=f"Run: chmod 600 {path}")
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SetupError(
            f"{path} holds no usable private key: {error}.", remedy="Restore it from a copy."
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SetupError(f"{path} holds a key of another kind.", remedy="It must be Ed25519.")
    return key


def _make(path: Path) -> None:
    """Write a new key whole or not at all; if another process was first, its key stays. The public half of a
    key that is gone is not written over: by it what that one signed is verified.
    """
    public_file = path.with_name(path.name + ".pub")
    if public_file.exists() and not path.exists():
        lost = f"If it is lost: move {public_file} into {path.with_name('nodes')}."
        raise SetupError(
            f"The key {path} is missing, and its public half is there.",
            remedy=f"castmate keys restore FILE. {lost}",
        )
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(private)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
            public_file.write_bytes(public)
        except FileExistsError:
            return
        finally:
            fresh.unlink()
    except OSError as error:
        what = error.strerror or str(error)
        raise SetupError(
            f"The key {path} cannot be made: {what}.", remedy="Choose a folder that is yours."
        ) from None


def read_public_key(path: Path) -> Ed25519PublicKey:
    """The public key in this file, or the public half of a private one. Raises SetupError."""
    try:
        data = path.read_bytes()
        if b"PRIVATE KEY" in data:
            private = serialization.load_pem_private_key(data, password=None)
            found = private.public_key() if isinstance(private, Ed25519PrivateKey) else None
        else:
            loaded = serialization.load_pem_public_key(data)
            found = loaded if isinstance(loaded, Ed25519PublicKey) else None
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        what = getattr(error, "strerror", None) or "it is no PEM key"
        raise SetupError(
            f"The key {path} cannot be read: {what}.", remedy="Name the .pub file of the ledger."
        ) from None
    if found is None:
        raise SetupError(f"{path} holds a key of another kind.", remedy="It must be Ed25519.")
    return found


def public_text(key: Ed25519PublicKey) -> str:
    """The key's 32 bytes in hex: how a ledger names it."""
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()
