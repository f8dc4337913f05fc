"""Who may come in, and how much of it."""

from datetime import UTC, datetime, timedelta

from connectors.webhook.door import EVENTS_BURST, EVENTS_PER_S, MISSES_BURST, REQUESTS_BURST, Door
from connectors.webhook.signatures import key_of, secret_from, signed

SECRET = secret_from(bytes(range(32)))
NOW = datetime(2026, 11, 23, tzinfo=UTC)
BEARER = {"authorization": f"Bearer {SECRET.reveal()}"}


def message(id_: str, body: bytes = b"{}", at: datetime = NOW) -> dict[str, str]:
    return signed(key_of(SECRET), id_, at, body)


def test_the_secret_or_a_signature_opens():
    door = Door(SECRET)
    assert door.enter(BEARER, b"{}", NOW, 0.0).status == 200
    assert door.enter(BEARER, None, NOW, 0.0).status == 200
    assert door.enter(message("m-1"), b"{}", NOW, 0.0).status == 200
    assert door.token(SECRET.reveal(), 0.0).status == 200


def test_nothing_else_does():
    door = Door(SECRET)
    for headers, body in (
        ({}, b"{}"),
        ({"authorization": "Bearer whsec_other"}, b"{}"),
        ({"authorization": "Bearer \xff"}, b"{}"),
        ({"authorization": ""}, None),
        (message("m-1"), b"[]"),
        (message("m-1"), None),
        (message("m-1", at=NOW - timedelta(hours=1)), b"{}"),
    ):
        admission = door.enter(headers, body, NOW, 0.0)
        assert admission.status == 401
        assert admission.says


def test_a_signed_message_is_taken_once_however_often_it_comes():
    door = Door(SECRET)
    headers = message("m-1")
    assert [door.enter(headers, b"{}", NOW, t).again for t in (0.0, 1.0, 299.0)] == [False, True, True]
    assert not door.enter(message("m-2"), b"{}", NOW, 300.0).again
    late = NOW + timedelta(seconds=601)
    assert door.enter(headers, b"{}", late, 601.0).status == 401  # long forgotten, and too old by then


def test_a_message_that_was_not_taken_may_come_again():
    door = Door(SECRET)
    headers = message("m-1")
    assert not door.enter(headers, b"{}", NOW, 0.0).again
    door.forget("m-1")
    assert not door.enter(headers, b"{}", NOW, 1.0).again


def test_who_proves_nothing_uses_up_nothing_of_who_does():
    door = Door(SECRET)
    statuses = [door.enter({"authorization": "Bearer x"}, b"", NOW, 0.0).status for _ in range(500)]
    assert statuses == [401] * MISSES_BURST + [429] * (500 - MISSES_BURST)
    assert door.enter(BEARER, b"{}", NOW, 0.0).status == 200
    assert door.enter({"authorization": "Bearer x"}, b"", NOW, 60.0).status == 401


def test_too_many_requests_are_asked_for_patience():
    door = Door(SECRET)
    assert all(door.enter(BEARER, None, NOW, 0.0).status == 200 for _ in range(REQUESTS_BURST))
    admission = door.enter(BEARER, None, NOW, 0.0)
    assert (admission.status, 0 < admission.wait_s <= 1) == (429, True)
    assert door.enter(BEARER, None, NOW, admission.wait_s).status == 200


def test_events_are_let_in_up_to_the_rate():
    door = Door(SECRET)
    room, wait = door.room_for(EVENTS_BURST + 50, 0.0)
    assert (room, wait > 0) == (EVENTS_BURST, True)
    let_in = sum(door.room_for(100, second / 10)[0] for second in range(1, 101))
    assert EVENTS_PER_S * 10 - 1 <= let_in <= EVENTS_PER_S * 10
