"""Signatures, against the Standard Webhooks library (MIT), both ways."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from connectors.base import Secret
from connectors.webhook.signatures import HEADERS, Unproven, key_of, proven, secret_from, signed
from products.errors import SetupError

SECRET = secret_from(bytes(range(32)))
KEY = key_of(SECRET)
THEIRS = Webhook(SECRET.reveal())


def theirs(id_: str, at: datetime, body: str) -> dict[str, str]:
    value = THEIRS.sign(id_, at.replace(tzinfo=None), body)
    return dict(zip(HEADERS, (id_, str(int(at.timestamp())), value), strict=True))


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60), st.text(max_size=80)
)
def test_what_their_library_signs_is_proven(id_, body):
    at = datetime(2026, 11, 23, tzinfo=UTC)
    assert proven(KEY, theirs(id_, at, body), body.encode(), at) == id_


def test_what_we_sign_their_library_verifies():
    body = '{"text": "多少钱"}'.encode()
    headers = signed(KEY, "r-1", datetime.now(UTC), body)
    assert THEIRS.verify(body, headers) == {"text": "多少钱"}
    with pytest.raises(WebhookVerificationError):
        THEIRS.verify(body + b" ", headers)


NOW = datetime(2026, 11, 23, tzinfo=UTC)
GOOD = signed(KEY, "m-1", NOW, b"body")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"webhook-id": ""}, "missing"),
        ({"webhook-id": "x" * 129}, "missing"),
        ({"webhook-timestamp": "soon"}, "missing"),
        ({"webhook-timestamp": "9" * 30}, "missing"),
        ({"webhook-id": "m-2"}, "no signature"),
        ({"webhook-timestamp": str(int(NOW.timestamp()) + 1)}, "no signature"),
        ({"webhook-signature": ""}, "no signature"),
        ({"webhook-signature": GOOD["webhook-signature"].replace("v1,", "v1a,")}, "no signature"),
        ({"webhook-signature": "v1,\xe9"}, "no signature"),
    ],
)
def test_what_is_changed_proves_nothing(change, says):
    with pytest.raises(Unproven, match=says):
        proven(KEY, GOOD | change, b"body", NOW)


def test_one_of_several_signatures_suffices():
    both = {"webhook-signature": "v1,AAAA " + GOOD["webhook-signature"]}
    assert proven(KEY, GOOD | both, b"body", NOW) == "m-1"


@pytest.mark.parametrize(("seconds", "good"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_a_timestamp_is_good_for_five_minutes(seconds, good):
    at = NOW + timedelta(seconds=seconds)
    if good:
        assert proven(KEY, GOOD, b"body", at) == "m-1"
    else:
        with pytest.raises(Unproven, match="five minutes"):
            proven(KEY, GOOD, b"body", at)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "secret",
        base64.b64encode(bytes(32)).decode(),
        "whsec_" + "A" * 16,
        "whsec_!!!!",
        "whsec_é",
    ],
)
def test_a_secret_of_another_form_is_refused_without_being_shown(text):
    with pytest.raises(SetupError) as caught:
        key_of(Secret(text))
    assert len(text) < 8 or text not in str(caught.value)
