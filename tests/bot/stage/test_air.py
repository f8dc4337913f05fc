"""The air: absolute deadlines, late ticks counted, captions and slates in place, marks as they aired."""

from collections.abc import Iterator
from threading import Event
from types import SimpleNamespace

import numpy as np
import pytest
from acting import LENGTH, SmallClone, SmallReel, planes
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.stage.air import GIVE_UP_S, AirLoop, Mark, Scene
from bot.stage.border import BLOCK, Border, Flag, Head, Take
from bot.stage.compositor import Slate
from persona.clone.base import Patch, PatchRect, Rect

TICK = 1 / 25


class Time:
    """A clock that a test moves; `sleep` moves it to the deadline, a little late if told."""

    def __init__(self) -> None:
        self.t = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.t

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.slept.append(seconds)
        self.t += seconds


class Recorder:
    """Compositor, mixer, encoder and sink in one: what the air asked of each."""

    def __init__(self) -> None:
        self.pictures, self.sound, self.encoded, self.taken = [], [], [], []
        self.closed = 0

    def compose(self, work, host, overlays, label, slate):
        self.pictures.append(SimpleNamespace(host=host, overlays=overlays, label=label, slate=slate))

    def block(self, voice, cut=False):
        self.sound.append((None if voice is None else float(voice[0]), cut))
        return np.zeros((2, BLOCK), np.float32)

    def encode(self, n, frame, samples):
        self.encoded.append(n)
        return [f"packet {n}"]

    def take(self, n, packets):
        self.taken.append((n, list(packets)))

    def close(self):
        self.closed += 1
        return ["last"]


class SinkOf:
    def __init__(self, recorder):
        self.take, self.closed = recorder.take, 0

    def close(self):
        self.closed += 1


class Rig:
    def __init__(self, border: Border | None) -> None:
        self.border, self.seen, self.time = border, Recorder(), Time()
        self.sink = SinkOf(self.seen)
        self.air = AirLoop(
            SmallReel(), border or Quiet(), self.seen, self.seen, self.seen, [self.sink], self.time
        )

    def put(self, number: int, clause: int, ticks: int, *, end: bool = True, pause: int = 0, base: int = 7):
        for k in range(ticks):
            flags = (Flag.FIRST if k == 0 else 0) | (Flag.LAST if k == ticks - 1 else 0)
            flags |= Flag.END if end and k == ticks - 1 else 0
            pcm = np.full(BLOCK, 0.5, np.float32)
            self.border.put(
                Take(0, number, clause, k, int(flags), SmallClone().rest((base + k) % LENGTH), pcm)
            )
        for k in range(pause):
            patch = Patch((base + ticks + k) % LENGTH, ())
            self.border.put(Take(0, number, clause, ticks + k, Flag.PAUSE, patch, None))

    def ticks(self, n: int) -> None:
        for _ in range(n):
            self.air.tick()


class Quiet:
    """A border through which nothing ever comes."""

    def next(self):
        return None

    def shown(self, take, base):
        pass


@pytest.fixture
def rig() -> Iterator[Rig]:
    border = Border.create(slots=60)
    yield Rig(border)
    border.close()


def caption(name: str):
    """Captions that say when they were asked, as an overlay stand-in."""
    return SimpleNamespace(at=lambda seconds: f"{name}@{seconds:.2f}")


# ---- a tick


def test_alone_the_air_plays_the_reel_on_and_on(rig: Rig) -> None:
    rig.ticks(LENGTH + 3)
    assert [p.host.key for p in rig.seen.pictures] == [(k + 1) % LENGTH for k in range(LENGTH + 3)]
    assert set(rig.seen.sound) == {(None, False)}
    assert [n for n, _ in rig.seen.taken] == list(range(LENGTH + 3))


