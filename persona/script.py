"""Words before they are sound: Line, Script, Brief, Question."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from products.verdict import Surface, Utterance


class LineKind(StrEnum):
    WELCOME = "welcome"
    PITCH = "pitch"
    OFFER = "offer"
    INVITE = "invite"  # opens a question window
    ANSWER = "answer"
    NOTICE = "notice"  # "I am an AI host"
    FILLER = "filler"  # small talk between cues; an answer may cut it
    GOODBYE = "goodbye"


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance. `id` is unique within a show. `facts`: ids that the writer says it leans on."""

    id: str
    kind: LineKind
    text: str
    language: str
    products: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    writer: str = "template"
    reply_to: str | None = None  # id of the Question that it answers
    hand_over: bool = False  # the viewer was told that the shop will hear of it: a person must look
    script: str | None = None  # the approved script that it is a line of, "orchard-tea/en/1"
    approved_by: str | None = None  # the person who approved it
    names: tuple[str, ...] = ()  # of viewers whom it addresses and of where to write, as spoken

    def utterance(self, surface: Surface = Surface.SPEECH) -> Utterance:
        return Utterance(self.text, self.language, surface, self.products, self.names)


@dataclass(frozen=True, slots=True)
class Script:
    """Lines about one product (or none: welcome, notice, goodbye), in speaking order."""

    product: str | None
    language: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Brief:
    """What a writer is asked for. `seconds`: wanted length. `recent`: texts said within two hours, newest
    last.
    """

    kind: LineKind
    language: str
    now: datetime
    seconds: float = 30.0
    recent: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()  # messages of findings of the try before
    returning: bool = False  # the product was pitched before in this show
    seed: int = 0
    hour: int | None = None  # of the shop's own clock, 0 to 23; None: it is not told
    weekday: int | None = None  # there, 0 for Monday; None: it is not told


@dataclass(frozen=True, slots=True)
class Question:
    """A viewer's message that wants an answer. `at`: when it came in."""

    id: str
    channel: str
    viewer: str
    text: str
    language: str
    at: datetime
    product: str | None = None  # the one on the table when it was asked
    also: tuple[str, ...] = field(default=())  # names of others who asked the same
