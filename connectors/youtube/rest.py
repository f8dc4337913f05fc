"""Calls to YouTube's REST API: the login put in, units counted, refusals told in plain words, retries where a
call may be made twice.

Errors: developers.google.com/youtube/v3/live/docs/errors and developers.google.com/youtube/v3/docs/errors.
"""

from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from connectors.backoff import Backoff
from connectors.base import Secret
from connectors.calls import Answer, ask, retry_after
from connectors.errors import AuthNeeded, Blocked, RateLimited, Transient
from connectors.outside import Outside
from connectors.youtube.chat_errors import ChatOver
from connectors.youtube.endpoints import GOOGLE, Endpoints
from connectors.youtube.oauth import LOGIN, Login
from connectors.youtube.quota import Quota, QuotaSpent
from connectors.youtube.wire import reason_of
from products.errors import CastmateError, RemoteError

TRIES = 4
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0

_PERSON: Mapping[str, tuple[str, str]] = {
    "liveStreamingNotEnabled": (
        "This YouTube channel is not allowed to stream live.",
        "Enable live streaming at youtube.com/features; the first time takes up to 24 hours.",
    ),
    "insufficientPermissions": ("The login does not cover this.", LOGIN),
    "insufficientLivePermissions": ("The login does not cover this broadcast.", LOGIN),
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": ("The login does not cover this.", LOGIN),
    "accessNotConfigured": (
        "The YouTube Data API v3 is not enabled for the project of this OAuth client.",
        "Enable it in the Google API console.",
    ),
    "youtubeSignupRequired": ("This Google account has no YouTube channel.", "Create one at youtube.com."),
}
_SLOW = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "userRequestsExceedRateLimit"})
_SPENT = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_OVER = frozenset({"liveChatEnded", "liveChatDisabled", "liveChatNotFound"})


class Refusal(RemoteError):
    """YouTube said no to one call. `reason`: its own word for why."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason = status, reason


class Unsure(Transient):
    """The connection broke after the call was sent: nobody knows whether it was done."""


class Rest:
    """`skew`: YouTube's clock minus ours, from its Date headers (RFC 9110 6.6.1; whole seconds)."""

    def __init__(
        self, http: httpx.AsyncClient, login: Login, quota: Quota, outside: Outside, where: Endpoints = GOOGLE
    ) -> None:
        self._http, self._login, self._where = http, login, where
        self.quota, self.outside = quota, outside
        self.skew = timedelta()

    async def get(self, method: str, path: str, **params: str) -> Any:
        """A read. `method`: as quota.COSTS names it."""
        return await self.call("GET", method, path, params, None, twice=True)

    async def call(
        self,
        verb: str,
        method: str,
        path: str,
        params: Mapping[str, str],
        body: Mapping[str, Any] | None,
        *,
        twice: bool,
        tries: int = TRIES,
    ) -> Any:
        """The answer's JSON. `twice`: it does no harm when it is done twice, so it is tried again after a
        broken connection or a server's error; others are tried again only where they surely were not done.

        Raises AuthNeeded, QuotaSpent, RateLimited, ChatOver, Refusal, Unsure, Transient or Changed.
        """
        refused, backoff = "", Backoff(self.outside.rng, first=FIRST_WAIT_S, most=LONGEST_WAIT_S)
        number = 0
        while True:
            number += 1
            last = number >= tries
            token = await self._login.bearer(refused)
            self.quota.spend(method, self.outside.now())
            url = self._where.api + path
            try:
                answer = await ask(self._http, verb, url, params=dict(params), body=body, token=Secret(token))
            except Transient as error:
                if not twice:
                    raise Unsure(f"{error.message} Nobody knows whether it was done.") from None
                if last:
                    raise
                await self.outside.sleep(backoff.wait())
                continue
            self._look_at_clock(answer)
            if answer.status < 300:
                return {} if answer.data is None else answer.data
            if answer.status == 401:
                if refused:
                    raise AuthNeeded("YouTube does not accept the login, not even renewed.", remedy=LOGIN)
                refused, number = token, number - 1
                continue
            trouble = self._trouble(answer)
            slow = isinstance(trouble, RateLimited) and not isinstance(trouble, QuotaSpent)
            asked = trouble.retry_after if isinstance(trouble, RateLimited) else None
            if last or not (slow or (answer.status >= 500 and twice)) or (asked or 0) > LONGEST_WAIT_S:
                raise trouble
            await self.outside.sleep(backoff.wait(asked))

    def _look_at_clock(self, answer: Answer) -> None:
        try:
            theirs = parsedate_to_datetime(answer.headers["date"])
            self.skew = theirs - self.outside.now()
        except (KeyError, ValueError, TypeError, OverflowError):
            return  # no date, or none that can be read: the last one stands

    def _trouble(self, answer: Answer) -> CastmateError:
        reason, said = reason_of(answer.data)
        status, now = answer.status, self.outside.now()
        if reason in _SPENT:
            return QuotaSpent(self.quota.exhausted(now), now)
        if status == 429 or reason in _SLOW:
            asked = retry_after(answer.headers, now + self.skew)
            return RateLimited(
                "YouTube takes no more requests for the moment.",
                remedy="Castmate waits and goes on.",
                retry_after=asked,
            )
        if reason in _PERSON:
            message, remedy = _PERSON[reason]
            return AuthNeeded(message, remedy=remedy)
        if reason in _OVER:
            return ChatOver(f"YouTube has no live chat here any more ({reason}).")
        if reason == "userBroadcastsExceedLimit":
            return Blocked(
                "This channel has created too many broadcasts.",
                remedy="Delete planned broadcasts in YouTube Studio, or wait a day.",
            )
        if status >= 500:
            return Transient(
                f"YouTube has trouble of its own ({status}).", remedy="Try again in some minutes."
            )
        why = plain(said) or "it does not say why"
        return Refusal(status, reason, f"YouTube refuses: {why} ({reason or status}).")


def plain(said: str) -> str:
    """A platform's sentence without its markup, one line, at most 300 characters."""
    text, inside = [], False
    for letter in said[:2000]:
        if letter in "<>":
            inside = letter == "<"
        elif not inside:
            text.append(letter)
    return " ".join("".join(text).split()).rstrip(".")[:300]
