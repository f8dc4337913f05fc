"""What buyers may see of a show's messages. The operator's words, findings and reasons stay on the desk."""

from typing import Any

from bot.show.messages import Card, ChatView, State

AIR_FOR_ROOM = {
    "planned": "soon",
    "rehearsed": "soon",
    "checking": "soon",
    "live": "live",
    "hold": "hold",
    "ending": "live",
    "ended": "ended",
    "failed": "ended",
}


def card_for_room(card: Card) -> dict[str, Any]:
    """The card with an address that is safe to follow: the shop's (http or https), our own offer page, or
    none.
    """
    shown = card.model_dump(mode="json")
    if not card.url.startswith(("https://", "http://", "/offer/")):
        shown["url"] = ""
    return shown


def state_for_room(state: State) -> dict[str, Any]:
    return {
        "type": "state",
        "air": AIR_FOR_ROOM.get(state.air, "soon"),
        "label": state.label,
        "card": None if state.card is None else card_for_room(state.card),
        "cue": state.cue,
    }


def chat_for_room(chat: ChatView) -> dict[str, Any]:
    """A chat message as all viewers see it. What the show ignored is taken back: its text leaves the room."""
    if chat.status == "ignored":
        return {"type": "chat_gone", "id": chat.id}
    return {
        "type": "chat",
        "id": chat.id,
        "viewer": chat.viewer,
        "text": chat.text,
        "at": chat.at.isoformat(),
        "own": chat.own,
        "reply_to": chat.reply_to,
        "status": chat.status,
    }
