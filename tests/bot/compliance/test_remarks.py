"""What compliance staff read of a show's ledger beside its intervals: filmed clips."""

from datetime import UTC, datetime

from bot.compliance.ledger_file import Entry
from bot.compliance.remarks import KINDS, MOST_REMARKS, Remarks
from bot.console.evidence_words import EVIDENCE_WORDS

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHOWN = {
    "clip": "pour",
    "product": "dawn-mug",
    "rights": "Filmed by Lin Hao",
    "licences": ["ana-2026"],
    "sha256": "ab12",
}


def taken(*entries: tuple[str, dict]) -> Remarks:
    remarks = Remarks()
    for n, (kind, data) in enumerate(entries):
        remarks.take(Entry(kind=kind, at=AT, data=data), float(n), n)
    return remarks


def test_a_clip_that_was_shown_is_named_with_its_rights_licences_and_hash() -> None:
    (remark,) = taken(("clip.started", SHOWN), ("clip.ended", {"clip": "pour"})).kept
    assert (remark.kind, remark.at) == ("clip", 0.0)
    assert remark.text == "pour · dawn-mug · Filmed by Lin Hao · ana-2026 · ab12"


def test_one_that_was_kept_off_the_air_says_why() -> None:
    kept = taken(
        ("clip.withdrawn", {"clip": "pour", "why": "Ana Silva withdrew the licence ana-2026."}),
        ("clip.refused", {"clip": "pour", "why": "dawn-mug is not for sale"}),
    ).kept
    assert [r.kind for r in kept] == ["clip_off", "clip_off"]
    assert "withdrew" in kept[0].text and "not for sale" in kept[1].text


def test_a_ledger_of_another_hand_breaks_nothing_and_many_are_counted() -> None:
    odd = taken(("clip.started", {"licences": 7}), ("clip.refused", {}))
    assert [r.kind for r in odd.kept] == ["clip", "clip_off"]
    many = taken(*[("clip.started", SHOWN)] * (MOST_REMARKS + 3))
    assert (len(many.kept), many.more) == (MOST_REMARKS, 3)


def test_every_kind_has_its_words_in_both_languages() -> None:
    for words in EVIDENCE_WORDS.values():
        assert {f"ev_remark_{kind}" for kind in KINDS} <= set(words)
