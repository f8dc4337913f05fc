"""A Twitch of our own, written from its documents: login, HTTP interface, EventSub over WebSocket, ingest
list.

An ASGI application: over a real socket for third-party clients, in memory for ours. Every field that it sends
stands in SOURCES with the document that it is from; a test collects what was sent and compares. What no
document says stands in UNPROVEN.

Sources, by their short names:
    auth     dev.twitch.tv/docs/authentication/getting-tokens-oauth, refresh-tokens, validate-tokens
    api      dev.twitch.tv/docs/api/reference; guide (rate limits)
    ws       dev.twitch.tv/docs/eventsub/handling-websocket-events, websocket-reference
    types    dev.twitch.tv/docs/eventsub/eventsub-subscription-types, eventsub-reference
    cli      github.com/twitchdev/twitch-cli, Twitch's own mock: internal/events/websocket/mock_server
    ingest   dev.twitch.tv/docs/video-broadcast/reference
"""

import asyncio
import itertools
import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

CHAT = "channel.chat.message"
SCOPES_OF = {  # types
    CHAT: "user:read:chat",
    "channel.follow": "moderator:read:followers",
    "channel.subscription.gift": "channel:read:subscriptions",
}
ALL_SCOPES = (
    "user:read:chat",
    "user:write:chat",
    "channel:read:stream_key",
    "channel:manage:broadcast",
    "moderator:read:followers",
    "channel:read:subscriptions",
)
UNUSED_S = 10.0  # ws: "you must subscribe to an event within 10 seconds"
GRACE_S = 30.0  # ws: the old connection is closed with 4004 after 30 seconds
LIVES_S = 14_124  # auth: the documents' own example of expires_in


@dataclass
class Token:
    user: str
    client: str
    scopes: tuple[str, ...]
    expires: datetime


@dataclass
class Device:
    code: str
    user_code: str
    client: str
    scopes: tuple[str, ...]
    expires: datetime
    agreed: str = ""  # the user's id


@dataclass
class Session:
    id: str
    keepalive: float
    socket: WebSocket
    connected: datetime
    subscriptions: list[dict] = field(default_factory=list)
    sent_at: float = 0.0
    reconnecting: str = ""  # the ticket that leads its successor here
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    silent: bool = False  # half open: nothing is sent any more


