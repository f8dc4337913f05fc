"""Where one show stands: its session, what is on, times of the last things. Only the loop writes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from bot.show.chronicle import Chronicle
from bot.show.conversation import Conversation
from bot.show.desk_view import health_view, state_view
from bot.show.director import Director
from bot.show.messages import Health, State
from bot.show.parts import Parts
from bot.show.session import Air, Session
from products.errors import CastmateError
from schedules.rundown import Cue

FIRST_WORD_S = 4.0  # from going live, at most: so long the first word waits for the channels
TURN_S = 90.0  # and so long for the show before it on its channel to say goodbye
LABEL_BACK_S = 1.0  # from the moment when the label is drawn again until it has been decoded and looked for


@dataclass(slots=True)
class Stand:
    """What the classes of a running show share. Times `at` are seconds of air."""

    parts: Parts
    tell: Callable[[BaseModel], None]
    chronicle: Chronicle
    director: Director
    conversation: Conversation
    session: Session = field(default_factory=Session)
    reason: str = ""
    paused: bool = False
    asked: bool = False  # somebody asked to end
    cue: Cue | None = None
    cue_since: float = 0.0
    live_at: float | None = None
    begun: bool = False  # the first word may be said
    end_by: float | None = None
    slate_for_studio: bool = False
    alone_until: float = -LABEL_BACK_S  # last second of air at which a human alone was on
    figures: dict[str, float] = field(default_factory=dict)
    worries: tuple[str, ...] = ()  # what the audience does that the desk must know of

    def state(self) -> State:
        """For the desk."""
        since = (self.cue, self.cue_since)
        more = (*self.worries, *self.parts.rules.warnings())
        return state_view(self.parts, self.session, since, self.live_at, paused=self.paused, more=more)

    @property
    def cue_kind(self) -> str:
        """Kind of the cue that is on, "" before the first."""
        return "" if self.cue is None else str(self.cue.kind)

    def health(self, at: float) -> Health:
        """For the desk: figures of the last second."""
        waits = self.conversation.waits
        figures = {**self.figures, **self.conversation.figures}
        return health_view(self.parts, at, figures, waits[-1] if waits else None)

    def may_begin(self, at: float) -> bool:
        """Whether the first word may be said: the channels are there to hear it, or have had their time."""
        if not self.begun and self.live_at is not None:
            patience = TURN_S if self.parts.waits_turn() else FIRST_WORD_S
            self.begun = self.parts.settled() or at - self.live_at >= patience
        return self.begun

    @property
    def human_alone(self) -> bool:
        """Whether a human alone is on the air: nothing synthetic, no label."""
        return self.parts.human is not None and self.parts.human.alone

    def label_wanted(self, at: float) -> bool:
        """Whether the label has to be in the pictures that are decoded now."""
        if self.human_alone:
            self.alone_until = at
        return at - self.alone_until > LABEL_BACK_S

    def on_air(self, now: datetime | None) -> None:
        """Tells the rules what is on the air since `now`; None: nothing is."""
        self.parts.rules.on_air(now, synthetic=not self.human_alone)

    def place_taken(self) -> None:
        """The live person took another place: who is alone is not talked over; the rules learn who airs."""
        if self.human_alone:
            self.drop_speech()
        self.on_air(self.parts.clock.now() if self.session.air is Air.LIVE else None)

    def drop_speech(self) -> None:
        """Whatever is being said or waits to be said is cut at once."""
        self.parts.studio.border.drop_below(self.director.drop_all())

    def why(self) -> str:
        """Why the show is ending or has ended, in words."""
        return self.reason or "the show is over"

    @property
    def unrecorded(self) -> CastmateError | None:
        """Why the recording or the ledger does not hold all that aired; None when they do."""
        return self.parts.recording_failure() or self.parts.record.failure

    def summary(self) -> Mapping[str, Any]:
        """The last entry of the ledger."""
        figures = self.parts.air.figures
        return {
            "reason": self.why(),
            "air": str(self.session.air),
            "seconds": round(self.parts.air.seconds, 2),
            "lines": self.chronicle.lines_said,
            "answers": self.conversation.answered,
            "late_ticks": figures.late,
            "advanced_ticks": figures.advanced,
            "skipped_ticks": figures.skipped,
            "studio_restarts": self.parts.studio.restarts,
        }
