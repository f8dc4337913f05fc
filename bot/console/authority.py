"""A certificate authority of the shop's own, for one name, and the certificate that it signs for the console.

    NAME/authority.crt, authority.key   ECDSA P-256, ten years; may only vouch for this name and this machine
                                        (RFC 5280, 4.2.1.10), so a phone that trusts it trusts it for no more
    NAME/console.crt, console.key       90 days, signed anew when 30 are left

Both keys are sealed with the console's key, which lies elsewhere.
"""

import ipaddress
import os
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bot.console.credentials import Sealer
from products.errors import SetupError

AUTHORITY_LASTS = timedelta(days=3650)
LASTS = timedelta(days=90)  # Apple takes 825 at most of authorities that a person added
RENEWED = timedelta(days=30)
EARLIER = timedelta(hours=1)  # phones whose clock is slow
HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Authority:
    """`names`: what the certificate is for, the first as people type it. `folder`: of this authority."""

    folder: Path
    names: tuple[str, ...]
    password: bytes

    @property
    def certificate(self) -> bytes:
        """The authority's certificate, PEM: what a phone is to trust."""
        return (self.folder / "authority.crt").read_bytes()

    def fingerprint(self) -> str:
        """SHA-256 of it, in pairs, as phones show it."""
        found = x509.load_pem_x509_certificate(self.certificate).fingerprint(hashes.SHA256())
        return found.hex(" ").upper()

    def ends(self) -> datetime:
        """When the console's certificate ends."""
        path = self.folder / "console.crt"
        return x509.load_pem_x509_certificates(path.read_bytes())[0].not_valid_after_utc

    def renew(self, now: datetime) -> bool:
        """Signs the console's certificate anew when it has under 30 days, or is for other names. Raises
        SetupError.
        """
        path = self.folder / "console.crt"
        try:
            if path.exists() and self.ends() - now > RENEWED and _names_in(path) == set(self.names):
                return False
            authority = x509.load_pem_x509_certificate(self.certificate)
            if authority.not_valid_after_utc - now < LASTS:
                raise SetupError(
                    f"The authority in {self.folder} ends on {authority.not_valid_after_utc:%Y-%m-%d}.",
                    remedy="Remove the folder: a new one is made, which phones have to trust anew.",
                )
            key = ec.generate_private_key(ec.SECP256R1())
            signed = _leaf(self.names, key.public_key(), authority, self._authority_key(), now)
            _write(self.folder / "console.key", _pem(key, self.password))
            _write(path, signed + self.certificate)
        except (OSError, ValueError, TypeError) as error:
            raise SetupError(
                f"The certificates in {self.folder} cannot be used: {error}.",
                remedy="Restore the folder and console.key, or remove it: phones then trust a new one.",
            ) from error
        return True

    def load(self, context: ssl.SSLContext) -> None:
        """Puts the present certificate into a server's context; connections from now on get it."""
        context.load_cert_chain(self.folder / "console.crt", self.folder / "console.key", self.password)

    def context(self) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        self.load(made)
        return made

    def _authority_key(self) -> ec.EllipticCurvePrivateKey:
        data = (self.folder / "authority.key").read_bytes()
        key = serialization.load_pem_private_key(data, self.password)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("authority.key is a key of another kind")
        return key


def open_authority(folder: Path, names: tuple[str, ...], sealer: Sealer, now: datetime) -> Authority:
    """The authority for `names`, made when there is none. Raises SetupError."""
    try:
        made = Authority(folder / names[0].replace(":", "_"), (*names, *HERE), sealer.password("https"))
        made.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (made.folder / "authority.crt").exists():
            key = ec.generate_private_key(ec.SECP256R1())
            _write(made.folder / "authority.key", _pem(key, made.password))
            _write(made.folder / "authority.crt", _root(made.names, key, now))
    except OSError as error:
        raise SetupError(
            f"No certificate can be kept in {folder}: {error.strerror}.", remedy="Choose a folder of yours."
        ) from error
    made.renew(now)
    return made


def _pem(key: ec.EllipticCurvePrivateKey, password: bytes) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, for our eyes."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _permitted(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_network(name))
    except ValueError:
        return x509.DNSName(name)


def _subject(text: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Castmate"),
            x509.NameAttribute(NameOID.COMMON_NAME, text[:64]),
        ]
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _root(names: tuple[str, ...], key: ec.EllipticCurvePrivateKey, now: datetime) -> bytes:
    subject = _subject(f"Castmate for {names[0]}, {now:%Y-%m-%d}")
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints([_permitted(n) for n in names], None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def _leaf(
    names: tuple[str, ...],
    public: ec.EllipticCurvePublicKey,
    authority: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> bytes:
    identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    made = (
        x509.CertificateBuilder()
        .subject_name(_subject(names[0]))
        .issuer_name(authority.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + LASTS)
        .add_extension(x509.SubjectAlternativeName([_general(n) for n in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def _names_in(path: Path) -> set[str]:
    found = x509.load_pem_x509_certificates(path.read_bytes())[0]
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = names.get_values_for_type(x509.IPAddress)
    return {*names.get_values_for_type(x509.DNSName), *map(str, addresses)}
