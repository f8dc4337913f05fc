"""A bucket of any S3-compatible service as the store, by obstore: Apache Arrow's object_store in a wheel.

Each object carries its SHA-256 as user metadata ("sha256"), noted before the first byte is sent. Long objects
go in parts; a bucket shows nothing of them before all are there, and parts of what was broken off are the
bucket's to sweep (docs/fleet.md says by which rule).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.storage.base import Cargo, Item, checked, missing, written
from products.errors import CastmateError, ContentError, RemoteError, SetupError

if TYPE_CHECKING:
    from obstore.store import S3Store

PART = 6 << 20  # bytes of a part; S3 wants 5 MiB at least
PARTS_AT_ONCE = 1  # one line beside the stream's, and little memory
HASH = "sha256"  # the metadata's name
ASKING_S = 10.0  # for what has a short answer: a show that begins waits for it
FETCHING = 10  # a fetch may take so many times the patience, as long as something comes
WORDS = 240  # of a service's own message
_REFUSED = ("401 Unauthorized", "403 Forbidden", "SignatureDoesNotMatch", "InvalidAccessKeyId")


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where and as whom. `endpoint`: "" = Amazon's own; `key_id`, `key`: "" = by the machine's role or the
    AWS_... variables. `patience_s`: for what is sent in one request; `tries`: of the client itself, after
    the first.
    """

    bucket: str
    prefix: str = ""
    endpoint: str = ""
    region: str = ""
    key_id: str = ""
    key: str = ""
    patience_s: float = 60.0
    tries: int = 2

    def __repr__(self) -> str:
        return f"Bucket({self.bucket!r}, {self.prefix!r}, {self.endpoint!r})"


