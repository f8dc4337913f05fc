"""Twitch's HTTP interface, as much of it as a show needs.

Sources: dev.twitch.tv/docs/api/reference; /docs/api/guide (rate limits: Ratelimit-Remaining, Ratelimit-Reset
in epoch seconds); /docs/video-broadcast/reference.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connectors.base import Secret
from connectors.calls import Answer, ask, patient, retry_after, trouble
from connectors.errors import AuthNeeded, Blocked, Changed, RateLimited
from connectors.outside import Outside
from connectors.twitch.endpoints import Endpoints
from connectors.twitch.oauth import OAuth
from products.errors import RemoteError


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


M = TypeVar("M", bound=_Model)


class User(_Model):
    id: str = Field(min_length=1)
    login: str = ""
    display_name: str = ""


class Stream(_Model):
    viewer_count: int = Field(default=0, ge=0)
    started_at: str = ""
    type: str = ""


class _Key(_Model):
    stream_key: str = Field(min_length=1, repr=False)


class Subscribed(_Model):
    id: str = Field(min_length=1)
    status: str = ""
    type: str = ""


class _DropReason(_Model):
    code: str = ""
    message: str = ""


class Sent(_Model):
    """What became of a message: HTTP 200 does not mean that it was shown."""

    message_id: str = ""
    is_sent: bool = False
    drop_reason: _DropReason | None = None


class Server(_Model):
    """An ingest server; the templates hold {stream_key}."""

    name: str = ""
    availability: float = 1.0
    default: bool = False
    priority: int = 0
    url_template: str = ""
    url_template_secure: str = ""


@dataclass
class Helix:
    """Calls for one account. 401: the login is renewed once and the call made again. Raises AuthNeeded,
    Blocked, RateLimited, Transient, Changed, RemoteError; no message holds a token.
    """

    oauth: OAuth
    outside: Outside
    where: Endpoints
    client: httpx.AsyncClient
    _refreshing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def me(self) -> User:
        return (await self._list("GET", "/users", User))[0]

    async def stream_key(self, broadcaster: str) -> Secret:
        keys = await self._list("GET", "/streams/key", _Key, params={"broadcaster_id": broadcaster})
        return Secret(keys[0].stream_key)

    async def stream(self, broadcaster: str) -> Stream | None:
        """None: not live."""
        found = await self._list("GET", "/streams", Stream, params={"user_id": broadcaster}, least=0)
        return found[0] if found else None

    async def followers(self, broadcaster: str) -> int | None:
        """How many follow the channel. Without the scope moderator:read:followers Twitch tells the total
        alone (dev.twitch.tv/docs/api/reference, Get Channel Followers), which is all that is asked for.
        """
        answer = await self._call(
            "GET", "/channels/followers", tries=1, params={"broadcaster_id": broadcaster, "first": 1}
        )
        total = answer.dig("total")
        return total if isinstance(total, int) and total >= 0 else None

    async def set_title(self, broadcaster: str, title: str, language: str) -> None:
        """At most 140 characters; `language` ISO 639-1."""
        body = {"title": title[:140], "broadcaster_language": language}
        await self._call("PATCH", "/channels", params={"broadcaster_id": broadcaster}, body=body)

    async def subscribe(
        self, kind: str, version: str, condition: dict[str, str], session: str, *, tries: int = 1
    ) -> Subscribed:
        """A subscription for this socket. Few tries: Twitch closes a socket without one after 10 s."""
        transport = {"method": "websocket", "session_id": session}
        body = {"type": kind, "version": version, "condition": condition, "transport": transport}
        path = "/eventsub/subscriptions"
        return (await self._list("POST", path, Subscribed, body=body, tries=tries, longest_wait_s=2.0))[0]

    async def subscriptions(self, kind: str) -> tuple[Subscribed, ...]:
        """Those of this account and program that Twitch knows."""
        return await self._list("GET", "/eventsub/subscriptions", Subscribed, params={"type": kind}, least=0)

    async def send(self, broadcaster: str, sender: str, text: str, reply_to: str | None) -> Sent:
        """Writes into the chat; at most 500 characters. Not tried again after a fault that leaves open
        whether it was written.
        """
        body = {"broadcaster_id": broadcaster, "sender_id": sender, "message": text}
        if reply_to:
            body["reply_parent_message_id"] = reply_to
        return (await self._list("POST", "/chat/messages", Sent, body=body, tries=1))[0]

    async def servers(self) -> tuple[Server, ...]:
        """Ingest servers, the recommended first. Needs no login."""

        async def call() -> Answer:
            answer = await ask(self.client, "GET", self.where.ingests)
            error = trouble(answer, self.outside.now())
            if error is not None:
                raise error
            return answer

        answer = await patient(call, self.outside, tries=3)
        return tuple(sorted(_models(Server, answer, answer.dig("ingests"), 1), key=lambda s: s.priority))

    async def _list(
        self, method: str, path: str, model: type[M], *, least: int = 1, **sent: Any
    ) -> tuple[M, ...]:
        answer = await self._call(method, path, **sent)
        return _models(model, answer, answer.dig("data"), least)

    async def _call(
        self, method: str, path: str, *, tries: int = 4, longest_wait_s: float = 10.0, **sent: Any
    ) -> Answer:
        return await patient(
            lambda: self._once(method, path, **sent),
            self.outside,
            tries=tries,
            longest_wait_s=longest_wait_s,
        )

    async def _once(self, method: str, path: str, **sent: Any) -> Answer:
        if self.oauth.due:
            await self._renew(self.oauth.account.secret("access_token"))
        token = self.oauth.account.secret("access_token")
        answer = await self._ask(method, path, token, **sent)
        if answer.status == 401 and "scope" not in str(answer.dig("message") or ""):
            await self._renew(token)
            answer = await self._ask(method, path, self.oauth.account.secret("access_token"), **sent)
        self._judge(answer)
        return answer

    async def _ask(self, method: str, path: str, token: Secret, **sent: Any) -> Answer:
        headers = {"Client-Id": self.oauth.account.secret("client_id").reveal()}
        return await ask(self.client, method, self.where.helix + path, token=token, headers=headers, **sent)

    async def _renew(self, used: Secret) -> None:
        async with self._refreshing:  # several calls that fail together renew once
            if self.oauth.account.secret("access_token") == used:
                await self.oauth.refresh(used)

    def _judge(self, answer: Answer) -> None:
        """Raises what the status stands for."""
        says = str(answer.dig("message") or "")
        error = trouble(answer, self.outside.now(), says)
        if isinstance(error, AuthNeeded):
            raise AuthNeeded(
                f"Twitch does not take the login of {self.oauth.account.name}: {says[:200] or 'no reason'}.",
                remedy=f"Run: castmate connectors login twitch --account {self.oauth.account.name} --again",
            )
        if isinstance(error, RateLimited) and answer.status == 429:
            raise RateLimited(error.message, retry_after=_reset(answer, self.outside.now()))
        if isinstance(error, Blocked):
            raise Blocked(error.message, remedy=error.remedy)
        if error is not None:
            raise error


def _reset(answer: Answer, now: datetime) -> float | None:
    """Seconds until calls are taken again: Retry-After, else Ratelimit-Reset. At most a minute, the length of
    Twitch's bucket: a clock that is wrong must not silence us for an hour.
    """
    named = retry_after(answer.headers, now)
    reset = answer.headers.get("ratelimit-reset", "")
    if named is None and reset.isdecimal() and len(reset) < 12:
        named = float(reset) - now.timestamp()
    return None if named is None else min(max(named, 0.5), 60.0)


def _models(model: type[M], answer: Answer, rows: Any, least: int) -> tuple[M, ...]:
    try:
        found = tuple(model.model_validate(row) for row in rows)
    except (ValidationError, TypeError):
        raise Changed(f"{answer.host} answered in an unknown form.") from None
    if len(found) < least:
        raise RemoteError(f"{answer.host} gave an empty list.", remedy="Look at the channel's page.")
    return found
