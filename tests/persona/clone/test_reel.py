import json
from pathlib import Path

import numpy as np
import pytest

from persona.clone import eyes, motion
from persona.clone.base import Rect
from persona.clone.reel import MOST_BYTES_A_PIXEL, SECONDS, VectorReel, _eyes, build_reel, open_reel
from products.errors import ContentError, SetupError


def test_the_loop_has_no_seam(reel: VectorReel) -> None:
    frames = [reel.frame(i)[0].astype(np.float64) for i in range(reel.length)]
    steps = [np.sqrt(np.mean((frames[(i + 1) % reel.length] - frames[i]) ** 2)) for i in range(reel.length)]
    assert steps[-1] <= 1.2 * np.percentile(steps[:-1], 95)
    assert max(steps) < 4 * np.median(steps)


def test_the_host_is_never_quite_still(reel: VectorReel) -> None:
    for i in range(0, reel.length, 5):
        change = np.abs(reel.frame(i + 5)[0].astype(int) - reel.frame(i)[0].astype(int))
        assert (change > 8).sum() > 100
    for i in range(reel.length):
        assert (reel.frame(i + 1)[0] != reel.frame(i)[0]).sum() > 1000, "each base frame is another picture"


def test_planes_fit_the_region_and_the_picture(reel: VectorReel) -> None:
    region, (w, h) = reel.region, reel.size
    assert all(v % 2 == 0 for v in (region.x, region.y, region.w, region.h))
    assert region.x >= 0 and region.y >= 0 and region.x + region.w <= w and region.y + region.h <= h
    assert [p.shape for p in reel.frame(3)] == [(region.h, region.w)] + [(region.h // 2, region.w // 2)] * 2
    assert [p.shape for p in reel.backdrop] == [(h, w), (h // 2, w // 2), (h // 2, w // 2)]
    y, u, v = reel.frame(0)
    assert y.min() >= 16 and y.max() <= 236 and u.max() <= 240 and v.max() <= 240
    assert reel.frame(reel.length)[0] is reel.frame(0)[0]


def test_base_frames_continue_the_backdrop(reel: VectorReel) -> None:
    """At the region's upper and side edges only background shows, so no rectangle is seen around the host."""
    r = reel.region
    for i in (0, 40, 77):
        for frame, still, k in zip(reel.frame(i), reel.backdrop, (1, 2, 2), strict=True):
            around = still[r.y // k : (r.y + r.h) // k, r.x // k : (r.x + r.w) // k]
            assert np.array_equal(frame[0], around[0])
            assert np.array_equal(frame[:, 0], around[:, 0]) and np.array_equal(frame[:, -1], around[:, -1])
            assert np.abs(frame[-1].astype(int) - around[-1].astype(int)).max() <= 1


def test_life_draws_inside_the_region_and_joins_without_a_seam(reel: VectorReel) -> None:
    r, seen = reel.region, 0
    for n in range(0, 3000, 7):
        for part in reel.life(n, n):
            rect = part.rect
            assert all(v % 2 == 0 for v in (rect.x, rect.y, rect.w, rect.h))
            assert part.y.shape == (rect.h, rect.w) and part.u.shape == part.v.shape == (
                rect.h // 2,
                rect.w // 2,
            )
            x, y = rect.x - r.x, rect.y - r.y
            assert x >= 0 and y >= 0 and x + rect.w <= r.w and y + rect.h <= r.h
            base = reel.frame(n)[0][y : y + rect.h, x : x + rect.w].astype(int)
            change = np.abs(base - part.y)
            edge = np.concatenate([change[0], change[-1], change[:, 0], change[:, -1]])
            assert edge.max() <= 3 and change.max() > 10
            seen += 1
    assert seen > 100


def test_eyes_at_rest_are_kept_and_no_other_than_those_drawn_anew(reel: VectorReel) -> None:
    kept = 0
    for n in range(0, 1500, 11):
        state = eyes.state_of(*motion.gaze(n, reel.fps, reel._seed), motion.lid(n, reel.fps, reel._seed))
        for part in reel.life(n, 3 * n):
            drawn = _eyes(reel._textures[state], reel._eyes[3 * n % reel.length])
            assert part.rect == drawn.rect
            for a, b in zip((part.y, part.u, part.v), (drawn.y, drawn.u, drawn.v), strict=True):
                np.testing.assert_array_equal(a, b)
            kept += not part.y.flags.owndata
    assert kept > 40


def test_a_blink_covers_the_eyes(reel: VectorReel) -> None:
    seed = reel._seed
    n = next(n for n in range(1000) if motion.lid(n, 25, seed) == 3)
    (shut,) = reel.life(n, n)
    x, y = shut.rect.x - reel.region.x, shut.rect.y - reel.region.y
    base = reel.frame(n)[0][y : y + shut.rect.h, x : x + shut.rect.w]
    assert (base > 225).sum() > 20  # the whites
    assert (shut.y > 225).sum() == 0


def test_looking_straight_needs_no_rectangle(reel: VectorReel) -> None:
    straight = [n for n in range(2000) if not reel.life(n, n)]
    assert 0.2 < len(straight) / 2000 < 0.8
    assert eyes.state_of(0, 0, 3, 0) == eyes.CENTRE


def test_built_once_then_found(tmp_path: Path) -> None:
    told: list[float] = []
    path = build_reel("mei", 90, 160, 25, tmp_path, told.append, 1.0)
    assert told == sorted(told) and told[0] == 0.0 and told[-1] == 1.0 and len(told) > 3
    stamp = path.with_suffix(".planes").stat().st_mtime_ns
    again: list[float] = []
    assert build_reel("mei", 90, 160, 25, tmp_path, again.append, 1.0) == path
    assert again == [1.0] and path.with_suffix(".planes").stat().st_mtime_ns == stamp
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".json", ".planes"]


def test_a_new_reel_replaces_the_older_one_of_its_kind(tmp_path: Path) -> None:
    path = build_reel("mei", 90, 160, 25, tmp_path, lambda done: None, 1.0)
    old = path.with_name(path.stem.rpartition("-")[0] + "-0123456789ab.json")
    longer = build_reel("mei", 90, 160, 25, tmp_path, lambda done: None, 2.0)
    for suffix in (".json", ".planes"):
        path.with_suffix(suffix).rename(old.with_suffix(suffix))
    opened = open_reel(old)
    before = opened.frame(7)[0].copy()
    assert build_reel("mei", 90, 160, 25, tmp_path, lambda done: None, 1.0) == path
    assert sorted(p.name for p in tmp_path.glob("*.json")) == sorted([path.name, longer.name])
    assert np.array_equal(opened.frame(7)[0], before)


def test_the_same_pixels_every_time(tmp_path: Path) -> None:
    a, b = (build_reel("tom", 90, 160, 25, tmp_path / name, lambda done: None, 1.0) for name in "ab")
    assert a.with_suffix(".planes").read_bytes() == b.with_suffix(".planes").read_bytes()


@pytest.mark.parametrize("harm", ["cut", "gone", "garbage", "version"])
def test_a_damaged_reel_is_refused_by_name_and_made_again(tmp_path: Path, harm: str) -> None:
    path = build_reel("mei", 90, 160, 25, tmp_path, lambda done: None, 1.0)
    planes = path.with_suffix(".planes")
    if harm == "cut":
        planes.write_bytes(planes.read_bytes()[:-1])
    elif harm == "gone":
        planes.unlink()
    elif harm == "garbage":
        path.write_text("{")
    else:
        path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 0}))
    with pytest.raises(SetupError, match=path.name.replace(".", r"\.")):
        open_reel(path)
    assert open_reel(build_reel("mei", 90, 160, 25, tmp_path, lambda done: None, 1.0)).length == 25


def test_wrong_wishes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="mei"):
        build_reel("nobody", 90, 160, 25, tmp_path, lambda done: None)
    with pytest.raises(SetupError, match="even"):
        build_reel("mei", 91, 160, 25, tmp_path, lambda done: None)
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(SetupError, match="cannot be written"):
        build_reel("mei", 90, 160, 25, blocked, lambda done: None, 1.0)


