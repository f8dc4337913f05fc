"""The scripts' pages over the sample shop: what stands against a sentence, who approves, what is noted."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from house import FORM, NOBODY, QUICK, House, token_of

from bot.commands.workrooms import script_shop
from bot.console import credentials
from bot.console.listening import Listening, Saying
from bot.console.roles import RIGHTS, Role
from bot.console.routes import need_of
from bot.console.script_board import ScriptBoard
from bot.console.script_view import heading, pieces
from bot.console.script_words import SCRIPT_WORDS
from bot.console.scripts_page import add_scripts
from bot.settings import Settings
from bot.shop import ShowOrder, open_shop
from persona.scripts import ScriptState
from products.claim_words import ClaimType
from products.errors import ContentError
from products.roles import Role as Stated

SAMPLE = Path(__file__).parents[3] / "sample"
ACT = FORM | {"x-castmate": "desk"}
SHOW = "corner-evening"
TRUE = ["This is the Dawn Stoneware Mug, link 2.", "The price is $18.50."]
LIE = ["This is the Dawn Stoneware Mug, link 2.", "The price is $9.50, the best in the world."]
SAY = "import sys, pathlib; pathlib.Path(sys.argv[-1]).write_bytes(b'RIFF' + sys.argv[1].encode())"


class Room:
    """A console with the sample show's scripts, and a person of each role that matters here."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.house = House()
        settings = Settings(data=folder / "data", cache=folder / "cache")
        order = ShowOrder(SAMPLE / "show.yaml")
        now = self.house.clock.now
        self.shop = open_shop(order, settings, now)
        held = script_shop(order, self.shop, settings, now)
        self.board = ScriptBoard(lambda: {SHOW: held}, now)
        self.said, self.seen = [], []
        add_scripts(self.house.app, self.board, Listening(folder / "sounds"), self.say, self.see)
        self.house.person("Ann Lee")  # the first is the owner
        self.people = {role: self.house.person(f"Person {role}", role)[0] for role in Role}
        self.merch = self.house.person("Lin Hao", Role.MERCH)[0]

    def say(self, show, version, line):
        self.said.append((show, version.name, line))
        return Saying(version.words[line], "en", None, (sys.executable, "-c", SAY, version.words[line]))

    def see(self, show, version, by):
        if version.product == "maple-board":
            raise ContentError("6 rehearsals wait already.", remedy="Wait.")
        self.seen.append((show, version.name, by))
        return "20261123-120000-abcd"

    def send(self, act, client=None, handle="dawn-mug", **data):
        client = client or self.merch
        given = {"form": token_of(client), "show": SHOW, "product": handle, "language": "en"} | data
        return client.post(f"/scripts/{act}", data=given, headers=FORM)

    def draft(self, words, handle="dawn-mug"):
        """The number of a new draft."""
        answer = self.send("draft", handle=handle, line=words)
        assert answer.status_code == 303, answer.text
        return int(re.search(r"version=(\d+)", answer.headers["location"])[1])

    def page(self, client=None, handle="dawn-mug", **more):
        """What is seen: the words that scripts may need are cut off."""
        asked = {"show": SHOW, "product": handle, "language": "en", "lang": "en", **more}
        return (client or self.merch).get("/scripts/words", params=asked).text.split('id="words"')[0]

    def version(self, name):
        return self.shop.scripts.get(name)


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credentials, "HASHER", QUICK)
        patch.setattr(credentials, "NOBODY", NOBODY)
        yield Room(tmp_path_factory.mktemp("scripts"))


def test_the_list_tells_states_and_which_goods_need_a_person(room):
    text = room.merch.get("/scripts?lang=en").text
    assert "Needs a named person: food" in text and "4 × approved" in text
    assert text.count("no script yet") >= 5 and "Not pitched" in text
    chinese = room.merch.get("/scripts?lang=zh&language=zh").text
    assert "须具名人员批准：食品" in chinese and "果园乌龙茶" in chinese
    found = room.merch.get("/scripts?lang=en&search=sneakers").text
    assert "harbor-sneakers" in found and "orchard-tea" not in found


def test_a_lie_is_shown_in_its_sentence_mended_and_approved(room):
    number = room.draft(LIE)
    name = f"dawn-mug/en/{number}"
    text = room.page(version=number)
    assert '<mark class="bad">$9.50</mark>' in text and '<mark class="bad">best</mark>' in text
    assert text.count('class="script-line stopped"') == 1 and "Approve as" not in text
    refused = room.send("approve", version=number)
    assert refused.status_code == 422 and "holds lines that may not be said" in refused.text
    assert room.version(name).state is ScriptState.DRAFT

    mended = room.draft(TRUE)
    text = room.page(version=mended)
    assert "Every line is true" in text and '<mark class="fact"' in text and "stopped" not in text
    assert re.search(r"<del>.*9\.50", text) and re.search(r"<ins>.*18\.50", text)
    done = room.send("approve", version=mended, note="read twice")
    assert done.status_code == 303 and "said_script_approved" in done.headers["location"]
    version = room.version(f"dawn-mug/en/{mended}")
    assert (version.state, version.approved_by) == (ScriptState.APPROVED, "Lin Hao")
    assert "Lin Hao" in room.page(version=mended) and "read twice" in room.page(version=mended)
    again = room.send("approve", version=mended)
    assert again.status_code == 422 and "it cannot become approved" in again.text


