"""Papers: what was told stands on the pages, in both languages, in a typeface that the PDF carries."""

import base64
import io
import re
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from told import KINDS, SHOW, ledger, live
from typer.testing import CliRunner

import bot.show as show_package
from bot.cli import app
from bot.commands.evidence import account_of
from bot.compliance.account import account
from bot.compliance.keys import signing_key
from bot.compliance.ledger import Entry, Ledger
from bot.papers.evidence import _figures
from bot.papers.sheet import INNER, Sheet
from bot.papers.typeface import cut_font, width, wrap
from bot.papers.wording import WORDS
from bot.show.desk_orders import _seen_as
from bot.show.messages import Evidence
from bot.stage.fonts import Weight, face

AT = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
async def show(tmp_path):
    """A show's folder with a real ledger of the entries of SHOW."""
    folder = tmp_path / "show-1"
    ledger = Ledger.open(
        folder / "ledger.jsonl", signing_key(tmp_path / "key.pem"), "evening", SHOW[0].entry.at
    )
    for recorded in SHOW[1:]:
        await ledger.append(Entry(kind=recorded.entry.kind, at=recorded.entry.at, data=recorded.entry.data))
    await ledger.close(SHOW[-1].entry.at)
    return folder


def test_the_words_of_both_languages_have_the_same_keys_for_the_pages() -> None:
    assert WORDS["en"].keys() <= WORDS["zh"].keys()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_report_has_words_for_all_that_is_noted_of_a_person_in_the_room(lang) -> None:
    noted = set()
    for file in Path(show_package.__file__).parent.glob("*.py"):
        noted |= set(re.findall(r'"cohost\.(\w+)"', file.read_text("utf-8")))
    noted |= {_seen_as(Evidence(kind="likeness", score=score, at=AT)) for score in (0.0, 1.0)}
    noted |= {_seen_as(Evidence(kind="picture", score=score, at=AT)) for score in (0.0, 0.3, 1.0)}
    assert noted >= {"check_in", "face_enrolled", "picture_repeats"}
    assert {n for n in noted - {"snapshot"} if n not in WORDS[lang]} == set()


@pytest.mark.parametrize("weight", [Weight.REGULAR, Weight.BOLD])
def test_the_cut_font_has_every_character_and_its_true_width(weight) -> None:
    font = TTFont(io.BytesIO(cut_font("标识报告", weight)))
    assert "glyf" in font and font.sfntVersion == "\0\1\0\0"
    for char in "Aag标报":
        name = font.getBestCmap()[ord(char)]
        assert font["hmtx"][name][0] / font["head"].unitsPerEm * 100 == pytest.approx(
            face(100, weight).getlength(char), abs=1
        )
        assert font["glyf"][name].numberOfContours > 0


def test_lines_fit() -> None:
    text = (
        "sha256 "
        + "ab" * 60
        + " 在任何装有 Castmate 的机器上核验：把场次文件夹和公钥放在一起，运行下列命令。" * 3
    )
    lines = wrap(text, 9, 200)
    assert all(width(line, 9) <= 200 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_long_table_goes_on_with_its_head(tmp_path) -> None:
    sheet = Sheet("t", "f")
    sheet.table(("a", "b"), [("x", "y " * 80)] * 60, (0.2, 0.8))
    assert sheet.pages > 2 and INNER > 400
    sheet.save(tmp_path / "t.pdf", AT)
    assert (tmp_path / "t.pdf").read_bytes().startswith(b"%PDF")


def test_no_word_of_ours_shows_as_a_box() -> None:
    chars = {c for words in WORDS.values() for text in words.values() for c in text}
    cut = TTFont(io.BytesIO(cut_font(chars, Weight.REGULAR))).getBestCmap()
    assert {c for c in chars if ord(c) not in cut} == set()


def mapped(pdf: bytes) -> bytes:
    """The maps from glyphs to Unicode that the PDF carries."""
    found = b""
    for head in re.finditer(rb"<<[^<>]*>>\s*stream\r?\n(.*?)\s*endstream", pdf, re.DOTALL):
        data = head[1]
        if b"ASCII85Decode" in head[0]:
            data = base64.a85decode(b"<~" + data, adobe=True)
        plain = zlib.decompress(data) if b"FlateDecode" in head[0] else data
        found += plain if b"beginbf" in plain else b""
    return found.upper()


def test_one_paper_after_another_has_its_own_characters(tmp_path) -> None:
    """A PDF writer remembers fonts by name: the second paper once had boxes for what the first lacked."""
    for title, text in (("Evidence", "first"), ("证据", "报告"), ("费用", "结算")):
        sheet = Sheet(title, "")
        sheet.heading(title)
        sheet.paragraph(text)
        sheet.save(tmp_path / "one.pdf", AT)
        found = mapped((tmp_path / "one.pdf").read_bytes())
        assert all(f"<{ord(char):04X}>".encode() in found for char in title + text)


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_the_report_of_a_show(show, tmp_path, lang) -> None:
    pdf = tmp_path / "report.pdf"
    done = CliRunner().invoke(
        app,
        ["evidence", str(show), "--pdf", str(pdf), "--lang", lang, "--key", str(tmp_path / "key.pem.pub")],
    )
    assert done.exit_code == 0, done.output
    data = pdf.read_bytes()
    assert data.count(b"/FontFile2") >= 2, "both weights are embedded"
    assert data.count(b"/ToUnicode") >= 2, "its text can be copied"


async def test_a_changed_ledger_is_told_and_fails(show, tmp_path) -> None:
    path = show / "ledger.jsonl"
    path.write_text(path.read_text("utf-8").replace('"Lin"', '"Liz"', 1), "utf-8")
    done = CliRunner().invoke(
        app, ["evidence", str(show), "--csv", str(tmp_path / "x.csv"), "--kind", "cohost"]
    )
    assert done.exit_code == 1 and "not whole" in done.output
    assert (tmp_path / "x.csv").read_text("utf-8").startswith("\ufeffkind,")


async def test_kinds_and_folders_that_are_not_there(show, tmp_path) -> None:
    assert "no kind" in str(CliRunner().invoke(app, ["evidence", str(show), "--kind", "lable"]).exception)
    assert "no ledger" in str(CliRunner().invoke(app, ["evidence", str(tmp_path)]).exception)
    assert account_of(show).total("host", "human") == 15


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "2, of which 1 paid; 3 pieces"), ("zh", "2 单，已付款 1 单，共 3 件")]
)
def test_the_report_says_which_words_sold(lang, told) -> None:
    sales = {"orders": 2, "paid": 1, "pieces": 3, "sold_by": [{"words": "It costs $9.", "orders": 2}]}
    ended = account(ledger(live(5), (20, "show.ended", {"reason": "over", "sales": sales})), KINDS)
    rows = dict(_figures(ended, WORDS[lang]))
    assert (rows[WORDS[lang]["orders"]], rows[WORDS[lang]["sold by"]]) == (told, "It costs $9.  (2)")
    without = account(ledger(live(5), (20, "show.ended", {"reason": "over"})), KINDS)
    assert WORDS[lang]["orders"] not in dict(_figures(without, WORDS[lang]))
