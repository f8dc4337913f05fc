"""The rehearsals' pages: who orders, who watches, what the report tells, what is noted."""

import json
import re
from datetime import timedelta

import pytest
from house import FORM, NOBODY, QUICK, House, token_of

from bot.console import credentials
from bot.console.rehearsal_view import clock, report_view
from bot.console.rehearsals_page import Rehearsable, add_rehearsals
from bot.console.roles import RIGHTS, Right, Role
from bot.console.routes import need_of
from bot.fleet import rehearsal_folder as folders
from bot.fleet.rehearsal_folder import State
from bot.fleet.rehearsals import Rehearsals

STATEMENT = {
    "text": "$22",
    "start": 9,
    "end": 12,
    "role": "price",
    "value": "22",
    "fact": "tea/price",
    "unit": "",
}
REPORT = {
    "report": 1,
    "film": "film.mp4",
    "lines": [
        {
            "id": "1",
            "kind": "pitch",
            "language": "en",
            "text": "It costs $22 <today>.",
            "writer": "script",
            "products": ["tea"],
            "from_s": 65.5,
            "to_s": 68.0,
            "cleared": True,
            "facts": ["tea/price"],
            "statements": [STATEMENT],
            "findings": [],
        }
    ],
    "cut": [],
    "refused": [
        {
            "text": "The best tea.",
            "findings": [{"rule": "claims.superlative", "severity": "block", "message": "It is one."}],
        }
    ],
    "failed": [{"text": "Hm.", "reason": "the voice died"}],
    "products": ["tea", "mug"],
    "figures": {
        "seconds": 125.3,
        "seconds_taken": 50.0,
        "speed": 2.5,
        "loudness_lufs": -16.2,
        "label_coverage": 0.98,
        "label_looks": 250,
        "lines": 1,
    },
}


class Stage:
    """A console with rehearsals that nobody renders: what becomes of them, a test writes."""

    def __init__(self, folder):
        self.house = House()
        self.rehearsals = Rehearsals(folder / "rehearsals", self.now, spare=0)
        named = {"tea": "Oolong Tea"}
        show = Rehearsable(
            "evening",
            "evening.yaml",
            {"en": "An evening", "zh": "夜晚"},
            "America/New_York",
            ("en", "zh"),
            lambda handle, language: named.get(handle, handle),
            "ada.licence",
        )
        self.withdrawn = ""
        add_rehearsals(
            self.house.app, self.rehearsals, lambda: {"evening": show}, self.now, lambda _: self.withdrawn
        )
        self.house.person("Ann Lee")
        self.people = {role: self.house.person(f"Person {role}", role)[0] for role in Role}
        self.operator = self.people[Role.OPERATOR]

    def now(self):
        self.house.clock.at += timedelta(seconds=1)
        return self.house.clock.now()

    def start(self, client=None, **changes):
        client = client or self.operator
        given = {"form": token_of(client), "show": "evening", "minutes": "2", "language": "en", **changes}
        return client.post("/rehearsals/start", data=given, headers=FORM)

    def ordered(self, **changes):
        assert self.start(**changes).status_code == 303
        return self.rehearsals.all()[0]

    def done(self, report=REPORT):
        made = self.ordered()
        made.film.write_bytes(bytes(range(200)))
        made.report.write_text(json.dumps(report), "utf-8")
        folders.end(made, State.DONE, "", self.now())
        return made

    def text(self, path, client=None):
        return (client or self.operator).get(path).text.split('id="words"')[0]


@pytest.fixture(scope="module")
def module_stage(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credentials, "HASHER", QUICK)
        patch.setattr(credentials, "NOBODY", NOBODY)
        yield Stage(tmp_path_factory.mktemp("stage"))


@pytest.fixture
def stage(module_stage):
    yield module_stage
    for made in module_stage.rehearsals.all():
        folders.remove(made)


