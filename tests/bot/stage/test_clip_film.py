"""A clip made ready: the show's size and rate, in step, at its loudness; what cannot be used is told."""

import shutil

import av
import numpy as np
import pyloudnorm
import pytest
from clip_films import film_clip

from bot.stage.blend import Planes
from bot.stage.clip_film import at_show_loudness, looked_at, placed, prepare, prepared
from bot.stage.limiter import between
from products.errors import ContentError

W, H = 240, 320


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return film_clip(tmp_path_factory.mktemp("film") / "pour.mp4")


@pytest.fixture(scope="module")
def made(source, tmp_path_factory):
    return prepare(
        source, tmp_path_factory.mktemp("made") / "clip", W, H, own_sound=True, progress=lambda done: None
    )


def test_it_has_the_show_s_size_and_rate_and_lies_there_whole(made) -> None:
    with av.open(str(made.film)) as film:
        frames = list(film.decode(video=0))
    assert {(f.width, f.height, f.format.name) for f in frames} == {(W, H, "yuv420p")}
    assert len(frames) == made.ticks == 60
    assert [round(float(f.time) * 25) for f in frames] == list(range(60))
    assert prepared(made.film.parent) == made
    assert [p.name for p in made.film.parent.parent.iterdir()] == ["clip"]  # nothing is left beside it


def test_picture_and_sound_are_what_was_filmed(made) -> None:
    with av.open(str(made.film)) as film:
        luma = [f.to_ndarray()[:H] for f in film.decode(video=0)]
    bright = [int(np.flatnonzero(y[H // 2] > 160)[0]) for y in luma]
    assert bright[0] <= 4 and abs(bright[30] - 90) <= 5 and bright == sorted(bright)
    pcm = np.load(made.sound)
    assert pcm.dtype == np.int16 and pcm.shape == (60 * 1920, 2)
    sound = pcm.T.astype(np.float32) / 32767
    peak = float(between(sound).max())
    assert peak <= 10 ** (-1.5 / 20)
    assert abs(pyloudnorm.Meter(48_000).integrated_loudness(sound.T) - -16) <= 0.6
    assert abs(sound[:, 0]).max() < 1e-3 and abs(sound[:, -1]).max() < 1e-3


def test_loud_peaks_are_held_and_next_to_nothing_is_not_raised_to_noise() -> None:
    rng = np.random.default_rng(1)
    clicks = (0.02 * rng.standard_normal((2, 96_000))).astype(np.float32)
    clicks[:, ::9600] = 0.9
    held = at_show_loudness(clicks, "clicks")
    assert held.shape == clicks.shape and float(between(held).max()) <= 10 ** (-1.5 / 20)
    with pytest.raises(ContentError, match="next to nothing"):
        at_show_loudness(clicks * np.float32(1e-4), "hush")


def test_another_shape_stands_whole_over_its_own_blur() -> None:
    y = np.full((90, 160), 40, np.uint8)
    y[:, :8], y[:, -8:] = 230, 230  # what stands at its edges must still be there
    out = placed(Planes(y, *(np.full((45, 80), 128, np.uint8),) * 2), 72, 128)
    assert out.y.shape == (128, 72) and out.u.shape == (64, 36)
    middle = out.y[64]
    assert middle[0] > 200 and middle[-1] > 200 and middle[36] < 60
    alike = placed(Planes(y, *(np.full((45, 80), 128, np.uint8),) * 2), 144, 90)
    assert alike.y.shape == (90, 144) and (alike.y[0] == 40).mean() > 0.85  # cropped: it fills the picture


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"seconds": 1.2}, "a clip needs 2"),
        ({"seconds": 62, "fps": 2, "sound": False}, "60 at most"),
        ({"width": 320, "height": 240}, "short side needs 480"),
    ],
)
def test_too_short_too_long_too_small(tmp_path, changed, said) -> None:
    with pytest.raises(ContentError, match=said):
        looked_at(film_clip(tmp_path / "a.mp4", **changed))


def test_no_film_a_torn_film_and_one_without_sound(tmp_path, source) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("no film")
    with pytest.raises(ContentError, match=r"damaged|no film"):
        looked_at(text)
    torn = tmp_path / "torn.mp4"
    torn.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    with pytest.raises(ContentError, match="damaged"):
        looked_at(torn)
    mute = film_clip(tmp_path / "mute.mp4", sound=False)
    with pytest.raises(ContentError, match="holds no sound"):
        prepare(mute, tmp_path / "made", W, H, own_sound=True, progress=lambda done: None)
    assert list(tmp_path.glob("made*")) == [] and list(tmp_path.glob(".clip-*")) == []


def test_what_lies_there_in_part_is_made_again(made, tmp_path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made.film.parent, copy)
    assert prepared(copy) is not None
    (copy / "sound.npy").unlink()
    assert prepared(copy) is None and prepared(tmp_path / "nowhere") is None
