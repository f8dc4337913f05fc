"""The compliance office: keys, papers, packs of the shop; what is wrong in it is named, never skipped."""

import hashlib
from datetime import date, timedelta

import pytest
import yaml

from bot.compliance.confirmation import Confirmation
from bot.compliance.decision import decide
from bot.compliance.evidence import ShowFacts
from bot.compliance.office import Proof, keep, make_key, open_office, unseal_key
from bot.compliance.selection import Destination
from bot.compliance.waiver import Waiver
from products.errors import SetupError

DAY = date(2026, 11, 22)
WORDS = "a long passphrase"
DRAWN = ShowFacts(cloned_person=False)


@pytest.fixture
def folder(tmp_path):
    make_key(tmp_path, "Wei Lin", WORDS)
    return tmp_path


def shop_pack(name: str, platform: str, market: str, **rule) -> list[dict]:
    """A pack of the shop with one rule, of the kind that compliance staff would add."""
    base = {
        "id": f"SHOP-{name.upper()}",
        "subject": "duration",
        "summary": "No stream of the shop is longer than an hour.",
        "severity": "block",
        "status": "in_force",
        "verify": "auto",
        "confidence": "B",
        "binds": ["operator"],
        "source": {"doc": "House rules", "article": "4"},
        "params": {"kind": "duration", "max_stream_s": 3600},
    }
    scope = {"jurisdictions": [market], "platforms": [platform], "live": True, "commerce": True}
    return [
        {
            "pack": name,
            "version": "2026.11.22",
            "scope": scope,
            "stance": "allow_with_conditions",
            "last_checked": "2026-11-22",
            "review_after_days": 30,
            "rules": [base | rule],
        }
    ]


def write_pack(folder, pack: list[dict]) -> None:
    (folder / "packs").mkdir(exist_ok=True)
    text = yaml.safe_dump(pack, allow_unicode=True).replace("'2026-11-22'", "2026-11-22")
    (folder / "packs" / f"{pack[0]['pack']}.yaml").write_text(text)


def at(folder, platform: str, market: str | None, **changed):
    office = open_office(folder)
    facts = ShowFacts(cloned_person=False, evidence=office.evidence(), **changed)
    places = [market] if market else ["US"]
    to = [Destination(platform, market)]
    keys = office.keys
    return decide(
        office.packs, to, places, DAY, facts, office.confirmations, office.waivers, compliance_keys=keys
    )


def test_an_office_that_does_not_exist_has_the_shipped_packs_and_no_papers(tmp_path) -> None:
    office = open_office(tmp_path / "none")
    assert len(office.packs.packs) > 30 and not office.packs.own
    assert office.keys == office.confirmations == office.waivers == office.proofs == ()


def test_a_key_opens_with_its_passphrase_alone_and_is_made_once(folder) -> None:
    assert unseal_key(folder, "Wei Lin", WORDS).public_key() == open_office(folder).keys[0]
    with pytest.raises(SetupError, match="does not open"):
        unseal_key(folder, "Wei Lin", WORDS + "!")
    with pytest.raises(SetupError, match="no compliance key"):
        unseal_key(folder, "Somebody", WORDS)
    with pytest.raises(SetupError, match="a key already"):
        make_key(folder, "Wei Lin", WORDS)
    with pytest.raises(SetupError, match="too short"):
        make_key(folder, "Ann", "short")
    with pytest.raises(SetupError, match="cannot be a key's name"):
        make_key(folder, "../Ann", WORDS)
    assert (folder / "keys" / "Wei Lin.pem").stat().st_mode & 0o077 == 0


def test_a_pack_of_the_shop_adds_its_rule_to_the_platforms_own(folder) -> None:
    before = at(folder, "youtube", None)
    write_pack(folder, shop_pack("house", "youtube", "*"))
    after = at(folder, "youtube", None)
    assert after.merged.max_stream_s == 3600 and before.merged.max_stream_s != 3600
    assert {r.id for r in before.merged.rules} < {r.id for r in after.merged.rules}
    assert after.outcome == before.outcome


def test_a_pack_of_the_shop_cannot_loosen_what_a_shipped_one_forbids(folder) -> None:
    write_pack(folder, shop_pack("house", "wechat_channels", "CN"))
    found = at(folder, "wechat_channels", "CN")
    assert found.mode == "prompter" and found.outcome == "refuse"


def test_a_pack_of_the_shop_opens_a_new_place_only_with_a_confirmation(folder) -> None:
    write_pack(folder, shop_pack("house", "newshop", "*"))
    assert at(folder, "newshop", None).outcome == "confirm"
    paper = Confirmation(
        pack="house",
        version="2026.11.22",
        by="Wei Lin",
        at=DAY,
        address="https://example.com/rules",
        text_date=DAY,
        text_sha256="0" * 64,
        adds="the rule text as it stands",
    )
    keep(folder, paper, "house")
    assert at(folder, "newshop", None).outcome == "confirm", "it is not signed"
    keep(folder, paper.signed(unseal_key(folder, "Wei Lin", WORDS)), "house")
    assert at(folder, "newshop", None).outcome == "conditions"


def test_proofs_count_while_they_are_valid_and_the_longest_one_wins(folder) -> None:
    key = unseal_key(folder, "Wei Lin", WORDS)
    base = {"artefact": "avatar_filing", "by": "Wei Lin", "at": DAY}
    keep(folder, Proof(**base, until=DAY + timedelta(3)).signed(key), "one")
    keep(folder, Proof(**base, until=DAY + timedelta(9)).signed(key), "two")
    keep(folder, Proof(artefact="category_certificate", by="Wei Lin", at=DAY), "unsigned")
    keep(folder, Proof(artefact="real_name_certificate", by="Wei Lin", at=DAY).signed(key), "endless")
    assert open_office(folder).evidence() == {
        "avatar_filing": DAY + timedelta(9),
        "real_name_certificate": None,
    }


def test_a_document_that_was_changed_or_is_gone_stops_everything_and_is_named(folder) -> None:
    (folder / "proofs").mkdir()
    document = folder / "proofs" / "filing.pdf"
    document.write_bytes(b"signed")
    digest = hashlib.sha256(b"signed").hexdigest()
    proof = Proof(artefact="avatar_filing", by="Wei Lin", at=DAY, file="filing.pdf", sha256=digest)
    keep(folder, proof.signed(unseal_key(folder, "Wei Lin", WORDS)), "filing")
    open_office(folder)
    document.write_bytes(b"changed")
    with pytest.raises(SetupError, match=r"filing\.pdf.*was changed"):
        open_office(folder)
    document.unlink()
    with pytest.raises(SetupError, match="is gone"):
        open_office(folder)


def test_a_paper_that_cannot_be_read_is_named_with_its_field(folder) -> None:
    until = DAY + timedelta(days=5)
    path = keep(folder, Waiver(rule="X", by="Wei Lin", why="a good reason", at=DAY, until=until), "x")
    path.write_text(path.read_text().replace("Wei Lin", ""))
    with pytest.raises(SetupError, match=r"x\.json.*by"):
        open_office(folder)
