"""The sample shop, read once."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from products.intake.load import import_catalogue
from products.store import SqlCatalogue, create_tables, open_engine

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def sample() -> Path:
    return Path(__file__).parents[2] / "sample" / "shop"


@pytest.fixture
def engine() -> Engine:
    engine = open_engine("sqlite://")
    create_tables(engine)
    return engine


@pytest.fixture
def shop(engine, sample) -> SqlCatalogue:
    for name in ("products.csv", "products.zh.csv"):
        import_catalogue(engine, sample / name, NOW)
    return SqlCatalogue(engine)
