"""A file as a stream of rows of text: CSV in any common encoding, XLSX, JSON Lines. Never more than a row in
memory, save for what an XLSX keeps in its shared strings, whose size is checked before it is opened.
"""

import csv
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

import defusedxml  # noqa: F401  openpyxl parses with it when it is there
import openpyxl

from products.errors import ContentError, Problem
from products.intake.columns import FIELDS, columns
from products.intake.encoding import encoding_of

SEPARATORS = ",;\t|"
TITLES = 5  # rows above the headings that hold one text alone
DOCUMENT_BYTES = 64 * 2**20  # a JSON document has to fit into memory, some ten times over
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_FORMULA = re.compile(rb"<f[ />]")
# An .xlsx of 618 KiB that unpacks to 205 MiB takes a minute and a gigabyte to open, whatever the reading
# mode.
XLSX_MAX_BYTES = 256 * 2**20
XLSX_MAX_RATIO = 200
XLSX_SMALL_PART = 2**20  # below it a ratio says nothing
MAX_CELL = 100_000  # characters


class Row(NamedTuple):
    """One row: `number` as a person counts in the file (headings are row 1), `cells` by field, never empty
    texts. `done`: bytes of the file read so far, for a progress bar.
    """

    number: int
    cells: Mapping[str, str]
    done: int = 0


class Line(NamedTuple):
    """One line of a table: `number` and `done` as of Row, its cells as text."""

    number: int
    cells: Sequence[str]
    done: int


def kind_of(path: Path) -> str:
    """ "csv", "xlsx", "json" or "json lines", by what is in the file. Raises ContentError: nothing that a
    catalogue could be.
    """
    if not path.is_file():
        raise ContentError(f"There is no file {path}.", remedy="Check the path.")
    if path.stat().st_size == 0:
        raise ContentError(f"{path.name} is empty.", remedy="Export it again.")
    with path.open("rb") as file:
        start = file.read(4096)
    suffix = path.suffix.lower()
    if start[:8] == OLE:
        raise ContentError(
            f"{path.name} is a spreadsheet of before 2007, or one with a password.",
            remedy="Save it as .xlsx without a password, or as CSV.",
        )
    if start[:4] == b"PK\x03\x04" or suffix == ".xlsx":
        return "xlsx"
    if suffix in (".jsonl", ".ndjson"):
        return "json lines"
    if suffix == ".json":
        said = start.lstrip(b"\xef\xbb\xbf \t\r\n")
        whole = said[:1] == b"[" or said[1:].lstrip().startswith((b'"products"', b'"items"'))
        return "json" if whole else "json lines"
    return "csv"


def read_rows(path: Path, mapping: Mapping[str, str]) -> Iterator[Row | Problem]:
    """Rows and the rows that could not be read. Raises ContentError when the file as a whole is no
    catalogue.
    """
    kind = kind_of(path)
    if kind == "json lines":
        return _json_lines(path)
    if kind == "json":
        return _json_document(path)
    return _table(path.name, _xlsx(path) if kind == "xlsx" else _csv(path), mapping)


