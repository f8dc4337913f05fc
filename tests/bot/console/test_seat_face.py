"""A co-host's face through the socket: enrolled by a written act, compared, taken back; films, strangers."""

import itertools

import numpy as np
import person
import pytest

from bot.compliance.enrolled import FaceStore, consent_hash
from bot.compliance.persons import PersonKeys
from bot.console import alike
from bot.show.messages import Challenge


class Eyes:
    """Stands where the network stands: tells the test's two drawn faces apart by their brightest spot."""

    name, limit = "eyes", 0.43

    def describe(self, rgb, box):
        left, top, right, bottom = (max(0, x) for x in box)
        face = rgb[top:bottom, left:right].astype(np.float32)
        return np.array([np.percentile(face, 60) / 255 > 0.82, 0.0], np.float32)


def until(ws, kind):
    while (message := ws.receive_json())["type"] != kind:
        pass
    return message


@pytest.fixture
def keys(tmp_path):
    return PersonKeys(tmp_path / "keys.db")


@pytest.fixture
def seat(make_rig, tmp_path, keys, monkeypatch):
    monkeypatch.setattr("bot.console.cohost.open_describer", Eyes)
    rig = make_rig(faces=FaceStore(tmp_path / "faces", keys))
    with rig.show() as show:
        rig.sign_in("cohost")
        with rig.page("/cohost/s/senses") as ws:
            until(ws, "snapshot")
            yield rig, show, ws


def arrive(ws, show, name="Mei"):
    ws.send_json({"type": "check_in", "name": name, "arriving": True})
    until(ws, "checked_in")
    return show.heard("check_in"), until(ws, "enrolment")


def film(ws, rig, pictures, count):
    """Shows the camera these pictures, one at a time; what was felt last, and what else came."""
    others = []
    for picture in itertools.islice(pictures, count):
        rig.clock.seconds += 0.45
        ws.send_bytes(b"\x01" + person.jpeg(picture))
        while (felt := ws.receive_json())["type"] != "senses":
            others.append(felt)
    return felt | {"others": others}


def enrolled(rig, show, ws):
    ws.send_json({"type": "enrol", "agreed": True, "language": "zh-CN"})
    assert until(ws, "enrolment")["taking"]
    film(ws, rig, person.living(seed=1), 8)
    return show.heard("face_act")


def told(show, ws, kind):
    """Evidence of that kind that the show has, once it has what was sent before."""
    ws.send_json({"type": "check_in", "name": "Mei", "arriving": False})
    while show.heard("check_in").arriving:
        pass
    return [m for m in show._kept if m.type == "evidence" and m.kind == kind]


def test_enrolling_is_a_written_act_and_the_same_face_is_alike(seat, keys):
    rig, show, ws = seat
    came, offer = arrive(ws, show)
    assert came.enrolled is False and offer["can"] and not offer["enrolled"]
    act = enrolled(rig, show, ws)
    assert (act.name, act.enrolled, act.words, act.by) == ("Mei", True, consent_hash("zh"), "eyes")
    assert keys.aliases(person="cohost/Mei")
    assert film(ws, rig, person.living(seed=2), 4)["alike"] is True
    likeness = told(show, ws, "likeness")
    assert likeness[0].score == 1.0 and likeness[0].picture
    assert "like the enrolled one" in likeness[0].detail


def test_another_face_is_unlike_and_no_evidence_of_the_co_host(seat):
    rig, show, ws = seat
    arrive(ws, show)
    enrolled(rig, show, ws)
    show._kept.clear()
    rig.clock.seconds += 200  # a comparison is due
    felt = film(ws, rig, person.living(seed=2, draw=person.other), 12)
    assert felt["alike"] is False and felt["face"] > 0
    assert [e.score for e in told(show, ws, "likeness")][-1] == 0.0
    faces = [m for m in show._kept if m.type == "evidence" and m.kind == "face"]
    assert len(faces) <= 2  # until the third look told it


