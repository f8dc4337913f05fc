"""The preflight: what is not proved has failed, what a person can still supply waits, each item by itself."""

from dataclasses import replace
from datetime import date

import pytest

from bot.compliance.decision import decide
from bot.compliance.evidence import ShowFacts
from bot.compliance.packs import load_packs
from bot.compliance.preflight import (
    MAX_AHEAD_S,
    MAX_STEP_S,
    ClockProof,
    FigureProof,
    LabelProof,
    Proofs,
    State,
    preflight,
)
from bot.compliance.selection import Destination

PACKS = load_packs()
DAY = date(2026, 11, 22)
DRAWN = ShowFacts(cloned_person=False, virtual_scene=True, prerecorded=False)
LABEL = LabelProof("AI-generated host", (), 0.98, 0.8, 5)
GOOD = Proofs(LABEL, {"mp4": "", "flv": ""}, "", ClockProof(0.0, True, 0.0), minutes=60)


def decided(*to: str, audience=("US",), facts=DRAWN, local=False):
    places = [Destination(*name.split()) for name in to]
    return decide(PACKS, places, audience, DAY, facts, local_try=local)


def states(decision, proofs=GOOD) -> dict[str, State]:
    return {item.name: item.state for item in preflight(decision, proofs).items}


def test_in_the_room_everything_passes() -> None:
    checklist = preflight(decided("room", local=True), GOOD)
    assert checklist.ok and {i.state for i in checklist.items} == {State.PASSED}
    names = "rules licence registrations flags simulcast duration co-host label metadata space clocks".split()
    assert [i.name.removeprefix("platform ") for i in checklist.items] == names


def test_what_nobody_measured_has_failed() -> None:
    """Fails closed: no proof at all is no show."""
    failed = {i.name for i in preflight(decided("room", local=True), Proofs()).failed}
    assert failed == {"label", "metadata", "space", "clocks"}


@pytest.mark.parametrize(
    ("change", "item", "state"),
    [
        ({"label": replace(LABEL, looks=0)}, "label", State.FAILED),
        ({"label": replace(LABEL, least_score=0.7999)}, "label", State.FAILED),
        ({"label": replace(LABEL, least_score=0.8)}, "label", State.PASSED),
        (
            {"label": replace(LABEL, misses=("the text is 35 px high, 36 px are asked for",))},
            "label",
            State.FAILED,
        ),
        ({"metadata": {"mp4": "the record stands in it 2 times", "flv": ""}}, "metadata", State.FAILED),
        ({"space": "The recording may take 9 GB"}, "space", State.FAILED),
        ({"clock": ClockProof(MAX_STEP_S + 0.001, True, 0.0)}, "clocks", State.FAILED),
        ({"clock": ClockProof(-MAX_STEP_S - 0.001, True, 0.0)}, "clocks", State.FAILED),
        ({"clock": ClockProof(MAX_STEP_S, True, 0.0)}, "clocks", State.PASSED),
        ({"clock": ClockProof(0.0, True, MAX_AHEAD_S + 1)}, "clocks", State.FAILED),
        ({"clock": ClockProof(0.0, False, 0.0)}, "clocks", State.WAITING),
        ({"clock": ClockProof(0.0, None, 0.0)}, "clocks", State.PASSED),
    ],
)
def test_each_proof_decides_its_own_item_alone(change, item, state) -> None:
    got = states(decided("room", local=True), replace(GOOD, **change))
    assert got.pop(item) is state
    assert set(got.values()) == {State.PASSED}


def test_a_platform_that_waits_for_a_confirmation_fails_and_says_so() -> None:
    checklist = preflight(decided("douyin CN", audience=("CN",)), GOOD)
    rules = next(i for i in checklist.failed if i.name == "rules")
    assert "not fully known" in rules.message and "confirmation" in rules.remedy


def test_proof_that_is_missing_fails_there_and_only_waits_in_a_try() -> None:
    cloned = ShowFacts(cloned_person=True)
    assert states(decided("kuaishou CN", audience=("CN",), facts=cloned))["licence"] is State.FAILED
    there = states(decided("douyin CN", audience=("CN",)))
    here = states(decided("douyin CN", audience=("CN",), local=True))
    assert there["registrations"] is State.FAILED and here["registrations"] is State.WAITING
    assert here["co-host"] is State.WAITING and here["rules"] is State.PASSED


def test_a_platform_that_wants_the_show_alone() -> None:
    got = states(decided("tiktok_shop ID", "youtube", audience=("ID",)))
    assert got["simulcast"] is State.FAILED
    assert states(decided("youtube", "facebook_live"))["simulcast"] is State.WAITING, "unverified: FB-SIM"
    assert states(decided("youtube", "kuaishou CN"))["simulcast"] is State.PASSED


@pytest.mark.parametrize(
    ("minutes", "rollover", "state"),
    [
        (29.9, False, State.WAITING),  # TT-US-EVENT, which warns: 30 min to 13 h
        (30, False, State.PASSED),
        (13 * 60, False, State.PASSED),
        (13 * 60 + 0.1, False, State.WAITING),
        (13 * 60 + 0.1, True, State.PASSED),
        (None, False, State.WAITING),
        (None, True, State.PASSED),
    ],
)
def test_the_planned_length_against_the_caps(minutes, rollover, state) -> None:
    human = ShowFacts(synthetic_person=False, synthetic_voice=False)
    decision = decided("tiktok_shop US", facts=human)
    assert states(decision, replace(GOOD, minutes=minutes, rollover=rollover))["duration"] is state


def test_a_flag_that_the_interface_sets_waits_for_the_broadcast() -> None:
    flags = next(i for i in preflight(decided("youtube"), GOOD).items if i.name == "platform flags")
    assert flags.state is State.WAITING and "containsSyntheticMedia" in flags.message


def test_it_can_be_recorded() -> None:
    import json

    record = json.loads(json.dumps(preflight(decided("youtube"), GOOD).record(), ensure_ascii=False))
    assert {"item", "state", "message", "remedy", "rules"} == set(record["items"][0])


FIGURE = FigureProof(0.64, 0.31, 0.47)


@pytest.mark.parametrize(
    ("figure", "state", "words"),
    [
        (FIGURE, State.PASSED, "64% of the picture high"),
        (replace(FIGURE, height=0.5), State.PASSED, "50% of the picture high"),
        (replace(FIGURE, height=0.499), State.FAILED, "at least 50% of the picture high"),
        (replace(FIGURE, centre=0.7), State.FAILED, "70% from the left"),
        (FigureProof(None, None, None), State.WAITING, "its outline is not measured"),
        (None, State.WAITING, "its outline is not measured"),
    ],
)
def test_a_figure_is_as_large_and_where_a_platform_asks(figure, state, words) -> None:
    kuaishou = decided("kuaishou CN", audience=("CN",))
    item = next(i for i in preflight(kuaishou, replace(GOOD, figure=figure)).items if i.name == "figure")
    assert item.state is state and words in item.message and item.rules == ("KS-2024-03",)


def test_where_no_rule_asks_for_a_figures_size_there_is_no_such_item() -> None:
    assert "figure" not in states(decided("room", local=True), replace(GOOD, figure=FIGURE))
    assert "figure" in states(decided("kuaishou CN", audience=("CN",), local=True), GOOD)
