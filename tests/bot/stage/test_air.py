"""The air: absolute deadlines, late ticks counted, captions and slates in place, marks as they aired."""

from collections.abc import Iterator
from threading import Event
from types import SimpleNamespace

import numpy as np
import pytest
from acting import HEIGHT, LENGTH, WIDTH, SmallClone, SmallReel, planes
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.stage.air import ADVANCE_S, MAKE_GOOD_S, REPEAT, AirLoop, Mark, Scene
from bot.stage.border import BLOCK, Border, Flag, Head, Take
from bot.stage.compositor import Compositor, Slate
from bot.stage.encoder import Encoder, EncoderSettings
from bot.stage.mixer import Mixer
from bot.stage.watermark import Watermark
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

    def compose(self, work, host, overlays, label, slate, veil=None):
        shown = SimpleNamespace(host=host, overlays=overlays, label=label, slate=slate, veil=veil)
        self.pictures.append(shown)

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


def test_the_watermark_stands_where_the_label_does(rig: Rig) -> None:
    rig.air.watermark = Watermark(240, 320, 25, 7)
    rig.air.scene = Scene(label="AI")
    rig.ticks(51)
    rig.air.scene = Scene(label="AI", slate=Slate("hold", planes(240, 320, 16)))
    rig.ticks(1)
    rig.air.scene = Scene(host=False)
    rig.ticks(1)
    assert [p.veil and p.veil.key for p in rig.seen.pictures[48:]] == ["7/0", "7/0", "7/1", "7/1", None]


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
        rig.time.t += next(todo, 0.0)  # ticks that are advanced together may pass the end
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


