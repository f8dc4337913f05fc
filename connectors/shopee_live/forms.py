"""Shopee's answers, as values. Fields: schemas of v2.livestream in congminh1254/shopee-sdk cb231e9."""

from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connectors.base import Event, EventKind, Secret
from connectors.errors import Changed

PLATFORM = "shopee_live"
INITIAL, ONGOING, ENDED = 0, 1, 2
LONGEST = 2_000
_M = TypeVar("_M", bound=BaseModel)


class _Form(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Created(_Form):
    session_id: int


class Streams(_Form):
    """The sample has one object where the text says a list: both are read, the first one is used."""

    push_url: str
    push_key: str
    play_url: str = ""
    domain_id: int


class Detail(_Form):
    status: int = INITIAL
    stream_url_list: Streams | list[Streams] | None = None

    @property
    def streams(self) -> Streams:
        found = self.stream_url_list
        found = found[0] if isinstance(found, list) and found else found
        if not isinstance(found, Streams):
            raise Changed("Shopee gives no address to send to.")
        return found


class Comment(_Form):
    comment_id: int
    content: str = ""
    timestamp: int = 0
    user_id: int = 0
    username: str = ""

    def event(self, own: str, received: datetime) -> Event:
        """`own`: the user id of the account."""
        seen = 0 < self.timestamp < 32_503_680_000
        at = datetime.fromtimestamp(self.timestamp, UTC) if seen else received
        who = str(self.user_id)
        return Event(
            EventKind.COMMENT, PLATFORM, str(self.comment_id), at,
            _storable(self.username), who, _storable(self.content), own=who == own,
        )  # fmt: skip


class Comments(_Form):
    """`comments`: each is read by itself, so that one which cannot be read takes no other along."""

    next_offset: int = 0
    comments: list[Any] = Field(default_factory=list, alias="list")


class Posted(_Form):
    comment_id: int = 0


class Item(_Form):
    item_id: int = 0
    shop_id: int = 0


class Shown(_Form):
    has_show_item: bool = False
    item: Item | None = None


class Figures(_Form):
    ccu: int = 0
    likes: int = 0
    orders: int = 0
    gmv: float = 0.0


def read(form: type[_M], data: Any) -> _M:
    """Raises Changed, which names the field and nothing of its value."""
    try:
        return form.model_validate(data)
    except ValidationError as error:
        fields = sorted({".".join(map(str, e["loc"])) for e in error.errors(include_input=False)})
        raise Changed(
            f"Shopee's answer {form.__name__} has another form than documented: {', '.join(fields)[:200]}."
        ) from None


def push_address(streams: Streams) -> Secret:
    """Server and key, joined by one slash."""
    return Secret(streams.push_url.rstrip("/") + "/" + streams.push_key.lstrip("/"))


def _storable(text: str) -> str:
    cut = text[:LONGEST]
    return cut if cut.isascii() else cut.encode("utf-8", "replace").decode("utf-8")
