"""A message of YouTube's chat as an Event of ours. Pure.

Kinds and their details: discovery document, LiveChatMessageSnippet.type and the objects that it names.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from connectors.base import Event, EventKind, Gift
from connectors.youtube.wire import ChatMessage, ChatSnippet, PaidDetails

PLATFORM = "youtube"
ENDED = "chatEndedEvent"
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()
_THREE = "BHD IQD JOD KWD LYD OMR TND".split()
MINOR_DIGITS: Mapping[str, int] = {**dict.fromkeys(_NONE, 0), **dict.fromkeys(_THREE, 3)}
"""Digits of a currency's minor unit where they are not 2 (ISO 4217, list one)."""

_Told = tuple[EventKind, str, Gift | None, Mapping[str, str]]


def event_of(message: ChatMessage, received: datetime, skew: timedelta = timedelta()) -> Event | None:
    """None for what is no event of a viewer: polls, deletions, bans, changes of the chat's mode, and kinds
    that nobody knew when this was written.

    `at` is by our own clock: what YouTube's shows, less its `skew`. `own`: the owner of the chat wrote it,
    who is the account that the show runs under.
    """
    told = _told(message.snippet)
    if told is None:
        return None
    kind, text, gift, extra = told
    author = message.author_details
    id_ = message.id
    if message.snippet.type == "giftEvent":
        id_ = f"{message.id}#{gift.count if gift else 0}"  # an update of the combo count has the same id
    roles = {"moderator": "1"} if author.is_chat_moderator else {}
    return Event(
        kind,
        PLATFORM,
        id_,
        _ours(message.snippet.published_at, skew) or received,
        author.display_name,
        author.channel_id or message.snippet.author_channel_id,
        text,
        gift.count if gift else 0,
        {**extra, **roles},
        gift,
        own=author.is_chat_owner,
    )


def _ours(at: datetime | None, skew: timedelta) -> datetime | None:
    try:
        return None if at is None else at - skew
    except OverflowError:  # the first or last day of the calendar
        return None


def _told(said: ChatSnippet) -> _Told | None:
    match said.type:
        case "textMessageEvent":
            text = said.text_message_details.message_text if said.text_message_details else ""
            return EventKind.COMMENT, text or said.display_message, None, {}
        case "superChatEvent" if said.super_chat_details:
            paid = said.super_chat_details
            return EventKind.GIFT, paid.user_comment, _paid("Super Chat", paid), _shown(paid)
        case "superStickerEvent" if said.super_sticker_details:
            paid = said.super_sticker_details
            return EventKind.GIFT, "", _paid("Super Sticker", paid), _shown(paid)
        case "giftEvent" if said.gift_details:
            count = max(1, said.gift_details.combo_count)
            value = said.gift_details.jewels_amount * count
            return EventKind.GIFT, "", Gift(said.gift_details.gift_name, count, value, "jewels"), {}
        case "membershipGiftingEvent" if said.membership_gifting_details:
            gifting = said.membership_gifting_details
            given = Gift("membership", max(1, gifting.gift_memberships_count))
            return EventKind.GIFT, "", given, {"level": gifting.gift_memberships_level_name}
        case "memberMilestoneChatEvent" if said.member_milestone_chat_details:
            mile = said.member_milestone_chat_details
            return EventKind.COMMENT, mile.user_comment, None, {"member_months": str(mile.member_month)}
        case "newSponsorEvent" | "giftMembershipReceivedEvent":
            level = said.new_sponsor_details.member_level_name if said.new_sponsor_details else ""
            return EventKind.FOLLOW, "", None, {"member": "1", "level": level}
        case _:
            return None


def _shown(paid: PaidDetails) -> dict[str, str]:
    return {"shown": paid.amount_display_string, "tier": str(paid.tier)}


def _paid(name: str, paid: PaidDetails) -> Gift:
    """Micros are millionths of the currency (1,750,000 micros = 1.75)."""
    per_unit = 10 ** (6 - MINOR_DIGITS.get(paid.currency, 2))
    return Gift(name, 1, paid.amount_micros // per_unit, paid.currency)
