"""The certificate that signs Content Credentials (C2PA): the shop's own, or one that it has bought.

A shop's own root signs a certificate for its recordings; both are made on first use beside the ledger's key.
Nobody else knows that root: a verifier says that the signature is sound and the signer unknown
(`signingCredential.untrusted`). A certificate from an authority on the C2PA trust list is set by
CASTMATE_C2PA_CERTIFICATE and CASTMATE_C2PA_KEY.

Profile of the certificates: C2PA Technical Specification 2.1, 14.5 (X.509 v3; key usage digitalSignature;
extended key usage emailProtection; the signer's certificate is not self-signed).
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bot.compliance.keys import signing_key
from products.errors import SetupError

ROOT_LIFE = timedelta(days=20 * 365)
# without a time-stamping authority a signature is sound as long as its certificate: recordings are kept for
# three years at most (the longest retention of the packs), and it is renewed while four are left
LIFE = timedelta(days=5 * 365)
RENEW = timedelta(days=4 * 365)
CURVES = {256: "es256", 384: "es384", 521: "es512"}  # bits of the key: name
UNKNOWN = (
    "Signed with the shop's own certificate: whoever checks the file sees that nothing was changed, "
    "and that the signer stands on no trust list."
)


@dataclass(frozen=True, slots=True)
class Credential:
    """What signs: `chain` in PEM, the signer's certificate first; `key` in PEM (PKCS 8); `algorithm` as C2PA
    names it; `own`: it is the shop's own, which trust lists do not know.
    """

    chain: str
    key: str
    algorithm: str
    own: bool

    def __repr__(self) -> str:
        return f"Credential({'own' if self.own else 'bought'}, {self.algorithm})"  # never the key


def own_credential(folder: Path, organisation: str, now: datetime) -> Credential:
    """The shop's own, from `folder`: c2pa-root.pem/.crt, c2pa.pem/.crt; made or renewed where needed.

    Raises SetupError: a key or certificate that cannot be read or made.
    """
    root_key, key = signing_key(folder / "c2pa-root.pem"), signing_key(folder / "c2pa.pem")
    root_file, file = folder / "c2pa-root.crt", folder / "c2pa.crt"
    root = _stored(root_file, root_key.public_key(), now)
    if root is None:
        root = _root(root_key, organisation, now)
        _store(root_file, root)
    leaf = _stored(file, key.public_key(), now, left=RENEW)
    if leaf is None or leaf.issuer != root.subject:
        leaf = _leaf(key.public_key(), root_key, root, organisation, now)
        _store(file, leaf)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Credential(_pem(leaf) + _pem(root), pem.decode(), "ed25519", own=True)


def bought_credential(certificate: Path, key: Path) -> Credential:
    """From two PEM files: the chain, and its unencrypted key. Raises SetupError naming the file."""
    try:
        chain, secret = certificate.read_text("ascii"), key.read_bytes()
        first = x509.load_pem_x509_certificates(chain.encode())[0]
        private = serialization.load_pem_private_key(secret, password=None)
    except (OSError, ValueError, TypeError) as error:
        raise SetupError(
            f"The C2PA certificate {certificate} or its key {key} cannot be used: {error}.",
            remedy="Both are PEM files; the key without a password. Or leave both settings out.",
        ) from None
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    if first.public_key().public_bytes(encoding, form) != private.public_key().public_bytes(encoding, form):
        raise SetupError(
            f"The key {key} does not belong to the first certificate of {certificate}.",
            remedy="The signer's own certificate comes first in the chain.",
        )
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Credential(chain, pem.decode(), _algorithm(private, certificate), own=False)


def _algorithm(key: object, path: Path) -> str:
    """The C2PA name of what this key signs with (specification 13.2.1)."""
    if isinstance(key, Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, RSAPrivateKey) and key.key_size >= 2048:
        return "ps256"
    if isinstance(key, EllipticCurvePrivateKey) and key.key_size in CURVES:
        return CURVES[key.key_size]
    raise SetupError(
        f"C2PA cannot sign with the key of {path}.",
        remedy="Use Ed25519, an elliptic curve of 256, 384 or 521 bits, or RSA of 2048 bits or more.",
    )


def _stored(
    path: Path, key: Ed25519PublicKey, now: datetime, left: timedelta = timedelta(0)
) -> x509.Certificate | None:
    """The certificate in the file, if it is of this key and valid for longer than `left`."""
    if not path.exists():
        return None
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SetupError(
            f"{path} holds no usable certificate: {error}.", remedy="Remove it: a new one is made."
        ) from None
    fresh = found.not_valid_before_utc <= now < found.not_valid_after_utc - left
    return found if fresh and found.public_key() == key else None


def _store(path: Path, certificate: x509.Certificate) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        fresh.write_text(_pem(certificate), "ascii")
        fresh.replace(path)
    except OSError as error:
        raise SetupError(
            f"The certificate {path} cannot be written: {error.strerror or error}.",
            remedy="Choose a folder that is yours.",
        ) from None


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _name(common: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(*, signs: bool, certifies: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=certifies, crl_sign=certifies, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip


def _begun(
    name: x509.Name, issuer: x509.Name, key: Ed25519PublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # clocks of others may be behind
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _root(key: Ed25519PrivateKey, organisation: str, now: datetime) -> x509.Certificate:
    name, public = _name("Castmate recordings, the shop's own root", organisation), key.public_key()
    return (
        _begun(name, name, public, now)
        .not_valid_after(now + ROOT_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=False, certifies=True), critical=True)
        .sign(key, None)
    )


def _leaf(
    key: Ed25519PublicKey,
    root_key: Ed25519PrivateKey,
    root: x509.Certificate,
    organisation: str,
    now: datetime,
) -> x509.Certificate:
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    return (
        _begun(_name("Castmate recordings", organisation), root.subject, key, now)
        .not_valid_after(min(now + LIFE, root.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=True, certifies=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(issuer, critical=False)
        .sign(root_key, None)
    )
