"""Calls to Shopee's open platform: signed, with tokens that are renewed.

Sources: Shopee's schemas of v2.livestream and v2.public as kept in congminh1254/shopee-sdk cb231e9
(schemas/): query partner_id, timestamp (good for 5 minutes), access_token (4 hours), user_id, sign; the sign
is hex HMAC-SHA256 with the partner key over partner_id, path, timestamp, access_token, user_id. A refresh
token is good for 30 days and serves once: the new one is kept before anything else is done.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from connectors.account import Account
from connectors.calls import Answer, ask, retry_after
from connectors.errors import AuthNeeded, Blocked, Changed, NotLive, RateLimited, Transient
from connectors.outside import Outside
from connectors.quiet_query import QuietQuery
from connectors.rtmp.hosts import host_of, is_loopback
from connectors.shopee_live.signing import sign_of
from products.errors import CastmateError, RemoteError, SetupError

BASE = "https://partner.shopeemobile.com"
TIMEOUT_S = 15.0
REFRESH = "/api/v2/auth/access_token/get"
EARLY = timedelta(minutes=10)  # a token is renewed before it ends
_TOKEN = {"invalid_acceess_token", "invalid_access_token"}
_PERSON = {
    "error_sign",
    "error_auth",
    "invalid_partner_id",
    "error_partner_key_expired",
    "user_no_linked",
    "refresh_token_expired",
    "source_ip_undeclared",
    "error_api_permission",
}
_STOP = {"user_banned", "error_api_call_restricted", "api_suspended", "error_limit"}


class Shopee:
    """Calls as one user of one app. The account's fields: partner_id, partner_key, user_id, access_token,
    refresh_token, expires (ISO 8601); api_base where it is not Shopee's own.
    """

    def __init__(self, account: Account, outside: Outside) -> None:
        self._account, self._outside = account, outside
        inner = outside.transport or httpx.AsyncHTTPTransport()
        self._client = httpx.AsyncClient(transport=QuietQuery(inner, self._params), timeout=TIMEOUT_S)
        self._base = _checked(account.text("api_base", BASE).rstrip("/"))

    async def get(self, path: str, **asked: Any) -> Mapping[str, Any]:
        return await self._call("GET", path, {k: str(v) for k, v in asked.items()}, None)

    async def post(self, path: str, **asked: Any) -> Mapping[str, Any]:
        return await self._call("POST", path, {}, asked)

    async def _call(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> Mapping[str, Any]:
        """What stands under `response`. Raises what `error_for` names."""
        if self._ends_soon():
            await self._renew()
        data = await self._once(method, path, query, body)
        if _token_is_bad(data):
            await self._renew()
            data = await self._once(method, path, query, body)
        if error := error_for(str(data.get("error") or ""), str(data.get("message") or "")):
            raise error
        answer = data.get("response")
        return answer if isinstance(answer, dict) else {}

    async def _once(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> Mapping[str, Any]:
        answer = await ask(self._client, method, self._base + path, params=dict(query), body=body)
        return _opened(answer, self._outside.now())

    def _params(self, path: str) -> dict[str, str]:
        """What every address carries; calls for a token carry none."""
        partner, at = self._account.text("partner_id"), str(int(self._outside.now().timestamp()))
        more: dict[str, str] = {}
        if path != REFRESH:
            token = self._account.secret("access_token").reveal()
            more = {"access_token": token, "user_id": self._account.text("user_id")}
        sign = sign_of(self._account.secret("partner_key"), partner, path, at, *more.values())
        return {"partner_id": partner, "timestamp": at, "sign": sign} | more

    async def aclose(self) -> None:
        await self._client.aclose()

    @property
    def closed(self) -> bool:
        return self._client.is_closed

    def _ends_soon(self) -> bool:
        try:
            ends = datetime.fromisoformat(self._account.text("expires"))
        except ValueError:
            return False
        ends = ends if ends.tzinfo else ends.replace(tzinfo=UTC)
        return ends - self._outside.now() < EARLY

    async def _renew(self) -> None:
        """Another show of this account may have done it already: then its token is taken."""
        old = self._account.text("refresh_token")
        self._account.reread()
        if self._account.text("refresh_token") != old and not self._ends_soon():
            return
        refresh = self._account.secret("refresh_token").reveal()
        body = {
            "refresh_token": refresh,
            "partner_id": _number(self._account.text("partner_id"), "partner id"),
            "user_id": _number(self._account.text("user_id"), "user id"),
        }
        answer = await ask(self._client, "POST", self._base + REFRESH, body=body)
        data = _opened(answer, self._outside.now())
        if error := error_for(str(data.get("error") or ""), str(data.get("message") or "")):
            raise error
        try:
            token, fresh, lasts = data["access_token"], data["refresh_token"], int(data["expire_in"])
        except (KeyError, TypeError, ValueError):
            raise Changed("Shopee's answer to a renewed token has another form than documented.") from None
        ends = self._outside.now() + timedelta(seconds=min(lasts, 86_400))
        self._account.keep(access_token=token, refresh_token=fresh, expires=ends.isoformat())


def error_for(error: str, message: str) -> CastmateError | None:
    """The error that an answer stands for; None for success. `message` is Shopee's own, told as it is."""
    if error in ("", "-"):
        return None
    said = f"Shopee says {error}: {message[:200]}" if message else f"Shopee says {error}."
    low = message.lower()
    if "timestamp is expired" in low or "invalid timestamp" in low:
        return SetupError(said, remedy="Set this machine's clock (NTP): it is more than five minutes off.")
    if error in _PERSON | _TOKEN or "permission to livestream" in low:
        return AuthNeeded(said, remedy="Look at the app at open.shopee.com, then log in again.")
    if error in _STOP or "not supported for current region" in low:
        return Blocked(said, remedy="Look at the app's console at open.shopee.com.")
    if error == "error_rate_limit" or "too many requests" in low:
        return RateLimited(said)
    if "not ongoing" in low or "is ended" in low or "is not exist" in low:
        return NotLive(said)
    if "still ongoing" in low:
        return SetupError(said, remedy="End the session that runs in the Shopee app or on Live PC.")
    if error in ("error_server", "error_network"):
        return Transient(said)
    return RemoteError(said)


def _token_is_bad(data: Mapping[str, Any]) -> bool:
    error, message = str(data.get("error") or ""), str(data.get("message") or "").lower()
    return error in _TOKEN or (error == "error_auth" and "access_token" in message)


def _opened(answer: Answer, now: datetime) -> Mapping[str, Any]:
    """The JSON object of an answer, whatever its status: Shopee sends errors with 200 and with 403."""
    if isinstance(answer.data, dict) and ("error" in answer.data or answer.status < 400):
        return answer.data
    if answer.status == 429:
        raise RateLimited("Shopee answers 429.", retry_after=retry_after(answer.headers, now))
    if answer.status >= 500 or answer.status == 408:
        raise Transient(f"Shopee answers {answer.status}.")
    raise Changed(f"Shopee's answer ({answer.status}) has another form than documented.")


def _checked(base: str) -> str:
    """A stand-in for Shopee is reached encrypted, or stands on this machine. Raises SetupError."""
    if not base.startswith("https://") and not is_loopback(host_of(base)):
        raise SetupError("A stand-in for Shopee must be on this machine.", remedy="Log in again without it.")
    return base


def _number(text: str, what: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise SetupError(f"The {what} of the Shopee account is not a number.", remedy="Log in again.")
    return int(text)
