"""The soak's receiver: a picture that stands is told from a host at rest, after the encoder."""

from collections.abc import Iterator
from itertools import pairwise

import av
import numpy as np
import pytest

from bench.soak.receiver import Stillness
from bot.stage.encoder import Encoder, EncoderSettings
from bot.stage.picture import WorkFrame, view_of

W, H = 240, 320
RNG = np.random.default_rng(5)
STAGE = np.kron(RNG.integers(60, 200, (H // 8, W // 8), np.uint8), np.ones((8, 8), np.uint8))


def decoded(shifts: list[int]) -> Iterator[np.ndarray]:
    """Luma of a stage whose middle is moved sideways by so many pixels, tick by tick."""
    encoder = Encoder(W, H, 25, EncoderSettings(video_kbps=600))
    work, decoder = WorkFrame(W, H), av.CodecContext.create("h264", "r")
    work.u[:], work.v[:] = 128, 128
    for n, shift in enumerate(shifts):
        work.y[:] = STAGE
        work.y[100:200, 60:180] = np.roll(STAGE, shift, 1)[100:200, 60:180]
        for packet in encoder.encode(n, work.frame, np.zeros((2, 1920), np.float32)):
            if packet.kind == "video":
                yield from (view_of(f.planes[0]) for f in decoder.decode(av.Packet(packet.data)))


def test_what_moves_a_little_never_stands_and_what_stands_is_timed() -> None:
    moving, still = list(range(60)), [59] * 40
    seen, stillness = [], Stillness()
    pictures = list(decoded(moving + still + moving))
    for luma in pictures:
        seen.append(stillness.look(luma))
    assert max(seen[:60]) <= 0.04
    assert seen[99] == pytest.approx(40 * 0.04, abs=0.3)
    assert max(seen[101:]) <= 0.04
    equal = [np.array_equal(a, b) for a, b in pairwise(pictures[60:100])]
    assert not all(equal), "equal pixels alone would not have told"