class FakeTwitch:
    """`base`: where it is reached, e.g. http://127.0.0.1:8080. `now`: its clock, which may be wrong.

    faults       path -> answers to give next, each (status, headers, body or text)
    calls        (method, path) of every HTTP call
    posted       what was written into the chat by the interface: (sender, text, reply to)
    interval     seconds between two questions of a device that logs in
    muted        notifications are not sent, though subscriptions stand as enabled
    """

    def __init__(self, base: str = "http://127.0.0.1:1", now=lambda: datetime.now(UTC)) -> None:
        self.base, self.now = base, now
        self.users = {"141981764": "castmate_shop", "5": "mei", "6": "li"}
        self.clients = {"clientid0123456789abcdefghijkl": "s3cret-of-the-application"}
        self.tokens: dict[str, Token] = {}
        self.refreshes: dict[str, tuple[str, str, tuple[str, ...]]] = {}
        self.devices: dict[str, Device] = {}
        self.codes: dict[str, tuple[str, str, str]] = {}  # code -> (user, client, redirect)
        self.sessions: dict[str, Session] = {}
        self.tickets: dict[str, str] = {}
        self.faults: dict[str, list[tuple]] = defaultdict(list)
        self.calls: list[tuple[str, str]] = []
        self.posted: list[tuple[str, str, str | None]] = []
        self.drop_with: tuple[str, str] | None = None
        self.viewers: int | None = None
        self.followers: int | None = 700
        self.title = ""
        self.muted = False
        self.slow_s = 0.0  # so long after a message stands in the chat its writer is told
        self.interval = 5
        self.agree_at_once = False  # the person sits beside the machine
        self.sent: list[dict] = []
        self.opened = 0
        self._number = itertools.count(1)
        self.chat_log: dict[str, dict] = {}
        self.app = Starlette(
            routes=[
                Route("/oauth2/device", self._device, methods=["POST"]),
                Route("/oauth2/token", self._token, methods=["POST"]),
                Route("/oauth2/validate", self._validate),
                Route("/helix/users", self._users),
                Route("/helix/streams", self._streams),
                Route("/helix/streams/key", self._key),
                Route("/helix/channels", self._channels, methods=["PATCH"]),
                Route("/helix/channels/followers", self._followers),
                Route("/helix/chat/messages", self._message, methods=["POST"]),
                Route("/helix/eventsub/subscriptions", self._subscribe, methods=["POST"]),
                Route("/helix/eventsub/subscriptions", self._subscriptions, methods=["GET"]),
                Route("/ingests", self._ingests),
                WebSocketRoute("/ws", self._socket),
            ]
        )

    # ---- what tests do to it

    @property
    def client_id(self) -> str:
        return next(iter(self.clients))

    def fields(self, ingest: str) -> dict[str, str]:
        """What an account that goes here is told at its login. `ingest`: where the stream goes."""
        return {
            "client_id": self.client_id,
            "url_id": f"{self.base}/oauth2",
            "url_helix": f"{self.base}/helix",
            "url_eventsub": f"{self.base.replace('http', 'ws')}/ws",
            "ingest_url": ingest,
        }

    def log_in(self, user: str = "141981764", scopes: tuple[str, ...] = ALL_SCOPES) -> tuple[str, str]:
        """(access token, refresh token) as a login would give."""
        return self._grant(user, self.client_id, scopes)

    def agree(self, user_code: str, user: str = "141981764") -> None:
        """The person types the code."""
        next(d for d in self.devices.values() if d.user_code == user_code).agreed = user

    def code_for(self, redirect: str, user: str = "141981764") -> str:
        """The person agrees in the browser."""
        code = self._id("code")
        self.codes[code] = (user, self.client_id, redirect)
        return code

    def heard(self) -> bool:
        """Whether somebody is subscribed to the chat."""
        return any(s["type"] == CHAT for e in list(self.sessions.values()) for s in e.subscriptions)

    def expire_tokens(self) -> None:
        for token in self.tokens.values():
            token.expires = self.now() - timedelta(seconds=1)

    def revoke_login(self) -> None:
        """The channel removes the application: tokens are worth nothing."""
        self.tokens.clear()
        self.refreshes.clear()

    async def write(
        self, text: str, *, user: str = "5", id_: str = "", bits: int = 0, reply_to: str = ""
    ) -> str:
        """A viewer writes; the message's id."""
        message = id_ or self._id("message")
        event = self._chat_event(user, text, message, bits, reply_to)
        self.chat_log[message] = self._notification(CHAT, "1", event)
        await self._deliver(CHAT, self.chat_log[message])
        return message

    async def repeat(self, message: str) -> None:
        """The same notification once more: ws, "at least once", with the same message_id."""
        await self._deliver(CHAT, self.chat_log[message])

    async def follow(self, user: str = "6") -> None:
        event = {
            **self._user_fields("user", user),
            **self._user_fields("broadcaster_user", "141981764"),
            "followed_at": self._time(),
        }
        await self._deliver("channel.follow", self._notification("channel.follow", "2", event))

    async def gift(self, user: str | None = "6", total: int = 5) -> None:
        who = (
            self._user_fields("user", user) if user else dict.fromkeys(("user_id", "user_login", "user_name"))
        )
        event = {
            **who,
            **self._user_fields("broadcaster_user", "141981764"),
            "total": total,
            "tier": "1000",
            "cumulative_total": None,
            "is_anonymous": user is None,
        }
        kind = "channel.subscription.gift"
        await self._deliver(kind, self._notification(kind, "1", event))

    async def send_raw(self, text: str) -> None:
        for session in list(self.sessions.values()):
            await session.socket.send_text(text)

    async def ask_to_move(self) -> None:
        """ws: session_reconnect with a reconnect_url, old connection closed with 4004 after 30 s."""
        for session in list(self.sessions.values()):
            ticket = self._id("ticket")
            session.reconnecting = ticket
            self.tickets[ticket] = session.id
            shown = self._session_fields(session, "reconnecting", None, f"{self._ws}?reconnect_id={ticket}")
            await self._send(session, "session_reconnect", {"session": shown})

    async def revoke(self, kind: str = CHAT, status: str = "authorization_revoked") -> None:
        for session in list(self.sessions.values()):
            for sub in [s for s in session.subscriptions if s["type"] == kind]:
                session.subscriptions.remove(sub)
                told = {**sub, "status": status}
                await self._send(session, "revocation", {"subscription": told}, kind, sub["version"])

    async def close_all(self, code: int = 4000, reason: str = "internal server error") -> None:
        for session in list(self.sessions.values()):
            await session.socket.close(code, reason)
            self._gone(session)

    def deafen(self) -> None:
        """Keepalives go on; the subscriptions are gone."""
        for session in self.sessions.values():
            session.subscriptions.clear()

    def freeze(self) -> None:
        """Half open: the sockets stay, nothing comes."""
        for session in self.sessions.values():
            session.silent = True

    # ---- login

    async def _device(self, request) -> Response:
        form = await self._form(request)
        if (bad := self._fault("/oauth2/device")) is not None:
            return bad
        if form.get("client_id") not in self.clients:
            return _error(400, "Bad Request", "invalid client")
        device = Device(
            self._id("device"),
            f"ABCD{next(self._number):04d}",
            form["client_id"],
            tuple(form.get("scopes", "").split()),
            self.now() + timedelta(seconds=1800),
        )
        if self.agree_at_once:
            device.agreed = "141981764"
        self.devices[device.code] = device
        return self._json(
            "device",
            {
                "device_code": device.code,
                "expires_in": 1800,
                "interval": self.interval,
                "user_code": device.user_code,
                "verification_uri": f"https://www.twitch.tv/activate?device-code={device.user_code}",
            },
        )

    async def _token(self, request) -> Response:
        form = await self._form(request)
        if (bad := self._fault("/oauth2/token")) is not None:
            return bad
        client, grant = form.get("client_id", ""), form.get("grant_type", "")
        if client not in self.clients:
            return _error(400, "Bad Request", "invalid client")
        if grant == "refresh_token":
            return self._renewed(form)
        if grant == "authorization_code":
            if form.get("client_secret") != self.clients[client]:
                return _error(403, "Forbidden", "invalid client secret")
            user, of, redirect = self.codes.pop(form.get("code", ""), ("", "", ""))
            if of != client or redirect != form.get("redirect_uri"):
                return _error(400, "Bad Request", "Invalid authorization code")
            return self._token_answer(*self._grant(user, client, ALL_SCOPES), ALL_SCOPES)
        device = self.devices.get(form.get("device_code", ""))
        if device is None or self.now() > device.expires:
            return _error(400, "Bad Request", "invalid device code")
        if not device.agreed:
            return _error(400, "Bad Request", "authorization_pending")
        del self.devices[device.code]
        return self._token_answer(*self._grant(device.agreed, client, device.scopes), device.scopes)

    def _renewed(self, form: dict[str, str]) -> Response:
        user, client, scopes = self.refreshes.get(form.get("refresh_token", ""), ("", "", ()))
        if client != form["client_id"]:
            return _error(400, "Bad Request", "Invalid refresh token")
        del self.refreshes[form["refresh_token"]]  # auth: a public client's refresh token is for one use
        return self._token_answer(*self._grant(user, client, scopes), scopes)

    async def _validate(self, request) -> Response:
        if (bad := self._fault("/oauth2/validate")) is not None:
            return bad
        token = self.tokens.get(request.headers.get("authorization", "").removeprefix("OAuth "))
        if token is None or self.now() >= token.expires:
            return JSONResponse({"status": 401, "message": "invalid access token"}, 401)
        return self._json(
            "validate",
            {
                "client_id": token.client,
                "login": self.users[token.user],
                "scopes": list(token.scopes),
                "user_id": token.user,
                "expires_in": int((token.expires - self.now()).total_seconds()),
            },
        )

    # ---- HTTP interface

    async def _users(self, request) -> Response:
        token = self._authorised(request)
        if isinstance(token, Response):
            return token
        login = self.users[token.user]
        row = {
            "id": token.user,
            "login": login,
            "display_name": login.title(),
            "type": "",
            "broadcaster_type": "",
            "description": "",
            "profile_image_url": "",
            "offline_image_url": "",
            "view_count": 0,
            "created_at": self._time(),
        }
        return self._json("users", {"data": [row]})

    async def _streams(self, request) -> Response:
        token = self._authorised(request)
        if isinstance(token, Response):
            return token
        rows = []
        if self.viewers is not None:
            rows.append(
                {
                    "id": "40952121085",
                    **self._user_fields("user", token.user),
                    "game_id": "",
                    "game_name": "",
                    "type": "live",
                    "title": self.title,
                    "viewer_count": self.viewers,
                    "started_at": self._time(),
                    "language": "en",
                    "thumbnail_url": "",
                    "tags": [],
                    "is_mature": False,
                }
            )
        return self._json("streams", {"data": rows, "pagination": {}})

    async def _followers(self, request) -> Response:
        token = self._authorised(request)
        if isinstance(token, Response):
            return token
        if self.followers is None:
            return _error(500, "Internal Server Error", "")
        return self._json("followers", {"total": self.followers, "data": [], "pagination": {}})

    async def _key(self, request) -> Response:
        token = self._authorised(request, "channel:read:stream_key")
        if isinstance(token, Response):
            return token
        if request.query_params.get("broadcaster_id") != token.user:
            return _error(
                401, "Unauthorized", "The ID in broadcaster_id must match the user ID in the token."
            )
        return self._json("key", {"data": [{"stream_key": "live_141981764_SECRETkey"}]})

    async def _channels(self, request) -> Response:
        token = self._authorised(request, "channel:manage:broadcast")
        if isinstance(token, Response):
            return token
        self.title = (await request.json())["title"]
        return Response(status_code=204)

    async def _message(self, request) -> Response:
        token = self._authorised(request, "user:write:chat")
        if isinstance(token, Response):
            return token
        body = await request.json()
        if set(body) - {
            "broadcaster_id",
            "sender_id",
            "message",
            "reply_parent_message_id",
            "for_source_only",
        }:
            return _error(400, "Bad Request", "unknown parameter")
        if body["sender_id"] != token.user:
            return _error(401, "Unauthorized", "The ID in sender_id must match the user ID in the token.")
        if not body["message"] or len(body["message"]) > 500:
            return _error(422, "Unprocessable Entity", "The message is too large.")
        if self.drop_with is not None:
            code, message = self.drop_with
            row = {"message_id": "", "is_sent": False, "drop_reason": {"code": code, "message": message}}
            return self._json("message", {"data": [row]})
        self.posted.append((body["sender_id"], body["message"], body.get("reply_parent_message_id")))
        id_ = await self.write(body["message"], user=token.user)
        await asyncio.sleep(self.slow_s)
        return self._json("message", {"data": [{"message_id": id_, "is_sent": True, "drop_reason": None}]})

    async def _subscribe(self, request) -> Response:
        body = await request.json()
        token = self._authorised(request, SCOPES_OF.get(body["type"], ""))
        if isinstance(token, Response):
            return token
        session = self.sessions.get(body["transport"]["session_id"])
        if body["transport"]["method"] != "websocket" or session is None:
            return _error(400, "Bad Request", "session does not exist or has already disconnected")
        if body["type"] not in SCOPES_OF:
            return _error(
                400, "Bad Request", "The combination of values in the type and version fields is not valid"
            )
        if any(s["type"] == body["type"] for s in session.subscriptions):
            return _error(409, "Conflict", "subscription already exists")
        row = {
            "id": self._id("subscription"),
            "status": "enabled",
            "type": body["type"],
            "version": body["version"],
            "condition": body["condition"],
            "created_at": self._time(),
            "transport": {"method": "websocket", "session_id": session.id, "connected_at": self._time()},
            "cost": 0,
        }
        session.subscriptions.append(row)
        return self._json(
            "subscribe", {"data": [row], "total": 1, "total_cost": 0, "max_total_cost": 10}, 202
        )

    async def _subscriptions(self, request) -> Response:
        token = self._authorised(request)
        if isinstance(token, Response):
            return token
        kind = request.query_params.get("type")
        rows = [s for e in self.sessions.values() for s in e.subscriptions if kind in (None, s["type"])]
        answer = {"total": len(rows), "data": rows, "total_cost": 0, "max_total_cost": 10, "pagination": {}}
        return self._json("subscriptions", answer)

    async def _ingests(self, request) -> Response:
        self.calls.append(("GET", "/ingests"))
        if (bad := self._fault("/ingests")) is not None:
            return bad
        rows = [
            {
                "_id": number,
                "availability": 1.0,
                "default": number == 1,
                "name": name,
                "url_template": f"rtmp://{host}.contribute.live-video.net/app/{{stream_key}}",
                "url_template_secure": f"rtmps://{host}.contribute.live-video.net:443/app/{{stream_key}}",
                "priority": number,
            }
            for number, (name, host) in enumerate(
                (("Asia: Hong Kong", "hkg06"), ("EU: Frankfurt", "fra05")), 1
            )
        ]
        return self._json("ingests", {"ingests": rows})

    # ---- EventSub

    async def _socket(self, socket: WebSocket) -> None:
        await socket.accept()
        self.opened += 1
        ticket = socket.query_params.get("reconnect_id")
        asked = socket.query_params.get("keepalive_timeout_seconds", "10")
        keepalive = float(min(max(int(asked), 10), 600))
        old = self.sessions.get(self.tickets.pop(ticket, "")) if ticket else None
        if ticket and old is None:
            await socket.close(4007, "invalid reconnect attempt")
            return
        session = Session(old.id if old else self._id("session"), keepalive, socket, self.now())
        if old is not None:
            session.subscriptions = old.subscriptions
            session.keepalive = old.keepalive
            old.reconnecting = "moved"
        self.sessions[session.id] = session
        shown = self._session_fields(session, "connected", int(session.keepalive), None)
        await self._send(session, "session_welcome", {"session": shown})
        timers = [asyncio.ensure_future(self._keep(session)), asyncio.ensure_future(self._unused(session))]
        try:
            while True:
                await socket.receive_text()
                await socket.close(4001, "sent inbound traffic")
                break
        except (WebSocketDisconnect, RuntimeError, KeyError):
            pass
        finally:
            for timer in timers:
                timer.cancel()
            self._gone(session)

    def _gone(self, session: Session) -> None:
        session.closed.set()
        if self.sessions.get(session.id) is session:
            del self.sessions[session.id]

    async def _keep(self, session: Session) -> None:
        """A keepalive when nothing else was sent for so long."""
        loop = asyncio.get_running_loop()
        while not session.closed.is_set():
            wait = session.sent_at + session.keepalive - loop.time()
            await asyncio.sleep(max(wait, 0.01))
            if loop.time() - session.sent_at >= session.keepalive:
                await self._send(session, "session_keepalive", {})

    async def _unused(self, session: Session) -> None:
        await asyncio.sleep(UNUSED_S)
        if not session.subscriptions and not session.closed.is_set() and not session.silent:
            await session.socket.close(4003, "connection unused")

    async def _deliver(self, kind: str, notification: dict) -> None:
        if self.muted:
            return
        for session in list(self.sessions.values()):
            for sub in session.subscriptions:
                if sub["type"] == kind:
                    await self._put(session, {**notification, "payload": {
                        "subscription": sub, "event": notification["payload"]["event"]}})  # fmt: skip

    async def _send(
        self, session: Session, kind: str, payload: dict, sub: str = "", version: str = ""
    ) -> None:
        await self._put(session, {"metadata": self._metadata(kind, sub, version), "payload": payload})

    async def _put(self, session: Session, message: dict) -> None:
        session.sent_at = asyncio.get_running_loop().time()
        if not session.silent:
            self._note(message["metadata"]["message_type"], message)
            await session.socket.send_text(json.dumps(message, ensure_ascii=False))

    def _notification(self, kind: str, version: str, event: dict) -> dict:
        return {"metadata": self._metadata("notification", kind, version), "payload": {"event": event}}

    def _metadata(self, kind: str, sub: str = "", version: str = "") -> dict:
        head = {"message_id": self._id("frame"), "message_type": kind, "message_timestamp": self._time()}
        return {**head, "subscription_type": sub, "subscription_version": version} if sub else head

    def _session_fields(self, session: Session, status: str, keepalive: int | None, url: str | None) -> dict:
        return {
            "id": session.id,
            "status": status,
            "connected_at": session.connected.isoformat().replace("+00:00", "Z"),
            "keepalive_timeout_seconds": keepalive,
            "reconnect_url": url,
        }

    def _chat_event(self, user: str, text: str, message: str, bits: int, reply_to: str) -> dict:
        reply = {
            "parent_message_id": reply_to,
            "parent_message_body": "",
            **self._user_fields("parent_user", "5"),
            "thread_message_id": reply_to,
            **self._user_fields("thread_user", "5"),
        }
        return {
            **self._user_fields("broadcaster_user", "141981764"),
            **self._user_fields("chatter_user", user),
            "message_id": message,
            "message": {
                "text": text,
                "fragments": [
                    {"type": "text", "text": text, "cheermote": None, "emote": None, "mention": None}
                ],
            },
            "color": "#00FF7F",
            "badges": [{"set_id": "moderator", "id": "1", "info": ""}],
            "message_type": "text",
            "cheer": {"bits": bits} if bits else None,
            "reply": reply if reply_to else None,
            "channel_points_custom_reward_id": None,
            "channel_points_animation_id": None,
            "source_broadcaster_user_id": None,
            "source_broadcaster_user_login": None,
            "source_broadcaster_user_name": None,
            "source_message_id": None,
            "source_badges": None,
            "is_source_only": None,
        }

    # ---- small parts

    @property
    def _ws(self) -> str:
        return self.base.replace("http", "ws", 1) + "/ws"

    def _user_fields(self, prefix: str, user: str) -> dict:
        login = self.users.get(user, user)
        return {f"{prefix}_id": user, f"{prefix}_login": login, f"{prefix}_name": login.title()}

    def _time(self) -> str:
        return f"{self.now():%Y-%m-%dT%H:%M:%S.%f}123Z"  # ws: nanoseconds

    def _id(self, kind: str) -> str:
        return f"{kind}-{next(self._number):08d}"

    def _grant(self, user: str, client: str, scopes: tuple[str, ...]) -> tuple[str, str]:
        access, refresh = self._id("ACCESSsecret"), self._id("REFRESHsecret")
        self.tokens[access] = Token(user, client, scopes, self.now() + timedelta(seconds=LIVES_S))
        self.refreshes[refresh] = (user, client, scopes)
        return access, refresh

    def _token_answer(self, access: str, refresh: str, scopes: tuple[str, ...]) -> Response:
        return self._json(
            "token",
            {
                "access_token": access,
                "expires_in": LIVES_S,
                "refresh_token": refresh,
                "scope": list(scopes),
                "token_type": "bearer",
            },
        )

    def _authorised(self, request, scope: str = "") -> Token | Response:
        path = request.url.path
        self.calls.append((request.method, path))
        if (bad := self._fault(path)) is not None:
            return bad
        token = self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if token is None or self.now() >= token.expires:
            return _error(401, "Unauthorized", "Invalid OAuth token")
        if request.headers.get("client-id") != token.client:
            return _error(401, "Unauthorized", "Client ID and OAuth token do not match")
        if scope and scope not in token.scopes:
            return _error(401, "Unauthorized", f"Missing scope: {scope}")
        return token

    async def _form(self, request) -> dict[str, str]:
        self.calls.append((request.method, request.url.path))
        body = (await request.body()).decode()  # some clients write it into the address
        return {**dict(request.query_params), **dict(parse_qsl(body))}

    def _fault(self, path: str) -> Response | None:
        if not self.faults[path]:
            return None
        status, headers, body = self.faults[path].pop(0)
        if isinstance(body, str):
            return PlainTextResponse(body, status, headers)
        return JSONResponse(body, status, headers)

    def _json(self, what: str, data: dict, status: int = 200) -> Response:
        self._note(what, data)
        reset = str(int(self.now().timestamp()) + 60)
        headers = {"Ratelimit-Limit": "800", "Ratelimit-Remaining": "799", "Ratelimit-Reset": reset}
        return JSONResponse(data, status, headers)

    def _note(self, what: str, data: dict) -> None:
        if len(self.sent) < 2000:
            self.sent.append({"what": what, "data": data})


def _error(status: int, error: str, message: str) -> Response:
    return JSONResponse({"error": error, "status": status, "message": message}, status)
