"""The catalogue's pages: what is listed, a file from upload to undo, hostile files, who may what."""

import asyncio
import csv
import io
import json
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from house import FORM, NOBODY, QUICK, House, send, token_of
from sqlalchemy.exc import OperationalError

from bot.console import credentials
from bot.console.catalogue_page import Goods, add_catalogue
from bot.console.catalogue_uploads import Uploads, plain_name, run_bounded
from bot.console.catalogue_work import Job, perform
from bot.console.roles import Role
from products.errors import ContentError, Refused
from products.intake import load
from products.intake.load import import_catalogue
from products.questions import OPEN_QUESTION, PassedOn, QuestionQueue
from products.store import SqlCatalogue, create_tables, open_engine

SAMPLE = Path(__file__).parents[3] / "sample" / "shop" / "products.csv"
ACT = FORM | {"x-castmate": "desk", "content-type": "application/octet-stream"}
CUPS = "handle,title,price,sku,quantity\ncup,Blue cup,9.50,C1,4\nplate,Plate,12,P1,0\n"


class Desk:
    """A console with a catalogue of its own. Readings are done in this very process."""

    def __init__(self, folder: Path):
        self.house = House()
        self.url = f"sqlite:///{folder / 'shop.db'}"
        self.engine = open_engine(self.url)
        create_tables(self.engine)
        OPEN_QUESTION.create(self.engine)

        async def run(job):
            return perform(job)

        self.uploads = Uploads(folder / "uploads", self.url, self.house.clock.now, run)
        add_catalogue(self.house.app, Goods(self.engine, self.uploads, self.house.clock.now))
        self.house.person("Ann")
        self.browser, self.who = self.house.person("Mei", Role.MERCH)
        self.queue = QuestionQueue(self.engine)

    def have(self, text: str, name: str = "products.csv", folder: Path | None = None):
        path = (folder or self.uploads._folder.parent) / name
        path.write_text(text, "utf-8")
        return import_catalogue(self.engine, path, self.house.clock.now())

    def bring(self, data: bytes | str, name: str = "products.csv", client=None):
        body = data.encode() if isinstance(data, str) else data
        return (client or self.browser).post(
            "/catalogue/uploads", content=body, headers=ACT | {"x-file-name": name}
        )

    def brought(self, data: bytes | str, name: str = "products.csv") -> str:
        answer = self.bring(data, name)
        assert answer.status_code == 200, answer.text
        return answer.json()["made"]

    def compare(self, path: str, **changed: str):
        page = self.browser.get(path).text
        values = dict(re.findall(r'name="(language|currency)" value="(\w*)"', page))
        for name, options in re.findall(r'<select name="(c\d+)"[^>]*>(.*?)</select>', page, re.S):
            chosen = re.search(r'value="(\w*)" selected', options)
            values[name] = chosen[1] if chosen else ""
        form = re.search(r'name="form" value="(\w+)"', page)[1]
        answer = self.browser.post(f"{path}/compare", data={"form": form} | values | changed, headers=FORM)
        return answer, self.browser.get(path).text

    def prices(self):
        products = SqlCatalogue(self.engine).products()
        return {p.handle: str(p.variants[0].offer.price.amount) for p in products}

    def csv(self, path: str):
        text = self.browser.get(path).content.decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setattr(credentials, "HASHER", QUICK)
    monkeypatch.setattr(credentials, "NOBODY", NOBODY)
    desk = Desk(tmp_path)
    yield desk
    desk.engine.dispose()


def test_a_file_from_upload_to_undo(desk):
    desk.have(CUPS)
    before = desk.prices()
    path = desk.brought(CUPS.replace("9.50", "8.00").replace("plate,Plate,12,P1,0", "bowl,Bowl,5,B1,3"))
    answer, page = desk.compare(path, full="yes")
    assert answer.status_code == 303
    assert desk.prices() == before, "nothing is written before somebody takes it in"
    tallies = re.findall(r"<strong>(\d+)</strong> (\w+ ?\w*)<", page)
    assert tallies == [("1", "new"), ("1", "changed"), ("1", "gone"), ("0", "as before")]
    assert {"handle": "cup", "sku": "C1", "field": "price", "old": "9.50", "new": "8.00"} in desk.csv(
        f"{path}/changes.csv"
    )
    assert "9.50</td>" in page and "8.00</td>" in page
    applied = send(desk.browser, f"{path}/apply")
    assert applied.headers["location"] == f"{path}?said=said_applied"
    assert desk.prices() == {"cup": "8.00", "bowl": "5"}
    reading = re.search(r'name="reading" value="(\d+)"', desk.browser.get(path).text)[1]
    assert (
        send(desk.browser, "/catalogue/undo", reading=reading).headers["location"]
        == "/catalogue?said=said_undone"
    )
    assert desk.prices() == before
    again = send(desk.browser, "/catalogue/undo", reading=reading)
    assert again.headers["location"] == "/catalogue?trouble=cat_undo_gone"
    assert desk.house.what()[:3] == ["catalogue_undone", "catalogue_applied", "catalogue_uploaded"]
    noted = desk.house.accounts.book.events(3)
    assert noted[1].data["new"] == 1 and noted[1].who == desk.who.id
    assert "products.csv" not in json.dumps([row.data for row in noted]), "numbers, no names"


