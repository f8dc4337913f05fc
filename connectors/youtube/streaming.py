"""The chat's gRPC messages, defined by their descriptors, and the call that they travel in.

Package, service, method and field numbers: the service definition on developers.google.com/youtube/v3/live/
streaming-live-chat. Only the fields that are read are defined; others pass over as unknown fields.
grpcio and protobuf come with the extra `youtube` and are imported here, when the stream is first opened.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from functools import cache
from typing import Any

os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # its own log would stand between the show's words

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf.message import DecodeError

from connectors.base import Secret
from connectors.errors import AuthNeeded, RateLimited, Transient
from connectors.youtube.chat_errors import ChatOver, NoStream, TokenRefused, Unauthenticated
from connectors.youtube.endpoints import Endpoints

PACKAGE = "youtube.api.v3"
METHOD = f"/{PACKAGE}.V3DataLiveChatMessageService/StreamList"

_F = descriptor_pb2.FieldDescriptorProto
_STRING, _BOOL, _U32, _I32, _U64 = _F.TYPE_STRING, _F.TYPE_BOOL, _F.TYPE_UINT32, _F.TYPE_INT32, _F.TYPE_UINT64

TYPES: Mapping[str, int] = {
    "INVALID_TYPE": 0,
    "TEXT_MESSAGE_EVENT": 1,
    "TOMBSTONE": 2,
    "FAN_FUNDING_EVENT": 3,
    "CHAT_ENDED_EVENT": 4,
    "SPONSOR_ONLY_MODE_STARTED_EVENT": 5,
    "SPONSOR_ONLY_MODE_ENDED_EVENT": 6,
    "NEW_SPONSOR_EVENT": 7,
    "MESSAGE_DELETED_EVENT": 8,  # this and the next: in earlier editions of the definition
    "MESSAGE_RETRACTED_EVENT": 9,
    "USER_BANNED_EVENT": 10,
    "SUPER_CHAT_EVENT": 15,
    "SUPER_STICKER_EVENT": 16,
    "MEMBER_MILESTONE_CHAT_EVENT": 17,
    "MEMBERSHIP_GIFTING_EVENT": 18,
    "GIFT_MEMBERSHIP_RECEIVED_EVENT": 19,
    "POLL_EVENT": 20,
    "GIFT_EVENT": 21,
}
"""LiveChatMessageSnippet.TypeWrapper.Type"""

# message -> field -> (number, type); a message's own name in place of the type, "*" in front: repeated
FIELDS: Mapping[str, Mapping[str, tuple[int, int | str]]] = {
    "LiveChatMessageListRequest": {
        "live_chat_id": (1, _STRING),
        "hl": (2, _STRING),
        "page_token": (99, _STRING),
        "part": (100, "*string"),
    },
    "LiveChatMessageListResponse": {
        "offline_at": (2, _STRING),
        "next_page_token": (100602, _STRING),
        "items": (1007, "*LiveChatMessage"),
    },
    "LiveChatMessage": {
        "id": (101, _STRING),
        "snippet": (2, "LiveChatMessageSnippet"),
        "author_details": (3, "LiveChatMessageAuthorDetails"),
    },
    "LiveChatMessageAuthorDetails": {
        "channel_id": (10101, _STRING),
        "display_name": (103, _STRING),
        "is_verified": (4, _BOOL),
        "is_chat_owner": (5, _BOOL),
        "is_chat_sponsor": (6, _BOOL),
        "is_chat_moderator": (7, _BOOL),
    },
    "LiveChatMessageSnippet": {
        "type": (1, "Type"),
        "live_chat_id": (201, _STRING),
        "author_channel_id": (301, _STRING),
        "published_at": (4, _STRING),
        "has_display_content": (17, _BOOL),
        "display_message": (16, _STRING),
        "text_message_details": (19, "LiveChatTextMessageDetails"),
        "super_chat_details": (27, "LiveChatSuperChatDetails"),
        "super_sticker_details": (28, "LiveChatSuperStickerDetails"),
        "new_sponsor_details": (29, "LiveChatNewSponsorDetails"),
        "member_milestone_chat_details": (30, "LiveChatMemberMilestoneChatDetails"),
        "membership_gifting_details": (31, "LiveChatMembershipGiftingDetails"),
        "gift_details": (34, "LiveChatGiftDetails"),
    },
    "LiveChatTextMessageDetails": {"message_text": (1, _STRING)},
    "LiveChatSuperChatDetails": {
        "amount_micros": (1, _U64),
        "currency": (2, _STRING),
        "amount_display_string": (3, _STRING),
        "user_comment": (4, _STRING),
        "tier": (5, _U32),
    },
    "LiveChatSuperStickerDetails": {
        "amount_micros": (1, _U64),
        "currency": (2, _STRING),
        "amount_display_string": (3, _STRING),
        "tier": (4, _U32),
    },
    "LiveChatNewSponsorDetails": {"member_level_name": (1, _STRING), "is_upgrade": (2, _BOOL)},
    "LiveChatMemberMilestoneChatDetails": {
        "member_level_name": (1, _STRING),
        "member_month": (2, _U32),
        "user_comment": (3, _STRING),
    },
    "LiveChatMembershipGiftingDetails": {
        "gift_memberships_count": (1, _I32),
        "gift_memberships_level_name": (2, _STRING),
    },
    "LiveChatGiftDetails": {
        "gift_name": (1, _STRING),
        "jewels_amount": (3, _I32),
        "combo_count": (8, _I32),
    },
}


@cache
def message(name: str) -> type[Any]:
    """The class of the message `name` of FIELDS."""
    found: type[Any] = message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"{PACKAGE}.{name}"))
    return found


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    file = descriptor_pb2.FileDescriptorProto(
        name="castmate/youtube_chat.proto", package=PACKAGE, syntax="proto2"
    )
    for name, fields in FIELDS.items():
        made = file.message_type.add(name=name)
        if name == "LiveChatMessageSnippet":
            kinds = made.nested_type.add(name="TypeWrapper").enum_type.add(name="Type")
            for value, number in TYPES.items():
                kinds.value.add(name=value, number=number)
        for field, (number, kind) in fields.items():
            _add(made, field, number, kind)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


def _add(made: descriptor_pb2.DescriptorProto, field: str, number: int, kind: int | str) -> None:
    added = made.field.add(name=field, number=number, label=_F.LABEL_OPTIONAL)
    if isinstance(kind, int):
        added.type = kind
        return
    if kind.startswith("*"):
        added.label, kind = _F.LABEL_REPEATED, kind[1:]
    if kind == "string":
        added.type = _STRING
    elif kind == "Type":
        added.type, added.type_name = _F.TYPE_ENUM, f".{PACKAGE}.LiveChatMessageSnippet.TypeWrapper.Type"
    else:
        added.type, added.type_name = _F.TYPE_MESSAGE, f".{PACKAGE}.{kind}"


def as_rest(response: Any) -> dict[str, Any]:
    """A message of the stream in the form that REST gives the same thing: camelCase names and kinds."""
    body: dict[str, Any] = json_format.MessageToDict(response)
    for item in body.get("items", ()):
        said = item.get("snippet")
        if said is not None:
            said["type"] = _camel(said.get("type", ""))
    return body


@cache
def _camel(name: str) -> str:
    first, *rest = name.lower().split("_")
    return first + "".join(part.title() for part in rest)


PARTS = ("id", "snippet", "authorDetails")
CONNECT_S = 15.0
MALFORMED: dict[str, Any] = {"items": [None]}
"""What stands for a message of the stream that is none."""
_OPTIONS = (
    # Servers of gRPC throw out who pings a silent line more often than every five minutes (too_many_pings):
    # the last resort for a line that is half open. What is missed in silence the history tells sooner.
    ("grpc.keepalive_time_ms", 330_000),
    ("grpc.http2.ping_timeout_ms", 10_000),  # this one decides, not keepalive_timeout_ms (measured)
    ("grpc.max_receive_message_length", 4 << 20),
    ("grpc.use_local_subchannel_pool", 1),  # the waits between tries are ours
    ("grpc.enable_retries", 0),  # we resume with a token; the library would begin anew
)


class GrpcChat:
    """Opens the stream of a chat, each time over a connection of its own."""

    def __init__(self, where: Endpoints) -> None:
        self._where = where

    async def pages(self, chat: str, token: str, bearer: Secret) -> AsyncIterator[Mapping[str, Any]]:
        """Pages of messages in the form of REST, until the server ends the stream; first an empty one, once
        the line stands. Closing the iterator ends the call.

        Raises Unauthenticated, AuthNeeded, ChatOver, TokenRefused, NoStream, RateLimited or Transient.
        """
        request = message("LiveChatMessageListRequest")(live_chat_id=chat, part=PARTS)
        if token:
            request.page_token = token
        async with self._channel() as channel:
            try:
                await asyncio.wait_for(channel.channel_ready(), CONNECT_S)
            except TimeoutError:
                raise Transient("YouTube's chat cannot be reached.", remedy="Check the network.") from None
            yield {}
            call = channel.unary_stream(
                METHOD,
                request_serializer=lambda request: request.SerializeToString(),
                response_deserializer=bytes,  # read by us: one bad message does not end the stream
            )(request, metadata=(("authorization", f"Bearer {bearer.reveal()}"),))
            try:
                async for raw in call:
                    yield page_of(raw)
            except grpc.aio.AioRpcError as error:
                raise trouble(error.code(), error.details() or "", bool(token)) from None
            finally:
                call.cancel()

    def _channel(self) -> grpc.aio.Channel:
        if not self._where.chat_tls:
            return grpc.aio.insecure_channel(self._where.chat, options=_OPTIONS)
        return grpc.aio.secure_channel(self._where.chat, grpc.ssl_channel_credentials(), options=_OPTIONS)


def page_of(raw: bytes) -> Mapping[str, Any]:
    """One message of the stream; MALFORMED for bytes that are none."""
    try:
        return as_rest(message("LiveChatMessageListResponse").FromString(raw))
    except (DecodeError, ValueError, RecursionError):
        return MALFORMED


def trouble(code: Any, details: str, resumed: bool) -> Exception:
    """What a status of the stream means. gRPC's own meaning of each code (grpc.github.io/grpc/core/md_doc_
    statuscodes.html); that YouTube uses them so is not stated anywhere, nor are the words in `details`.
    """
    status, said = grpc.StatusCode, details.lower()
    if code is status.UNAUTHENTICATED:
        return Unauthenticated("YouTube's chat does not take the login.")
    if code in (status.FAILED_PRECONDITION, status.NOT_FOUND):
        return ChatOver("YouTube has no live chat here any more.")
    if code is status.PERMISSION_DENIED and "quota" not in said:
        return AuthNeeded(
            "This account may not read the live chat.", remedy="Run: castmate connectors login youtube"
        )
    if code in (status.RESOURCE_EXHAUSTED, status.PERMISSION_DENIED):
        return RateLimited("YouTube's chat takes no more calls for now.")
    if code in (status.INVALID_ARGUMENT, status.OUT_OF_RANGE) and resumed:
        return TokenRefused("YouTube does not know any more where the chat was left.")
    if code in (status.UNIMPLEMENTED, status.INVALID_ARGUMENT):
        return NoStream("YouTube has no stream of this chat.")
    return Transient(f"The stream of the chat ended ({code.name}).")
