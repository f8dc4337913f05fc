"""Spreadsheets made to choke a reader are refused before they are opened."""

import zipfile

import openpyxl
import pytest

from products.errors import ContentError
from products.intake.rows import check_xlsx, read_rows


@pytest.fixture
def bomb(tmp_path):
    """Shared strings that unpack to some 40 MiB from a few KiB, declared as Excel declares them."""
    path = tmp_path / "bomb.xlsx"
    openpyxl.Workbook().save(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"<si><t>aaaaaaaaaaaaaaaaaaaa</t></si>" * 1_200_000)
    return path


def test_a_bomb_is_refused_by_its_directory(bomb):
    with pytest.raises(ContentError, match="times its size"):
        check_xlsx(bomb)
    with pytest.raises(ContentError, match="times its size"):
        list(read_rows(bomb, {}))


def test_an_ordinary_spreadsheet_passes(tmp_path):
    path = tmp_path / "ok.xlsx"
    book = openpyxl.Workbook()
    for n in range(2000):
        book.active.append(
            ["title", "price", "the same words in every row"] if n else ["Title", "Price", "Body"]
        )
    book.save(path)
    check_xlsx(path)


def test_an_empty_spreadsheet_says_so(tmp_path):
    path = tmp_path / "none.xlsx"
    openpyxl.Workbook().save(path)
    with pytest.raises(ContentError, match="first sheet is empty"):
        list(read_rows(path, {}))
