import numpy as np

from persona.clone import motion

FPS = 25
HOURS = 40 * 60 * FPS


def starts(seed: int) -> np.ndarray:
    return np.array([n for n in range(HOURS) if motion.lid(n, FPS, seed) == 1])


def test_blinks_come_every_two_to_six_seconds_and_last_five_frames() -> None:
    for seed in (1, 7):
        first = starts(seed)
        gaps = np.diff(first) / FPS
        assert gaps.min() >= 2 and gaps.max() <= 6
        assert 3.5 < gaps.mean() < 4.5 and gaps.std() > 0.5
        for n in first[:50]:
            assert [motion.lid(n + k, FPS, seed) for k in range(6)] == [1, 2, 3, 4, 5, 0]


def test_gaze_shifts_every_one_to_three_seconds_within_three_frames() -> None:
    states = [motion.gaze(n, FPS, 3) for n in range(HOURS)]
    targets = np.array([t for *_, t in states])
    xy = np.array([(x, y) for x, y, _ in states])
    assert np.abs(xy[:, 0]).max() <= 7 and np.abs(xy[:, 1]).max() <= 4
    moving = np.flatnonzero(np.abs(np.diff(xy, axis=0)).sum(axis=1) > 0)
    begins = moving[np.diff(moving, prepend=-10) > 3]
    assert np.diff(begins).min() >= FPS - 1
    for n in begins[:100]:
        assert (xy[n + 3] == motion.GAZES[targets[n + 3]]).all()
    assert (targets == 0).mean() < 0.9 and (np.abs(xy).sum(axis=1) == 0).mean() > 0.25


def test_life_is_a_function_of_the_tick_alone() -> None:
    order = np.random.default_rng(5).permutation(2000)
    forward = {n: (motion.lid(n, FPS, 9), motion.gaze(n, FPS, 9)) for n in range(2000)}
    assert all((motion.lid(int(n), FPS, 9), motion.gaze(int(n), FPS, 9)) == forward[int(n)] for n in order)
    assert any(forward[n] != (motion.lid(n, FPS, 10), motion.gaze(n, FPS, 10)) for n in range(200))


def test_the_head_sways_by_less_than_a_hundredth_of_its_size_and_the_shoulders_breathe() -> None:
    eyes = np.array([338, 430, 1.0])
    shoulder = np.array([338, 766, 1.0])
    places = np.array([motion.pose(i, 200, FPS).head @ eyes for i in range(200)])
    rise = np.array([motion.pose(i, 200, FPS).body @ shoulder for i in range(200)])[:, 1]
    assert 1 < np.ptp(places[:, 0]) and np.abs(places[:, :2] - eyes[:2]).max() < 0.01 * 720
    assert 2 <= np.ptp(rise) <= 3
    peaks = [i for i in range(200) if rise[i] < rise[i - 1] and rise[i] <= rise[(i + 1) % 200]]
    assert len(peaks) == 2  # 0.25 Hz in 8 s


def test_the_neck_joins_head_and_body() -> None:
    for i in (0, 33, 150):
        pose = motion.pose(i, 200, FPS)
        foot, top = np.array([338, motion.NECK_BOTTOM, 1]), np.array([338, motion.NECK_TOP, 1])
        assert np.allclose(pose.neck @ foot, pose.body @ foot) and np.allclose(
            pose.neck @ top, pose.head @ top
        )


def test_the_loop_closes() -> None:
    steps = [
        np.abs(motion.pose(i + 1, 200, FPS).head - motion.pose(i, 200, FPS).head).max() for i in range(200)
    ]
    assert steps[199] <= np.percentile(steps, 95) * 1.2
    assert np.array_equal(motion.pose(200, 200, FPS).hair, motion.pose(0, 200, FPS).hair)
