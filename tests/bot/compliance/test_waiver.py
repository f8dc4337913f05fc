"""A waiver excuses from one rule for a time, signed and named; some rules can never be waived."""

from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from bot.compliance.decision import decide
from bot.compliance.evidence import ShowFacts
from bot.compliance.packs import load_packs
from bot.compliance.selection import Destination
from bot.compliance.waiver import LONGEST, NEVER, Waiver, refuse_unwaivable, unwaivable, waive
from products.errors import Refused
from products.verdict import Severity

DAY = date(2026, 11, 22)
KEY = Ed25519PrivateKey.generate()
KEYS = (KEY.public_key(),)
PACKS = load_packs()
RULES = {r.id: r for p in PACKS for r in p.rules}


def waiver(**change) -> Waiver:
    base = {"rule": "CN-PIPL-55", "by": "Wei Lin", "why": "counsel confirmed it in writing"}
    dates = {"at": DAY, "until": DAY + timedelta(days=30)}
    return Waiver(**{**base, **dates, **change})


@pytest.mark.parametrize(
    ("given", "day", "counts", "words"),
    [
        (waiver().signed(KEY), DAY, True, ""),
        (waiver().signed(KEY), DAY + timedelta(days=30), True, ""),
        (waiver().signed(KEY), DAY + timedelta(days=31), False, "it holds from"),
        (waiver().signed(KEY), DAY - timedelta(days=1), False, "it holds from"),
        (waiver(), DAY, False, "not signed"),
        (waiver().signed(Ed25519PrivateKey.generate()), DAY, False, "not signed"),
        (waiver().signed(KEY).model_copy(update={"by": "Somebody Else"}), DAY, False, "not signed"),
        (waiver(rule="CN-117-37").signed(KEY), DAY, False, "the AI label is never waived"),
    ],
)
def test_a_waiver_counts_only_signed_in_time_and_for_what_may_be_waived(given, day, counts, words) -> None:
    rule = RULES[given.rule]
    rules, excused, refused = waive([rule], [given], day, KEYS)
    assert bool(excused) is counts and bool(refused) is not counts
    assert rules[0].severity is (Severity.WARN if counts else rule.severity)
    assert counts or words in refused[0][1]


def test_what_a_rule_forbids_is_never_waived_by_anybody() -> None:
    forbidding = [
        r
        for r in RULES.values()
        if any(v == "forbidden" for v in r.params.model_dump().values()) or r.kind in NEVER
    ]
    assert {"TT-US-2026", "AMZ-LIVE", "CN-117-37"} <= {r.id for r in forbidding}
    for rule in forbidding:
        with pytest.raises(Refused, match=r"never waived"):
            refuse_unwaivable(rule)


def test_a_ban_on_simulcast_is_never_waived() -> None:
    assert unwaivable(RULES["TT-SHOP-ID-SIM"]) is not None


def test_a_waiver_says_why_and_does_not_run_for_ever() -> None:
    for change in (
        {"why": "because"},
        {"until": DAY + LONGEST + timedelta(days=1)},
        {"until": DAY - timedelta(1)},
    ):
        with pytest.raises(ValidationError):
            waiver(**change)


def test_a_waived_rule_still_warns_and_the_decision_names_who_and_why() -> None:
    cloned = ShowFacts(cloned_person=True)
    to = [Destination("kuaishou", "CN")]
    before = decide(PACKS, to, ["CN"], DAY, cloned)
    assert any(f.rule == "CN-PIPL-55" for f in before.against)
    after = decide(PACKS, to, ["CN"], DAY, cloned, (), [waiver().signed(KEY)], compliance_keys=KEYS)
    assert not any(f.rule == "CN-PIPL-55" for f in after.against)
    assert {f.rule for f in before.against} - {f.rule for f in after.against} == {"CN-PIPL-55"}
    told = [f for f in after.reasons if f.rule == "CN-PIPL-55"]
    assert told and "Wei Lin" in told[0].message and "counsel confirmed" in told[0].message
    assert after.record()["waived"][0]["why"] == "counsel confirmed it in writing"


def test_a_waiver_that_does_not_count_is_told() -> None:
    found = decide(
        PACKS, [Destination("kuaishou", "CN")], ["CN"], DAY, None, (), [waiver()], compliance_keys=KEYS
    )
    assert any("does not count" in f.message for f in found.reasons)
    assert any(f.rule == "CN-PIPL-55" for f in found.against)
