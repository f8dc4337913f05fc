"""The watermark: one level, under the label alone, read back after two lossy encodes and in other sizes."""

from collections.abc import Iterator

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.stage.watermark import LONG, SHORT, Watermark, code_of, pattern, public_pattern, unsealed
from bot.stage.watermark_reader import FOUND, Reading, WatermarkReader, turned

FPS = 10
CODE = code_of("corner-evening")


def host(n: int, width: int, height: int) -> np.ndarray:
    """Luma of a picture that lives: a still room with texture, somebody who sways and speaks."""
    rng = np.random.default_rng(5)
    room = cv2.GaussianBlur(rng.integers(40, 200, (height, width)).astype(np.float32), (0, 0), 3)
    x, y = width / 2 + 0.02 * width * np.sin(n / 9), height * 0.45
    cv2.ellipse(room, ((x, y), (width * 0.4, height * 0.4), 4 * np.sin(n / 17)), 190, -1)
    cv2.ellipse(
        room, ((x, y + height * 0.1), (width * 0.1, height * 0.02 * (2 + np.sin(n * 1.3))), 0), 60, -1
    )
    return room.astype(np.uint8)


def shown(seconds: float, size: tuple[int, int], watermark: Watermark | None) -> Iterator[np.ndarray]:
    for n in range(int(seconds * FPS)):
        luma = host(n, *size)
        yield luma if watermark is None else cv2.add(luma, watermark.at(n).luma)


def sent(pictures: Iterator[np.ndarray], kbps: int) -> list[np.ndarray]:
    """After libx264 at this rate; luma in, luma out."""
    encoder = decoder = None
    out: list[np.ndarray] = []
    for n, luma in enumerate(pictures):
        height, width = luma.shape
        if encoder is None:
            encoder = av.CodecContext.create("libx264", "w")
            encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
            encoder.bit_rate, encoder.framerate, encoder.gop_size = kbps * 1000, FPS, 2 * FPS
            encoder.options = {"preset": "superfast", "tune": "zerolatency"}
            decoder = av.CodecContext.create("h264", "r")
        frame = av.VideoFrame.from_ndarray(np.full((height * 3 // 2, width), 128, np.uint8), "yuv420p")
        plane = np.frombuffer(frame.planes[0], np.uint8).reshape(height, frame.planes[0].line_size)
        plane[:, :width] = luma
        frame.pts = n
        for packet in encoder.encode(frame):
            out += [f.to_ndarray()[:height] for f in decoder.decode(packet)]
    return out


def read(pictures: Iterator[np.ndarray] | list[np.ndarray], begin: float = 0.0, fps: float = FPS) -> Reading:
    reader = WatermarkReader(60.0)
    for n, luma in enumerate(pictures):
        reader.look(luma, begin + n / fps)
    reading = reader.read()
    assert reading is not None
    return reading


@given(st.integers(0, 2**24 - 1))
def test_a_code_is_read_only_with_its_own_check(code: int) -> None:
    grid = pattern(code).reshape(-1)
    assert (grid[::2] == public_pattern()[::2]).all(), "half of it is the same in every stream"
    word = sum(int((grid ^ public_pattern())[1 + 2 * j]) << j for j in range(32))
    assert unsealed(word) == code
    assert all(unsealed(word ^ 1 << bit) != code for bit in range(32))


def test_it_is_one_level_of_half_of_the_picture_and_turns_over_each_two_seconds() -> None:
    watermark = Watermark(720, 1280, 25, CODE)
    first, second = watermark.at(0).luma, watermark.at(50).luma
    assert first.shape == (1280, 720) and {*np.unique(first)} == {0, 1}
    assert (first + second == 1).all()
    assert 0.45 < first.mean() < 0.55
    assert [watermark.at(n).key for n in (0, 49, 100)] == [watermark.at(0).key] * 3
    assert watermark.at(50).key == watermark.at(99).key != watermark.at(0).key


@pytest.mark.parametrize("size", [(180, 320), (320, 180), (90, 160)])
def test_it_is_read_with_its_code_where_it_is_and_not_where_it_is_not(size: tuple[int, int]) -> None:
    marked = read(shown(12, size, Watermark(*size, FPS, CODE)))
    assert marked.found and marked.score > 2 * FOUND and marked.code == CODE
    plain = read(shown(12, size, None))
    assert not plain.found and plain.code is None and plain.score < 5


def test_it_outlives_two_encodes_a_smaller_picture_and_half_the_pictures() -> None:
    once = sent(shown(12, (360, 640), Watermark(360, 640, FPS, CODE)), 700)
    smaller = [cv2.resize(luma, (270, 480), interpolation=cv2.INTER_AREA) for luma in once[::2]]
    reading = read(sent(iter(smaller), 300), fps=FPS / 2)
    assert reading.found and reading.code == CODE


@pytest.mark.parametrize("begin", [0.7, 31.48])
def test_who_joins_in_the_middle_reads_it_too(begin: float) -> None:
    pictures = list(shown(14, (180, 320), Watermark(180, 320, FPS, CODE)))[13:]
    reading = read(pictures, begin)
    assert reading.found and reading.code == CODE


def test_by_chance_it_is_never_found() -> None:
    """2,000 patterns that nobody laid over the pictures, each at 25 beginnings: the greatest stays far below
    (`python -m bench watermark` tries 200,000 on a film).
    """
    rng = np.random.default_rng(3)
    looks = rng.normal(0, 1, (60, LONG * SHORT)).astype(np.float32)
    looks[:, 900:1100] += np.cumsum(rng.normal(0, 3, (60, 1)), axis=0)  # a host who moves
    sums = turned(np.arange(60) / 5, looks)
    patterns = np.where(rng.random((LONG * SHORT, 2000)) < 0.5, np.float32(1), np.float32(-1))
    worst = float(np.abs(sums @ patterns / np.sqrt((sums**2).sum(1, keepdims=True))).max())
    assert 3 < worst < FOUND - 0.7


def test_less_than_two_turns_say_nothing() -> None:
    reader = WatermarkReader()
    for n in range(40):
        assert reader.look(host(n, 90, 160), n / 10.1) is None
    assert reader.read() is None
