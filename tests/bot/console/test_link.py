import pytest
from starlette.websockets import WebSocketDisconnect

from bot.console.hub import FIGURES
from bot.show.messages import Ended, Health, LineView, Media


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic link-token"}]
)
def test_without_the_token_nobody_is_linked(rig, headers):
    with pytest.raises(WebSocketDisconnect), rig.client.websocket_connect("/link/s", headers=headers):
        pass
    assert rig.hub.shows() == ()


@pytest.mark.parametrize("first", ["{}", "no json", '{"type":"ended","reason":"x"}', "other show"])
def test_the_first_message_must_be_the_hello_of_this_show(rig, say, first):
    text = say.hello("another").model_dump_json() if first == "other show" else first
    with rig.client.websocket_connect("/link/s", headers={"authorization": "Bearer link-token"}) as ws:
        ws.send_text(text)
        with pytest.raises(WebSocketDisconnect) as closed:
            ws.receive_text()
    assert closed.value.code == 1008
    assert rig.hub.shows() == ()


def test_what_is_not_understood_is_counted_and_the_link_stays(rig, say):
    with rig.show() as show:
        show._ws.send_text('{"type":"state","air":1}')
        show._ws.send_bytes(b"\x09xx")
        show._ws.send_bytes(b"\x01")
        show.tell(say.state())
        rig.wait(lambda: rig.hub.get("s").state is not None)
        assert rig.hub.get("s").rejected == 3


def test_a_newer_link_takes_over_and_the_older_is_told(rig, say):
    with rig.show() as old, rig.show(hello=say.hello("s", title="anew")) as new:
        with pytest.raises(WebSocketDisconnect) as closed:
            old.heard("never")
        assert closed.value.code == 4409
        show = rig.hub.get("s")
        assert (show.hello.title, show.linked) == ("anew", True)
        rig.sign_in()
        assert rig.client.post("/console/s/act", json={"name": "hold"}, headers=say.desk).json() == {
            "ok": True
        }
        assert new.heard("command").name == "hold"


def test_what_was_accepted_while_the_link_was_down_arrives_after_it(rig):
    with rig.show():
        pass
    rig.wait(lambda: not rig.hub.get("s").linked)
    with rig.page("/room/s/chat") as chat:
        chat.send_json({"text": "still here?"})
        while chat.receive_json()["type"] != "sent":
            pass
    with rig.show() as show:
        assert show.heard("comment").text == "still here?"


def test_the_number_of_viewers_is_told(rig):
    with rig.show() as show, rig.page("/room/s/media") as media:
        media.receive_json()
        assert show.heard("viewers").number == 1


def test_a_new_run_of_a_show_begins_with_an_empty_desk(rig, say):
    line = LineView(id="l", kind="pitch", text="Hi", language="en", writer="template", status="said", at=1)
    with rig.show() as show:
        show.tell(line, Health(at=1, figures={"x": 1.0}), Ended(reason="over"))
        rig.wait(lambda: rig.hub.get("s").ended)
        assert rig.hub.get("s").lines
    with rig.show() as show:
        kept = rig.hub.get("s")
        assert (kept.lines, kept.figures, kept.ended) == ({}, {}, None)


def test_a_line_that_was_taken_back_is_not_told_to_a_desk_that_joins(rig, say):
    line = LineView(id="l", kind="pitch", text="Hi", language="en", writer="template", status="next", at=1)
    with rig.show() as show:
        show.tell(line)
        rig.wait(lambda: rig.hub.get("s").lines)
        show.tell(line.model_copy(update={"status": "taken_back"}))
        rig.wait(lambda: not rig.hub.get("s").lines)
        assert list(rig.hub.get("s").lines) == []


def test_what_the_hub_keeps_is_bounded(rig):
    with rig.show() as show:
        for n in range(260):
            show.tell(
                LineView(id=f"l{n}", kind="p", text="x", language="en", writer="t", status="said", at=n)
            )
            show.tell(Health(at=n, figures={f"f{n % (FIGURES + 30)}": 1.0, "always": n}))
        show.send(Media.INIT, b"i")
        kept = rig.hub.get("s")
        rig.wait(lambda: kept.stream.init)  # and with it all that came before
        assert (len(kept.lines), next(iter(kept.lines))) == (200, "l60")
        assert len(kept.figures) == FIGURES
        assert len(kept.figures["always"]) == 180
