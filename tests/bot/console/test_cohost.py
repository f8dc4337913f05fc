import html
import json
import re

import numpy as np
import person
import pytest
from starlette.websockets import WebSocketDisconnect

from bot.show.messages import Challenge, Presence


def until(ws, kind):
    while (message := ws.receive_json())["type"] != kind:
        pass
    return message


@pytest.fixture
def seat(rig):
    with rig.show() as show:
        rig.sign_in("cohost")
        with rig.page("/cohost/s/senses") as ws:
            until(ws, "snapshot")
            yield rig, show, ws


def arrive(ws, name="Mei"):
    ws.send_json({"type": "check_in", "name": name, "arriving": True})
    return until(ws, "checked_in")


def picture(ws, rig, **how):
    rig.clock.seconds += 1.1
    ws.send_bytes(b"\x01" + person.jpeg(person.face(**how)))
    return until(ws, "senses")


def test_checking_in_is_told_but_is_no_evidence(seat):
    _, show, ws = seat
    assert arrive(ws, " Mei\u202e ")["name"] == "Mei"
    told = show.heard("check_in")
    assert (told.name, told.arriving) == ("Mei", True)
    ws.send_json({"type": "check_in", "name": "", "arriving": False})
    assert until(ws, "checked_in")["name"] == ""
    assert not show.heard("check_in").arriving
    assert not show._kept or {m.type for m in show._kept} <= {"viewers"}


def test_a_living_face_becomes_evidence_after_check_in_only(seat):
    rig, show, ws = seat
    picture(ws, rig, x=150)
    felt = picture(ws, rig, x=160)
    assert felt["face"] > 0.5
    assert felt["moving"]
    arrive(ws)
    show.heard("check_in")
    assert {m.type for m in show._kept} <= {"viewers"}  # seen before check-in: told to nobody
    picture(ws, rig, x=170)
    evidence = show.heard("evidence")
    assert (evidence.kind, evidence.at) == ("face", rig.clock.now())


def test_a_still_face_is_no_evidence(seat):
    rig, show, ws = seat
    arrive(ws)
    for _ in range(5):
        felt = picture(ws, rig, x=160)
    assert (felt["face"] > 0.5, felt["moving"]) == (True, False)
    ws.send_json({"type": "check_in", "name": "", "arriving": False})
    show.heard("check_in"), show.heard("check_in")
    told = [m for m in show._kept if m.type == "evidence"]
    assert [(m.kind, m.score, m.detail) for m in told] == [("picture", 0.3, "the picture stands still")]
    assert told[0].picture  # what it looked like then


def test_a_voice_becomes_evidence_and_answers_a_spoken_challenge(seat):
    rig, show, ws = seat
    arrive(ws)
    show.tell(Challenge(id="c9", kind="say_words", text="Say: lamp", seconds=60))
    until(ws, "challenge")
    sound = person.speech(3.0)
    for at in range(0, len(sound) - 1600, 1600):
        rig.clock.seconds += 0.1
        ws.send_bytes(b"\x02" + sound[at : at + 1600].tobytes())
    evidence = show.heard("evidence")
    assert (evidence.kind, evidence.challenge) == ("voice", "c9")


def test_a_challenge_is_answered_once_and_in_time(seat):
    rig, show, ws = seat
    arrive(ws)
    show.tell(Challenge(id="c1", kind="type_words", text="Type: harbor lamp", seconds=20))
    assert until(ws, "challenge")["text"] == "Type: harbor lamp"
    for taken in (True, False):
        ws.send_json({"type": "answer", "challenge": "c1", "answer": " harbor lamp"})
        assert until(ws, "answer")["taken"] is taken
    evidence = show.heard("evidence")
    assert (evidence.kind, evidence.challenge, evidence.answer) == ("challenge", "c1", "harbor lamp")
    assert evidence.detail == "typed in time", "the ledger seals a name only where it stands by itself"
    show.tell(Challenge(id="c2", kind="press_now", text="Press", seconds=20))
    until(ws, "challenge")
    rig.clock.seconds += 20.1
    ws.send_json({"type": "answer", "challenge": "c2", "answer": "pressed"})
    assert until(ws, "answer")["taken"] is False


