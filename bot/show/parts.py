"""What bot/app.py puts together for one show."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from bot.clock import Clock
from bot.compliance.decision import Decision
from bot.compliance.snapshots import Snapshots
from bot.insight.stretches import Stretch
from bot.show.cards import card_of
from bot.show.clips import ClipDesk
from bot.show.conversation import Conversation
from bot.show.director import Director
from bot.show.human import Human
from bot.show.link import Link
from bot.show.messages import CueView, Health, Hello
from bot.show.programme import Programme
from bot.show.prompter import Prompter
from bot.show.record import Recording
from bot.show.room_rules import RoomRules
from bot.show.scenery import Scenery
from bot.show.spoken import Spoken
from bot.show.studio_process import StudioProcess
from bot.show.trail import NO_TRAIL, Trail
from bot.stage.air import AirLoop, Scene
from bot.stage.eye import Eye
from bot.stage.microphone import Microphone
from bot.stage.picture import Overlay
from bot.stage.proportions import Shares
from bot.stage.step import Step
from connectors.base import Connector, Metrics, ShowInfo
from connectors.base import Event as ChannelEvent
from products.catalogue import Catalogue
from products.errors import CastmateError
from products.sales import Sale
from schedules.rundown import Rundown, steps

LicenceLook = Callable[[float, datetime], tuple[str, ...]]  # seconds of air, now


@dataclass(frozen=True, slots=True)
class Channel:
    """A connector of this show and how its picture goes out (None: by the link, or not at all)."""

    name: str
    connector: Connector
    open_sink: Callable[[], None] | None = None


@dataclass(slots=True)
class Parts:
    """What bot/app.py puts together for one show."""

    info: ShowInfo
    plan: Rundown
    minutes: float | None
    clock: Clock
    catalogue: Catalogue
    programme: Programme
    conversation: Callable[[Director, Callable[[BaseModel], None]], Conversation]
    decision: Decision
    rules: RoomRules
    label: Overlay
    studio: StudioProcess | Prompter
    air: AirLoop
    eye: Eye
    scenery: Scenery
    record: Recording
    channels: list[Channel]
    inbox: "asyncio.Queue[ChannelEvent]"
    room_inbox: "asyncio.Queue[ChannelEvent]"
    hello: Hello
    words: Mapping[str, str]
    link: Link | None = None
    refresh: Callable[[], None] | None = None
    recording_failure: Callable[[], CastmateError | None] = lambda: None
    keep_all: bool = False
    shop: str = ""  # its name, in the show's language
    human: Human | None = None  # who may stand before a camera
    licence: LicenceLook = lambda at, now: ()  # why a performer's licence ends the show; empty: it may go on
    snapshots: Snapshots | None = None  # small pictures of the co-host, sealed
    spoken: Spoken | None = None  # holds what the person says against the catalogue
    prompter: Prompter | None = None  # in place of the studio: a person says the lines
    preflight: Mapping[str, Any] | None = None  # the checklist that the show began with
    loop: asyncio.AbstractEventLoop | None = None
    opening: "list[asyncio.Task[None]]" = field(default_factory=list)
    closing: "Callable[[], Awaitable[None]] | None" = None
    outlets: Callable[[], Mapping[str, Any]] = dict
    seen: Callable[[], Mapping[str, float | None]] = dict  # figures of the eye: label_score, av_offset_ms ...
    room: Callable[[], float | None] = lambda: None  # MB that the disk has left; None: not known
    writing: Callable[[], Mapping[str, float]] = dict  # figures of the language model, where one writes
    step: Step = field(default_factory=Step)  # how picture and sound keep together
    chat_dropped: int = 0  # messages for which an inbox had no room
    health: Callable[[Health], None] | None = None  # who else wants the figures of each second
    jingle: Callable[[str], object] = bool  # plays the short sound of an occasion, if the show has one
    microphone: Microphone | None = None  # where the co-host's sound is put
    troubles: Callable[[], Mapping[str, str]] = dict  # by channel: why its picture does not go out
    unstored: Callable[[], str] = str  # why what was recorded is not in the shop's store; "" = it is
    storing: Callable[[], Mapping[str, float]] = dict  # figures of the way into that store
    wanted: Callable[[], tuple[str, ...]] = tuple  # what platforms want of a person now, in plain words
    until: datetime | None = None  # the show's end by the clock, in place of its length
    start_at: tuple[int, int] = (0, 0)  # lap and cue's index in it: where a show is taken up again
    waits_turn: Callable[[], bool] = lambda: False  # another show still sends on a channel of ours
    settled: Callable[[], bool] = lambda: True  # whether each channel takes the picture, or said why not
    sell: Callable[[Sequence[Sale]], None] | None = None  # keeps orders in the shop's database; blocks
    metrics: Callable[[str, Metrics], None] = lambda name, figures: None  # what a platform says of a channel
    watched: Callable[[Sequence[Stretch]], None] | None = None  # keeps who watched; blocks
    proportions: Callable[[Scene], Shares] = lambda scene: Shares()  # how large what stands on the picture is
    sounding: Callable[[], bool] = lambda: False  # whether a jingle has not been heard to its end
    trail: Trail = NO_TRAIL  # is told what becomes of questions
    clips: ClipDesk | None = None  # filmed clips that are cut in
    speed: float = 1.0  # of people's time, in a try: the clock against the air
    once: bool = False  # ends when all of its plan is said, without a goodbye: a clip


def rundown_views(
    plan: Rundown, catalogue: Catalogue, language: str, now: datetime, titles: Mapping[str, str], show: str
) -> tuple[CueView, ...]:
    """One lap of the rundown for the desk."""
    views = []
    for index, lap, cue in steps(plan):
        if lap > 0 or index >= len(plan.cues):
            break
        product = catalogue.product(cue.product) if cue.product else None
        card = None if product is None else card_of(product, language, now, show)
        title = card.title if card else titles.get(cue.kind, str(cue.kind))
        views.append(CueView(id=cue.id, kind=cue.kind, title=title, seconds=cue.seconds, card=card))
    return tuple(views)


def ledger_path(folder: Path) -> Path:
    """Where a show's ledger stands."""
    return folder / "ledger.jsonl"
