"""Logging in to YouTube: device flow, flow of installed applications with PKCE, refresh, revocation.

Sources: developers.google.com/identity/protocols/oauth2/limited-input-device, .../native-app (both also under
developers.google.com/youtube/v3/live/guides/auth); RFC 8628 (device), RFC 7636 (PKCE), RFC 6749 (refresh).
"""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.base import Secret
from connectors.calls import ask
from connectors.errors import AuthNeeded, Blocked, Changed, RateLimited, Transient
from connectors.youtube.endpoints import GOOGLE, Endpoints
from products.errors import CastmateError, SetupError

SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"  # what streaming and chat need, and no more
DEVICE_SCOPE = "https://www.googleapis.com/auth/youtube"  # the device flow takes this one, not force-ssl
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
EARLY = timedelta(seconds=60)  # a token is renewed so long before it ends
LOGIN = "Run: castmate connectors login youtube"

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class App:
    """The shop's own OAuth client, from the Google API console."""

    client_id: str
    client_secret: Secret


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a login gave. `expires`: when `access` ends, aware."""

    access: Secret
    refresh: Secret
    expires: datetime
    scope: str = ""

    def stale(self, now: datetime) -> bool:
        return now >= self.expires - EARLY


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """Shown to the operator: `url` to open on any device, `user_code` to type there until `expires`."""

    user_code: str
    url: str
    expires: datetime
    interval: float
    device_code: Secret


class _TokenAnswer(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    access_token: str
    expires_in: int = 3600
    refresh_token: str = ""
    scope: str = ""


class _DeviceAnswer(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    device_code: str
    user_code: str
    verification_url: str
    expires_in: int = 1800
    interval: float = 5


class _Failure(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)
    error: str = ""
    error_description: str = ""


class OAuth:
    """The exchanges with the login's server. Raises AuthNeeded, SetupError, Blocked or Transient; no message
    holds a token, a code or a secret.
    """

    def __init__(self, http: httpx.AsyncClient, app: App, where: Endpoints = GOOGLE) -> None:
        self._http, self._app, self._where = http, app, where

    # ---- on another device

    async def device_code(self, now: datetime) -> DeviceCode:
        """Begins the device flow."""
        form = {"client_id": self._app.client_id, "scope": DEVICE_SCOPE}
        status, body = await self._post(self._where.device, form)
        if status != 200:
            raise self._refused(status, body)
        try:
            answer = _DeviceAnswer.model_validate(body)
        except ValidationError:
            raise _unreadable() from None
        return DeviceCode(
            answer.user_code,
            answer.verification_url,
            now + timedelta(seconds=min(answer.expires_in, 86_400)),
            max(1.0, min(answer.interval, 60.0)),
            Secret(answer.device_code),
        )

    async def wait_for_device(self, code: DeviceCode, now: Callable[[], datetime], sleep: Sleep) -> Tokens:
        """Asks at the pace that the server named until the operator has agreed.

        Raises SetupError when they declined or the code ran out.
        """
        interval, troubles = code.interval, 0
        while now() < code.expires:
            await sleep(interval)
            form = {
                "client_id": self._app.client_id,
                "client_secret": self._app.client_secret.reveal(),
                "device_code": code.device_code.reveal(),
                "grant_type": DEVICE_GRANT,
            }
            try:
                status, body = await self._post(self._where.token, form)
            except Transient:
                troubles += 1
                if troubles > 5:
                    raise
                interval = min(interval * 2, 60.0)  # RFC 8628 3.5: back off on a lost connection
                continue
            failure = "" if status == 200 else _failure(body).error
            if status == 200:
                return self._tokens(body, now(), None)
            if failure == "slow_down":
                interval += 5.0  # RFC 8628 3.5
            elif failure == "access_denied":
                raise SetupError("The login was declined on the other device.", remedy="Start it again.")
            elif failure != "authorization_pending":
                raise self._refused(status, body)
        raise SetupError("The code was not typed in time.", remedy="Start the login again.")

    # ---- in a browser of this machine

    def consent_url(self, redirect: str, state: str, verifier: str) -> str:
        """Where the operator's browser goes. `redirect`: http://127.0.0.1:PORT of our own listener."""
        query = {
            "client_id": self._app.client_id,
            "redirect_uri": redirect,
            "response_type": "code",
            "scope": SCOPE,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
            "state": state,
            "access_type": "offline",
            "prompt": "consent",
        }
        return f"{self._where.consent}?{urlencode(query)}"

    async def exchange(self, code: str, verifier: str, redirect: str, now: datetime) -> Tokens:
        """The code that the browser brought back, for tokens."""
        form = {
            "client_id": self._app.client_id,
            "client_secret": self._app.client_secret.reveal(),
            "code": code,
            "code_verifier": verifier,
            "grant_type": "authorization_code",
            "redirect_uri": redirect,
        }
        status, body = await self._post(self._where.token, form)
        if status != 200:
            raise self._refused(status, body)
        return self._tokens(body, now, None)

    # ---- later

    async def renew(self, tokens: Tokens, now: datetime) -> Tokens:
        """A new access token. Raises AuthNeeded when the login was revoked or has run out."""
        form = {
            "client_id": self._app.client_id,
            "client_secret": self._app.client_secret.reveal(),
            "refresh_token": tokens.refresh.reveal(),
            "grant_type": "refresh_token",
        }
        status, body = await self._post(self._where.token, form)
        if status != 200:
            raise self._refused(status, body)
        return self._tokens(body, now, tokens)

    async def revoke(self, tokens: Tokens) -> None:
        """Gives the login back. One that is already void counts as given back."""
        status, body = await self._post(self._where.revoke, {"token": tokens.refresh.reveal()})
        if status != 200 and _failure(body).error != "invalid_token":
            raise self._refused(status, body)

    def _tokens(self, body: object, now: datetime, old: Tokens | None) -> Tokens:
        try:
            answer = _TokenAnswer.model_validate(body)
        except ValidationError:
            raise _unreadable() from None
        refresh = Secret(answer.refresh_token) if answer.refresh_token else old.refresh if old else None
        if refresh is None:
            raise SetupError(
                "Google gave no lasting login (no refresh token).",
                remedy="Remove Castmate under myaccount.google.com/permissions and log in again.",
            )
        expires = now + timedelta(seconds=max(0, min(answer.expires_in, 86_400)))
        return Tokens(
            Secret(answer.access_token), refresh, expires, answer.scope or (old.scope if old else "")
        )

    def _refused(self, status: int, body: object) -> CastmateError:
        match _failure(body).error:
            case "invalid_grant":
                return AuthNeeded(
                    "YouTube's login is no longer good: revoked, run out, or the password was changed.",
                    remedy=LOGIN,
                )
            case "invalid_client" | "unauthorized_client":
                return SetupError(
                    "Google does not know this OAuth client, or its secret is wrong.",
                    remedy="Copy client id and secret from the Google API console; for the device flow the "
                    "client's type must be TVs and Limited Input devices.",
                )
            case "invalid_scope":
                return SetupError(
                    "Google refuses the permission to manage YouTube for this client.",
                    remedy="Enable the YouTube Data API v3 for the project.",
                )
            case "org_internal" | "admin_policy_enforced":
                return Blocked(
                    "The account's organisation does not allow this application.",
                    remedy="Ask its administrator, or log in with another account.",
                )
            case "access_denied" | "rate_limit_exceeded" if status == 403:
                return RateLimited("Google refuses more logins for now.", remedy="Try again in an hour.")
            case _:
                return Transient(
                    f"Google's login answered {status} without saying why.",
                    remedy="Try again in some minutes.",
                )

    async def _post(self, url: str, form: Mapping[str, str]) -> tuple[int, Any]:
        answer = await ask(self._http, "POST", url, form=form)
        if answer.status == 200 and answer.data is None and url != self._where.revoke:
            raise _unreadable()
        return answer.status, answer.data


