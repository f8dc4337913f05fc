"""The fleet's page without a database: no fleet, one that does not answer, and every sentence of a look."""

import pytest
from house import FORM, NOBODY, QUICK, House, send

from bot.commands.fleet_pages import add_fleet_page
from bot.console import credentials
from bot.console.catalog import WORDS
from bot.console.fleet_board import FRESH_S, FleetBoard
from bot.console.fleet_page import NoFleet, add_fleet
from bot.console.fleet_view import lapse, needs_text, page_of, place_text, why
from bot.console.fleet_words import FLEET_WORDS
from bot.console.roles import Role
from bot.fleet.look import FleetAt, Waiting, drawn
from bot.fleet.placement import Needs, Obstacle
from bot.settings import Settings
from products.errors import RemoteError, SetupError

EN = {**WORDS["en"], **FLEET_WORDS["en"]}
ZH = {**WORDS["zh"], **FLEET_WORDS["zh"]}
EU = {"labels": ["region=eu"]}
NODES = (
    ("a-1", "a", 2, {"cores": 4.0, "labels": ["region=eu"]}, False, 10.0, 1.2, {"x": EU | {"cores": 1.0}}),
    ("b-1", "b", 1, {}, True, 10.0, 2.0, {}),
    ("c-1", "c", 1, {}, False, 10.0, 200.0, {"y": {}}),
)
SHOWS = (
    ("w", "nowhere", "", 3, "0.1-welcome", "waits: of 1 nodes 1 full", 0, EU | {"gpu": 0.5}, 0.0, 40.0, True),
    ("x", "on_air", "a-1", 1, "1.3-harbor-sneakers", "", 0, EU, 0.0, 0.0, True),
    ("y", "on_air", "c-1", 7, "", "it said <b>nothing</b>", 3, {}, 0.0, 0.0, True),
    ("z", "failed", "", 5, "odd", "exit code 2", 5, {}, 0.0, 0.0, True),
    ("old", "failed", "", 5, "", "", 5, {}, 0.0, 0.0, False),
)
COUNTS = {"nowhere": 1, "on_air": 2, "failed": 2, "ended": 9}


@pytest.fixture(scope="module", autouse=True)
def quick():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credentials, "HASHER", QUICK)
        patch.setattr(credentials, "NOBODY", NOBODY)
        yield


class Book:
    """Answers with one look, or raises."""

    def __init__(self, fleet=None, error=None):
        self.fleet, self.error, self.looks, self.drained = fleet, error, 0, []

    def look(self):
        self.looks += 1
        if self.error is not None:
            raise self.error
        return self.fleet

    def drain(self, name, *, wanted=True):
        if self.error is not None:
            raise self.error
        self.drained.append((name, wanted))
        return name == "a-1"


@pytest.fixture(scope="module")
def console():
    """A console over one book, and its owner's browser."""
    house, book = House(), Book()
    add_fleet(house.app, FleetBoard(book, house.clock.time))
    return house, house.person("Ann")[0], book


@pytest.fixture
def served(console):
    house, ann, book = console
    house.clock.later(seconds=FRESH_S)
    book.fleet, book.error, book.looks, book.drained = drawn(NODES, SHOWS, COUNTS), None, 0, []
    return house, ann, book


def test_what_stands_on_the_page():
    page = page_of(drawn(NODES, SHOWS, COUNTS), EN)
    assert page.begun and page.headline == "Nodes alive: 2 of 3. Shows on the air: 2. Room for 1 more."
    assert [t.text.partition(".")[0] for t in page.troubles] == [
        "Should be on the air, and no node has it: w",
        "Failed, and not tried again: z",
        "Node c has not been heard for 3 min",
        "y crashed 3 times in a row",
        "If a failed, not all that it airs (1) would find a place",
    ]
    assert [(n.name, n.state, n.may_drain, n.may_undo) for n in page.nodes] == [
        ("a", "alive", True, False),
        ("b", "empty, takes no shows", False, True),
        ("c", "silent", False, False),
    ]
    assert [s.text for s in page.nodes[0].shares] == ["1 of 2 places", "1 of 4 cores"]
    waiting, on_air, crashed, failed, _ = page.shows
    assert waiting.why == (
        "No node that is alive could ever take it: 1 without its labels, "
        "1 without so much free of one graphics card. It has waited for 40 s."
    )
    assert waiting.note == "", "what held when it was placed is told anew"
    assert (on_air.place, on_air.node, on_air.needs) == (
        "round 2, cue 3: harbor-sneakers",
        "a",
        "Needs: region=eu".removeprefix("Needs: "),
    )
    assert (crashed.node, crashed.note) == ("c", "it said <b>nothing</b>")
    assert (failed.place, failed.state) == ("odd", "failed")
    assert page.more == "Not listed: 9 more. castmate fleet status has them all."