class BucketStore:
    """Implements bot.storage.base.Store."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        patience, quick = bucket.patience_s, min(bucket.patience_s, ASKING_S)
        self._sends = _client(bucket, patience, patience, bucket.tries)
        self._fetches = _client(bucket, FETCHING * patience, quick, bucket.tries)
        self._asks = _client(bucket, quick, quick, min(1, bucket.tries))

    @property
    def shown(self) -> str:
        return f"s3://{self._bucket.bucket}/{self._bucket.prefix}".rstrip("/")

    def put(self, name: str, cargo: Cargo) -> None:
        import obstore

        key = self._key(name)
        noted: Any = {HASH: cargo.sha256}
        with self._asked(name) as failed:
            if cargo.size <= PART:  # in one request: nothing may be sent that is not what was told
                whole = b"".join(cargo.pieces())
                obstore.put(self._sends, key, whole, attributes=noted, use_multipart=False)
                return
            obstore.put(
                self._sends, key, _kept(cargo.pieces(), failed), attributes=noted, use_multipart=True,
                chunk_size=PART, max_concurrency=PARTS_AT_ONCE,
            )  # fmt: skip

    def get(self, name: str, into: Path, sha256: str = "") -> Item:
        import obstore

        key = self._key(name)
        with self._asked(name):
            found = obstore.get(self._fetches, key)
            noted = sha256 or _noted(found.attributes)
            pieces = (bytes(piece) for piece in found.stream(PART))
            return written(pieces, into, (noted,) if noted else (), name)

    def look(self, name: str) -> Item | None:
        import obstore

        key = self._key(name)
        try:
            with self._asked(name):
                found = obstore.get(self._asks, key, options={"head": True})
                return Item(name, found.meta["size"], _noted(found.attributes))
        except _NotThere:
            return None

    def names(self, prefix: str) -> Iterator[Item]:
        import obstore

        top = self._key(prefix) if prefix else self._bucket.prefix or None
        with self._asked(prefix or "the list"):
            found = sorted(
                (str(meta["path"]), int(meta["size"]))
                for chunk in obstore.list(self._asks, prefix=top)
                for meta in chunk
            )
        begin = len(self._bucket.prefix) + 1 if self._bucket.prefix else 0
        for path, size in found:
            yield Item(path[begin:], size)

    def delete(self, name: str) -> None:
        import obstore

        key = self._key(name)
        try:
            with self._asked(name):
                obstore.delete(self._asks, key)
        except _NotThere:
            return

    def _key(self, name: str) -> str:
        return f"{self._bucket.prefix}/{checked(name)}" if self._bucket.prefix else checked(name)

    @contextmanager
    def _asked(self, name: str) -> Iterator[list[CastmateError]]:
        """Errors of the client in our own words; yields where an error of ours is put that it would hide."""
        from obstore import exceptions as e

        failed: list[CastmateError] = []
        try:
            yield failed
        except CastmateError:
            raise
        except (e.BaseError, OSError, ValueError) as error:
            raise (failed[0] if failed else self._told(name, error)) from None

    def _told(self, name: str, error: Exception) -> CastmateError:
        """By its kind, and where the client has none for it, by what the service answered."""
        from obstore import exceptions as e

        said = str(error)
        if "NoSuchBucket" in said:
            what = f"There is no bucket {self._bucket.bucket!r} at {self._bucket.endpoint or 'Amazon S3'}."
            return SetupError(what, remedy="Make it there, or mend CASTMATE_STORE.")
        if isinstance(error, (e.NotFoundError, FileNotFoundError)):
            gone = missing(name, self.shown)
            return _NotThere(gone.message, remedy=gone.remedy)
        refused = (e.PermissionDeniedError, e.UnauthenticatedError, PermissionError)
        if isinstance(error, refused) or any(word in said for word in _REFUSED):
            return SetupError(
                f"{self.shown} refuses us: {self._said(said)}",
                remedy="Check CASTMATE_STORE_KEY_ID and CASTMATE_STORE_KEY, and what they may do there.",
            )
        return RemoteError(
            f"{self.shown} does not take or give {name}: {self._said(said)}",
            remedy="Check the address and whether the service is up; what waits is tried again.",
        )

    def _said(self, text: str) -> str:
        """What the client says, in words for people and without our keys."""
        text = _plain(" ".join(text.split()), self._bucket.endpoint or "Amazon S3")
        for secret in (self._bucket.key, self._bucket.key_id):
            text = text.replace(secret, "***") if secret else text
        return text


def _plain(text: str, where: str) -> str:
    """The client tells addresses, times and its own structures; a person needs the one cause in them."""
    if status := re.search(r"status code: (\d{3} [A-Za-z ]+)", text):
        code = re.search(r"<Code>(\w+)</Code>", text)
        return f"it answered {status[1].strip()}{f' ({code[1]})' if code else ''}."
    if "kind: Timeout" in text:
        return "it did not answer in time."
    if "kind: Connect" in text:
        cause = re.search(r'(?:message|error): "([^"]+)"', text)
        return f"no connection to {where}{f': {cause[1]}' if cause else ''}."
    if "kind: Request" in text:
        return "the connection broke off."
    return text[:WORDS] + ("…" if len(text) > WORDS else "")


class _NotThere(ContentError):
    """The object, not the bucket."""


def _kept(pieces: Iterator[bytes], failed: list[CastmateError]) -> Iterator[bytes]:
    """The pieces; an error of ours is remembered, since the client turns it into one of its own."""
    try:
        yield from pieces
    except CastmateError as error:
        failed.append(error)
        raise


def _noted(attributes: Mapping[Any, Any]) -> str:
    """The hash that the object carries; "" when it carries none."""
    return str(next((v for k, v in attributes.items() if str(k).lower() == HASH), ""))


def _client(bucket: Bucket, whole_s: float, silent_s: float, tries: int) -> "S3Store":
    """`whole_s`: for a request to its last byte; `silent_s`: until something is heard. Raises SetupError: the
    library is missing, the address cannot be one.
    """
    try:
        from obstore import exceptions
        from obstore.store import S3Store
    except ImportError as error:
        raise SetupError(
            "CASTMATE_STORE names a bucket, and what speaks to one is missing.",
            remedy="pip install 'castmate[s3]'",
        ) from error
    config: dict[str, Any] = {"region": bucket.region or "us-east-1"}
    if bucket.endpoint:
        config["endpoint"] = bucket.endpoint
    if bucket.key_id or bucket.key:
        config |= {"access_key_id": bucket.key_id, "secret_access_key": bucket.key}
    whole, silent = timedelta(seconds=whole_s), timedelta(seconds=silent_s)
    try:
        return S3Store(
            bucket.bucket,
            **config,
            client_options={
                "allow_http": bucket.endpoint.startswith("http://"),
                "connect_timeout": min(silent, timedelta(seconds=5)),
                "read_timeout": silent,
                "timeout": whole,
            },
            retry_config={"max_retries": tries, "retry_timeout": whole},
        )
    except exceptions.BaseError as error:
        raise SetupError(
            f"CASTMATE_STORE cannot be used: {str(error).splitlines()[0][:WORDS]}",
            remedy="Write s3://BUCKET/PREFIX, and CASTMATE_STORE_ENDPOINT=https://HOST for other services.",
        ) from None
