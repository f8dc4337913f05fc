"""The chat's stream over gRPC. The messages are encoded by hand from the numbers of the cited definition, so
that a mistake in the connector's own descriptors cannot hide.
"""

import asyncio
from contextlib import asynccontextmanager

import grpc

from youtube_fake.world import World

METHOD = "/youtube.api.v3.V3DataLiveChatMessageService/StreamList"
TYPES = {
    "textMessageEvent": 1, "tombstone": 2, "chatEndedEvent": 4, "newSponsorEvent": 7, "userBannedEvent": 10,
    "superChatEvent": 15, "superStickerEvent": 16, "memberMilestoneChatEvent": 17,
    "membershipGiftingEvent": 18,
    "giftMembershipReceivedEvent": 19, "pollEvent": 20, "giftEvent": 21,
}  # fmt: skip
AUTHOR = {
    "channelId": 10101, "channelUrl": 102, "displayName": 103, "profileImageUrl": 104, "isVerified": 4,
    "isChatOwner": 5, "isChatSponsor": 6, "isChatModerator": 7,
}  # fmt: skip
SNIPPET = {
    "type": 1, "liveChatId": 201, "authorChannelId": 301, "publishedAt": 4, "hasDisplayContent": 17,
    "displayMessage": 16, "textMessageDetails": (19, {"messageText": 1}),
    "superChatDetails": (
        27, {"amountMicros": 1, "currency": 2, "amountDisplayString": 3, "userComment": 4, "tier": 5}
    ),
    "superStickerDetails": (28, {"amountMicros": 1, "currency": 2, "amountDisplayString": 3, "tier": 4}),
    "newSponsorDetails": (29, {"memberLevelName": 1, "isUpgrade": 2}),
    "giftDetails": (34, {"giftName": 1, "jewelsAmount": 3, "comboCount": 8}),
}  # fmt: skip
MESSAGE = {"kind": 200, "etag": 201, "id": 101, "snippet": (2, SNIPPET), "authorDetails": (3, AUTHOR)}


def varint(value: int) -> bytes:
    out = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        out.append(low | (0x80 if value else 0))
        if not value:
            return bytes(out)


def field(number: int, value) -> bytes:
    """Wire type 0 for numbers, 2 for texts and messages (protobuf.dev/programming-guides/encoding)."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def encode(values: dict, numbers: dict) -> bytes:
    out = b""
    for name, value in values.items():
        number = numbers.get(name)
        if name == "type":
            value = TYPES[value]
        elif name == "amountMicros":
            value = int(value)
        if isinstance(number, tuple):
            out += field(number[0], encode(value, number[1]))
        elif number is not None:
            out += field(number, value)
    return out


def page(items: list[dict], token: str) -> bytes:
    body = field(200, "youtube#liveChatMessageListResponse") + field(100602, token)
    return body + b"".join(field(1007, encode(item, MESSAGE)) for item in items)


def request_of(raw: bytes) -> dict:
    """Field number -> value; a number that comes twice gives a list."""
    out, at = {}, 0

    def read() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = raw[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(raw):
        key = read()
        if key & 7 == 0:
            value = read()
        else:
            length = read()
            value, at = raw[at : at + length].decode(), at + length
        out.setdefault(key >> 3, []).append(value)
    return out


class Streams(grpc.GenericRpcHandler):
    """One call after another; `world.stream_plan` says what the next one does instead of going on:

    (code, details)  refuses with that status
    ("cut", n)       ends with UNAVAILABLE after n pages; ("end", n): in order
    ("raw", bytes)   sends these bytes first
    """

    def __init__(self, world: World) -> None:
        self.w = world

    def service(self, details):
        if details.method != METHOD:
            return None
        return grpc.unary_stream_rpc_method_handler(self.stream)

    async def stream(self, raw: bytes, context):
        w = self.w
        request = request_of(raw)
        assert request[100] == ["id", "snippet", "authorDetails"]
        bearer = dict(context.invocation_metadata()).get("authorization", "").removeprefix("Bearer ")
        token = request.get(99, [""])[0]
        w.stream_tokens.append(token)
        if bearer not in w.access:
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "Request had invalid credentials.")
        if not w.spend("liveChatMessages.streamList"):
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "quota exceeded")
        plan = w.stream_plan.popleft() if w.stream_plan else None
        if plan is not None and isinstance(plan[0], grpc.StatusCode):
            await context.abort(*plan)
        room = w.rooms.get(request[1][0])
        if room is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, "no such chat")
        if not room.open:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "LIVE_CHAT_ENDED")
        if token and w.index(room, token) is None:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "page token")
        if plan is not None and plan[0] == "raw":
            yield plan[1]
        new = asyncio.Event()
        w.moved.append(new)
        sent, cuts, garbage = 0, w.cuts, len(w.garbage)
        try:
            while True:
                if plan is not None and plan[0] in ("cut", "end") and sent >= plan[1]:
                    if plan[0] == "cut":
                        await context.abort(grpc.StatusCode.UNAVAILABLE, "the line broke")
                    return
                new.clear()
                if w.cuts > cuts:
                    await context.abort(grpc.StatusCode.UNAVAILABLE, "the line broke")
                for data in w.garbage[garbage:]:
                    yield data
                garbage = len(w.garbage)
                items, following = w.page(room, token, 500)
                if (items or not sent) and not w.deaf:
                    yield page(items, following)
                    token, sent = following, sent + 1
                elif not room.open:
                    return
                else:
                    await new.wait()
        finally:
            w.moved.remove(new)


@asynccontextmanager
async def serving(world: World, port: int = 0):
    """(host:port, server)."""
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((Streams(world),))
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    try:
        yield f"127.0.0.1:{port}", server
    finally:
        await server.stop(0)
