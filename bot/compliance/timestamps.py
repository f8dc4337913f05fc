"""RFC 3161 time stamps on checkpoints: an authority outside the shop says by when a signed root was there.

They are kept beside the ledger, one line each, since a final checkpoint closes it. Asking never holds up a
show: a thread of its own asks for the newest checkpoint, what it could not get is counted, and that is all.
Needs the extra `timestamps` (rfc3161-client).
"""

import base64
import hashlib
import queue
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import httpx
from cryptography.x509 import Certificate
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.compliance.ledger_file import Checkpoint
from products.errors import CastmateError, SetupError

Ask = Callable[[bytes], bytes]  # a TimeStampReq in DER to a TimeStampResp in DER; raises CastmateError
TIMEOUT_S = 10.0


class Stamp(BaseModel):
    """`response`: the authority's TimeStampResp (DER, base64) over the checkpoint and its signature."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    checkpoint: Checkpoint
    response: str

    def time(self) -> datetime:
        """When the authority says that it was. Raises SetupError: no such response."""
        try:
            from rfc3161_client import decode_timestamp_response

            return decode_timestamp_response(base64.b64decode(self.response)).tst_info.gen_time
        except ImportError:
            raise _missing() from None
        except ValueError as error:
            raise SetupError(f"This is no time stamp: {error}.", remedy="Ask for a new one.") from None

    def trouble(self, authority: Certificate, root: Certificate) -> str | None:
        """Why it proves nothing; None: this authority, under this root, stamped this checkpoint."""
        try:
            from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
        except ImportError:
            raise _missing() from None
        try:
            response = decode_timestamp_response(base64.b64decode(self.response))
            verifier = VerifierBuilder().tsa_certificate(authority).add_root_certificate(root).build()
            verifier.verify_message(response, signed_bytes(self.checkpoint))
        except (VerificationError, ValueError) as error:
            return f"the time stamp does not hold: {error}"
        return None


def signed_bytes(checkpoint: Checkpoint) -> bytes:
    """What is stamped: the checkpoint and the signature over it."""
    return checkpoint.body() + checkpoint.signature.encode()


def stamp(checkpoint: Checkpoint, ask: Ask) -> Stamp:
    """Asks the authority. Raises CastmateError: it does not answer, refuses, or stamped something else."""
    try:
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response
    except ImportError:
        raise _missing() from None
    data = signed_bytes(checkpoint)
    request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
    raw = ask(request.as_bytes())
    try:
        response = decode_timestamp_response(raw)
        same = response.tst_info.message_imprint.message == hashlib.sha256(data).digest()
        if not same or response.tst_info.nonce != request.nonce:
            raise ValueError("it stamps something else")
    except ValueError as error:
        what = f"The time-stamping authority gave no time stamp: {error}."
        raise SetupError(what, remedy="Look at its address.") from None
    return Stamp(checkpoint=checkpoint, response=base64.b64encode(raw).decode())


def authority_at(url: str) -> Ask:
    """An authority on the network (RFC 3161 3.4)."""

    def ask(request: bytes) -> bytes:
        head = {"Content-Type": "application/timestamp-query"}
        try:
            answer = httpx.post(url, content=request, headers=head, timeout=TIMEOUT_S)
            answer.raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            what = f"The time-stamping authority {url} does not answer: {error}."
            raise SetupError(what, remedy="Look at the address and the network.") from None
        return answer.content

    return ask


def beside(ledger: Path) -> Path:
    """Where a ledger's time stamps are kept."""
    return ledger.with_name(ledger.name + ".timestamps")


def read_stamps(ledger: Path) -> Iterator[Stamp]:
    """A ledger's time stamps; none where there is no file. Raises SetupError: a line is none."""
    path = beside(ledger)
    if not path.exists():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            yield Stamp.model_validate_json(line)
        except ValidationError:
            raise SetupError(f"{path}, line {number}: no time stamp.", remedy="Remove that line.") from None


class Stamper:
    """Asks for stamps in a thread of its own. `offer` returns at once; only the newest checkpoint waits.

    `stamped` and `missed` count; `failure`: the last reason.
    """

    def __init__(self, ledger: Path, ask: Ask) -> None:
        self.stamped = self.missed = 0
        self.failure = ""
        self._ledger, self._ask = ledger, ask
        self._waiting: queue.Queue[Checkpoint | None] = queue.Queue(1)
        self._thread = threading.Thread(target=self._work, name="time stamps", daemon=True)
        self._thread.start()

    def offer(self, checkpoint: Checkpoint | None) -> None:
        """A new checkpoint; one that still waits gives way to it. None: it was the last, the thread ends."""
        while True:
            try:
                self._waiting.put_nowait(checkpoint)
                return
            except queue.Full:
                if checkpoint is None:
                    threading.Thread(target=self._waiting.put, args=(None,), daemon=True).start()
                    return
                self._give_way()

    def join(self, timeout_s: float) -> bool:
        """Waits for the thread to end; whether it has."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _give_way(self) -> None:
        try:
            self._waiting.get_nowait()
            self.missed += 1
        except queue.Empty:
            return

    def _work(self) -> None:
        while (checkpoint := self._waiting.get()) is not None:
            try:
                line = stamp(checkpoint, self._ask).model_dump_json() + "\n"
                with beside(self._ledger).open("a", encoding="utf-8") as file:
                    file.write(line)
                self.stamped += 1
            except (CastmateError, OSError) as error:
                self.missed += 1
                self.failure = str(error)


def _missing() -> SetupError:
    return SetupError("Time stamps need rfc3161-client.", remedy='pip install "castmate[timestamps]"')
