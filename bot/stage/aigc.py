"""The AIGC record: the implicit label in a file's metadata (GB 45438-2025, Appendix E)."""

import json
import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import av

from products.errors import Bug, SetupError

KEY = "AIGC"
_MEMBERS = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)
_SIGN = b'"ContentProducer"'  # stands once in each record, as we write it
_HEAD = 1 << 20  # the first index of a file lies within so many bytes
_SCRIPT = 18
_VALUE = re.compile(
    r"[\x21\x23-\x5B\x5D-\x7E]+"
)  # Appendix E: printable ASCII without space, quote, backslash


def aigc_record(producer: str, produce_id: str, reserved: str = "") -> str:
    """The seven members as JSON, all strings; Label "1": it is AI-generated.

    producer     the provider's code (not a name with spaces or Chinese characters)
    produce_id   the provider's unique id of this content, e.g. the show's id
    reserved     the provider's own integrity data, e.g. a ledger hash

    At the first write the propagator is the producer (Appendix E, note 1). Raises SetupError for other
    code points.
    """
    for name, value in (("ContentProducer", producer), ("ProduceID", produce_id)):
        if not _VALUE.fullmatch(value):
            raise SetupError(
                f"The AIGC record cannot hold {name} {value!r} (GB 45438-2025, Appendix E).",
                remedy="Use a code of printable ASCII characters without space, quote or backslash.",
            )
    values = ("1", producer, produce_id, reserved, producer, produce_id, "")
    return json.dumps(dict(zip(_MEMBERS, values, strict=True)), separators=(",", ":"))


def read_aigc(path: Path) -> dict[str, str] | None:
    """The record in a file, in either form that is met ({...} or {"AIGC": {...}}); None where there is
    none."""
    with av.open(str(path)) as container:
        text = {k.upper(): v for k, v in container.metadata.items()}.get(KEY)
    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    if isinstance(value, dict) and isinstance(value.get(KEY), dict):
        value = value[KEY]
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else None


def require_aigc(path: Path, record: str) -> None:
    """Raises Bug unless the file carries `record` exactly once: a mux that drops it has deleted a label, and
    a file holds one implicit label only (GB 45438-2025, 6.1).
    """
    if read_aigc(path) != json.loads(record):
        raise Bug(f"{path.name} came out without its AIGC record.", remedy="Do not publish the file.")
    if (copies := count_aigc(path)) != 1:
        raise Bug(f"{path.name} carries {copies} AIGC records.", remedy="Do not publish the file.")


def count_aigc(path: Path) -> int:
    """How many records the file holds: in the boxes of an MP4 but its media data, in the script tags of
    an FLV. Raises OSError.
    """
    with path.open("rb") as file:
        flv = file.read(3) == b"FLV"
        return sum(part.count(_SIGN) for part in (_scripts(file) if flv else _boxes(file)))


def keep_one_copy(path: Path) -> None:
    """Blanks a record in the media data of an MP4. What was written in fragments and closed as a plain
    file keeps its first index there, unread by players, and with it a second record. Raises OSError.
    """
    with path.open("rb+") as file:
        for start, end, kind in _walk(file):
            if kind != b"mdat":
                continue
            file.seek(start)
            head = file.read(min(end - start, _HEAD))
            at = head.find(_SIGN)
            if at >= 0:
                first, last = head.rfind(b"{", 0, at), head.find(b"}", at)
                file.seek(start + first)
                file.write(b" " * (last + 1 - first))


def _walk(file: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    """(start, end, type) of each whole top-level box (ISO/IEC 14496-12, 4.2)."""
    size = file.seek(0, os.SEEK_END)
    at = 0
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        length, kind = struct.unpack_from(">I4s", head)
        if length == 1 and len(head) == 16:
            length = struct.unpack_from(">Q", head, 8)[0]
        end = size if length == 0 else at + length
        if end < at + 8 or end > size:
            return
        yield at, end, kind
        at = end


def _boxes(file: BinaryIO) -> Iterator[bytes]:
    for start, end, kind in _walk(file):
        if kind not in (b"mdat", b"moof"):
            file.seek(start)
            yield file.read(end - start)


def _scripts(file: BinaryIO) -> Iterator[bytes]:
    """The payloads of an FLV's script tags (Adobe FLV 10.1, annex E.4)."""
    at, size = 13, file.seek(0, os.SEEK_END)
    while at + 11 <= size:
        file.seek(at)
        head = file.read(11)
        length = int.from_bytes(head[1:4], "big")
        if head[0] & 0x1F == _SCRIPT:
            yield file.read(length)
        at += 11 + length + 4
