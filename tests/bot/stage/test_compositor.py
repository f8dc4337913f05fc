from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.show.messages import Card
from bot.stage import canvas, colour
from bot.stage.blend import Planes, blend, box
from bot.stage.captions import CaptionTrack
from bot.stage.compositor import Compositor, HostPicture, Slate
from bot.stage.layout import layout
from bot.stage.overlays import render_card, render_question
from bot.stage.picture import Overlay, Plane, WorkFrame
from bot.stage.watermark import Veil, Watermark
from persona.clone.base import PatchRect, Rect
from persona.speech import Word
from products.errors import Bug

W, H = 72, 128
REGION = Rect(8, 16, 48, 80)


def noise(seed: int, w: int, h: int) -> tuple[Plane, Plane, Plane]:
    rng = np.random.default_rng(seed)
    return tuple(rng.integers(16, 236, s, np.uint8) for s in ((h, w), (h // 2, w // 2), (h // 2, w // 2)))  # type: ignore[return-value]


def overlay(seed: int, r: Rect, key: str = "") -> Overlay:
    rng = np.random.default_rng(seed)
    rgba = rng.random((r.h, r.w, 4), np.float32)
    rgba[..., 3] = np.round(rgba[..., 3] * 4) / 4
    rgba[..., :3] *= rgba[..., 3:]
    return colour.overlay_of(key or f"{seed}:{r}", r.x, r.y, rgba)


@dataclass(frozen=True)
class State:
    host: HostPicture | None
    overlays: tuple[Overlay, ...]
    label: Overlay | None
    slate: Slate | None
    veil: Veil | None = None


def naive(backdrop: tuple[Plane, Plane, Plane], state: State) -> Planes:
    """Everything from the back, on a fresh picture."""
    whole = Planes(*(p.copy() for p in (state.slate.planes if state.slate else backdrop)))
    if state.host and not state.slate:
        for rect, planes in (
            (state.host.region, state.host.planes),
            *((p.rect, (p.y, p.u, p.v)) for p in state.host.rects),
        ):
            for dst, src in zip(whole.within(rect), planes, strict=True):
                dst[:] = src
    for o in state.overlays:
        blend(whole, o, box(o))
    if state.veil:
        whole.y[:] = np.minimum(whole.y.astype(int) + state.veil.luma, 255)
    if state.label:
        blend(whole, state.label, box(state.label))
    return whole


BACKDROP = noise(0, W, H)
FRAMES = [noise(i, REGION.w, REGION.h) for i in range(3)]
PATCHES = [
    PatchRect(r, *noise(10 + i, r.w, r.h))
    for i, r in enumerate([Rect(16, 30, 20, 10), Rect(20, 60, 16, 12), Rect(24, 36, 24, 30)])
]
OVERLAYS = [
    overlay(20, Rect(2, 30, 60, 14)),
    overlay(21, Rect(0, 80, 72, 40)),
    overlay(22, Rect(40, 10, 30, 60)),
    overlay(23, Rect(2, 30, 60, 14)),
]
LABELS = [overlay(30, Rect(2, 2, 40, 12)), overlay(31, Rect(2, 2, 40, 20))]
SLATES = [Slate(f"s{i}", noise(40 + i, W, H)) for i in range(2)]
VEILS = [Watermark(W, H, 25, 1).at(n) for n in (0, 50)]

hosts = st.builds(
    lambda i, rects: HostPicture(i, REGION, FRAMES[i], tuple(rects)),
    st.integers(0, 2),
    st.lists(st.sampled_from(PATCHES), max_size=3),
)
states = st.builds(
    State,
    st.one_of(hosts, st.none()),
    st.lists(st.sampled_from(OVERLAYS), max_size=4).map(tuple),
    st.one_of(st.sampled_from(LABELS), st.none()),
    st.one_of(st.none(), st.none(), st.sampled_from(SLATES)),
    st.sampled_from([None, *VEILS]),
)


@settings(max_examples=200)
@given(st.lists(states, min_size=1, max_size=8))
def test_the_result_never_depends_on_history(sequence: Sequence[State]) -> None:
    compositor, work = Compositor(W, H, BACKDROP), WorkFrame(W, H)
    for state in sequence:
        compositor.compose(work, state.host, state.overlays, state.label, state.slate, state.veil)
        for got, want in zip((work.y, work.u, work.v), naive(BACKDROP, state), strict=True):
            np.testing.assert_array_equal(got, want)


def test_another_work_frame_is_composed_in_full() -> None:
    compositor, state = Compositor(W, H, BACKDROP), State(None, (OVERLAYS[0],), LABELS[0], None)
    one, two = WorkFrame(W, H), WorkFrame(W, H)
    slated = State(None, (), None, SLATES[0])
    for work, shown in ((one, state), (two, state), (one, slated), (two, slated), (two, state), (one, state)):
        work.y[:] = 0
        compositor.compose(work, shown.host, shown.overlays, shown.label, shown.slate)
        work.y[:4, :4] = 0  # nobody may, but it is seen: the rest must come from this very picture
        other = two if work is one else one
        other.y[:] = 0
        np.testing.assert_array_equal(work.y[4:], naive(BACKDROP, shown).y[4:])


def test_what_did_not_change_is_not_touched() -> None:
    compositor, work = Compositor(W, H, BACKDROP), WorkFrame(W, H)
    host = HostPicture(0, REGION, FRAMES[0])
    compositor.compose(work, host, OVERLAYS[:2], LABELS[0], None)
    work.y[:] = 99
    compositor.compose(work, host, [OVERLAYS[0]], LABELS[0], None)
    touched = np.zeros((H, W), bool)
    gone = box(OVERLAYS[1])
    touched[gone.y : gone.y + gone.h, gone.x : gone.x + gone.w] = True
    assert (work.y[~touched] == 99).all()
    assert not (work.y[touched] == 99).all()


def test_a_new_patch_at_the_same_place_is_seen() -> None:
    compositor, work = Compositor(W, H, BACKDROP), WorkFrame(W, H)
    r = Rect(16, 30, 20, 10)
    for seed in (50, 51, 52):
        compositor.compose(
            work, HostPicture(0, REGION, FRAMES[0], (PatchRect(r, *noise(seed, r.w, r.h)),)), (), None, None
        )
        np.testing.assert_array_equal(work.y[30:40, 16:36], noise(seed, r.w, r.h)[0])


def test_the_label_is_on_top_of_everything() -> None:
    compositor, work = Compositor(W, H, BACKDROP), WorkFrame(W, H)
    opaque = colour.overlay_of("label", 2, 2, np.ones((10, 20, 4), np.float32))
    cover = overlay(60, Rect(0, 0, W, H))
    compositor.compose(work, HostPicture(0, REGION, FRAMES[0], tuple(PATCHES)), [cover], opaque, None)
    assert (work.y[2:12, 2:22] == 235).all()
    compositor.compose(work, None, [cover], opaque, SLATES[0])
    assert (work.y[2:12, 2:22] == 235).all()


def test_what_lies_outside_the_picture_is_a_bug_and_the_next_tick_is_whole() -> None:
    compositor, work = Compositor(W, H, BACKDROP), WorkFrame(W, H)
    with pytest.raises(Bug, match="outside"):
        compositor.compose(work, None, [overlay(1, Rect(60, 0, 20, 10))], None, None)
    with pytest.raises(Bug, match="planes"):
        compositor.compose(work, HostPicture(0, REGION, FRAMES[0][:1] * 3), (), None, None)
    with pytest.raises(Bug, match="veil"):
        compositor.compose(work, None, (), None, None, Watermark(W, H + 2, 25, 1).at(0))
    compositor.compose(work, None, (), None, None)
    np.testing.assert_array_equal(work.y, BACKDROP[0])


def test_a_patch_that_stands_is_not_laid_again() -> None:
    compositor, work = Compositor(W, H, BACKDROP), WorkFrame(W, H)
    host = HostPicture(0, REGION, FRAMES[0], tuple(PATCHES))
    compositor.compose(work, host, OVERLAYS, LABELS[0], None)
    work.y[:] = 99
    compositor.compose(work, HostPicture(0, REGION, FRAMES[0], tuple(PATCHES)), OVERLAYS, LABELS[0], None)
    assert (work.y == 99).all()


def test_text_is_rendered_once_per_change_not_per_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A card, a question and a caption stand for hundreds of ticks: text is drawn when they are made, and on
    air no more; the caption's words light up without any drawing.
    """
    drawn: list[str] = []
    plain = canvas.text_mask

    def counting(text: str, *rest):
        drawn.append(text)
        return plain(text, *rest)

    monkeypatch.setattr(canvas, "text_mask", counting)
    plan = layout(720, 1280)
    card = Card(handle="tea", number=1, title="Green tea", price="$9")
    overlays = (render_card(card, None, "en", plan), render_question("Ada", "How much?", "en", plan))
    track = CaptionTrack("One two three four.", "en", [], plan)
    words = [Word(w, i, i + 1.0, 4 * i, 4 * i + len(w)) for i, w in enumerate(("One", "two"))]
    track.speak(words, 0.0)
    track.prepare(0.0, 10)
    once = len(drawn)
    assert 5 < once < 60
    compositor, work = Compositor(720, 1280, noise(0, 720, 1280)), WorkFrame(720, 1280)
    lit = set()
    for n in range(100):
        caption = track.at(n / 25)
        assert caption is not None
        lit.add(caption.key)
        compositor.compose(work, None, (*overlays, caption), None, None)
    assert len(lit) >= 2, "words lit up"
    assert len(drawn) == once