@pytest.mark.parametrize("kind, expect", [("say_words", "river lamp"), ("turn_head", "left")])
def test_what_camera_and_microphone_judge_is_not_answered_by_a_page_that_writes_it(seat, kind, expect):
    rig, show, ws = seat
    arrive(ws)
    show.tell(Challenge(id="c1", kind=kind, text="Do it", seconds=20, expect=expect))
    until(ws, "challenge")
    ws.send_json({"type": "answer", "challenge": "c1", "answer": expect})
    assert until(ws, "answer")["taken"] is False
    assert rig.hub.get("s").challenge is not None, "it may still be done"


def test_who_mistypes_a_digit_is_told_and_may_look_again(seat):
    rig, show, ws = seat
    arrive(ws)
    show.tell(Challenge(id="c1", kind="type_words", text="Type these numbers: 4 8 2 1", seconds=20))
    until(ws, "challenge")
    ws.send_json({"type": "answer", "challenge": "c1", "answer": "4812"})
    told = until(ws, "answer")
    assert (told["taken"], told["wrong"]) == (False, True) and rig.hub.get("s").challenge is not None
    ws.send_json({"type": "answer", "challenge": "c1", "answer": "４８ 21"})
    assert until(ws, "answer")["taken"] is True and rig.hub.get("s").challenge is None


@pytest.mark.parametrize("check_in, answered", [(False, "c1"), (True, "other")])
def test_who_is_not_there_or_answers_another_challenge_is_not_taken(seat, check_in, answered):
    _, show, ws = seat
    if check_in:
        arrive(ws)
    show.tell(Challenge(id="c1", kind="press_now", text="Press", seconds=20))
    until(ws, "challenge")
    ws.send_json({"type": "answer", "challenge": answered, "answer": "pressed"})
    assert until(ws, "answer")["taken"] is False


def test_a_page_that_comes_later_sees_the_open_challenge_with_the_seconds_left(seat):
    rig, show, ws = seat
    show.tell(
        Presence(status="late", needed=("a face",)), Challenge(id="c", kind="press_now", text="P", seconds=20)
    )
    until(ws, "challenge")
    rig.clock.seconds += 5
    with rig.page("/cohost/s/senses") as later:
        snapshot = until(later, "snapshot")
    assert snapshot["challenge"]["seconds"] == 15
    assert snapshot["presence"]["needed"] == ["a face"]


@pytest.mark.parametrize("language, press", [("en", "Press the button now"), ("zh", "请现在按下按钮")])
def test_a_question_is_put_in_the_language_of_the_page(rig, language, press):
    with rig.show():
        rig.sign_in("cohost")
        page = rig.client.get(f"/cohost?lang={language}").text
    (asks,) = re.findall(r'data-asks="([^"]*)"', page)
    assert json.loads(html.unescape(asks))["press_now"] == press


def test_words_said_in_time_answer_though_they_are_written_down_after_it(seat):
    """And whatever is asked by then is not answered by them."""
    rig, show, ws = seat
    ear, heard = rig.app.state.ear, []

    async def hear(piece, language, *, asked=False):
        rig.clock.seconds += 50
        heard.append(asked)
        return "river lamp"

    ear.why, ear.hear = "", hear
    arrive(ws)
    show.tell(Challenge(id="c1", kind="say_words", text="Say: river lamp", seconds=45, expect="river lamp"))
    until(ws, "challenge")
    sound = np.concatenate([person.speech(3.0), np.zeros(2 * 16000, np.int16)])
    for at in range(0, len(sound) - 1600, 1600):
        ws.send_bytes(b"\x02" + sound[at : at + 1600].tobytes())
    assert until(ws, "answer") == {"type": "answer", "challenge": "c1", "taken": True}
    assert heard == [True], "a show waits for it"


def test_nonsense_is_passed_over(seat):
    _, show, ws = seat
    for raw in ("x", '{"type":"check_in"}', '{"type":"evidence","kind":"face","score":1}'):
        ws.send_text(raw)
    for data in (b"\x01", b"\x01no picture", b"\x02" + b"x" * 60_000, b"\x07x"):
        ws.send_bytes(data)
    assert arrive(ws)["name"] == "Mei"
    show.heard("check_in")
    assert {m.type for m in show._kept} <= {"viewers"}


def test_seats_are_few(rig):
    with rig.show():
        rig.sign_in("cohost")
        pages = [rig.page("/cohost/s/senses") for _ in range(4)]
        for page in pages:
            until(page.__enter__(), "snapshot")
        with rig.page("/cohost/s/senses") as fifth, pytest.raises(WebSocketDisconnect) as closed:
            fifth.receive_text()
        assert closed.value.code == 4503
        for page in pages:
            page.__exit__(None, None, None)
