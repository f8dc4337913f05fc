"""What Bilibili pushes, as events of ours.

Fields: open-live.bilibili.com, "长链命令说明" (document/f9ce25be-312e-1f4a-85fd-fef21f1637f8).
There uid is withdrawn (always 0): people are told apart by open_id. Orders, follows and numbers of viewers
are not documented and are not made up. LIKE and LIVE_ROOM_ENTER list no msg_id (the example of LIKE has one):
an id is made of who and when.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from connectors.base import Event, EventKind, Gift

PLATFORM = "bilibili"
SEEDS = "gold seeds"  # 金瓜子, 1000 of which are 1 yuan
PREFIX = "LIVE_OPEN_PLATFORM_"
LONGEST = 2_000  # characters of a text or a name that are kept
_EARLIEST, _LATEST = 1_000_000_000, 32_503_680_000  # seconds; what lies outside is no time of day


class Unreadable(ValueError):
    """A command whose shape is not the documented one. Holds names of fields, nothing that somebody wrote."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The server pushes nothing more for this game: start a new one."""

    game_id: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Paid messages that the platform took down; `ids` as in Event.extra["message_id"]."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Live:
    """The room went on air or off air."""

    on: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """A command that is not documented."""

    cmd: str


Told = Event | Ended | Withdrawn | Live | Unknown


def _text(value: Any) -> Any:
    """Cut to LONGEST; half a surrogate pair, which JSON can spell but UTF-8 cannot, becomes "?"."""
    if not isinstance(value, str):
        return "" if value is None else value
    cut = value[:LONGEST]
    return cut if cut.isascii() else cut.encode("utf-8", "replace").decode("utf-8")


Text = Annotated[str, BeforeValidator(_text)]
Int64 = Annotated[int, Field(ge=-(2**63), lt=2**63)]


class _Data(BaseModel):
    """Unknown fields are let through unread; an absent one has its zero; a wrong type is an error."""

    model_config = ConfigDict(extra="ignore", strict=True)
    room_id: Int64 = 0
    timestamp: Int64 = 0
    msg_id: Text = ""


