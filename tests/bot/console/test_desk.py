import json
import re
from datetime import UTC, datetime

import pytest
from starlette.websockets import WebSocketDisconnect

from bot.show.messages import PendingAnswer

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_without_a_key_the_desk_tells_what_to_do_and_nothing_else(rig):
    with rig.show():
        for path in ("/console", "/console/s", "/console?key=wrong", "/cohost", "/cohost?key=link-token"):
            answer = rig.client.get(path)
            assert answer.status_code == 403
            assert "staff" in answer.text
            assert "Evening" not in answer.text


def test_a_key_is_spent_for_a_cookie_that_scripts_cannot_read(rig):
    with rig.show():
        answer = rig.sign_in()
        assert answer.headers["location"] == "/console"  # the key does not stay in the address
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "operator-token" not in cookie
        assert "Evening &lt;shoes&gt;" in rig.client.get("/console").text


def test_a_key_opens_a_page_once_and_the_same_browser_again(rig):
    rig.sign_in()
    rig.sign_in()  # by the cookie
    rig.client.cookies.clear()
    assert rig.client.get("/console?key=operator-token").status_code == 403
    rig.sign_in("cohost")  # another page, so not spent


def test_behind_https_the_cookie_is_secure(make_rig):
    answer = make_rig(secure=True).client.get("/console?key=operator-token", follow_redirects=False)
    assert "secure" in answer.headers["set-cookie"].lower()
    assert "max-age" in answer.headers["strict-transport-security"]


def test_a_co_host_may_not_open_the_desk(make_rig, say):
    rig = make_rig(cohost_token="co-token")
    with rig.show():
        rig.sign_in("cohost", "co-token")
        assert rig.client.get("/cohost").status_code == 200
        assert rig.client.get("/console").status_code == 403
        assert rig.client.get("/console?key=co-token").status_code == 403
        assert rig.client.post("/console/s/act", json={"name": "end"}, headers=say.desk).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"x-castmate": "desk"},
        {"origin": "http://testserver"},
        {"origin": "https://evil.example", "x-castmate": "desk"},
        {"origin": "null", "x-castmate": "desk"},
    ],
)
def test_a_post_that_could_come_from_elsewhere_is_refused(rig, headers):
    with rig.show():
        rig.sign_in()
        for path, body in (
            ("act", {"name": "end"}),
            ("insert", {"text": "x"}),
            ("arrange", {"jump": "c1"}),
            ("pin", {"product": "shoe"}),
            ("keys", {}),
        ):
            assert rig.client.post(f"/console/s/{path}", json=body, headers=headers).status_code == 403
        assert len(rig.hub.get("s").outbox) == 0


def test_without_a_cookie_no_act(rig, say):
    with rig.show():
        assert rig.client.post("/console/s/act", json={"name": "end"}, headers=say.desk).status_code == 403


@pytest.mark.parametrize("name", ["hold", "resume", "pause_clone", "resume_clone", "end", "next_cue"])
def test_acts_reach_the_show(rig, say, name):
    with rig.show() as show:
        rig.sign_in()
        assert rig.client.post("/console/s/act", json={"name": name}, headers=say.desk).json() == {"ok": True}
        command = show.heard("command")
        assert (command.name, command.by) == (name, "operator")


def test_an_unknown_act_and_an_empty_line_are_refused(rig, say):
    with rig.show():
        rig.sign_in()
        assert (
            rig.client.post("/console/s/act", json={"name": "explode"}, headers=say.desk).status_code == 422
        )
        for text in ("", "\u200b", "x" * 501):
            assert (
                rig.client.post("/console/s/insert", json={"text": text}, headers=say.desk).status_code == 422
            )


def test_the_rundown_goes_on_as_the_operator_wants(rig, say):
    with rig.show() as show:
        rig.sign_in()

        def arrange(body):
            return rig.client.post("/console/s/arrange", json=body, headers=say.desk).status_code

        assert arrange({"order": ["c1"]}) == 200 and arrange({"jump": "c1"}) == 200
        first, second = show.heard("arrange"), show.heard("arrange")
        assert (first.order, first.jump, first.by) == (("c1",), "", "operator")
        assert (second.order, second.jump) == ((), "c1")
        for wrong in ({}, {"order": ["c1", "c2"]}, {"jump": "c9"}, {"order": "c1"}, {"by": "me"}):
            assert arrange(wrong) == 422, wrong


def test_a_product_of_the_rundown_is_pinned(rig, say):
    with rig.show() as show:
        rig.sign_in()

        def pin(body):
            return rig.client.post("/console/s/pin", json=body, headers=say.desk).status_code

        assert pin({"product": "shoe"}) == 200
        heard = show.heard("pin")
        assert (heard.product, heard.by) == ("shoe", "operator")
        for wrong in ({}, {"product": ""}, {"product": "mug"}, {"product": "shoe", "by": "me"}):
            assert pin(wrong) == 422, wrong


