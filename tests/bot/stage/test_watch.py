from fractions import Fraction

import av
import numpy as np
import pytest

from bot.compliance.label import LabelSpec, draw_label, label_text
from bot.stage import colour
from bot.stage.blend import Planes, blend, box
from bot.stage.layout import layout
from bot.stage.watch import THRESHOLD, Interval, LabelWatch

W, H = 360, 640
LABEL = draw_label(LabelSpec(label_text(["zh"], [])), layout(W, H)).overlay


def stage(seed: int) -> Planes:
    """Soft blobs, like a stage: some structure of its own under the label."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(60, 250, (10, 6, 3), np.uint8)
    return Planes(*colour.planes_of(np.kron(coarse, np.ones((64, 60, 1), np.uint8))))


def picture(seed: int, with_label: bool) -> Planes:
    out = stage(seed)
    if with_label:
        blend(out, LABEL, box(LABEL))
    return out


def sent(frames: list[Planes]) -> list[np.ndarray]:
    """Luma after H.264 at a low rate and back."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = W, H, "yuv420p"
    encoder.time_base, encoder.bit_rate = Fraction(1, 25), 300_000
    encoder.options = {"preset": "superfast", "tune": "zerolatency"}
    decoder = av.CodecContext.create("h264", "r")
    out = []
    for frame in [*frames, None]:
        given = None
        if frame is not None:
            given = av.VideoFrame.from_ndarray(
                np.concatenate([frame.y.ravel(), frame.u.ravel(), frame.v.ravel()]).reshape(H * 3 // 2, W),
                "yuv420p",
            )
        for packet in encoder.encode(given):
            out += decoder.decode(packet)
    out += decoder.decode(None)
    return [f.to_ndarray()[:H, :W] for f in out]


def test_the_label_is_told_from_its_absence_after_the_encoder() -> None:
    with_label = sent([picture(s, True) for s in range(4)])
    without = sent([picture(s, False) for s in range(4)])
    watch = LabelWatch(LABEL)
    assert min(watch.score(luma) for luma in with_label) > 0.9
    assert max(watch.score(luma) for luma in without) < 0.5


def test_it_may_be_off_by_four_pixels_and_no_more() -> None:
    luma = picture(1, True).y
    watch = LabelWatch(LABEL)
    assert watch.score(np.roll(luma, (4, -4), (0, 1))) >= THRESHOLD
    assert watch.score(np.roll(luma, (12, 12), (0, 1))) < THRESHOLD


def test_a_covered_half_is_not_the_label() -> None:
    luma = picture(1, True).y.copy()
    half = LABEL.x + LABEL.w // 2
    luma[LABEL.y : LABEL.y + LABEL.h, half : LABEL.x + LABEL.w] = 200
    assert LabelWatch(LABEL).score(luma) < THRESHOLD


@pytest.mark.parametrize("level", [16, 128, 235])
def test_a_flat_picture_has_no_label(level: int) -> None:
    sight = LabelWatch(LABEL).look(np.full((H, W), level, np.uint8), 0.0)
    assert not sight.label and sight.score == -1
    assert sight.black is (level == 16)


def test_a_frame_too_small_to_hold_it_has_no_label() -> None:
    assert LabelWatch(LABEL).score(np.zeros((20, 20), np.uint8)) == -1


def test_still_pictures_are_noticed_and_moving_ones_are_not() -> None:
    watch, one, other = LabelWatch(LABEL), picture(1, True).y, picture(2, True).y
    sights = [watch.look(f, t) for t, f in enumerate([one, other, other, other])]
    assert [s.still for s in sights] == [False, False, True, True]
    assert watch.still(3.5) == 1.5
    watch.look(one, 4.0)
    assert watch.still(5.0) == 0.0


def test_intervals_and_the_time_without_the_label() -> None:
    watch = LabelWatch(LABEL)
    assert watch.unseen(9.0) == 0.0
    for t, seen in enumerate([True, True, False, False, True]):
        watch.look(picture(t, seen).y, t / 2)
        if t == 3:
            assert watch.unseen(1.75) == pytest.approx(1.25)  # since 0.5, where it was seen last
    assert watch.unseen(2.0) == 0.0
    assert watch.unseen(2.6) == pytest.approx(0.6)  # no frame came since: that is a gap too
    assert watch.take() == (Interval(0.0, 0.5, True), Interval(1.0, 1.5, False))
    assert watch.take() == ()
    assert watch.close() == (Interval(2.0, 2.0, True),)


def test_time_does_not_go_back() -> None:
    watch = LabelWatch(LABEL)
    watch.look(picture(0, True).y, 5.0)
    with pytest.raises(ValueError, match=r"4\.0 s"):
        watch.look(picture(0, True).y, 4.0)
