"""Reading and searching a large catalogue on SQLite: 100,000 SKUs, four sizes of each product, no pictures.

A row is a SKU. Rows a second are of CPU time, so that a shared machine does not blur them; `*_wall_s` are by
the clock.
"""

import csv
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from bench.rows import Row, row
from products.intake.load import import_catalogue
from products.store import SqlCatalogue, create_tables, open_engine

SKUS = 100_000
SIZES = ("36", "38", "40", "42")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FIRST = (
    "Harbor Dawn Fjord Willow Lumen Pebble Meadow Cloud Orchard Drift Atlas Maple Ember Quill Slate Birch"
).split()
STUFF = (
    "Canvas Stoneware Steel Cotton Desk Wireless Soy Memory Oolong Wool Waxed Linen Walnut Copper Cork Felt"
).split()
THING = (
    "Sneakers Mug Bottle Tote Lamp Earbuds Candle Pillow Tea Blanket Backpack Board Bowl Tray Jug Vase"
).split()
HEADINGS = (
    "Handle,Title,Body (HTML),Vendor,Product Category,Tags,Published,Option1 Name,Option1 Value,"
    "Variant SKU,Variant Grams,Variant Inventory Qty,Variant Inventory Policy,"
    "Variant Price,Variant Compare At Price,Status"
).split(",")
QUERIES = 300


def rows(skus: int, draw: random.Random) -> Iterator[list[str | int]]:
    """Shopify's columns; the first row of a product carries its words."""
    for n in range(skus // len(SIZES)):
        name, stuff, thing = draw.choice(FIRST), draw.choice(STUFF), draw.choice(THING)
        grams, price = draw.randint(80, 2000), draw.randint(500, 20_000) / 100
        wide, high = draw.randint(10, 90), draw.randint(10, 90)
        wash = f"<ul><li>Washable at {draw.choice((30, 40))} °C</li></ul>"
        body = f"<p>{name} weave, {wide} x {high} cm, {grams} g.</p>{wash}"
        words = (f"{name} {stuff} {thing} {n}", body, "Corner Shop", thing, "home, gift", "TRUE", "Size")
        compare = f"{price * 1.25:.2f}" if n % 2 else ""
        for i, size in enumerate(SIZES):
            said = words if i == 0 else ("",) * len(words)
            stock = draw.randint(0, 300)
            status = "active" if i == 0 else ""
            yield [
                f"item-{n}",
                *said,
                size,
                f"SKU-{n}-{i}",
                grams,
                stock,
                "deny",
                f"{price:.2f}",
                compare,
                status,
            ]


def write(path: Path, skus: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(rows(skus, random.Random(1)))


def queries(draw: random.Random) -> Iterator[str]:
    """What viewers type: two words of a title, a title whole, a link number, a question with one fit word."""
    for n in range(QUERIES):
        name, stuff, thing = draw.choice(FIRST), draw.choice(STUFF), draw.choice(THING)
        number = draw.randrange(SKUS // len(SIZES))
        yield (
            f"{name} {thing} {number}",
            f"link {number + 1}",
            f"do you have the {stuff} {thing} {number}?",
            f"{number}",
        )[n % 4]


def broad(draw: random.Random) -> Iterator[str]:
    """Words that stand in one title of sixteen, or in two of sixteen."""
    for n in range(QUERIES // 10):
        yield draw.choice(THING) if n % 2 else f"{draw.choice(FIRST)} {draw.choice(STUFF)}"


def timed_import(engine: Engine, path: Path, now: datetime) -> tuple[float, float]:
    """(CPU seconds, seconds) of one reading."""
    wall, cpu = time.perf_counter(), time.process_time()
    import_catalogue(engine, path, now)
    return time.process_time() - cpu, time.perf_counter() - wall


def p99_ms(catalogue: SqlCatalogue, asked: Iterator[str]) -> tuple[float, float]:
    """By the clock, and in CPU time."""
    wall, cpu = [], []
    for text in asked:
        began, used = time.perf_counter(), time.process_time()
        catalogue.search(text, 10)
        wall.append(1000 * (time.perf_counter() - began))
        cpu.append(1000 * (time.process_time() - used))
    return _p99(wall), _p99(cpu)


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[98]


def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        path = folder / "large.csv"
        write(path, SKUS)
        engine = open_engine(str(folder / "shop.db"))
        create_tables(engine)
        new, new_wall = timed_import(engine, path, NOW)
        same, same_wall = timed_import(engine, path, NOW + timedelta(hours=1))
        catalogue = SqlCatalogue(engine)
        catalogue.search("warm up")
        draw = random.Random(2)
        (narrow, narrow_cpu), (wide, _) = (p99_ms(catalogue, q(draw)) for q in (queries, broad))
        engine.dispose()
    of = f"{SKUS} SKUs, SQLite, CPU time of one core"
    return [
        row("catalogue.import_new_rows_per_s", SKUS / new, "rows / CPU s", ">= 50000", of),
        row("catalogue.import_same_rows_per_s", SKUS / same, "rows / CPU s", ">= 50000", of),
        row("catalogue.import_new_wall_s", new_wall, "s", baseline=f"{SKUS} SKUs, by the clock"),
        row("catalogue.import_same_wall_s", same_wall, "s", baseline=f"{SKUS} SKUs, by the clock"),
        row("catalogue.search_p99_ms", narrow, "ms", "<= 20", f"{SKUS} SKUs, named products and numbers"),
        row("catalogue.search_cpu_p99_ms", narrow_cpu, "ms", baseline="the same, CPU time"),
        row("catalogue.search_broad_p99_ms", wide, "ms", baseline="words of 1 to 2 titles in 16"),
    ]
