from math import ceil

import numpy as np
import pytest
from spoken import speech

from persona.clone import motion
from persona.clone.base import Patch, PatchRect
from persona.clone.lips import CONTROLS, OPEN, REST
from persona.clone.puppet import BROW_BOX, MOUTH_BOX
from persona.clone.reel import VectorReel
from persona.clone.vector import VectorClone, brow_lifts
from persona.clone.visemes import CLASSES, TARGETS, closures

SENTENCE = "h ə l oʊ w ɛ l k ə m _ 0.4 b l u ʃ u z m eɪ aɪ ʃ oʊ j u f aɪ v m ɔ ɹ _ 0.3 p ɑ p m ɑ m"


def still(reel: VectorReel, patch: Patch, part: PatchRect) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, y = part.rect.x - reel.region.x, part.rect.y - reel.region.y
    w, h = part.rect.w, part.rect.h
    return tuple(
        plane[y // k : (y + h) // k, x // k : (x + w) // k]
        for plane, k in zip(reel.frame(patch.base), (1, 2, 2), strict=True)
    )


def test_one_patch_a_frame_on_consecutive_base_frames(clone: VectorClone) -> None:
    spoken = speech(SENTENCE)
    patches = list(clone.render(spoken, 90))
    assert len(patches) == ceil(round(spoken.seconds * 25, 6))
    assert [p.base for p in patches] == [(90 + k) % clone.reel.length for k in range(len(patches))]
    assert len(list(clone.render(speech("ɑ _ 0.001"), 0))) == 3


def test_rectangles_are_even_and_inside_the_region(clone: VectorClone) -> None:
    r = clone.reel.region
    for patch in clone.render(speech(SENTENCE, text="really?"), 0):
        for part in patch.rects:
            q = part.rect
            assert all(v % 2 == 0 for v in (q.x, q.y, q.w, q.h))
            assert q.x >= r.x and q.y >= r.y and q.x + q.w <= r.x + r.w and q.y + q.h <= r.y + r.h
            assert part.y.shape == (q.h, q.w) and part.u.shape == part.v.shape == (q.h // 2, q.w // 2)
            assert part.y.dtype == part.u.dtype == np.uint8


def test_silence_is_the_reel_itself(clone: VectorClone) -> None:
    spoken = speech(SENTENCE)
    patches = list(clone.render(spoken, 0))
    times = (np.arange(len(patches)) + 0.5) / 25
    pause = spoken.phones[10]
    inside = [p for p, t in zip(patches, times, strict=True) if pause.start + 0.12 <= t <= pause.end - 0.08]
    assert len(inside) >= 4 and all(p.rects == () and p.opening == 0 for p in inside)
    assert clone.rest(7) == Patch(7, ()) and clone.rest(clone.reel.length + 7).base == 7


def test_the_drawn_mouth_at_rest_equals_the_reel(clone: VectorClone) -> None:
    """So that a mouth which comes to rest does not jump when its rectangle goes."""
    almost = REST.copy()
    almost[OPEN] += 0.005
    for i in (0, 31, 80):
        (part,) = clone.patch(i, almost).rects
        for drawn, base in zip((part.y, part.u, part.v), still(clone.reel, Patch(i, ()), part), strict=True):
            assert np.abs(drawn.astype(int) - base.astype(int)).mean() < 0.2
            assert (drawn != base).mean() < 0.05


def test_outside_mouth_and_jaw_nothing_changes(clone: VectorClone) -> None:
    """The rectangle's border and upper corner, far from the lips, are the reel's own, whatever is said."""
    for k, target in enumerate(TARGETS[1:]):
        patch = clone.patch(k * 9, target)
        (part,) = patch.rects
        for drawn, base in zip((part.y, part.u, part.v), still(clone.reel, patch, part), strict=True):
            for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1], np.s_[:4, : base.shape[1] // 5]):
                assert np.array_equal(drawn[edge], base[edge]), CLASSES[k + 1]


def test_lips_close_on_bilabials(clone: VectorClone) -> None:
    spoken = speech(SENTENCE + " ɑ b ɑ m ə p i b u m æ p oʊ _ 0.1", 0.07)
    patches = list(clone.render(spoken, 0))
    times = (np.arange(len(patches)) + 0.5) / 25
    frames = closures(spoken.phones, times)
    closed = [patches[k].opening <= 0.05 for k in frames]
    assert len(closed) >= 12 and np.mean(closed) >= 0.95


def test_the_drawn_opening_follows_the_phones(clone: VectorClone) -> None:
    """Measured in the pixels: how dark and how light the middle of the mouth gets, against what is spoken."""
    spoken = speech("h ɑ m ɑ p i t ɑ b u s ɑ m ɑ d i m ɑ p ɑ", 0.13)
    truth, seen, told = [], [], []
    for k, patch in enumerate(clone.render(spoken, 0)):
        phone = next(p for p in spoken.phones if p.end > (k + 0.5) / 25)
        truth.append(
            {"ɑ": 1.0, "i": 0.3, "u": 0.25}.get(phone.symbol, 0.0 if phone.symbol in "mpb" else 0.25)
        )
        told.append(patch.opening)
        change = 0.0
        for part in patch.rects:
            y, _, _ = still(clone.reel, patch, part)
            change = float(np.abs(part.y.astype(int) - y).mean())
        seen.append(change)
    assert np.corrcoef(truth, told)[0, 1] > 0.8
    assert np.corrcoef(told, seen)[0, 1] > 0.8


def test_the_chin_drops_with_the_jaw(clone: VectorClone) -> None:
    """Along the line under the chin the skin reaches lower with an open mouth than with a closed one."""
    wide, shut = (clone.patch(0, TARGETS[CLASSES.index(name)]).rects[0] for name in ("AA", "PBM"))
    half = wide.y.shape[1] // 2
    low = wide.y.shape[0] * 3 // 4
    change = np.abs(
        wide.y[low:, half - 6 : half + 6].astype(int) - shut.y[low:, half - 6 : half + 6].astype(int)
    )
    assert change.max() > 12


def test_all_fourteen_mouths_differ(clone: VectorClone) -> None:
    drawn = [clone.patch(0, target).rects for target in TARGETS]
    assert drawn[0] == ()
    mouths = [rects[0].y.astype(int) for rects in drawn[1:]]
    for a in range(len(mouths)):
        for b in range(a):
            assert np.abs(mouths[a] - mouths[b]).max() > 15, (CLASSES[a + 1], CLASSES[b + 1])


def test_deterministic(clone: VectorClone) -> None:
    for a, b in zip(clone.render(speech("h ɑ m i"), 5), clone.render(speech("h ɑ m i"), 5), strict=True):
        assert a.base == b.base and a.opening == b.opening and len(a.rects) == len(b.rects)
        for p, q in zip(a.rects, b.rects, strict=True):
            assert p.rect == q.rect and np.array_equal(p.y, q.y) and np.array_equal(p.v, q.v)


def test_motion_is_smooth(clone: VectorClone) -> None:
    """No control leaps from one frame to the next more than a quick tongue or lip can."""
    opening = [p.opening for p in clone.render(speech(SENTENCE), 0)]
    assert np.abs(np.diff(opening)).max() < 0.6


@pytest.mark.parametrize("text", ["Shall I?", "好吗？", 'He said "really?"'])
def test_brows_rise_over_questions(clone: VectorClone, text: str) -> None:
    patches = list(clone.render(speech(SENTENCE, text=text), 0))
    lifts = brow_lifts(len(patches), text)
    assert lifts.max() == 1 and lifts[0] < 0.2 and lifts[-1] < 0.2
    middle = patches[len(patches) // 2]
    top = motion.pose(middle.base, clone.reel.length, 25).head @ np.array([338, BROW_BOX[1], 1])
    brow = min(middle.rects, key=lambda part: part.rect.y)
    assert abs(brow.rect.y - top[1] / 2) < 6
    y, _, _ = still(clone.reel, middle, brow)
    assert np.abs(brow.y.astype(int) - y).max() > 40
    assert not brow_lifts(50, "Yes.").any()


def test_brow_and_eye_rectangles_do_not_fight(clone: VectorClone) -> None:
    """Where a raised brow's rectangle meets that of a blink, it shows nothing of the eye."""
    for i in range(0, clone.reel.length, 9):
        pose_brow = clone.patch(i, REST, 1.0).rects[0]
        for n in range(i, 4000, clone.reel.length):
            for eye in clone.reel.life(n, i):
                rows = pose_brow.rect.y + pose_brow.rect.h - eye.rect.y
                if rows > 0:
                    x = eye.rect.x - clone.reel.region.x
                    y = eye.rect.y - clone.reel.region.y
                    base = clone.reel.frame(i)[0][y : y + rows, x : x + eye.rect.w]
                    assert np.abs(eye.y[:rows].astype(int) - base).max() <= 3


def test_the_mouth_has_seven_controls() -> None:
    assert TARGETS.shape == (len(CLASSES), len(CONTROLS)) and MOUTH_BOX[1] < 538 < MOUTH_BOX[3]
