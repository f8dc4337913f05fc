"""Reading files in: good rows land, bad ones are named, what is no catalogue changes nothing."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from products.catalogue import FactKind
from products.errors import ContentError
from products.intake.load import guess_language, import_catalogue, resync
from products.store import SqlCatalogue, create_tables, open_engine

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DEMO_SHOP = Path(__file__).parents[4] / "shared" / "catalogue" / "demo-shop" / "products.csv"


@pytest.fixture
def engine():
    engine = open_engine("sqlite://")
    create_tables(engine)
    return engine


@pytest.fixture
def sample():
    return Path(__file__).parents[3] / "sample" / "shop"


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding)
    return path


GENERIC = "Name,Cost,Qty,SKU,Colour\nBlue cup,9.50,4,C1,Blue\nBlue cup,9.50,,C2,Green\nPlate,12,0,P1,\n"


def test_the_sample_shop(engine, sample):
    report = import_catalogue(engine, sample / "products.csv", NOW)
    assert len(report.diff.new) == 12 and report.rows == 25 and report.problems == []
    assert [(h, w) for h, _, _, w in report.unsayable] == [
        ("cloud-pillow", "disease_treatment"),
        ("orchard-tea", "superlative"),
    ]
    again = import_catalogue(engine, sample / "products.csv", NOW)
    assert len(again.diff.unchanged) == 12 and not again.diff.new and not again.diff.changed


def test_a_second_language_only_adds_words(engine, sample):
    import_catalogue(engine, sample / "products.csv", NOW)
    before = SqlCatalogue(engine).products()
    report = import_catalogue(engine, sample / "products.zh.csv", NOW, full=True)
    after = SqlCatalogue(engine).products()
    assert (
        report.language == "zh" and report.problems == [] and report.diff.gone == [] and report.diff.new == []
    )
    assert [p.variants for p in before] == [p.variants for p in after]
    assert after[1].text("zh").options["Teal"] == "青色" and after[1].default_language == "en"


def test_a_price_that_differs_between_languages_is_reported_and_not_taken(engine, tmp_path):
    import_catalogue(engine, write(tmp_path, "a.csv", "handle,title,price,sku\ncup,Cup,10,C\n"), NOW)
    report = import_catalogue(
        engine, write(tmp_path, "a.zh.csv", "handle,title,price,sku\ncup,杯,12,C\n"), NOW
    )
    assert [p.field for p in report.problems] == ["price"]
    assert SqlCatalogue(engine).product("cup").variants[0].offer.price.amount == 10


def test_generic_columns_by_name_and_by_mapping(engine, tmp_path):
    path = write(tmp_path, "generic.csv", GENERIC)
    with pytest.raises(ContentError, match="no column for price"):
        import_catalogue(engine, path, NOW)
    import_catalogue(engine, path, NOW, mapping={"title": "Name", "price": "Cost"}, currency="EUR")
    cup, plate = SqlCatalogue(engine).products()
    assert [v.options for v in cup.variants] == [(("Colour", "Blue"),), (("Colour", "Green"),)]
    assert [v.stock.quantity for v in cup.variants] == [4, None]
    assert plate.sold_out and plate.variants[0].offer.price.currency == "EUR"


@pytest.mark.parametrize(
    ("mapping", "message"), [({"title": "Nome"}, "no column 'Nome'"), ({"titel": "Name"}, "does not exist")]
)
def test_a_wrong_mapping_says_what_there_is(engine, tmp_path, mapping, message):
    with pytest.raises(ContentError, match=message) as caught:
        import_catalogue(engine, write(tmp_path, "generic.csv", GENERIC), NOW, mapping=mapping)
    assert "Name" in caught.value.remedy or "title" in caught.value.remedy


def test_chinese_headings_in_gb18030(engine, tmp_path):
    path = write(
        tmp_path, "g.zh.csv", "商品名称,售价,库存,货号,描述\n陶杯,18.50,7,T1,手工上釉。350毫升。\n", "gb18030"
    )
    import_catalogue(engine, path, NOW, currency="CNY")
    (cup,) = SqlCatalogue(engine).products()
    assert cup.text("zh").title == "陶杯" and cup.text("zh").sentences == ("手工上釉。", "350毫升。")
    assert cup.handle == "陶杯"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_and_separators(engine, tmp_path, encoding, separator):
    text = f"title{separator}price\n青杯{separator}3.50\n"
    import_catalogue(engine, write(tmp_path, "x.csv", text, encoding), NOW)
    assert SqlCatalogue(engine).products()[0].text("en").title == "青杯"


def test_xlsx(engine, tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["Title", "Price", "Stock", "SKU"],
        ["Cup", 9.5, 4, "C1"],
        [None, None, None, None],
        ["Plate", "oops", 1, "P1"],
    ):
        sheet.append(row)
    book.save(tmp_path / "shop.xlsx")
    report = import_catalogue(engine, tmp_path / "shop.xlsx", NOW)
    assert [(p.row, p.field, p.value) for p in report.problems] == [(4, "price", "oops")]
    assert SqlCatalogue(engine).product("cup").variants[0].stock.quantity == 4


def test_json_lines(engine, tmp_path):
    lines = [
        {
            "handle": "cup",
            "title": "Cup",
            "body": "Holds 2 dl.",
            "tags": ["a", "b"],
            "variants": [
                {"sku": "C1", "price": 9.5, "quantity": 3, "options": {"Size": "S"}},
                {"sku": "C2", "price": "10.5", "options": {"Size": "M"}},
            ],
        },
        {"handle": "plate", "title": "Plate", "price": 4},
    ]
    text = "\n".join(json.dumps(line) for line in lines) + "\nnot json\n[1]\n"
    report = import_catalogue(engine, write(tmp_path, "shop.jsonl", text), NOW)
    assert [p.row for p in report.problems] == [3, 4]
    cup, plate = SqlCatalogue(engine).products()
    assert [(v.sku, str(v.offer.price.amount), v.options) for v in cup.variants] == [
        ("C1", "9.5", (("Size", "S"),)),
        ("C2", "10.5", (("Size", "M"),)),
    ]
    assert cup.tags == ("a", "b") and plate.variants[0].sku == "plate"


def test_bad_rows_are_named_and_good_ones_land(engine, tmp_path):
    text = (
        "handle,title,price,compare_at,quantity,sku,currency,valid_to\n"
        "a,A,10,,5,A1,,\n"
        "b,B,ten,,5,B1,,\n"
        "c,C,10,8,5,C1,,\n"
        "d,D,10,,many,D1,,\n"
        "e,E,10,,5,A1,,\n"
        "f,F,-3,,5,F1,,\n"
        "g,G,10,,5,G1,dollars,soon\n"
        "h,H,,,5,H1,,\n"
        "i,I,1.299,99,5,I1,x\n"
        "j,J,10,,5,J1,,,too,many\n"
        ",,10,,,,,\n"
    )
    report = import_catalogue(engine, write(tmp_path, "bad.csv", text), NOW)
    assert [p.handle for p in SqlCatalogue(engine).products()] == ["a", "c", "g", "i"]
    assert [(p.row, p.field) for p in report.problems] == [
        (3, "price"),
        (4, "compare_at"),
        (5, "quantity"),
        (6, "sku"),
        (7, "price"),
        (8, "currency"),
        (8, "valid_to"),
        (9, "price"),
        (10, "currency"),
        (11, None),
        (12, "handle"),
    ]
    assert all(p.file == "bad.csv" and p.message and p.remedy.endswith((".", "..")) for p in report.problems)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("readme.csv", b"# A readme\n\nIt is about nothing.\n"),
        ("empty.csv", b""),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200)),
        ("fake.xlsx", b"PK\x03\x04 not a zip"),
        ("noise.csv", bytes(range(128, 256)) * 20),
        ("open.csv", b'handle,title,price\na,"A,10\nb,B,11\n'),
        ("rows.csv", b"handle,title,price\na,A,ten\nb,B,eleven\n"),
        ("half.csv", b'handle,title,price\na,A,10\nb,B,11\nc,"C,12\n'),
        ("text.jsonl", b"hello\n"),
        ("list.json", b"[]"),
    ],
)
def test_what_is_no_catalogue_changes_nothing(engine, sample, tmp_path, name, content):
    import_catalogue(engine, sample / "products.csv", NOW)
    catalogue = SqlCatalogue(engine)
    before, revision = catalogue.products(), catalogue.revision
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ContentError) as caught:
        import_catalogue(engine, tmp_path / name, NOW, full=True)
    assert name in caught.value.message and caught.value.remedy
    assert catalogue.revision == revision and SqlCatalogue(engine).products() == before


def test_a_full_reading_retires_what_is_gone_and_only_that(engine, tmp_path):
    first = "handle,title,price,sku,size\na,A,10,A1,S\na,A,10,A2,M\nb,B,10,B1,\nc,C,10,C1,\n"
    path = write(tmp_path, "shop.csv", first)
    import_catalogue(engine, path, NOW)
    write(tmp_path, "shop.csv", "handle,title,price,sku,size\na,A,11,A1,S\nc,C,bad,C1,\nd,D,5,D1,\n")
    assert import_catalogue(engine, path, NOW).diff.gone == []
    report = import_catalogue(engine, path, NOW, full=True)
    assert report.diff.gone == ["b"]
    catalogue = SqlCatalogue(engine)
    assert [p.handle for p in catalogue.products()] == ["a", "c", "d"]
    assert [v.sku for v in catalogue.product("a").variants] == ["A1"]
    assert catalogue.product("b").active is False
    assert [p.handle for p in catalogue.search("b")] == []
    assert [p.number for p in catalogue.products()] == [1, 3, 4]


def test_the_diff_tells_new_changed_and_unchanged(engine, tmp_path):
    path = write(tmp_path, "shop.csv", "handle,title,price\na,A,10\nb,B,10\n")
    import_catalogue(engine, path, NOW)
    write(tmp_path, "shop.csv", "handle,title,price\na,A,10\nb,B,12\nc,C,1\n")
    diff = import_catalogue(engine, path, NOW).diff
    assert (diff.new, diff.changed, diff.unchanged) == (["c"], ["b"], ["a"])


def test_a_dry_run_shows_the_diff_and_changes_nothing(engine, sample):
    report = import_catalogue(engine, sample / "products.csv", NOW, dry_run=True)
    assert len(report.diff.new) == 12
    catalogue = SqlCatalogue(engine)
    assert catalogue.revision == 0 and list(catalogue.products()) == []


def test_a_resync_reads_every_file_again(engine, sample):
    for name in ("products.csv", "products.zh.csv"):
        import_catalogue(engine, sample / name, NOW)
    later = NOW + timedelta(minutes=30)
    reports = resync(engine, later)
    assert [r.language for r in reports] == ["en", "zh"]
    facts = SqlCatalogue(engine).facts(["dawn-mug"], later)
    assert all(f.fresh(later) for f in facts) and any(f.kind == FactKind.STOCK for f in facts)


def test_rows_of_a_product_that_are_apart_come_together(engine, tmp_path):
    text = "handle,title,price,sku,size\na,A,10,A1,S\nb,B,10,B1,\na,,10,A2,M\n"
    import_catalogue(engine, write(tmp_path, "shop.csv", text), NOW)
    assert [v.sku for v in SqlCatalogue(engine).product("a").variants] == ["A1", "A2"]


def test_a_missing_picture_is_a_problem_not_an_end(engine, tmp_path):
    text = "handle,title,price,image\na,A,10,none.webp\nb,B,10,../../etc/passwd\n"
    report = import_catalogue(engine, write(tmp_path, "shop.csv", text), NOW)
    assert [p.field for p in report.problems] == ["picture", "picture"]
    assert [p.picture for p in SqlCatalogue(engine).products()] == [None, None]


def test_a_product_that_gets_its_title_in_a_later_row(engine, tmp_path):
    text = "handle,title,price,sku,size\na,,10,A1,S\nb,B,10,B1,\na,A,10,A2,M\n"
    report = import_catalogue(engine, write(tmp_path, "shop.csv", text), NOW)
    product = SqlCatalogue(engine).product("a")
    assert product.text("en").title == "A" and [v.sku for v in product.variants] == ["A1", "A2"]
    assert sorted(report.diff.new) == ["a", "b"]


def test_progress_ends_at_the_end(engine, sample):
    seen = []
    import_catalogue(
        engine, sample / "products.csv", NOW, progress=lambda done, total: seen.append((done, total))
    )
    assert seen and seen[-1][0] == seen[-1][1] == (sample / "products.csv").stat().st_size


def test_the_language_is_in_the_name():
    assert guess_language(Path("products.zh.csv")) == "zh"
    assert guess_language(Path("products.csv")) == "en"
    assert guess_language(Path("shop.v2.csv")) == "en"


@pytest.mark.skipif(not DEMO_SHOP.is_file(), reason="../shared is not here")
def test_a_real_shop_with_its_mess(engine):
    report = import_catalogue(engine, DEMO_SHOP, NOW)
    assert len(report.diff.new) == 32 and report.problems == []
    products = {p.handle: p for p in SqlCatalogue(engine).products()}
    assert "&" not in "".join(
        s for p in products.values() for s in p.text("en").sentences if "&nbsp" in s or "&amp" in s
    )
    assert {"ascii-tee", "mighty-mug", "carrot-juice"} == {h for h, _, _, _ in report.unsayable}
    assert products["grey-hoodie"].variants[0].stock.quantity is None


_CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(_CELL, _CELL, st.one_of(_CELL, st.decimals(0, 9999, places=2).map(str)), _CELL), max_size=8
    )
)
def test_any_cells_give_products_problems_or_a_plain_refusal(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("any") / "any.csv"
    quoted = ["handle,title,price,quantity"] + [
        ",".join('"' + c.replace('"', '""') + '"' for c in row) for row in rows
    ]
    path.write_text("\n".join(quoted) + "\n", "utf-8", newline="")
    engine = open_engine("sqlite://")
    create_tables(engine)
    try:
        report = import_catalogue(engine, path, NOW)
    except ContentError as error:
        assert error.remedy
        return
    found = SqlCatalogue(engine).products()
    assert len(found) == len(report.diff.new) and all(
        p.variants[0].offer.price.amount >= Decimal(0) for p in found
    )


def test_what_is_too_long_is_told(engine, tmp_path):
    long = "very " * 200 + "long"
    rows = f"handle,title,price,sku\ncup,{long},9,C\n{'h' * 201},Bowl,8,B\nplate,Plate,7,{'s' * 201}\n"
    report = import_catalogue(engine, write(tmp_path, "a.csv", rows), NOW)
    assert [(p.row, p.field, p.message) for p in report.problems] == [
        (2, "title", "longer than 500 characters; it was cut"),
        (3, "handle", "longer than 200 characters"),
        (4, "sku", "longer than 200 characters"),
    ]
    (cup,) = SqlCatalogue(engine).products()
    assert len(cup.text("en").title) <= 500