def test_one_is_ordered_seen_in_the_line_and_cancelled(stage):
    made = stage.ordered(minutes="3.5", language="zh", at="20:00")
    order = made.order
    assert (order.file, order.minutes, order.language, order.at) == ("evening.yaml", 3.5, "zh", "20:00")
    assert order.by == "Person operator"
    text = stage.text("/rehearsals?lang=en")
    assert "An evening" in text and "waiting (1)" in text and "3.5 min, Chinese, as at 20:00" in text
    assert "夜晚" in stage.text("/rehearsals?lang=zh")
    folders.begin(made)
    folders.write(made.folder / "progress.json", '{"stage": "rehearsing", "share": 0.42}')
    (told,) = stage.operator.get("/rehearsals/state?lang=en").json()["rehearsals"]
    assert (told["state"], told["stage"], told["share"]) == ("running", "Rehearsing", 0.42)
    assert '<progress max="1" value="0.42"' in stage.text(f"/rehearsals/{made.id}?lang=en")
    form = {"form": token_of(stage.operator)}
    gone = stage.operator.post(f"/rehearsals/{made.id}/cancel", data=form, headers=FORM)
    assert gone.status_code == 303 and stage.rehearsals.get(made.id).state is State.CANCELLED
    assert stage.operator.post(f"/rehearsals/{made.id}/remove", data=form, headers=FORM).status_code == 303
    assert stage.rehearsals.get(made.id) is None
    assert stage.operator.post(f"/rehearsals/{made.id}/remove", data=form, headers=FORM).status_code == 404
    assert [w for w in stage.house.what() if w.startswith("rehearsal.")][:3] == [
        "rehearsal.removed", "rehearsal.cancelled", "rehearsal.ordered",
    ]  # fmt: skip


def test_the_report_of_one_that_is_done(stage):
    made = stage.done()
    text = stage.text(f"/rehearsals/{made.id}?lang=en")
    assert '<mark class="fact" title="tea/price">$22</mark> &lt;today&gt;.' in text
    assert 'data-seek="65.5"' in text and "1:05" in text and "pitch" in text and "from a script" in text
    assert "The best tea." in text and "claims.superlative" in text and "the voice died" in text
    assert "Oolong Tea · mug" in text and "-16.2 LUFS" in text and "2:05" in text
    assert '<div class="bad"><dt>AI label seen</dt><dd>98%</dd>' in text
    assert "<video" in text and f"/rehearsals/{made.id}/film.mp4" in text


def test_the_film_comes_in_parts_and_both_can_be_saved(stage):
    made = stage.done()
    path = f"/rehearsals/{made.id}/film.mp4"
    part = stage.operator.get(path, headers={"range": "bytes=10-19"})
    assert part.status_code == 206 and part.content == bytes(range(10, 20))
    assert part.headers["content-range"] == "bytes 10-19/200" and "content-disposition" not in part.headers
    saved = stage.operator.get(f"{path}?load")
    assert f'filename="evening-{made.id}.mp4"' in saved.headers["content-disposition"]
    assert stage.operator.get(f"/rehearsals/{made.id}/report.json").json() == REPORT


def test_a_performers_film_is_not_shown_once_the_licence_is_withdrawn(stage):
    made = stage.done()
    assert stage.rehearsals.get(made.id).order.licence == "ada.licence"
    stage.withdrawn = "Ada has withdrawn the licence."
    try:
        assert stage.operator.get(f"/rehearsals/{made.id}/film.mp4").status_code == 403
        text = stage.text(f"/rehearsals/{made.id}?lang=en")
        assert "Ada has withdrawn" in text and "<video" not in text and "Oolong Tea" in text
    finally:
        stage.withdrawn = ""
    assert stage.operator.get(f"/rehearsals/{made.id}/film.mp4").status_code == 200


def test_one_that_failed_says_why(stage):
    made = stage.ordered()
    made.log.write_text("Drawing the host\nNot done. No such <voice>.", "utf-8")
    folders.end(made, State.FAILED, "Not done. No such <voice>.", stage.now())
    text = stage.text(f"/rehearsals/{made.id}?lang=en")
    assert text.count("Not done. No such &lt;voice&gt;.") == 2 and "<video" not in text
    assert "No such &lt;voice&gt;" in stage.text("/rehearsals?lang=en")
    assert stage.operator.get(f"/rehearsals/{made.id}/film.mp4").status_code == 404


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"show": "other"}, 422),
        ({"language": "de"}, 422),
        ({"minutes": "0"}, 422),
        ({"minutes": "61"}, 422),
        ({"minutes": "nan"}, 422),
        ({"minutes": "soon"}, 422),
        ({"at": "25:00"}, 422),
        ({"at": "20:00; rm"}, 422),
        ({"form": "0" * 64}, 403),
        ({"extra": "1"}, 422),
    ],
)
def test_orders_that_are_none(stage, changes, status):
    assert stage.start(**changes).status_code == status
    assert stage.rehearsals.all() == []


