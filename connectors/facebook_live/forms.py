"""Facebook's answers, as values. Fields: developers.facebook.com/docs/graph-api/reference/live-video,
/comment, /page, and the lists of Meta's own facebook-business 26.0.3 (adobjects/livevideo.py, comment.py).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connectors.base import Event, EventKind
from connectors.errors import Changed
from connectors.facebook_live.endpoints import PLATFORM

LONGEST = 2_000  # characters of a comment or a name that are kept
LIVE = "LIVE"
WAITING = frozenset({"UNPUBLISHED", "SCHEDULED_UNPUBLISHED", "SCHEDULED_LIVE", "LIVE_NOW"})
M = TypeVar("M", bound="Form")


class Form(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class Named(Form):
    id: str = ""
    name: str = ""


class Created(Form):
    """`stream_url` (unencrypted) is read to be refused where it is all there is."""

    id: str = Field(min_length=1)
    secure_stream_url: str = Field(default="", repr=False)


class Health(Form):
    """Of the stream that Facebook gets; bits a second."""

    video_bitrate: float | None = None
    video_framerate: float | None = None
    audio_bitrate: float | None = None


class InputStream(Form):
    stream_health: Health | None = None


class LiveVideo(Form):
    id: str = Field(min_length=1)
    status: str = ""
    live_views: int = Field(default=0, ge=0)
    secure_stream_url: str = Field(default="", repr=False)
    video: Named | None = None
    ingest_streams: tuple[InputStream, ...] = ()


class Cursors(Form):
    after: str = ""


class Paging(Form):
    cursors: Cursors | None = None
    next: str = Field(default="", repr=False)


class Comment(Form):
    """`author` is left out by Facebook where the token is not the Page's."""

    id: str = Field(min_length=1)
    message: str = ""
    created_time: str = ""
    author: Named = Field(default_factory=Named, alias="from")
    parent: Named | None = None

    def at(self, received: datetime) -> datetime:
        """When it was written; `received` where that cannot be read."""
        try:
            return datetime.strptime(self.created_time, "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)
        except (ValueError, OverflowError):
            return received

    def event(self, own: str, received: datetime, cursor: str) -> Event:
        """`own`: the Page's id."""
        return Event(
            EventKind.COMMENT, PLATFORM, self.id, self.at(received), _storable(self.author.name),
            self.author.id, _storable(self.message), own=bool(own) and self.author.id == own,
            reply_to=self.parent.id if self.parent else "", cursor=cursor,
        )  # fmt: skip


class Comments(Form):
    data: tuple[Any, ...] = ()
    paging: Paging | None = None

    @property
    def after(self) -> str:
        """The cursor of the next page; "" for the last one."""
        more = self.paging is not None and bool(self.paging.next) and self.paging.cursors is not None
        return self.paging.cursors.after if more and self.paging and self.paging.cursors else ""


class Posted(Form):
    id: str = ""


class Token(Form):
    """`expires_in`: seconds; 0 where none is named."""

    access_token: str = Field(min_length=1, repr=False)
    expires_in: int = Field(default=0, ge=0, le=10**9)


class Page(Form):
    id: str = ""
    name: str = ""
    access_token: str = Field(default="", repr=False)
    followers_count: int | None = None


class Pages(Form):
    data: tuple[Page, ...] = ()


class Permission(Form):
    permission: str = ""
    status: str = ""


class Permissions(Form):
    data: tuple[Permission, ...] = ()


def read(form: type[M], data: Any) -> M:
    """Raises Changed, which names the field and nothing of its value."""
    try:
        return form.model_validate(data)
    except ValidationError as error:
        wrong = sorted({".".join(map(str, e["loc"])) for e in error.errors(include_input=False)})
        raise Changed(
            f"Facebook's answer {form.__name__} has another form than documented: {', '.join(wrong)[:200]}."
        ) from None


def comments_in(data: Any) -> Iterator[Comment | None]:
    """The comments of one server-sent event: an object, or a list of them as in Facebook's own sample. None
    for each that cannot be read.
    """
    for item in data if isinstance(data, list | tuple) else [data]:
        try:
            yield Comment.model_validate(item)
        except ValidationError:
            yield None


def _storable(text: str) -> str:
    cut = text[:LONGEST]
    return cut if cut.isascii() else cut.encode("utf-8", "replace").decode("utf-8")
