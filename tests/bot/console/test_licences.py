"""Licences on the console: what the shop sees, what a performer sees of their own, and the withdrawal."""

from datetime import timedelta

import pytest
import yaml
from house import FORM, send, sign_in
from records import AT, SHARE, T0, UNDER, Archive, ledger, live
from small_show import Rig

from bot.console.roles import Role
from bot.licensed import LicenceWatch, ShowLicence, open_licences
from bot.show.session import Air
from persona.persona import load_persona
from products.errors import Refused

HOUR = timedelta(hours=1)


class Shoes:
    category = "Shoes"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        yield Archive(tmp_path_factory.mktemp("records"), patch)


@pytest.fixture
def archive(built):
    return built.afresh()


async def test_a_performer_sees_where_how_long_and_what_for(archive):
    archive.licence()
    await archive.show()
    page = archive.ana.get("/my-clone?lang=en").text
    assert "0:00:45" in page and "1.88 EUR" in page and "youtube" in page, (
        "45 s of the clone, no slate, no human"
    )
    spoken = page[page.index("Products it spoke about") :]
    assert spoken.index("shoe") < spoken.index("bag") and "0:00:08" in spoken
    before = archive.ana.get("/my-clone?lang=en&month=2026-10").text
    assert "was not on air" in before and "0.00 EUR" in before
    assert "出镜时长" in archive.ana.get("/my-clone?lang=zh").text


async def test_a_show_over_the_turn_of_a_month_counts_in_each_for_its_part(archive):
    archive.licence()
    turn = AT.replace(month=12, day=1, hour=0) - T0  # T0 of the show then stands at midnight
    await archive.show(after=turn - timedelta(seconds=25))
    archive.house.clock.at = AT.replace(month=12, day=2)
    sign_in(archive.ana, "Ana Silva")
    november, december = (archive.ana.get(f"/my-clone?month=2026-{m}&lang=en").text for m in (11, 12))
    assert "0:00:15" in november and "0:00:30" in december, "5..20 s, then 35..45 and 55..75"


async def test_another_performers_clone_is_as_if_it_were_not_there(archive):
    archive.licence(account=False)
    await archive.show()
    none = archive.ana.get("/my-clone?lang=en")
    assert "No licence names your account" in none.text and "ana-2026" not in none.text
    for path in ("/my-clone/ana-2026", "/my-clone/ana-2026/withdraw", "/my-clone/../licences"):
        assert archive.ana.get(path).status_code in (403, 404)
    assert archive.ana.get("/my-clone/ana-2026/statement").status_code in (404, 422)
    assert send(archive.ana, "/my-clone/ana-2026/withdraw", sure="ana-2026").status_code == 404
    assert not open_licences(archive.settings).withdrawn


async def test_a_ledger_that_is_not_whole_does_not_count_and_is_named(archive):
    archive.licence()
    folder = await archive.show()
    path = folder / "ledger.jsonl"
    path.write_text(path.read_text("utf-8").replace("shoe/stock", "shoe/stack"), "utf-8")
    page = archive.ana.get("/my-clone?lang=en").text
    assert "Not counted" in page and "evening-1" in page and "0.00 EUR" in page


async def test_a_share_of_sales_waits_for_what_the_shop_says(archive):
    archive.licence(fee=SHARE)
    await archive.show()
    assert "3.5 % of sales" in archive.ana.get("/my-clone?lang=en").text
    refused = archive.ana.get("/my-clone/ana-2026/statement?month=2026-11")
    assert refused.status_code == 422 and "sold in 2026-11" in refused.text
    for month, amount in (("2026-11", "lots"), ("2026-11", "-1"), ("November", "1"), ("2026-11", "NaN")):
        assert send(archive.wei, "/licences/ana-2026/sales", month=month, amount=amount).status_code == 422
    for amount in ("1000.00", "1234.57"):  # what is said last counts
        assert (
            send(archive.wei, "/licences/ana-2026/sales", month="2026-11", amount=amount).status_code == 303
        )
    page = archive.ana.get("/my-clone?lang=en").text
    assert "43.21 USD" in page and "Wei Lin" in page and "1234.57" in page
    assert archive.ana.get("/licences").status_code == 403


async def test_the_statement_is_for_a_month_and_for_both_sides(archive):
    archive.licence()
    await archive.show()
    made = archive.wei.get("/licences/ana-2026/statement?month=2026-11&lang=en")
    assert made.content.startswith(b"%PDF")
    assert made.headers["content-disposition"] == 'attachment; filename="ana-2026-2026-11.pdf"'
    for client, path in ((archive.ana, "/my-clone"), (archive.wei, "/licences")):
        assert client.get(f"{path}/ana-2026/statement?month=nov").status_code == 422
    assert archive.house.what()[0] == "licence_statement"


def test_the_shop_sees_scope_state_and_hashes(archive):
    made = archive.licence(account=False)
    archive.licence(account=False, id="bo-2020", valid_from=AT - 900 * HOUR, valid_to=AT - HOUR)
    page = archive.wei.get("/licences?lang=en").text
    assert made.document in page and "Ana Silva" in page and "2.50 EUR for each minute" in page
    assert page.index("ana-2026") < page.index("bo-2020"), "those that hold come first"
    assert "The licence bo-2020 ended on" in page and 'chip bad">ended' in page


def test_only_an_owner_says_whose_a_licence_is(archive):
    archive.licence(account=False)
    who = str(archive.ana_account.id)
    assert send(archive.wei, "/licences/ana-2026/performer", account=who).status_code == 403
    assert send(archive.owner, "/licences/ana-2026/performer", account=str(archive.ann.id)).status_code == 422
    assert send(archive.owner, "/licences/nope/performer", account=who).status_code == 422
    assert "No licence names" in archive.ana.get("/my-clone?lang=en").text
    assert send(archive.owner, "/licences/ana-2026/performer", account=who).status_code == 303
    assert "Licence ana-2026" in archive.ana.get("/my-clone?lang=en").text
    archive.house.clock.later(minutes=11)
    late = send(archive.owner, "/licences/ana-2026/performer", account="")
    assert late.headers["location"] == "/account/prove", "only shortly after a credential was shown"


