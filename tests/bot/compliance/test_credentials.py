"""Content Credentials: made by the shop's own certificate, read back; what was changed is noticed."""

import datetime as dt
import json
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import synthetic
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot.compliance.certificate import Credential, bought_credential, own_credential
from bot.compliance.credentials import (
    ALL_AI,
    COMPOSITE,
    UNTRUSTED,
    Made,
    Signer,
    read_credentials,
    source_type,
)
from bot.stage.aigc import aigc_record, read_aigc
from bot.stage.recording import FileRecorder
from products.errors import ContentError, SetupError

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
RECORD = aigc_record("castmate", "show-7")
MADE = Made("The tea show", COMPOSITE, {"show": "tea", "from_ms": 0})


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def own(keys) -> Credential:
    return own_credential(keys, "Harbor Shop 港", NOW)


@pytest.fixture(scope="module")
def signed(tmp_path_factory, own) -> Path:
    path = tmp_path_factory.mktemp("film") / "show.mp4"
    film(path)
    Signer(own).sign(path, MADE, NOW)
    return path


def film(path: Path) -> Path:
    enc, packets = synthetic.show(60)
    recorder = FileRecorder(path, enc, {"AIGC": RECORD})
    recorder.write(packets)
    recorder.close()
    return path


def test_what_was_signed_reads_back_and_only_the_signer_is_unknown(signed) -> None:
    read = read_credentials(signed)
    assert read is not None
    assert read.sound and not read.trusted and read.why == (UNTRUSTED,)
    assert (read.signer, read.source, read.facts) == (
        "Harbor Shop 港",
        COMPOSITE,
        {"show": "tea", "from_ms": 0},
    )
    assert read_aigc(signed) == json.loads(RECORD)
    assert signed.read_bytes().count(b'"ContentProducer"') == 1


def test_it_still_plays_as_before(signed, tmp_path) -> None:
    assert max(map(abs, synthetic.offsets(signed))) <= 0.002


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_changed_byte_of_the_picture_is_noticed(signed, tmp_path, share) -> None:
    data = bytearray(signed.read_bytes())
    begin = data.index(b"mdat")
    end = data.index(b"moov") if data.index(b"moov") > begin else len(data)
    data[begin + 4 + int((end - begin) * share * 0.9)] ^= 1
    (tmp_path / "x.mp4").write_bytes(data)
    read = read_credentials(tmp_path / "x.mp4")
    assert read is not None and not read.sound
    assert any("mismatch" in code for code in read.why)


def test_a_file_without_and_one_that_is_none(tmp_path) -> None:
    assert read_credentials(film(tmp_path / "plain.mp4")) is None
    (tmp_path / "words.mp4").write_text("words")
    with pytest.raises(ContentError, match=r"words\.mp4"):
        read_credentials(tmp_path / "words.mp4")


def test_what_cannot_carry_one_is_refused_and_left_as_it_was(own, tmp_path) -> None:
    path = film(tmp_path / "show.flv")
    before = path.read_bytes()
    with pytest.raises(ContentError, match="cannot carry"):
        Signer(own).sign(path, MADE, NOW)
    (tmp_path / "torn.mp4").write_bytes(b"\0" * 100)
    with pytest.raises(SetupError, match="could not be signed"):
        Signer(own).sign(tmp_path / "torn.mp4", MADE, NOW)
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["show.flv", "torn.mp4"], "nothing is left behind"


def test_keys_are_made_once_and_kept_from_others(keys, own) -> None:
    again = own_credential(keys, "Harbor Shop 港", NOW + dt.timedelta(days=90))
    assert again == own
    for name in ("c2pa.pem", "c2pa-root.pem"):
        assert stat.S_IMODE((keys / name).stat().st_mode) == 0o600
    assert "PRIVATE" not in repr(own) and own.key not in str(own)


def test_a_certificate_is_renewed_long_before_it_ends_and_its_root_stays(tmp_path) -> None:
    first = own_credential(tmp_path, "shop", NOW)
    later = own_credential(tmp_path, "shop", NOW + dt.timedelta(days=500))
    leaf, root = x509.load_pem_x509_certificates(later.chain.encode())
    assert leaf.not_valid_after_utc > NOW + dt.timedelta(days=500 + 3 * 366)  # the longest retention
    assert root == x509.load_pem_x509_certificates(first.chain.encode())[1]
    assert leaf != x509.load_pem_x509_certificates(first.chain.encode())[0]
    leaf.verify_directly_issued_by(root)


def test_a_broken_certificate_is_named(tmp_path) -> None:
    own_credential(tmp_path, "shop", NOW)
    (tmp_path / "c2pa.crt").write_text("nonsense")
    with pytest.raises(SetupError, match=r"c2pa\.crt"):
        own_credential(tmp_path, "shop", NOW)


def test_a_bought_certificate_signs(tmp_path, keys) -> None:
    """As an authority makes it: an elliptic curve, a chain of two."""
    root = x509.load_pem_x509_certificate((keys / "c2pa-root.crt").read_bytes())
    root_key = serialization.load_pem_private_key((keys / "c2pa-root.pem").read_bytes(), None)
    key = ec.generate_private_key(ec.SECP256R1())
    usage = [True, *[False] * 8]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Bought")]))
        .issuer_name(root.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + dt.timedelta(days=300))
        .add_extension(x509.BasicConstraints(False, None), critical=True)
        .add_extension(x509.KeyUsage(*usage), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
        .sign(root_key, None)
    )
    pem = serialization.Encoding.PEM
    (tmp_path / "chain.pem").write_bytes(certificate.public_bytes(pem) + root.public_bytes(pem))
    secret = key.private_bytes(
        pem, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(secret)
    credential = bought_credential(tmp_path / "chain.pem", tmp_path / "key.pem")
    assert (credential.algorithm, credential.own) == ("es256", False)
    path = film(tmp_path / "show.mp4")
    Signer(credential).sign(path, MADE, NOW)
    read = read_credentials(path)
    assert read is not None and read.sound and read.signer == "Bought"
    with pytest.raises(SetupError, match="does not belong"):
        bought_credential(tmp_path / "chain.pem", keys / "c2pa.pem")
    with pytest.raises(SetupError, match=r"gone\.pem"):
        bought_credential(tmp_path / "gone.pem", tmp_path / "key.pem")


def test_the_source_type_is_the_packs_or_what_fits() -> None:
    assert source_type("asked", captured=True) == "asked"
    assert source_type(None, captured=True) == COMPOSITE
    assert source_type(None, captured=False) == ALL_AI


def _reader() -> str:
    """ExifTool that knows JUMBF in MP4 (13 and later), or ""."""
    found = shutil.which("exiftool")
    if found is None:
        return ""
    told = subprocess.run([found, "-ver"], capture_output=True, text=True, check=True).stdout
    return found if float(told) >= 13 else ""


if _reader():  # Debian 12 has version 12.57, which does not know it: then c2pa's own reader has to do

    def test_a_third_partys_reader_finds_it(signed) -> None:
        told = subprocess.check_output([_reader(), "-G1", "-a", "-s", str(signed)], text=True)
        words = ("c2pa.signature", "c2pa.created", COMPOSITE, "castmate.recording", '"ProduceID":"show-7"')
        assert all(word in told for word in words)
