"""What a co-host is asked, and which answers count."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from bot.compliance.challenges import SPOKEN, WORDS, answers, draw, said_words, strong
from bot.compliance.merge import PresenceNeed
from bot.compliance.presence import CHALLENGE_EVERY_S, WRITTEN_S, Presence, PresenceDesk
from bot.show.messages import Challenge, Evidence

AT = datetime(2026, 11, 22, 19, tzinfo=UTC)
DRIVER = (PresenceNeed("DY", ("human_driver",), heartbeat_s=120, stop_after_s=300, identity_check=True),)


def at(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def given(answer: str, score: float = 1.0, **more) -> Evidence:
    return Evidence(kind="challenge", score=score, at=AT, answer=answer, **more)


def drawn(kind: str, language: str = "en"):
    """The first challenge of that kind."""
    for seed in range(1000):
        asked, expect = draw(1, 30.0, language, Random(seed), typed=False, voice=True, face=True)
        if asked.kind == kind:
            return asked, expect
    raise AssertionError(kind)


def test_all_four_kinds_come_and_none_that_the_room_cannot_answer() -> None:
    def kinds(voice: bool, face: bool, typed: bool = False) -> Counter:
        rolls = (draw(1, 30.0, "en", Random(n), typed=typed, voice=voice, face=face) for n in range(400))
        return Counter(asked.kind for asked, _ in rolls)

    every = kinds(True, True)
    assert set(every) == {"type_words", "say_words", "turn_head", "press_now"} and min(every.values()) > 60
    assert set(kinds(False, True)) == {"type_words", "turn_head", "press_now"}
    assert set(kinds(True, False)) == {"type_words", "say_words", "press_now"}
    assert set(kinds(True, True, typed=True)) == {"type_words"}


def test_words_are_drawn_anew_each_time() -> None:
    rolls = (draw(1, 30.0, "zh", Random(n), typed=False, voice=True, face=False) for n in range(300))
    said = [expect for asked, expect in rolls if asked.kind == "say_words"]
    assert len(set(said)) > 0.9 * len(said)
    assert all(len(set(words.split())) == SPOKEN and set(words.split()) <= set(WORDS["zh"]) for words in said)


@pytest.mark.parametrize(
    "words, heard, language, counts",
    [
        ("river orange window", "River, orange, window.", "en", True),
        ("river orange window", "uh, river and an orange", "en", True),  # two of three
        ("river orange window", "river", "en", False),
        ("river orange window", "window orange river", "en", False),  # a film of all the words is no answer
        ("river orange window", "garden seven table", "en", False),
        ("river orange window", "", "en", False),
        ("苹果 雨伞 老师", "苹果，雨伞，老师。", "zh", True),
        ("苹果 雨伞 老师", "平果雨散老师", "zh", True),  # heard alike
        ("苹果 雨伞 老师", "火车电脑春天", "zh", False),
    ],
)
def test_most_of_the_words_in_their_order(words: str, heard: str, language: str, counts: bool) -> None:
    assert said_words(words, heard, language) is counts


def test_a_voice_answers_only_where_nobody_can_listen_and_identifies_nobody() -> None:
    asked, expect = drawn("say_words")
    voice = given("", 0.8)
    assert answers(asked, expect, voice, "en", hears=False) and not strong(asked, voice)
    assert not answers(asked, expect, voice, "en", hears=True)
    assert not answers(asked, expect, given("", 0.49), "en", hears=False)
    assert strong(asked, given(expect))


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_head_is_turned_to_the_side_that_was_asked(language: str) -> None:
    asked, expect = drawn("turn_head", language)
    assert asked.expect == expect in ("left", "right")
    assert answers(asked, expect, given(expect), language, hears=False)
    assert not answers(asked, expect, given("right" if expect == "left" else "left"), language, hears=False)


def sat_down() -> PresenceDesk:
    desk = PresenceDesk(DRIVER)
    desk.check_in("Mei", True, at(0))
    first = desk.challenge(at(0), Random(1))
    assert first is not None and first.kind == "type_words"
    code = "".join(c for c in first.text if c.isdigit())
    desk.evidence(given(code, challenge=first.id), at(1))
    desk.evidence(Evidence(kind="face", score=0.9, at=at(1)))
    assert desk.status(at(1)).status is Presence.PRESENT
    return desk


def spoken(hears: bool = True) -> tuple[PresenceDesk, Challenge, float]:
    """Somebody proved present is asked to say words: the desk, the question, when it was asked."""
    for seed in range(200):
        desk, rng = PresenceDesk(DRIVER), Random(seed)
        desk.check_in("Mei", True, at(0), hears=hears)
        first = desk.challenge(at(0), rng)
        assert first is not None
        desk.evidence(given("".join(filter(str.isdigit, first.text)), challenge=first.id), at(1))
        for n in range(2, 600):
            for kind in ("face", "voice"):
                desk.evidence(Evidence(kind=kind, score=1, at=at(n)))
            if (asked := desk.challenge(at(n), rng)) is not None:
                if asked.kind == "say_words":
                    return desk, asked, n
                break
    raise AssertionError("no words were asked for")


@pytest.mark.parametrize(
    "hears, heard_at, written_at, counts",
    [
        (True, 40, 44, True),
        (True, 40, 45 + WRITTEN_S, True),  # said in time, and written down only then
        (True, 40, 45.001 + WRITTEN_S, False),
        (True, None, 45.001, False),  # nobody spoke in time
        (True, 45.001, 50, False),
        (False, 40, 50, False),  # nobody writes anything down there
    ],
)
def test_words_that_were_said_in_time_may_take_a_moment_to_be_written_down(
    hears: bool, heard_at: float | None, written_at: float, counts: bool
) -> None:
    desk, asked, since = spoken(hears)
    if heard_at is not None:
        voice = Evidence(kind="voice", score=0.9, at=AT, challenge=asked.id)
        desk.evidence(voice, at(since + heard_at))
    desk.evidence(Evidence(kind="face", score=1, at=AT), at(since + 45))
    assert desk.evidence(given(asked.expect, challenge=asked.id), at(since + written_at)) is counts
    assert (desk.status(at(since + written_at)).status is Presence.PRESENT) is counts


def test_a_press_is_not_missed_and_proves_nothing_more() -> None:
    asked, expect = drawn("press_now")
    assert answers(asked, expect, given("pressed"), "en", hears=False)
    assert not strong(asked, given("pressed"))


def test_another_face_holds_the_show_until_the_enrolled_one_is_back() -> None:
    desk = sat_down()
    desk.evidence(Evidence(kind="likeness", score=0.0, at=at(10)))
    gone = desk.status(at(10))
    assert gone.status is Presence.LATE and gone.hold and gone.absent_since == at(10)
    assert "not like the one that Mei enrolled" in gone.needed[0]
    assert not desk.evidence(Evidence(kind="face", score=1.0, at=at(11)))  # their face is nobody's proof
    assert not desk.status(at(310)).stop and desk.status(at(310.001)).stop
    desk.evidence(Evidence(kind="likeness", score=1.0, at=at(20)))
    assert desk.evidence(Evidence(kind="face", score=1.0, at=at(20)))
    assert desk.status(at(20)).status is Presence.PRESENT


def test_a_film_takes_its_face_back_and_a_still_picture_lets_it_run_out() -> None:
    camera = (PresenceNeed("SHP", ("human_on_camera",), heartbeat_s=60),)
    for score, after in ((0.0, Presence.LATE), (0.3, Presence.PRESENT)):
        desk = PresenceDesk(camera)
        desk.check_in("Mei", True, at(0))
        desk.evidence(Evidence(kind="face", score=0.9, at=at(0)))
        desk.evidence(Evidence(kind="picture", score=score, at=at(5)))
        assert desk.status(at(5)).status is after
        assert desk.status(at(60)).status is Presence.LATE


def kept_up(seconds: int) -> PresenceDesk:
    """Mei answered at the start and was then proved present by her face alone."""
    desk = sat_down()
    for n in range(10, seconds + 1, 10):
        desk.evidence(Evidence(kind="face", score=1.0, at=at(n)))
    assert desk.status(at(seconds)).status is Presence.PRESENT
    return desk


@pytest.mark.parametrize("kind", ["picture", "likeness"])
def test_who_is_found_out_late_in_a_show_has_the_whole_grace_from_that_moment(kind: str) -> None:
    desk = kept_up(600)
    desk.evidence(Evidence(kind=kind, score=0.0, at=at(600)))
    gone = desk.status(at(600))
    assert gone.status is Presence.LATE and gone.hold and gone.absent_since == at(600)
    assert not desk.status(at(900)).stop and desk.status(at(900.001)).stop


def test_who_had_gone_before_a_film_was_found_out_went_when_the_proof_ran_out() -> None:
    desk = kept_up(600)
    desk.evidence(Evidence(kind="picture", score=0.0, at=at(800)))
    assert desk.status(at(800)).absent_since == at(720)


def test_a_film_that_was_found_out_is_no_face_again_before_a_question_is_answered() -> None:
    desk, rng = kept_up(600), Random(4)
    desk.evidence(Evidence(kind="picture", score=0.0, at=at(600)))
    desk.evidence(Evidence(kind="picture", score=1.0, at=at(604)))  # so it looks for a moment
    assert not desk.evidence(Evidence(kind="face", score=1.0, at=at(605)))
    held = desk.status(at(605))
    assert held.hold and "shown before" in held.needed[0]
    asked = desk.challenge(at(605), rng)
    assert asked is not None and asked.kind == "type_words", "at once, and nothing that a film can answer"
    answer = "".join(c for c in asked.text if c.isdigit())
    assert desk.evidence(given(answer, challenge=asked.id), at(607))
    assert desk.status(at(607)).status is Presence.PRESENT, "somebody drives"
    assert desk.evidence(Evidence(kind="face", score=1.0, at=at(608)))
    assert desk.status(at(650)).needed == ()


def test_questions_come_at_the_pace_of_the_strictest_pack() -> None:
    def mean(needs) -> float:
        desk = PresenceDesk(needs)
        desk.check_in("Mei", True, at(0))
        desk.evidence(Evidence(kind="face", score=0.9, at=at(0)))
        moments, now = [], 0.0
        for n in range(60):
            while (asked := desk.challenge(at(now), Random(n))) is None:
                now += 1.0
            moments.append(now)
            right = (
                asked.expect
                or {"press_now": "pressed"}.get(asked.kind)
                or "".join(c for c in asked.text if c.isdigit())
            )
            desk.evidence(given(right, challenge=asked.id), at(now))
        return (moments[-1] - moments[0]) / (len(moments) - 1)

    quick = (PresenceNeed("A", ("human_on_camera",), heartbeat_s=40),)
    slow = (PresenceNeed("B", ("human_on_camera",)),)
    assert mean(quick) == pytest.approx(100, rel=0.25)
    assert mean(slow) == pytest.approx(CHALLENGE_EVERY_S, rel=0.25)
