"""Show files: the short forms, and errors that name the line and the field."""

from pathlib import Path

import pytest

from products.documents import DocumentError
from schedules.rundown import CueKind
from schedules.showfile import load_show

GOOD = """\
show: evening
title: {en: Evening}
persona: personas/mei.yaml
catalogue:
  - {file: shop/products.csv, language: en}
rundown:
  - welcome
  - pitch: mug
    seconds: 50
  - questions: 20
  - goodbye
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "show.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_short_forms(tmp_path: Path) -> None:
    show = load_show(write(tmp_path, GOOD))
    assert [(e.kind, e.product, e.seconds) for e in show.rundown][1:3] == [
        (CueKind.PITCH, "mug", 50),
        (CueKind.QUESTIONS, None, 20),
    ]
    plan = show.plan()
    assert [c.kind for c in plan.cues] == [CueKind.WELCOME, CueKind.PITCH, CueKind.QUESTIONS]
    assert plan.loop_from == 1


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "words"),
    [
        ("  - questions: 20", "  - quesions: 20", 10, "rundown.2", "a cue is one of"),
        ("  - pitch: mug\n    seconds: 50", "  - pitch:", 8, "rundown.1", "names its product"),
        ("show: evening", "show: Evening Show", 1, "show", "pattern"),
        ("persona: personas/mei.yaml\n", "", 1, "persona", "required"),
        ("title: {en: Evening}", "titel: {en: Evening}", 2, "titel", "not permitted"),
        ("show: evening", "show: evening\nneeds: {labels: [mars]}", 2, "needs.labels", "write NAME=VALUE"),
        ("show: evening", "show: evening\nneeds: {gpu: 1.5}", 2, "needs.gpu", "less than or equal to 1"),
        ("show: evening", "show: evening\nneeds: {planets: 3}", 2, "needs.planets", "not permitted"),
    ],
)
def test_each_error_names_line_and_field(
    tmp_path: Path, old: str, new: str, line: int, field: str, words: str
) -> None:
    with pytest.raises(DocumentError) as error:
        load_show(write(tmp_path, GOOD.replace(old, new)))
    hits = [p for p in error.value.problems if (p.field or "").startswith(field)]
    assert hits, error.value
    assert hits[0].row == line or field == "persona"
    assert words in hits[0].message


def test_no_file_and_no_yaml(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="no such file"):
        load_show(tmp_path / "absent.yaml")
    with pytest.raises(DocumentError, match="row 2"):
        load_show(write(tmp_path, "a: b\n  c: [\n"))
