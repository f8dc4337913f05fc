import io
from datetime import UTC, datetime

import numpy as np
import person
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.console.face_watch import FaceWatch, Look, Moving, read_picture
from bot.console.senses import Witness
from bot.console.voice_watch import RATE, PitchAndPace

AT = datetime(2026, 11, 22, tzinfo=UTC)


# ---- faces


def test_a_face_that_moves_is_seen_and_moves():
    watch = FaceWatch()
    looks = [watch.look(person.jpeg(person.face(x=160 + n, shut=n == 2)), n * 0.5) for n in range(4)]
    assert all(look.face >= 0.5 for look in looks)
    assert [look.moving for look in looks] == [False, True, True, True]


def test_a_still_picture_of_a_face_does_not_live():
    watch = FaceWatch()
    still = person.jpeg(person.face())
    looks = [watch.look(still, n * 0.5) for n in range(20)]
    assert all(look.face >= 0.5 and not look.moving for look in looks)


def test_a_picture_that_froze_stops_living_after_four_seconds():
    watch = FaceWatch()
    watch.look(person.jpeg(person.face(x=150)), 0.0)
    frozen = person.jpeg(person.face(x=160))
    moving = [watch.look(frozen, 0.5 + n).moving for n in range(6)]
    assert moving == [True, True, True, True, False, False]


def test_a_room_without_anybody_has_no_face():
    watch = FaceWatch()
    assert [watch.look(person.jpeg(person.room(n)), n).face for n in range(4)] == [0.0] * 4


def test_the_noise_of_a_camera_is_enough_life():
    rng, moving = np.random.default_rng(0), Moving()
    base = rng.uniform(0, 255, (48, 64)).astype(np.float32)
    seen = [moving.look(base + rng.normal(0, 0.4, base.shape).astype(np.float32), n * 0.4) for n in range(5)]
    assert seen == [False, True, True, True, True]


def picture_file(kind, size):
    out = io.BytesIO()
    Image.new("L", size, 128).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8\xff" + b"x" * 500,
        b"x" * 400_000,
        picture_file("PNG", (320, 240)),
        picture_file("JPEG", (4000, 300)),
    ],
    ids=["empty", "broken", "huge", "png", "large"],
)
def test_what_is_no_camera_picture_is_passed_over(data):
    assert read_picture(data) is None
    assert FaceWatch().look(data, 0.0) is None


# ---- voices


def heard(sound, block=1600):
    detector, scores = PitchAndPace(), []
    for at in range(0, len(sound) - block, block):
        score = detector.feed(np.asarray(sound[at : at + block]).astype(np.int16))
        if score is not None:
            scores.append(score)
    return scores


def test_speech_is_heard_in_most_windows():
    for seed in range(3):
        scores = heard(person.speech(5.0, seed))
        assert np.mean(np.array(scores) >= 0.5) >= 0.5, scores


def test_quiet_speech_over_a_noisy_floor_is_heard():
    rng = np.random.default_rng(1)
    sound = person.speech(5.0) * 0.15
    assert max(heard(sound + rng.normal(0, 60, len(sound)))) >= 0.5


T = np.arange(RATE * 5) / RATE
GATE = (T % 0.7) < 0.35
HUM = sum(np.sin(2 * np.pi * 100 * k * T) / k for k in range(1, 12))
RNG = np.random.default_rng(2)


def notes():
    t = T[:4000]
    tones = RNG.choice([220, 247, 262, 294, 330, 392], 20)
    return np.concatenate(
        [np.exp(-t * 6) * (np.sin(2 * np.pi * f * t) + 0.5 * np.sin(4 * np.pi * f * t)) for f in tones]
    )


def clicks():
    sound = np.zeros(len(T))
    for at in RNG.integers(0, len(T) - 400, 30):
        sound[at : at + 400] += RNG.normal(0, 1, 400) * np.exp(-np.arange(400) / 60)
    return sound


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(len(T)),
        8000 * np.sin(2 * np.pi * 440 * T),
        8000 * np.sin(2 * np.pi * 440 * T) * GATE,
        4000 * HUM,
        4000 * HUM * GATE,
        RNG.normal(0, 2000, len(T)),
        RNG.normal(0, 2000, len(T)) * GATE,
        4000 * notes(),
        8000 * clicks(),
    ],
    ids=["silence", "tone", "beeps", "hum", "hum on and off", "noise", "bursts", "plucked notes", "clicks"],
)
def test_what_is_no_voice_is_no_evidence(sound):
    assert max(heard(sound + RNG.normal(0, 10, len(sound)))) < 0.5


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=12))
def test_however_the_sound_is_cut_the_windows_are_the_same(cuts):
    rng = np.random.default_rng(3)
    sound = rng.normal(0, 3000, sum(cuts)).astype(np.int16)
    detector, at, count = PitchAndPace(), 0, 0
    for cut in cuts:
        count += detector.feed(sound[at : at + cut]) is not None
        at += cut
    whole = max(0, (len(sound) - RATE) // (RATE // 2) + 1)
    assert count <= whole
    assert (count > 0) == (whole > 0)
    assert detector._sound.size < RATE


# ---- what becomes of it


def test_a_face_is_told_at_most_once_a_second_and_only_when_it_lives():
    witness = Witness()
    assert witness.saw(Look(1.0, False), 0.0, AT) is None
    first = witness.saw(Look(0.8, True), 0.4, AT)
    assert (first.kind, first.score, first.at) == ("face", 0.8, AT)
    assert witness.saw(Look(1.0, True), 0.8, AT) is None
    assert witness.saw(Look(0.0, True), 1.6, AT) is None
    assert witness.saw(Look(1.0, True), 1.6, AT).kind == "face"


def test_a_voice_names_the_challenge_that_asked_for_it():
    witness = Witness()
    assert witness.heard(0.4, 0.0, AT, "c") is None
    evidence = witness.heard(0.9, 0.5, AT, "c")
    assert (evidence.kind, evidence.challenge, evidence.score) == ("voice", "c", 0.9)
    assert witness.heard(0.9, 1.0, AT, None) is None
    assert witness.heard(0.9, 1.5, AT, None).challenge is None


def test_pictures_that_come_too_fast_are_passed_over():
    witness = Witness()
    assert [witness.wants_picture(t) for t in (0.0, 0.1, 0.39, 0.4, 0.6)] == [True, False, False, True, False]


def test_pictures_that_came_late_are_not_said_to_stand_still() -> None:
    """After a gap there is nothing to compare the first one with; only one that stood since is told."""
    witness, at = Witness(), datetime(2026, 11, 23, tzinfo=UTC)
    moves, first = Look(0.9, moving=True), Look(0.9, moving=False)
    assert witness.doubted(moves, 0.0, at) is None
    assert witness.doubted(moves, 0.4, at) is None
    assert witness.doubted(first, 30.0, at) is None, "nothing came for half a minute"
    assert witness.doubted(first, 32.0, at) is None
    told = witness.doubted(first, 34.0, at)
    assert told is not None and told.score == 0.3