@pytest.mark.parametrize(("width", "height"), [(160, 90), (90, 90)])
def test_other_shapes_of_picture(tmp_path: Path, width: int, height: int) -> None:
    reel = open_reel(build_reel("mei", width, height, 25, tmp_path, lambda done: None, 1.0))
    r = reel.region
    assert r == Rect(r.x & ~1, r.y & ~1, r.w & ~1, r.h & ~1) and r.x > 0 and r.x + r.w < width
    assert abs((r.x + r.w / 2) - width / 2) < 0.05 * width


def test_a_shipped_loop_keeps_to_the_stated_memory(reel: VectorReel) -> None:
    """At half the shipped size and length; what a frame takes grows with the picture."""
    frame = sum(plane.nbytes for plane in reel.frame(0))
    backdrop = sum(plane.nbytes for plane in reel.backdrop)
    resting = (len(reel._flat) - reel._resting[0]) / reel.length * SECONDS * reel.fps
    whole = frame * round(SECONDS * reel.fps) + backdrop + reel._textures.nbytes + resting
    assert whole <= MOST_BYTES_A_PIXEL * reel.size[0] * reel.size[1]


def test_a_loop_that_would_take_more_is_refused_before_it_is_drawn(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="MB of memory"):
        build_reel("mei", 180, 320, 25, tmp_path, lambda done: None, seconds=60)
    assert list(tmp_path.iterdir()) == []


def test_an_open_reel_takes_no_memory_of_its_own(reel: VectorReel) -> None:
    """Its frames are views on the shared map, never copies."""
    assert all(not plane.flags.owndata and not plane.flags.writeable for plane in reel.frame(1))