def test_what_was_done_is_noted_with_the_digest_of_the_words(room):
    number = room.draft(["The Dawn Stoneware Mug costs $18.50."])
    room.send("approve", version=number, replace="true")
    events = room.house.accounts.book.events(4)
    assert "script.drafted" in {e.what for e in events}
    approved = next(e for e in events if e.what == "script.approved")
    version = room.version(f"dawn-mug/en/{number}")
    assert approved.data == {"show": SHOW, "script": version.name, "words": version.digest}
    assert approved.who is not None
    acts = room.people[Role.COMPLIANCE].get("/acts?lang=en").text
    assert "approved a script" in acts and version.digest in acts


def test_sent_back_and_retired(room):
    number = room.draft(["Here is the Lumen Desk Lamp."], "lumen-lamp")
    silent = room.send("send-back", handle="lumen-lamp", version=number, note=" ")
    assert silent.status_code == 422 and "without a word" in silent.text
    assert (
        room.send("send-back", handle="lumen-lamp", version=number, note="say its price").status_code == 303
    )
    text = room.page(handle="lumen-lamp", version=number)
    assert "say its price" in text and "Approve as" not in text and "Retire" in text
    assert room.send("retire", handle="lumen-lamp", version=number).status_code == 303
    assert room.version(f"lumen-lamp/en/{number}").state is ScriptState.RETIRED


def test_replacing_retires_those_before(room):
    numbers = [room.draft([words], "willow-tote") for words in ("A tote.", "The Willow tote.")]
    room.send("approve", handle="willow-tote", version=numbers[0])
    room.send("approve", handle="willow-tote", version=numbers[1], replace="true")
    states = [room.version(f"willow-tote/en/{n}").state for n in numbers]
    assert states == [ScriptState.RETIRED, ScriptState.APPROVED]


def test_the_template_writes_a_draft_that_clears(room):
    answer = room.send("write", handle="maple-board")
    assert answer.status_code == 303
    text = room.page(handle="maple-board")
    assert "written by Castmate" in text and "Every line is true" in text


def test_words_that_cannot_be_saved_stay_in_their_boxes(room):
    room.draft(["A pillow of clouds."], "cloud-pillow")
    same = room.send("draft", handle="cloud-pillow", version=1, line=["A pillow of clouds.", ""])
    assert same.status_code == 422 and "already" in same.text
    assert re.search(r"<textarea[^>]*>A pillow of clouds\.</textarea>", same.text)
    empty = room.send("draft", handle="cloud-pillow", line=["  "])
    assert empty.status_code == 422 and "at least one line" in empty.text
    old = room.send("draft", handle="cloud-pillow", form="0" * 64, line=["Kept words."])
    assert old.status_code == 403 and "Kept words." in old.text
    assert "A pillow &lt;of" in room.send("draft", handle="cloud-pillow", form="", line=["A pillow <of"]).text


def test_lines_are_checked_while_they_are_written(room):
    body = {"show": SHOW, "product": "dawn-mug", "language": "en", "lines": [*LIE, " "]}
    told = room.merch.post("/scripts/check?lang=en", json=body, headers=ACT).json()
    assert [line["cleared"] for line in told["lines"]] == [True, False, True]
    headings = {f["heading"] for f in told["lines"][1]["findings"] if f["stops"]}
    assert headings == {"Not the price in the catalogue", "A superlative that nobody can check"}
    chinese = room.merch.post("/scripts/check?lang=zh", json=body, headers=ACT).json()
    assert {f["heading"] for f in chinese["lines"][1]["findings"]} == {
        "与目录价格不符",
        "无法核实的绝对化用语",
    }
    assert [f["quote"] for f in chinese["lines"][1]["findings"]] == ["$9.50", "best", "in the world"]
    for wrong in ({}, {**body, "lines": ["x"] * 99}, {**body, "x": 1}, {**body, "product": "no-such"}):
        assert room.merch.post("/scripts/check", json=wrong, headers=ACT).status_code == 422


def test_every_kind_of_finding_has_a_heading():
    for words in SCRIPT_WORDS.values():
        kinds = [f"facts.{r}" for r in (*Stated, "availability", "material", "stale")]
        kinds += [f"claims.{c}" for c in (*ClaimType, "price_or_promotion_claim")]
        headings = [heading(kind, words) for kind in kinds]
        assert len(set(headings)) == len(kinds), "each its own"
        assert heading("claims.new", words) == words["scr_found_claims"]
        assert heading("CN-AD-9", words) == heading("", words) == words["scr_found_rule"]


