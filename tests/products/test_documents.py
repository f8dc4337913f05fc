"""Files that people write: every problem is named with its line and field, all of them at once."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator

from products.documents import DocumentError, load_document
from products.errors import ContentError


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    number: int = Field(ge=1)


class Page(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    items: list[Item] = []

    @field_validator("title")
    @classmethod
    def _words(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("needs words")
        return value


def load(tmp_path: Path, text: str | bytes) -> Page:
    path = tmp_path / "page.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_document(path, Page)


def problems(tmp_path: Path, text: str | bytes):
    with pytest.raises(DocumentError) as caught:
        load(tmp_path, text)
    assert isinstance(caught.value, ContentError)
    assert all(str(p) in str(caught.value) for p in caught.value.problems)
    return caught.value.problems


def test_a_good_file_is_read(tmp_path: Path) -> None:
    page = load(tmp_path, "title: 茶\nitems:\n  - {name: a, number: 2}\n")
    assert (page.title, page.items[0].number) == ("茶", 2)


def test_all_problems_are_named_with_line_and_field(tmp_path: Path) -> None:
    text = "title: ' '\nitems:\n  - name: a\n    number: 0\n  - name: b\n  - {name: c, number: x}\nextra: 1\n"
    found = {p.field: p for p in problems(tmp_path, text)}
    assert {k: p.row for k, p in found.items()} == {
        "title": 1,
        "items.0.number": 4,
        "items.1.number": 5,
        "items.2.number": 6,
        "extra": 7,
    }
    assert found["title"].message == "needs words"
    assert found["items.0.number"].value == "0"
    assert found["items.1.number"].remedy == "Add it."
    assert "spelling" in found["extra"].remedy


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words", "# only a remark\n"])
def test_a_file_without_names_is_told_what_to_write(tmp_path: Path, text: str) -> None:
    (problem,) = problems(tmp_path, text)
    assert problem.row == 1 and "name: value" in problem.remedy


@pytest.mark.parametrize(
    ("text", "row"), [("title: 'open\n", 2), ("title: a\n\titems: b\n", 2), ("title: a: b\n", 1)]
)
def test_what_is_not_yaml_is_named_with_its_line(tmp_path: Path, text: str, row: int) -> None:
    (problem,) = problems(tmp_path, text)
    assert problem.row == row and "quotes" in problem.remedy


def test_a_tag_that_would_make_an_object_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, "title: !!python/object/apply:os.getcwd []\n")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="there is no such file"):
        load_document(tmp_path / "none.yaml", Page)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, b"title: \xff\xfe\n")
    assert "UTF-8" in problem.remedy


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        load_document(tmp_path, Page)


def test_a_long_value_is_cut(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, f"title: a\nitems: {'x' * 500}\n")
    assert problem.value is not None and len(problem.value) == 60


def test_a_field_given_twice_is_named_with_both_rows(tmp_path):
    """YAML would take the last one and say nothing."""
    path = tmp_path / "twice.yaml"
    path.write_text("title: a\nitems:\n- name: x\n  number: 1\n  number: 2\ntitle: b\n", encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        load_document(path, Page)
    told = [(p.row, p.field, p.message) for p in caught.value.problems]
    assert told == [
        (5, "items.0.number", "is given twice, first in row 4"),
        (6, "title", "is given twice, first in row 1"),
    ]
