"""A host on air is never a still: whatever holds up the studio, the air or both, composited pictures differ.

Each picture is compared with the one before it, every pixel of it, in virtual time. The host holds its mouth
still all the while, so that it must be the reel that moves.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from acting import HEIGHT, LENGTH, WIDTH, SmallReel, planes
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.stage.air import ADVANCE_S, MAKE_GOOD_S, REPEAT, AirLoop, Scene
from bot.stage.border import BLOCK, Border, Flag, Take
from bot.stage.compositor import Compositor, Slate
from bot.stage.picture import view_of
from persona.clone.base import Patch, PatchRect, Rect

TICK = 1 / 25
MOUTH = PatchRect(Rect(100, 200, 4, 4), *planes(4, 4, 200))
VOICE = np.full(BLOCK, 0.1, np.float32)
QUIET = np.zeros((2, BLOCK), np.float32)
SLATE = Slate("hold", planes(WIDTH, HEIGHT, 16))


@dataclass
class Show:
    """An air whose time stands while nothing happens; its studio writes when it is told to."""

    border: Border
    now: float = 0.0
    still: int = 0  # ticks in a row that look like the one before, with the host on air
    longest: int = 0
    slated: bool = False
    ticks: int = 0
    base: int = 0
    frame: int = 0
    before: bytes = b""
    air: AirLoop = field(init=False)

    def __post_init__(self) -> None:
        reel = SmallReel()
        stage = Compositor(WIDTH, HEIGHT, reel.backdrop)
        self.air = AirLoop(reel, self.border, stage, self, self, [], lambda: self.now)

    def block(self, voice, cut=False):
        """Stands in for the mixer."""
        return QUIET

    def encode(self, n, frame, samples):
        """Stands in for the encoder: sees each picture that is sent."""
        picture = b"".join(view_of(plane).tobytes() for plane in frame.planes)
        self.still = self.still + 1 if picture == self.before and not self.slated else 0
        self.before, self.longest = picture, max(self.longest, self.still)
        self.ticks += 1
        return []

    def close(self):
        return []

    def speaks(self, ticks: int, *, ahead: int = 0) -> None:
        """The studio writes so much of a clause; the air shows it, but for the last `ahead` ticks."""
        for k in range(ticks):
            flags = Flag.FIRST if self.frame == 0 else 0
            if not self.border.full:
                take = Take(0, 1, 0, self.frame, int(flags), Patch(self.base % LENGTH, (MOUTH,)), VOICE)
                self.border.put(take)
                self.base, self.frame = self.base + 1, self.frame + 1
            if k >= ahead:
                self.air.tick()

    def ends(self) -> None:
        """The clause is over, and after it a breath."""
        self.border.put(Take(0, 1, 0, self.frame, int(Flag.LAST), Patch(self.base % LENGTH, ()), VOICE))
        self.border.put(Take(0, 1, 0, self.frame, int(Flag.PAUSE), Patch((self.base + 1) % LENGTH, ()), None))
        self.base, self.frame = self.base + 2, 0
        self.silent(2)

    def silent(self, ticks: int) -> None:
        """The studio is late: the air goes on by itself."""
        for _ in range(ticks):
            self.air.tick()

    def held_up(self, seconds: float) -> None:
        """The air itself gets no processor for so long, and makes good what it can."""
        missed = int(seconds / TICK)
        if seconds > MAKE_GOOD_S:
            self.air.advance(min(missed, int(ADVANCE_S / TICK)))
        else:
            self.silent(missed)

    def covered(self, ticks: int) -> None:
        """The slate stands for a while."""
        self.slated, self.air.scene = True, Scene(slate=SLATE)
        self.silent(ticks)
        self.slated, self.air.scene = False, Scene()


@contextmanager
def showing() -> Iterator[Show]:
    border = Border.create(slots=60)
    show = Show(border)
    try:
        yield show
    finally:
        show.air.close()
        border.close()


steps = st.one_of(
    st.tuples(st.just("speaks"), st.integers(1, 30)),
    st.tuples(st.just("silent"), st.integers(1, 30)),
    st.tuples(st.just("held_up"), st.floats(0, 6)),
    st.tuples(st.just("covered"), st.integers(1, 4)),
    st.tuples(st.just("ends"), st.none()),
)


@settings(deadline=None, max_examples=120)
@given(st.lists(steps, min_size=1, max_size=14))
def test_no_picture_with_the_host_on_air_stands_longer_than_200_ms(story: list[tuple[str, object]]) -> None:
    with showing() as show:
        for what, much in story:
            getattr(show, what)(*([] if much is None else [much]))
        assert show.longest <= REPEAT, f"{show.longest * TICK * 1000:.0f} ms"


def test_an_air_that_was_held_up_shows_the_host_breathing_not_a_still() -> None:
    """One that gets no processor for more than a second makes the missed ticks at once; once it made them all
    out of one picture, which stood for as long."""
    with showing() as show:
        show.speaks(10)
        show.held_up(ADVANCE_S)
        assert show.ticks == 10 + ADVANCE_S / TICK
        assert show.longest < REPEAT


def test_a_studio_that_is_late_again_and_again_does_not_hold_the_picture() -> None:
    """A tick of speech that shows what the idle reel has just shown does not begin a new 200 ms."""
    with showing() as show:
        show.speaks(5)
        for late in range(1, 14):
            show.silent(late)
            show.speaks(1)
        assert show.longest <= REPEAT


def test_a_caption_stands_while_its_picture_is_repeated_and_goes_with_it() -> None:
    class Words:
        """A caption that is on all the time."""

        def at(self, seconds):
            return "caption"

    with showing() as show:
        seen = []
        show.air.compositor.compose = lambda work, host, overlays, *rest: seen.append(overlays)
        show.air.scene = Scene(captions={(1, 0): Words()})
        show.speaks(2)
        show.silent(REPEAT + 2)
        assert seen == [("caption",)] * (2 + REPEAT) + [()] * 2
        show.speaks(1)
        show.air.scene = Scene(slate=SLATE, captions={(1, 0): Words()})
        show.silent(1)
        assert seen[-2:] == [("caption",), ()], "a slate carries no word"
