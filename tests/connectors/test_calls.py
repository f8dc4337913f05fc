"""HTTP calls: what a status means, how long to wait, what is bounded."""

import asyncio
from datetime import UTC, datetime
from random import Random

import httpx
import pytest
import virtual_time

from connectors.base import Secret
from connectors.calls import LARGEST_ANSWER, Answer, ask, patient, retry_after, trouble
from connectors.errors import AuthNeeded, Blocked, Changed, RateLimited, Transient
from connectors.outside import Outside
from products.errors import RemoteError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, type(None)),
        (401, AuthNeeded),
        (403, Blocked),
        (404, RemoteError),
        (408, Transient),
        (429, RateLimited),
        (500, Transient),
        (503, Transient),
    ],
)
def test_what_a_status_means(status, kind):
    assert type(trouble(Answer(status, {}, None, "here"), NOW)) is kind


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("25", 25.0),
        ("Mon, 23 Nov 2026 12:00:40 GMT", 40.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("9" * 30, None),
        ("-3", None),
    ],
)
def test_how_long_to_wait(value, seconds):
    assert retry_after({"retry-after": value}, NOW) == seconds


async def answered(handler, **sent):
    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as client:
        return await ask(client, "GET", "https://here.example/path?token=SECRET", **sent)


async def test_a_token_goes_into_its_header_and_no_answer_is_no_crash():
    def handler(request):
        assert request.headers["authorization"] == "Bearer SECRET"
        return httpx.Response(200, text="<html>")

    answer = await answered(handler, token=Secret("SECRET"))
    assert (answer.status, answer.data) == (200, None)
    assert answer.dig("a", "b") is None


async def test_a_line_that_breaks_is_transient_and_shows_no_address():
    def handler(request):
        raise httpx.ConnectError(f"cannot reach {request.url}")

    with pytest.raises(Transient) as error:
        await answered(handler)
    assert "SECRET" not in str(error.value)
    assert error.value.__cause__ is None


async def test_an_answer_without_end_is_left():
    async def endless():
        while True:
            yield b"x" * 65536

    with pytest.raises(Changed, match="MiB"):
        await answered(lambda request: httpx.Response(200, content=endless()))
    assert LARGEST_ANSWER < 10**8


def test_patience_waits_as_long_as_it_is_asked_to_and_no_longer_than_it_may():
    async def live():
        outside = Outside(now=virtual_time.now, time=virtual_time.time, dial=None, rng=Random(1))
        errors = [Transient("a"), RateLimited("b", retry_after=20.0)]

        async def call():
            if errors:
                raise errors.pop(0)
            return "done"

        assert await patient(call, outside) == "done"
        assert 20 <= virtual_time.time() < 22
        errors[:] = [RateLimited("c", retry_after=3600.0)]
        with pytest.raises(RateLimited):
            await patient(call, outside)
        assert virtual_time.time() < 22
        errors[:] = [Transient("d")] * 9
        with pytest.raises(Transient):
            await patient(call, outside, tries=3)
        assert len(errors) == 6

    virtual_time.run(live())


async def test_who_is_cancelled_while_waiting_is_gone():
    outside = Outside(now=lambda: NOW, time=lambda: 0.0, dial=None, rng=Random(1))

    async def call():
        raise Transient("again")

    waiting = asyncio.ensure_future(patient(call, outside, tries=99))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
