"""When a face is compared with the enrolled one, and what comes of it."""

from random import Random

import numpy as np
import pytest

from bot.console.likeness import EVERY_S, TAKEN, UNLIKE, Compared, Likeness

ENROLLED = np.eye(5, 8, dtype=np.float32) * 0.1


def near(by: float) -> np.ndarray:
    """A face that lies `by` from the first enrolled one, and further from the others."""
    face = ENROLLED[0].copy()
    face[7] = by
    return face


def sitting(seed: int = 1) -> Likeness:
    found = Likeness(Random(seed), limit=0.43)
    found.sits(ENROLLED)
    return found


@pytest.mark.parametrize("by, alike", [(0.0, True), (0.4299, True), (0.4301, False), (0.9, False)])
def test_the_limit_decides(by: float, alike: bool) -> None:
    likeness, verdict = sitting(), None
    for n in range(UNLIKE):
        verdict = likeness.compare(near(by), float(n))
    assert verdict is not None and verdict.alike is alike and likeness.alike is alike
    assert verdict.distance == pytest.approx(by, abs=1e-6)


def test_one_picture_never_accuses_and_is_looked_at_again_at_once() -> None:
    likeness = sitting()
    assert likeness.compare(near(0.9), 0.0) is None
    assert likeness.wants(0.0) and likeness.alike is None
    assert likeness.compare(near(0.1), 0.4) == Compared(True, pytest.approx(0.1), 0.43)
    assert likeness.compare(near(0.9), 200.0) is None  # the count began anew


def test_faces_are_compared_at_moments_that_nobody_can_foresee() -> None:
    gaps = []
    for seed in range(200):
        likeness = sitting(seed)
        assert likeness.wants(0.0)
        likeness.compare(near(0.1), 0.0)
        gaps.append(next(s for s in range(200) if likeness.wants(float(s))))
    low, high = EVERY_S
    assert min(gaps) >= low and max(gaps) <= high + 1
    assert len(set(gaps)) > 40


def test_who_is_unlike_is_looked_at_again_soon() -> None:
    likeness = sitting()
    for n in range(UNLIKE):
        likeness.compare(near(0.9), float(n))
    assert likeness.wants(UNLIKE + 2.0)
    verdict = likeness.compare(near(0.1), UNLIKE + 2.0)
    assert verdict is not None and verdict.alike


def test_nobody_is_compared_who_did_not_enrol() -> None:
    likeness = Likeness(Random(1), limit=0.43)
    assert not likeness.wants(1e9)
    assert likeness.compare(near(0.0), 0.0) is None


def test_an_enrolment_takes_faces_of_one_person_only() -> None:
    likeness = Likeness(Random(1), limit=0.43)
    for faces, whole in (
        ([near(0.05 * n) for n in range(TAKEN)], True),
        ([near(n) for n in range(TAKEN)], False),
    ):
        likeness.take()
        results = [likeness.taken(face) for face in faces]
        assert results[:-1] == [None] * (TAKEN - 1)
        assert (len(results[-1]) == TAKEN) is whole
        assert not likeness.taking


def test_the_log_says_what_was_seen_and_never_that_it_is_proved() -> None:
    said = Compared(False, 0.634, 0.43).words()
    assert said == "the face is not like the enrolled one (distance 0.63, limit 0.43)"
    assert "prove" not in said