def test_speech_is_shown_heard_and_marked_tick_by_tick(rig: Rig) -> None:
    rig.ticks(2)
    rig.put(5, 0, 3, end=False, pause=2)
    rig.put(5, 1, 2, base=12)
    rig.ticks(9)
    assert [s for s, _ in rig.seen.sound] == [None, None, 0.5, 0.5, 0.5, None, None, 0.5, 0.5, None, None]
    assert [p.host.key for p in rig.seen.pictures[2:]] == [7, 8, 9, 10, 11, 12, 13, 14, 15]
    assert list(rig.air.marks) == [
        Mark(2, 5, 0, "start"),
        Mark(4, 5, 0, "end"),
        Mark(7, 5, 1, "start"),
        Mark(8, 5, 1, "end"),
        Mark(8, 5, 1, "line_end"),
    ]
    assert not any(cut for _, cut in rig.seen.sound)
    assert rig.air.figures.spoken == 5 and rig.air.figures.broken == 0


def test_a_studio_that_falls_behind_in_a_clause_is_cut_softly_and_counted(rig: Rig) -> None:
    rig.put(5, 0, 4)
    rig.border.head[Head.WRITTEN] -= 2  # the last two have not come yet
    rig.ticks(5)
    assert rig.seen.sound[2:] == [(None, True), (None, False), (None, False)]
    assert rig.air.figures.broken == 1
    rig.border.head[Head.WRITTEN] += 2
    rig.ticks(3)
    assert rig.seen.sound[5:] == [(0.5, False), (0.5, False), (None, False)]


def test_the_last_picture_stands_for_a_moment_before_the_idle_reel(rig: Rig) -> None:
    """The ladder: fresh, then the same again for 200 ms at most, then the host at rest."""
    plane = np.zeros((4, 4), np.uint8)
    mouth = PatchRect(Rect(2, 2, 4, 4), plane, plane[:2, :2], plane[:2, :2])
    rig.border.put(Take(0, 5, 0, 0, int(Flag.FIRST), Patch(7, (mouth,)), np.full(BLOCK, 0.5, np.float32)))
    rig.ticks(8)
    assert [p.host.key for p in rig.seen.pictures] == [7] * 6 + [8, 9]
    assert [len(p.host.rects) for p in rig.seen.pictures] == [1] * 6 + [0, 0]
    assert (rig.air.figures.repeated, rig.air.figures.broken) == (5, 1)


def test_captions_are_those_of_the_clause_on_air_at_its_own_time(rig: Rig) -> None:
    rig.air.scene = Scene(
        overlays=("card",), label="AI", captions={(5, 0): caption("a"), (5, 1): caption("b")}
    )
    rig.put(5, 0, 3, end=False, pause=1)
    rig.put(5, 1, 2)
    rig.put(6, 0, 1)
    rig.ticks(8)
    assert [p.overlays for p in rig.seen.pictures] == [
        ("card", "a@0.00"),
        ("card", "a@0.04"),
        ("card", "a@0.08"),
        ("card",),
        ("card", "b@0.00"),
        ("card", "b@0.04"),
        ("card",),
        ("card",),
    ]
    assert {p.label for p in rig.seen.pictures} == {"AI"}


def test_a_caption_that_has_nothing_to_show_shows_nothing(rig: Rig) -> None:
    rig.air.scene = Scene(captions={(5, 0): SimpleNamespace(at=lambda s: None)})
    rig.put(5, 0, 1)
    rig.ticks(1)
    assert rig.seen.pictures[0].overlays == ()


def test_under_a_slate_the_host_is_neither_heard_nor_consumed(rig: Rig) -> None:
    rig.put(5, 0, 3)
    rig.ticks(1)
    slate = Slate("hold", planes(240, 320, 16))
    rig.air.scene = Scene(label="AI", slate=slate)
    rig.ticks(10)
    assert rig.border.waiting == 2
    assert rig.seen.sound[1:] == [(None, True)] + [(None, False)] * 9
    assert all(p.slate is slate and p.label == "AI" for p in rig.seen.pictures[1:])
    rig.air.scene = Scene()
    rig.ticks(2)
    assert rig.seen.sound[11:] == [(0.5, False)] * 2


def test_a_hold_in_mid_clause_leaves_no_line_on_air(rig: Rig) -> None:
    """Else the studio would go on from the body of a clause dropped long ago: the host would jump."""
    rig.put(5, 0, 6)
    rig.ticks(2)
    assert rig.border.head[Head.LINE] == 5
    rig.border.drop_below(1)
    rig.air.scene = Scene(slate=Slate("hold", planes(240, 320, 16)))
    rig.ticks(3)
    assert rig.border.head[Head.LINE] == 0
    rig.air.scene = Scene()
    rig.ticks(2)
    assert rig.border.waiting == 0 and not rig.air.figures.spoken > 2


