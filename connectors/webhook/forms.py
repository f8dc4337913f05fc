"""What a tool may send. The forms are strict: an unknown field is an error that names it."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from connectors.base import Event, EventKind
from connectors.base import Gift as BaseGift
from connectors.base import Order as BaseOrder

MOST_EVENTS = 100
MOST_BODY = 262_144  # bytes
LONGEST_TEXT = 2_000

Id = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]
Name = Annotated[str, StringConstraints(max_length=100)]
Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
Count = Annotated[int, Field(ge=0, lt=2**53)]
Kind = Literal["comment", "gift", "like", "follow", "enter", "order", "viewers"]


class Refusal(ValueError):
    """What was sent has not the form. `problems`: one sentence each, with the field; nothing of its value."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Viewer(_Form):
    name: Name = ""
    id: Name = ""


class Gift(_Form):
    name: Name
    count: Count = 1
    value: Count | None = None
    currency: Name = ""


class Order(_Form):
    id: Id
    product: Name
    quantity: Count = 1
    paid: bool = True


class Sent(_Form):
    """One event. `id`: the same for the same event, however often it is sent."""

    id: Id
    kind: Kind = "comment"
    at: Annotated[AwareDatetime | None, Field(strict=False)] = None
    viewer: Viewer = Field(default_factory=Viewer)
    text: Text = ""
    number: Count = 0
    reply_to: Annotated[str, StringConstraints(max_length=128)] = ""
    own: bool = False
    gift: Gift | None = None
    order: Order | None = None

    def event(self, platform: str, now: datetime) -> Event:
        """The event; raises Refusal where the kind lacks its detail."""
        kind, detail = EventKind(self.kind), None
        if kind is EventKind.GIFT:
            if self.gift is None:
                raise Refusal(["gift: needed for an event of kind gift"])
            detail = BaseGift(self.gift.name, self.gift.count, self.gift.value, self.gift.currency)
        elif kind is EventKind.ORDER:
            if self.order is None:
                raise Refusal(["order: needed for an event of kind order"])
            order = self.order
            return self._event(platform, now, BaseOrder(order.id, order.product, order.quantity, order.paid))
        elif kind is EventKind.COMMENT and not self.text.strip():
            raise Refusal(["text: needed for an event of kind comment"])
        return self._event(platform, now, detail)

    def _event(self, platform: str, now: datetime, detail: BaseGift | BaseOrder | None) -> Event:
        number = self.gift.count if self.gift is not None and not self.number else self.number
        return Event(
            EventKind(self.kind),
            platform,
            self.id,
            now if self.at is None else min(now, self.at.astimezone(UTC)),
            self.viewer.name,
            self.viewer.id,
            self.text,
            number,
            detail=detail,
            own=self.own,
            reply_to=self.reply_to,
        )


def read_json(body: bytes | str) -> Any:
    """Raises Refusal."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(["the body is not JSON"]) from None


def read_events(data: Any, platform: str, now: datetime) -> list[Event]:
    """One event, or {"events": [...]} with at most MOST_EVENTS. All or, with Refusal, none."""
    several = data["events"] if isinstance(data, dict) and set(data) == {"events"} else [data]
    if not isinstance(several, list):
        raise Refusal(["events: not a list"])
    if len(several) > MOST_EVENTS:
        raise Refusal([f"events: more than {MOST_EVENTS}"])
    events, problems = [], []
    for n, one in enumerate(several):
        try:
            events.append(Sent.model_validate(one).event(platform, now))
        except ValidationError as error:
            problems += [
                ".".join(map(str, (f"events[{n}]", *e["loc"]))) + f": {e['msg']}"
                for e in error.errors(include_input=False, include_url=False, include_context=False)[:5]
            ]
        except Refusal as error:
            problems += [f"events[{n}].{p}" for p in error.problems]
    if problems:
        raise Refusal(problems[:20])
    return events
