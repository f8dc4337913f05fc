"""Alignment, masks and mouth vectors, on points that are made up."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.clone.aligned import closed_mouth, crop, geometry, mouth_box, mouth_space, similarity, soft_mask
from persona.clone.prepared import PointNames, Span

NAMES = PointNames(lips=tuple(range(8)), jaw=(8, 9, 10), upper=2, lower=6, left=0, right=4)
FACE = np.array([[-30, -40], [30, -40], [0, -20], [0, 0], [-12, 4], [12, 4]], np.float32)
REST = np.array(
    [
        [-20, 20],
        [-10, 16],
        [0, 18],
        [10, 16],
        [20, 20],
        [10, 24],
        [0, 22],
        [-10, 24],
        [-40, 40],
        [0, 55],
        [40, 40],
    ],
    np.float32,
)


def turned(points: np.ndarray, angle: float, scale: float, x: float, y: float) -> np.ndarray:
    c, s = np.cos(angle) * scale, np.sin(angle) * scale
    return points @ np.array([[c, s], [-s, c]]) + (x, y)


def speaking(n: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """rigid, mouth, opening of a head that sways while its mouth opens and shuts."""
    rigid, mouth, opening = [], [], []
    for k in range(n):
        o = 8 * (1 + np.sin(k / 3))
        lips = REST.copy()
        lips[[5, 6, 7], 1] += o
        lips[8:, 1] += 0.8 * o
        pose = (0.05 * np.sin(k / 9), 1 + 0.02 * np.cos(k / 11), 200 + 5 * np.sin(k / 7), 150 + k / 20)
        rigid.append(turned(FACE, *pose))
        mouth.append(turned(lips, *pose))
        opening.append(o)
    return np.array(rigid, np.float32), np.array(mouth, np.float32), np.array(opening)


@settings(max_examples=60, deadline=None)
@given(angle=st.floats(-3, 3), scale=st.floats(0.2, 5), x=st.floats(-500, 500), y=st.floats(-500, 500))
def test_a_similarity_is_found_again(angle, scale, x, y):
    source = FACE.astype(np.float64)
    target = turned(source, angle, scale, x, y)
    found = similarity(source, target)
    assert np.allclose(source @ found[:, :2].T + found[:, 2], target, atol=1e-6)


def test_a_mirror_image_is_never_taken_for_a_turn():
    flipped = FACE * (-1, 1)
    assert np.linalg.det(similarity(FACE.astype(np.float64), flipped.astype(np.float64))[:, :2]) > 0


def test_the_head_stands_still_in_the_crop_while_the_mouth_moves():
    rigid, mouth, opening = speaking()
    found = geometry(rigid, mouth, NAMES, 128, 48)
    still = np.einsum("nij,npj->npi", found.matrices[:, :, :2], rigid) + found.matrices[:, None, :, 2]
    assert still[5:-5].std(axis=0).max() < 0.5, "pixels of the crop"
    gap = found.points[:, 6, 1] - found.points[:, 2, 1]
    assert np.corrcoef(gap, opening)[0, 1] > 0.999


def test_the_masks_hold_the_mouth_and_the_chin_and_not_the_nose():
    rigid, mouth, _ = speaking()
    found = geometry(rigid, mouth, NAMES, 128, 48)
    lips = found.points[:48, list(NAMES.lips)].reshape(-1, 2).round().astype(int)
    chin = found.points[:48, 9].round().astype(int)
    assert (found.hard[lips[:, 1], lips[:, 0]] == 255).all()
    assert (found.hard[chin[:, 1], chin[:, 0]] == 255).all()
    nose = np.einsum("nij,npj->npi", found.matrices[:, :, :2], rigid) + found.matrices[:, None, :, 2]
    at = nose[0, 3].round().astype(int)
    assert found.hard[at[1], at[0]] == 0
    assert (
        found.hard[0].max() == found.hard[-1].max() == found.hard[:, 0].max() == found.hard[:, -1].max() == 0
    )
    assert (found.soft[found.hard == 0] == 0).all() and found.soft.max() == 255
    rows, columns = mouth_box(found.points, NAMES, 128, 48)
    assert rows.start <= lips[:, 1].min() and columns.stop >= lips[:, 0].max()


def test_held_out_frames_change_no_mask():
    rigid, mouth, _ = speaking()
    wild = mouth.copy()
    wild[48:, 9, 1] += 40
    a, b = (geometry(rigid, m, NAMES, 128, 48) for m in (mouth, wild))
    assert np.array_equal(a.hard, b.hard) and np.array_equal(a.matrices, b.matrices)


def test_a_soft_mask_never_leaves_the_hard_one():
    hard = np.zeros((64, 64), np.uint8)
    cv2.circle(hard, (32, 32), 20, 255, -1)
    soft = soft_mask(hard)
    assert (soft[hard == 0] == 0).all() and soft[32, 32] == 255 and 0 < soft[32, 15] < 255


@pytest.mark.parametrize("scale", [0.4, 0.5, 1.0, 1.7])
def test_a_crop_shows_what_its_matrix_says(scale):
    """A smooth picture sampled anywhere: the crop holds its values at the matrix's places."""
    x, y = np.meshgrid(np.arange(160), np.arange(160))
    frame = np.stack([x + 40, y + 40, (x + y) / 2 + 40], axis=-1).astype(np.uint8)
    matrix = np.array([[scale, 0, -20 * scale], [0, scale, -30 * scale]], np.float32)
    got = crop(frame, matrix, 32)
    at = np.arange(4, 28)
    assert np.abs(got[16, at, 0] - (at / scale + 20 + 40)).max() < 1.5
    assert np.abs(got[at, 16, 1] - (at / scale + 30 + 40)).max() < 1.5


def test_mouth_vectors_give_the_points_back():
    rigid, mouth, opening = speaking()
    found = geometry(rigid, mouth, NAMES, 128, 48)
    space = mouth_space(found.points, 48)
    vectors = space.encode(found.points)
    assert np.abs(space.decode(vectors) - found.points).max() < 0.5
    assert np.allclose(vectors[:48].std(axis=0), 1, atol=0.05)
    closed = closed_mouth(vectors, opening, (Span(first=0, past=60),), 48)
    resting = space.decode(closed[None])[0]
    assert resting[6, 1] - resting[2, 1] < np.percentile(found.points[:, 6, 1] - found.points[:, 2, 1], 12)