def read_head(path: Path, lines: int) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The headings and the first `lines` lines of a table; of JSON, whose names are fixed, the fields that it
    uses and their values. Raises ContentError.
    """
    kind = kind_of(path)
    if kind.startswith("json"):
        rows = [row.cells for row in islice(read_rows(path, {}), lines) if isinstance(row, Row)]
        names = tuple(name for name in FIELDS if any(name in cells for cells in rows))
        return names, tuple(tuple(cells.get(name, "") for name in names) for cells in rows)
    table = _below_titles(path.name, _xlsx(path) if kind == "xlsx" else _csv(path))
    found = list(islice((tuple(x.cells) for x in table if isinstance(x, Line)), lines + 1))
    if not found:
        raise ContentError(f"{path.name} holds no row.", remedy="Export it again.")
    return found[0], tuple(found[1:])


def _table(file: str, lines: Iterable[Line | Problem], mapping: Mapping[str, str]) -> Iterator[Row | Problem]:
    found: _Columns | None = None
    width, nameless = 0, list[int]()
    for line in _below_titles(file, lines):
        if isinstance(line, Problem):
            yield line
            continue
        if found is None:
            found, width = _Columns(columns(file, line.cells, mapping)), len(line.cells)
            nameless = [place for place, cell in enumerate(line.cells) if not cell.strip()]
            continue
        if len(line.cells) > width:
            said, remedy = (
                f"{len(line.cells)} cells under {width} headings",
                "Quote a text that holds the separator.",
            )
            yield Problem(file, line.number, None, None, said, remedy)
            continue
        for place in [p for p in nameless if p < len(line.cells) and line.cells[p]]:
            nameless.remove(place)
            said = f"column {place + 1} has no heading (merged cells?); it was not read"
            yield Problem(
                file, line.number, None, line.cells[place][:60], said, "Give each column its own heading."
            )
        yield Row(line.number, found.cells(line.cells), line.done)
    if found is None:
        raise ContentError(f"{file} holds no row.", remedy="Export it again.")


def _below_titles(file: str, lines: Iterable[Line | Problem]) -> Iterator[Line | Problem]:
    """From the headings on. Rows above them that hold one text alone (often merged cells) are passed over."""
    rest = iter(lines)
    first: list[Line] = []
    for line in rest:
        if isinstance(line, Problem):
            yield line
            continue
        first.append(line)
        if len(first) > TITLES or sum(1 for cell in line.cells if cell.strip()) > 1:
            break
    if first and sum(1 for cell in first[-1].cells if cell.strip()) > 1:
        for line in first[:-1]:
            said = next(cell for cell in line.cells if cell.strip())[:60]
            why = "one text alone above the headings; it was passed over"
            yield Problem(
                file, line.number, None, said, why, "Begin with the headings, each in its own cell."
            )
        first = first[-1:]
    yield from first  # nowhere two cells side by side: let the headings say what is missing
    yield from rest


def _csv(path: Path) -> Iterator[Line]:
    with path.open("rb") as raw, io.TextIOWrapper(raw, encoding=encoding_of(path), newline="") as text:
        first = ""
        for _ in range(TITLES + 1):  # until a line that is separated at all
            first = text.readline(MAX_CELL)
            if not first or any(sign in first for sign in SEPARATORS):
                break
        delimiter = max(SEPARATORS, key=first.count)
        text.seek(0)
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        done = 0
        try:
            for cells in reader:
                if not any(cells) or not any(c.strip() for c in cells):
                    continue
                number = reader.line_num
                if number % 64 == 0:
                    done = raw.tell()
                yield Line(number, cells, done)
        except csv.Error as error:
            raise ContentError(
                f"{path.name}, row {reader.line_num + 1}: the CSV is broken ({error}).",
                remedy="Look for a quote that is not closed, and export it again.",
            ) from error


class _Columns:
    """Cells of a row by field, as `columns` found them; what holds for the whole file is worked out once."""

    def __init__(self, fields: Mapping[int, str]) -> None:
        self._plan = tuple(fields.get(i) for i in range(max(fields) + 1))
        # Columns whose heading is an option's name: (its cell, the cell that must be there, the name).
        self._names = tuple(
            (f"option{i}_name", f"option{i}_value", fields[-i]) for i in (1, 2, 3) if -i in fields
        )
        self._typed = "type" in self._plan

    def cells(self, row: Iterable[str]) -> dict[str, str]:
        out = {
            field: value[:MAX_CELL]
            for cell, field in zip(row, self._plan, strict=False)
            if cell and field and (value := cell.strip())
        }
        for name, filled, heading in self._names:
            if filled in out:
                out[name] = heading
        if self._typed and (kind := out.pop("type", None)):
            out.setdefault("category", kind)
        return out


def check_xlsx(path: Path) -> None:
    """Refuses a spreadsheet by the sizes that its directory declares, before any parser opens it. A directory
    that lies is caught later by zipfile's own check sum, so the declared total is a true upper bound.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise ContentError(
            f"{path.name} is no XLSX file ({error}).", remedy="Save it again as .xlsx."
        ) from error
    if any(p.filename.endswith("vbaProject.bin") for p in parts):
        raise ContentError(
            f"{path.name} holds macros, which are never opened here.", remedy="Save it as .xlsx or CSV."
        )
    if sum(p.file_size for p in parts) > XLSX_MAX_BYTES:
        raise ContentError(
            f"{path.name} unpacks to more than {XLSX_MAX_BYTES >> 20} MiB.",
            remedy="Export it as CSV: that is read row by row.",
        )
    for part in parts:
        if part.file_size > XLSX_SMALL_PART and part.file_size > XLSX_MAX_RATIO * max(1, part.compress_size):
            raise ContentError(
                f"{path.name}: {part.filename} unpacks to {part.file_size // max(1, part.compress_size)} "
                "times its size, as files made to choke a reader do.",
                remedy="Export it as CSV.",
            )


