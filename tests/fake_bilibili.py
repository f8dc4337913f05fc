"""A Bilibili open-live server for tests, written from its documents, not from our client.

Sources, named by what they prove (as of 2026-09; the documents lie at open-live.bilibili.com/document/ID):
  [auth]      鉴权, 74eec767-e594-7ddd-6aba-257e8317c05d: headers, signature, window, codes, HTTP 200
  [app]       应用API, eba8e2e1-847d-e908-2e5c-7a1ec7d9266f: start, end, heartbeat, 60 s, wss_link
  [wire]      长链数据协议, 657d8e34-f926-a133-16c0-300c1afc6e6b: header, operations, version 0 and 2
  [cmd]       长链命令说明, f9ce25be-312e-1f4a-85fd-fef21f1637f8: commands and their fields
  [blivedm]   xfgryujk/blivedm 3bf17fe (MIT), its client: version 3 (brotli), auth reply 0 / -101, the
              popularity and the echo in a heartbeat reply
  unproven    no source: named so where it stands

Accepted by blivedm 1.1.7's OpenLiveClient (tests/connectors/bilibili/by_blivedm.py).
"""

import asyncio
import contextlib
import hashlib
import hmac
import json
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import brotli
import httpx
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

try:
    from connectors.errors import Dropped, Transient
except ImportError:  # by_blivedm.py runs where only the fake is
    Dropped = Transient = ConnectionError  # type: ignore[assignment,misc]

KEY_ID, KEY_SECRET = "fake-access-key-id", "fake-access-key-secret"
APP_ID, CODE = 1_700_000_000_001, "FAKECODE12345"  # [app]: app_id exceeds int32
ROOM, HOST_ID = 460_695, "host-open-id-0001"
PLAIN, ZLIB, BROTLI = 0, 2, 3
GAME_DIES_S, SOCKET_DIES_S = 60.0, 30.0  # [app]
SETTLES_S = 60.0  # [app]: a game that was not ended stands in the way for a minute


def packet(op: int, body: bytes, version: int = 0) -> bytes:
    """[wire]: 16 bytes, big endian: length, header length, version, operation, sequence."""
    return struct.pack(">IHHII", 16 + len(body), 16, version, op, 1) + body


def frame(commands: list[dict[str, Any]], how: int = ZLIB) -> bytes:
    """Messages as one frame: each a packet; compressed together where `how` is ZLIB or BROTLI."""
    inner = b"".join(packet(5, json.dumps(c, ensure_ascii=False).encode()) for c in commands)
    if how == PLAIN:
        return inner
    return packet(5, zlib.compress(inner) if how == ZLIB else brotli.compress(inner, quality=4), how)


@dataclass
class Peer:
    """One socket as the server sees it. `send` and `cut` are the transport's."""

    send: Callable[[bytes], Awaitable[None]]
    cut: Callable[[], None]
    link: int = 0
    game: str = ""
    beat: float = 0.0
    beats: int = 0
    mute: bool = False  # half-open: takes everything, answers nothing


@dataclass
class Running:
    id: str
    beat: float
    auth: str