def test_a_full_line_is_told(stage):
    for _ in range(6):
        stage.ordered()
    answer = stage.start()
    assert answer.status_code == 422 and "6 rehearsals wait already" in answer.text


@pytest.mark.parametrize("name", ["20261123-120000-abcd", "%2e%2e", "keeper", "state.json"])
def test_what_is_not_there(stage, name):
    for path in (f"/rehearsals/{name}", f"/rehearsals/{name}/film.mp4", f"/rehearsals/{name}/report.json"):
        assert stage.operator.get(path).status_code == 404


@pytest.mark.parametrize(
    "report",
    [{}, {"lines": [{}], "figures": []}, {"lines": "x", "refused": [1], "figures": {"seconds": "x"}}],
)
def test_a_report_that_is_broken_is_shown_as_far_as_it_goes(stage, report):
    assert len(report_view(report, {})["measures"]) == 8
    made = stage.done(report)
    assert stage.operator.get(f"/rehearsals/{made.id}").status_code == 200


def test_statements_that_lie_over_one_another_do_not_tear_the_sentence():
    spans = [(0, 4, "a"), (2, 6, "b"), (5, 9, "c"), (8, 99, "d"), (7, 7, "e")]
    line = {"text": "Oolong tea", "statements": [{"start": s, "end": e, "fact": f} for s, e, f in spans]}
    (shown,) = report_view({"lines": [line]}, {})["lines"]
    assert "".join(p["text"] for p in shown["pieces"]) == "Oolong tea"
    assert [p["fact"] for p in shown["pieces"] if p["fact"]] == ["a", "c"]


def test_minutes_and_seconds():
    assert [clock(s) for s in (0, 59.9, 60, 3600, -1)] == ["0:00", "0:59", "1:00", "60:00", "0:00"]


NAME = "20261123-120000-abcd"
PATHS = [("GET", "/rehearsals"), ("GET", "/rehearsals/state"), ("GET", "/rehearsals/{name}")]
PATHS += [("GET", "/rehearsals/{name}/film.mp4"), ("GET", "/rehearsals/{name}/report.json")]
PATHS += [("POST", f"/rehearsals/{act}") for act in ("start", "{name}/cancel", "{name}/remove")]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_who_may(stage, method, path):
    need = need_of(method, path.format(name=NAME))
    assert need is not None
    assert need.right is (Right.REHEARSALS if method == "GET" else Right.REHEARSE)
    for role, client in stage.people.items():
        answer = client.request(method, path.format(name=NAME), headers=FORM if method == "POST" else {})
        refused = answer.status_code == 403 and ("not allowed" in answer.text or method == "GET")
        assert refused is (need.right not in RIGHTS[role]), (role, answer.text[:200])
    stranger = stage.house.browser().request(method, path.format(name=NAME), headers=FORM)
    assert stranger.status_code in (303, 403)


def test_every_route_of_the_pages_is_asked_above(stage):
    there = {
        (method, getattr(inner, "path", ""))
        for route in stage.house.app.routes
        for inner in getattr(getattr(route, "original_router", None), "routes", [route])
        if getattr(inner, "path", "").startswith("/rehearsals")
        for method in inner.methods
    }
    assert there == set(PATHS)


def test_who_only_watches_sees_no_buttons(stage):
    made = stage.done()
    text = stage.text(f"/rehearsals/{made.id}?lang=en", stage.people[Role.MERCH])
    assert "<video" in text and "Remove" not in text
    assert re.search(r"/rehearsals/start", stage.text("/rehearsals", stage.people[Role.MERCH])) is None
