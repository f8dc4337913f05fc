"""What a show and the console tell each other over their link: one WebSocket, opened by the show.

Address `ws://HOST:PORT/link/SHOW_ID`, header `Authorization: Bearer TOKEN`. Text frames are the JSON of these
models (`{"type": ...}`). Binary frames carry the live picture from show to console: a byte of Media, then the
bytes of fragmented MP4. The console may restart at any time; the show reconnects and says hello again with
all
that is needed.
"""

from enum import IntEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter


class Media(IntEnum):
    """First byte of a binary frame."""

    INIT = 1  # ftyp + moov: for each viewer first
    KEY = 2  # a moof + mdat that starts with a keyframe: a viewer may join here
    DELTA = 3  # a moof + mdat that does not


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Card(Message):
    """The product as the viewer sees it. Prices are ready to show: "$59.00". `picture`: path below
    /pictures/.
    """

    handle: str
    number: int
    title: str
    price: str
    compare_at: str = ""
    detail: str = ""  # "Sizes 36–45 · 42 sold out"
    sold_out: bool = False
    picture: str = ""
    url: str = ""


class CueView(Message):
    id: str
    kind: str  # welcome pitch questions offer notice break goodbye
    title: str
    seconds: float
    card: Card | None = None


class FindingView(Message):
    rule: str
    severity: str
    message: str
    source: str = ""
    remedy: str = ""


class Mark(Message):
    """A checked statement in a line: characters start..end lean on `fact`."""

    start: int
    end: int
    fact: str | None = None


# ---- show -> console


class Hello(Message):
    type: Literal["hello"] = "hello"
    show: str
    title: str
    language: str
    platform: str
    mode: str  # clone duet prompter refuse
    rules: tuple[str, ...] = ()  # packs in force, for people
    chats_apart: bool = False  # a platform forbids its chat to be shown together with another's
    codecs: str  # for MediaSource, e.g. 'avc1.42c01f,mp4a.40.2'
    width: int
    height: int
    rundown: tuple[CueView, ...] = ()
    answers_wait: bool = False  # answers air only after a person's word
    pins: bool = False  # a channel can pin a product


class State(Message):
    type: Literal["state"] = "state"
    air: str  # planned rehearsed checking live hold ending ended failed
    cohost: str  # absent present late
    policy: str  # clear warn hold stop
    reasons: tuple[str, ...] = ()  # plain words: why waiting, why held
    cue: str | None = None  # id of the CueView
    cue_left: float = 0.0  # seconds
    elapsed: float = 0.0  # seconds on air
    card: Card | None = None  # on the table now
    label: bool = True  # the AI label stands
    paused: bool = False  # the clone was paused by the operator


class LineView(Message):
    """A line, sent again when its status changes. `taken_back`: it was next and is not any more."""

    type: Literal["line"] = "line"
    id: str
    kind: str
    text: str
    language: str
    writer: str
    status: Literal["next", "saying", "said", "cut", "not_said", "taken_back"]
    at: float  # seconds on air
    marks: tuple[Mark, ...] = ()
    findings: tuple[FindingView, ...] = ()


class ChatView(Message):
    """A message of the chat, sent again when its status changes. `own`: posted by the host."""

    type: Literal["chat"] = "chat"
    id: str
    channel: str
    viewer: str
    text: str
    at: AwareDatetime
    own: bool = False
    reply_to: str | None = None
    status: Literal["shown", "waiting", "answering", "answered", "ignored"] = "shown"
    reason: str = ""


class PendingAnswer(Message):
    """An answer that waits for a person's word, sent again when that changed. `id`: of the question.

    reason   why it did not air: of time; of one that still waits: why it may not be said as it was changed
    """

    type: Literal["pending"] = "pending"
    id: str
    channel: str
    viewer: str
    question: str
    text: str
    language: str
    at: AwareDatetime
    status: Literal["waiting", "approved", "rejected", "expired"] = "waiting"
    reason: str = ""


class Challenge(Message):
    """Something that the co-host is asked to do now, within `seconds`."""

    type: Literal["challenge"] = "challenge"
    id: str
    kind: Literal["type_words", "say_words", "press_now", "turn_head"]
    text: str
    seconds: float
    expect: str = ""  # of say_words: the words; of turn_head: left, right; else it stays with the show


class Presence(Message):
    type: Literal["presence"] = "presence"
    status: str  # absent present late
    name: str = ""
    evidence: tuple[str, ...] = ()  # plain words: "face seen 2 s ago"
    needed: tuple[str, ...] = ()  # plain words: what is missing


class Health(Message):
    """Figures of the last second. Absent = not measured."""

    type: Literal["health"] = "health"
    at: float
    figures: dict[str, float]  # frames_late_ratio, av_offset_ms, studio_lead_s, queue_ms, rss_mb ...


class PromptLine(Message):
    """A line for a person to say. `seconds`: how long that takes, about."""

    id: str
    kind: str
    text: str
    language: str
    seconds: float


class Prompts(Message):
    """What the prompter's page shows: the line that is up, those that follow."""

    type: Literal["prompts"] = "prompts"
    up: PromptLine | None = None
    next: tuple[PromptLine, ...] = ()
    auto: bool = False


