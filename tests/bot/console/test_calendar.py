"""The calendar's pages: what is drawn, what people do to it, what is told to whom may not."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from house import FORM, NOBODY, QUICK, House
from ical.calendar_stream import IcsCalendarStream
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from bot.console import credentials
from bot.console.calendar import add_calendar
from bot.console.calendar_board import CalendarBoard, Plannable
from bot.console.calendar_view import pieces, week_of
from bot.console.roles import Role
from schedules.conflicts import Needs
from schedules.rulebook import Draft
from schedules.tables import SCHEDULE_TABLES

ACT = FORM | {"x-castmate": "desk"}
BERLIN = ZoneInfo("Europe/Berlin")
SHOWS = {
    "shoes": Plannable("shoes", "shoes.yaml", {"en": "Shoes <3", "zh": "鞋"}, "Europe/Berlin", 60),
    "bags": Plannable("bags", "bags.yaml", {"en": "Bags"}, "Europe/Berlin", None),
}
NEEDS = {
    "shoes": Needs(frozenset({"douyin"}), cohost=True, because=("DY-1",)),
    "bags": Needs(frozenset({"douyin"}), longest_s=7200),
}


class Desk:
    """A console with a calendar, on Sunday 22 November 2026 at noon (UTC)."""

    def __init__(self):
        self.house = House()
        engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        for table in SCHEDULE_TABLES:
            table.create(engine)
        self.woken = 0
        self.board = CalendarBoard(
            engine, self.house.clock.now, lambda show, _: NEEDS[show], lambda: SHOWS, BERLIN, self.wake
        )
        add_calendar(self.house.app, self.board)
        self.browser, _ = self.house.person("Olga")

    def wake(self):
        self.woken += 1

    def act(self, path, client=None, **body):
        return (client or self.browser).post(f"/calendar/{path}", json=body, headers=ACT)

    def data(self, query="date=2026-11-23", client=None):
        return (client or self.browser).get(f"/calendar/data?{query}").json()

    def entries(self, query="date=2026-11-23"):
        return [(e["title"], e["at"], e["minutes"]) for e in self.data(query)["entries"]]


@pytest.fixture
def desk(monkeypatch):
    monkeypatch.setattr(credentials, "HASHER", QUICK)
    monkeypatch.setattr(credentials, "NOBODY", NOBODY)
    return Desk()


def plan(desk, at="2026-11-24T20:00:00", show="shoes", **more):
    answer = desk.act("plan", at=at, show=show, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["made"]


def test_the_page_brings_its_data_and_no_code_of_its_own(desk):
    plan(desk)
    page = desk.browser.get("/calendar?date=2026-11-23&lang=en")
    assert page.status_code == 200 and "unsafe-inline" not in page.headers["content-security-policy"]
    data = json.loads(re.search(r'id="data">(.*?)</script>', page.text, re.S)[1])
    assert [e["title"] for e in data["entries"]] == ["Shoes <3"] and "Shoes <3" not in page.text
    assert data["days"][0]["date"] == "2026-11-23" and len(data["days"]) == 7 and data["may_plan"]
    chinese = desk.browser.get("/calendar?lang=zh").text
    assert "日历" in chinese and "陪播排班" in chinese


def test_planned_moved_and_taken_out(desk):
    rule = plan(desk, rrule="FREQ=WEEKLY;BYDAY=TU,TH", minutes=90)
    assert desk.entries() == [
        ("Shoes <3", "2026-11-24T20:00:00", 90),
        ("Shoes <3", "2026-11-26T20:00:00", 90),
    ]
    one = {"rule": rule, "slot": "2026-11-24T20:00:00"}
    assert desk.act("plan", **one, at="2026-11-25T18:15:00", minutes=45).json()["ok"]
    assert desk.entries()[0] == ("Shoes <3", "2026-11-25T18:15:00", 45)
    assert desk.act("plan", **one, at="2026-11-25T19:00:00", scope="all").json()[
        "ok"
    ]  # Tue 20:00 -> Wed 19:00
    assert [at for _, at, _ in desk.entries()] == ["2026-11-25T19:00:00", "2026-11-27T19:00:00"]
    assert desk.act("out", rule=rule, slot="2026-11-27T19:00:00").json()["ok"]
    assert [at for _, at, _ in desk.entries()] == ["2026-11-25T19:00:00"]
    assert desk.act("out", rule=rule).json()["ok"]
    assert desk.entries() == [] and desk.woken == 5
    assert [what for what in desk.house.what() if what.startswith("calendar.")] == [
        "calendar.taken_out", "calendar.taken_out",
        "calendar.changed", "calendar.changed", "calendar.planned",
    ]  # fmt: skip


def test_the_rule_as_the_dialog_writes_it(desk):
    rule = plan(desk, rrule="FREQ=DAILY")
    body = {"rule": rule, "slot": "2026-11-24T20:00:00", "scope": "written", "show": "shoes"}
    more = {
        "rrule": "FREQ=DAILY;UNTIL=20261125T235959",
        "gap": "skip",
        "ends": "clock",
        "late_s": 0,
        "cohost": "Ana",
    }
    assert desk.act("plan", at="2026-11-24T09:00:00", minutes=30, **body, **more).json()["ok"]
    found = desk.data()["entries"]
    assert [e["at"] for e in found] == ["2026-11-24T09:00:00", "2026-11-25T09:00:00"]
    assert found[0]["written"] | more == found[0]["written"] and found[0]["cohost"] == "Ana"


def test_conflicts_are_told_while_it_is_tried_and_beside_the_show(desk):
    plan(desk, show="bags", minutes=60)
    tried = desk.act("try", at="2026-11-24T20:30:00", show="shoes", minutes=60).json()["made"]
    assert [c["kind"] for c in tried] == ["cohost", "channel"]
    assert tried[0]["text"] == "Nobody is there from 20:30 to 21:30; the rules ask for a person (DY-1)."
    assert tried[1]["text"] == "douyin carries Bags then (20:30–21:00)."
    assert desk.entries() == [("Bags", "2026-11-24T20:00:00", 60)]  # nothing was written
    long = desk.act("try", at="2026-11-25T08:00:00", show="bags", minutes=180).json()["made"]
    assert [c["text"] for c in long] == ["Too long: the channel takes 2 h."]
    rule = plan(desk, at="2026-11-26T20:00:00")
    moved = desk.act("try", rule=rule, slot="2026-11-26T20:00:00", at="2026-11-24T20:30:00").json()["made"]
    assert [c["kind"] for c in moved] == ["cohost", "channel"]
    assert [len(e["conflicts"]) for e in desk.data()["entries"]] == [0, 1]
    desk.act("shift", person="Ana", at="2026-11-26T19:00:00", minutes=180)
    assert [len(e["conflicts"]) for e in desk.data()["entries"]] == [0, 0]


def test_the_rota(desk):
    made = desk.act("shift", person="Ana", at="2026-11-23T22:00:00", minutes=300, rrule="FREQ=DAILY").json()[
        "made"
    ]
    found = desk.data()["duties"]
    assert [(d["person"], d["since"], d["until"]) for d in found[:2]] == [("Ana", "22:00", "03:00")] * 2
    assert found[0]["pieces"] == [{"day": 0, "from": 1320, "to": 1440}, {"day": 1, "from": 0, "to": 180}]
    assert desk.act("shift-out", shift=made).json()["ok"] and desk.data()["duties"] == []
    assert desk.act("shift", person=" ", at="2026-11-23T22:00:00", minutes=300).status_code == 422


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        ("plan", {"show": "hats", "at": "2026-11-24T20:00:00"}, "'hats' is not known here"),
        ("plan", {"show": "shoes", "at": "2026-11-20T20:00:00"}, "has passed"),
        (
            "plan",
            {"show": "shoes", "at": "2026-11-24T20:00:00", "rrule": "FREQ=HOURLY"},
            "a rule begins with",
        ),
        (
            "plan",
            {"rule": 77, "slot": "2026-11-24T20:00:00", "at": "2026-11-24T20:00:00"},
            "77 is not in the",
        ),
        ("out", {"rule": 77}, "77 is not in the calendar"),
        ("try", {"rule": 77, "slot": "x", "at": "2026-11-24T20:00:00"}, "is not in the calendar"),
    ],
)
def test_what_cannot_be_done_is_told_in_words(desk, path, body, why):
    answer = desk.act(path, **body)
    assert answer.status_code == 422 and why in answer.json()["why"]


@pytest.mark.parametrize(
    "body", [{}, {"at": "soon", "show": "shoes"}, {"at": "2026-11-24T20:00:00", "minutes": 1e9},
     {"at": "2026-11-24T20:00:00", "x": 1}]
)  # fmt: skip
def test_bodies_that_are_none(desk, body):
    assert desk.act("plan", **body).status_code == 422


def test_who_may_see_and_who_may_plan(desk):
    merch, _ = desk.house.person("Mia", Role.MERCH)
    performer, _ = desk.house.person("Pia", Role.PERFORMER)
    assert not desk.data(client=merch)["may_plan"]
    assert desk.act("plan", merch, at="2026-11-24T20:00:00", show="shoes").status_code == 403
    assert performer.get("/calendar/data").status_code == 403
    stranger = desk.house.browser()
    assert stranger.get("/calendar").status_code == 303
    assert stranger.get("/calendar/export.ics").status_code == 303


def test_the_export_is_read_by_another_program(desk):
    plan(desk, rrule="FREQ=DAILY")
    answer = desk.browser.get("/calendar/export.ics?lang=zh")
    assert answer.headers["content-type"].startswith("text/calendar")
    events = list(IcsCalendarStream.calendar_from_ics(answer.text).events)
    assert len(events) == 60 and {e.summary for e in events} == {"鞋"}
    assert min(e.dtstart for e in events) == datetime(2026, 11, 24, 19, tzinfo=UTC)


def test_nights_in_which_clocks_change_are_told(desk):
    notes = desk.data("date=2026-10-25&lang=en")["days"][6]["notes"]
    assert notes == [
        "Clocks go back 60 min at 03:00: this day has 25 hours. Times that come twice mean "
        "the first, unless a show says otherwise."
    ]
    assert desk.data("date=2027-03-28&view=day&lang=en")["days"][0]["notes"][0].startswith(
        "Clocks go forward 60 min at 02:00: this day has 23 hours."
    )
    assert all(not day["notes"] for day in desk.data()["days"])


def test_what_is_covered(desk):
    desk.board.plan(Draft("shoes", "f", datetime.fromisoformat("2026-11-24 00:00"), "Europe/Berlin", "", 720))
    desk.board.plan(Draft("bags", "f", datetime.fromisoformat("2026-11-24 12:00"), "Europe/Berlin", "", 720))
    data = desk.data("date=2026-11-23&lang=en")
    assert [day["covered"] for day in data["days"][:2]] == ["0 of 24 h", "Around the clock"]
    assert data["entries"][0]["follower"] == "Bags"


@pytest.mark.parametrize(
    "query", ["date=nonsense", "date=9999-12-31", "view=year", "date=0001-01-01&view=day"]
)
def test_strange_addresses_show_a_calendar_all_the_same(desk, query):
    assert desk.browser.get(f"/calendar?{query}").status_code == 200


def test_pieces_of_a_time_over_midnight_and_through_an_hour_that_comes_twice():
    sunday = date(2026, 10, 25)
    late = datetime(2026, 10, 24, 23, 30, tzinfo=BERLIN)
    assert pieces(late, late + timedelta(hours=1), BERLIN, sunday, 1) == [{"day": 0, "from": 0, "to": 30}]
    twice = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 02:45 summer time, to 02:15 winter time
    (piece,) = pieces(twice, twice + timedelta(minutes=30), BERLIN, sunday, 1)
    assert piece["from"] == 165 and piece["to"] > piece["from"]
    assert week_of(sunday) == date(2026, 10, 19)