def test_pieces_join_to_the_sentence_whatever_stands_in_it(room):
    for text in (*TRUE, *LIE, "价格18.50美元，全网最低🍵。", "<b>$9</b>", "x"):
        (verdict,) = room.board.check(SHOW, "dawn-mug", "en", [text])
        assert "".join(piece.text for piece in pieces(text, verdict)) == text


@pytest.mark.parametrize(
    "query", ["product=no-such", "product=dawn-mug&version=99", "product=", "show=none&product=x"]
)
def test_what_is_not_there_is_told(room, query):
    answer = room.merch.get(f"/scripts/words?lang=en&{query}")
    assert answer.status_code == 404 and "There is no" in answer.text


@pytest.mark.parametrize("path", ["", "/words", "/sound"])
@pytest.mark.parametrize(
    "query",
    ["version=99999999999999999999999&product=dawn-mug&line=1", "version=-1", "product=%00", "language=%00",
     "search=%00", "search=%22%27*(", f"product={'x' * 999}", "show=../..", "edit=maybe", "against=9e9"],
)  # fmt: skip
def test_no_address_breaks_the_pages(room, path, query):
    assert room.merch.get(f"/scripts{path}?{query}").status_code in (200, 404, 422)


@pytest.mark.parametrize(
    "broken", [{"version": "9" * 30}, {"note": "a\0b"}, {"line": ["a\0b"]}, {"product": "\0"}, {"x": "y"}]
)
def test_no_form_breaks_the_pages(room, broken):
    for act in ("draft", "approve", "send-back", "retire", "see"):
        answer = room.send(act, handle=broken.get("product", "dawn-mug"), **{"version": 1} | broken)
        assert answer.status_code in (404, 422), (act, answer.text[:200])


def test_a_catalogue_that_cannot_be_read_again_is_told_and_the_page_stays(room, monkeypatch):
    def gone():
        raise ContentError("products.csv: there is no such file.", remedy="Put it back.")

    monkeypatch.setattr(room.board, "_seen", {})
    held = replace(room.board.shop(SHOW), refresh=gone)
    monkeypatch.setattr(room.board, "_shops", lambda: {SHOW: held})
    text = room.merch.get("/scripts?lang=en").text
    assert "could not be read again: products.csv" in text and "Orchard Oolong Tea" in text


def test_a_line_is_heard_once_said_and_kept(room):
    number = room.draft(["A mug for the morning."])
    ask = {"show": SHOW, "product": "dawn-mug", "language": "en", "version": number, "line": 1}
    heard = room.merch.get("/scripts/sound", params=ask)
    assert heard.status_code == 200 and heard.headers["content-type"] == "audio/wav"
    assert heard.content == b"RIFFA mug for the morning."
    assert room.said[-1] == (SHOW, f"dawn-mug/en/{number}", 0)
    assert room.merch.get("/scripts/sound", params=ask).content == heard.content
    assert len(list((room.folder / "sounds").iterdir())) == 1
    assert room.merch.get("/scripts/sound", params={**ask, "line": 2}).status_code == 404
    assert room.merch.get("/scripts/sound", params={**ask, "version": 99}).status_code == 404


def test_a_draft_is_seen_before_anybody_approves_it(room):
    number = room.draft(["A mug for the evening."])
    answer = room.send("see", version=number)
    assert (answer.status_code, answer.headers["location"]) == (303, "/rehearsals/20261123-120000-abcd")
    assert room.seen[-1] == (SHOW, f"dawn-mug/en/{number}", "Lin Hao")
    assert room.house.what()[0] == "rehearsal.ordered"
    number = room.draft(["A board."], "maple-board")
    full = room.send("see", handle="maple-board", version=number)
    assert full.status_code == 422 and "6 rehearsals wait already" in full.text
    assert room.send("see", version=99).status_code == 404
    assert room.send("see", version=1, form="0").status_code == 403


PATHS = [
    ("GET", "/scripts"),
    ("GET", "/scripts/words"),
    ("GET", "/scripts/sound"),
    ("POST", "/scripts/check"),
]
PATHS += [("POST", f"/scripts/{act}") for act in ("draft", "write", "see", "approve", "send-back", "retire")]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_who_may(room, method, path):
    need = need_of(method, path)
    assert need is not None and need.right is not None
    for role, client in room.people.items():
        answer = client.request(method, path, headers=ACT if method == "POST" else {})
        assert (answer.status_code == 403) is (need.right not in RIGHTS[role]), (role, answer.text[:200])
    assert room.house.browser().request(method, path, headers=ACT).status_code in (303, 403)


def test_every_route_of_the_pages_is_asked_above(room):
    there = {
        (method, route.path)
        for route in room.house.app.routes
        for route in getattr(getattr(route, "original_router", None), "routes", [route])
        if getattr(route, "path", "").startswith("/scripts")
        for method in route.methods
    }
    assert there == set(PATHS)
