"""What a show does on its channels beside sending the picture: it listens to the chat, answers there
and pins the product on the table.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.show.conversation import CARRIED, Conversation, message_id
from bot.show.director import Sent
from bot.show.messages import ChatView, Comment
from bot.show.parts import Channel, Parts
from connectors.base import Cap, Event, EventKind, Gap, SayResult, missing
from persona.intents import folded
from persona.reality import asked_if_real, reply_in
from products.errors import CastmateError


def comment_event(message: Comment) -> Event:
    """What a viewer of the live room wrote, as an event of its channel."""
    extra = {CARRIED: message.trace} if message.trace else {}
    m = message
    return Event(EventKind.COMMENT, "room", m.id, m.at, m.viewer, m.viewer_id, m.text, extra=extra)


def chat_of(parts: Parts, channel: Channel) -> str:
    """What a channel's chat is called: by its platform; two accounts of one platform in a show have their own
    names, so that an answer goes back to the one that asked.
    """
    platform = channel.connector.platform
    alone = sum(c.connector.platform == platform for c in parts.channels) <= 1
    return platform if alone else channel.name


async def post_answer(parts: Parts, conversation: Conversation, sent: Sent) -> None:
    """Writes the answer that is being said into the chat that asked; what became of it goes to the ledger."""
    assert sent.question is not None
    now, asked = parts.clock.now(), message_id(sent.question)
    text = written(parts, conversation, sent, now)
    for channel in parts.channels:
        if chat_of(parts, channel) != sent.question.channel:
            continue
        try:
            if Cap.CHAT_OUT not in channel.connector.caps:  # it is spoken only, and the ledger says why
                raise missing(channel.connector.platform, Cap.CHAT_OUT)
            result = await channel.connector.say(text, asked)
        except CastmateError as error:  # the chat has it not, the ears do: the show goes on
            result = SayResult(ok=False, reason=str(error))
        if result.ok:
            view = ChatView(
                id=result.id or f"re.{asked}",
                channel=sent.question.channel,
                viewer=parts.words["host"],
                text=text,
                at=now,
                own=True,
                reply_to=asked,
            )
            conversation.posted(view, sent.question)
        note = {"to": sent.question.id, "text": text, "ok": result.ok, "why": result.reason}
        parts.record.note("chat.out", note)


def written(parts: Parts, conversation: Conversation, sent: Sent, now: datetime) -> str:
    """The answer as it stands in the chat: with who answers before it where the viewer was not told yet, and
    what the host is once more in the viewer's own language when they asked that in another one.
    """
    assert sent.question is not None
    text = conversation.before_reply(sent.question, sent.line.language, now) + sent.line.text
    real = asked_if_real(folded(sent.question.text))
    if real is not None and real.tongue not in ("en", "zh"):
        text += " " + reply_in(real.tongue, parts.shop)
    return text


def handle_of(parts: Parts, chat: str, reference: str) -> str | None:
    """The shop's handle for what the platform of that chat calls a product; None where nobody knows it."""
    for channel in parts.channels:
        if chat_of(parts, channel) == chat and (known := channel.connector.handle_of(reference)) is not None:
            return known
    return reference if reference and parts.catalogue.product(reference) is not None else None


def can_pin(parts: Parts) -> bool:
    """Whether any channel can pin a product."""
    return any(Cap.PIN in channel.connector.caps for channel in parts.channels)


async def pin_product(parts: Parts, handle: str) -> dict[str, str]:
    """Pins the product wherever that can be done; not one that nobody can buy. For each channel that can: why
    it does not show, "" where it does.
    """
    product, done = parts.catalogue.product(handle), dict[str, str]()
    if product is None or product.sold_out:
        return done
    for channel in parts.channels:
        if Cap.PIN in channel.connector.caps:
            try:
                result = await channel.connector.pin(handle)
                why = "" if result.ok else result.reason or "it does not show"
            except CastmateError as error:
                why = str(error)
            if why:
                parts.record.note("pin.failed", {"channel": channel.name, "why": why})
            done[channel.name] = why
    return done


def gap_note(channel: Channel, gap: Gap) -> dict[str, Any]:
    """Messages that may be missing, for the ledger."""
    span = {"since": gap.since.isoformat(), "until": gap.until.isoformat()}
    return {"channel": channel.name, **span, "why": gap.why, "missed": gap.missed}


async def listen(parts: Parts, channel: Channel) -> None:
    """Takes what comes from the channel's chat, as far as it fits, until the chat is lost."""
    try:
        async for told in channel.connector.events():
            event = replace(told, platform=chat_of(parts, channel))
            if isinstance(event.detail, Gap):
                parts.record.note("channel.chat_gap", gap_note(channel, event.detail))
            elif parts.inbox.full():
                parts.chat_dropped += 1
            else:
                parts.inbox.put_nowait(event)
    except CastmateError as error:
        parts.record.note("channel.chat_lost", {"channel": channel.name, "why": str(error)})
