"""MuseTalk as a painter, around stand-ins for its three networks: what each is given, in which order and
shape. The networks themselves need weights that cannot be had here.
"""

import numpy as np
import pytest

from persona.clone.facing import RATE, SIZE
from persona.clone.musetalk.painter import LAYERS, WIDTH, MuseTalkPainter, TorchNets, places
from products.errors import SetupError


class Nets:
    """Hears the number of the moment; codes a face by its mean colours; draws what it was told."""

    def __init__(self):
        self.heard, self.coded, self.drawn = [], [], []

    def listen(self, sound):
        self.heard.append(len(sound))
        moments = np.arange(1, 1 + 1500, dtype=np.float32)  # Whisper always gives 30 s
        return np.broadcast_to(moments[:, None, None], (1500, LAYERS, WIDTH)).copy()

    def code(self, face):
        self.coded.append(face)
        return np.full((4, 32, 32), face.mean(), np.float32)

    def draw(self, latents, heard):
        self.drawn.append((latents, heard))
        return np.full((SIZE, SIZE, 3), 1.5, np.float32)


def test_each_picture_hears_ten_moments_around_it():
    nets = Nets()
    heard = MuseTalkPainter(nets).hear(np.zeros(2 * RATE, np.float32), 50, 25)
    assert len(heard) == 50 and all(h.shape == (50, WIDTH) for h in heard)
    moments = [np.round(h - places(50))[::LAYERS, 0].astype(int).tolist() for h in heard]
    assert moments[10] == list(range(17, 27))  # picture 10 is at moment 20, counted from 1: 21
    assert moments[0] == [0, 0, 0, 0, 1, 2, 3, 4, 5, 6]
    assert moments[-1] == [95, 96, 97, 98, 99, 100, 0, 0, 0, 0]


def test_long_speech_is_heard_in_pieces_that_join():
    nets = Nets()
    heard = MuseTalkPainter(nets).hear(np.zeros(40 * RATE, np.float32), 1000, 25)
    assert nets.heard == [30 * RATE, 10 * RATE] and len(heard) == 1000
    joined = np.round(heard[750] - places(50))[::LAYERS, 0].astype(int).tolist()
    assert joined == [1497, 1498, 1499, 1500, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(("seconds", "count"), [(0.0, 0), (0.013, 1), (0.5, 13)])
def test_short_speech_has_a_row_for_each_picture(seconds, count):
    heard = MuseTalkPainter(Nets()).hear(np.zeros(round(seconds * RATE), np.float32), count, 25)
    assert [h.shape for h in heard] == [(50, WIDTH)] * count


def test_a_face_is_coded_once_half_hidden_and_whole_and_drawn_with_what_is_heard():
    nets = Nets()
    painter = MuseTalkPainter(nets)
    face = np.full((SIZE, SIZE, 3), 0.5, np.float32)
    heard = np.zeros((50, WIDTH), np.float32)
    for _ in range(2):
        painted = painter.paint(heard, face, 7)
    assert len(nets.coded) == 2 and len(nets.drawn) == 2
    assert (nets.coded[0][SIZE // 2 :] == 0).all() and (nets.coded[0][: SIZE // 2] == 0.5).all()
    latents, told = nets.drawn[0]
    assert latents.shape == (8, 32, 32) and latents[0, 0, 0] == 0.25 and latents[4, 0, 0] == 0.5
    assert told is heard and painted.shape == (SIZE, SIZE, 3) and painted.max() == 1.0
    painter.paint(heard, face, 8)
    assert len(nets.coded) == 4


def test_places_are_the_usual_waves():
    waves = places(50)
    assert waves.shape == (50, WIDTH) and waves[0, 0] == 0 and waves[0, 1] == 1
    assert waves[3, 0] == pytest.approx(np.sin(3)) and waves[3, 1] == pytest.approx(np.cos(3))
    assert waves[7, 383] == pytest.approx(np.cos(7 * 10_000 ** (-382 / 384)), abs=1e-6)


def test_a_folder_that_is_not_whole_is_told_by_name(tmp_path):
    (tmp_path / "unet.pth").write_bytes(b"x")
    with pytest.raises(
        SetupError, match=r"musetalk\.json, sd-vae/config\.json, whisper/config\.json missing"
    ):
        TorchNets(tmp_path)
