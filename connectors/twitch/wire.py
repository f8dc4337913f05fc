"""What EventSub sends over its WebSocket, read at the border.

Sources: dev.twitch.tv/docs/eventsub/websocket-reference (messages),
/docs/eventsub/eventsub-subscription-types and /eventsub-reference (events); times are RFC 3339 with
nanoseconds.
"""

from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connectors.base import Event, EventKind, Gift
from connectors.errors import Changed

PLATFORM = "twitch"
CHAT, FOLLOW, GIFT_SUB = "channel.chat.message", "channel.follow", "channel.subscription.gift"
LONGEST_TEXT, LONGEST_NAME = 2000, 100
EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Metadata(_Model):
    message_id: str = Field(min_length=1, max_length=300)
    message_type: str
    message_timestamp: str
    subscription_type: str = ""


class SessionInfo(_Model):
    id: str = ""
    keepalive_timeout_seconds: int | None = None
    reconnect_url: str | None = None


class Subscription(_Model):
    id: str = ""
    status: str = ""
    type: str = ""


class _Payload(_Model):
    session: SessionInfo | None = None
    subscription: Subscription | None = None
    event: dict[str, object] | None = None


class Frame(_Model):
    """One message. `type`: session_welcome, session_keepalive, session_reconnect, notification, revocation,
    or one that is not known yet. `at`: when Twitch sent it, by its clock.
    """

    id: str
    type: str
    at: datetime
    session: SessionInfo | None = None
    subscription: Subscription | None = None
    event: dict[str, object] | None = None


class _Envelope(_Model):
    metadata: _Metadata
    payload: _Payload = _Payload()


class _Message(_Model):
    text: str = ""


class _Cheer(_Model):
    bits: int = Field(ge=0, le=1_000_000_000)


class _Reply(_Model):
    parent_message_id: str = ""


class _Chat(_Model):
    message_id: str = Field(min_length=1, max_length=300)
    chatter_user_id: str
    chatter_user_login: str = ""
    chatter_user_name: str = ""
    message: _Message
    message_type: str = "text"
    cheer: _Cheer | None = None
    reply: _Reply | None = None
    source_broadcaster_user_id: str | None = None


class _Follow(_Model):
    user_id: str
    user_login: str = ""
    user_name: str = ""


class _GiftSub(_Model):
    user_id: str | None = None
    user_login: str | None = None
    user_name: str | None = None
    total: int = Field(default=1, ge=0, le=1_000_000)
    tier: str = ""
    is_anonymous: bool = False


def read_frame(data: str | bytes) -> Frame:
    """Raises Changed for anything that is no EventSub message."""
    try:
        envelope = _Envelope.model_validate_json(data)
        head, body = envelope.metadata, envelope.payload
        return Frame(
            id=head.message_id,
            type=head.message_type,
            at=read_time(head.message_timestamp),
            session=body.session,
            subscription=body.subscription,
            event=body.event,
        )
    except (ValidationError, ValueError, RecursionError) as error:
        raise Changed(f"Twitch sent a message of an unknown form ({type(error).__name__}).") from None


def read_time(text: str) -> datetime:
    """RFC 3339, nanoseconds cut to microseconds. Raises ValueError, also for times that cannot be meant."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or not EARLIEST < at.astimezone(UTC) < LATEST:
        raise ValueError("no time that can be meant")
    return at.astimezone(UTC)


def events_of(frame: Frame, own_id: str, skew: timedelta) -> tuple[Event, ...]:
    """The events of a notification; () for kinds that we did not ask for. `own_id`: the user that writes for
    us. `skew`: what is added to Twitch's times to get ours. Raises Changed.
    """
    kind = frame.subscription.type if frame.subscription else ""
    at = frame.at + skew
    try:
        if kind == CHAT:
            return _chat(_Chat.model_validate(frame.event), own_id, at)
        if kind == FOLLOW:
            follow = _Follow.model_validate(frame.event)
            name = _name(follow.user_name, follow.user_login)
            return (Event(EventKind.FOLLOW, PLATFORM, f"follow.{frame.id}", at, name, follow.user_id),)
        if kind == GIFT_SUB:
            return (_gift(_GiftSub.model_validate(frame.event), frame.id, at),)
    except ValidationError as error:
        raise Changed(f"Twitch sent a {kind} of an unknown form ({error.error_count()} faults).") from None
    return ()


def _chat(chat: _Chat, own_id: str, at: datetime) -> tuple[Event, ...]:
    name = _name(chat.chatter_user_name, chat.chatter_user_login)
    shared = chat.source_broadcaster_user_id
    comment = Event(
        EventKind.COMMENT,
        PLATFORM,
        chat.message_id,
        at,
        name,
        chat.chatter_user_id,
        chat.message.text[:LONGEST_TEXT],
        extra={"shared_from": shared} if shared else {},
        own=chat.chatter_user_id == own_id,
        reply_to=chat.reply.parent_message_id if chat.reply else "",
    )
    if chat.cheer is None:
        return (comment,)
    gift = Event(
        EventKind.GIFT,
        PLATFORM,
        f"cheer.{chat.message_id}",
        at,
        name,
        chat.chatter_user_id,
        number=1,
        detail=Gift("cheer", 1, chat.cheer.bits, "bits"),
    )
    return (comment, gift)


def _gift(gift: _GiftSub, id_: str, at: datetime) -> Event:
    name = "" if gift.is_anonymous else _name(gift.user_name or "", gift.user_login or "")
    who = "" if gift.is_anonymous else gift.user_id or ""
    detail = Gift(f"subscription {gift.tier}".strip(), gift.total)
    return Event(EventKind.GIFT, PLATFORM, f"gift.{id_}", at, name, who, number=gift.total, detail=detail)


def _name(shown: str, login: str) -> str:
    return (shown or login)[:LONGEST_NAME]
