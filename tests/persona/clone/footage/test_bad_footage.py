"""Ten kinds of bad footage, filmed: each is stopped or marked by the check that names what is wrong."""

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from filmed import SMALL, by_id, prepared, words

from persona.clone.film import Shoot, frame_times, write_film
from persona.clone.filming import Studio, rest
from persona.clone.footage.checks import Measured, Verdict, checks
from persona.clone.footage.listening import listen
from persona.clone.footage.reader import frames, probe, sound
from persona.clone.footage.transcript import followed
from persona.clone.puppet import Planes
from persona.clone.recital import Recital
from products.errors import ContentError


def each(change):
    """A retouch that changes every plane alike."""
    return lambda planes, t: Planes(
        *(np.ascontiguousarray(change(p)) for p in (planes.y, planes.u, planes.v))
    )


def two_of_them(plane):
    """The person twice, side by side."""
    quarter = plane.shape[1] // 4
    half = plane.shape[1] // 2
    return np.concatenate(
        [np.roll(plane, -quarter, 1)[:, :half], np.roll(plane, quarter, 1)[:, half:]], axis=1
    )


def turned(plane):
    """A face as narrow as one that looks away, before its own background."""
    w = plane.shape[1]
    narrow = cv2.resize(plane, (w * 45 // 100, plane.shape[0]), interpolation=cv2.INTER_AREA)
    return cv2.copyMakeBorder(narrow, 0, 0, 0, w - narrow.shape[1], cv2.BORDER_REPLICATE)


def dark(planes, t):
    noise = np.random.default_rng(round(t * 1000)).integers(-2, 3, planes.y.shape)
    return Planes(np.clip(16 + (planes.y - 16.0) * 0.12 + noise, 0, 255).astype(np.uint8), planes.u, planes.v)


@pytest.mark.parametrize(
    ("shoot", "retouch", "check", "words"),
    [
        (Shoot(width=640, height=360, idle=0.4), each(two_of_them), "alone", "more than one face"),
        (SMALL, each(turned), "face", "turned to the side"),
        (SMALL, dark, "light", "too dark"),
        (SMALL, each(lambda p: cv2.GaussianBlur(p, (0, 0), p.shape[1] / 100)), "sharp", "blurred"),
        (Shoot(width=360, height=640, idle=0.4, channels=0), None, "sound", "no sound"),
    ],
    ids=["two-faces", "profile", "dark", "blurred", "no-sound"],
)
def test_it_is_stopped_and_told(tmp_path, shoot, retouch, check, words):
    outcome = prepared(tmp_path, shoot, retouch)
    found = by_id(outcome)[check]
    assert found.verdict is Verdict.STOP and words in found.found and found.remedy
    assert outcome.prepared is None and not (tmp_path / "made" / "prepared.json").exists()


def test_three_seconds_are_too_short(tmp_path):
    found = by_id(prepared(tmp_path, Shoot(width=360, height=640, idle=0.4)))
    assert found["length"].verdict is Verdict.STOP and "15 s are the least" in found["length"].found
    assert "Read the whole script" in found["length"].remedy


def test_a_silent_picture_is_no_person_speaking(tmp_path):
    """The picture stands still; the sound goes on."""
    first = []

    def frozen(planes, t):
        first.append(planes)
        return first[0]

    outcome = prepared(tmp_path, retouch=frozen)
    found = by_id(outcome)["moving"]
    assert found.verdict is Verdict.STOP and "photograph or a frozen film" in found.found
    assert "Film a living person" in found.remedy and outcome.prepared is None


def test_speech_without_lips_is_told(tmp_path):
    said = words(2.4)
    mute = Recital(said.pcm, (type(said.phones[0])("sil", 0.0, said.seconds),))
    outcome = prepared(tmp_path, Shoot(width=360, height=640, idle=0.0), recital=mute, known=False)
    found = by_id(outcome)["speaking"]
    assert found.verdict is Verdict.STOP and "the lips do not move" in found.found and found.remedy


def test_silence_is_told(tmp_path):
    said = words()
    outcome = prepared(tmp_path, recital=Recital(said.pcm * 0, said.phones))
    assert (
        by_id(outcome)["sound"].verdict is Verdict.STOP and "Nobody speaks" in by_id(outcome)["sound"].found
    )


def test_the_script_is_held_against_what_was_heard(tmp_path):
    text = "Good morning, and welcome to my kitchen."
    wrong = "I would like to sell you a car today"
    outcome = prepared(tmp_path, text=text, listen=lambda pcm, language: wrong)
    found = by_id(outcome)["script"]
    assert found.verdict is Verdict.STOP and wrong in found.found and outcome.transcript == wrong
    assert "Another text was read: only 14% of its words were heard" in found.found
    assert "word for word" in found.remedy
    read = followed(text, "Well. Good morning and welcome to my big kitchen.", "en")
    again = {c.id: c for c in checks(replace(outcome.measured, followed=read))}
    assert again["script"].verdict is Verdict.GOOD


def test_landscape_is_told_and_taken(tmp_path):
    found = by_id(prepared(tmp_path, Shoot(width=640, height=360, idle=0.2)))
    assert found["upright"].verdict is Verdict.WARN and "landscape" in found["upright"].found
    assert "a show is portrait" in found["upright"].found and "upright" in found["upright"].remedy


@pytest.mark.parametrize("kept", [0, 40, 2000, 0.6])
def test_a_damaged_file_is_told_in_plain_words(tmp_path, kept):
    path = tmp_path / "film.mp4"
    planes, _ = Studio("mei", 360, 640, 1.0).shoot(0.0, rest())
    write_film(path, ((k / 25, planes) for k in range(25)), None, SMALL)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept) if isinstance(kept, float) else kept])
    with pytest.raises(ContentError, match="damaged") as told:
        probe(path)
    assert "Copy it again" in told.value.remedy