def challenge(verifier: str) -> str:
    """RFC 7636 4.2, S256."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def verifier_of(random: bytes) -> str:
    """RFC 7636 4.1, from 32 random bytes: 43 characters."""
    return base64.urlsafe_b64encode(random).rstrip(b"=").decode("ascii")


def code_from(query: Mapping[str, str], state: str) -> str:
    """The code of the address that the browser came back to. Raises SetupError for a refusal, and for an
    answer to another login than ours (RFC 6749 10.12).
    """
    if not hmac.compare_digest(query.get("state", "").encode(), state.encode()):
        raise SetupError("The browser came back from another login.", remedy="Start the login again.")
    if query.get("error"):
        raise SetupError("The login was declined in the browser.", remedy="Start it again and agree.")
    if not query.get("code"):
        raise SetupError("The browser came back without a code.", remedy="Start the login again.")
    return query["code"]


class Login:
    """The login of one account, kept fresh. `keep` stores new tokens sealed, before they are used."""

    def __init__(
        self,
        oauth: OAuth,
        tokens: Tokens,
        now: Callable[[], datetime],
        keep: Callable[[Tokens], None] = lambda tokens: None,
    ) -> None:
        self._oauth, self._tokens, self._now, self._keep = oauth, tokens, now, keep
        self._lost: AuthNeeded | None = None
        self.renewals = 0
        self._one = asyncio.Lock()  # of several that find it stale one renews it

    async def bearer(self, refused: str = "") -> str:
        """An access token. `refused`: the one that was just answered with 401, which is then not given again.
        Raises AuthNeeded, at once and without asking again once it is lost.
        """
        async with self._one:
            return await self._bearer(refused)

    async def _bearer(self, refused: str) -> str:
        if self._lost is not None:
            raise self._lost
        if self._tokens.stale(self._now()) or refused == self._tokens.access.reveal():
            try:
                fresh = await self._oauth.renew(self._tokens, self._now())
            except AuthNeeded as lost:
                self._lost = lost
                raise
            self._tokens = replace(fresh)
            self.renewals += 1
            self._keep(self._tokens)
        return self._tokens.access.reveal()


def _failure(body: object) -> _Failure:
    try:
        return _Failure.model_validate(body)
    except ValidationError:
        return _Failure()


def _unreadable() -> Changed:
    return Changed("Google's login sent an answer that cannot be read.", remedy="Try again in some minutes.")
