import itertools
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from bot.commands.clone import FPS, app, sample_speech
from persona.clone.visemes import CLASSES, weights_of
from products.errors import ContentError, SetupError


def run(folder: Path, *more: str) -> None:
    size = ["--width", "180", "--height", "320", "--cache", str(folder / "reels")]
    result = CliRunner().invoke(app, ["preview", *size, *more], catch_exceptions=False)
    assert result.exit_code == 0, result.output


def test_the_sample_sentence_visits_every_mouth_shape() -> None:
    spoken = {CLASSES[int(w.argmax())] for p in sample_speech().phones for _, w in weights_of(p.symbol)}
    assert spoken == set(CLASSES)


def test_a_film_shows_the_host_moving(tmp_path: Path) -> None:
    out = tmp_path / "host.mp4"
    run(tmp_path, "--look", "tom", "--out", str(out))
    with av.open(str(out)) as film:
        stream = film.streams.video[0]
        frames = [frame.to_ndarray(format="gray") for frame in film.decode(stream)]
        assert (stream.width, stream.height, stream.average_rate) == (180, 320, FPS)
        assert stream.codec_context.colorspace == 1
    assert len(frames) >= 8 * FPS
    mouth = np.s_[125:160, 62:108]  # of a picture 180 px wide
    steps = np.array([np.abs(b[mouth].astype(int) - a[mouth]).mean() for a, b in itertools.pairwise(frames)])
    speaking, idle = steps[FPS : FPS + 35], steps[: FPS - 5]
    assert np.mean(speaking) > 3 * np.mean(idle) > 0


def test_a_picture_shows_mouths_and_moments(tmp_path: Path) -> None:
    out = tmp_path / "host.png"
    run(tmp_path, "--out", str(out))
    with Image.open(out) as sheet:
        assert sheet.width == 5 * 95 and sheet.height == 4 * 125
        tiles = {
            sheet.crop((k % 5 * 95, k // 5 * 125 + 20, k % 5 * 95 + 95, k // 5 * 125 + 125)).tobytes()
            for k in range(20)
        }
    assert len(tiles) == 20


def test_wrong_wishes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="mp4"):
        run(tmp_path, "--out", str(tmp_path / "host.gif"))
    with pytest.raises(ContentError, match="mei, tom"):
        run(tmp_path, "--look", "nobody", "--out", str(tmp_path / "host.png"))