@dataclass
class FakeBilibili:
    """The server's mind, without a network. `clock`: seconds since 1970, as the server has it."""

    clock: Callable[[], float]
    links: list[str] = field(default_factory=list)
    refuse: list[tuple[int, int]] = field(default_factory=list)  # (HTTP status, code) of the next answers
    garbage: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)  # answers as they are
    refuse_auth: int = 0  # so many next sockets are refused
    down: set[int] = field(default_factory=set)  # links that cannot be reached (in memory)
    deaf: bool = False  # heartbeats are answered, nothing is pushed
    games: dict[str, Running] = field(default_factory=dict)
    peers: list[Peer] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)  # what was answered
    dialled: list[int] = field(default_factory=list)  # which link
    complaints: list[str] = field(default_factory=list)  # what no honest client does
    _nonces: set[str] = field(default_factory=set)
    _made: int = 0
    _settling_until: float = float("-inf")

    # ---- HTTP

    def http(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any]:
        """Status and JSON."""
        lower = {k.lower(): v for k, v in headers.items()}
        if self.refuse:
            status, code = self.refuse.pop(0)
            self.codes.append(code)
            return status, _answer(code)
        code = self._checked(method, lower, body)
        data: Any = {}
        if code == 0:
            asked = json.loads(body)
            self.asked.append((path, asked, lower))
            code, data = self._served(path, asked)
        self.codes.append(code)
        return 200, _answer(code, data)  # [auth]: the status is always 200

    def _checked(self, method: str, headers: Mapping[str, str], body: bytes) -> int:
        """[auth]. The order of the checks is unproven."""
        if method != "POST":
            return 4010  # unproven: [auth] only says that all calls are POST
        if headers.get("content-type") != "application/json":
            return 4011
        if headers.get("accept") != "application/json":
            return 4013
        if headers.get("x-bili-accesskeyid") != KEY_ID:
            return 4001
        if headers.get("x-bili-signature-method") != "HMAC-SHA256":
            return 4005
        if headers.get("x-bili-signature-version") != "1.0":
            return 4006
        if headers.get("x-bili-content-md5") != hashlib.md5(body).hexdigest():
            return 4012
        text = "\n".join(f"{k}:{headers[k]}" for k in sorted(headers) if k.startswith("x-bili-"))
        expected = hmac.new(KEY_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
        if headers.get("authorization") != expected:
            return 4002
        if abs(int(headers["x-bili-timestamp"]) - self.clock()) > 600:
            return 4003
        nonce = headers["x-bili-signature-nonce"]
        if nonce in self._nonces:
            return 4004
        self._nonces.add(nonce)
        return 0

    def _served(self, path: str, asked: dict[str, Any]) -> tuple[int, Any]:
        self.expire()
        match path:
            case "/v2/app/start":
                return self._start(asked)
            case "/v2/app/heartbeat":
                game = self.games.get(asked["game_id"])
                if game is None:
                    return 7003, {}
                game.beat = self.clock()
                return 0, {}
            case "/v2/app/end":
                if asked.get("app_id") != APP_ID:
                    return 8002, {}
                return (0, {}) if self.end_game(asked["game_id"]) else (7000, {})
        return 4010, {}

    def _start(self, asked: dict[str, Any]) -> tuple[int, Any]:
        if asked.get("app_id") != APP_ID:
            return 8002, {}
        if asked.get("code") != CODE:
            return 7007, {}
        if self.games:  # [app]: one interactive game in a room
            return 7002, {}
        if self.clock() < self._settling_until:
            return 7001, {}
        self._made += 1
        game = Running(f"game-{self._made}", self.clock(), f'{{"key":"token-{self._made}","roomid":{ROOM}}}')
        self.games[game.id] = game
        anchor = {"room_id": ROOM, "uname": "主播", "uface": "", "uid": 0, "open_id": HOST_ID, "union_id": ""}
        info = {"auth_body": game.auth, "wss_link": list(self.links)}
        return 0, {"game_info": {"game_id": game.id}, "websocket_info": info, "anchor_info": anchor}

    # ---- the life of games and sockets

    def end_game(self, game_id: str, *, told: bool = True) -> bool:
        """[cmd] INTERACTION_END: the sockets of a game that ends are told, and hear nothing more."""
        if self.games.pop(game_id, None) is None:
            return False
        if told:
            data = {"game_id": game_id, "timestamp": int(self.clock())}
            self._later(frame([{"cmd": "LIVE_OPEN_PLATFORM_INTERACTION_END", "data": data}]), game_id)
        return True

    def expire(self) -> None:
        """[app]: a game without a heartbeat for 60 s is closed; a socket without one for 30 s is cut."""
        now = self.clock()
        for game in [g for g in self.games.values() if now - g.beat > GAME_DIES_S]:
            self.end_game(game.id)
            self._settling_until = game.beat + GAME_DIES_S + SETTLES_S
        for peer in [p for p in self.peers if now - p.beat > SOCKET_DIES_S]:
            self.gone(peer)
            peer.cut()

    def arrive(self, peer: Peer) -> None:
        peer.beat = self.clock()
        self.peers.append(peer)
        self.dialled.append(peer.link)

    def gone(self, peer: Peer) -> None:
        if peer in self.peers:
            self.peers.remove(peer)

    async def said(self, peer: Peer, data: bytes | str) -> None:
        """[wire]: the first packet is AUTH with the auth_body as it was given; then heartbeats."""
        if isinstance(data, str) or len(data) < 16:
            self.complaints.append("no packet")
            return
        length, header, _, op, _ = struct.unpack_from(">IHHII", data)
        if (length, header) != (len(data), 16):
            self.complaints.append(f"a header of {header} with length {length} of {len(data)}")
        body = data[16:]
        if peer.mute:
            return
        if op == 7:
            await self._authorize(peer, body.decode())
        elif not peer.game:
            self.complaints.append("a packet before AUTH")
        elif op == 2:
            peer.beat, peer.beats = self.clock(), peer.beats + 1
            # [blivedm]: the echoed body is not counted in the packet's length
            reply = struct.pack(">IHHII", 20, 16, 1, 3, 1) + struct.pack(">I", 4242)
            await peer.send(reply + body)
        else:
            self.complaints.append(f"operation {op}")

    async def _authorize(self, peer: Peer, body: str) -> None:
        game = next((g for g in self.games.values() if g.auth == body), None)
        if self.refuse_auth or game is None:
            self.refuse_auth = max(0, self.refuse_auth - 1)
            await peer.send(packet(8, b'{"code":-101}', 1))  # [blivedm]
            self.gone(peer)
            peer.cut()  # unproven: that the server closes after a refusal
            return
        peer.game = game.id
        await peer.send(packet(8, b'{"code":0}', 1))

    # ---- what tests do

    async def push(self, commands: list[dict[str, Any]], how: int = ZLIB) -> int:
        """To all sockets that are in a game; how many there were."""
        return await self.push_raw(frame(commands, how))

    async def push_raw(self, data: bytes) -> int:
        listening = [] if self.deaf else [p for p in self.peers if p.game in self.games and not p.mute]
        for peer in listening:
            with contextlib.suppress(OSError, ConnectionClosed):
                await peer.send(data)
        return len(listening)

    def cut_all(self) -> None:
        for peer in list(self.peers):
            self.gone(peer)
            peer.cut()

    def _later(self, data: bytes, game_id: str) -> None:
        for peer in [p for p in self.peers if p.game == game_id and not p.mute]:
            asyncio.ensure_future(_quietly(peer.send(data)))  # noqa: RUF006


async def _quietly(sending: Awaitable[None]) -> None:
    with contextlib.suppress(OSError, ConnectionClosed):
        await sending


def _answer(code: int, data: Any = None) -> dict[str, Any]:
    return {"code": code, "message": "ok" if code == 0 else "no", "request_id": "1409", "data": data or {}}


# ---- commands as [cmd] gives them, every documented field


def _who(name: str, open_id: str) -> dict[str, Any]:
    return {"uname": name, "uid": 0, "open_id": open_id, "union_id": "", "uface": "http://i0.hdslb.com/f.jpg"}


_MEDAL = {"fans_medal_level": 24, "fans_medal_name": "aw4ifC", "fans_medal_wearing_status": True}


def danmaku(
    text: str, id_: str, at: float, name: str = "小明", open_id: str = "viewer-1", **more: Any
) -> Any:
    data = _who(name, open_id) | _MEDAL | {
        "room_id": ROOM, "msg": text, "msg_id": id_, "timestamp": int(at), "guard_level": 0,
        "emoji_img_url": "", "dm_type": 0, "glory_level": 39, "reply_open_id": "", "reply_uname": "",
        "is_admin": 0,
    }  # fmt: skip
    return {"cmd": "LIVE_OPEN_PLATFORM_DM", "data": data | more}


def mirror(text: str, id_: str, at: float) -> Any:
    data = {
        "room_id": ROOM,
        "msg": text,
        "msg_id": id_,
        "timestamp": int(at),
        "emoji_img_url": "",
        "dm_type": 0,
    }
    return {"cmd": "LIVE_OPEN_PLATFORM_DM_MIRROR", "data": data | {"dm_type": 0}}


def gift(id_: str, at: float, count: int = 2, price: int = 1000, paid: bool = True) -> Any:
    data = _who("小红", "viewer-2") | _MEDAL | {
        "room_id": ROOM, "gift_id": 30607, "gift_name": "小心心", "gift_num": count, "price": price,
        "r_price": price, "paid": paid, "guard_level": 0, "timestamp": int(at), "msg_id": id_,
        "gift_icon": "",
        "anchor_info": _who("主播", HOST_ID), "combo_gift": True,
        "combo_info": {"combo_base_num": 1, "combo_count": 3, "combo_id": "c1", "combo_timeout": 3},
        "blind_gift": {"blind_gift_id": 0, "status": False},
    }  # fmt: skip
    return {"cmd": "LIVE_OPEN_PLATFORM_SEND_GIFT", "data": data}


def super_chat(text: str, id_: str, at: float, message_id: int = 77, rmb: int = 30) -> Any:
    data = _who("大佬", "viewer-3") | _MEDAL | {
        "room_id": ROOM, "message_id": message_id, "message": text, "msg_id": id_, "rmb": rmb,
        "timestamp": int(at), "start_time": int(at), "end_time": int(at) + 60, "guard_level": 2,
    }  # fmt: skip
    return {"cmd": "LIVE_OPEN_PLATFORM_SUPER_CHAT", "data": data}


def super_chat_del(ids: list[int], id_: str) -> Any:
    data = {"room_id": ROOM, "message_ids": ids, "msg_id": id_}
    return {"cmd": "LIVE_OPEN_PLATFORM_SUPER_CHAT_DEL", "data": data}


def guard(id_: str, at: float, unit: str = "月", count: int = 1) -> Any:
    data = _MEDAL | {
        "user_info": _who("舰长", "viewer-4"), "guard_level": 3, "guard_num": count, "guard_unit": unit,
        "price": 198_000, "timestamp": int(at), "room_id": ROOM, "msg_id": id_,
    }  # fmt: skip
    return {"cmd": "LIVE_OPEN_PLATFORM_GUARD", "data": data}


def like(at: float, count: int = 114, id_: str = "57a7c676-ff00-4967-bb09-03e800ab0f4d") -> Any:
    data = _who("小明", "viewer-1") | _MEDAL | {
        "timestamp": int(at), "like_text": "为主播点赞了", "like_count": count, "room_id": ROOM,
    }  # fmt: skip
    return {"cmd": "LIVE_OPEN_PLATFORM_LIKE", "data": data | ({"msg_id": id_} if id_ else {})}


def enter(at: float, open_id: str = "viewer-5") -> Any:
    data = {
        "room_id": ROOM,
        "uface": "",
        "uname": "路人",
        "open_id": open_id,
        "union_id": "",
        "timestamp": int(at),
    }
    return {"cmd": "LIVE_OPEN_PLATFORM_LIVE_ROOM_ENTER", "data": data}


def live(on: bool, at: float) -> Any:
    data = {
        "area_name": "户外",
        "open_id": HOST_ID,
        "union_id": "",
        "room_id": ROOM,
        "timestamp": int(at),
        "title": "标题",
    }
    return {"cmd": "LIVE_OPEN_PLATFORM_LIVE_START" if on else "LIVE_OPEN_PLATFORM_LIVE_END", "data": data}


def account(**changed: str) -> dict[str, str]:
    """The fields of an account that the fake knows."""
    fields = {
        "access_key_id": KEY_ID,
        "access_key_secret": KEY_SECRET,
        "app_id": str(APP_ID),
        "identity_code": CODE,
        "server": "rtmp://live-push.bilivideo.com/live-bvc/",
        "stream_key": "?streamname=live_460695_1&key=s3cr3t-stream-key&schedule=rtmp",
    }
    return fields | changed


# ---- transports


def transport(fake: FakeBilibili) -> httpx.MockTransport:
    """HTTP in memory. Date is the server's clock (RFC 9110, 6.6.1; that Bilibili sends it: unproven)."""

    def handle(request: httpx.Request) -> httpx.Response:
        if fake.garbage:
            status, headers, raw = fake.garbage.pop(0)
            return httpx.Response(status, headers=headers, content=raw)
        status, data = fake.http(request.method, request.url.path, request.headers, request.content)
        return httpx.Response(status, json=data, headers={"Date": formatdate(fake.clock(), usegmt=True)})

    return httpx.MockTransport(handle)


class Line:
    """One WebSocket in memory, as connectors.outside.Wire."""

    def __init__(self, fake: FakeBilibili, link: int) -> None:
        self._fake, self._inbox = fake, asyncio.Queue[bytes | None](100_000)
        self._peer = Peer(self._inbox.put, self.cut, link)
        self._open = True
        fake.arrive(self._peer)

    def cut(self) -> None:
        if self._open:
            self._open = False
            self._inbox.put_nowait(None)

    async def recv(self) -> bytes:
        data = await self._inbox.get()
        if data is None:
            self._inbox.put_nowait(None)
            raise Dropped()
        return data

    async def send(self, data: str | bytes) -> None:
        if not self._open:
            raise Dropped()
        await self._fake.said(self._peer, data)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        self._fake.gone(self._peer)
        self.cut()


def dialling(fake: FakeBilibili, hosts: int = 2) -> Any:
    """A connectors.outside.Dial to the fake, in memory; its addresses are put into fake.links. Addresses in
    fake.down are not reached.
    """
    fake.links += [f"wss://link-{n}.fake/sub" for n in range(hosts)]

    async def dial(url: str, headers: Mapping[str, str]) -> Line:
        await asyncio.sleep(0)
        link = fake.links.index(url)
        if link in fake.down:
            fake.dialled.append(link)
            raise Transient(f"link {link} is down")
        return Line(fake, link)

    return dial


@contextlib.asynccontextmanager
async def served(fake: FakeBilibili, hosts: int = 2) -> AsyncIterator[str]:
    """Real sockets: the API's base address; `hosts` message servers are put into fake.links."""
    async with contextlib.AsyncExitStack() as stack:
        for n in range(hosts):
            server = await stack.enter_async_context(
                serve(_taking(fake, n), "127.0.0.1", 0, compression=None)
            )
            fake.links.append(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/sub")
        web = await asyncio.start_server(_http_over(fake), "127.0.0.1", 0)
        stack.push_async_callback(_closed, web)
        watching = asyncio.ensure_future(_expiring(fake))
        stack.callback(watching.cancel)
        yield f"http://127.0.0.1:{web.sockets[0].getsockname()[1]}"


async def _closed(server: asyncio.Server) -> None:
    server.close()


async def _expiring(fake: FakeBilibili) -> None:
    while True:
        fake.expire()
        await asyncio.sleep(0.2)


def _taking(fake: FakeBilibili, n: int) -> Callable[[ServerConnection], Awaitable[None]]:
    async def take(connection: ServerConnection) -> None:
        async def send(data: bytes) -> None:
            await connection.send(data)

        peer = Peer(send, connection.transport.abort, n)
        fake.arrive(peer)
        try:
            async for data in connection:
                await fake.said(peer, data)
        except ConnectionClosed:
            pass
        finally:
            fake.gone(peer)

    return take


def _http_over(fake: FakeBilibili) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """HTTP/1.1, one request a connection: enough for a client that honours Connection: close."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ", 2)
            pairs = (line.partition(":") for line in head[1:] if line)
            headers = {k.strip().lower(): v.strip() for k, _, v in pairs}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            status, data = fake.http(method, path, headers, body)
            payload = json.dumps(data).encode()
            lines = [
                f"HTTP/1.1 {status} X", "Content-Type: application/json", f"Content-Length: {len(payload)}",
                f"Date: {formatdate(fake.clock(), usegmt=True)}", "Connection: close", "", "",
            ]  # fmt: skip
            writer.write("\r\n".join(lines).encode() + payload)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    return handle
