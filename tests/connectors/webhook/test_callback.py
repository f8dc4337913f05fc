"""Answers posted to the tool, verified by the Standard Webhooks library."""

import asyncio
import logging
from datetime import UTC, datetime

import httpx
import pytest
import virtual_time
from standardwebhooks.webhooks import Webhook

from connectors.base import Secret
from connectors.outside import Outside
from connectors.webhook.callback import Callback, checked
from connectors.webhook.replies import Replies
from connectors.webhook.signatures import key_of, secret_from
from products.errors import SetupError

SECRET = secret_from(bytes(range(32)))
URL = Secret("https://shop.example/castmate?token=t0ken")


def told(statuses, texts=("Yes.",)):
    """What became of each reply when the tool answers with these statuses in turn, and what it was sent."""
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        status = statuses.pop(0)
        if status == 0:
            raise httpx.ConnectError("no")
        return httpx.Response(status, headers={"Location": "https://elsewhere.example"})

    async def story():
        replies = Replies(virtual_time.time)
        outside = Outside(
            virtual_time.now, virtual_time.time, dial=None, transport=httpx.MockTransport(answer)
        )
        callback = Callback(URL, key_of(SECRET), replies, outside)
        running = asyncio.ensure_future(callback.run())
        added = [replies.add(text, "m-1", virtual_time.now()) for text in texts]
        await asyncio.sleep(120)
        ended = running.done()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert not replies.heard
        return [(r.done.is_set(), r.refused) for r in added], ended

    return (*virtual_time.run(story()), asked)


def test_a_reply_is_posted_signed_and_confirmed_by_2xx():
    became, ended, (request,) = told([204])
    assert (became, ended) == ([(True, "")], False)
    assert str(request.url) == URL.reveal()
    theirs = Webhook(SECRET.reveal())
    body = request.content.decode()
    at = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
    assert request.headers["webhook-signature"] == theirs.sign("r-1", at.replace(tzinfo=None), body)
    assert '"text": "Yes."' in body


def test_no_log_line_holds_the_address(caplog):
    caplog.set_level(logging.DEBUG)
    _, _, (request,) = told([200])
    assert request.headers["host"] == "shop.example"
    assert "t0ken" not in caplog.text


def test_what_may_pass_is_tried_again_with_the_same_id():
    became, _, asked = told([0, 503, 429, 200])
    assert became == [(True, "")]
    assert {r.headers["webhook-id"] for r in asked} == {"r-1"}
    assert len(asked) == 4


def test_what_does_not_pass_is_told_without_the_address():
    became, ended, _ = told([500] * 4 + [200], ("one", "two"))
    assert became == [(True, "The tool answered 500."), (True, "")]
    assert not ended
    assert "t0ken" not in str(became)


@pytest.mark.parametrize("status", [302, 400, 404])
def test_other_answers_are_a_refusal_and_no_redirect_is_followed(status):
    became, _, asked = told([status])
    assert became == [(True, f"the tool answered {status}")]
    assert len(asked) == 1


def test_gone_ends_it():
    became, ended, asked = told([410, 200], ("one", "two"))
    assert became == [(True, "the tool wants no more replies (410)"), (False, "")]
    assert (ended, len(asked)) == (True, 1)


@pytest.mark.parametrize("url", ["http://shop.example/x", "ftp://x", "", "http://127.0.0.1.example/"])
def test_replies_go_out_encrypted_or_to_this_machine(url):
    with pytest.raises(SetupError):
        checked(Secret(url))
    assert checked(Secret("http://127.0.0.1:9/x")).reveal()
