"""What packs say of words reaches clearance."""

from datetime import date

import pytest

from bot.compliance.packs import load_packs
from bot.compliance.speech_rules import rules_of
from products.errors import ContentError

TODAY = date(2026, 11, 22)


def test_china_asks_for_the_compared_price_and_no_place_for_nothing() -> None:
    packs = load_packs()
    assert "CN-117-32" in rules_of(packs, "CN", TODAY).compared_price_rules
    assert rules_of(packs, "CN", date(2025, 1, 1)).compared_price_rules == ()
    assert rules_of(packs, "", TODAY).compared_price_rules == ()


def test_a_state_has_the_rules_of_its_country() -> None:
    assert "first_person_use_without_experience" in rules_of(load_packs(), "US-NY", TODAY).forbidden_claims


def test_an_unknown_place_is_an_error() -> None:
    with pytest.raises(ContentError, match="XX"):
        rules_of(load_packs(), "XX", TODAY)
