"""Wav2Lip over an opened clone. Real weights cannot be had here: a stand-in for the network, of its inputs
and outputs, holds places, masks and seams; tests/persona/clone/wav2lip holds the network's own shape.
"""

import cv2
import numpy as np
import pytest

from persona.clone.facing import SIZE, FaceClone, face_matrix, to_rgb
from persona.clone.neural.assets import Assets
from persona.clone.neural.reel import open_neural_reel
from persona.clone.wav2lip.mel import BANDS, RATE, WINDOW, filters, mel, windows
from persona.clone.wav2lip.painter import Wav2LipPainter
from persona.speech import SPEECH_RATE, Phone, Speech


class Net:
    """Gives the face back as it was shown, whole, its mouth tinted; keeps what it was shown."""

    def __init__(self, tint=0.0):
        self.tint, self.sounds, self.faces = tint, [], []

    def __call__(self, sound, face):
        self.sounds.append(sound)
        self.faces.append(face)
        return np.clip(face[:, 3:] + self.tint, 0, 1)


@pytest.fixture(scope="module")
def folder(opened):
    return opened.parent


def over(folder, net):
    assets = Assets.from_bytes((folder / "assets.npz").read_bytes())
    return FaceClone(open_neural_reel(folder), assets, Wav2LipPainter(net))


def speech(seconds=0.6):
    tone = 0.2 * np.sin(2 * np.pi * 220 * np.arange(round(seconds * SPEECH_RATE)) / SPEECH_RATE)
    return Speech("", 0, True, "", "en", 0, 0, tone.astype(np.float32), (), (Phone("a", 0.0, seconds),))


def test_the_network_is_shown_the_face_with_its_lower_half_hidden_and_a_fifth_of_a_second(folder):
    net = Net()
    clone = over(folder, net)
    patches = list(clone.render(speech(), 3))
    assert len(patches) == 15 == len(net.faces)
    assert [p.base for p in patches] == [(3 + k) % clone.reel.length for k in range(15)]
    face, sound = net.faces[0], net.sounds[0]
    assert face.shape == (1, 6, SIZE, SIZE) and face.dtype == np.float32 and sound.shape == (1, 1, 80, 16)
    assert (face[:, :3, SIZE // 2 :] == 0).all() and np.array_equal(
        face[:, :3, : SIZE // 2], face[:, 3:, : SIZE // 2]
    )
    assert 0 <= face.min() and face.max() <= 1 and face[:, 3:].std() > 0.1


def test_a_face_given_back_as_it_is_leaves_the_picture_as_it_is(folder):
    clone = over(folder, Net())
    for patch in clone.render(speech(), 0):
        (part,) = patch.rects
        still = clone.reel.still(patch.base, part.rect)
        for new, old in zip((part.y, part.u, part.v), still, strict=True):
            assert np.abs(new.astype(int) - old).mean() < 1.5  # what 256 pixels and back cost


def test_only_the_mouth_is_painted_and_it_eases_in_and_out(folder):
    clone = over(folder, Net(tint=0.3))
    reel, changed = clone.reel, []
    for patch in clone.render(speech(), 0):
        (part,) = patch.rects
        still = reel.still(patch.base, part.rect)[0]
        difference = np.abs(part.y.astype(int) - still)
        changed.append(difference.mean())
        border = np.concatenate([difference[0], difference[-1], difference[:, 0], difference[:, -1]])
        assert border.max() <= 3
    assert changed[0] < changed[1] < changed[2] and changed[-1] < changed[-2] < changed[-3]
    assert clone.rest(0).rects == ()


def test_where_the_face_lies_over_the_crop():
    side = 96
    corners = cv2.transform(
        np.array([[[0.5 * side, 0.97 * side], [0.045 * side, 0.5 * side]]]), face_matrix(side)
    )[0]
    assert corners[0] == pytest.approx((SIZE / 2, SIZE)) and corners[1][0] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("rgb", "yuv"), [((255, 255, 255), (235, 128, 128)), ((255, 0, 0), (63, 102, 240))])
def test_bt709_of_white_and_red(rgb, yuv):
    y, u, v = (np.full((4, 4) if k == 0 else (2, 2), value, np.uint8) for k, value in enumerate(yuv))
    np.testing.assert_allclose(to_rgb(y, u, v)[1, 1] * 255, rgb, atol=1.6)


class TestMel:
    def test_bands_and_rate(self):
        sound = np.zeros(RATE, np.float32)
        heard = mel(sound)
        assert heard.shape == (BANDS, 81) and (heard == -4).all()
        assert windows(sound, 25, 25).shape == (25, 1, BANDS, WINDOW)

    def test_a_tone_is_in_its_band(self):
        t = np.arange(RATE) / RATE
        bank = filters()
        for hertz in (300, 1000, 3000):
            heard = mel((0.5 * np.sin(2 * np.pi * hertz * t)).astype(np.float32))
            band = int(heard[:, 40].argmax())
            assert band == int(bank[:, round(hertz / 20)].argmax())

    def test_triangles_have_slaney_s_area(self):
        widths = filters().sum(axis=1) * 20  # of 20 Hz bins; the narrow ones fall between them
        np.testing.assert_allclose(widths[40:], 1.0, atol=0.05)

    def test_each_picture_hears_from_its_own_moment_on(self):
        sound = np.zeros(RATE, np.float32)
        sound[RATE // 2 :] = 0.3 * np.random.default_rng(0).standard_normal(RATE - RATE // 2)
        heard = windows(sound, 25, 25)
        first = next(k for k in range(25) if heard[k].max() > 0)
        assert first == pytest.approx((0.5 - 0.2) * 25, abs=1.01)
        assert (heard[-1, 0, :, -1] == -4).all()  # past the end it is silent
