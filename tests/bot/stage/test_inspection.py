"""What is asked of a stream, on a stream that was really encoded, muxed and decoded; with faults put in."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bot.compliance.label import LabelSpec, draw_label, label_text
from bot.stage.blend import Planes, blend, box
from bot.stage.captions import CaptionTrack
from bot.stage.encoder import Encoder, EncoderSettings
from bot.stage.eye import Eye
from bot.stage.inspection import Inspection
from bot.stage.layout import layout
from bot.stage.mixer import Mixer
from bot.stage.picture import WorkFrame
from bot.stage.watch import LabelWatch
from bot.stage.watermark import Watermark
from bot.stage.witness import Shown, Witness
from persona.clone.base import PatchRect, Rect
from persona.speech import Word

W, H, FPS = 360, 640, 25
PLAN = layout(W, H)
LABEL = draw_label(LabelSpec(label_text(["en"], [])), PLAN).overlay
MOUTH = Rect(160, 250, 40, 32)
TEXT = "Here is a mug that keeps your tea warm for the whole long morning."


def track() -> CaptionTrack:
    words, at = [], 0
    made = CaptionTrack(TEXT, "en", (), PLAN)
    for k, word in enumerate(TEXT.split(" ")):
        words.append(Word(word, 0.5 * k, 0.5 * k + 0.4, at, at + len(word)))
        at += len(word) + 1
    made.speak(words, 0.0)
    made.prepare(0.0, 60.0)
    return made


class Stage:
    """A host whose mouth moves with its voice, captions in step; `spoil` may change what is encoded."""

    def __init__(self, seconds: float, spoil: Callable[..., None] | None = None) -> None:
        self.encoder = Encoder(W, H, FPS, EncoderSettings("ultrafast", 1500))
        self.witness = Witness(FPS)
        self.sights = []
        self.eye = Eye(
            LabelWatch(LABEL),
            self.encoder.template(),
            FPS,
            self.sights.append,
            wait=True,
            metadata={"AIGC": "{}"},
            inspection=Inspection(FPS, self.witness),
        )
        rng = np.random.default_rng(3)
        still = np.kron(rng.integers(60, 200, (10, 6), np.uint8), np.ones((64, 60), np.uint8))
        captions, room, delay = track(), Mixer(1), []
        voice = np.repeat(rng.uniform(0, 0.4, round(seconds * FPS) + 8), 1920) * rng.standard_normal(
            (round(seconds * FPS) + 8) * 1920
        )
        for n in range(round(seconds * FPS)):
            part = voice[n * 1920 : (n + 1) * 1920].astype(np.float32)
            work = WorkFrame(W, H)
            work.y[:], work.u[:], work.v[:] = np.roll(still, round(6 * np.sin(n / 9)), 0), 128, 128
            opening = int(180 * np.sqrt((part**2).mean()))
            work.y[MOUTH.y : MOUTH.y + MOUTH.h, MOUTH.x : MOUTH.x + MOUTH.w] = 200 - opening * 2
            caption = captions.at(n / FPS % 6.0)
            for patch in (caption, LABEL):
                if patch is not None:
                    blend(Planes(work.y, work.u, work.v), patch, box(patch))
            sound = room.block(part)
            shown = Shown(n, False, True, True, caption, (LABEL, *([caption] if caption else [])))
            plane = np.zeros((MOUTH.h, MOUTH.w), np.uint8)
            self.witness.note(shown, work.y, [PatchRect(MOUTH, plane, plane, plane)], sound)
            delay.append((work, sound))
            if spoil is not None:
                work, sound = spoil(n, delay, still)
            self.eye.take(n, self.encoder.encode(n, work.frame, sound))
        self.eye.take(n + 1, self.encoder.close())
        self.eye.close()
        self.spells = self.eye.spells(final=True)

    def bad(self) -> dict[str, list[tuple[float, float]]]:
        out: dict[str, list[tuple[float, float]]] = {}
        for spell in self.spells:
            if not spell.ok:
                out.setdefault(spell.check, []).append((spell.since, spell.until))
        return out


@pytest.fixture(scope="module")
def well() -> Stage:
    return Stage(16)


def test_a_stream_that_is_well_raises_no_alarm(well) -> None:
    assert well.bad() == {}
    judged = {s.check for s in well.spells}
    assert judged == {"black", "frozen", "silence", "loudness", "av", "captions"}
    figures = well.eye.figures()
    assert abs(figures.av_offset_ms) <= 2.0
    assert figures.caption_offset_ms == 0.0
    assert figures.label_score > 0.9
    assert well.eye.marked, "the record was read from the metadata that goes out"


def test_its_loudness_is_that_of_the_reference_meter(well) -> None:
    assert -30 < well.eye.figures().integrated_lufs < -5
    assert well.eye.figures().momentary_lufs == pytest.approx(well.eye.figures().integrated_lufs, abs=6)


def late_sound(ticks: int):
    def spoil(n, delay, still):
        at = max(0, n - ticks)
        return delay[n][0], delay[at][1]

    return spoil


def late_picture(ticks: int):
    def spoil(n, delay, still):
        at = max(0, n - ticks)
        return delay[at][0], delay[n][1]

    return spoil


@pytest.mark.parametrize(("spoil", "ms"), [(late_sound(2), 80), (late_picture(2), -80), (late_sound(1), 40)])
def test_sound_and_picture_out_of_step_are_measured(spoil, ms) -> None:
    stage = Stage(12, spoil)
    assert stage.eye.figures().av_offset_ms == pytest.approx(ms, abs=4)
    assert ("av" in stage.bad()) is (abs(ms) > 60)


def test_a_picture_that_is_late_shows_in_its_captions_too() -> None:
    stage = Stage(12, late_picture(20))
    assert stage.eye.figures().caption_offset_ms == pytest.approx(800, abs=520)  # to a word: half a second
    assert "captions" in stage.bad()


def test_a_caption_that_is_not_there_is_missed() -> None:
    def bare(n, delay, still):
        work, sound = delay[n]
        if 100 <= n < 200:
            box_ = PLAN.caption
            work.y[box_.y : box_.y + box_.h, box_.x : box_.x + box_.w] = 100
        return work, sound

    ((since, until),) = Stage(12, bare).bad()["captions"]
    assert since == pytest.approx(4.0, abs=0.3) and until == pytest.approx(8.0, abs=0.3)


def test_a_picture_that_stops_is_frozen_and_black_is_black() -> None:
    def stops(n, delay, still):
        work, sound = delay[n]
        if 75 <= n < 175:
            work = delay[75][0]
        if n >= 225:
            work = WorkFrame(W, H)
            work.y[:], work.u[:], work.v[:] = 16, 128, 128
        return work, sound

    bad = Stage(11, stops).bad()
    assert bad["frozen"][0] == (pytest.approx(4.4, abs=0.5), pytest.approx(7.0, abs=0.4))
    ((since, _),) = bad["black"]
    assert since == pytest.approx(9.0, abs=0.25)


def test_dead_air_is_heard_and_the_room_is_none() -> None:
    def mute(n, delay, still):
        work, sound = delay[n]
        return work, np.zeros_like(sound) if 100 <= n < 110 else sound

    ((since, until),) = Stage(8, mute).bad()["silence"]
    assert since == pytest.approx(4.2, abs=0.06) and until == pytest.approx(4.4, abs=0.06)


def test_too_loud_is_loud() -> None:
    def shout(n, delay, still):
        work, sound = delay[n]
        tone = np.sin(2 * np.pi * 1000 * np.arange(1920) / 48_000).astype(np.float32)
        return work, np.stack([tone, tone]) if n >= 100 else sound

    assert "loudness" in Stage(8, shout).bad()


def test_a_slate_is_neither_frozen_nor_without_captions() -> None:
    inspection, witness = Inspection(FPS, w := Witness(FPS)), Witness(FPS)
    assert witness is not w
    luma = np.full((H, W), 90, np.uint8)
    for n in range(0, 200):
        shown = Shown(n, True, True, False, None, ())
        w.note(replace(shown, n=n), luma, (), np.zeros((2, 1920), np.float32))
        if n % 6 == 0:
            inspection.look(luma, n)
    assert inspection.bad() == {}
    assert all(s.ok for s in inspection.take(final=True))


def test_the_watermark_is_asked_for_wherever_the_label_stands() -> None:
    """With it; with that of another show; without; and while a person alone is on the air."""
    still = np.random.default_rng(3).integers(60, 200, (H, W), np.uint8)
    ours, other = (Watermark(W, H, FPS, code) for code in (7, 8))
    inspection = Inspection(FPS, witness := Witness(FPS), 7)
    stretches = ((ours, True), (other, True), (None, True), (None, False), (ours, True))
    for part, (watermark, label) in enumerate(stretches):
        for n in range(part * 325, part * 325 + 325):
            luma = still if watermark is None else still + watermark.at(n).luma
            shown = Shown(n, True, label, False, None, ())
            witness.note(shown, luma, [], np.zeros((2, 1920), np.float32))
            if n % 6 == 0:
                inspection.look(luma, n)
    spells = [s for s in inspection.take(final=True) if s.check == "watermark"]
    assert [s.ok for s in spells] == [True, False, True]
    assert spells[0].since == 0.0 and spells[0].until >= 12 and spells[0].worst > 7
    assert spells[1].until < 39 < 52 < spells[2].since
