"""A comparison says what the reading then does, and taking a reading back leaves what was there before."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from products.errors import ContentError
from products.intake.changes import Change
from products.intake.load import import_catalogue
from products.intake.merge import Merge
from products.intake.preview import compare_catalogue
from products.intake.undo import undo_last, undoable
from products.store import SqlCatalogue, create_tables, open_engine
from products.tables import CATALOGUE_TABLES, IMPORT, REVISION, TEXT, UNDO

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)
SHOP = Path(__file__).parents[3] / "sample" / "shop"
HEAD = "handle,title,price,sku,size,quantity,body,compare_at\n"


def shop() -> Engine:
    engine = open_engine("sqlite://")
    create_tables(engine)
    return engine


def contents(engine: Engine) -> dict[str, list[Any]]:
    """Every row that a show could tell, and the search index; not the digests, which only save work."""
    with engine.connect() as connection:
        out: dict[str, list[Any]] = {
            t.name: sorted(
                repr(connection_row)
                for connection_row in connection.execute(
                    select(*(c for c in t.c if not (t is TEXT and c.name == "digest")))
                )
            )
            for t in CATALOGUE_TABLES
            if t not in (IMPORT, REVISION, UNDO)
        }
        out["search"] = list(
            connection.exec_driver_sql("SELECT rowid, title, body FROM product_search ORDER BY rowid")
        )
    return out


def write(folder: Path, text: str, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def compared(engine: Engine, path: Path, **asked: Any) -> tuple[Any, list[Change]]:
    told: list[Change] = []
    return compare_catalogue(engine, path, told=told.append, problem=lambda _: None, **asked), told


def rows(chance: random.Random) -> str:
    """A file of a few products: some with several variants, some rows bad, some products in two places."""
    lines = []
    for n in chance.sample(range(12), chance.randint(3, 10)):
        for size in chance.sample("SML", chance.randint(1, 3)):
            price = chance.choice(["5", "6.50", "7", "nonsense"])
            title = chance.choice([f"Thing {n}", f"Thing {n}", f"Better thing {n}", ""])
            sku = chance.choice([f"T{n}-{size}", f"T{n}-{size}", f"T{n + 1}-{size}"])
            body = chance.choice(["Made of wood.", "Made of steel. Weighs 3 kg.", ""])
            lines.append(f"thing-{n},{title},{price},{sku},{size},{chance.choice(['', '0', '4'])},{body},")
    if chance.random() < 0.3:
        chance.shuffle(lines)
    return HEAD + "\n".join(lines) + "\n"


@pytest.mark.parametrize("careful", [False, True], ids=["quick", "careful"])
@pytest.mark.parametrize("seed", range(7))
def test_any_file_is_foretold_and_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, careful: bool
) -> None:
    if careful:  # the way of databases other than SQLite
        monkeypatch.setattr(Merge, "_bulk_new", lambda self, drafts: ([], drafts))
        monkeypatch.setattr(Merge, "_unchanged", lambda self, drafts: list(drafts))
    chance = random.Random(seed)
    engine = shop()
    for turn in range(3):
        path = write(tmp_path, rows(chance), chance.choice(["a.csv", "a.csv", "a.zh.csv"]))
        asked: dict[str, Any] = {"full": chance.random() < 0.5}
        before = contents(engine)
        try:
            foretold, told = compared(engine, path, **asked)
        except ContentError:
            with pytest.raises(ContentError):
                import_catalogue(engine, path, LATER, undoable=True, **asked)
            continue
        assert contents(engine) == before, "comparing writes nothing"
        done = import_catalogue(engine, path, LATER, undoable=True, **asked)
        for kind in ("new", "changed", "unchanged", "gone"):
            assert sorted(getattr(foretold.diff, kind)) == sorted(getattr(done.diff, kind)), kind
        assert sorted(map(str, foretold.problems)) == sorted(map(str, done.problems))
        assert {c.handle for c in told} >= {*done.diff.changed, *done.diff.new, *done.diff.gone}
        after = contents(engine)
        undo_last(engine)
        assert contents(engine) == before
        again = import_catalogue(engine, path, LATER, undoable=True, **asked)
        assert (contents(engine), again.diff.new) == (after, done.diff.new), turn


def test_old_and_new_of_each_value(tmp_path: Path) -> None:
    engine = shop()
    import_catalogue(engine, write(tmp_path, HEAD + "cup,Cup,9,C,,4,Of clay.,\nold,Old,1,O,,,,\n"), NOW)
    _, told = compared(
        engine, write(tmp_path, HEAD + "cup,Big cup,8,C,,4,Of clay. Blue.,10\ncup,,9,D,L,,,\n"), full=True
    )
    assert set(told) == {
        Change("cup", "", "title", "Cup", "Big cup"),
        Change("cup", "", "body", "Of clay.", "Of clay. Blue."),
        Change("cup", "C", "price", "9", "8"),
        Change("cup", "C", "compare_at", "", "10"),
        Change("cup", "D", "variant", "", "size: L, 9 USD"),
        Change("old", "", "product", "on sale", ""),
    }


def test_only_the_newest_reading_can_be_taken_back(tmp_path: Path) -> None:
    engine = shop()
    assert undoable(engine) is None
    path = write(tmp_path, HEAD + "cup,Cup,9,C,,4,,\n")
    import_catalogue(engine, path, NOW, undoable=True)
    first = undoable(engine)
    assert first is not None and (first.new, first.changed, first.gone) == (1, 0, 0)
    import_catalogue(engine, path, LATER, undoable=True)
    with pytest.raises(ContentError, match="cannot be taken back"):
        undo_last(engine, first.reading)
    second = undo_last(engine)
    assert second.reading == first.reading + 1
    (cup,) = SqlCatalogue(engine).products()
    assert cup.variants[0].offer.seen_at == NOW, "what the second had confirmed is not confirmed any more"
    with pytest.raises(ContentError, match="cannot be taken back"):
        undo_last(engine)


def test_a_reading_that_tells_nobody_ends_it(tmp_path: Path) -> None:
    engine = shop()
    import_catalogue(engine, write(tmp_path, HEAD + "cup,Cup,9,C,,4,,\n"), NOW, undoable=True)
    import_catalogue(engine, write(tmp_path, HEAD + "cup,Cup,8,C,,4,,\n"), NOW)
    assert undoable(engine) is None


def test_the_sample_in_two_languages(tmp_path: Path) -> None:
    engine = shop()
    import_catalogue(engine, SHOP / "products.csv", NOW, undoable=True)
    before = contents(engine)
    foretold, _ = compared(engine, SHOP / "products.zh.csv")
    done = import_catalogue(engine, SHOP / "products.zh.csv", NOW, undoable=True)
    assert foretold.diff.changed == done.diff.changed and len(done.diff.changed) == 12
    undo_last(engine)
    assert contents(engine) == before
    assert [p.handle for p in SqlCatalogue(engine).search("sneakers")] == ["harbor-sneakers"]
    assert SqlCatalogue(engine).search("帆布鞋") == ()


def test_a_catalogue_that_moved_on_is_not_overwritten(tmp_path: Path) -> None:
    engine = shop()
    path = write(tmp_path, HEAD + "cup,Cup,9,C,,4,,\n")
    report, _ = compared(engine, path)
    import_catalogue(engine, path, NOW)
    with pytest.raises(ContentError, match="has changed since"):
        import_catalogue(engine, path, LATER, at_revision=report.revision)
