import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.stage import colour
from bot.stage.blend import Planes, blend, box
from bot.stage.captions import KEPT, CaptionTrack, render_page
from bot.stage.layout import layout, overlaps
from bot.stage.paging import pages
from bot.stage.picture import Overlay
from persona.speech import Word

LINE = "The Harbor Canvas Sneakers: now fifty-nine dollars."
NAMES = ("Harbor Canvas Sneakers",)
PLAN = layout(720, 1280)


def words(text: str, *spoken: str, each: float = 0.4) -> list[Word]:
    out, start = [], 0
    for i, word in enumerate(spoken):
        a = text.index(word, start)
        start = a + len(word)
        out.append(Word(word, i * each, (i + 1) * each, a, start))
    return out


def lit(overlay: Overlay, tint: colour.Rgb) -> int:
    """Pixels of the caption in this colour, over black."""
    target = Planes(*colour.planes_of(np.zeros((PLAN.height, PLAN.width, 3), np.uint8)))
    blend(target, overlay, box(overlay))
    return int((np.abs(colour.rgb_of(*target).astype(int) - np.array(tint)).max(-1) <= 8).sum())


def track(
    text: str = LINE, spoken: tuple[str, ...] = ("The", "Harbor", "Canvas", "Sneakers")
) -> CaptionTrack:
    out = CaptionTrack(text, "en", NAMES, PLAN)
    out.speak(words(text, *spoken), 1.0)
    return out


def test_words_light_up_as_they_are_spoken_the_name_in_amber() -> None:
    captions = track()
    assert captions.prepare(1.0, 5.0) == 1  # one page, whatever is lit
    assert captions.prepare(1.0, 5.0) == 0
    seen = [captions.at(t) for t in (1.05, 1.45, 1.85, 2.25)]
    assert all(o is not None for o in seen)
    amber = [lit(o, colour.AMBER) for o in seen if o]
    white = [lit(o, colour.WHITE) for o in seen if o]
    assert amber[0] == 0 and amber == sorted(set(amber))
    assert white[0] > 100 and white[0] == white[1] == white[2] <= white[3]


def test_the_second_clause_lights_the_second_line() -> None:
    captions = track()
    captions.speak(words(LINE, "now", "fifty-nine", "dollars"), 3.0)
    captions.prepare(2.9, 5.0)
    before, after = captions.at(2.95), captions.at(4.5)
    assert before is not None and after is not None
    assert lit(after, colour.WHITE) > 2 * lit(before, colour.WHITE)
    assert lit(after, colour.AMBER) == lit(before, colour.AMBER) > 0
    assert lit(after, (0xC9, 0xCB, 0xCB)) < lit(before, (0xC9, 0xCB, 0xCB)) / 4


def test_nothing_shows_before_the_line_or_before_it_is_drawn() -> None:
    captions = track()
    assert captions.at(1.5) is None
    captions.prepare(1.0, 5.0)
    assert captions.at(0.99) is None
    assert captions.at(1.0) is not None
    assert captions.at(1e9) is not None  # the last state stays until the caller drops the track


def test_a_state_is_cut_once() -> None:
    captions = track()
    captions.prepare(1.0, 5.0)
    assert captions.at(1.05) is captions.at(1.3)
    assert captions.at(1.45) is not captions.at(1.05)


def test_a_sentence_that_is_said_again_starts_anew() -> None:
    captions = track()
    captions.speak(words(LINE, "The", "Harbor"), 1.5)
    captions.prepare(1.5, 5.0)
    again = captions.at(1.55)
    assert again is not None and lit(again, colour.AMBER) == 0


def test_the_next_page_comes_with_its_first_word() -> None:
    text = "Hello everyone, and welcome to the Corner Shop! I am Mia, and today I have twelve things for you."
    spoken = text.replace(",", "").replace("!", "").replace(".", "").split()
    captions = CaptionTrack(text, "en", (), PLAN)
    captions.speak(words(text, *spoken), 0.0)
    shown = []
    for i in range(len(spoken)):
        captions.prepare(i * 0.4, 0.1)
        overlay = captions.at(i * 0.4 + 0.01)
        assert overlay is not None
        shown.append(overlay.key.rsplit(":", 2)[0])
    assert len(dict.fromkeys(shown)) == len(captions.pages) > 1


def test_what_is_kept_is_bounded() -> None:
    text = "so " * 400
    captions = CaptionTrack(text, "en", (), PLAN)
    captions.speak(words(text, *["so"] * 400, each=0.01), 0.0)
    assert len(captions.pages) > KEPT
    assert captions.prepare(0.0, 100.0) == KEPT
    assert captions.at(0.0) is not None
    assert captions.prepare(3.99, 1.0) == 1
    assert captions.at(3.995) is not None
    assert captions.at(0.0) is None  # its page was let go


@pytest.mark.parametrize("size", [(720, 1280), (1080, 1920), (540, 960), (1280, 720), (240, 320)])
def test_captions_fit_the_layout_at_every_size(size: tuple[int, int]) -> None:
    plan = layout(*size)
    for language, text in (
        ("en", "WWWWWWWWWWWWWWWWWWWWWWWWWW MMMMMMMMMMMMMMMMMMMMMMMMMM"),
        ("zh", "鞋" * 30),
    ):
        for page in pages(text, language, ()):
            overlay = render_page(page, page.b, language, plan)
            r = box(overlay)
            assert plan.caption.x <= r.x and r.x + r.w <= plan.caption.x + plan.caption.w
            assert plan.caption.y <= r.y and r.y + r.h <= plan.caption.y + plan.caption.h
            assert not overlaps(r, plan.label)
            core = overlay.ia_y < 128  # the words themselves keep clear of the rectangle's sides
            cols = np.flatnonzero(core.any(0))
            assert r.x + cols[0] > plan.caption.x and r.x + cols[-1] < plan.caption.x + plan.caption.w - 1


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["en", "zh"]), st.lists(st.integers(0, 60), max_size=6))
def test_any_line_with_any_words_is_captioned(text: str, language: str, starts: list[int]) -> None:
    plan = layout(240, 320)
    captions = CaptionTrack(text, language, (text[:5],), plan)
    captions.speak([Word("x", i * 0.1, i * 0.1 + 0.1, a, a + 3) for i, a in enumerate(sorted(starts))], 0.0)
    captions.prepare(0.0, 9.0)
    for t in np.arange(0, 1, 0.05):
        overlay = captions.at(float(t))
        assert overlay is None or not (overlay.x | overlay.y | overlay.w | overlay.h) & 1


def test_a_state_has_its_own_key_and_the_alpha_of_its_page() -> None:
    page = pages(LINE, "en", NAMES)[0]
    states = [render_page(page, b, "en", PLAN) for b in (0, 3, 26, len(LINE))]
    assert len({o.key for o in states}) == 4
    assert all((o.ia_y == states[0].ia_y).all() for o in states)
