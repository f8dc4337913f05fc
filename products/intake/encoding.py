"""In which encoding a text file is written, and whether it can be read line by line at all."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from products.errors import ContentError

ENCODINGS = ("utf-8-sig", "gb18030")
LINE_BYTES = 4 * 2**20  # a longer line is no row of a catalogue, and would have to fit into memory
_BLOCK = 1 << 20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ENDS = re.compile(rb"[\r\n]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


def encoding_of(path: Path, *, by_line: bool = True) -> str:
    """One of ENCODINGS. Raises ContentError: no text, another encoding, or (`by_line`) a line without end."""
    for name in ENCODINGS:
        decoder = codecs.getincrementaldecoder(name)("strict")
        first = ""
        try:
            for block in _blocks(path, LINE_BYTES if by_line else 1 << 62):
                text = decoder.decode(block)
                first = first or text
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        if name == "gb18030" and _western(first):
            raise ContentError(
                f"{path.name} is neither UTF-8 nor Chinese: it looks like Western text of an older Windows.",
                remedy="Save it as CSV UTF-8: in other encodings letters like é cannot be told for sure.",
            )
        return name
    raise ContentError(f"{path.name} is neither UTF-8 nor GB 18030.", remedy="Save it as CSV UTF-8.")


def _blocks(path: Path, most: int) -> Iterator[bytes]:
    line = 0
    with path.open("rb") as file:
        start = True
        while block := file.read(_BLOCK):
            if start and block[:2] in _UTF16:
                raise ContentError(f"{path.name} is written in UTF-16.", remedy="Save it as CSV UTF-8.")
            start = False
            if b"\x00" in block:
                raise ContentError(
                    f"{path.name} is no text file (it holds zero bytes).",
                    remedy="Save the catalogue as CSV (UTF-8), XLSX or JSON Lines.",
                )
            first = _ENDS.search(block)
            last = max(block.rfind(b"\n"), block.rfind(b"\r"))
            longest = line + (len(block) if first is None else first.start())
            line = longest if first is None else len(block) - last
            if longest > most:
                raise ContentError(
                    f"{path.name} has a line of more than {LINE_BYTES >> 20} MiB.",
                    remedy="A catalogue has one row in a line: export it again.",
                )
            yield block


def _western(text: str) -> bool:
    """Whether what was read as Chinese stands in it as é does in "crème": alone between small letters."""
    alone = runs = 0
    for found in _NOT_ASCII.finditer(text):
        runs += 1
        before, after = text[max(0, found.start() - 1) : found.start()], text[found.end() : found.end() + 1]
        alone += len(found.group()) == 1 and (before.islower() or after.islower())
    return alone * 2 > runs
