"""Calls to Facebook's Graph API as one Page.

Sources: developers.facebook.com/docs/facebook-login/guides/access-tokens (a Page's token from the user's;
fb_exchange_token makes a long-lived user token of about 60 days, never out of one that has ended),
/docs/graph-api/guides/secure-requests (appsecret_proof: hex HMAC-SHA256 of the token with the app secret).
Tokens are documented in the query: they are put there below the HTTP client, whose log lines never see them.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from connectors.account import Account
from connectors.base import Secret
from connectors.calls import Answer, ask
from connectors.errors import AuthNeeded, Changed, Transient
from connectors.facebook_live.codes import AGAIN, TokenEnded, error_for
from connectors.facebook_live.endpoints import Endpoints
from connectors.facebook_live.forms import Page, Token, read
from connectors.facebook_live.usage import Usage, usage_of
from connectors.outside import Outside
from connectors.quiet_query import QuietQuery
from products.errors import RemoteError

TIMEOUT_S = 15.0
LARGEST_REFUSAL = 64 << 10
EARLY = timedelta(days=7)  # the user's token is exchanged for a fresh one so long before it ends
UNKNOWN_LIFE = timedelta(days=60)


class Graph:
    """The account's fields: app_id, app_secret, user_token, expires (of the user's token, ISO 8601), page_id,
    access_token (the Page's). `usage`: of the rate limit, as of the last answer that told it. `skew`:
    Facebook's clock minus ours, by the Date of its answers (RFC 9110 6.6.1; whole seconds).
    """

    def __init__(self, account: Account, outside: Outside, where: Endpoints) -> None:
        self._account, self._outside, self._where = account, outside, where
        self._page = self._client(lambda path: self._signed("access_token"))
        self._user = self._client(lambda path: self._signed("user_token"))
        self._app = self._client(lambda path: self._exchange())
        self._renewing = asyncio.Lock()
        self.usage = Usage()
        self.skew = timedelta()

    def _client(self, params: Callable[[str], Mapping[str, str]]) -> httpx.AsyncClient:
        inner = self._outside.transport or httpx.AsyncHTTPTransport()
        return httpx.AsyncClient(transport=QuietQuery(inner, params), timeout=TIMEOUT_S)

    def _signed(self, field: str) -> dict[str, str]:
        token = self._account.secret(field)
        return {"access_token": token.reveal()} | self._proof(token)

    def _proof(self, token: Secret) -> dict[str, str]:
        if not self._account.has("app_secret"):
            return {}
        key = self._account.secret("app_secret").reveal().encode()
        return {"appsecret_proof": hmac.new(key, token.reveal().encode(), hashlib.sha256).hexdigest()}

    def _exchange(self) -> dict[str, str]:
        return {
            "grant_type": "fb_exchange_token",
            "client_id": self._account.text("app_id"),
            "client_secret": self._account.secret("app_secret").reveal(),
            "fb_exchange_token": self._account.secret("user_token").reveal(),
        }

    # ---- calls as the Page

    async def get(self, path: str, **asked: Any) -> Mapping[str, Any]:
        """Raises what codes.error_for names."""
        return await self._call("GET", path, asked)

    async def post(self, path: str, **asked: Any) -> Mapping[str, Any]:
        return await self._call("POST", path, asked)

    async def as_user(self, path: str, **asked: Any) -> Mapping[str, Any]:
        """GET with the user's token; it is not renewed."""
        return self._opened(await ask(self._user, "GET", self._where.graph + path, params=_plain(asked)))

    @asynccontextmanager
    async def stream(self, path: str, **asked: Any) -> AsyncIterator[httpx.Response]:
        """A stream of server-sent events, open. Raises Transient for a cut line, also while it is read."""
        used, url = self._account.secret("access_token"), self._where.stream + path
        forever, headers = httpx.Timeout(TIMEOUT_S, read=None), {"Accept": "text/event-stream"}
        try:
            async with self._page.stream(
                "GET", url, params=_plain(asked), headers=headers, timeout=forever
            ) as response:
                if response.status_code != 200:
                    await self._refused(response, used)
                yield response
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Transient(f"Facebook's stream of comments broke ({type(error).__name__}).") from None

    async def _refused(self, response: httpx.Response, used: Secret) -> None:
        """Raises the error that the answer stands for; Transient once the token was renewed."""
        raw = bytearray()
        async for piece in response.aiter_bytes():
            raw += piece
            if len(raw) > LARGEST_REFUSAL:
                break
        answer = Answer(response.status_code, response.headers, _json(bytes(raw)), "Facebook's stream")
        error = error_for(answer, self._outside.now())
        if isinstance(error, TokenEnded):
            await self._renew(used)
            raise Transient("The Page's token was renewed.")
        if isinstance(error, AuthNeeded):  # of this stream alone: the list tells whether the login is good
            raise RemoteError(f"There is no stream of comments for this app. {error.message}")
        raise error or Changed(f"Facebook's stream answers {response.status_code}.")

    async def _call(self, method: str, path: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        used = self._account.secret("access_token")
        try:
            return self._opened(await self._once(method, path, asked))
        except TokenEnded:
            await self._renew(used)
            return self._opened(await self._once(method, path, asked))

    async def _once(self, method: str, path: str, asked: Mapping[str, Any]) -> Answer:
        url, plain = self._where.graph + path, _plain(asked)
        if method == "GET":
            return await ask(self._page, method, url, params=plain)
        return await ask(self._page, method, url, form=plain)

    def _opened(self, answer: Answer) -> Mapping[str, Any]:
        self.usage = usage_of(answer.headers) or self.usage
        self._look_at_clock(answer)
        if error := error_for(answer, self._outside.now()):
            raise error
        if not isinstance(answer.data, dict):
            raise Changed(f"Facebook's answer ({answer.status}) has another form than documented.")
        return answer.data

    def _look_at_clock(self, answer: Answer) -> None:
        try:
            self.skew = parsedate_to_datetime(answer.headers["date"]) - self._outside.now()
        except (KeyError, ValueError, TypeError, OverflowError):
            return  # no date, or none that can be read: the last one stands

    # ---- tokens

    async def _renew(self, used: Secret) -> None:
        """A new token of the Page instead of `used`; not asked for when somebody else did it meanwhile.

        Raises AuthNeeded where the user's token is not good any more either.
        """
        async with self._renewing:
            self._account.reread()
            if self._account.secret("access_token") == used:
                await self.page_token()

    async def page_token(self) -> Page:
        """The Page as the user's token gives it; its token is kept."""
        page_id = self._account.text("page_id")
        page = read(Page, await self.as_user(f"/{page_id}", fields="id,name,access_token"))
        if not page.access_token:
            raise TokenEnded(
                "Facebook gives no token for this Page: the login may not manage it.",
                remedy=f"Log in as somebody who manages the Page. {AGAIN}",
            )
        self._account.keep(access_token=page.access_token)
        return page

    async def lengthen(self) -> bool:
        """Exchanges the user's token for one that lives longer, where it ends soon; whether it was done.

        That a long-lived token may be exchanged again is said by no document: a refusal is told by the
        caller.
        """
        if not self._ends_soon():
            return False
        answer = await ask(self._app, "GET", self._where.graph + "/oauth/access_token")
        token = read(Token, self._opened(answer))
        life = timedelta(seconds=token.expires_in) if token.expires_in else UNKNOWN_LIFE
        self._account.keep(user_token=token.access_token, expires=(self._outside.now() + life).isoformat())
        return True

    @property
    def ends(self) -> datetime | None:
        """When the user's token ends; None where that is not known."""
        try:
            at = datetime.fromisoformat(self._account.text("expires"))
        except ValueError:
            return None
        return at if at.tzinfo else at.replace(tzinfo=self._outside.now().tzinfo)

    def _ends_soon(self) -> bool:
        ends = self.ends
        return ends is None or ends - self._outside.now() < EARLY

    @property
    def closed(self) -> bool:
        return self._page.is_closed

    async def aclose(self) -> None:
        for client in (self._page, self._user, self._app):
            await client.aclose()


def _plain(asked: Mapping[str, Any]) -> dict[str, str]:
    return {k: str(v).lower() if isinstance(v, bool) else str(v) for k, v in asked.items()}


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw.strip() else None
    except (ValueError, RecursionError):
        return None
