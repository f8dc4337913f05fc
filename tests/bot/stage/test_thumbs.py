import os
from pathlib import Path

import numpy as np
from PIL import Image

from bot.stage import thumbs
from bot.stage.thumbs import thumb


def test_a_picture_without_a_background_is_fitted_in_whole(tmp_path: Path) -> None:
    image = Image.new("RGBA", (100, 50), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (10, 10, 90, 40))
    image.save(tmp_path / "a.webp", lossless=True)
    out = thumb(tmp_path / "a.webp", 40)
    assert out is not None and out.shape == (40, 40, 4)
    assert (out[:10, :, 3] == 0).all() and (out[18:22, 8:32, 3] == 255).all()


def test_a_photo_fills_the_square(tmp_path: Path) -> None:
    Image.new("RGB", (100, 50), (9, 99, 9)).save(tmp_path / "a.png")
    out = thumb(tmp_path / "a.png", 40)
    assert out is not None and (out[..., 3] == 255).all()


def test_what_cannot_be_read_is_none(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    whole = tmp_path / "whole.png"
    Image.effect_noise((64, 64), 50).save(whole)
    (tmp_path / "cut.png").write_bytes(whole.read_bytes()[:900])
    assert thumb(tmp_path / "a.png", 40) is None
    assert thumb(tmp_path / "cut.png", 40) is None
    assert thumb(tmp_path / "absent.png", 40) is None
    assert thumb(tmp_path, 40) is None
    monkeypatch.setattr(thumbs, "LARGEST", 1000)
    assert thumb(whole, 41) is None


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (10, 10), (255, 0, 0)).save(path)
    first = thumb(path, 20)
    assert thumb(path, 20) is first
    Image.new("RGB", (10, 10), (0, 0, 255)).save(path)
    os.utime(path, ns=(1, 1))
    second = thumb(path, 20)
    assert first is not None and second is not None
    assert not np.array_equal(first, second)