def test_what_changed_since_the_comparison_stops_it(desk):
    path = desk.brought(CUPS)
    desk.compare(path)
    desk.have(CUPS.replace("9.50", "7.00"))
    answer = send(desk.browser, f"{path}/apply")
    assert answer.status_code == 422 and "has changed since" in answer.text
    assert desk.prices()["cup"] == "7.00"


def test_the_columns_that_a_person_chooses(desk):
    path = desk.brought("Our name,Cost,Was,Grösse\nBlue cup,9.50,12,XL\n")
    page = desk.browser.get(path).text
    assert "no column for title and price" in page and "Blue cup" in page
    lacking, page = desk.compare(path)
    assert lacking.status_code == 303 and "Choose below what each column is read as." in page
    answer, page = desk.compare(path, c0="title", c1="price", c3="option1_value", currency="eur")
    assert answer.status_code == 303
    send(desk.browser, f"{path}/apply")
    (cup,) = SqlCatalogue(desk.engine).products()
    assert cup.variants[0].options == (("Grösse", "XL"),) and cup.variants[0].offer.price.currency == "EUR"
    assert cup.variants[0].offer.compare_at is None
    twice, _ = desk.compare(desk.brought("a,b\n1,2\n"), c0="title", c1="title")
    assert twice.status_code == 422 and "same meaning" in twice.text
    odd, _ = desk.compare(desk.brought(CUPS), currency="dollars")
    assert odd.status_code == 422 and "three (USD)" in odd.text


def test_a_guessed_column_can_be_left_out(desk):
    path = desk.brought("title,price,description\nCup,9,Words that are not for buyers.\n")
    desk.compare(path, c2="")
    send(desk.browser, f"{path}/apply")
    assert SqlCatalogue(desk.engine).products()[0].text("en").sentences == ()


def test_rows_that_are_wrong_are_told_and_their_list_is_harmless_in_a_spreadsheet(desk):
    path = desk.brought('title,price\n"=HYPERLINK(""http://evil"")",5\nCup,12.05.2026\nBowl,=2+3\nPlate,9\n')
    _, page = desk.compare(path)
    found = desk.csv(f"{path}/problems.csv")
    assert [(p["row"], p["problem"]) for p in found] == [
        ("2", "a formula, not its value"),
        ("3", "a date, not an amount: a spreadsheet made one of it"),
        ("4", "not an amount"),
    ]
    assert [p["value"][:2] for p in found] == ["'=", "12", "'="]
    chinese = desk.browser.get(f"{path}?lang=zh").text
    for said in ("是公式，而不是它的值。", "是日期而不是金额：", "不是金额。 <span"):
        assert said in chinese
    assert "a date, not an amount" in page and "<strong>1</strong> new" in page


def spreadsheet(*rows, merge=None) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(list(row))
    if merge:
        book.active.merge_cells(merge)
    book.save(out)
    return out.getvalue()


def with_part(data: bytes, name: str, part: bytes) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, part)
    return out.getvalue()