class HumanView(Message):
    """The live person of the show. `place`: off, inset (beside the host), alone. `camera`: it is on."""

    type: Literal["human"] = "human"
    place: str
    camera: bool
    by: str = ""


class Ended(Message):
    type: Literal["ended"] = "ended"
    reason: str
    ledger: str = ""
    recording: str = ""


# ---- console -> show


class Comment(Message):
    type: Literal["comment"] = "comment"
    id: str
    viewer: str
    viewer_id: str
    text: str
    at: AwareDatetime
    trace: str = Field(default="", max_length=64, exclude_if=lambda value: not value)  # W3C traceparent


class Command(Message):
    type: Literal["command"] = "command"
    name: Literal["hold", "resume", "pause_clone", "resume_clone", "end", "next_cue"]
    by: str


class Arrange(Message):
    """The rundown as the operator wants it. `order`: ids of all cues; `jump`: of the one to go on with."""

    type: Literal["arrange"] = "arrange"
    order: tuple[str, ...] = Field(default=(), max_length=500)
    jump: str = Field(default="", max_length=200)
    by: str


class Pin(Message):
    """A product that the operator wants pinned wherever that can be done. `product`: its handle."""

    type: Literal["pin"] = "pin"
    product: str = Field(min_length=1, max_length=200)
    by: str


class Insert(Message):
    """A line that the operator wants said. Cleared like any other."""

    type: Literal["insert"] = "insert"
    text: str
    by: str


class Approve(Message):
    """A person's word on an answer that waits. `text`: as it shall be said; None: as it was shown."""

    type: Literal["approve"] = "approve"
    id: str
    ok: bool
    text: str | None = Field(default=None, max_length=500)
    by: str


class SignedIn(Message):
    """Whose account a co-host's page is signed in with, by which credential that was shown last ("passkey":
    with user verification), and when.
    """

    account: str
    how: str
    at: AwareDatetime | None = None


class CheckIn(Message):
    """A co-host opens or closes their part. A click alone is never evidence of presence."""

    type: Literal["check_in"] = "check_in"
    name: str
    arriving: bool
    enrolled: bool | None = None  # whether there is a face to compare with; None: none can be compared there
    hears: bool = False  # whether speech is recognised there
    signed_in: SignedIn | None = None  # None: nobody is, as in a demo


class Evidence(Message):
    """What was seen of the co-host. `score` 0..1. Analysed by the console, judged by the show."""

    type: Literal["evidence"] = "evidence"
    kind: Literal["face", "voice", "challenge", "activity", "likeness", "picture"]
    # likeness: 1 like the enrolled face, 0 not; picture: 1 lives, 0.3 stands still, 0 was shown before
    score: float = Field(ge=0, le=1)
    at: AwareDatetime
    detail: str = ""
    challenge: str | None = None  # id of the Challenge that was answered
    answer: str | None = None
    picture: Annotated[str, Field(max_length=120_000)] = ""  # base64 of a small JPEG, to be kept sealed


class FaceAct(Message):
    """A co-host's written act: they enrolled their face, or took it back. `words`: SHA-256 of what was agreed
    to.
    """

    type: Literal["face_act"] = "face_act"
    name: str
    enrolled: bool
    words: str = ""
    by: str = ""  # the network that describes faces


class Heard(Message):
    """What the person before the camera said, as speech recognition wrote it down."""

    type: Literal["heard"] = "heard"
    name: str
    text: str = Field(max_length=2000)
    language: str
    seconds: float  # how long it took to say


class CameraNews(Message):
    """A co-host's camera begins or ends. Its pieces follow as binary frames: WebM or fragmented MP4 as a
    browser's MediaRecorder makes it, the first with the header.
    """

    type: Literal["camera"] = "camera"
    on: bool
    by: str


class OnAir(Message):
    """Where the live person stands: `off`; `inset`, beside the host; `alone`: they are the show."""

    type: Literal["on_air"] = "on_air"
    place: Literal["off", "inset", "alone"]
    by: str


class Prompting(Message):
    """From the prompter's page: the line that is up was said; or: go on by themselves, or not."""

    type: Literal["prompting"] = "prompting"
    next: bool = False
    auto: bool | None = None
    by: str


class Viewers(Message):
    type: Literal["viewers"] = "viewers"
    number: int


class Notice(Message):
    """What became of an operator's wish, for the desks. `key`: of their words; `about`: what it is about,
    e.g. channels; `why`: plain words.
    """

    type: Literal["notice"] = "notice"
    key: Literal["pinned", "pin_failed", "pin_nothing", "pin_busy"]
    about: str = ""
    why: str = ""


Up = Annotated[
    Hello
    | State
    | LineView
    | ChatView
    | PendingAnswer
    | Challenge
    | Presence
    | Health
    | Prompts
    | HumanView
    | Notice
    | Ended,
    Field(discriminator="type"),
]
Down = Annotated[
    Comment
    | Command
    | Arrange
    | Pin
    | Insert
    | Approve
    | CheckIn
    | Evidence
    | FaceAct
    | Heard
    | CameraNews
    | OnAir
    | Prompting
    | Viewers,
    Field(discriminator="type"),
]
UP: TypeAdapter[Up] = TypeAdapter(Up)
DOWN: TypeAdapter[Down] = TypeAdapter(Down)
