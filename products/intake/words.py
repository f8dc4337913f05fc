"""Descriptions as shops write them (HTML, entities, one long paragraph) into plain sentences."""

import html
import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    "p br li ul ol div h1 h2 h3 h4 h5 h6 tr td th table section article blockquote hr dd dt".split()
)
_INLINE = frozenset("b i u em strong span small sub sup a mark s".split())
_BARE_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)\s*/?>")
_SILENT = frozenset({"script", "style", "template"})
# A full stop ends a sentence only before a space and something that starts one: "1.2 kg" and "5.3" stay
# whole.
_END = re.compile(
    r"(?<=[.!?])[\"'”’)]*\s+(?=[\"'“‘(]*[A-Z0-9\u3400-\u9fff])|"
    r"(?<=[。！？；])(?=.)"
)
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|approx|incl|excl|max|min|no|nr|vs|dr|mr|mrs|ms|st)\.$", re.I)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[str] = [""]
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.blocks.append("")
        self._silent += tag in _SILENT

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.blocks.append("")
        self._silent -= tag in _SILENT and self._silent > 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.blocks[-1] += data


def plain(text: str) -> str:
    """One line without markup: entities decoded, white space folded, control characters removed."""
    if text.isprintable() and "&" not in text and "  " not in text:
        return text.strip()
    text = html.unescape(html.unescape(text)).replace("\xa0", " ")
    return re.sub(r"\s+", " ", "".join(c for c in text if c.isprintable() or c.isspace())).strip()


def sentences(body: str) -> tuple[str, ...]:
    """The description's sentences and list items in order, punctuation kept. Never raises; broken HTML gives
    its text.
    """
    simple = _simple_blocks(body)
    if simple is not None:
        return tuple(part for block in simple if block for part in _split(plain(block)))
    parser = _Text()
    parser.feed(body if "<" in body else body.replace("\n", "<br>"))
    parser.close()
    out: list[str] = []
    for block in parser.blocks:
        for part in _split(plain(block)):
            out.append(part)
    return tuple(out)


def _simple_blocks(body: str) -> list[str] | None:
    """The blocks of a body whose markup is bare tags only, as most are, without a parser; else None."""
    if "&" in body or "\x00" in body:
        return None
    if "<" not in body:
        return body.split("\n")
    marked = _BARE_TAG.sub(_break, body)
    return None if "<" in marked else marked.split("\x00")


def _break(tag: re.Match[str]) -> str:
    name = tag.group(1).lower()
    if name in _BLOCKS:
        return "\x00"
    return "" if name in _INLINE else "<"


def _split(text: str) -> list[str]:
    parts: list[str] = []
    for piece in _END.split(text):
        piece = piece.strip()
        if not piece:
            continue
        if parts and _ABBREVIATION.search(parts[-1]):
            parts[-1] += " " + piece
        else:
            parts.append(piece)
    return parts