class _Person(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    uname: Text = ""
    open_id: Text = ""


class _Danmaku(_Data, _Person):
    msg: Text
    dm_type: Int64 = 0
    is_admin: Int64 = 0
    guard_level: Int64 = 0
    reply_open_id: Text = ""
    reply_uname: Text = ""


class _Mirror(_Data):
    msg: Text
    dm_type: Int64 = 0


class _Combo(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    combo_id: Text = ""
    combo_count: Int64 = 0


class _Gift(_Data, _Person):
    gift_id: Int64
    gift_name: Text = ""
    gift_num: Int64 = 1
    price: Int64 = 0
    r_price: Int64 | None = None
    paid: bool = False
    combo_info: _Combo | None = None


class _SuperChat(_Data, _Person):
    message_id: Int64 = 0
    message: Text
    rmb: Int64 = 0


class _SuperChatDel(_Data):
    message_ids: list[Int64]


class _Guard(_Data):
    user_info: _Person
    guard_level: Int64 = 0
    guard_num: Int64 = 1
    guard_unit: Text = ""
    price: Int64 = 0


class _Like(_Data, _Person):
    like_text: Text = ""
    like_count: Int64 = 1


class _Enter(_Data, _Person):
    pass


class _LiveState(_Data):
    title: Text = ""


class _InteractionEnd(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    game_id: Text


_M = TypeVar("_M", bound=BaseModel)


def read_command(body: bytes, received: datetime) -> Told:
    """One pushed command. `received` stands in where it carries no time. Raises Unreadable."""
    try:
        command = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("a body that is not JSON") from error
    if not isinstance(command, dict) or not isinstance(command.get("cmd"), str):
        raise Unreadable("a body without a cmd")
    cmd = command["cmd"].partition(":")[0][:64]
    read, data = _READERS.get(cmd.removeprefix(PREFIX)), command.get("data")
    if read is None or not cmd.startswith(PREFIX):
        return Unknown(cmd)
    if not isinstance(data, dict):
        raise Unreadable(f"{cmd} without data")
    return read(data, received)


def _as(model: type[_M], data: Mapping[str, Any]) -> _M:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        fields = sorted({".".join(map(str, e["loc"])) for e in error.errors(include_input=False)})
        raise Unreadable(f"{model.__name__[1:]}: {', '.join(fields)[:200]}") from None


def _at(seconds: int, received: datetime) -> datetime:
    return datetime.fromtimestamp(seconds, UTC) if _EARLIEST <= seconds <= _LATEST else received


def _event(
    kind: EventKind, data: _Data, who: _Person, received: datetime, made_of: str, **more: Any
) -> Event:
    at = _at(data.timestamp, received)
    id_ = data.msg_id or f"{kind}:{who.open_id or who.uname}:{int(at.timestamp())}:{made_of}"
    return Event(kind, PLATFORM, id_, at, who.uname, who.open_id, **more)


def _extra(**values: str | int) -> dict[str, str]:
    """Without what is empty or zero."""
    return {name: str(value) for name, value in values.items() if value}


def _danmaku(data: Mapping[str, Any], received: datetime) -> Told:
    m = _as(_Danmaku, data)
    extra = _extra(emoji=m.dm_type, moderator=m.is_admin, guard_level=m.guard_level, to=m.reply_uname)
    return _event(EventKind.COMMENT, m, m, received, m.msg, text=m.msg, extra=extra)


def _mirror(data: Mapping[str, Any], received: datetime) -> Told:
    """From a linked room. Who wrote it is not to be shown, the document says."""
    m = _as(_Mirror, data)
    extra = _extra(emoji=m.dm_type, mirror=1)
    return _event(EventKind.COMMENT, m, _Person(), received, m.msg, text=m.msg, extra=extra)


def _gift(data: Mapping[str, Any], received: datetime) -> Told:
    """In gold seeds, 1000 of which are 1 yuan; no value for what was free."""
    m = _as(_Gift, data)
    each = m.price if m.r_price is None else m.r_price
    combo = m.combo_info or _Combo()
    gift = Gift(m.gift_name, m.gift_num, each * m.gift_num if m.paid else None, SEEDS if m.paid else "")
    extra = _extra(gift_id=m.gift_id, combo=combo.combo_id)
    made_of = f"{m.gift_id}:{m.gift_num}:{combo.combo_count}"
    return _event(
        EventKind.GIFT, m, m, received, made_of, text=m.gift_name, number=m.gift_num, detail=gift, extra=extra
    )


def _super_chat(data: Mapping[str, Any], received: datetime) -> Told:
    """A message that was paid for: a comment, since it asks like one."""
    m = _as(_SuperChat, data)
    extra = _extra(super_chat=1, message_id=m.message_id, yuan=m.rmb)
    return _event(EventKind.COMMENT, m, m, received, str(m.message_id), text=m.message, extra=extra)


def _guard(data: Mapping[str, Any], received: datetime) -> Told:
    """A guard pays by the month: a gift. Where the unit is not 月 (months), the number means nothing."""
    m = _as(_Guard, data)
    number = m.guard_num if m.guard_unit in ("", "月") else 1
    gift = Gift("guard", number, m.price, SEEDS)
    extra = _extra(guard_level=m.guard_level, unit=m.guard_unit)
    made_of = f"guard:{m.guard_level}"
    return _event(
        EventKind.GIFT,
        m,
        m.user_info,
        received,
        made_of,
        text="guard",
        number=number,
        detail=gift,
        extra=extra,
    )


def _like(data: Mapping[str, Any], received: datetime) -> Told:
    m = _as(_Like, data)
    return _event(EventKind.LIKE, m, m, received, str(m.like_count), text=m.like_text, number=m.like_count)


def _enter(data: Mapping[str, Any], received: datetime) -> Told:
    m = _as(_Enter, data)
    return _event(EventKind.ENTER, m, m, received, "")


def _withdrawn(data: Mapping[str, Any], received: datetime) -> Told:
    return Withdrawn(tuple(map(str, _as(_SuperChatDel, data).message_ids[:1000])))


def _start(data: Mapping[str, Any], received: datetime) -> Told:
    _as(_LiveState, data)
    return Live(True)


def _stop(data: Mapping[str, Any], received: datetime) -> Told:
    _as(_LiveState, data)
    return Live(False)


def _end(data: Mapping[str, Any], received: datetime) -> Told:
    return Ended(_as(_InteractionEnd, data).game_id)


_READERS: Mapping[str, Callable[[Mapping[str, Any], datetime], Told]] = {
    "DM": _danmaku,
    "DM_MIRROR": _mirror,
    "SEND_GIFT": _gift,
    "SUPER_CHAT": _super_chat,
    "SUPER_CHAT_DEL": _withdrawn,
    "GUARD": _guard,
    "LIKE": _like,
    "LIVE_ROOM_ENTER": _enter,
    "LIVE_START": _start,
    "LIVE_END": _stop,
    "INTERACTION_END": _end,
}
