"""Calls to Kuaishou's open platform: the address to send to, the end, the state; tokens that are renewed.

Source: KwaiVideoTeam/kuaishou-liveopen-api (README 6.1-6.4 at 053ed82, its page on tokens at b6c1203).
These calls are not signed: an OAuth token and the app's id go in the query, below the HTTP client, whose log
lines never see them. Live calls answer result 0 for success, those for tokens 1.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from connectors.account import Account
from connectors.base import Secret
from connectors.calls import Answer, ask, trouble
from connectors.errors import AuthNeeded, Changed, NotLive, RateLimited, Transient
from connectors.outside import Outside
from connectors.quiet_query import QuietQuery
from connectors.rtmp.hosts import host_of, is_loopback
from products.errors import CastmateError, RemoteError, SetupError

BASE = "https://open.kuaishou.com"
LIVE = "/openapi/kwaiUser/live/"
REFRESH, EXCHANGE = "/oauth2/refresh_token", "/oauth2/access_token"
TIMEOUT_S = 20.0
EARLY = timedelta(minutes=5)
TOKEN_ENDED = frozenset({200_102, 100_200_102})
AGAIN = "Run: castmate connectors login kuaishou --again"
WORDS = {  # README 6.4, and the list of the authorization page
    200_100: "the app id is wrong",
    200_102: "the authorization is not taken",
    400_001: "a parameter is wrong",
    400_006: "the account has no permission to go live",
    400_008: "the account has no permission for shopping lives",
    400_009: "the stream's name is not legal",
    400_013: "this broadcast belongs to somebody else",
    400_014: "the cover picture is not taken",
    100_200_101: "the app is not known or not in order",
    100_200_102: "the token is not taken",
    100_200_105: "the code is not taken",
    100_200_106: "the permission was not given, or was taken back",
}
PERSON = frozenset({200_100, 400_006, 400_008, 400_014, 100_200_101, 100_200_105, 100_200_106})


class TokenEnded(AuthNeeded):
    """This token is not taken; a renewed one may be."""


class Kuaishou:
    """Calls for one account. Its fields: app_id, app_secret, biz_id, access_token, refresh_token, expires
    (ISO 8601); api_base where it is not Kuaishou's own.
    """

    def __init__(self, account: Account, outside: Outside) -> None:
        self._account, self._outside = account, outside
        inner = outside.transport or httpx.AsyncHTTPTransport()
        self._client = httpx.AsyncClient(transport=QuietQuery(inner, self._params), timeout=TIMEOUT_S)
        self._base = _checked(account.text("api_base", BASE).rstrip("/"))
        self._renewing = asyncio.Lock()

    def _params(self, path: str) -> dict[str, str]:
        app = {"app_id": self._account.text("app_id")}
        if path.startswith(LIVE):
            biz = self._account.text("biz_id")
            token = self._account.secret("access_token").reveal()
            return app | {"access_token": token} | ({"bizId": biz} if biz else {})
        app["app_secret"] = self._account.secret("app_secret").reveal()
        if path == REFRESH:
            refresh = self._account.secret("refresh_token").reveal()
            return app | {"grant_type": "refresh_token", "refresh_token": refresh}
        return app | {"grant_type": "code", "code": self._account.secret("code").reveal()}

    async def get(self, path: str) -> Mapping[str, Any]:
        """What stands under `content`. Raises what `error_for` names."""
        return await self._call("GET", path, {}, None)

    async def post(
        self, path: str, cover: tuple[str, bytes, str] | None = None, **asked: str
    ) -> Mapping[str, Any]:
        return await self._call("POST", path, asked, cover)

    async def _call(
        self, method: str, path: str, asked: Mapping[str, str], cover: tuple[str, bytes, str] | None
    ) -> Mapping[str, Any]:
        if self._ends_soon():
            await self._renew(self._account.secret("access_token"))
        used = self._account.secret("access_token")
        try:
            return self._content(await self._once(method, path, asked, cover))
        except TokenEnded:
            await self._renew(used)
            return self._content(await self._once(method, path, asked, cover))

    async def _once(
        self, method: str, path: str, asked: Mapping[str, str], cover: tuple[str, bytes, str] | None
    ) -> Answer:
        files = {"file": cover} if cover is not None else None
        return await ask(self._client, method, self._base + LIVE + path, params=dict(asked), files=files)

    def _content(self, answer: Answer) -> Mapping[str, Any]:
        data = self._opened(answer, 0)
        content = data.get("content")
        return content if isinstance(content, dict) else {}

    def _opened(self, answer: Answer, good: int) -> Mapping[str, Any]:
        if isinstance(answer.data, dict) and isinstance(answer.data.get("result"), int):
            if error := error_for(answer.data["result"], good):
                raise error
            return answer.data
        raise trouble(answer, self._outside.now()) or Changed(
            f"Kuaishou's answer ({answer.status}) has another form than documented."
        )

    # ---- tokens

    def _ends_soon(self) -> bool:
        try:
            ends = datetime.fromisoformat(self._account.text("expires"))
        except ValueError:
            return False
        return (ends if ends.tzinfo else ends.replace(tzinfo=UTC)) - self._outside.now() < EARLY

    async def _renew(self, used: Secret) -> None:
        """Another show of this account may have done it already: then its token is taken."""
        async with self._renewing:
            self._account.reread()
            if self._account.secret("access_token") == used:
                await self._tokens(REFRESH)

    async def exchange(self, code: str) -> None:
        """Makes tokens of the code that the person brought back (good for ten minutes, once)."""
        self._account.keep(code=code)
        try:
            await self._tokens(EXCHANGE)
        finally:
            self._account.keep(code=None)

    async def _tokens(self, path: str) -> None:
        data = self._opened(await ask(self._client, "GET", self._base + path), 1)
        try:
            token, lasts = str(data["access_token"]), int(data["expires_in"])
            refresh = data.get("refresh_token")
        except (KeyError, TypeError, ValueError):
            raise Changed("Kuaishou's answer with a token has another form than documented.") from None
        ends = self._outside.now() + timedelta(seconds=min(max(lasts, 0), 10**8))
        kept = {"refresh_token": str(refresh)} if refresh else {}
        self._account.keep(access_token=token, expires=ends.isoformat(), **kept)

    @property
    def closed(self) -> bool:
        return self._client.is_closed

    async def aclose(self) -> None:
        await self._client.aclose()


def error_for(result: int, good: int = 0) -> CastmateError | None:
    """The error that `result` stands for; None for `good`."""
    if result == good:
        return None
    said = f"Kuaishou says {result}" + (f": {WORDS[result]}." if result in WORDS else ".")
    if result in TOKEN_ENDED:
        return TokenEnded(said, remedy=AGAIN)
    if result in PERSON:
        return AuthNeeded(said, remedy=f"Look at the app and the account with Kuaishou. {AGAIN}")
    if result == 400_002:
        return RateLimited(said)
    if result in (400_003, 100_200_500):
        return Transient(said)
    if result == 400_005:
        return NotLive(said)
    return RemoteError(said)


def _checked(base: str) -> str:
    """A stand-in for Kuaishou is reached encrypted, or stands on this machine. Raises SetupError."""
    if not base.startswith("https://") and not is_loopback(host_of(base)):
        raise SetupError(
            "A stand-in for Kuaishou must be on this machine.", remedy="Log in again without it."
        )
    return base
