"""Signatures, against the example in Bilibili's own document."""

from datetime import UTC, datetime

import pytest

from connectors.base import Secret
from connectors.bilibili.signing import SIGNED, content_md5, signature_of, signed


def test_the_document_s_example():
    """ "鉴权", document/74eec767-e594-7ddd-6aba-257e8317c05d: these headers, this secret, this signature."""
    headers = {
        "x-bili-timestamp": "1624594467",
        "x-bili-accesskeyid": "xxxx",
        "x-bili-content-md5": "fa6837e35b2f591865b288dfd859ce9d",
        "x-bili-signature-method": "HMAC-SHA256",
        "x-bili-signature-nonce": "ad184c09-095f-91c3-0849-230dd3744045",
        "x-bili-signature-version": "1.0",
    }
    expected = "a81c50234b6bbf15bc56e387ee4f19c6f871af2f70b837dc56db16517d4a341f"
    assert signature_of(headers, "JzOzZfSHeYYnAMZ") == expected


def test_a_request_carries_what_the_document_asks_for():
    at = datetime(2026, 11, 23, 12, 0, 0, 900_000, tzinfo=UTC)
    headers = signed(b'{"a":1}', "key-id", Secret("s"), "nonce-1", at)
    assert headers["x-bili-timestamp"] == str(int(at.timestamp()))
    assert headers["x-bili-content-md5"] == content_md5(b'{"a":1}') == "bb6cb5c68df4652941caf652a366f2d8"
    assert headers["Accept"] == headers["Content-Type"] == "application/json"
    assert headers["Authorization"] == signature_of(headers, "s")
    assert set(headers) == {*SIGNED, "Authorization", "Accept", "Content-Type"}


@pytest.mark.parametrize("name", SIGNED)
def test_every_signed_header_counts(name):
    headers = signed(b"", "k", Secret("s"), "n", datetime(2026, 1, 1, tzinfo=UTC))
    assert signature_of(headers | {name: "other"}, "s") != headers["Authorization"]
