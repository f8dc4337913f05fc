"""The co-host: proof, grace, challenges."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.compliance.merge import PresenceNeed, merge
from bot.compliance.packs import load_packs
from bot.compliance.presence import Presence, PresenceDesk
from bot.show.messages import Challenge, Evidence

START = datetime(2026, 11, 22, 19, tzinfo=UTC)
DOUYIN = merge(load_packs()["douyin"].rules).presence
CAMERA = (PresenceNeed("SHP-PH.cam", ("human_on_camera",)),)
VOICE = (PresenceNeed("TT-US-2026", ("human_live_voice",)),)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def seen(kind: str, seconds: float, score: float = 0.9, **more) -> Evidence:
    return Evidence(kind=kind, score=score, at=at(seconds), **more)


def code(challenge: Challenge) -> str:
    return "".join(c for c in challenge.text if c.isdigit())


def answered(desk: PresenceDesk, challenge: Challenge, seconds: float, answer: str | None = None) -> bool:
    right = {"press_now": "pressed"}.get(challenge.kind, challenge.expect or code(challenge))
    given_ = right if answer is None else answer
    return desk.evidence(seen("challenge", seconds, 1.0, challenge=challenge.id, answer=given_))


def arrived(needs=DOUYIN, **options) -> PresenceDesk:
    """A desk whose co-host checked in at 0, answered the first question at 5 and was seen at 5."""
    desk = PresenceDesk(needs, **options)
    desk.check_in("Mei", True, at(0))
    first = desk.challenge(at(0), Random(1))
    assert first is not None
    assert answered(desk, first, 5)
    desk.evidence(seen("face", 5))
    return desk


def test_the_show_waits_until_somebody_is_proved_present() -> None:
    desk = PresenceDesk(DOUYIN)
    waiting = desk.status(at(0))
    assert (waiting.status, waiting.hold, waiting.stop) == (Presence.ABSENT, True, False)
    assert waiting.needed == ("A co-host has to check in by name.",)
    assert not desk.status(at(99_999)).stop  # nothing has begun, so nothing runs out
    assert arrived().status(at(6)).status is Presence.PRESENT


def test_a_check_in_alone_proves_nothing() -> None:
    desk = PresenceDesk(CAMERA)
    desk.check_in("Mei", True, at(0))
    assert desk.status(at(1)).status is Presence.ABSENT
    assert desk.status(at(1)).needed == ("Mei: show your face to the camera (SHP-PH.cam).",)


@pytest.mark.parametrize("needs", [DOUYIN, CAMERA, VOICE])
def test_clicks_and_activity_never_prove_anything(needs) -> None:
    desk = PresenceDesk(needs)
    desk.check_in("Mei", True, at(0))
    for second in range(200):
        assert not desk.evidence(seen("activity", second, 1.0))
        assert not desk.evidence(seen("challenge", second, 1.0))  # a click without a question
    assert desk.status(at(200)).status is Presence.ABSENT


def test_nobody_without_a_name_and_no_faint_face() -> None:
    desk = PresenceDesk(CAMERA)
    assert not desk.evidence(seen("face", 1))
    desk.check_in("  ", True, at(2))
    assert not desk.evidence(seen("face", 3))
    desk.check_in("Mei", True, at(4))
    assert not desk.evidence(seen("face", 5, 0.49))
    assert desk.evidence(seen("face", 5, 0.5))
    assert desk.status(at(5)).status is Presence.PRESENT


@pytest.mark.parametrize(
    ("needs", "kind", "enough"),
    [(CAMERA, "face", True), (CAMERA, "voice", False), (VOICE, "voice", True), (VOICE, "face", False)],
)
def test_each_mode_takes_its_own_proof(needs, kind, enough) -> None:
    desk = PresenceDesk(needs)
    desk.check_in("Mei", True, at(0))
    desk.evidence(seen(kind, 1))
    assert (desk.status(at(1)).status is Presence.PRESENT) is enough


def test_two_rules_want_both() -> None:
    desk = PresenceDesk((*CAMERA, *VOICE))
    desk.check_in("Mei", True, at(0))
    desk.evidence(seen("face", 1))
    assert desk.status(at(1)).needed == ("Mei: speak into the microphone (TT-US-2026).",)
    desk.evidence(seen("voice", 2))
    assert desk.status(at(2)).status is Presence.PRESENT
    desk.evidence(seen("face", 110))
    assert desk.status(at(123)).status is Presence.LATE  # the face is fresh, the voice is not


def test_douyin_holds_after_120_s_and_ends_300_s_later() -> None:
    desk = arrived()
    assert desk.status(at(124.9)).status is Presence.PRESENT
    late = desk.status(at(125))
    assert (late.status, late.hold, late.stop) == (Presence.LATE, True, False)
    assert late.absent_since == at(125) and late.deadline == at(425) and late.then == "stop"
    assert not desk.status(at(425)).stop
    over = desk.status(at(425.1))
    assert (over.status, over.hold, over.stop) == (Presence.ABSENT, True, True)


def test_who_comes_back_in_time_is_present_again() -> None:
    desk = arrived()
    assert desk.status(at(300)).status is Presence.LATE
    desk.evidence(seen("voice", 301))
    assert desk.status(at(301)).status is Presence.PRESENT
    assert desk.status(at(301)).absent_since is None


def test_leaving_starts_the_grace_at_once() -> None:
    desk = arrived()
    desk.check_in("Mei", False, at(60))
    left = desk.status(at(60))
    assert (left.status, left.hold, left.absent_since) == (Presence.LATE, True, at(60))
    assert desk.status(at(360.1)).stop


def test_clicking_check_in_again_does_not_wind_the_grace_back() -> None:
    desk = arrived()
    for second in range(130, 430, 10):
        desk.check_in("Mei", True, at(second))
    assert desk.status(at(425.1)).stop


def test_another_co_host_takes_over_within_the_grace() -> None:
    desk = arrived()
    desk.check_in("Mei", False, at(60))
    desk.check_in("Jun", True, at(100))
    desk.evidence(seen("face", 101))
    half = desk.status(at(101))
    assert half.status is Presence.LATE and half.absent_since == at(60)
    assert "so that we know it is you" in half.needed[0]
    asked = desk.challenge(at(101), Random(2))
    assert asked is not None and answered(desk, asked, 110)
    assert desk.status(at(110)).status is Presence.PRESENT and desk.status(at(110)).name == "Jun"


# ---- challenges


def test_a_question_comes_at_once_when_identity_matters_and_at_random_times_later() -> None:
    desk = arrived(challenge_every_s=100.0)
    moments = []
    for second in range(6, 2000):
        desk.evidence(seen("face", second))
        if (asked := desk.challenge(at(second), Random(second))) is not None:
            moments.append(second)
            assert answered(desk, asked, second)
    gaps = [b - a for a, b in pairwise(moments)]
    assert all(50 <= gap <= 151 for gap in gaps)
    assert len(set(gaps)) > 3  # not to be foreseen


def test_a_question_that_nobody_answers_outweighs_a_face() -> None:
    """A picture held before the camera keeps the face; it cannot read."""
    desk = arrived(challenge_every_s=60.0, challenge_s=30.0)
    rng, late_at = Random(3), None
    for second in range(6, 500):
        desk.evidence(seen("face", second))
        desk.challenge(at(second), rng)
        status = desk.status(at(second))
        if status.status is not Presence.PRESENT and late_at is None:
            late_at = second
            assert "not answered in time" in status.needed[0]
        if status.stop:
            break
    assert late_at is not None and 5 + 30 + 30 <= late_at <= 5 + 90 + 32
    assert status.stop and second == pytest.approx(late_at + 300, abs=2)


def test_after_a_missed_question_another_comes_at_once_and_mends_it() -> None:
    desk = PresenceDesk(CAMERA, challenge_every_s=100.0, challenge_s=20.0)
    desk.check_in("Mei", True, at(0))
    first = desk.challenge(at(0), Random(1))
    assert first is not None
    desk.evidence(seen("face", 1))
    assert desk.challenge(at(10), Random(1)) is None
    assert desk.status(at(20.5)).status is Presence.LATE
    assert not answered(desk, first, 21)  # too late
    second = desk.challenge(at(21), Random(1))
    assert second is not None and second.id != first.id
    assert not answered(desk, second, 22, answer="0000" if code(second) != "0000" else "1111")
    assert not answered(desk, first, 22, answer=code(second))  # the right words to the wrong question
    assert answered(desk, second, 23)
    assert desk.status(at(23)).status is Presence.PRESENT


def test_answers_are_read_kindly() -> None:
    for write in (
        str,
        lambda c: f" {c} ",
        " ".join,
        lambda c: c.translate({ord(str(d)): 0xFF10 + d for d in range(10)}),
    ):
        desk = PresenceDesk(DOUYIN)
        desk.check_in("Mei", True, at(0))
        asked = desk.challenge(at(0), Random(7))
        assert asked is not None
        assert answered(desk, asked, 1, answer=write(code(asked)))


def test_an_answer_counts_once() -> None:
    desk = PresenceDesk(DOUYIN)
    desk.check_in("Mei", True, at(0))
    asked = desk.challenge(at(0), Random(7))
    assert asked is not None
    assert answered(desk, asked, 1)
    assert not answered(desk, asked, 100)


def test_chinese_words_for_a_chinese_room() -> None:
    desk = PresenceDesk(DOUYIN, language="zh-CN")
    desk.check_in("美", True, at(0))
    asked = desk.challenge(at(0), Random(7))
    assert asked is not None and asked.text.startswith("请输入")


def test_an_accelerated_try_uses_the_shows_own_time() -> None:
    desk = PresenceDesk(CAMERA)
    desk.check_in("Mei", True, at(1000))
    desk.evidence(seen("face", 10), at(1010))  # the console's clock says 10, the show's 1010
    assert desk.status(at(1011)).status is Presence.PRESENT


def test_people_do_not_answer_faster_on_an_accelerated_clock() -> None:
    desk = PresenceDesk(DOUYIN, speed=20.0, challenge_s=45.0)
    desk.check_in("Mei", True, at(0))
    asked = desk.challenge(at(0), Random(1))
    assert asked is not None and asked.seconds == 45  # what the co-host is told
    assert desk.evidence(seen("challenge", 0, 1.0, challenge=asked.id, answer=code(asked)), at(20 * 44))
    assert desk.status(at(20 * 44)).status is Presence.PRESENT
    assert desk.status(at(20 * 44 + 120)).status is Presence.LATE  # the pack's own seconds run on that clock


def test_without_needs_nobody_has_to_be_there() -> None:
    status = PresenceDesk(()).status(at(0))
    assert (status.status, status.hold, status.needed) == (Presence.PRESENT, False, ())


def test_the_co_host_is_warned_in_time() -> None:
    desk = arrived()
    assert desk.status(at(60)).needed == ()
    assert desk.status(at(100)).needed == ("Mei: show your face or speak within 25 s.",)
    assert desk.status(at(100)).evidence == ("question answered 95 s ago", "face seen 95 s ago")


DOUBTS = {
    "film": ("picture", 0.0),
    "still": ("picture", 0.3),
    "lives": ("picture", 1.0),
    "stranger": ("likeness", 0.0),
    "alike": ("likeness", 1.0),
}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            "face voice activity answer wrong in out ask wait film still lives stranger alike".split()
        ),
        st.floats(0.5, 90),
    ),
    max_size=60,
)


@given(STEPS, st.integers(0, 2**16))
def test_present_only_with_fresh_proof_and_stopped_only_after_the_grace(steps, seed) -> None:
    """Whatever happens in whatever order: present implies a proof within 120 s by somebody who checked in and
    answered a question; stop implies 300 s without a present moment.
    """
    desk, rng, now = PresenceDesk(DOUYIN, challenge_every_s=60.0), Random(seed), 0.0
    proof: float | None = None
    identified, name, asked = False, False, None
    last_present: float | None = None
    for step, wait in steps:
        if step in ("face", "voice"):
            if desk.evidence(seen(step, now)):
                proof = now
        elif step in DOUBTS:
            kind, score = DOUBTS[step]
            assert not desk.evidence(seen(kind, now, score))
        elif step == "activity":
            assert not desk.evidence(seen("activity", now, 1.0))
        elif step in ("answer", "wrong") and asked is not None:
            good = answered(desk, asked, now, None if step == "answer" else "no")
            assert not (good and step == "wrong")
            if good:
                proof, identified = now, True
        elif step in ("in", "out"):
            desk.check_in("Mei", step == "in", at(now))
            name, identified, proof = step == "in", False, None
        asked = desk.challenge(at(now), rng) or asked
        status = desk.status(at(now))
        if status.status is Presence.PRESENT:
            assert name and identified and proof is not None and now - proof < 120
            last_present = now
        else:
            assert status.hold and status.needed
        if status.stop:
            assert last_present is not None and now - last_present > 180
        now += wait
