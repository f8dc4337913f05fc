"""YouTube's resources as they come over REST, checked at the border and believed inside.

Field names and types are those of the discovery document of the YouTube Data API v3 (revision 20261104),
written there in camelCase. What the document does not name is ignored; what it names may be missing, since an
answer holds only the parts that were asked for.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from connectors.errors import Changed


class Resource(BaseModel):
    """Common to all: camelCase outside, frozen, other fields passed over."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )


R = TypeVar("R", bound=Resource)


class MonitorStream(Resource):
    """`enable_monitor_stream`: then a broadcast must be `testing` before it can be `live`."""

    enable_monitor_stream: bool = False


class BroadcastDetails(Resource):
    bound_stream_id: str = ""
    enable_auto_start: bool = False
    enable_auto_stop: bool = False
    monitor_stream: MonitorStream = MonitorStream()


class BroadcastSnippet(Resource):
    title: str = ""
    description: str = ""
    live_chat_id: str = ""
    channel_id: str = ""
    scheduled_start_time: AwareDatetime | None = None


class BroadcastStatus(Resource):
    """`life_cycle_status`: created, ready, testStarting, testing, liveStarting, live, complete or revoked."""

    life_cycle_status: str = ""
    privacy_status: str = ""


class Broadcast(Resource):
    """One liveBroadcast; its id is the id of the video that viewers watch."""

    id: str
    snippet: BroadcastSnippet = BroadcastSnippet()
    status: BroadcastStatus = BroadcastStatus()
    content_details: BroadcastDetails = BroadcastDetails()


class IngestionInfo(Resource):
    """Where to push. `stream_name` is the key: a secret."""

    ingestion_address: str = ""
    rtmps_ingestion_address: str = ""
    stream_name: str = ""

    def __repr__(self) -> str:
        return f"IngestionInfo({self.ingestion_address!r}, ...)"

    __str__ = __repr__


class Cdn(Resource):
    ingestion_info: IngestionInfo = IngestionInfo()


class Issue(Resource):
    """One of `configurationIssues`. `severity`: info, warning or error."""

    type: str = ""
    severity: str = ""
    reason: str = ""
    description: str = ""


class HealthStatus(Resource):
    """`status`: good, ok, bad, noData or revoked."""

    status: str = ""
    configuration_issues: tuple[Issue, ...] = ()


class StreamStatus(Resource):
    """`stream_status`: created, ready, active, inactive or error."""

    stream_status: str = ""
    health_status: HealthStatus = HealthStatus()


class StreamSnippet(Resource):
    title: str = ""


class Stream(Resource):
    """One liveStream: what is pushed to."""

    id: str
    snippet: StreamSnippet = StreamSnippet()
    cdn: Cdn = Cdn()
    status: StreamStatus = StreamStatus()


class VideoStatus(Resource):
    """The fields that `videos.update` would delete when they are left out, and the AI flag."""

    privacy_status: str | None = None
    embeddable: bool | None = None
    license: str | None = None
    public_stats_viewable: bool | None = None
    publish_at: str | None = None
    self_declared_made_for_kids: bool | None = None
    contains_synthetic_media: bool | None = None


class LiveDetails(Resource):
    """`concurrent_viewers` is absent while nobody watches or the number is hidden."""

    active_live_chat_id: str = ""
    actual_end_time: AwareDatetime | None = None
    concurrent_viewers: int | None = None


class Video(Resource):
    id: str
    status: VideoStatus = VideoStatus()
    live_streaming_details: LiveDetails = LiveDetails()


class Channel(Resource):
    id: str


class Author(Resource):
    channel_id: str = ""
    display_name: str = ""
    is_chat_owner: bool = False
    is_chat_moderator: bool = False
    is_chat_sponsor: bool = False


class TextDetails(Resource):
    message_text: str = ""


class PaidDetails(Resource):
    """Super Chat and Super Sticker. `amount_micros`: millionths of the currency."""

    amount_micros: int = 0
    currency: str = ""
    amount_display_string: str = ""
    user_comment: str = ""
    tier: int = 0


class MilestoneDetails(Resource):
    member_month: int = 0
    member_level_name: str = ""
    user_comment: str = ""


class SponsorDetails(Resource):
    member_level_name: str = ""


class GiftingDetails(Resource):
    gift_memberships_count: int = 0
    gift_memberships_level_name: str = ""


class GiftDetails(Resource):
    gift_name: str = ""
    jewels_amount: int = 0
    combo_count: int = 0


class ChatSnippet(Resource):
    """`type` decides which details are there."""

    type: str = ""
    author_channel_id: str = ""
    published_at: AwareDatetime | None = None
    display_message: str = ""
    text_message_details: TextDetails | None = None
    super_chat_details: PaidDetails | None = None
    super_sticker_details: PaidDetails | None = None
    member_milestone_chat_details: MilestoneDetails | None = None
    new_sponsor_details: SponsorDetails | None = None
    membership_gifting_details: GiftingDetails | None = None
    gift_details: GiftDetails | None = None


class ChatMessage(Resource):
    id: str
    snippet: ChatSnippet
    author_details: Author = Author()


class ChatPage(Resource):
    """What one poll, or one message of the stream, brought. `polling_interval_millis` comes by REST only.
    `malformed`: items that could not be read and were left out.
    """

    next_page_token: str = ""
    polling_interval_millis: int | None = None
    offline_at: str | None = None
    items: tuple[ChatMessage, ...] = ()
    malformed: int = 0


def read(kind: type[R], body: object) -> R:
    """One resource. Raises Changed naming the field that does not fit; never holds what it held."""
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise Changed(
            f"YouTube sent a {kind.__name__} that cannot be read: {where}: {first['msg']}.",
            remedy="Its API may have changed: update Castmate.",
        ) from None


def read_items(kind: type[R], body: object) -> tuple[R, ...]:
    """The `items` of a list answer. Raises Changed as `read`."""
    items = body.get("items", []) if isinstance(body, dict) else None
    if not isinstance(items, list):
        raise Changed(
            f"YouTube sent no list of {kind.__name__}.", remedy="Its API may have changed: update Castmate."
        )
    return tuple(read(kind, item) for item in items)


def read_page(body: object) -> ChatPage:
    """A page of chat: a message that cannot be read is counted, the others are kept. Raises Changed when
    the page itself is none.
    """
    if not isinstance(body, dict):
        raise Changed("YouTube sent no page of chat.", remedy="Its API may have changed: update Castmate.")
    raw = body.get("items") or []
    whole: Sequence[Any] = raw if isinstance(raw, list) else ()
    page = read(ChatPage, {k: v for k, v in body.items() if k not in ("items", "malformed")})
    good = []
    for item in whole:
        try:
            good.append(ChatMessage.model_validate(item))
        except ValidationError:
            continue
    bad = len(whole) - len(good) + (not isinstance(raw, list))
    return page.model_copy(update={"items": tuple(good), "malformed": bad})


class Detail(Resource):
    """One of an error's `errors`. `reason` is what programs read."""

    reason: str = ""
    message: str = ""


class ErrorBody(Resource):
    code: int = 0
    message: str = ""
    status: str = ""
    errors: tuple[Detail, ...] = ()


class ErrorAnswer(Resource):
    """{"error": {"code", "message", "errors": [{"domain", "reason", "message"}]}}."""

    error: ErrorBody = ErrorBody()


def reason_of(body: object) -> tuple[str, str]:
    """(reason, message) of an error answer; ("", "") when it does not say."""
    try:
        error = ErrorAnswer.model_validate(body).error
    except ValidationError:
        return "", ""
    reason = error.errors[0].reason if error.errors else error.status
    return reason, error.message
