"""The quick ways of a reading (new in bulk, unchanged passed over) end where the careful way ends."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from products.catalogue import Product
from products.intake.load import Report, import_catalogue
from products.intake.merge import Merge
from products.store import SqlCatalogue, create_tables, open_engine
from products.tables import CATALOGUE_TABLES, IMPORT, TEXT

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)
SHOP = Path(__file__).parents[3] / "sample" / "shop"
HEAD = "handle,title,price,sku,size,quantity,body,compare_at\n"


def shop() -> Engine:
    engine = open_engine("sqlite://")
    create_tables(engine)
    return engine


def contents(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table, and the search index."""
    with engine.connect() as connection:
        out: dict[str, list[Any]] = {
            t.name: sorted(map(repr, connection.execute(select(t))))
            for t in CATALOGUE_TABLES
            if t is not IMPORT
        }
        out["search"] = list(
            connection.exec_driver_sql("SELECT rowid, title, body FROM product_search ORDER BY rowid")
        )
    return out


def read(
    engine: Engine, folder: Path, text: str, now: datetime = NOW, name: str = "a.csv", **asked: Any
) -> Report:
    path = folder / name
    path.write_text(text, "utf-8")
    return import_catalogue(engine, path, now, **asked)


@pytest.fixture
def careful(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes readings go the careful way only, as they do on databases other than SQLite."""

    def switch() -> None:
        monkeypatch.setattr(Merge, "_bulk_new", lambda self, drafts: ([], drafts))
        monkeypatch.setattr(Merge, "_unchanged", lambda self, drafts: list(drafts))

    return switch


def messy(seed: int) -> list[str]:
    """A file and later forms of it: rows apart, taken SKUs, bad prices, no titles, rows that come and go."""
    draw = random.Random(seed)
    rows = []
    for n in range(12):
        for i in range(draw.randint(1, 3)):
            title = f"Cup {n}" if i == 0 and draw.random() < 0.9 else ""
            price = draw.choice(["9.50", "12", "x", "1,299.00"])
            sku = draw.choice([f"S{n}-{i}", f"S{n}-{i}", f"S{n}-{i}", "S1-0"])
            body = draw.choice(
                ["", "<p>Holds 2 dl.<br>Clay &amp; glaze</p>", "Plain. Washable.", "<div x=1>Odd</div>"]
            )
            rows.append(f'h{n},{title},"{price}",{sku},{"SML"[i]},{draw.choice(["", "0", "7"])},{body},20')
    files = []
    for step in range(4):
        kept = [r for r in rows if draw.random() < 0.85]
        if step == 1:
            draw.shuffle(kept)
        kept = [r.replace("9.50", "9.75") if draw.random() < 0.2 else r for r in kept]
        files.append(HEAD + "\n".join(kept) + "\n")
    return [files[0], files[0], files[1], files[0], *files[2:], files[3], files[3]]


@pytest.mark.parametrize("seed", range(12))
def test_both_ways_end_alike(tmp_path: Path, careful: Any, seed: int) -> None:
    files = messy(seed)
    ways = []
    for way in range(2):
        engine = shop()
        if way:
            careful()
        seen = []
        for n, text in enumerate(files):
            report = read(engine, tmp_path, text, NOW + timedelta(hours=n), full=n % 3 == 2)
            diff = report.diff
            seen.append([sorted(x) for x in (diff.new, diff.changed, diff.unchanged, diff.gone)])
            seen.append([str(p) for p in report.problems])
            seen.append(contents(engine) | {"search": [r[0] for r in contents(engine)["search"]]})
        ways.append((seen, contents(engine)))
    assert ways[0] == ways[1]


def test_the_sample_shop_both_ways(careful: Any) -> None:
    quick, slow = shop(), shop()
    for engine in (quick, slow):
        if engine is slow:
            careful()
        for n, name in enumerate(("products.csv", "products.zh.csv", "products.csv", "products.zh.csv")):
            import_catalogue(engine, SHOP / name, NOW + timedelta(hours=n))
    assert contents(quick) == contents(slow)


def test_an_unchanged_product_is_seen_again_and_nothing_else_is_written(tmp_path: Path) -> None:
    engine, text = shop(), HEAD + "a,A,10,A1,S,5,Words.,\na,,10,A2,M,5,,\nb,B,12,B1,,0,,\n"
    read(engine, tmp_path, text)
    before = contents(engine)
    report = read(engine, tmp_path, text, LATER)
    assert report.diff.unchanged == ["a", "b"] and not report.diff.changed
    after = contents(engine)
    assert {k for k in before if before[k] != after[k]} == {"offer", "stock", "catalogue_revision"}
    product = SqlCatalogue(engine).product("a")
    assert product is not None
    assert (
        {v.stock.seen_at for v in product.variants} == {v.offer.seen_at for v in product.variants} == {LATER}
    )


def price(engine: Engine, handle: str = "a") -> str:
    product = SqlCatalogue(engine).product(handle)
    assert isinstance(product, Product)
    return str(product.variants[0].offer.price.amount)


def test_what_another_file_changed_is_set_back(tmp_path: Path) -> None:
    engine, text = shop(), HEAD + "a,A,10,A1,,5,,\n"
    read(engine, tmp_path, text)
    read(engine, tmp_path, HEAD + "a,,11,A1,,5,,\n", name="prices.csv")
    assert price(engine) == "11"
    assert read(engine, tmp_path, text).diff.changed == ["a"] and price(engine) == "10"


def test_what_a_full_reading_retired_comes_back(tmp_path: Path) -> None:
    engine = shop()
    both, one = HEAD + "a,A,10,A1,S,5,,\na,,10,A2,M,5,,\nb,B,1,B1,,,,\n", HEAD + "a,A,10,A1,S,5,,\n"
    read(engine, tmp_path, both)
    assert read(engine, tmp_path, one, full=True).diff.gone == ["b"]
    assert sorted(read(engine, tmp_path, both).diff.changed) == ["a", "b"]
    assert [p.handle for p in SqlCatalogue(engine).products()] == ["a", "b"]
    assert len(SqlCatalogue(engine).products()[0].variants) == 2


def test_a_catalogue_from_before_digests_is_read_as_unchanged(tmp_path: Path) -> None:
    engine, text = shop(), HEAD + "a,A,10,A1,,5,,\n"
    read(engine, tmp_path, text)
    with engine.begin() as connection:
        connection.execute(TEXT.update().values(digest=None))
    assert read(engine, tmp_path, text).diff.unchanged == ["a"]
    with engine.connect() as connection:
        assert connection.scalar(select(TEXT.c.digest)) is not None


def test_a_problem_is_told_at_every_reading(tmp_path: Path) -> None:
    engine, other = shop(), HEAD + "b,B,1,B1,,,,\nc,C,2,A1,,,,\n"
    read(engine, tmp_path, HEAD + "a,A,10,A1,,5,,\n")
    for _ in range(3):
        report = read(engine, tmp_path, other, name="other.csv")
        assert [(p.row, p.field) for p in report.problems] == [(3, "sku")]


def test_words_are_judged_of_what_is_new_or_changed(tmp_path: Path) -> None:
    engine, text = shop(), HEAD + "a,A,10,A1,,5,It cures insomnia.,\nb,B,10,B1,,5,Clay.,\n"
    said = ("a", "en", "It cures insomnia.", "disease_treatment")
    assert read(engine, tmp_path, text).unsayable == (said,)
    assert read(engine, tmp_path, text).unsayable == ()
    assert read(engine, tmp_path, text.replace("Clay", "Hurry")).unsayable == (
        ("b", "en", "Hurry.", "false_scarcity"),
    )


def test_a_new_product_is_found_by_its_words(tmp_path: Path) -> None:
    engine = shop()
    read(engine, tmp_path, HEAD + "a,Blue cup,10,A1,Tall,5,Wheel-thrown clay.,\nb,Plate,1,B1,,,,\n")
    catalogue = SqlCatalogue(engine)
    for said in ("blue cups", "clay", "tall"):
        assert [p.handle for p in catalogue.search(said)] == ["a"]
