"""A TikTok and a signing service for one reader, made of TikTokLive's own protobuf: it needs TikTokLive 7.0.1
and is run by hand alone (tests/connectors/tiktok_live/by_tiktoklive.py).

Sources: TikTokLive 7.0.1, client/web/routes (addresses, SIGI_STATE, check_alive), client/ws (push frames,
acks, heartbeats, gzip, the 200 that means "detected"), TikTokLiveProto 0.2.2 (messages). No document of
TikTok says any of it: it is unofficial altogether.
"""

import asyncio
import gzip
import json
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import TikTokLiveProto.v3.webcast.model.message as messages
from TikTokLive.proto import ProtoMessageFetchResult, WebcastPushFrame
from TikTokLiveProto.v3.webcast.model import Gift
from TikTokLiveProto.v3.webcast.model.base.user import User
from TikTokLiveProto.v3.webcast.shared.message import CommonMessageData
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

ROOM = 7300000000000000001


@dataclass
class FakeTikTok:
    """`refuse`: what the next connection meets: "" (nothing), "detected", "offline", "limited"."""

    refuse: str = ""
    sockets: list[ServerConnection] = field(default_factory=list)
    got: list[str] = field(default_factory=list)  # payload types of what the reader sent
    asked: list[str] = field(default_factory=list)
    port: int = 0
    _number: int = 0

    async def __aenter__(self) -> "FakeTikTok":
        self._server = await serve(
            self._socket, "127.0.0.1", 0, process_request=self._page, subprotocols=["echo-protocol"],
            select_subprotocol=lambda c, offered: "echo-protocol" if "echo-protocol" in offered else None,
            ping_interval=None,
        )  # fmt: skip
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    @property
    def hosts(self) -> dict[str, str]:
        base = f"http://127.0.0.1:{self.port}"
        return {"app": base, "sign": base, "webcast": f"{base}/webcast"}

    def _page(self, connection: ServerConnection, request: Request) -> Response | None:
        path = request.path.partition("?")[0]
        self.asked.append(path)
        if path == "/push":
            return (
                _answer(b"", status=200, **{"Handshake-Msg": "detected"})
                if self.refuse == "detected"
                else None
            )
        if path.endswith("/live"):
            user = {"roomId": str(ROOM), "uniqueId": "lumen", "status": 4 if self.refuse == "offline" else 2}
            state = json.dumps({"LiveRoom": {"liveRoomUserInfo": {"user": user}}})
            return _answer(f'<script id="SIGI_STATE" type="application/json">{state}</script>'.encode())
        if path.endswith("/check_alive/"):
            return _answer(json.dumps({"data": [{"alive": True, "room_id": ROOM}]}).encode())
        if path.endswith("/fetch"):
            return self._signed()
        return _answer(b"{}", status=404)

    def _signed(self) -> Response:
        if self.refuse == "limited":
            headers = {"RateLimit-Remaining": "0", "RateLimit-Reset": "0", "Retry-After": "77"}
            return _answer(b'{"message": "slow down"}', status=429, **headers)
        first = ProtoMessageFetchResult(
            cursor="c1", push_server=f"ws://127.0.0.1:{self.port}/push", route_params={"imprp": "a b(c)"},
            internal_ext="ext", is_first=True,
        )  # fmt: skip
        return _answer(bytes(first), **{"X-Set-TT-Cookie": "ttwid=fake; Path=/"})

    async def _socket(self, connection: ServerConnection) -> None:
        self.sockets.append(connection)
        async for raw in connection:
            frame = WebcastPushFrame().parse(raw if isinstance(raw, bytes) else raw.encode())
            self.got.append(frame.payload_type)

    # ---- what a test does

    async def send(self, method: str, message: Any) -> None:
        """One message, gzipped in a push frame that wants an ack."""
        one = _base(method, bytes(message))
        body = gzip.compress(
            bytes(ProtoMessageFetchResult(messages=[one], need_ack=True, internal_ext="ext"))
        )
        frame = WebcastPushFrame(
            log_id=self._number + 1, payload_type="msg", payload_encoding="pb", payload=body
        )
        frame.headers = [_header("compress_type", "gzip")]
        await self.sockets[-1].send(bytes(frame))

    def _who(self) -> dict[str, Any]:
        self._number += 1
        common = CommonMessageData(msg_id=100 + self._number, create_time=int(time.time() * 1000))
        return {"common": common, "user": User(id=7, nickname="Mei")}

    async def comment(self, text: str) -> None:
        await self.send("WebcastChatMessage", messages.WebcastChatMessage(**self._who(), content=text))

    async def gift(self, name: str, count: int, *, ended: bool = True) -> None:
        gift = Gift(id=1, type=1, name=name, diamond_count=2)
        told = messages.WebcastGiftMessage(
            **self._who(), gift=gift, gift_id=1, repeat_count=count, repeat_end=int(ended)
        )
        await self.send("WebcastGiftMessage", told)

    async def like(self, count: int) -> None:
        await self.send("WebcastLikeMessage", messages.WebcastLikeMessage(**self._who(), count=count))

    async def viewers(self, count: int) -> None:
        common = self._who()["common"]
        told = messages.WebcastRoomUserSeqMessage(common=common, total=count)
        await self.send("WebcastRoomUserSeqMessage", told)

    async def garble(self) -> None:
        await self.send("WebcastChatMessage", b"\xff\xff\xff")
        await self.send("WebcastNobodyKnowsMessage", b"")


def _base(method: str, payload: bytes) -> Any:
    from TikTokLive.proto import ProtoMessageFetchResultBaseProtoMessage

    return ProtoMessageFetchResultBaseProtoMessage(method=method, payload=payload)


def _header(key: str, value: str) -> Any:
    import typing

    (kind,) = typing.get_args(typing.get_type_hints(WebcastPushFrame)["headers"])
    return kind(key=key, value=value)


def _answer(body: bytes, status: int = 200, **headers: str) -> Response:
    told = Headers({"Content-Length": str(len(body)), "Connection": "close", **headers})
    return Response(status, HTTPStatus(status).phrase, told, body)


async def until(holds: Any, seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.02)
