"""The pages of insight: the sums of a known shop, its sentences, charts, tables and exports."""

import csv
import io
import re
from zoneinfo import ZoneInfo

import pytest
from house import NOBODY, QUICK, House
from watched import fill

from bot.commands.insights import add_insight_pages
from bot.console import credentials
from bot.console.insight_board import InsightBoard
from bot.console.insight_picture import Bar, Series, ceiling, columns, cut, rows, shares
from bot.console.insight_view import Panel, as_csv, panels
from bot.console.insight_words import INSIGHT_WORDS
from bot.console.roles import Role
from bot.store import migrate, open_engine


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    engine = open_engine(str(tmp_path_factory.mktemp("insight") / "shop.db"))
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def house(shop):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credentials, "HASHER", QUICK)
        patch.setattr(credentials, "NOBODY", NOBODY)
        house = House()
        add_insight_pages(house.app, lambda: (shop,), lambda: ZoneInfo("UTC"), house.clock)
        house.owner, _ = house.person("Ann")
        house.merch, _ = house.person("Meng", Role.MERCH)
        empty = house.merch.get("/insight?lang=en&days=7").text
        assert "No show has aired in this time" in empty and "<svg class" not in empty
        fill(shop, house.clock.now())
        house.clock.later(minutes=2)
        yield house


def says(page: str, name: str) -> str:
    found = re.search(rf'id="h-{name}">.*?<p class="says">(.*?)</p>', page, re.S)
    assert found is not None, name
    return found.group(1)


def test_the_page_says_what_the_shows_brought(house):
    page = house.merch.get("/insight?lang=en").text
    assert says(page, "viewers") == "On average 30 people watched at a time; most were 45, on 21 Nov."
    assert says(page, "orders") == "9 orders for 12 pieces. The best day was 21 Nov with 9."
    assert says(page, "products") == "cup sold best: 9 of 12 pieces."
    assert says(page, "cues") == "Most pieces were ordered during: Pitch (75%)."
    assert "Before 9 of 12 pieces" in says(page, "words") and "six hours" in says(page, "words")
    assert says(page, "share").startswith("The AI alone hosted 83% of the time on air")
    assert says(page, "questions") == "120 of 240 questions were answered (50%)."
    assert says(page, "remarks").startswith("44 of 1200 messages spoke of the AI: 24 doubted or asked, 12 ")
    assert says(page, "runs") == "2 shows. After 1 of 2 there were more followers than before."
    assert "Is it dishwasher safe?" in page and "asked 3 times" in page
    assert "100 % more than in the 28 days before" in page, "two shows against one"


def test_the_shop_is_warned(house):
    page = house.merch.get("/insight?lang=en").text
    warnings = re.findall(r'role="alert">(.*?)</p>', page)
    assert len(warnings) == 2
    assert warnings[0].startswith("Anger about the AI rises: 4 angry messages an hour, before 0.")
    assert warnings[1].startswith("evening of 21 Nov lost 59 of 1,060 followers.")
    assert "不满上升" in house.merch.get("/insight?lang=zh").text


def test_a_week_and_one_show_can_be_chosen(house):
    assert "2 shows" in house.merch.get("/insight?lang=en&days=7&show=evening").text
    assert "No show has aired" in house.merch.get("/insight?lang=en&days=7&show=other").text
    assert "last 28 days" in house.merch.get("/insight?lang=en&days=99999").text


def test_every_panel_can_be_exported(house):
    for name in (
        "viewers",
        "orders",
        "share",
        "products",
        "cues",
        "words",
        "questions",
        "remarks",
        "segments",
    ):
        answer = house.merch.get(f"/insight/{name}.csv?lang=en")
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/csv")
        assert answer.content.startswith(b"\xef\xbb\xbf")
    told = list(csv.reader(io.StringIO(house.merch.get("/insight/runs.csv?lang=en").text.lstrip("\ufeff"))))
    assert told[0][0] == "Show" and len(told) == 3
    assert told[1][3:5] == ["83%", "17%"] and "1,060 → 1,001" in told[1]
    assert house.merch.get("/insight/secrets.csv").status_code == 422


def test_a_cell_of_an_export_is_never_a_formula():
    panel = Panel("words", "", columns((), (), ""), ("Sentence", "n"), (("=cmd()", -3), ("+49", 1)))
    assert as_csv(panel).splitlines() == ["Sentence,n", "'=cmd(),-3", "'+49,1"]


def test_every_chart_has_a_sentence_and_a_table(shop, house):
    board = InsightBoard(
        lambda: (shop,), house.clock.now, lambda: ZoneInfo("Asia/Shanghai"), house.clock.time
    )
    seen = board.seen(28, "")
    for language in ("en", "zh"):
        found = panels(seen, INSIGHT_WORDS[language], language, str)
        assert len(found) == 10
        for panel in found:
            assert panel.says and "{" not in panel.says and panel.table
            assert panel.says.split("“")[0] in panel.chart.replace("&#34;", '"').replace("&#39;", "'")
            assert all(len(row) == len(panel.heads) for row in panel.table), panel.name


def test_a_page_is_read_once_a_minute(shop, house):
    board = InsightBoard(lambda: (shop,), house.clock.now, lambda: ZoneInfo("UTC"), house.clock.time)
    first = board.seen(28, "")
    assert board.seen(28, "") is first
    house.clock.later(seconds=61)
    assert board.seen(28, "") is not first


def test_axes_end_at_round_numbers():
    assert [ceiling(v) for v in (0, 3, 4.5, 9, 11, 45, 120, 8000)] == [4, 4, 5, 10, 20, 50, 200, 8000]


def test_charts_are_safe_and_hold_what_they_are_given():
    hostile = "<script>&"
    drawn = columns([hostile], [Series(hostile, (3,)), Series("p", (None,), "point")], hostile)
    assert "<script>" not in drawn and drawn.count("<rect") == 1
    drawn = rows([Bar(hostile, 5, "5"), Bar("b", -5, "-5")], hostile)
    assert "<script>" not in drawn and drawn.count("<rect") == 4
    assert columns([], [], "") and rows([], "") and shares([], "")


def test_long_names_are_cut_also_in_chinese():
    assert cut("short", 10) == "short"
    assert cut("a very long name", 10) == "a very lo…"
    assert cut("很长很长的名字", 8) == "很长很…"
