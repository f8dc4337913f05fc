"""Where each field that the fake Twitch sends is documented: (message, path in the JSON, no indexes)."""

AUTH = "dev.twitch.tv/docs/authentication/getting-tokens-oauth"
VALIDATE = "dev.twitch.tv/docs/authentication/validate-tokens"
API = "dev.twitch.tv/docs/api/reference"
WS = "dev.twitch.tv/docs/eventsub/websocket-reference"
TYPES = "dev.twitch.tv/docs/eventsub/eventsub-subscription-types"
INGEST = "dev.twitch.tv/docs/video-broadcast/reference#get-ingest-servers"
TWITCHIO = "github.com/PythonistaGuild/TwitchIO twitchio/models/eventsub_.py"
UNPROVEN = ""  # no document that we have read says it

_METADATA = ("message_id", "message_type", "message_timestamp")
_SESSION = ("id", "status", "connected_at", "keepalive_timeout_seconds", "reconnect_url")
_SUBSCRIPTION = (
    "id", "status", "type", "version", "created_at", "cost", "condition", "condition.broadcaster_user_id",
    "condition.user_id", "condition.moderator_user_id", "transport", "transport.method",
    "transport.session_id", "transport.connected_at",
)  # fmt: skip
_USER = ("id", "login", "name")


def _all(prefix: str, names: tuple[str, ...], source: str) -> dict[str, str]:
    return {f"{prefix}{name}": source for name in names}


def _message(what: str, *extra: dict[str, str]) -> dict[tuple[str, str], str]:
    fields = {**_all("metadata.", _METADATA, WS), "metadata": WS, "payload": WS}
    for more in extra:
        fields |= more
    return {(what, name): source for name, source in fields.items()}


def _answer(what: str, source: str, *names: str) -> dict[tuple[str, str], str]:
    return {(what, name): source for name in names}


_ABOUT = {"metadata.subscription_type": WS, "metadata.subscription_version": WS, "payload.subscription": WS}
_EVENT = {
    "payload.event": WS,
    **_all("payload.event.broadcaster_user_", _USER, TYPES),
    **_all("payload.event.chatter_user_", _USER, TYPES),
    **_all("payload.event.user_", _USER, TYPES),
    **_all(
        "payload.event.",
        (
            "message_id", "message", "message.text", "message.fragments", "message.fragments.type",
            "message.fragments.text", "message.fragments.cheermote", "message.fragments.emote",
            "message.fragments.mention", "color", "badges", "badges.set_id", "badges.id", "badges.info",
            "message_type", "cheer", "cheer.bits", "reply", "reply.parent_message_id",
            "reply.parent_message_body", "reply.thread_message_id", "channel_points_custom_reward_id",
            "source_broadcaster_user_id", "source_broadcaster_user_login", "source_broadcaster_user_name",
            "source_message_id", "source_badges", "is_source_only", "followed_at", "total", "tier",
            "cumulative_total", "is_anonymous",
        ),
        TYPES,
    ),
    **_all("payload.event.reply.parent_user_", _USER, TYPES),
    **_all("payload.event.reply.thread_user_", _USER, TYPES),
    "payload.event.channel_points_animation_id": TWITCHIO,
}  # fmt: skip

SOURCES: dict[tuple[str, str], str] = {
    **_answer("device", AUTH, "device_code", "expires_in", "interval", "user_code", "verification_uri"),
    **_answer("token", AUTH, "access_token", "expires_in", "refresh_token", "scope", "token_type"),
    **_answer("validate", VALIDATE, "client_id", "login", "scopes", "user_id", "expires_in"),
    **_answer(
        "users", API, "data", "data.id", "data.login", "data.display_name", "data.type",
        "data.broadcaster_type", "data.description", "data.profile_image_url", "data.offline_image_url",
        "data.view_count", "data.created_at",
    ),
    **_answer(
        "streams", API, "data", "data.id", "data.user_id", "data.user_login", "data.user_name",
        "data.game_id", "data.game_name", "data.type", "data.title", "data.viewer_count", "data.started_at",
        "data.language", "data.thumbnail_url", "data.tags", "data.is_mature", "pagination",
    ),
    **_answer("key", API, "data", "data.stream_key"),
    **_answer("followers", API, "total", "data", "pagination"),
    **_answer(
        "message", API, "data", "data.message_id", "data.is_sent", "data.drop_reason",
        "data.drop_reason.code", "data.drop_reason.message",
    ),
    **_answer(
        "subscribe", API, "data", "total", "total_cost", "max_total_cost",
        *(f"data.{name}" for name in _SUBSCRIPTION),
    ),
    **_answer(
        "subscriptions", API, "data", "total", "total_cost", "max_total_cost", "pagination",
        *(f"data.{name}" for name in _SUBSCRIPTION),
    ),
    **_answer(
        "ingests", INGEST, "ingests", "ingests._id", "ingests.availability", "ingests.default",
        "ingests.name", "ingests.url_template", "ingests.priority",
    ),
    **_answer("ingests", UNPROVEN, "ingests.url_template_secure"),
    **_message("session_welcome", {"payload.session": WS, **_all("payload.session.", _SESSION, WS)}),
    **_message("session_reconnect", {"payload.session": WS, **_all("payload.session.", _SESSION, WS)}),
    **_message("session_keepalive"),
    **_message("notification", _ABOUT, _all("payload.subscription.", _SUBSCRIPTION, WS), _EVENT),
    **_message("revocation", _ABOUT, _all("payload.subscription.", _SUBSCRIPTION, WS)),
}  # fmt: skip


def fields_of(data: object, path: str = "") -> set[str]:
    """The paths of all fields in a JSON value, lists without their indexes."""
    if isinstance(data, list):
        return {name for item in data for name in fields_of(item, path)}
    if not isinstance(data, dict):
        return set()
    found: set[str] = set()
    for key, value in data.items():
        here = f"{path}.{key}" if path else key
        found |= {here} | fields_of(value, here)
    return found
