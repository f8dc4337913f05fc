"""A Graph API for tests, written from Meta's documents, not from our client.

Sources, named by what they prove (all below developers.facebook.com):
  [live]     /documentation/live-video-api/guides/streaming, /reference.md: live_videos?status=LIVE_NOW gives
             id and secure_stream_url; LiveVideo's states; ended by end_live_video
  [page]     /docs/graph-api/reference/page/live_videos: parameters
  [video]    /docs/graph-api/reference/live-video; facebook-business 26.0.3 adobjects/livevideo.py (Meta's own
             generated list of fields, states and parameters)
  [viewers]  /documentation/live-video-api/interact-with-viewers: comments as a list, its sample
  [comment]  facebook-business 26.0.3 adobjects/comment.py: filter, live_filter, order, since; a comment
             below a comment is made at /{comment-id}/comments, one on a video at /{video-id}/comments
  [sse]      /docs/graph-api/server-sent-events/endpoints/live-comments: address, comment_rate, fields, sample
  [errors]   /docs/graph-api/guides/error-handling: the error object, codes 4, 190 and its subcodes
  [rate]     /docs/graph-api/overview/rate-limiting: the two headers
  [tokens]   /docs/facebook-login/guides/access-tokens (/get-long-lived): fb_exchange_token, /me/accounts
  [proof]    /docs/graph-api/guides/secure-requests: appsecret_proof
  Date       of every answer: RFC 9110 6.6.1
  unproven   no source: named so where it stands

First taken for Facebook by python-facebook-api 0.24.0
(tests/connectors/facebook_live/test_third_party.py).
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx

APP, SECRET, PAGE, PERSON = "8001", "fake-app-s3cr3t", "4400112233", "77"
VERSION = "/v26.0"
KEY = "FB-s3cr3t-stream-key"
RATES = ("one_per_two_seconds", "ten_per_second", "one_hundred_per_second")  # [sse]
PERMISSIONS = ("pages_show_list", "pages_read_engagement", "pages_manage_posts", "pages_manage_engagement")


class Refusal(Exception):
    def __init__(self, code: int, subcode: int = 0, message: str = "refused", status: int = 400) -> None:
        super().__init__(message)
        kind = "OAuthException" if code in (10, 190) else "GraphMethodException"
        told = {"message": message, "type": kind, "code": code, "fbtrace_id": "EJplcsCHuLu"}  # [errors]
        self.status, self.body = status, {"error": told | ({"error_subcode": subcode} if subcode else {})}


@dataclass
class Live:
    """A LiveVideo and its Video."""

    id: str
    title: str
    keeps: bool  # stop_on_delete_stream is false
    status: str = "UNPUBLISHED"
    comments: list[dict[str, Any]] = field(default_factory=list)

    @property
    def post(self) -> str:
        return f"9{self.id}"


class Pipe(httpx.AsyncByteStream):
    """One open stream of comments. `deaf`: it stays open and brings nothing."""

    def __init__(self, live: str) -> None:
        self._queue: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
        self.live, self.deaf = live, False

    def put(self, what: bytes | Exception | None) -> None:
        if not self.deaf or not isinstance(what, bytes):
            self._queue.put_nowait(what)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (what := await self._queue.get()) is not None:
            if isinstance(what, Exception):
                raise what
            yield what


@dataclass
class FakeFacebook:
    """`clock`: seconds since 1970 as the server has it. `rtmp`: where it wants the stream."""

    clock: Callable[[], float]
    rtmp: str = "rtmps://live-api-s.facebook.com:443/rtmp"
    user: str = "user-0"
    page: str = "page-0"
    followers: int = 250
    permissions: tuple[str, ...] = PERMISSIONS
    refuse: list[httpx.Response | Refusal] = field(default_factory=list)  # the next answers
    headers: dict[str, str] = field(default_factory=dict)
    lives: dict[str, Live] = field(default_factory=dict)
    pipes: list[Pipe] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    posted: list[tuple[str, str]] = field(default_factory=list)  # (where, message)
    down: bool = False
    no_stream: bool = False
    page_size: int = 25
    _number: int = 0

    # ---- in memory, and on a port

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """For httpx.MockTransport."""
        if self.down:
            raise httpx.ConnectError("down")
        form = dict(parse_qsl(request.content.decode())) if request.content else {}
        try:
            told = self._answer(request.method, request.url.path, dict(request.url.params) | form)
        except Refusal as refusal:
            return httpx.Response(refusal.status, json=refusal.body, headers=self.headers)
        if isinstance(told, httpx.Response):
            return told
        if isinstance(told, Pipe):
            return httpx.Response(200, stream=told, headers={"content-type": "text/event-stream"})
        date = format_datetime(datetime.fromtimestamp(self.clock(), UTC), usegmt=True)  # RFC 9110 6.6.1
        return httpx.Response(200, json=told, headers={"date": date} | self.headers)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        """For a server; multipart forms as Meta's library sends them where it sends files are not read."""
        body = b""
        while (message := await receive()).get("type") == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        asked = dict(parse_qsl(scope["query_string"].decode())) | dict(parse_qsl(body.decode()))
        try:
            told, status = self._answer(scope["method"], scope["path"], asked), 200
        except Refusal as refusal:
            told, status = refusal.body, refusal.status
        if isinstance(told, Pipe):
            await _send(send, 200, "text/event-stream", told)
        else:
            await _send(send, status, "application/json", _once(json.dumps(told).encode()))

    # ---- the answers

    def _answer(self, method: str, path: str, asked: dict[str, str]) -> Any:
        path = path.removeprefix(VERSION)
        self.asked.append((method, path, asked))
        if self.refuse and not path.endswith("/live_comments"):
            first = self.refuse.pop(0)
            if isinstance(first, Refusal):
                raise first
            return first
        if path == "/oauth/access_token":
            return self._exchange(asked)
        who = self._who(asked)
        parts = path.strip("/").split("/")
        if parts[0] == "me":
            return self._me(parts[1:], who)
        if parts == [PAGE]:
            return self._page(asked, who)
        if parts == [PAGE, "live_videos"] and method == "POST":
            return self._make(asked, who)
        return self._object(method, parts, asked, who)

    def _who(self, asked: dict[str, str]) -> str:
        """[errors] 190/463; [proof]."""
        token = asked.get("access_token", "")
        if token not in (self.user, self.page):
            raise Refusal(190, 463, "Error validating access token: Session has expired")
        proof = hmac.new(SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
        if asked.get("appsecret_proof", proof) != proof:
            raise Refusal(100, 0, "Invalid appsecret_proof provided in the API argument")
        return "page" if token == self.page else "user"

    def _exchange(self, asked: dict[str, str]) -> dict[str, Any]:
        """[tokens]: never out of one that has ended. That it gives a new one each time is unproven."""
        if (asked.get("client_id"), asked.get("client_secret")) != (APP, SECRET):
            raise Refusal(101, 0, "Error validating application.")
        if asked.get("fb_exchange_token") != self.user or asked.get("grant_type") != "fb_exchange_token":
            raise Refusal(190, 463, "Error validating access token: Session has expired")
        self._number += 1
        self.user = f"user-{self._number}"
        return {"access_token": self.user, "token_type": "bearer", "expires_in": 5_183_944}

    def _me(self, parts: list[str], who: str) -> dict[str, Any]:
        if parts == ["accounts"] and who == "user":
            return {"data": [{"id": PAGE, "name": "Lumen Store"}]}
        if parts == ["permissions"] and who == "user":
            return {"data": [{"permission": p, "status": "granted"} for p in self.permissions]}
        return {"id": PAGE if who == "page" else PERSON, "name": "Lumen Store" if who == "page" else "Mei"}

    def _page(self, asked: dict[str, str], who: str) -> dict[str, Any]:
        known = {"id": PAGE, "name": "Lumen Store", "followers_count": self.followers}
        if who == "user":
            self._number += 1
            self.page = known["access_token"] = f"page-{self._number}"  # new each time: unproven
        return {k: v for k, v in known.items() if k == "id" or k in asked.get("fields", "").split(",")}

    def _make(self, asked: dict[str, str], who: str) -> dict[str, Any]:
        if who != "page":
            raise Refusal(200, 0, "A Page access token is needed")
        if asked.get("status") != "LIVE_NOW":
            raise Refusal(100, 0, "Param status must be one of LIVE_NOW, ...")
        id_ = str(1_000 + len(self.lives))
        self.lives[id_] = Live(id_, asked.get("title", ""), asked.get("stop_on_delete_stream") == "false")
        address = f"{self.rtmp}/{KEY}-{id_}"
        return {"id": id_, "stream_url": address.replace("rtmps", "rtmp"), "secure_stream_url": address}

    def _object(self, method: str, parts: list[str], asked: dict[str, str], who: str) -> Any:
        live, comment = self._find(parts[0])
        edge = parts[1] if len(parts) > 1 else ""
        if live is None or (comment is None and edge == "" and parts[0] != live.id):
            raise Refusal(100, 33, f"Unsupported request. Object with ID '{parts[0]}' does not exist")
        if edge == "live_comments":
            return self._listen(live, asked)
        if edge == "comments" and method == "GET":
            return self._list(live, asked)
        if edge == "comments":
            return self._write(live, comment, parts[0], asked, who)
        if method == "POST" and asked.get("end_live_video") == "true":
            live.status = "VOD"
            return {"id": live.id}  # the form of this answer is unproven
        return self._told(live, asked)

    def _find(self, id_: str) -> tuple[Live | None, dict[str, Any] | None]:
        for live in self.lives.values():
            if id_ in (live.id, live.post):
                return live, None
            for comment in live.comments:
                if comment["id"] == id_:
                    return live, comment
        return None, None

    def _told(self, live: Live, asked: dict[str, str]) -> dict[str, Any]:
        health = {"video_bitrate": 2_400_000.0, "video_framerate": 25.0, "audio_bitrate": 128_000.0}
        known = {
            "status": live.status, "live_views": 17, "title": live.title, "video": {"id": live.post},
            "secure_stream_url": f"{self.rtmp}/{KEY}-{live.id}",
            "ingest_streams": [{"stream_health": health}] if live.status == "LIVE" else [],
        }  # fmt: skip
        names = {name.split("{")[0] for name in asked.get("fields", "").split(",")}
        return {"id": live.id} | {k: v for k, v in known.items() if k in names}

    def _listen(self, live: Live, asked: dict[str, str]) -> Pipe:
        if self.no_stream:
            raise Refusal(10, 0, "Application does not have permission for this action")
        if asked.get("comment_rate") not in RATES:
            raise Refusal(100, 0, "Invalid comment_rate")
        self.pipes.append(pipe := Pipe(live.id))
        pipe.put(b":ok\n\n")
        return pipe

    def _list(self, live: Live, asked: dict[str, str]) -> dict[str, Any]:
        """[comment]; that `since` is compared with created_time is unproven."""
        since, start = int(asked.get("since", "0")), int(asked.get("after") or "0")
        found = [c for c in live.comments if _seconds(c) >= since]
        if asked.get("order") == "reverse_chronological":
            found = found[::-1]
        size = min(int(asked.get("limit", "25")), self.page_size)
        some, more = found[start : start + size], start + size < len(found)
        paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(start + len(some))}}
        if more:
            paging["next"] = f"https://graph.facebook.com{VERSION}/{live.id}/comments?after={start + size}"
        return {"data": some, "paging": paging} if some else {"data": []}

    def _write(
        self, live: Live, comment: dict[str, Any] | None, where: str, asked: dict[str, str], who: str
    ) -> dict[str, Any]:
        if not asked.get("message"):
            raise Refusal(100, 0, "(#100) Missing message or attachment")
        if self.posted and self.posted[-1] == (where, asked["message"]):
            raise Refusal(506, 0, "Duplicate status message")  # [errors]
        self.posted.append((where, asked["message"]))
        made = self.write(
            asked["message"], live=live, user=PAGE if who == "page" else PERSON, name="Lumen Store",
            parent=comment["id"] if comment else None,
        )  # fmt: skip
        return {"id": made["id"]}

    # ---- what tests do

    @property
    def live(self) -> Live:
        """The newest."""
        return list(self.lives.values())[-1]

    @property
    def open_pipes(self) -> list[Pipe]:
        return [p for p in self.pipes if p.live == self.live.id]

    def write(
        self, text: str, id_: str | None = None, *, live: Live | None = None, user: str = "552524095105158",
        name: str = "Steph C.", parent: str | None = None, ago_s: float = 0.0, streamed: bool = True,
    ) -> dict[str, Any]:  # fmt: skip
        """A comment, in the list and (`streamed`) in the stream."""
        live = live or self.live
        self._number += 1
        at = datetime.fromtimestamp(self.clock() - ago_s, UTC)
        told: dict[str, Any] = {
            "created_time": at.strftime("%Y-%m-%dT%H:%M:%S+0000"), "from": {"name": name, "id": user},
            "message": text, "id": id_ or f"{live.post}_{self._number}",
        }  # fmt: skip
        if parent:
            told["parent"] = {"id": parent}
        live.comments.append(told)
        if streamed:
            self.stream(told)
        return told

    def stream(self, told: Any) -> None:
        for pipe in self.open_pipes[-1:]:
            pipe.put(f"data: {json.dumps(told, ensure_ascii=False)}\n\n".encode())

    def cut(self) -> None:
        self.open_pipes[-1].put(httpx.ReadError("cut"))


def _seconds(comment: dict[str, Any]) -> int:
    return int(datetime.strptime(comment["created_time"], "%Y-%m-%dT%H:%M:%S%z").timestamp())


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _send(send: Any, status: int, kind: str, body: Any) -> None:
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-type", kind.encode())]}
    )
    async for piece in body:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def account(**changed: str) -> dict[str, str]:
    fields = {
        "app_id": APP, "app_secret": SECRET, "user_token": "user-0", "access_token": "page-0",
        "page_id": PAGE, "expires": "2027-01-15T00:00:00+00:00",
    }  # fmt: skip
    return fields | changed
