"""HTTP calls to a platform: bounded answers, faults by their kind, patience where it is asked for."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from connectors.backoff import Backoff
from connectors.base import Secret
from connectors.errors import AuthNeeded, Blocked, Changed, RateLimited, Transient
from connectors.outside import Outside
from connectors.unreached import why_unreached
from products.errors import RemoteError

LARGEST_ANSWER = 4 << 20
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """`data`: the JSON of the body; None where it has none."""

    status: int
    headers: Mapping[str, str]
    data: Any
    host: str

    def dig(self, *path: str) -> Any:
        """A value inside objects; None where the way ends."""
        at = self.data
        for step in path:
            at = at.get(step) if isinstance(at, dict) else None
        return at


async def ask(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    params: Any = None,
    headers: Mapping[str, str] | None = None,
    body: Any = None,
    form: Mapping[str, str] | None = None,
    files: Any = None,
    token: Secret | None = None,
) -> Answer:
    """One request and its answer, whatever its status. `body` goes as JSON, `form` as a form, `files` (by
    name: file name, content, media type) as parts of one, `token` into the Authorization header. Raises
    Transient where nothing came back, Changed for more than 4 MiB.
    """
    host = urlsplit(url).hostname or "nowhere"
    if client.is_closed:
        raise Transient(f"{host} is not asked any more: the channel is closed.")
    sent = dict(headers or {})
    if token is not None:
        sent["Authorization"] = f"Bearer {token.reveal()}"
    try:
        async with client.stream(
            method,
            url,
            params=params,
            headers=sent,
            json=body,
            data=dict(form) if form else None,
            files=files,
        ) as response:
            raw = bytearray()
            async for piece in response.aiter_bytes():
                raw += piece
                if len(raw) > LARGEST_ANSWER:
                    raise Changed(f"{host} answered with more than {LARGEST_ANSWER >> 20} MiB.")
            return Answer(response.status_code, response.headers, _json(bytes(raw)), host)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Transient(f"{host} cannot be reached: {why_unreached(error)}") from None


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw.strip() else None
    except (ValueError, RecursionError):
        return None


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that Retry-After names, as a number or as a date (RFC 9110, 10.2.3); None without it."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal() and len(value) < 9:
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())


def trouble(answer: Answer, now: datetime, says: str = "") -> RemoteError | AuthNeeded | None:
    """The error that a status stands for; None below 400. `says`: the platform's own words."""
    if answer.status < 400:
        return None
    says = says[:300] or _meaning(answer, now)
    said = f"{answer.host} answered {answer.status}" + (f": {says}" if says else ".")
    if answer.status == 401:
        return AuthNeeded(said, remedy="Log in again: castmate connectors login.")
    if answer.status == 403:
        return Blocked(said, remedy="The account may not do this: look at its page on the platform.")
    if answer.status == 429:
        return RateLimited(said, retry_after=retry_after(answer.headers, now))
    if answer.status == 408 or answer.status >= 500:
        wait = retry_after(answer.headers, now)
        return Transient(said) if wait is None else RateLimited(said, retry_after=wait)
    return RemoteError(said)


def _meaning(answer: Answer, now: datetime) -> str:
    """Of a status that came without words of its own."""
    wait = retry_after(answer.headers, now)
    patience = f" for {wait:.0f} s" if wait is not None else ""
    if answer.status == 429:
        return f"it was asked too often, and wants to be left alone{patience}."
    if answer.status >= 500:
        return "its servers have trouble" + (f", and want to be left alone{patience}." if patience else ".")
    return ""


async def patient(
    call: Callable[[], Awaitable[T]], outside: Outside, *, tries: int = 4, longest_wait_s: float = 30.0
) -> T:
    """Tries again after Transient, with jittered waits, as long as the platform asks for; a wait longer than
    `longest_wait_s` is not waited for. Raises the last error.
    """
    backoff = Backoff(outside.rng, first=0.5, most=8.0)
    while True:
        try:
            return await call()
        except Transient as error:
            wait = backoff.wait(error.retry_after if isinstance(error, RateLimited) else None)
            if backoff.tries >= tries or wait > longest_wait_s:
                raise
            await outside.sleep(wait)