async def test_the_first_step_of_a_withdrawal_changes_nothing(archive):
    archive.licence()
    running = ledger(UNDER, live(5))
    await archive.show("evening-9", running, closed=False, after=AT - T0 - timedelta(seconds=60))
    page = archive.ana.get("/my-clone/ana-2026/withdraw?lang=en").text
    assert "within 60 seconds" in page and "never be opened again" in page
    assert "Running now: <strong>evening</strong>" in page
    for sure in ("", "ana", "yes"):
        assert send(archive.ana, "/my-clone/ana-2026/withdraw", sure=sure).status_code == 422
    without = archive.ana.post("/my-clone/ana-2026/withdraw", data={"sure": "ana-2026"}, headers=FORM)
    assert without.status_code == 403
    assert open_licences(archive.settings).has_key("ana-2026")


async def test_a_withdrawal_destroys_the_key_and_refuses_from_then_on(archive):
    made = archive.licence()
    await archive.show()
    store = open_licences(archive.settings)
    sealed = store.seal(made.id, "pack", b"a clone")
    opened = archive.settings.cache / "clones" / made.id / "open-1"
    opened.mkdir(parents=True)
    archive.house.clock.later(minutes=11)
    stale = send(archive.ana, "/my-clone/ana-2026/withdraw", sure="ana-2026")
    assert stale.headers["location"] == "/account/prove" and store.has_key(made.id)
    archive.house.clock.at = AT + timedelta(minutes=5)
    done = send(archive.ana, "/my-clone/ana-2026/withdraw", sure="ana-2026")
    assert done.headers["location"] == "/my-clone/ana-2026?said=said_withdrawn"
    after = open_licences(archive.settings)
    assert not after.has_key(made.id) and not opened.exists()
    with pytest.raises(Refused):
        after.open(made.id, "pack", sealed)
    against = after.read(after.path(made.id)).standing(archive.house.clock.now())
    assert [f.rule for f in against] == ["LICENCE-WITHDRAWN"]
    page = archive.ana.get("/my-clone/ana-2026?lang=en").text
    assert "You withdrew this licence on 2026-11-23" in page and "1.88 EUR" in page, "what is owed stays owed"
    assert "Withdraw my consent" not in page and "/withdraw" not in page
    assert archive.house.what()[0] == "licence_withdrawn"
    assert "已撤回" in archive.wei.get("/licences?lang=zh").text
    again = archive.ana.get("/my-clone/ana-2026/withdraw?lang=en").text
    assert "withdrawn already" in again


async def test_a_withdrawal_on_the_page_ends_a_running_show_within_a_minute(archive, tmp_path):
    """The real watch over the real licence, in a whole show; the performer's page is used in mid-show."""
    archive.licence(categories=("*",))
    (tmp_path / "show").mkdir()
    rig = Rig(tmp_path / "show", minutes=3)
    path = open_licences(archive.settings).path("ana-2026")
    given = {"id": "ana", "name": {"en": "Ana"}, "shop": {"en": "Corner Shop"}, "languages": ["en"]}
    given |= {"voice": {"en": {"engine": "kokoro", "voice": "af_heart"}}, "look": "ana-clone"}
    (tmp_path / "ana.yaml").write_text(yaml.safe_dump({**given, "licence": str(path)}), "utf-8")
    under = ShowLicence(load_persona(tmp_path / "ana.yaml"), "en", archive.settings)
    decision = rig.run._p.decision
    watch = LicenceWatch(under, lambda now: under.against(decision, (Shoes(),), now), rig.run._p.record.note)
    rig.run._p.licence = watch.look
    answers = []
    rig.hooks[30] = lambda: answers.append(send(archive.ana, "/my-clone/ana-2026/withdraw", sure="ana-2026"))
    await rig.play()
    assert [a.status_code for a in answers] == [303]
    assert rig.run.session.air is Air.ENDED and "withdrew" in rig.run.reason
    assert 30 < rig.air.seconds < 90, "it was on air, and ended within 60 s"
    kinds = [e.kind for e in rig.ledger.entries]
    assert kinds.index("licence") < kinds.index("licence.stop")
    again = LicenceWatch(under, lambda now: under.against(decision, (Shoes(),), now), lambda *_: None)
    assert again.look(0.0, AT) != (), "and none begins any more"


def test_a_performer_opens_nothing_but_their_own(archive):
    for path in ("/evidence", "/rules", "/licences", "/people", "/calendar", "/console"):
        assert archive.ana.get(path).status_code == 403, path
    merch, _ = archive.house.person("Mo", Role.MERCH)
    assert merch.get("/my-clone").status_code == 403


async def test_a_show_in_its_first_minute_counts_though_nothing_is_signed_yet(archive):
    archive.licence()
    running = ledger(UNDER, live(5), live(35, "hold"))
    folder = await archive.show("evening-9", running, closed=False, after=AT - T0 - timedelta(seconds=60))
    path = folder / "ledger.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))  # its only checkpoint
    (folder / "ledger.jsonl.checkpoint").unlink()
    page = archive.ana.get("/my-clone?lang=en").text
    assert "0:00:30" in page and "Not counted" not in page and "On air now" in page
    archive.house.clock.later(minutes=9)
    page = archive.ana.get("/my-clone?lang=en").text
    assert "Not counted" in page and "On air now" not in page