PLAIN = spreadsheet(("Title", "Price"), ("Cup", 9.5))
HOSTILE = {
    "bomb.xlsx": (with_part(PLAIN, "xl/sharedStrings2.xml", b"a" * 40_000_000), "times its size"),
    "macro.xlsx": (with_part(PLAIN, "xl/vbaProject.bin", b"macro"), "holds macros"),
    "old.xlsx": (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "before 2007"),
    "cut.xlsx": (PLAIN[: len(PLAIN) // 2], "no XLSX file"),
    "utf16.csv": ("title,price\nCup,9\n".encode("utf-16"), "UTF-16"),
    "western.csv": ("title,price\nCrème brûlée,9\nPâte,8\n".encode("cp1252"), "older Windows"),
    "binary.csv": (b"title,price\n\x00\x01", "zero bytes"),
    "long.csv": (b"title,price\n" + b"x" * 5_000_000 + b",9\n", "a line of more than"),
    "cell.csv": (b"title,price\n" + b"x" * 200_000 + b",9\n", "CSV is broken"),
    "quote.csv": (b'title,price\n"Cup,9\n', "CSV is broken"),
    "deep.json": (b"[" * 100_000, "not JSON"),
    "empty.csv": (b"", "is empty"),
    "headings.csv": (b"title,price\n", "no product"),
    "wide.csv": (b",".join([b"title,price"] + [b"x"] * 500) + b"\n", "has 502 columns"),
}


def test_hostile_files_are_refused_with_a_reason(desk):
    for name, (data, why) in HOSTILE.items():
        path = desk.brought(data, name)
        page = desk.browser.get(path).text
        if why not in page:
            page = desk.compare(path)[1]
        assert why in page and "cannot be read" in page, name
        chinese = desk.browser.get(f"{path}?lang=zh").text
        (alert,) = re.findall(r'role="alert">(.*?)</p>', chinese)
        assert re.match(rf"(读取|{re.escape(path.rsplit('/', 1)[1])}|{re.escape(name)})", alert), alert
        assert "。" in alert and not re.search(r"[a-z]{3,}\. ", alert), alert
    assert desk.prices() == {}


def test_spreadsheets_as_people_make_them_are_explained(desk):
    data = spreadsheet(
        ("Autumn list",),
        ("Title", "Price", None, "Qty"),
        ("Cup", "=4+5", 3, 2),
        ("Bowl", 7, None, 1),
        merge="A1:D1",
    )
    path = desk.brought(data, "list.xlsx")
    _, page = desk.compare(path)
    said = [p["problem"] for p in desk.csv(f"{path}/problems.csv")]
    assert said == [
        "1 cells are formulas; what they came to when the file was last saved was read",
        "one text alone above the headings; it was passed over",
        "column 3 has no heading (merged cells?); it was not read",
        "no price",
    ]
    assert "<strong>1</strong> new" in page


def test_json_in_its_shapes(desk):
    for data in (
        '[{"title": "Cup", "price": 9.5}]',
        '{"products": [{"title": "Bowl", "price": "9.50"}]}',
        '{"title": "Plate", "price": 9.5}\n',
    ):
        path = desk.brought(data, "shop.json")
        desk.compare(path)
        send(desk.browser, f"{path}/apply")
    assert list(desk.prices()) == ["cup", "bowl", "plate"]


def test_a_body_is_taken_here_alone_and_only_so_large(desk):
    large = {"content-length": "512000001"}
    assert desk.browser.post("/catalogue/uploads", headers=ACT | large).status_code == 413
    assert desk.bring(b"x" * 300_000, "a.exe").status_code == 422
    rest = desk.browser.post("/catalogue/undo", content=b"x" * 300_000, headers=FORM)
    assert rest.status_code == 413
    short = desk.browser.post(
        "/catalogue/uploads", content=b"title", headers=ACT | {"x-file-name": "a.csv", "content-length": "9"}
    )
    assert short.status_code == 422 and desk.uploads.all() == []


def test_names_of_files_lead_nowhere():
    assert plain_name("../../etc/pass wd.csv") == "pass wd.csv"
    assert plain_name("C:\\x\\商品 (2).ZH.csv") == "商品 (2).ZH.csv"
    assert plain_name("<b>.xlsx") == "_b_.xlsx"
    assert plain_name("…/.csv") == "catalogue.csv"


def test_only_so_many_files_are_kept(desk):
    for n in range(10):
        desk.house.clock.later(seconds=1)
        desk.brought(CUPS, f"list{n}.csv")
    assert [u.file for u in desk.uploads.all()] == [f"list{n}.csv" for n in range(9, 1, -1)]


def test_a_file_that_is_being_read_keeps_others_waiting(desk):
    refused = []

    async def run(job):
        with pytest.raises(Refused, match="busy"):
            await desk.uploads.undo(1)
        with pytest.raises(Refused, match="busy"):
            await desk.uploads.take("b.csv", 9, None, 1)  # before a byte of it is read
        refused.append(desk.uploads.progress(desk.uploads.busy[0])[0])
        return perform(job)

    desk.uploads._run = run
    desk.brought(CUPS)
    assert refused == ["look"] and desk.uploads.busy is None


def test_the_list_searched_filtered_and_turned_page_by_page(desk):
    rows = "".join(f"p{n},Cup number{n},{n + 1}.00,S{n},{n % 3}\n" for n in range(120))
    desk.have("handle,title,price,sku,quantity\n" + rows)
    found, address = [], "/catalogue"
    while address:
        page = desk.browser.get(address).text
        found += re.findall(r'href="/catalogue/products/(\w+)"', page)
        more = re.search(r'id="more" href="([^"]+)"', page)
        address = more[1].replace("&amp;", "&") if more else None
    assert found == [f"p{n}" for n in range(120)]
    assert "120 products, 120 on sale" in page

    def hits(query):
        page = desk.browser.get(f"/catalogue?{query}").text
        return re.findall(r'href="/catalogue/products/(\w+)"', page)

    assert hits("q=number17") == ["p17"] and hits("q=S18") == ["p18"] and hits("q=20") == ["p19"]
    assert hits("q=cup&only=sold_out")[:3] == ["p0", "p3", "p6"]
    assert hits("only=old_price") == [] and hits("only=nonsense&after=x")[0] == "p0"
    desk.house.clock.later(hours=25)
    desk.browser, _ = desk.house.person("Meg", Role.MERCH)
    assert len(hits("only=old_price")) == 50
    assert hits("q=%22%28+OR+%2A") == []


def test_a_product_with_its_facts_points_and_questions(desk):
    import_catalogue(desk.engine, SAMPLE, desk.house.clock.now())
    desk.house.clock.later(minutes=11)
    asked = {"language": "en", "at": desk.house.clock.now(), "product": "orchard-tea"}
    desk.queue.pass_on(PassedOn("product", "Is it <organic>?", **asked))
    desk.queue.pass_on(PassedOn("product", "Is it <organic>?", **asked))
    desk.queue.pass_on(PassedOn("product", "Of another", **asked | {"product": "dawn-mug"}))
    page = desk.browser.get("/catalogue/products/orchard-tea").text
    assert "Is it &lt;organic&gt;?" in page and "asked 2 ×" in page and "Of another" not in page
    assert "superlative" in page and "products.csv row" in page
    assert re.search(r"11 min <span class=\"chip warn\">too old", page), "stock of 11 minutes ago"
    assert "Questions of buyers that wait: 2" in desk.browser.get("/catalogue").text
    picture = desk.browser.get("/catalogue/pictures/orchard-tea")
    assert picture.headers["content-type"] == "image/webp" and picture.content[:4] == b"RIFF"
    number = re.search(r"/catalogue/questions/(\d+)/close", page)[1]
    done = send(
        desk.browser, f"/catalogue/questions/{number}/close", note="on the page", product="orchard-tea"
    )
    assert done.headers["location"] == "/catalogue/products/orchard-tea?said=said_question"
    assert "No question waits" in desk.browser.get("/catalogue/products/orchard-tea").text
    assert "Of another" in desk.browser.get("/catalogue/questions").text
    assert desk.house.what()[0] == "question_closed"
    assert desk.browser.get("/catalogue/products/nothing").status_code == 404
    assert "绝对化用语" in desk.browser.get("/catalogue/products/orchard-tea?lang=zh").text


def test_who_reads_and_who_writes(desk):
    path = desk.brought(CUPS)
    operator, _ = desk.house.person("Olaf", Role.OPERATOR)
    assert operator.get("/catalogue").status_code == 200
    page = operator.get(path)
    assert (
        page.status_code == 200
        and "/compare" not in page.text
        and 'id="file"' not in operator.get("/catalogue").text
    )
    assert desk.bring(CUPS, client=operator).status_code == 403
    assert operator.post(f"{path}/apply", data={"form": token_of(operator)}, headers=FORM).status_code == 403
    assert desk.bring(CUPS, client=desk.house.browser()).status_code == 403
    assert desk.browser.post("/catalogue/uploads", content=b"a", headers=FORM).status_code == 403
    cohost, _ = desk.house.person("Cora", Role.COHOST)
    assert cohost.get("/catalogue").status_code == 403


def test_a_form_without_its_token_does_nothing(desk):
    path = desk.brought(CUPS)
    desk.compare(path)
    assert desk.browser.post(f"{path}/apply", data={"form": "0"}, headers=FORM).status_code == 403
    assert desk.browser.post(f"{path}/remove", data={"form": "0"}, headers=FORM).status_code == 403
    assert desk.browser.post(f"{path}/compare", data={"form": "0"}, headers=FORM).status_code == 403
    assert desk.prices() == {} and len(desk.uploads.all()) == 1
    send(desk.browser, f"{path}/remove")
    assert desk.uploads.all() == [] and desk.browser.get(path).status_code == 404
    assert not any(desk.uploads._folder.iterdir())


def test_a_reading_is_bounded_where_it_runs(desk, tmp_path):
    """The real process: one that wants more memory or time than it may is told to the merch team."""
    line = json.dumps([{"title": "x" * 90, "price": n} for n in range(1000)])[1:-1]
    (tmp_path / "b.json").write_text("[" + ",".join([line] * 300) + "]")
    asked = {"database": desk.url, "folder": tmp_path, "file": "b.json", "now": desk.house.clock.now()}

    async def both():
        return await asyncio.gather(
            run_bounded(Job(step="look", memory=300 * 2**20, **asked)),
            run_bounded(Job(step="compare", cpu_s=1, **asked)),
        )

    large, slow = asyncio.run(both())
    assert not large.ok and re.search("too much (time or )?memory", large.why)
    assert not slow.ok and "too much time" in slow.why


def test_selling_points_approved_and_taken_out(desk):
    import_catalogue(desk.engine, SAMPLE, desk.house.clock.now())
    path = "/catalogue/products/dawn-mug"
    good = {"stance": "approved", "language": "en", "text": "Thrown by <hand>."}
    assert send(desk.browser, f"{path}/points", **good).headers["location"] == f"{path}?said=said_point"
    out = {"stance": "forbidden", "language": "en", "text": "Dishwasher safe, microwave safe."}
    send(desk.browser, f"{path}/points", **out)
    page = desk.browser.get(path).text
    assert "Thrown by &lt;hand&gt;." in page and "approved by Mei" in page and "taken out by Mei" in page
    wrong = send(desk.browser, f"{path}/points", **good | {"text": "The best mug in the world."})
    assert wrong.status_code == 422 and "never says that: superlative." in wrong.text
    for point in re.findall(rf"{path}/points/(\d+)/drop", page):
        send(desk.browser, f"{path}/points/{point}/drop")
    assert " by Mei" not in desk.browser.get(path).text
    assert desk.house.what()[:4] == ["point_dropped", "point_dropped", "point_forbidden", "point_approved"]
    assert desk.browser.post(f"{path}/points", data=good, headers=FORM).status_code == 403


def test_who_writes_while_a_large_file_goes_in_is_asked_to_wait(desk, monkeypatch):
    def locked(*_):
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    desk.queue.pass_on(PassedOn("product", "How deep?", "en", desk.house.clock.now(), product="cup"))
    monkeypatch.setattr(QuestionQueue, "close", locked)
    answer = send(desk.browser, "/catalogue/questions/1/close")
    assert answer.status_code == 503 and "is being written" in answer.text
    assert answer.headers["retry-after"] == "60"


def test_pictures_are_fetched_when_somebody_asks(desk, monkeypatch):
    fetched = []

    def come(source, folder, *, client):
        fetched.append(source)
        if "gone" in source:
            raise ContentError("the picture is gone", remedy="")
        return SAMPLE.parent / "images" / "dawn-mug.webp"

    monkeypatch.setattr(load, "fetch_picture", come)
    desk.have(
        "handle,title,price,picture\ncup,Cup,9,https://shop.example/cup.webp\n"
        "bowl,Bowl,8,https://shop.example/gone.png\nplate,Plate,7,\n"
    )
    assert "still on the web: 2" in desk.browser.get("/catalogue").text
    done = send(desk.browser, "/catalogue/fetch-pictures")
    assert done.headers["location"] == "/catalogue?said=said_pictures&fetched=1&failed=1"
    page = desk.browser.get(done.headers["location"]).text
    assert "1 pictures came, 1 could not be had" in page and "still on the web: 1" in page
    assert desk.browser.get("/catalogue/pictures/cup").headers["content-type"] == "image/webp"
    assert desk.browser.get("/catalogue/pictures/plate").status_code == 404
    assert fetched == ["https://shop.example/cup.webp", "https://shop.example/gone.png"]
    assert desk.house.accounts.book.events(1)[0].data == {"fetched": 1, "failed": 1}