def test_the_shown_base_frame_is_told_to_the_studio(rig: Rig) -> None:
    rig.ticks(3)
    assert rig.border.head[Head.BASE] == 3
    rig.put(5, 0, 2, base=20)
    rig.ticks(3)
    assert rig.border.head[Head.BASE] == 22


def test_marks_are_bounded(rig: Rig) -> None:
    for number in range(1, 2100):
        rig.put(number, 0, 1)
        rig.ticks(1)
    assert len(rig.air.marks) == 4096
    assert rig.air.marks[-1] == Mark(2098, 2099, 0, "line_end")


# ---- pace


def run(rig: Rig, work: list[float], early: float = 0.0) -> list[float]:
    """Runs one tick for each of `work` (seconds that it takes); when each tick began."""
    stopping, began = Event(), []
    todo = iter(work)

    def encode(n, frame, samples):
        began.append(rig.time.t)
        rig.time.t += next(todo)
        if len(began) == len(work):
            stopping.set()
        return [f"packet {n}"]

    rig.seen.encode = encode
    rig.air.run(stopping, rig.time.sleep)
    return began


def test_ticks_begin_at_absolute_deadlines_however_long_each_takes() -> None:
    rig = Rig(None)
    began = run(rig, [0.0, 0.01, 0.039, 0.0, 0.02])
    assert began == pytest.approx([1000 + k * TICK for k in range(5)])
    assert rig.air.figures.late == 0


def test_a_late_tick_is_counted_and_the_lost_time_made_good() -> None:
    rig = Rig(None)
    began = run(rig, [0.1, 0.0, 0.0, 0.0, 0.0])
    assert began == pytest.approx([1000, 1000.1, 1000.1, 1000.12, 1000.16])
    figures = rig.air.figures
    assert (figures.late, figures.skipped, figures.ticks) == (2, 0, 5)
    assert figures.worst_late_s == pytest.approx(0.06)


def test_after_more_than_a_second_the_clock_is_moved_on_and_the_ticks_counted() -> None:
    rig = Rig(None)
    began = run(rig, [10.0, 0.0, 0.0, 0.0])
    assert rig.air.figures.skipped == 249
    assert rig.air.n == 4, "no frame number is left out: picture time has no hole"
    assert [round(t - 1010, 6) for t in began[1:]] == pytest.approx([0.0, 0.04, 0.08], abs=0.0401)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.one_of(st.floats(0, 0.05), st.floats(0, 0.9), st.floats(1, 30)), min_size=1, max_size=60))
def test_under_any_stalls_ticks_are_never_early_never_lost_and_never_far_behind(work: list[float]) -> None:
    rig = Rig(None)
    began = run(rig, work)
    figures = rig.air.figures
    assert [n for n, _ in rig.seen.taken] == [*range(len(work)), len(work)]
    assert figures.ticks == len(work)
    for k, at in enumerate(began):
        assert at >= 1000 + k * TICK - 1e-6, "a live ingest never gets ahead of real time"
    ends = began[-1]
    plan = 1000 + (len(work) - 1 + figures.skipped) * TICK
    assert ends - plan <= GIVE_UP_S + 1e-6, "a tick begins at most a second after its moved deadline"
    lateness = sum(max(0.0, w - TICK) for w in work)
    assert figures.skipped * TICK <= lateness + 1e-6, "never more is skipped than was lost"
    assert all(s <= TICK + 1e-9 for s in rig.time.slept)


def test_stopping_flushes_the_encoder_and_closes_every_sink() -> None:
    rig = Rig(None)
    run(rig, [0.0, 0.0])
    assert rig.seen.taken[-1] == (2, ["last"])
    assert rig.sink.closed == 1
    assert rig.seen.pictures[-1].host is None, "the border's memory is let go"


def test_seconds_are_counted_in_ticks() -> None:
    rig = Rig(None)
    rig.ticks(50)
    assert rig.air.seconds == 2.0
