"""Clips on the air: label and mark on every picture, times untouched, no click, and never a wait."""

from types import SimpleNamespace

import numpy as np
import pytest
from acting import HEIGHT, WIDTH, SmallReel, eventually, planes
from clip_films import film_clip
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.stage.air import AirLoop, Scene
from bot.stage.border import BLOCK, Border
from bot.stage.clip_film import ClipFilm, prepare
from bot.stage.clip_reader import AHEAD, SLOTS, ClipReader
from bot.stage.clip_screen import FADE, AirClip, ClipScreen
from bot.stage.colour import overlay_of
from bot.stage.compositor import Compositor, Slate
from bot.stage.layout import layout
from bot.stage.mixer import Mixer
from bot.stage.picture import view_of
from bot.stage.recorded_mark import RECORDED, mark_place, recorded_words, render_recorded
from bot.stage.witness import Witness
from persona.clone.base import Rect
from products.errors import Refused

PLAN = layout(WIDTH, HEIGHT)
WHOLE = Rect(0, 0, WIDTH, HEIGHT)
SLATE = Slate("hold", planes(WIDTH, HEIGHT, 40))
STEP = 0.02  # between two samples: the tone at -16 LUFS takes steps of 0.016


def plate(x: int, y: int, w: int, h: int, key: str):
    """An opaque white patch: what stands there is 235."""
    return overlay_of(key, x, y, np.ones((h, w, 4), np.float32))


LABEL = plate(8, 8, 60, 20, "label")
MARK = plate(8, 40, 60, 20, "mark")


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> ClipFilm:
    folder = tmp_path_factory.mktemp("clip")
    source = film_clip(folder / "pour.mp4", 2.0)
    return prepare(source, folder / "made", WIDTH, HEIGHT, own_sound=True, progress=lambda done: None)


class Stage:
    """An air over real compositor and mixer; what it encodes is kept: number, luma, sound."""

    def __init__(self, *, wait=True) -> None:
        self.made = []
        self.border, reel = Border.create(slots=2), SmallReel()
        self.air = AirLoop(
            reel, self.border, Compositor(WIDTH, HEIGHT, reel.backdrop), Mixer(1, room_dbfs=-200),
            SimpleNamespace(encode=self.encode, close=list), [], lambda: 0.0,
        )  # fmt: skip
        self.air.witness = self.witness = Witness(25)
        self.air.scene = Scene(label=LABEL)
        self.air.clips = self.screen = ClipScreen(wait=wait)

    def encode(self, n, frame, samples):
        self.made.append((n, view_of(frame.planes[0]).copy(), samples.copy()))
        return ()

    def ticks(self, count):
        for _ in range(count):
            self.air.tick()

    def close(self):
        self.screen.close()
        self.border.close()

    def sound(self):
        return np.concatenate([s for _, _, s in self.made], axis=1)

    def shows(self, overlay, k):
        luma = self.made[k][1]
        return bool((luma[overlay.y : overlay.y + overlay.h, overlay.x : overlay.x + overlay.w] >= 230).all())


@pytest.fixture
def stage():
    made = Stage()
    yield made
    made.close()


def test_a_clip_comes_fades_in_plays_and_goes(stage, film) -> None:
    stage.ticks(3)
    assert stage.screen.play(AirClip("pour", film, WHOLE, MARK))
    assert not stage.screen.play(AirClip("pour", film, WHOLE, MARK))
    stage.ticks(60)
    assert [(m.n, m.what) for m in stage.screen.marks] == [(3, "start"), (52, "end")]
    assert stage.screen.marks[1].whole and stage.screen.marks[1].late == 0
    assert [n for n, *_ in stage.made] == list(range(63))
    assert all(stage.shows(LABEL, k) for k in range(63))
    assert [k for k in range(63) if stage.shows(MARK, k)] == list(range(3, 52))
    assert [k for k in range(63) if stage.witness.shown(k).recorded is MARK] == list(range(3, 52))
    ground = [float(luma[80:120, 200:].mean()) for _, luma, _ in stage.made]  # backdrop 60, clip 90
    assert max(ground[:3]) < 61 and min(ground[3 + FADE : 42]) > 87 and max(ground[52:]) < 61
    rise = ground[2 : 3 + FADE]
    assert rise == sorted(rise) and max(np.diff(rise)) < 8


def test_the_host_below_it_goes_on_and_is_there_again(stage, film) -> None:
    stage.ticks(2)
    stage.screen.play(AirClip("pour", film, WHOLE, MARK))
    stage.ticks(60)
    assert float(stage.made[-1][1][200:230].mean()) == 100 + 62 % 40


def test_nothing_is_heard_as_a_click_and_the_clip_as_itself(stage, film) -> None:
    stage.screen.play(AirClip("pour", film, WHOLE, MARK))
    stage.ticks(60)
    sound = stage.sound()
    assert float(np.abs(np.diff(sound, axis=1)).max()) < STEP
    middle = sound[0, 20 * BLOCK : 30 * BLOCK]
    tone = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    assert abs(tone.argmax() * 48_000 / len(middle) - 523) < 4 and np.abs(middle).max() > 0.1


