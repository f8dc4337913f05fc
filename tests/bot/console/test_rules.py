"""The page of rules: what holds in words, and what compliance staff sign there under their own name."""

import json
from datetime import date

import pytest
from house import FORM, send
from records import Archive

from bot.compliance.ledger_file import read_ledger, verify
from bot.compliance.office import open_office
from bot.compliance.signing import SigningDesk
from bot.console.rules_board import Question, RulesBoard
from products.errors import ContentError, SetupError

WORDS = "a long passphrase"
CONFIRM = {
    "pack": "douyin",
    "address": "https://example.com/rules",
    "text_date": "2026-11-20",
    "text": "the rules of today",
    "adds": "nothing new",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        yield Archive(tmp_path_factory.mktemp("records"), patch)


@pytest.fixture
def archive(built):
    return built.afresh()


@pytest.fixture
def signer(archive):
    """Wei Lin, with a key."""
    made = send(archive.wei, "/rules/key", passphrase=WORDS, again=WORDS)
    assert made.headers["location"] == "/rules?said=said_key"
    return archive.wei


def desk_rule(archive):
    board = RulesBoard(archive.settings.office, archive.settings.data / "k.pem", archive.house.clock.now)
    return board.waivable()[0][0]


def office(archive):
    return open_office(archive.settings.office)


def test_what_the_rules_say_stands_there_with_its_articles(archive):
    page = archive.wei.get("/rules?lang=en&platform=douyin&jurisdiction=CN&date=2026-11-23&host=cloned").text
    assert "douyin (CN) for viewers in CN, on 2026-11-23: not yet. Mode: duet." in page
    assert "waits for a confirmation" in page and "CN-DS-14" in page and "In the way now" in page
    drawn = archive.wei.get("/rules?lang=zh&platform=douyin&jurisdiction=CN&host=drawn").text
    assert "等待确认" in drawn and "CN-PIPL-29" not in drawn, "nobody is cloned"
    elsewhere = archive.wei.get("/rules?platform=youtube&audience=US,EU&date=nonsense&local=1").text
    assert "youtube for viewers in US, EU, on 2026-11-23, tried in the shop" in elsewhere
    unknown = archive.wei.get("/rules?platform=myspace&lang=en")
    assert unknown.status_code == 200 and "No rules of a platform" in unknown.text


def test_the_page_says_what_the_command_says(archive):
    board = RulesBoard(archive.settings.office, archive.settings.data / "k.pem", archive.house.clock.now)
    question = Question("shopee-live", "ID", (), date(2026, 11, 23))
    with pytest.raises(SetupError):
        board.answer(Question("myspace", "", (), date(2026, 11, 23)))
    platform = board.office().packs.platforms()[0]
    decision, told = board.answer(Question(platform, "CN", ("CN",), question.day))
    page = archive.wei.get(f"/rules?lang=en&platform={platform}&jurisdiction=CN&date=2026-11-23").text
    assert told.headline in page and decision.mode.value in told.headline


def test_a_confirmation_is_signed_by_who_is_signed_in_and_logged(archive, signer):
    assert "Sign as Wei Lin" in signer.get("/rules?lang=en").text
    done = send(signer, "/rules/confirm", **CONFIRM, passphrase=WORDS)
    assert done.headers["location"] == "/rules?said=said_confirmed"
    (paper,) = office(archive).confirmations
    assert (paper.by, paper.pack, paper.at) == ("Wei Lin", "douyin", date(2026, 11, 23))
    assert paper.signed_by(office(archive).keys)
    assert [p.name for p in (archive.settings.office / "confirmations").glob("*.capture.txt")]
    log = archive.settings.office / "ledger.jsonl"
    kinds = [r.entry.kind for r in read_ledger(log)]
    assert kinds.count("pack.confirmed") == 1 and kinds.index("key.made") < kinds.index("pack.confirmed")
    assert verify(log, None).ok
    page = signer.get("/rules?lang=en&platform=douyin&jurisdiction=CN&host=drawn").text
    assert "confirmed until" in page and "Wei Lin on 2026-11-23: nothing new" in page
    assert archive.house.what()[0] == "pack_confirmed"


def test_a_capture_may_be_a_file(archive, signer):
    token = send(signer, "/rules/confirm").text  # what is missing is told, nothing is signed
    assert "Wei Lin" in token and not office(archive).confirmations
    form = signer.get("/home").text.split('name="form" value="')[1].split('"')[0]

    def post(name, content):
        given = {k: v for k, v in CONFIRM.items() if k != "text"}
        return signer.post(
            "/rules/confirm",
            data={"form": form, **given, "passphrase": WORDS},
            files={"file": (name, content)},
            headers=FORM,
        )

    assert post("rules.exe", b"x").status_code == 422
    assert post("rules.pdf", b"x" * 200_001).status_code == 422
    assert post("rules.pdf", b"%PDF-1.7").status_code == 303
    (kept,) = (archive.settings.office / "confirmations").glob("*.capture.pdf")
    assert kept.read_bytes() == b"%PDF-1.7"


def test_what_is_wrong_is_told_and_nothing_is_signed(archive, signer):
    for wrong in (
        {"passphrase": "another passphrase"},
        {"pack": "nope"},
        {"address": "javascript:alert(1)"},
        {"text_date": "2027-01-01"},
        {"text_date": "today"},
        {"text": ""},
        {"adds": ""},
    ):
        answer = send(signer, "/rules/confirm", **{**CONFIRM, "passphrase": WORDS, **wrong})
        assert answer.status_code == 422 and 'role="alert"' in answer.text, wrong
        assert archive.house.what()[0] == "pack_confirmed_refused"
    assert not office(archive).confirmations
    kinds = [r.entry.kind for r in read_ledger(archive.settings.office / "ledger.jsonl")]
    assert "pack.confirmed" not in kinds


def test_nobody_signs_for_another_without_the_role_or_without_proof(archive, signer):
    operator, _ = archive.house.person("Oli", "operator")
    for client in (operator, archive.ana):
        assert send(client, "/rules/confirm", **CONFIRM, passphrase=WORDS).status_code == 403
    other, _ = archive.house.person("Mei", "compliance")
    assert send(other, "/rules/confirm", **CONFIRM, passphrase=WORDS).status_code == 422, "she has no key"
    assert not office(archive).confirmations
    archive.house.clock.later(minutes=11)
    late = send(signer, "/rules/confirm", **CONFIRM, passphrase=WORDS)
    assert late.headers["location"] == "/account/prove" and not office(archive).confirmations


def test_a_key_is_made_once_under_the_accounts_own_name(archive, signer):
    assert send(signer, "/rules/key", passphrase=WORDS, again=WORDS).status_code == 422
    li, _ = archive.house.person("李梅", "compliance")
    assert send(li, "/rules/key", passphrase="short", again="short").status_code == 422
    assert send(li, "/rules/key", passphrase=WORDS, again=WORDS + "!").status_code == 422
    assert send(li, "/rules/key", passphrase=WORDS, again=WORDS).status_code == 303
    assert {p.stem for p in (archive.settings.office / "keys").glob("*.pem")} == {"Wei Lin", "李梅"}
    desk, now = (
        SigningDesk(archive.settings.office, archive.settings.data / "k.pem"),
        archive.house.clock.now(),
    )
    for name in ("../keys/Wei Lin", "/etc/x", "a/b", ".Wei", "x" * 80):
        assert not desk.has_key(name)
        with pytest.raises(SetupError, match="cannot be a key's name"):
            desk.make_key(name, WORDS, now)
        with pytest.raises(SetupError, match="cannot be a key's name"):
            desk.waive(desk_rule(archive), "they excused us in writing", date(2026, 12, 1), name, WORDS, now)


def test_waivers_are_listed_signed_and_never_for_what_is_forbidden(archive, signer):
    board = RulesBoard(archive.settings.office, archive.settings.data / "k.pem", archive.house.clock.now)
    rule, _ = board.waivable()[0]
    given = {"why": "the platform excused us in writing", "until": "2026-12-31", "passphrase": WORDS}
    forbidden = send(signer, "/rules/waive", **given, rule="CN-LABEL-05")
    assert forbidden.status_code == 422
    assert send(signer, "/rules/waive", **{**given, "until": "2027-12-31"}, rule=rule).status_code == 422
    assert send(signer, "/rules/waive", **{**given, "why": "because"}, rule=rule).status_code == 422
    assert not office(archive).waivers
    assert send(signer, "/rules/waive", **given, rule=rule).status_code == 303
    page = signer.get("/rules?lang=en").text
    assert rule in page and "the platform excused us in writing" in page
    archive.house.clock.later(days=60)
    (row,) = board.waivers()
    assert "it holds from" in row.why_not


def test_a_paper_that_cannot_be_read_stops_the_page_and_says_which(archive, signer):
    send(signer, "/rules/confirm", **CONFIRM, passphrase=WORDS)
    (path,) = (archive.settings.office / "confirmations").glob("*.json")
    path.write_text(json.dumps({"pack": "douyin"}))
    page = signer.get("/rules?lang=en")
    assert page.status_code == 500 and path.name in page.text and "Nothing is told" in page.text


def test_a_changed_paper_counts_no_more(archive, signer):
    send(signer, "/rules/confirm", **CONFIRM, passphrase=WORDS)
    (path,) = (archive.settings.office / "confirmations").glob("*.json")
    path.write_text(path.read_text("utf-8").replace("nothing new", "nothing now"), "utf-8")
    page = signer.get("/rules?lang=en").text
    assert "it is not signed with a compliance key" in page and "confirmed until" not in page


def test_no_day_is_no_day(archive):
    board = RulesBoard(archive.settings.office, archive.settings.data / "k.pem", archive.house.clock.now)
    with pytest.raises(ContentError):
        board.waive("x", "y" * 20, "tomorrow", "Wei Lin", WORDS)
