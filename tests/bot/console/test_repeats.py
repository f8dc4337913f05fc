"""A film that is played in a loop is told from a camera; a living person is never taken for one."""

import itertools

import numpy as np
import person
import pytest

from bot.console.face_watch import FaceWatch
from bot.console.repeats import SIZE, Repeats

WIDTH, HEIGHT = SIZE


def small(rng: np.random.Generator, at: float, noise: float) -> np.ndarray:
    """Somebody before a camera: a bright spot that wanders, and the camera's noise."""
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    spot = np.exp(-((x - 16 - 5 * np.sin(at)) ** 2 + (y - 12 - 2 * np.cos(1.7 * at)) ** 2) / 30)
    return (100 + 90 * spot + rng.normal(0, noise, (HEIGHT, WIDTH))).astype(np.float32)


@pytest.mark.parametrize("noise", [0.05, 0.15, 0.6])
@pytest.mark.parametrize("seed", range(3))
def test_a_living_person_is_no_film(noise: float, seed: int) -> None:
    """Two minutes of somebody who sways to and fro, through the same places again and again."""
    rng, repeats = np.random.default_rng(seed), Repeats()
    sways = (0.9 + 0.4 * rng.random()) * np.arange(300) * 0.4
    assert not any(repeats.look(small(rng, float(at), noise), n * 0.4) for n, at in enumerate(sways))


@pytest.mark.parametrize("length_s", [3.0, 8.0, 31.0, 120.0])
def test_a_film_played_in_a_loop_is_noticed(length_s: float) -> None:
    rng, repeats = np.random.default_rng(5), Repeats()
    film = [small(rng, n * 0.04, 0.3) for n in range(round(length_s * 25))]
    jitter = np.random.default_rng(6)
    now, found = 0.0, None
    while found is None and now < 3 * length_s + 30:
        if repeats.look(film[round(now * 25) % len(film)], now):
            found = now
        now += 0.4 + 0.04 * float(jitter.integers(0, 2))
    # with pictures that fall between those of the first round, it may take some rounds more
    assert found is not None and found > length_s, found


def test_a_loop_whose_pictures_fall_on_the_same_places_is_noticed_at_once() -> None:
    rng, repeats = np.random.default_rng(5), Repeats()
    film = [small(rng, n * 0.4, 0.3) for n in range(20)]  # 8 s
    seen = [repeats.look(film[n % 20], n * 0.4) for n in range(60)]
    assert seen.index(True) * 0.4 <= 8.0 + 5.0
    assert not any(seen[:20]) and all(seen[32:])


def test_a_camera_that_lives_again_is_believed_again() -> None:
    rng, repeats = np.random.default_rng(5), Repeats()
    film = [small(rng, n * 0.4, 0.3) for n in range(20)]
    for n in range(60):
        looped = repeats.look(film[n % 20], n * 0.4)
    assert looped
    after = [repeats.look(small(rng, n * 0.4, 0.3), (60 + n) * 0.4) for n in range(12)]
    assert not any(after[5:])


def test_what_stands_still_is_not_called_a_film() -> None:
    repeats, still = Repeats(), small(np.random.default_rng(1), 0.0, 0.3)
    assert not any(repeats.look(still, n * 0.4) for n in range(200))


def test_a_drawn_person_with_a_cameras_noise_lives_and_a_loop_of_them_does_not() -> None:
    watch, people = FaceWatch(), person.living(seed=3)
    looks = [watch.look(person.jpeg(next(people)), n * 0.4) for n in range(14)]
    assert all(look is not None and look.face > 0 and not look.repeats for look in looks)
    assert all(look.lives for look in looks[1:])
    loop = FaceWatch()
    film = [person.jpeg(p) for p in itertools.islice(person.living(seed=4), 12)]
    seen = [loop.look(film[n % 12], n * 0.4).lives for n in range(28)]
    assert all(seen[1:12]) and not any(seen[24:])