def test_a_stop_fades_and_a_slate_covers_at_once_without_a_click(stage, film) -> None:
    stage.screen.play(AirClip("pour", film, WHOLE, MARK))
    stage.ticks(20)
    stage.screen.stop()
    stage.ticks(20)
    assert [(m.n, m.what, m.whole) for m in stage.screen.marks] == [(0, "start", False), (27, "end", False)]
    eventually(lambda: stage.screen.tidy() or not stage.screen.busy, 60)
    assert stage.screen.play(AirClip("pour", film, WHOLE, MARK))
    stage.ticks(20)
    stage.air.scene = Scene(label=LABEL, slate=SLATE)
    stage.ticks(5)
    end = stage.screen.marks[-1]
    assert (end.n, end.what, end.why) == (60, "end", "the stage was covered")
    assert stage.shows(LABEL, 60) and not stage.shows(MARK, 60)
    assert stage.witness.shown(60).recorded is None
    assert float(np.abs(np.diff(stage.sound(), axis=1)).max()) < STEP


Act = st.sampled_from(["play", "stop", "slate", "stage", "alone", "advance", "nothing"])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(Act, st.integers(1, 14)), min_size=3, max_size=8))
def test_whatever_happens_label_mark_times_and_sound_hold(film, acts) -> None:
    stage = Stage()
    try:
        for act, ticks in [*acts, ("stage", 60)]:
            if act == "play":
                stage.screen.tidy()
                stage.screen.play(AirClip("pour", film, WHOLE, MARK))
            elif act == "stop":
                stage.screen.stop()
            elif act in ("slate", "stage", "alone"):
                slate = SLATE if act == "slate" else None
                stage.air.scene = Scene(label=LABEL, slate=slate, host=act != "alone")
            elif act == "advance":
                stage.air.advance(ticks)
            stage.ticks(ticks)
        assert [n for n, *_ in stage.made] == list(range(stage.air.n))
        marks = list(stage.screen.marks)
        came = [m for m in marks if m.what == "start"]
        gone = [m for m in marks if m.what == "end"]
        assert len(came) == len(gone) and all(a.n < b.n for a, b in zip(came, gone, strict=True))
        for k in range(stage.air.n):
            assert stage.shows(LABEL, k)
            if stage.witness.shown(k).recorded is not None:
                assert stage.shows(MARK, k) and any(a.n <= k < b.n for a, b in zip(came, gone, strict=True))
        assert float(np.abs(np.diff(stage.sound(), axis=1)).max()) < STEP
    finally:
        stage.close()


def test_a_clip_that_cannot_be_read_never_comes(film, tmp_path) -> None:
    stage = Stage(wait=False)
    gone = ClipFilm(tmp_path / "none.mp4", 50, film.size, None)
    try:
        stage.screen.play(AirClip("pour", gone, WHOLE, MARK))
        eventually(lambda: stage.ticks(1) or stage.screen.marks, 60)
        assert [m.what for m in stage.screen.marks] == ["never"] and "none.mp4" in stage.screen.marks[0].why
        assert not any(stage.shows(MARK, k) for k in range(len(stage.made)))
    finally:
        stage.close()


def test_the_air_never_waits_and_the_reader_keeps_its_bound(film) -> None:
    reader = ClipReader(film, film.size)
    try:
        eventually(lambda: reader.ready, 60)
        eventually(lambda: reader._written == SLOTS, 60)
        assert reader._written == SLOTS >= AHEAD and not reader.over
        first = reader.picture(0)
        far = reader.picture(30)  # not there yet: the newest stands in, at once
        assert first is not None and far is not None and reader.late == 1
        eventually(lambda: reader._written > SLOTS, 60)
        assert reader._written - reader._shown <= SLOTS
    finally:
        reader.close()
    assert not reader._thread.is_alive()


def test_a_clip_in_a_smaller_place_is_cropped_to_it(stage, film) -> None:
    place = Rect(120, 60, 80, 60)
    stage.screen.play(AirClip("pour", film, place, MARK))
    stage.ticks(20)
    luma = stage.made[-1][1]
    assert luma[90:118, 190:198].mean() > 85 and abs(float(luma[30:56, 120:].mean()) - 60) < 2
    assert float(luma[170:230, 20:].mean()) >= 100  # the host stays


# ---- the mark


@pytest.mark.parametrize("size", [(720, 1280), (1080, 1920), (540, 960), (1280, 720)])
@pytest.mark.parametrize("lines", [1, 2])
def test_the_mark_stands_clear_of_label_card_and_captions(size, lines) -> None:
    plan = layout(*size, lines)
    for clip in (Rect(0, 0, *size), plan.inset):
        for words in (*RECORDED.values(), " · ".join(RECORDED.values())):
            mark = render_recorded(words, plan, clip)
            assert not (mark.x % 2 or mark.y % 2 or mark.w % 2 or mark.h % 2)
            assert mark.w <= mark_place(plan, clip).w and mark.x + mark.w <= plan.width
            for name in ("label", "card", "caption", "notice", "inset"):
                r = plan.parts[name]
                apart = mark.x + mark.w <= r.x or r.x + r.w <= mark.x or mark.y + mark.h <= r.y
                assert apart or r.y + r.h <= mark.y, (name, r, mark.x, mark.y, mark.w, mark.h)


def test_the_mark_s_words_follow_the_show_and_the_packs() -> None:
    assert recorded_words("en") == "Recorded" and recorded_words("zh-CN") == "录播"
    assert recorded_words("en", ["录播"]) == "Recorded · 录播"
    with pytest.raises(Refused, match="recorded footage"):
        recorded_words("en", ["enregistré"])