def test_what_is_no_film_is_told(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("Dear Sir or Madam\n" * 50)
    with pytest.raises(ContentError, match="no film"):
        probe(path)
    with pytest.raises(ContentError, match="no file"):
        probe(tmp_path / "nowhere.mp4")


def test_a_film_that_breaks_off_inside_is_told_or_taken_as_far_as_it_goes(tmp_path):
    """Frames that are garbage never become a crash."""
    path = tmp_path / "film.mkv"
    planes, _ = Studio("mei", 360, 640, 1.0).shoot(0.0, rest())
    write_film(path, ((k / 25, planes) for k in range(50)), None, SMALL)
    whole = bytearray(path.read_bytes())
    third = len(whole) // 3
    whole[third : third + 2000] = np.random.default_rng(0).bytes(2000)
    path.write_bytes(whole)
    try:
        assert len(list(frames(path, probe(path)))) > 0
    except ContentError as error:
        assert "damaged" in error.message


def test_4k_at_60_frames_is_taken_smaller_and_slower(tmp_path):
    path = tmp_path / "film.mp4"
    planes, _ = Studio("mei", 360, 640, 1.0).shoot(0.0, rest())
    large = Planes(*(np.kron(p, np.ones((6, 6), np.uint8)) for p in (planes.y, planes.u, planes.v)))
    shoot = Shoot(width=2160, height=3840, rate=Fraction(60))
    times = frame_times(0.1, shoot)
    write_film(path, ((float(t), large) for t in times), None, shoot)
    facts = probe(path)
    assert (facts.width, facts.height, round(facts.rate)) == (2160, 3840, 60) and facts.kept == (1080, 1920)
    kept = list(frames(path, facts))
    assert [index for index, _ in kept] == [1, 3]
    assert kept[0][1].y.shape == (1920, 1080)
    assert sound(path).size == 0
    told = {c.id: c for c in checks(Measured(facts=facts, looks=(), heard=listen(sound(path))))}["picture"]
    assert told.verdict is Verdict.GOOD, "a telephone's best is no fault"
    assert "2160 x 3840, kept as 1080 x 1920, 60 frames a second" in told.found
    assert "25 a second are kept" in told.found
