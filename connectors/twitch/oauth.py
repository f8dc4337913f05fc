"""Logging in to Twitch: device code, authorization code, refresh, validation.

Source: dev.twitch.tv/docs/authentication (getting-tokens-oauth, refresh-tokens, validate-tokens, scopes).
Twitch writes `scopes` where RFC 8628 has `scope`, and answers with a list where RFC 6749 has a string.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connectors.account import Account
from connectors.base import Secret
from connectors.calls import Answer, ask, patient, trouble
from connectors.errors import AuthNeeded, Changed
from connectors.outside import Outside
from connectors.twitch.endpoints import Endpoints
from products.errors import RemoteError, SetupError

NEEDED = ("user:read:chat", "user:write:chat", "channel:read:stream_key")
USEFUL = ("channel:manage:broadcast", "moderator:read:followers", "channel:read:subscriptions")
SCOPES = NEEDED + USEFUL
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
EARLY = timedelta(minutes=5)


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class DeviceCode(_Model):
    """`expires_in`, `interval`: seconds."""

    device_code: str = Field(repr=False)
    user_code: str
    verification_uri: str
    expires_in: int = Field(default=1800, ge=1, le=86_400)
    interval: float = Field(default=5.0, ge=0, le=120)


class _Token(_Model):
    access_token: str = Field(min_length=1)
    refresh_token: str = ""
    expires_in: int = Field(default=3600, ge=0, le=10**9)
    scope: tuple[str, ...] | str = ()


class Validated(_Model):
    """Whose token it is and what it may. `expires_in`: seconds."""

    client_id: str
    login: str = ""
    user_id: str = ""
    scopes: tuple[str, ...] | None = ()
    expires_in: int = 0


M = TypeVar("M", bound=_Model)


@dataclass(frozen=True)
class OAuth:
    """The exchanges with id.twitch.tv for one account. No message holds a token or a code."""

    account: Account
    outside: Outside
    where: Endpoints
    client: httpx.AsyncClient

    async def device_code(self) -> DeviceCode:
        """Begins the device flow. Raises SetupError for a client id that Twitch does not know."""
        form = {"client_id": self._client_id, "scopes": " ".join(SCOPES)}
        answer = await patient(lambda: self._post("/device", form), self.outside)
        _raise(answer, self.outside.now(), "Check the client id at dev.twitch.tv/console/apps.")
        return _read(DeviceCode, answer)

    async def wait_for_device(self, code: DeviceCode) -> None:
        """Asks at the pace that Twitch named until the person agreed; then the account is logged in.

        Raises SetupError when they did not in time.
        """
        form = {
            "client_id": self._client_id,
            "scopes": " ".join(SCOPES),
            "device_code": code.device_code,
            "grant_type": DEVICE_GRANT,
        }
        until, pause = self.outside.time() + code.expires_in, max(1.0, code.interval)
        while self.outside.time() < until:
            await self.outside.sleep(pause)
            answer = await patient(lambda: self._post("/token", form), self.outside)
            said = _says(answer)
            if answer.status == 400 and "authorization_pending" in said:
                continue
            if answer.status == 400 and "slow_down" in said:  # RFC 8628 3.5
                pause += 5.0
                continue
            _raise(answer, self.outside.now(), "Run the login again.")
            return self._keep(_read(_Token, answer))
        raise SetupError("Nobody agreed on Twitch in time.", remedy="Run the login again.")

    def consent_url(self, redirect: str, state: str) -> str:
        """Where the person agrees, in a browser on this machine."""
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect,
            "scope": " ".join(SCOPES),
            "state": state,
        }
        return f"{self.where.id}/authorize?{urlencode(query)}"

    async def exchange(self, back: Mapping[str, str], redirect: str, state: str) -> None:
        """Makes tokens of what the browser brought back. Raises SetupError where it is not ours."""
        if not hmac.compare_digest(back.get("state", ""), state):
            raise SetupError("What came back is not the answer to this login.", remedy="Run it again.")
        if "code" not in back:
            said = back.get("error_description") or back.get("error") or "no reason"
            raise SetupError(f"Twitch did not give access: {said[:200]}.", remedy="Run it again and agree.")
        form = {
            "client_id": self._client_id,
            "client_secret": self.account.secret("client_secret").reveal(),
            "code": back["code"],
            "grant_type": "authorization_code",
            "redirect_uri": redirect,
        }
        answer = await patient(lambda: self._post("/token", form), self.outside)
        _raise(answer, self.outside.now(), "Check client secret and redirect URL at dev.twitch.tv/console.")
        self._keep(_read(_Token, answer))

    async def refresh(self, used: Secret) -> None:
        """A new access token instead of `used`; not asked for when another process did it meanwhile.

        Raises AuthNeeded where the refresh token is not good any more.
        """
        self.account.reread()
        if self.account.has("access_token") and self.account.secret("access_token") != used:
            return
        form = {
            "client_id": self._client_id,
            "grant_type": "refresh_token",
            "refresh_token": self.account.secret("refresh_token").reveal(),
        }
        if self.account.has("client_secret"):
            form["client_secret"] = self.account.secret("client_secret").reveal()
        answer = await patient(lambda: self._post("/token", form), self.outside)
        if answer.status in (400, 401, 403):
            raise AuthNeeded(
                f"Twitch does not renew the login of {self.account.name} ({answer.status}: {_says(answer)}).",
                remedy=f"Run: castmate connectors login twitch --account {self.account.name} --again",
            )
        _raise(answer, self.outside.now(), "Try again later.")
        self._keep(_read(_Token, answer))

    async def validate(self) -> Validated:
        """What the token is good for. Raises AuthNeeded where Twitch does not take it."""
        token = self.account.secret("access_token")
        headers = {"Authorization": f"OAuth {token.reveal()}"}

        async def call() -> Answer:
            answer = await ask(self.client, "GET", f"{self.where.id}/validate", headers=headers)
            return _passing(answer, self.outside.now())

        answer = await patient(call, self.outside)
        if answer.status == 401:
            raise AuthNeeded(
                f"Twitch does not take the login of {self.account.name} any more.",
                remedy=f"Run: castmate connectors login twitch --account {self.account.name} --again",
            )
        _raise(answer, self.outside.now(), "Try again later.")
        return _read(Validated, answer)

    @property
    def due(self) -> bool:
        """Whether the token ends soon. The account keeps the end by our own clock."""
        try:
            return self.outside.now() >= datetime.fromisoformat(self.account.text("expires")) - EARLY
        except (ValueError, TypeError):
            return False

    @property
    def _client_id(self) -> str:
        return self.account.secret("client_id").reveal()

    async def _post(self, path: str, form: Mapping[str, str]) -> Answer:
        answer = await ask(self.client, "POST", self.where.id + path, form=form)
        return _passing(answer, self.outside.now())

    def _keep(self, token: _Token) -> None:
        expires = self.outside.now() + timedelta(seconds=token.expires_in)
        changed: dict[str, str | Secret | None] = {
            "access_token": token.access_token,
            "expires": expires.isoformat(),
        }
        if token.refresh_token:  # a public client's works once; a confidential one's may stay the same
            changed["refresh_token"] = token.refresh_token
        self.account.keep(**changed)


def _passing(answer: Answer, now: datetime) -> Answer:
    """Raises what passes by itself: 429, 5xx."""
    error = trouble(answer, now) if answer.status in (408, 429) or answer.status >= 500 else None
    if error is not None:
        raise error
    return answer


def _says(answer: Answer) -> str:
    return str(answer.dig("message") or answer.dig("error") or "no reason")[:200]


def _raise(answer: Answer, now: datetime, remedy: str) -> None:
    error = trouble(answer, now, _says(answer))
    if isinstance(error, AuthNeeded):
        raise AuthNeeded(error.message, remedy=remedy)
    if error is not None:
        raise SetupError(error.message, remedy=remedy) if answer.status < 500 else RemoteError(error.message)


def _read(model: type[M], answer: Answer) -> M:
    data: Any = answer.data
    try:
        return model.model_validate(data)
    except ValidationError:
        raise Changed(f"{answer.host} answered in an unknown form.") from None
