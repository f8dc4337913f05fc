"""The rules at work in one show: what is seen each second, and what that means for the session."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import numpy as np
import pytest

from bot.app import make_label_spec
from bot.compliance.decision import Decision, decide
from bot.compliance.evidence import ShowFacts
from bot.compliance.kinds import Label
from bot.compliance.label import Drawn, draw_label, drawn, label_lines
from bot.compliance.packs import load_packs
from bot.compliance.presence import PresenceDesk
from bot.compliance.selection import Destination
from bot.show.messages import CheckIn, Evidence
from bot.show.room_rules import RoomRules
from bot.show.session import Event
from bot.stage.layout import layout
from bot.stage.proportions import Shares

START = datetime(2026, 11, 22, 19, tzinfo=UTC)
PACKS = load_packs()
FACTS = ShowFacts(cloned_person=False, virtual_scene=True, prerecorded=False)


def decision(platform: str, market: str) -> Decision:
    return decide(
        PACKS, [Destination(platform, market)], (market,), date(2026, 11, 22), FACTS, local_try=True
    )


ROOM, DOUYIN = decision("room", "US"), decision("douyin", "CN")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def rules(found: Decision) -> RoomRules:
    return RoomRules(found, PresenceDesk(found.merged.presence), Random(1))


def proved(desk: RoomRules, seconds: float) -> None:
    desk.check_in(CheckIn(name="Mei", arriving=True), at(seconds))
    asked = desk.next_challenge(at(seconds))
    assert asked is not None and desk.challenge == asked
    answer = "".join(c for c in asked.text if c.isdigit())
    said = Evidence(kind="challenge", score=1, at=at(seconds), challenge=asked.id, answer=answer)
    assert desk.evidence(said, at(seconds))
    assert desk.challenge is None, "an answered question is not asked of who joins later"
    assert desk.evidence(Evidence(kind="face", score=0.9, at=at(seconds)), at(seconds))


def test_the_room_needs_nobody_and_is_clear() -> None:
    desk = rules(ROOM)
    ruling = desk.ruling(at(0))
    assert not desk.needs_cohost
    assert (ruling.cohost, ruling.policy) == (Event.COHOST_SEEN, Event.RULES_CLEAR)
    assert ruling.reasons == ()


def test_a_show_without_its_cohost_holds_and_says_what_is_missing() -> None:
    desk = rules(DOUYIN)
    ruling = desk.ruling(at(0))
    assert desk.needs_cohost
    assert (ruling.cohost, ruling.policy) == (Event.COHOST_GONE, Event.RULES_HOLD)
    assert any("check in" in reason for reason in ruling.reasons)


def test_a_check_in_alone_changes_nothing_and_proof_does() -> None:
    desk = rules(DOUYIN)
    desk.check_in(CheckIn(name="Mei", arriving=True), at(0))
    assert desk.ruling(at(1)).policy is Event.RULES_HOLD
    proved(desk, 2)
    ruling = desk.ruling(at(3))
    assert (ruling.cohost, ruling.presence.name) == (Event.COHOST_SEEN, "Mei")
    assert ruling.policy in (Event.RULES_CLEAR, Event.RULES_WARN)


def test_a_cohost_who_leaves_is_late_then_gone() -> None:
    desk = rules(DOUYIN)
    proved(desk, 0)
    desk.check_in(CheckIn(name="Mei", arriving=False), at(10))
    ruling = desk.ruling(at(11))
    assert (ruling.cohost, ruling.policy) == (Event.COHOST_LATE, Event.RULES_HOLD)
    deadline = ruling.presence.deadline
    assert deadline is not None
    over = desk.ruling(deadline + timedelta(seconds=1))
    assert (over.cohost, over.policy) == (Event.COHOST_GONE, Event.RULES_STOP)


def test_evidence_that_does_not_count_is_said_not_to() -> None:
    desk = rules(DOUYIN)
    assert not desk.evidence(Evidence(kind="face", score=0.9, at=at(0)), at(0)), "nobody has checked in"
    desk.check_in(CheckIn(name="Mei", arriving=True), at(0))
    assert not desk.evidence(Evidence(kind="activity", score=1, at=at(0)), at(0))
    wrong = Evidence(kind="challenge", score=1, at=at(0), challenge="c9", answer="1234")
    assert not desk.evidence(wrong, at(0))


@pytest.mark.parametrize("found", [ROOM, DOUYIN], ids=["room", "douyin"])
def test_a_label_that_is_not_seen_while_the_host_is_on_air_does_not_pass(found: Decision) -> None:
    desk = rules(found)
    if desk.needs_cohost:
        proved(desk, 0)
    desk.on_air(at(0))
    desk.label_seen(at(5), 0.2)
    desk.spoke(at(5))
    fine = desk.ruling(at(5)).policy
    assert fine in (Event.RULES_CLEAR, Event.RULES_WARN)
    desk.label_seen(at(60), 55.0)
    lost = desk.ruling(at(60))
    assert lost.policy in (Event.RULES_HOLD, Event.RULES_STOP)
    assert any("label" in reason.lower() for reason in lost.reasons)
    desk.on_air(None)
    assert not any("label" in reason.lower() for reason in desk.ruling(at(61)).reasons), "no host, no label"


def drawn_label(found: Decision, language: str) -> Drawn:
    """As a show draws it, over a bright picture."""
    spec = make_label_spec(found, language)
    white = (np.full((1280, 720), 235, np.uint8), *(np.full((640, 360), 128, np.uint8) for _ in "uv"))
    return drawn(draw_label(spec, layout(720, 1280, label_lines(spec.text))), white)


def on_air(found: Decision, label: Drawn) -> RoomRules:
    """A running show with its co-host in the room, whose label was seen just now."""
    desk = RoomRules(found, PresenceDesk(found.merged.presence), Random(1), label)
    if desk.needs_cohost:
        proved(desk, 0)
    desk.on_air(at(0))
    desk.spoke(at(0))
    desk.label_seen(at(1), 0.0)
    return desk


@pytest.mark.parametrize(
    "platform, market, language",
    [("room", "US", "en"), ("douyin", "CN", "zh"), ("kuaishou", "CN", "en"), ("youtube", "EU", "en"),
     ("youtube", "KR", "en"), ("facebook_live", "EU", "zh")],
)  # fmt: skip
def test_the_label_that_is_drawn_breaks_no_rule_on_the_air(platform, market, language) -> None:
    found = decision(platform, market)
    ruling = on_air(found, drawn_label(found, language)).ruling(at(1))
    about = [rule.id for rule in found.merged.rules if isinstance(rule.params, Label)]
    assert not [f for f in ruling.findings if f.rule in about]
    assert ruling.policy in (Event.RULES_CLEAR, Event.RULES_WARN)


@pytest.mark.parametrize(
    "worse, broken",
    [
        ({"height_ratio": 35 / 720}, {"CN-GB-5.4", "CN-GB-5.5"}),
        ({"text": "AI"}, {"CN-GB-5.4", "CN-GB-5.5"}),
        ({"contrast": 4.49}, {"CN-GB-5.4"}),
        ({"place": "anywhere"}, {"CN-GB-5.4", "CN-GB-5.5"}),
    ],
)
def test_a_label_that_is_worse_than_the_rules_ask_holds_the_show(worse, broken) -> None:
    label = drawn_label(DOUYIN, "zh")
    ruling = on_air(DOUYIN, replace(label, **worse)).ruling(at(1))
    assert broken <= {f.rule for f in ruling.findings} and ruling.policy is Event.RULES_HOLD


def test_a_virtual_scene_is_judged_where_the_host_is_drawn_and_not_while_a_person_is_alone() -> None:
    desk = on_air(DOUYIN, replace(drawn_label(DOUYIN, "zh"), height_ratio=0.04))
    assert "CN-GB-5.5" in {f.rule for f in desk.ruling(at(1)).findings}
    desk.on_air(at(1), synthetic=False)
    assert "CN-GB-5.5" not in {f.rule for f in desk.ruling(at(1)).findings}


def test_reasons_are_said_once() -> None:
    reasons = rules(DOUYIN).ruling(at(0)).reasons
    assert len(set(reasons)) == len(reasons)


def reasons(found: Decision, desk: RoomRules, seconds: float) -> set[str]:
    """Rules that are broken at that second."""
    return {f.rule for f in desk.ruling(at(seconds)).findings}


TIKTOK_TH, TIKTOK_US = decision("tiktok_shop", "TH"), decision("tiktok_shop", "US")
SHOPEE, KUAISHOU, FACEBOOK = (
    decision("shopee_live", "PH"),
    decision("kuaishou", "CN"),
    decision("facebook_live", "US"),
)


def test_a_slate_is_a_pause_once_the_show_is_live_and_the_fourth_ends_it() -> None:
    desk, rule = rules(TIKTOK_TH), "TT-SHOP-STILL.pause"
    desk.held(at(0))
    assert not desk.warnings(), "the slate before a show is no pause"
    desk.on_air(at(10))
    for n in range(3):
        desk.held(at(20 + 10 * n))
        desk.held(at(21 + 10 * n))  # the same slate, told twice
        assert rule not in reasons(TIKTOK_TH, desk, 22 + 10 * n)
        desk.held(None)
    assert "3 of 3" in desk.warnings()[0] and rule in desk.warnings()[0]
    desk.held(at(60))
    ruling = desk.ruling(at(60))
    assert rule in {f.rule for f in ruling.findings} and ruling.policy is Event.RULES_STOP


def test_a_pause_may_last_its_five_minutes_and_no_second_more() -> None:
    desk, rule = rules(TIKTOK_TH), "TT-SHOP-STILL.pause"
    desk.on_air(at(0))
    desk.held(at(10))
    assert rule not in reasons(TIKTOK_TH, desk, 310)
    assert rule in reasons(TIKTOK_TH, desk, 311)
    desk.held(None)
    assert rule not in reasons(TIKTOK_TH, desk, 312)


def test_a_picture_that_stands_is_seen_and_tried_again_only_after_a_while() -> None:
    desk, rule = rules(FACEBOOK), "FB-LIVE"
    desk.on_air(at(0))
    desk.pictured(at(1), Shares(), stands=False)
    assert rule not in reasons(FACEBOOK, desk, 1)
    desk.pictured(at(2), Shares(), stands=True)
    assert rule in reasons(FACEBOOK, desk, 2)
    desk.pictured(at(11), Shares(), stands=False)
    assert rule in reasons(FACEBOOK, desk, 11), "a slate covers it now: that it moves again is not known"
    desk.pictured(at(13), Shares(), stands=False)
    assert rule not in reasons(FACEBOOK, desk, 13)


def test_the_share_of_time_with_a_human_is_counted_from_going_live() -> None:
    desk, rule = rules(SHOPEE), "SHP-PH.cam"
    proved(desk, 0)
    desk.on_air(at(0))
    for second in range(0, 100):
        desk.evidence(Evidence(kind="face", score=0.9, at=at(second)), at(second))
        assert rule not in reasons(SHOPEE, desk, second), "somebody was there all the time"
    desk.check_in(CheckIn(name="Mei", arriving=False), at(100))
    away = [f.message for f in desk.ruling(at(200)).findings if f.rule == rule]
    assert any("for 49.5% of the air time" in text for text in away)


def test_too_short_a_time_says_nothing_of_a_share() -> None:
    desk = rules(SHOPEE)
    desk.on_air(at(0))
    assert not any("of the air time" in f.message for f in desk.ruling(at(59)).findings)
    assert any("of the air time" in f.message for f in desk.ruling(at(60)).findings)


@pytest.mark.parametrize(
    "found, rule, fine, bad",
    [
        (KUAISHOU, "KS-2024-03", Shares(figure_height=0.5), Shares(figure_height=0.499)),
        (TIKTOK_US, "TT-US-2026.static", Shares(stills=0.5), Shares(stills=0.501)),
        (TIKTOK_US, "TT-US-2026", Shares(figure_area=0.5), Shares(figure_area=0.501)),
    ],
)
def test_how_the_picture_is_divided_is_judged_at_its_edges(found, rule, fine, bad) -> None:
    def broken(shares: Shares) -> set[str]:
        desk = rules(found)
        desk.on_air(at(0))
        desk.pictured(at(1), shares, stands=False)
        return {f.rule for f in desk.ruling(at(1)).findings if "%" in f.message}

    assert rule not in broken(fine) and rule not in broken(Shares())
    assert rule in broken(bad)


def test_a_notice_is_due_again_after_its_time() -> None:
    desk, rule = rules(DOUYIN), "CN-ANTHRO"
    desk.on_air(at(0))
    assert rule not in reasons(DOUYIN, desk, 7200)
    assert rule in reasons(DOUYIN, desk, 7201)
    desk.notice(at(7201))
    assert rule not in reasons(DOUYIN, desk, 7202)


def test_a_film_before_a_persons_camera_is_no_live_content_while_they_are_the_show() -> None:
    desk, rule = rules(FACEBOOK), "FB-LIVE"
    desk = RoomRules(FACEBOOK, PresenceDesk(DOUYIN.merged.presence), Random(1))
    proved(desk, 0)
    desk.on_air(at(0), synthetic=False)
    assert rule not in reasons(FACEBOOK, desk, 1)
    desk.evidence(Evidence(kind="picture", score=0.0, at=at(2)), at(2))
    assert rule in reasons(FACEBOOK, desk, 3)
    desk.on_air(at(4))
    assert rule not in reasons(FACEBOOK, desk, 5), "the camera is not on the air"
