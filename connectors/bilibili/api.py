"""The open-live API: start a game, keep it, end it. A game is what pushes a room's messages to us.

Source: open-live.bilibili.com, "应用API" (document/eba8e2e1-847d-e908-2e5c-7a1ec7d9266f), as of 2026-09. Each
answer is HTTP 200 with a code of its own (codes.py).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connectors.base import Secret
from connectors.bilibili.codes import CLOCK, OK, GameOver, error_for
from connectors.bilibili.signing import WINDOW_S, signed
from connectors.calls import retry_after
from connectors.errors import Changed, RateLimited, Transient
from connectors.unreached import why_unreached

BASE = "https://live-open.biliapi.com"
TIMEOUT_S = 10.0
MOST_ANSWER = 262_144  # bytes
_SLOW = timedelta(seconds=60)  # a difference of clocks below this is not made good


@dataclass(frozen=True, slots=True)
class Keys:
    """What the API asks for. `code`: the streamer's identity code (身份码)."""

    key_id: str
    secret: Secret
    app_id: int
    code: Secret


class _GameInfo(BaseModel):
    game_id: str = ""


class _WebsocketInfo(BaseModel):
    auth_body: str
    wss_link: list[str] = Field(min_length=1, max_length=64)


class _AnchorInfo(BaseModel):
    room_id: int = 0
    uname: str = ""
    open_id: str = ""


class _Started(BaseModel):
    model_config = ConfigDict(extra="ignore")
    game_info: _GameInfo
    websocket_info: _WebsocketInfo
    anchor_info: _AnchorInfo = Field(default_factory=_AnchorInfo)


@dataclass(frozen=True, slots=True)
class Game:
    """A started game. `id` may be empty: then it needs no heartbeat and no end. `links`: where to connect,
    the first one first; `auth`: sent verbatim; `room`: its number; `host_id`: the streamer's open_id.
    """

    id: str
    links: tuple[str, ...]
    auth: Secret
    room: int = 0
    host_id: str = ""


@dataclass(slots=True)
class OpenLive:
    """Calls for one app and one streamer. `now`: the time; `nonce`: a new word for each request.

    Raises what codes.py names, Transient where no answer comes, Changed for one of an unknown form.
    """

    keys: Keys
    http: httpx.AsyncClient
    now: Callable[[], datetime]
    nonce: Callable[[], str]
    base: str = BASE
    skew: timedelta = field(default=timedelta(0), init=False)

    async def start(self) -> Game:
        asked = {"code": self.keys.code.reveal(), "app_id": self.keys.app_id}
        data = await self._call("/v2/app/start", asked)
        try:
            started = _Started.model_validate(data)
        except ValidationError as error:
            raise Changed("Bilibili's answer to start has another shape than documented.") from error
        info, anchor = started.websocket_info, started.anchor_info
        links = tuple(info.wss_link)
        return Game(started.game_info.game_id, links, Secret(info.auth_body), anchor.room_id, anchor.open_id)

    async def heartbeat(self, game_id: str) -> None:
        """Every 20 s. GameOver when the game is closed."""
        await self._call("/v2/app/heartbeat", {"game_id": game_id})

    async def end(self, game_id: str) -> None:
        """Without it the room takes no new game for a minute. A game that is over already is ended too."""
        try:
            await self._call("/v2/app/end", {"app_id": self.keys.app_id, "game_id": game_id})
        except GameOver:
            return

    async def _call(self, path: str, asked: Mapping[str, Any]) -> Any:
        code, data, date = await self._ask(path, asked)
        if code == CLOCK and self._corrected(date):
            code, data, date = await self._ask(path, asked)
        if code != OK:
            raise error_for(code)
        return data

    async def _ask(self, path: str, asked: Mapping[str, Any]) -> tuple[int, Any, str]:
        body = json.dumps(asked, ensure_ascii=False).encode()
        at = self.now() + self.skew
        headers = signed(body, self.keys.key_id, self.keys.secret, self.nonce(), at)
        try:
            async with self.http.stream(
                "POST", self.base + path, content=body, headers=headers, timeout=TIMEOUT_S
            ) as response:
                answer = await _bounded(response)
        except httpx.HTTPError as error:  # its text may hold the address: only the kind is told
            raise Transient(f"Bilibili's API cannot be reached: {why_unreached(error)}") from None
        if response.status_code != 200:
            said, wait = (
                f"Bilibili's API answers HTTP {response.status_code}.",
                retry_after(response.headers, self.now()),
            )
            raise Transient(said) if wait is None else RateLimited(said, retry_after=wait)
        code, data = _opened(answer)
        return code, data, response.headers.get("date", "")

    def _corrected(self, date: str) -> bool:
        """Whether the server's own clock explains the refusal; from then on its time is used."""
        try:
            theirs = parsedate_to_datetime(date)
        except ValueError:
            return False
        if theirs.tzinfo is None:
            theirs = theirs.replace(tzinfo=UTC)
        apart = theirs - self.now()
        if abs(apart - self.skew) < _SLOW:
            return False
        self.skew = apart
        return True

    @property
    def clock_is_off(self) -> bool:
        """This machine's clock differs from Bilibili's by more than they allow."""
        return abs(self.skew) >= timedelta(seconds=WINDOW_S)


async def _bounded(response: httpx.Response) -> bytes:
    answer = bytearray()
    async for piece in response.aiter_bytes():
        answer += piece
        if len(answer) > MOST_ANSWER:
            raise Changed(f"Bilibili's API answers with more than {MOST_ANSWER} bytes.")
    return bytes(answer)


def _opened(answer: bytes) -> tuple[int, Any]:
    try:
        told = json.loads(answer)
        code = told["code"]
    except (ValueError, RecursionError, KeyError, TypeError):
        raise Transient("Bilibili's API answers with something else than documented.") from None
    if not isinstance(code, int):
        raise Transient("Bilibili's API answers with something else than documented.")
    return code, told.get("data")
