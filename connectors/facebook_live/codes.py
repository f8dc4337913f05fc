"""What Facebook's errors stand for. Pure.

Source: developers.facebook.com/docs/graph-api/guides/error-handling (codes 1, 2, 3, 4, 10, 17, 102, 190,
200-299, 341, 368, 506 and the subcodes of 190), /docs/graph-api/overview/rate-limiting (4, 17, 32, 613,
80001).
Code 100 with subcode 33 (an object that is not there) is seen in many programs and stands in no document.
"""

from datetime import datetime
from typing import Any

from connectors.calls import Answer, retry_after, trouble
from connectors.errors import AuthNeeded, Blocked, NotLive, RateLimited, Transient
from connectors.facebook_live.usage import usage_of
from products.errors import CastmateError, RemoteError

TOKEN = frozenset({102, 190})
BUSY = frozenset({4, 17, 32, 341, 613, 80_001})
PASSES = frozenset({1, 2})
NO_OBJECT = (100, 33)
WHY = {
    458: "the app is not connected to the account any more",
    459: "Facebook wants the person to log in on facebook.com",
    460: "the password was changed",
    463: "its time is over",
    464: "the account is not confirmed",
    467: "it was withdrawn",
}
AGAIN = "Run: castmate connectors login facebook_live --again"


class TokenEnded(AuthNeeded):
    """This token is not taken any more; another one may be."""


def error_for(answer: Answer, now: datetime) -> CastmateError | None:
    """None for an answer that is none of an error. No message holds a token: Facebook's words are cut where
    one could stand.
    """
    error = answer.dig("error")
    if not isinstance(error, dict):
        return trouble(answer, now)
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    said = f"Facebook says {code}{f'/{subcode}' if subcode else ''}: {_words(error)}"
    if code in TOKEN:
        return TokenEnded(f"The login is not taken: {WHY.get(subcode, _words(error))}.", remedy=AGAIN)
    if code in BUSY or answer.status == 429:
        usage = usage_of(answer.headers)
        regain = usage.regain_s if usage is not None else None
        asked = retry_after(answer.headers, now)
        return RateLimited(said, retry_after=asked if asked is not None else regain)
    if code in PASSES or error.get("is_transient") is True or answer.status >= 500:
        wait = retry_after(answer.headers, now)
        return Transient(said) if wait is None else RateLimited(said, retry_after=wait)
    if code in (3, 10) or 200 <= code <= 299:
        return AuthNeeded(said, remedy=f"Give the app the permission that is named. {AGAIN}")
    if code == 368:
        return Blocked(said, remedy="Look at the Page's support inbox: Facebook has stopped it for a while.")
    if (code, subcode) == NO_OBJECT:
        return NotLive(said)
    return RemoteError(said)


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _words(error: dict[str, Any]) -> str:
    words = error.get("error_user_msg") or error.get("message")
    text = words if isinstance(words, str) else "no reason"
    kept = (word if len(word) <= 40 else "..." for word in text.split())
    return " ".join(kept)[:300].rstrip(".")