def test_after_three_seconds_the_missed_ticks_are_made_at_once_and_counted() -> None:
    """A machine that was suspended for 3 s: frame numbers and sound go on in line with the clock."""
    rig = Rig(None)
    began = run(rig, [0.0, 3.01] + [0.0] * 80)
    assert (rig.air.figures.advanced, rig.air.figures.skipped) == (74, 0)
    composed = -(-74 // REPEAT)
    assert len(rig.seen.pictures) == 2 + composed + 80 - 74 + 1, "five pictures a second are enough"
    missed = [p.host.key for p in rig.seen.pictures[2 : 2 + composed]]
    assert missed == [(2 + REPEAT * (k + 1)) % LENGTH for k in range(composed)], "breathing on"
    assert began[2:76] == [1003.05] * 74, "they come at once"
    assert began[77:] == pytest.approx([1000 + k * TICK for k in range(77, 82)], abs=1e-6)


def test_speech_waits_while_ticks_are_advanced(rig: Rig) -> None:
    rig.put(5, 0, 4)
    rig.ticks(2)
    rig.air.advance(50)
    assert rig.border.waiting == 2 and rig.air.n == 52
    assert rig.seen.sound[2] == (None, True), "it breaks off softly"
    rig.ticks(2)
    assert rig.seen.sound[-2:] == [(0.5, False), (0.5, False)]
    assert [m.n for m in rig.air.marks if m.what == "end"] == [53]


def test_after_a_long_stall_four_seconds_are_made_good_and_the_clock_is_moved_for_the_rest() -> None:
    rig = Rig(None)
    run(rig, [10.0] + [0.0] * 110)
    figures = rig.air.figures
    assert figures.advanced == 100 and figures.skipped == 149
    assert [n for n, _ in rig.seen.taken] == [*range(111), 111], "no frame number is left out"


class Talking:
    """A border through which one endless clause comes."""

    def __init__(self) -> None:
        self.skipped, self.frame = 0, 0

    def next(self):
        self.frame += 1
        return Take(0, 5, 0, self.frame, 0, SmallClone().rest(self.frame % LENGTH), np.full(BLOCK, 0.5))

    def shown(self, take, base):
        pass


@pytest.mark.parametrize("cost", [0.05, 0.06, 0.2])
def test_on_a_machine_that_cannot_keep_pace_the_host_goes_on_speaking_slowly(cost: float) -> None:
    """Each tick takes longer than it lasts. Once the missed ticks were made at once for ever, and every word
    waited for minutes."""
    rig = Rig(Talking())
    began = run(rig, [cost] * 3000)
    figures = rig.air.figures
    assert figures.spoken > 0.9 * 3000 and figures.advanced <= (ADVANCE_S + MAKE_GOOD_S) / TICK + 2
    due = (began[-1] - 1000) / TICK
    assert figures.ticks + figures.skipped == pytest.approx(due, abs=MAKE_GOOD_S / TICK + 2), "it is told"


def test_a_machine_that_keeps_pace_again_makes_the_next_stall_good() -> None:
    rig = Rig(Talking())
    run(rig, [0.06] * 400 + [0.0] * 200 + [3.01] + [0.0] * 100)
    before = rig.air.figures.advanced
    rig = Rig(Talking())
    run(rig, [0.06] * 400 + [0.0] * 301)
    assert before - rig.air.figures.advanced == 74


def test_a_stall_is_made_good_in_several_steps_where_they_get_smaller() -> None:
    """Each advanced tick takes a part of what it makes good."""
    rig = Rig(Talking())
    run(rig, [3.01] + [0.015] * 200)
    assert rig.air.figures.skipped == 0 and rig.air.figures.advanced == 74 + 27


STALLS = st.lists(st.one_of(st.floats(0, 0.05), st.floats(0, 0.9), st.floats(1, 30)), min_size=1, max_size=60)


@settings(deadline=None, max_examples=200)
@given(STALLS)
def test_under_any_stalls_ticks_sent_are_ticks_due_and_bursts_are_bounded(stalls: list[float]) -> None:
    rig = Rig(None)
    calm = [0.0] * 140  # long enough to have made good all that can be
    began = run(rig, [w for s in stalls for w in (s, *calm)])
    figures = rig.air.figures
    assert [n for n, _ in rig.seen.taken] == [*range(len(began)), len(began)]
    assert figures.ticks == len(began)
    due = (began[-1] - 1000) / TICK
    assert abs(figures.ticks - 1 + figures.skipped - due) <= 1e-3, "ticks + skipped = ticks due"
    lost = sum(int(max(0.0, s - ADVANCE_S) / TICK + 1) for s in stalls if s > ADVANCE_S)
    assert figures.skipped <= lost, "only what is beyond the bound is skipped"
    assert all(s <= TICK + 1e-9 for s in rig.time.slept)
    ahead = [k + 1 - (at - 1000) / TICK for k, at in enumerate(began)]
    assert max(ahead) <= 1 + 1e-3, "a live ingest never gets ahead of real time"
    bound = (ADVANCE_S + MAKE_GOOD_S) / TICK + 2
    for k in range(len(began)):
        last = k
        while last + 1 < len(began) and began[last + 1] <= began[k] + 0.02:
            last += 1
        assert last - k + 1 <= bound, "a burst is at most five seconds of ticks"


@settings(deadline=None, max_examples=100)
@given(st.lists(st.floats(0, 9), min_size=1, max_size=40))
def test_stalls_on_stalls_never_lose_a_frame_number_and_never_run_early(work: list[float]) -> None:
    rig = Rig(None)
    began = run(rig, work)
    assert [n for n, _ in rig.seen.taken] == [*range(len(began)), len(began)]
    assert all(at >= 1000 + k * TICK - 1e-6 for k, at in enumerate(began))


class Stalling:
    """The real encoder on a clock that stands still at random places."""

    def __init__(self, stalls: dict[int, float]) -> None:
        self.time, self.packets, self.stalls = Time(), [], stalls
        reel = SmallReel()
        self.encoder = Encoder(WIDTH, HEIGHT, 25, EncoderSettings("ultrafast", 300))
        self.air = AirLoop(
            reel,
            Quiet(),
            Compositor(WIDTH, HEIGHT, reel.backdrop),
            Mixer(1),
            self.encoder,
            [self],
            self.time,
        )

    def take(self, n, packets):
        self.packets += packets
        self.time.t += self.stalls.get(n, 0.002)
        if n == 150:
            self.stopping.set()

    def close(self):
        pass

    def run(self) -> None:
        self.stopping = Event()
        self.air.run(self.stopping, self.time.sleep)


@settings(deadline=None, max_examples=8)
@given(st.dictionaries(st.integers(0, 140), st.floats(0, 6), max_size=4))
def test_in_the_stream_picture_time_is_the_frame_and_sound_time_the_sample(stalls: dict[int, float]) -> None:
    """No clock gets into the media, whatever happens: the packets themselves are looked at."""
    show = Stalling(stalls)
    show.run()
    frames = show.air.n
    video = [p for p in show.packets if p.kind == "video"]
    audio = [p for p in show.packets if p.kind == "audio"]
    assert [p.pts for p in video] == list(range(frames))
    assert [p.pts for p in audio] == [1024 * k for k in range(-1, len(audio) - 1)]  # the first is priming
    assert 0 <= len(audio) * 1024 - frames * BLOCK <= 2 * 1024, "as much sound as picture"
    apart = newest = 0.0
    for p in show.packets:
        if p.kind == "audio":
            newest = float(p.pts + 1024) / 48_000
        else:
            apart = max(apart, abs(p.pts / 25 - newest))
    assert apart <= 0.04 + 2048 / 48_000, "sound and picture never part by more than a tick and a sound frame"
    assert show.air.figures.ticks == frames


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