def test_every_sentence_there_is_in_both_languages():
    for words in (EN, ZH):
        page = page_of(drawn(NODES, SHOWS, COUNTS), words)
        texts = [page.headline, page.more, *(t.text for t in page.troubles), *(s.why for s in page.shows)]
        texts += [share.text for node in page.nodes for share in node.shares]
        for waiting in (
            Waiting(1.0, no_nodes=True),
            Waiting(100.0, 5.0),
            Waiting(9000.0),
            Waiting(1.0, lacks=tuple((o, 1) for o in Obstacle)),
        ):
            texts.append(why(waiting, words))
        texts.append(needs_text(Needs(1, 2, 0.5, 3, frozenset({"a=b"}), "s"), words))
        texts.append(place_text("0.2-offer", words))
        assert all("{" not in text for text in texts)
    assert [lapse(s, EN) for s in (0.4, 89, 91, 5400)] == ["0 s", "89 s", "2 min", "2 h"]


def test_nobody_alive_and_nobody_yet(served):
    silent = drawn((NODES[2],), (), {})
    assert page_of(silent, EN).troubles[0].text.startswith("No node is alive")
    assert not page_of(FleetAt((), (), {}), EN).begun
    _, ann, book = served
    book.fleet = FleetAt((), (), {})
    page = ann.get("/fleet?lang=en").text
    assert "no machine has joined it yet" in page and "castmate fleet node" in page


def test_without_a_fleet_it_says_what_one_is(tmp_path):
    house = House()
    assert add_fleet_page(house.app, Settings(data=tmp_path, database=None), house.clock) is None
    ann = house.person("Ann")[0]
    for language, said in (("en", "A fleet is several machines"), ("zh", "机群是多台机器")):
        page = ann.get(f"/fleet?lang={language}").text
        assert said in page and "castmate fleet prepare" in page and "data-live" not in page
    assert send(ann, "/fleet/nodes/a-1/drain").headers["location"] == "/fleet"


def test_a_driver_that_is_missing_is_named():
    house = House()
    add_fleet(house.app, NoFleet("pip install 'castmate[fleet]'"))
    page = house.person("Ann")[0].get("/fleet?lang=en").text
    assert "its driver is missing" in page and "pip install &#39;castmate[fleet]&#39;" in page


def test_a_database_that_is_away_is_told_and_comes_back(served):
    house, ann, book = served
    book.error = RemoteError("gone")
    assert "does not answer" in ann.get("/fleet?lang=en").text
    assert send(ann, "/fleet/nodes/a-1/drain").status_code == 503
    book.error = SetupError("no right")
    assert "refuses" in ann.get("/fleet/now?lang=en").text
    book.error = None
    house.clock.later(seconds=FRESH_S)
    now = ann.get("/fleet/now?lang=en").text
    assert "<html" not in now and "Nodes alive: 2 of 3" in now
    assert "it said &lt;b&gt;nothing" in now, "what a show said is text"


def test_many_browsers_ask_the_database_once(served):
    house, ann, book = served
    for _ in range(5):
        assert ann.get("/fleet/now").status_code == 200
    assert book.looks == 1
    house.clock.later(seconds=FRESH_S)
    ann.get("/fleet/now")
    assert book.looks == 2


def test_an_owner_empties_a_node_and_it_is_written_down(served):
    house, ann, book = served
    bo = house.person("Bo", Role.OPERATOR)[0]
    assert "<button" not in bo.get("/fleet/now").text
    assert bo.post("/fleet/nodes/a-1/drain", headers=FORM).status_code == 403
    assert ann.post("/fleet/nodes/a-1/drain", data={"form": "wrong"}, headers=FORM).status_code == 303
    assert book.drained == []
    assert "said_fleet_drained" in send(ann, "/fleet/nodes/a-1/drain").headers["location"]
    assert "said_fleet_undone" in send(ann, "/fleet/nodes/a-1/undo").headers["location"]
    assert send(ann, "/fleet/nodes/gone/drain").status_code == 409
    assert book.drained == [("a-1", True), ("a-1", False), ("gone", True)]
    acts = [(row.what, row.data) for row in house.accounts.book.events() if row.what.startswith("fleet.")]
    assert acts == [("fleet.undone", {"node": "a-1"}), ("fleet.drained", {"node": "a-1"})]
    assert "emptied a node" in ann.get("/acts?lang=en").text
