"""A shop's files as a catalogue in memory, read at one moment."""

from datetime import datetime
from pathlib import Path

from products.intake.load import import_catalogue
from products.store import SqlCatalogue, create_tables, open_engine

SAMPLE = Path(__file__).parents[1] / "sample" / "shop"
BOTH = ("products.csv", "products.zh.csv")


def catalogue_of(folder: Path, now: datetime, files: tuple[str, ...] = BOTH) -> SqlCatalogue:
    engine = open_engine("sqlite://")
    create_tables(engine)
    for name in files:
        import_catalogue(engine, folder / name, now)
    return SqlCatalogue(engine)