def _xlsx(path: Path) -> Iterator[Line | Problem]:
    check_xlsx(path)
    if formulas := _formulas(path):
        said = f"{formulas} cells are formulas; what they came to when the file was last saved was read"
        yield Problem(path.name, None, None, None, said, "Copy such cells and paste them as values.")
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise ContentError(
            f"{path.name} is no XLSX file that can be read ({error}).",
            remedy="Save it again as .xlsx, or as CSV.",
        ) from error
    try:
        sheet = book.worksheets[0] if book.worksheets else None
        rows = enumerate(sheet.iter_rows(values_only=True), 1) if sheet is not None else iter(())
        width, empty = 0, True
        for number, values in rows:
            cells = [_text(v) for v in values]
            if not any(cells):
                continue
            empty = False
            if not width and sum(map(bool, cells)) > 1:
                width = max(place for place, cell in enumerate(cells, 1) if cell)
            yield Line(number, cells[:width] if width else cells, number)
        if empty:
            raise ContentError(
                f"{path.name}: the first sheet is empty.", remedy="Put the products on the first sheet."
            )
    except (ParseError, KeyError, ValueError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise ContentError(
            f"{path.name}: its first sheet is broken ({error}).", remedy="Save it again as .xlsx, or as CSV."
        ) from error
    finally:
        book.close()


def _formulas(path: Path) -> int:
    """How many cells of the sheets are formulas."""
    found = 0
    with zipfile.ZipFile(path) as archive:
        for part in archive.namelist():
            if not part.startswith("xl/worksheets/"):
                continue
            tail = b""
            with archive.open(part) as file:
                while block := file.read(1 << 20):
                    found += len(_FORMULA.findall(tail + block))
                    tail = block[-2:]  # too short to hold one that was counted
    return found


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value).strip()


def _json_lines(path: Path) -> Iterator[Row | Problem]:
    good = 0
    with path.open("rb") as raw, io.TextIOWrapper(raw, encoding=encoding_of(path)) as text:
        for number, line in enumerate(text, 1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except (json.JSONDecodeError, RecursionError) as error:
                if not good and number == 1:
                    raise ContentError(
                        f"{path.name} is no JSON Lines file: line 1 is not JSON ({error}).",
                        remedy='Write one object a line: {"handle": ..., "title": ..., "price": ...}.',
                    ) from error
                yield Problem(
                    path.name, number, None, line.strip()[:60], "not JSON", "Write one JSON object a line."
                )
                continue
            if not isinstance(value, dict):
                yield Problem(
                    path.name,
                    number,
                    None,
                    line.strip()[:60],
                    "not an object",
                    "Write one JSON object a line.",
                )
                continue
            good += 1
            yield from _flattened(value, path.name, number, raw.tell())


def _json_document(path: Path) -> Iterator[Row | Problem]:
    """A list of products, or an object with such a list. Rows are numbered by place in it, from 1."""
    if path.stat().st_size > DOCUMENT_BYTES:
        raise ContentError(
            f"{path.name} is one JSON document of more than {DOCUMENT_BYTES >> 20} MiB.",
            remedy="Write one product a line (JSON Lines): that is read line by line.",
        )
    try:
        said = json.loads(path.read_text(encoding_of(path, by_line=False)))
    except (json.JSONDecodeError, RecursionError) as error:
        raise ContentError(
            f"{path.name} is not JSON ({error}).", remedy="Export it again, or as JSON Lines."
        ) from error
    if isinstance(said, dict):
        said = said.get("products", said.get("items"))
    if not isinstance(said, list):
        raise ContentError(
            f"{path.name} holds no list of products.", remedy='Write [{"title": ..., "price": ...}, ...].'
        )
    for number, value in enumerate(said, 1):
        if isinstance(value, dict):
            yield from _flattened(value, path.name, number, 0)
        else:
            yield Problem(path.name, number, None, str(value)[:60], "not an object", "Write an object.")


def _flattened(value: dict[str, Any], file: str, number: int, done: int) -> Iterator[Row | Problem]:
    """A product with nested `variants` becomes one row each; the first carries what belongs to the
    product.
    """
    variants = value.get("variants")
    top = {k: _text(v) for k, v in value.items() if k in FIELDS and not isinstance(v, (dict, list))}
    if isinstance(value.get("tags"), list):
        top["tags"] = ", ".join(map(str, value["tags"]))
    unknown = sorted(set(value) - set(FIELDS) - {"variants", "options"})
    if unknown:
        yield Problem(
            file,
            number,
            unknown[0],
            None,
            "a field that does not exist; it was left out",
            f"Use one of: {', '.join(FIELDS)}, variants, options.",
        )
    if not isinstance(variants, list) or not variants:
        yield Row(number, _present(top | _options(value)), done)
        return
    for index, variant in enumerate(variants):
        if not isinstance(variant, dict):
            yield Problem(
                file, number, f"variants[{index}]", str(variant)[:60], "not an object", "Write an object."
            )
            continue
        own = {k: _text(v) for k, v in variant.items() if k in FIELDS and not isinstance(v, (dict, list))}
        base = (
            top
            if index == 0
            else {"handle": top.get("handle", "")} | {k: top[k] for k in ("price", "currency") if k in top}
        )
        yield Row(number, _present(base | own | _options(variant)), done)


def _options(value: Mapping[str, Any]) -> dict[str, str]:
    options = value.get("options")
    if not isinstance(options, dict):
        return {}
    out: dict[str, str] = {}
    for i, (name, word) in enumerate(list(options.items())[:3], 1):
        out[f"option{i}_name"], out[f"option{i}_value"] = str(name), _text(word)
    return out


def _present(cells: Mapping[str, str]) -> dict[str, str]:
    return {k: v[:MAX_CELL] for k, v in cells.items() if v}
