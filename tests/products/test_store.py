"""The catalogue as the show asks it."""

from datetime import timedelta

import pytest

from products.catalogue import Catalogue, FactKind
from products.errors import SetupError
from products.intake.load import import_catalogue
from products.store import SqlCatalogue, create_tables, open_engine


def test_it_is_a_catalogue(shop):
    catalogue: Catalogue = shop
    assert [p.number for p in catalogue.products()] == list(range(1, 13))
    sneakers = catalogue.product("harbor-sneakers")
    assert sneakers is not None and len(sneakers.variants) == 10
    assert sneakers.text("zh").title == "海港帆布鞋"
    assert sneakers.picture is not None and sneakers.picture.is_file()
    assert catalogue.product("no-such") is None


@pytest.mark.parametrize(
    ("said", "handle"),
    [
        ("the mug", "dawn-mug"),
        ("do you have the pillow?", "cloud-pillow"),
        ("杯子", "dawn-mug"),
        ("杯子多少钱", "dawn-mug"),
        ("2号链接", "dawn-mug"),
        ("二号链接有货吗", "dawn-mug"),
        ("link 2", "dawn-mug"),
        ("number two please", "dawn-mug"),
        ("#2", "dawn-mug"),
        ("2", "dawn-mug"),
        ("backpack in olive", "atlas-backpack"),
        ("双肩包", "atlas-backpack"),
        ("保温瓶", "fjord-bottle"),
        ("茶", "orchard-tea"),
        ("SNEAKER", "harbor-sneakers"),
        ("waxed canvas", "atlas-backpack"),
        ("耳机有黑色吗", "pebble-earbuds"),
        ("is there a candle?", "meadow-candle"),
    ],
)
def test_search_finds_what_viewers_say(shop, said, handle):
    assert shop.search(said)[0].handle == handle


@pytest.mark.parametrize(
    "said", ["", "  ", '"', "* OR (", "no one", "xyzzy", "的", "link 99", "\x00", "99999999999999999999"]
)
def test_search_finds_nothing_without_an_error(shop, said):
    assert list(shop.search(said)) == []


def test_confirming_the_stock_makes_it_fresh_again(shop, now):
    later = now + timedelta(minutes=30)

    def fresh() -> set[bool]:
        return {f.fresh(later) for f in shop.facts(["dawn-mug"], later) if f.kind == FactKind.STOCK}

    before = shop.revision
    assert fresh() == {False}
    shop.confirm_stock(later)
    assert fresh() == {True}
    assert shop.revision > before


def test_a_new_reading_is_seen_by_an_open_catalogue(shop, engine, tmp_path, now):
    assert shop.product("dawn-mug").variants[0].offer.price.amount == 18.5
    path = tmp_path / "more.csv"
    path.write_text("handle,title,price,sku\ndawn-mug,Dawn Stoneware Mug,20,DM-SAND\n")
    import_catalogue(engine, path, now)
    assert shop.product("dawn-mug").variants[0].offer.price.amount == 20


def test_a_database_on_disk_lives_in_wal_mode(tmp_path):
    engine = open_engine(str(tmp_path / "new" / "castmate.db"))
    create_tables(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()


def test_a_wrong_url_and_an_empty_database_say_what_to_do():
    with pytest.raises(SetupError, match="cannot be opened"):
        open_engine("nonsense://x")
    with pytest.raises(SetupError, match="castmate catalogue import"):
        _ = SqlCatalogue(open_engine("sqlite://")).revision