def test_a_film_of_the_enrolled_face_is_told_and_kept(seat):
    rig, show, ws = seat
    arrive(ws, show)
    loop = itertools.cycle(list(itertools.islice(person.living(seed=7), 10)))
    felt = film(ws, rig, loop, 30)
    assert felt["repeats"]
    doubts = told(show, ws, "picture")
    assert [d.score for d in doubts] == [0.0]
    assert doubts[0].picture and doubts[0].detail == "the same pictures come again in the same order"


def test_taking_it_back_erases_and_nobody_can_who_did_not_check_in(seat, keys):
    rig, show, ws = seat
    ws.send_json({"type": "enrol", "agreed": True})
    arrive(ws, show)
    enrolled(rig, show, ws)
    ws.send_json({"type": "enrol", "agreed": False})
    while (act := show.heard("face_act")).enrolled:
        pass
    assert act.name == "Mei" and keys.aliases(person="cohost/Mei") == []


def test_without_the_network_nothing_is_offered_and_the_check_in_says_so(
    make_rig, tmp_path, keys, monkeypatch
):
    monkeypatch.setattr("bot.console.cohost.open_describer", lambda: None)
    rig = make_rig(faces=FaceStore(tmp_path / "faces", keys))
    with rig.show() as show:
        rig.sign_in("cohost")
        with rig.page("/cohost/s/senses") as ws:
            came, offer = arrive(ws, show)
            assert came.enrolled is None and not offer["can"]
            ws.send_json({"type": "enrol", "agreed": True})
            assert not until(ws, "enrolment")["taking"]


def test_a_head_turned_as_asked_answers_and_the_other_way_does_not(seat):
    rig, show, ws = seat
    arrive(ws, show)
    film(ws, rig, person.living(seed=1), 2)
    show.tell(Challenge(id="c1", kind="turn_head", text="Turn", seconds=60, expect="left"))
    until(ws, "challenge")
    film(ws, rig, (person.turned(x=150 + n, side="right") for n in range(3)), 3)
    assert rig.hub.get("s").challenge is not None
    felt = film(ws, rig, (person.turned(x=150 + 2 * n, side="left") for n in range(3)), 3)
    assert [m["taken"] for m in felt["others"] if m["type"] == "answer"] == [True]
    (answer,) = [e for e in told(show, ws, "challenge") if e.challenge == "c1"]
    assert answer.answer == "left" and answer.detail == "the head turned left"


def test_where_nobody_listens_a_voice_in_time_answers_and_the_entry_says_so(seat):
    rig, show, ws = seat
    came, _ = arrive(ws, show)
    if came.hears:
        rig.app.state.ear.why = "not installed"
    show.tell(Challenge(id="c2", kind="say_words", text="Say: river", seconds=60, expect="river"))
    until(ws, "challenge")
    sound = person.speech(3.0)
    for at in range(0, len(sound) - 1600, 1600):
        rig.clock.seconds += 0.1
        ws.send_bytes(b"\x02" + sound[at : at + 1600].tobytes())
    assert until(ws, "answer")["taken"]
    (answer,) = [e for e in told(show, ws, "challenge") if e.challenge == "c2"]
    assert answer.answer == "" and "was not checked" in answer.detail


def test_the_network_tells_the_drawn_faces_apart():
    """The real weights (extra `faces`), over two people who were never born: shift, blink, noise."""
    network = alike.open_describer()
    assert network is not None and alike.missing() == ""
    import dlib

    detector = dlib.get_frontal_face_detector()

    def described(picture):
        rgb = np.ascontiguousarray(np.dstack([picture] * 3))
        (box, *_), _, _ = detector.run(rgb, 1, 0.0)
        return network.describe(rgb, (box.left(), box.top(), box.right(), box.bottom()))

    one = [described(p) for p in itertools.islice(person.living(seed=1), 1, 4)]
    two = [described(p) for p in itertools.islice(person.living(seed=2, draw=person.other), 1, 4)]
    within = max(alike.distance(a, np.array(one)[1:]) for a in one[:1])
    between = min(alike.distance(b, np.array(one)) for b in two)
    assert within < alike.LIMIT < between, (within, between)
