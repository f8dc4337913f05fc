"""A file as a stream of rows of text: CSV in any common encoding, XLSX, JSON Lines. Never more than a row in
memory, save for what an XLSX keeps in its shared strings, whose size is checked before it is opened.
"""

import codecs
import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import defusedxml  # noqa: F401  openpyxl parses with it when it is there
import openpyxl

from products.errors import ContentError, Problem
from products.intake.columns import FIELDS, columns

ENCODINGS = ("utf-8-sig", "gb18030")
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


def read_rows(path: Path, mapping: Mapping[str, str]) -> Iterator[Row | Problem]:
    """Rows and the rows that could not be read. Raises ContentError when the file as a whole is no
    catalogue.
    """
    if not path.is_file():
        raise ContentError(f"There is no file {path}.", remedy="Check the path.")
    if path.stat().st_size == 0:
        raise ContentError(f"{path.name} is empty.", remedy="Export it again.")
    with path.open("rb") as file:
        magic = file.read(4)
    suffix = path.suffix.lower()
    if magic == b"PK\x03\x04" or suffix == ".xlsx":
        return _xlsx(path, mapping)
    if suffix in (".jsonl", ".ndjson") or (suffix == ".json" and magic[:1] == b"{"):
        return _json_lines(path)
    return _csv(path, mapping)


def _encoding(path: Path) -> str:
    for name in ENCODINGS:
        decoder = codecs.getincrementaldecoder(name)("strict")
        try:
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    if b"\x00" in block:
                        raise ContentError(
                            f"{path.name} is no text file (it holds zero bytes).",
                            remedy="Save the catalogue as CSV (UTF-8), XLSX or JSON Lines.",
                        )
                    decoder.decode(block)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return name
    raise ContentError(f"{path.name} is neither UTF-8 nor GB 18030.", remedy="Save it as CSV UTF-8.")


def _csv(path: Path, mapping: Mapping[str, str]) -> Iterator[Row | Problem]:
    with path.open("rb") as raw, io.TextIOWrapper(raw, encoding=_encoding(path), newline="") as text:
        first = text.readline(MAX_CELL)
        delimiter = max(",;\t|", key=first.count)
        text.seek(0)
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            headings = next(reader)
            found = _Columns(columns(path.name, headings, mapping))
            done = 0
            for cells in reader:
                if not any(cells) or not any(c.strip() for c in cells):
                    continue
                if len(cells) > len(headings):
                    yield Problem(
                        path.name,
                        reader.line_num,
                        None,
                        None,
                        f"{len(cells)} cells under {len(headings)} headings",
                        "Put a text that holds the separator in quotes.",
                    )
                    continue
                number = reader.line_num
                if number % 64 == 0:
                    done = raw.tell()
                yield Row(number, found.cells(cells), done)
        except (csv.Error, StopIteration) as error:
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


def _xlsx(path: Path, mapping: Mapping[str, str]) -> Iterator[Row | Problem]:
    check_xlsx(path)
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
        found: _Columns | None = None
        for number, values in rows:
            cells = [_text(v) for v in values]
            if not any(cells):
                continue
            if found is None:
                found = _Columns(columns(path.name, cells, mapping))
                continue
            yield Row(number, found.cells(cells), number)
        if found is None:
            raise ContentError(
                f"{path.name}: the first sheet is empty.", remedy="Put the products on the first sheet."
            )
    finally:
        book.close()


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
    with path.open("rb") as raw, io.TextIOWrapper(raw, encoding=_encoding(path)) as text:
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
