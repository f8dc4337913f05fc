"""A reader that knows nothing of ours (tesseract) reads label, card and captions in a composed frame."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from bot.compliance.label import LabelSpec, draw_label, label_lines, label_text
from bot.show.messages import Card
from bot.stage import colour
from bot.stage.blend import box
from bot.stage.captions import CaptionTrack
from bot.stage.compositor import Compositor, HostPicture
from bot.stage.layout import Layout, layout
from bot.stage.overlays import render_card, render_question
from bot.stage.picture import Overlay, WorkFrame
from bot.stage.slates import render_hold
from persona.clone.base import Rect
from persona.speech import Word

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module", autouse=True)
def reader() -> None:
    if shutil.which("tesseract") is None:
        pytest.skip("tesseract is not installed: apt install tesseract-ocr tesseract-ocr-chi-sim")
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=True).stdout
    missing = {"eng", "chi_sim"} - set(listed.split())
    if missing:
        pytest.skip(f"tesseract lacks {missing}: apt install tesseract-ocr-chi-sim")


def read(picture: np.ndarray, r: Rect, language: str, path: Path, dark: bool = False) -> str:
    """What stands in `r`, without white space. `dark`: light words on a dark ground.

    The letters l and I are one stroke in this face: both are given as I.
    """
    part = picture[r.y : r.y + r.h, r.x : r.x + r.w]
    image = Image.fromarray(255 - part if dark else part).convert("L")
    if dark:
        image = ImageOps.autocontrast(image, cutoff=1)
    ImageOps.expand(image, 20, int(np.median(np.asarray(image)))).save(path / "part.png")
    tongue = {"en": "eng", "zh": "chi_sim"}[language]
    command = ["tesseract", str(path / "part.png"), "-", "-l", tongue, "--psm", "6", "--dpi", "150"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return "".join(text.split()).replace("l", "I")


def same(word: str) -> str:
    return "".join(word.split()).replace("l", "I")


def stage(w: int, h: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A warm wall with a teal jacket before it, about what stands behind the captions on air."""
    down = np.linspace(0, 1, h)[:, None, None]
    rgb = (1 - down) * np.array([251, 238, 221]) + down * np.array([220, 183, 150]) + np.zeros((h, w, 1))
    rgb[h * 6 // 10 : h * 8 // 10, w // 10 : w * 9 // 10] = (21, 97, 102)
    rgb[h * 6 // 10 : h * 8 // 10, w * 4 // 10 : w * 6 // 10] = (251, 246, 238)
    return colour.planes_of(rgb.astype(np.uint8))


def composed(plan: Layout, overlays: list[Overlay], label: Overlay) -> np.ndarray:
    size = plan.width, plan.height
    wall, work = stage(*size), WorkFrame(*size)
    region = Rect(0, 200, plan.width, 600)
    planes = tuple(p[y : y + n] for p, y, n in zip(wall, (200, 100, 100), (600, 300, 300), strict=True))
    compositor = Compositor(*size, wall)
    for key in (0, 1):  # once in full, once with dirty rectangles
        host = HostPicture(key, region, (planes[0], planes[1], planes[2]))
        compositor.compose(work, host, overlays, label, None)
    return colour.rgb_of(work.y, work.u, work.v)


SHOES = {
    "en": Card(
        handle="s",
        number=1,
        title="Harbor Canvas Sneakers",
        price="$59.00",
        compare_at="$75.00",
        detail="Sizes 36-45",
    ),
    "zh": Card(
        handle="s", number=1, title="海港帆布鞋", price="$59.00", compare_at="$75.00", detail="42码售罄"
    ),
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_label_card_and_question_are_read(language: str, tmp_path: Path) -> None:
    text = label_text([language], ["AI"])
    plan = layout(720, 1280, label_lines(text))
    label = draw_label(LabelSpec(text), plan)
    asks = {"en": ("Alice", "Do they run small?"), "zh": ("小林", "偏小吗？我平时穿41码。")}[language]
    question, card = (
        render_question(*asks, language, plan),
        render_card(SHOES[language], None, language, plan),
    )
    picture = composed(plan, [question, card], label.overlay)
    assert same(text.replace("·", "")) in read(picture, box(label.overlay), language, tmp_path, True).replace(
        "·", ""
    )
    seen = read(picture, beside(plan), language, tmp_path)
    assert same(SHOES[language].title) in seen
    assert "$59.00" in seen
    seen = read(picture, box(question), language, tmp_path)
    assert {"en": "runsmaII", "zh": "偏小"}[language] in seen
    assert asks[0].replace("l", "I") in seen


def beside(plan: Layout) -> Rect:
    """The card without its picture."""
    return Rect(plan.card.x + 220, plan.card.y + 8, plan.card.w - 232, plan.card.h - 16)


@pytest.mark.parametrize(("language", "words"), [("en", "SoIdout"), ("zh", "售")])
def test_sold_out_is_read(language: str, words: str, tmp_path: Path) -> None:
    plan = layout(720, 1280)
    label = draw_label(LabelSpec(label_text([language], [])), plan)
    picture = composed(
        plan,
        [render_card(SHOES[language].model_copy(update={"sold_out": True}), None, language, plan)],
        label.overlay,
    )
    coral = (np.abs(picture.astype(int) - np.array(colour.CORAL)).max(-1) <= 6).any(0)
    cols = np.flatnonzero(coral)
    pill = Rect(int(cols[0]) + 14, plan.card.y + 95, int(cols[-1] - cols[0]) - 28, 36)
    assert words in read(picture, pill, language, tmp_path, True)


def test_both_languages_of_a_label_are_read(tmp_path: Path) -> None:
    text = label_text(["en"], ["人工智能|AI", "生成|合成"])
    plan = layout(720, 1280, label_lines(text))
    label = draw_label(LabelSpec(text), plan).overlay
    seen = read(composed(plan, [], label), box(label), "zh", tmp_path, True)
    assert "AI-generated" in seen and "AI生成" in seen


@pytest.mark.parametrize(
    ("language", "line", "words"),
    [
        (
            "en",
            "The Harbor Canvas Sneakers: now fifty-nine dollars.",
            ("Harbor", "Canvas", "Sneakers", "nine", "doII"),
        ),
        ("zh", "海港帆布鞋，原价七十五，现在五十九美元。", ("海港帆布鞋", "五十九美元")),
    ],
)
def test_captions_are_read(language: str, line: str, words: tuple[str, ...], tmp_path: Path) -> None:
    plan = layout(720, 1280)
    captions = CaptionTrack(line, language, (), plan)
    captions.speak([Word(line, 0.0, 1.0, 0, len(line))], 0.0)
    captions.prepare(0.0)
    overlay = captions.at(0.5)
    assert overlay is not None
    picture = composed(plan, [overlay], draw_label(LabelSpec(label_text([language], [])), plan).overlay)
    # the reader wants one ground behind the words: only what is as light as they are stays
    light = np.where(picture.min(-1, keepdims=True) > 240, 255, 60).astype(np.uint8).repeat(3, -1)
    seen = read(light, plan.caption, language, tmp_path, True)
    assert all(word in seen for word in words), seen


@pytest.mark.parametrize(("language", "word"), [("en", "rightback"), ("zh", "马上回来")])
def test_the_hold_slate_is_read(language: str, word: str, tmp_path: Path) -> None:
    plan = layout(720, 1280)
    wall, work = stage(720, 1280), WorkFrame(720, 1280)
    label = draw_label(LabelSpec(label_text([language], [])), plan).overlay
    slate = render_hold(wall, "Corner Shop", language, plan)
    Compositor(720, 1280, wall).compose(work, None, (), label, slate)
    picture = colour.rgb_of(work.y, work.u, work.v)
    assert word in read(picture, Rect(70, 450, 580, 300), language, tmp_path)
    assert "AI" in read(picture, box(label), language, tmp_path, True)
