"""The co-host on the air: camera pieces pass through to the show, in order, only from who checked in."""

import pytest

from bot.console.cohost import CAMERA, PIECE_BYTES
from bot.show.messages import HumanView, PromptLine, Prompts


@pytest.fixture(autouse=True)
def signed_in(rig) -> None:
    rig.sign_in("cohost")


def seated(rig, page, name="Ann"):
    page.receive_json()  # the snapshot
    page.send_json({"type": "check_in", "name": name, "arriving": True})
    return page


@pytest.fixture
def seat(rig):
    """A show and a co-host's page that has checked in."""
    with rig.show() as show, rig.page("/cohost/s/senses") as page:
        seated(rig, page)
        show.heard("check_in")
        yield show, page


def test_a_camera_goes_through_to_the_show_piece_by_piece(seat) -> None:
    show, page = seat
    page.send_json({"type": "camera", "on": True})
    for k in range(5):
        page.send_bytes(bytes((CAMERA,)) + bytes((k,)) * 10)
    page.send_json({"type": "on_air", "place": "inset"})
    assert show.heard("camera").on
    assert [show.pieces() for _ in range(5)] == [bytes((k,)) * 10 for k in range(5)]
    assert show.heard("on_air").place == "inset"


def test_nobody_films_who_has_not_checked_in(rig) -> None:
    with rig.show() as show, rig.page("/cohost/s/senses") as page:
        page.receive_json()
        page.send_json({"type": "camera", "on": True})
        page.send_bytes(bytes((CAMERA,)) + b"x")
        page.send_json({"type": "on_air", "place": "alone"})
        page.send_json({"type": "prompting", "next": True})
        seated_after = {"type": "check_in", "name": "Ann", "arriving": True}
        page.send_json(seated_after)
        assert show.heard("check_in").name == "Ann", "nothing came before it"


def test_pieces_without_a_camera_or_too_large_are_left_out(seat) -> None:
    show, page = seat
    page.send_bytes(bytes((CAMERA,)) + b"before")
    page.send_json({"type": "camera", "on": True})
    page.send_bytes(bytes((CAMERA,)) + b"x" * (PIECE_BYTES + 1))
    page.send_bytes(bytes((CAMERA,)) + b"good")
    assert show.heard("camera").on
    assert show.pieces() == b"good"


def test_the_page_sees_prompts_and_its_own_place(seat) -> None:
    show, page = seat
    line = PromptLine(id="1", kind="pitch", text="Here are the sneakers.", language="en", seconds=2.4)
    show.tell(Prompts(up=line), HumanView(place="alone", camera=True, by="Ann"))
    got = {}
    while not {"prompts", "human"} <= set(got):
        message = page.receive_json()
        got[message["type"]] = message
    assert got["prompts"]["up"]["text"] == "Here are the sneakers." and got["human"]["place"] == "alone"


def test_going_on_is_told_with_who_did(seat) -> None:
    show, page = seat
    page.send_json({"type": "prompting", "next": True, "auto": True})
    told = show.heard("prompting")
    assert told.next and told.auto and told.by == "Ann"


def test_a_page_that_closes_takes_its_camera_along(rig) -> None:
    with rig.show() as show:
        with rig.page("/cohost/s/senses") as page:
            seated(rig, page)
            page.send_json({"type": "camera", "on": True})
            assert show.heard("camera").on
        assert not show.heard("camera").on
