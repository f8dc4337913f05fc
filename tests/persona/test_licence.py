"""A licence at its edges: a second before and after its term, each scope and consent by itself."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from licences import AT, FROM, SECOND, SPOKEN, TO, licence
from pydantic import ValidationError

from persona.licence import PHRASE_VALID, FeePerMinute, FeeShare, Licence, Phrase, Use, load_licence
from products.documents import DocumentError


def rules(
    given: Licence, use=Use.LIVE, platform="youtube", category="Shoes", territory="US", at=AT, **more
) -> list[str]:
    return [f.rule for f in given.allows(use, platform, category, territory, at, **more)]


def test_within_everything_nothing_stands_against_it() -> None:
    assert rules(licence()) == []


@pytest.mark.parametrize(
    ("at", "found"),
    [
        (FROM - SECOND, ["LICENCE-TERM"]),
        (FROM - timedelta(microseconds=1), ["LICENCE-TERM"]),
        (FROM, []),
        (TO - timedelta(microseconds=1), []),
        (TO, ["LICENCE-TERM"]),
        (TO + SECOND, ["LICENCE-TERM"]),
    ],
)
def test_the_term_to_the_microsecond(at, found) -> None:
    assert rules(licence(), at=at) == found


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"use": Use.REPLAY}, ["LICENCE-USE"]),
        ({"platform": "tiktok_shop"}, ["LICENCE-PLATFORM"]),
        ({"platform": ""}, ["LICENCE-PLATFORM"]),
        ({"platform": "YouTube"}, []),
        ({"category": "Hats"}, ["LICENCE-CATEGORY"]),
        ({"category": ""}, ["LICENCE-CATEGORY"]),
        ({"category": "shoes"}, []),
        ({"territory": "CN"}, ["LICENCE-TERRITORY"]),
        ({"territory": ""}, ["LICENCE-TERRITORY"]),
        ({"territory": "US-NY"}, []),
        ({"territory": "DE"}, ["LICENCE-TERRITORY"]),
        ({"territory": "DE", "wider": ("EU",)}, []),
        (
            {"platform": "x", "category": "y", "territory": "ZZ"},
            ["LICENCE-PLATFORM", "LICENCE-CATEGORY", "LICENCE-TERRITORY"],
        ),
    ],
)
def test_each_scope_by_itself(asked, found) -> None:
    assert rules(licence(), **asked) == found


def test_a_state_does_not_give_the_country() -> None:
    assert rules(licence(territories=("US-NY",)), territory="US") == ["LICENCE-TERRITORY"]


def test_a_star_is_all_and_an_empty_scope_is_nothing() -> None:
    wide = licence(platforms=("*",), categories=("*",), territories=("*",))
    assert rules(wide, platform="anything", category="", territory="ZZ") == []
    none = licence(platforms=(), categories=(), territories=())
    assert rules(none) == ["LICENCE-PLATFORM", "LICENCE-CATEGORY", "LICENCE-TERRITORY"]


@pytest.mark.parametrize(("part", "rule"), [("face", "LICENCE-FACE"), ("voice", "LICENCE-VOICE")])
def test_face_and_voice_are_consented_apart(part, rule) -> None:
    half = licence(**{part: False})
    assert rules(half) == [rule]
    assert rules(half, **{part: False}) == []


@pytest.mark.parametrize(
    ("late", "found"), [(-SECOND, []), (timedelta(0), ["LICENCE-WITHDRAWN"]), (SECOND, ["LICENCE-WITHDRAWN"])]
)
def test_withdrawn_from_that_moment_on(late, found) -> None:
    gone = licence(withdrawn_at=AT)
    assert rules(gone, at=AT + late) == found
    assert [f.rule for f in gone.standing(AT + late)] == found


def test_measurement_makes_and_never_shows() -> None:
    short = licence(kind="measurement", uses=(), phrase=None)
    assert [rules(short, use) for use in (Use.PREPARE, Use.TRAIN, Use.EVALUATE)] == [[], [], []]
    for use in (Use.LIVE, Use.CLIP, Use.REPLAY):
        assert "LICENCE-KIND" in rules(short, use)
    with pytest.raises(ValidationError, match="can show nothing"):
        licence(kind="measurement")


@pytest.mark.parametrize("phrase", [None, Phrase(words="seven green kettles", issued_at=FROM)])
def test_without_the_confirmed_phrase_it_is_made_but_not_shown(phrase) -> None:
    assert rules(licence(phrase=phrase)) == ["LICENCE-PHRASE"]
    assert rules(licence(phrase=phrase), Use.TRAIN) == []


def test_the_phrase_is_valid_for_thirty_minutes() -> None:
    spoken = SPOKEN.model_dump()
    assert Phrase(**{**spoken, "confirmed_at": FROM + PHRASE_VALID}).confirmed_at == FROM + PHRASE_VALID
    for wrong in (
        {"confirmed_at": FROM + PHRASE_VALID + timedelta(microseconds=1)},
        {"confirmed_at": FROM - SECOND},
        {"checked": ()},
        {"checked": ("person",)},
        {"checked": ("hearsay",)},
    ):
        with pytest.raises(ValidationError):
            Phrase(**{**spoken, **wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "Ana/../x"},
        {"performer": "  "},
        {"kind": "gift"},
        {"face": False, "voice": False},
        {"uses": ()},
        {"uses": ("live", "train")},
        {"platforms": ("*", "youtube")},
        {"categories": ("",)},
        {"territories": ("usa",)},
        {"valid_to": FROM},
        {"valid_from": datetime(2026, 11, 1)},  # noqa: DTZ001  that it has no zone is the point
        {"document": "a" * 63},
        {"document": "A" * 64},
        {"fee": {"by": "airtime_minute", "amount": "-1", "currency": "EUR"}},
        {"fee": {"by": "airtime_minute", "amount": "1", "currency": "euro"}},
        {"fee": {"by": "sales_share", "share": "1.01", "currency": "EUR"}},
        {"fee": {"by": "favour"}},
        {"surprise": 1},
    ],
)
def test_every_field_is_checked(wrong) -> None:
    with pytest.raises(ValidationError):
        licence(**wrong)


def test_fees_are_decimal() -> None:
    minute = licence(fee={"by": "airtime_minute", "amount": "2.15", "currency": "EUR"}).fee
    share = licence(fee={"by": "sales_share", "share": "0.035", "currency": "USD"}).fee
    assert isinstance(minute, FeePerMinute) and minute.amount == Decimal("2.15")
    assert isinstance(share, FeeShare) and share.share == Decimal("0.035")


def test_a_moment_without_a_zone_is_an_error() -> None:
    with pytest.raises(ValueError, match="time zone"):
        licence().allows(Use.LIVE, "youtube", "Shoes", "US", datetime(2026, 11, 22))  # noqa: DTZ001


def test_a_file_with_a_mistake_names_the_field(tmp_path) -> None:
    path = tmp_path / "ana.yaml"
    path.write_text("id: ana\nperformer: Ana\nkind: show\n", "utf-8")
    with pytest.raises(DocumentError, match="valid_from"):
        load_licence(path)
