"""Orders joined to words, in a real database."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text
from sqlmodel import SQLModel

from bot.store import migrate, open_engine
from products.errors import SetupError
from products.sales import SALE, Sale, SaleBook, Sold

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TEA = Sale("evening", "shopee_live", "o1", "9001", "tea", 2, False, NOW, "tea", "l7", "It costs $9.", NOW)


@pytest.fixture
def engine(tmp_path):
    engine = open_engine(str(tmp_path / "shop.db"))
    migrate(engine)
    yield engine
    engine.dispose()


def test_the_migration_makes_the_table_that_the_model_says(engine) -> None:
    def ours(thing, name, kind, *_):
        return kind != "table" or name == "sale"

    with engine.connect() as connection:
        options = {"include_name": lambda n, k, p: ours(None, n, k), "include_object": ours}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata) == []


def test_an_order_is_kept_once_and_paid_later_with_the_words_that_it_came_by(engine) -> None:
    book = SaleBook(engine)
    book.enter([TEA])
    book.enter([replace(TEA, paid=True, words="Good night.", line="l99"), replace(TEA, paid=False)])
    with engine.connect() as connection:
        (row,) = connection.execute(select(SALE))
    assert (row.order, row.words, row.line, row.paid, row.quantity) == ("o1", "It costs $9.", "l7", True, 2)
    assert (row.at, row.said_at, row.on_table) == (NOW, NOW, "tea")


def test_what_each_sentence_sold_the_best_first(engine) -> None:
    book = SaleBook(engine)
    book.enter([
        TEA, replace(TEA, order="o2", paid=True, quantity=1),
        replace(TEA, order="o2", reference="9002", product="mug"),
        replace(TEA, order="o3", words="", line="", product=None), replace(TEA, order="o4", show="morning"),
        replace(TEA, order="o1", channel="twitch"),
    ])  # fmt: skip
    assert book.of("evening") == (
        Sold("It costs $9.", "tea", 3, 5, 1),
        Sold("", None, 1, 2, 0),
        Sold("It costs $9.", "mug", 1, 2, 0),
    )
    assert book.of("nobody's") == ()


def test_a_database_that_does_not_take_it_is_told(engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("drop table sale"))
    with pytest.raises(SetupError, match="1 orders could not be kept"):
        SaleBook(engine).enter([TEA])
