"""Time stamps by an authority of openssl's, offline; one that fails or hangs holds up nothing."""

import shutil
import subprocess
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.compliance.ledger import Ledger
from bot.compliance.ledger_file import Checkpoint
from bot.compliance.timestamps import Ask, Stamper, authority_at, read_stamps, stamp
from products.errors import SetupError

pytest.importorskip("rfc3161_client")
NOW = datetime(2026, 11, 22, 19, tzinfo=UTC)
KEY = Ed25519PrivateKey.generate()
CONFIG = """
[req]
distinguished_name=dn
[dn]
[v3ca]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign
subjectKeyIdentifier=hash
[v3tsa]
basicConstraints=CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,timeStamping
subjectKeyIdentifier=hash
[tsa]
default_tsa=t
[t]
serial=./serial
signer_cert=./tsa.pem
signer_key=./tsa.key
signer_digest=sha256
default_policy=1.2.3.4
digests=sha256,sha512
accuracy=secs:1
ess_cert_id_alg=sha256
"""
STEPS = (
    "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=TestCA -days 30 -config c.cnf"
    " -extensions v3ca",
    "req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=TestTSA -config c.cnf",
    "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tsa.pem -days 30 -extfile c.cnf"
    " -extensions v3tsa",
)


def point(size: int = 3) -> Checkpoint:
    return Checkpoint(ledger="a" * 64, size=size, root="b" * 64, at=NOW, final=False).signed(KEY)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ask, x509.Certificate, x509.Certificate]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tsa")
    (folder / "c.cnf").write_text(CONFIG)
    (folder / "serial").write_text("01\n")
    for step in STEPS:
        subprocess.run(["openssl", *step.split()], cwd=folder, check=True, capture_output=True)

    def ask(request: bytes) -> bytes:
        (folder / "q.tsq").write_bytes(request)
        words = "openssl ts -reply -queryfile q.tsq -out r.tsr -config c.cnf"
        subprocess.run(words.split(), cwd=folder, check=True, capture_output=True)
        return (folder / "r.tsr").read_bytes()

    def certificate(name: str) -> x509.Certificate:
        return x509.load_pem_x509_certificate((folder / name).read_bytes())

    return ask, certificate("tsa.pem"), certificate("ca.pem")


def test_a_stamp_holds_for_its_checkpoint_and_for_no_other(authority, tmp_path: Path) -> None:
    ask, tsa, root = authority
    stamper = Stamper(tmp_path / "ledger.jsonl", ask)
    stamper.offer(point())
    stamper.offer(None)
    assert stamper.join(30)
    (found,) = read_stamps(tmp_path / "ledger.jsonl")
    assert (found.checkpoint, found.trouble(tsa, root), stamper.stamped) == (point(), None, 1)
    assert found.time().tzinfo is not None
    other = found.model_copy(update={"checkpoint": point(4)})
    assert "does not hold" in str(other.trouble(tsa, root))
    assert "does not hold" in str(found.trouble(tsa, tsa))


def test_an_answer_to_another_question_is_refused(authority) -> None:
    ask, _, _ = authority
    old: list[bytes] = []
    stamp(point(), lambda request: old.append(ask(request)) or old[0])  # type: ignore[func-returns-value]
    with pytest.raises(SetupError, match="something else"):
        stamp(point(), lambda request: old[0])
    with pytest.raises(SetupError, match="no time stamp"):
        stamp(point(), lambda request: b"<html>")


def test_an_authority_that_hangs_or_refuses_holds_up_nothing(tmp_path: Path) -> None:
    go = threading.Event()

    def hang(request: bytes) -> bytes:
        go.wait(30)
        raise SetupError("no answer", remedy="Wait.")

    stamper = Stamper(tmp_path / "ledger.jsonl", hang)
    for n in range(1, 50):
        stamper.offer(point(n))  # returns though nothing was answered
    stamper.offer(None)
    go.set()
    assert stamper.join(30)
    assert stamper.stamped == 0 and stamper.missed >= 48 and "no answer" in stamper.failure
    assert list(read_stamps(tmp_path / "ledger.jsonl")) == []


def test_no_authority_at_the_address() -> None:
    with pytest.raises(SetupError, match="does not answer"):
        authority_at("http://127.0.0.1:9/")(b"")


async def test_a_ledger_offers_each_checkpoint_once_it_is_durable_and_then_its_end(tmp_path: Path) -> None:
    told: list[Checkpoint | None] = []
    ledger = Ledger.open(tmp_path / "l.jsonl", KEY, "s", NOW, signed=told.append)
    first = await ledger.checkpoint(NOW)
    final = await ledger.close(NOW)
    assert told == [first, final, None]
