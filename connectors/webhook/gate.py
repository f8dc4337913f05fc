"""The way in and out for a shop's tool: HTTP and a WebSocket. docs/webhook.md is its reference."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from connectors.base import ChatState
from connectors.feed import Feed
from connectors.webhook.door import EVENTS_PER_S, Admission, Door
from connectors.webhook.forms import LONGEST_TEXT, MOST_BODY, MOST_EVENTS, Refusal, read_events, read_json
from connectors.webhook.replies import Replies, Reply

BODY_S = 10.0  # so long a body may take to arrive
HELLO_S = 5.0
LONGEST_WAIT_S = 25.0
MOST_TOOLS = 8
WAITING_REPLIES = 50
LIMITS = {
    "max_body_bytes": MOST_BODY,
    "max_events": MOST_EVENTS,
    "max_text_chars": LONGEST_TEXT,
    "events_per_s": EVENTS_PER_S,
}


class Gate:
    """What comes in goes into `feed`; `app` is the ASGI application."""

    def __init__(
        self,
        platform: str,
        door: Door,
        feed: Feed,
        replies: Replies,
        *,
        now: Callable[[], datetime],
        time: Callable[[], float],
    ) -> None:
        self._platform, self._door, self._feed, self._replies = platform, door, feed, replies
        self._now, self._time = now, time
        self._tools = 0  # sockets that proved who they are
        self._sockets = 0
        self._left_at: datetime | None = None
        self.app = Starlette(
            routes=[
                Route("/v1/events", self._events, methods=["POST"]),
                Route("/v1/replies", self._ask_replies, methods=["GET"]),
                Route("/v1/health", self._health, methods=["GET"]),
                WebSocketRoute("/v1/chat", self._chat),
            ]
        )

    # ---- HTTP

    async def _events(self, request: Request) -> Response:
        body = await _body(request)
        if isinstance(body, Response):
            return body
        admission = self._door.enter(request.headers, body, self._now(), self._time())
        if admission.status != 200:
            return _turned_away(admission)
        if admission.again:
            return JSONResponse({"accepted": 0, "ignored": 0, "replayed": True})
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            self._door.forget(admission.id)
            return _problem(415, ["Content-Type must be application/json"])
        try:
            told, wait = self._taken(read_json(body))
        except Refusal as refusal:
            self._door.forget(admission.id)
            return _problem(422, refusal.problems)
        if wait:
            self._door.forget(admission.id)
            return JSONResponse(told, 429, headers=_patience(wait))
        return JSONResponse(told)

    def _taken(self, data: Any) -> tuple[dict[str, Any], float]:
        """What became of the events, and seconds to wait where some were too many. Raises Refusal."""
        events = read_events(data, self._platform, self._now())
        room, wait = self._door.room_for(len(events), self._time())
        accepted = sum(self._feed.offer(event) for event in events[:room])
        told: dict[str, Any] = {"accepted": accepted, "ignored": room - accepted}
        if wait:
            told |= {"refused": len(events) - room, "retry_after": math.ceil(wait)}
        return told, wait

    async def _ask_replies(self, request: Request) -> Response:
        admission = self._door.enter(request.headers, None, self._now(), self._time())
        if admission.status != 200:
            return _turned_away(admission)
        after, wait = request.query_params.get("after", "0"), request.query_params.get("wait", "0")
        if not (after.isdecimal() and wait.isdecimal() and len(after + wait) < 20):
            return _problem(422, ["after, wait: whole numbers"])
        found = await self._replies.after(int(after), min(float(wait), LONGEST_WAIT_S))
        last = found[-1].number if found else int(after)
        return JSONResponse({"replies": [r.form for r in found], "next": last})

    async def _health(self, request: Request) -> Response:
        admission = self._door.enter(request.headers, None, self._now(), self._time())
        if admission.status != 200:
            return _turned_away(admission)
        return JSONResponse(asdict(self._feed.hearing()) | {"tools": self._tools, "limits": LIMITS})

    # ---- the socket

    async def _chat(self, socket: WebSocket) -> None:
        if self._sockets >= MOST_TOOLS:
            await socket.close(1013)
            return
        self._sockets += 1
        try:
            await socket.accept()
            if await self._known(socket):
                await self._serve(socket)
        except (WebSocketDisconnect, RuntimeError):  # starlette's words for a socket that is gone
            return
        finally:
            self._sockets -= 1

    async def _known(self, socket: WebSocket) -> bool:
        """By the Authorization header, or by a first message {"type": "hello", "secret": ...}."""
        if "authorization" in socket.headers:
            admission = self._door.enter(socket.headers, None, self._now(), self._time())
        else:
            try:
                async with asyncio.timeout(HELLO_S):
                    first = await _message(socket)
            except (TimeoutError, Refusal):
                first = None
            secret = first.get("secret") if isinstance(first, dict) and first.get("type") == "hello" else None
            given = secret if isinstance(secret, str) else ""
            admission = self._door.token(given, self._time())
        if admission.status == 200:
            return True
        await socket.send_json({"type": "error", "says": [admission.says]})
        await socket.close(4000 + admission.status, admission.says)
        return False

    async def _serve(self, socket: WebSocket) -> None:
        waiting: asyncio.Queue[Reply] = asyncio.Queue(WAITING_REPLIES)
        stop = self._replies.listen(lambda reply: _put(waiting, reply))
        writing = asyncio.ensure_future(_write(socket, waiting))
        self._arrived()
        try:
            await socket.send_json({"type": "welcome", "limits": LIMITS})
            while True:
                await self._frame(socket)
        finally:
            stop()
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            self._went()

    async def _frame(self, socket: WebSocket) -> None:
        try:
            data = await _message(socket)
            kind = data.pop("type", "event") if isinstance(data, dict) else None
            if kind in ("ack", "refused"):
                self._confirmed(data, kind)
                return
            if kind not in ("event", "events"):
                raise Refusal(["type: one of event, events, ack, refused"])
            told, wait = self._taken(data)
        except Refusal as refusal:
            await socket.send_json({"type": "error", "says": refusal.problems})
            return
        await socket.send_json({"type": "taken", **told})
        if wait:  # a tool that does not wait is made to: its socket fills
            await asyncio.sleep(min(wait, 1.0))

    def _confirmed(self, data: dict[str, Any], kind: str) -> None:
        why = str(data.get("reason") or "the tool refused it")[:200] if kind == "refused" else ""
        if not self._replies.confirm(str(data.get("id")), why):
            raise Refusal(["id: no such reply, or one of long ago"])

    def _arrived(self) -> None:
        self._tools += 1
        if self._left_at is not None:
            self._feed.gap(self._left_at, "no tool was connected")
            self._left_at = None
        self._feed.state(ChatState.OPEN)

    def _went(self) -> None:
        self._tools -= 1
        if not self._tools:
            self._left_at = self._now()
            self._feed.state(ChatState.WAITING, "the tool's socket ended; it is to connect again")


def _put(waiting: asyncio.Queue[Reply], reply: Reply) -> None:
    """A tool that does not read loses the oldest; those are not confirmed, and so known as not written."""
    if waiting.full():
        waiting.get_nowait()
    waiting.put_nowait(reply)


async def _write(socket: WebSocket, waiting: asyncio.Queue[Reply]) -> None:
    while True:
        await socket.send_json((await waiting.get()).form)


async def _message(socket: WebSocket) -> Any:
    """The next message as JSON. Raises Refusal, WebSocketDisconnect."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1006))
    text = message.get("text")
    return read_json(text if text is not None else message.get("bytes") or b"")


async def _body(request: Request) -> bytes | Response:
    """At most MOST_BODY, within BODY_S; else the answer that says so."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for piece in request.stream():
                body += piece
                if len(body) > MOST_BODY:
                    return _problem(413, [f"at most {MOST_BODY} bytes"])
    except TimeoutError:
        return _problem(408, [f"a body that takes longer than {BODY_S:.0f} s"])
    except ClientDisconnect:
        return Response(status_code=400)
    return bytes(body)


def _problem(status: int, says: list[str]) -> Response:
    return JSONResponse({"says": says}, status)


def _patience(wait_s: float) -> dict[str, str]:
    return {"Retry-After": str(math.ceil(wait_s))}


def _turned_away(admission: Admission) -> Response:
    headers = _patience(admission.wait_s) if admission.wait_s else {"WWW-Authenticate": "Bearer"}
    return JSONResponse({"says": [admission.says]}, admission.status, headers=headers)