def test_a_line_is_handed_over_for_clearance(rig, say):
    with rig.show() as show:
        rig.sign_in()
        rig.client.post("/console/s/insert", json={"text": " Free shipping\ntoday. "}, headers=say.desk)
        assert show.heard("insert").text == "Free shipping today."


def test_an_act_of_now_is_not_kept_for_later(rig, say):
    with rig.show():
        rig.sign_in()
    rig.wait(lambda: not rig.hub.get("s").linked)
    for show in ("s", "unknown"):
        answer = rig.client.post(f"/console/{show}/act", json={"name": "end"}, headers=say.desk)
        assert (answer.status_code, answer.json()["why"]) == (409, "link")
    assert len(rig.hub.get("s").outbox) == 0


def test_a_show_with_too_much_waiting_says_so(rig, say):
    with rig.show():
        rig.sign_in()
        rig.hub.get("s").outbox._limit = 0
        answer = rig.client.post("/console/s/act", json={"name": "end"}, headers=say.desk)
        assert (answer.status_code, answer.json()["why"]) == (503, "busy")


def test_keys_for_other_devices_open_one_browser_each(rig, say):
    with rig.show():
        rig.sign_in()
        made = rig.client.post("/console/s/keys", headers=say.desk).json()
        rig.client.cookies.clear()
        assert rig.client.get(made["cohost"]).status_code == 200
        assert rig.client.get("/console").status_code == 403
        rig.client.cookies.clear()
        assert rig.client.get(made["cohost"]).status_code == 403
        assert rig.client.get(made["desk"]).status_code == 200
        assert rig.client.get(made["room"]).status_code == 200


def test_a_cookie_is_good_for_the_console_that_gave_it(make_rig):
    rig = make_rig()
    name, value = re.match(r"([^=]+)=([^;]+)", rig.sign_in().headers["set-cookie"]).groups()
    for place, forged, status in ((rig, value, 200), (rig, value[:-1] + "x", 403), (make_rig(), value, 403)):
        place.client.cookies.clear()
        place.client.cookies.set(name, forged)
        assert place.client.get("/console").status_code == status


@pytest.mark.parametrize("path", ["/console/s/feed", "/console/s/media", "/cohost/s/senses"])
def test_the_sockets_of_staff_need_cookie_and_origin(rig, path):
    with rig.show():
        for signed, origin in ((False, "http://testserver"), (True, "https://evil.example"), (True, None)):
            rig.client.cookies.clear()
            if signed:
                rig.app.state.access._uses.clear()
                rig.sign_in()
            headers = {"origin": origin} if origin else {}
            with pytest.raises(WebSocketDisconnect), rig.client.websocket_connect(path, headers=headers):
                pass


def test_the_desk_begins_with_all_and_follows(rig, say):
    with rig.show() as show:
        show.tell(say.state(reasons=("waits",)))
        rig.wait(lambda: rig.hub.get("s").state)
        rig.clock.seconds += 30
        rig.sign_in()
        with rig.page("/console/s/feed") as feed:
            snapshot = feed.receive_json()
            assert snapshot["state"]["reasons"] == ["waits"]
            assert snapshot["state_age"] == 30
            assert snapshot["hello"]["rundown"][0]["card"]["price"] == "$59.00"
            show.tell(say.state(air="hold"))
            assert feed.receive_json()["air"] == "hold"


def test_the_desks_picture_is_not_counted_as_a_viewer(rig):
    with rig.show():
        rig.sign_in()
        with rig.page("/console/s/media") as media:
            media.receive_json()
            assert rig.hub.get("s").viewers == 0


def test_a_word_on_an_answer_that_waits_reaches_the_show(rig, say):
    with rig.show() as show:
        rig.sign_in()
        word = {"id": "room:m1", "ok": True, "text": " It is\nhere. "}
        assert rig.client.post("/console/s/answer", json=word, headers=say.desk).json() == {"ok": True}
        heard = show.heard("approve")
        assert (heard.id, heard.ok, heard.text, heard.by) == ("room:m1", True, "It is here.", "operator")


def test_a_word_without_words_or_a_cookie_is_refused(rig, say):
    with rig.show():
        word = {"id": "room:m1", "ok": True, "text": "\u200b"}
        said = word | {"text": "It is here."}
        assert rig.client.post("/console/s/answer", json=said, headers=say.desk).status_code == 403
        rig.sign_in()
        assert rig.client.post("/console/s/answer", json=word, headers=say.desk).status_code == 422
        assert len(rig.hub.get("s").outbox) == 0


def test_answers_that_wait_are_in_the_snapshot_until_they_are_decided(rig, say):
    waiting = PendingAnswer(
        id="room:m1", channel="room", viewer="Ada", question="Vegan?", text="Yes.", language="en", at=AT
    )
    with rig.show() as show:
        live = rig.hub.get("s")
        live.take(waiting)
        assert [p["id"] for p in json.loads(live.desk_snapshot())["pending"]] == ["room:m1"]
        assert "Vegan" not in live.room_snapshot(), "buyers do not see what waits"
        live.take(waiting.model_copy(update={"status": "approved"}))
        assert json.loads(live.desk_snapshot())["pending"] == []
        assert show is not None
