"""Whose a licence is and what a month sold: the last word counts, a line that is none stops it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bot.performers import PerformerBook, amount_of, month_bounds, month_of
from products.errors import ContentError, SetupError

AT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def book(tmp_path):
    (tmp_path / "ana-2026").mkdir()
    (tmp_path / "ana-2026" / "licence.yaml").write_text("id: ana-2026")
    return PerformerBook(tmp_path)


def test_whose_it_is(book):
    assert book.account("ana-2026") is None and book.of(7) == ()
    book.name("ana-2026", 7, "Ann", AT)
    assert book.account("ana-2026") == 7 and book.of(7) == ("ana-2026",) and book.of(8) == ()
    book.name("ana-2026", None, "Ann", AT)
    assert book.of(7) == ()
    for name in ("bo", "../ana-2026", ""):
        with pytest.raises(ContentError):
            book.name(name, 7, "Ann", AT)


def test_the_last_word_on_a_months_sales_counts(book, tmp_path):
    assert book.sales("ana-2026") == {}
    book.say_sales("ana-2026", "2026-11", Decimal("10.00"), "Ann", AT)
    book.say_sales("ana-2026", "2026-12", Decimal("3"), "Ann", AT)
    book.say_sales("ana-2026", "2026-11", Decimal("12.50"), "李", AT)
    found = book.sales("ana-2026")
    assert (found["2026-11"].amount, found["2026-11"].by) == (Decimal("12.50"), "李")
    assert found["2026-12"].amount == Decimal("3")
    path = tmp_path / "ana-2026" / "sales.jsonl"
    assert len(path.read_text("utf-8").splitlines()) == 3, "what was said before stays"
    path.write_text(path.read_text("utf-8") + '{"month": "2026-11", "amount": "NaN"}\n', "utf-8")
    with pytest.raises(SetupError, match="line 4"):
        book.sales("ana-2026")


@pytest.mark.parametrize("text", ["", "x", "-1", "NaN", "Infinity", "1e13", "1,5"])
def test_no_amounts(text):
    with pytest.raises(ContentError):
        amount_of(text)


def test_months():
    assert month_bounds("2026-12") == (datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert month_of(AT) == "2026-11" and amount_of(" 12.50 ") == Decimal("12.50")
    for wrong in ("2026-13", "2026-1", "26-11", "", "1999-12", "2026-11-01"):
        with pytest.raises(ContentError):
            month_bounds(wrong)
