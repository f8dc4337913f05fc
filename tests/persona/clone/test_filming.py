"""The drawn host, filmed: what the truth says is what the picture shows, in every format of telephones."""

from fractions import Fraction

import av
import numpy as np
import pytest

from persona.clone import visemes
from persona.clone.film import Shoot, film, load_truth, truth_path
from persona.clone.filming import LEFT, LOWER, UPPER, Studio, rest
from persona.clone.lips import OPEN, REST, ROUND
from persona.clone.recital import babble, between, mouths_at
from persona.speech import SPEECH_RATE
from products.errors import SetupError

SMALL = Shoot(width=180, height=320, idle=0.4)


@pytest.fixture(scope="module")
def studio():
    return Studio("tom", 360, 640, 10.0, seed=3)


def gap(seen):
    return float(np.linalg.norm(seen.points[LOWER] - seen.points[UPPER]))


def test_points_lie_where_the_mouth_is_drawn(studio):
    """Everything that a mouth changes lies within its points and the chin's, to a few pixels."""
    wide = visemes.TARGETS[visemes.CLASSES.index("AA")]
    still, closed = studio.shoot(2.0, rest())
    open_, seen = studio.shoot(2.0, wide)
    rows, columns = np.nonzero(np.abs(still.y.astype(int) - open_.y) > 12)
    both = np.concatenate([closed.points, seen.points])
    assert columns.min() > both[:, 0].min() - 4 and columns.max() < both[:, 0].max() + 4
    assert rows.max() < both[:, 1].max() + 4
    assert gap(seen) > gap(closed) + 5
    assert np.array_equal(closed.rigid, seen.rigid), "speech does not move them"
    assert seen.points[-7, 1] > closed.points[-7, 1] + 2, "the chin goes down"


def test_the_dark_of_an_open_mouth_lies_between_the_inner_points(studio):
    drawn, seen = studio.shoot(1.0, visemes.TARGETS[visemes.CLASSES.index("AO")])
    x, y = (seen.points[UPPER] + seen.points[LOWER]) / 2
    cheek = seen.points[LEFT] - (12, 0)
    assert int(drawn.y[round(y), round(x)]) < int(drawn.y[round(cheek[1]), round(cheek[0])]) - 30


def test_two_moments_are_two_pictures_and_one_moment_is_one():
    a, b = (Studio("mei", 180, 320, 30.0, seed=5) for _ in range(2))
    first, seen = a.shoot(4.0, rest())
    again, _ = b.shoot(4.0, rest())
    later, moved = a.shoot(9.0, rest())
    assert np.array_equal(first.y, again.y)
    assert not np.array_equal(first.y, later.y)
    assert np.abs(seen.rigid - moved.rigid).max() > 0.3


def test_made_up_speech_visits_every_shape_and_rests_in_silence():
    recital = between(babble(60.0, seed=1), 1.0, 1.0)
    assert recital.phones[0].symbol == "sil" and recital.phones[-1].end == pytest.approx(recital.seconds)
    assert all(
        a.end == pytest.approx(b.start) for a, b in zip(recital.phones, recital.phones[1:], strict=False)
    )
    classes = {int(w.argmax()) for p in recital.phones for _, w in visemes.weights_of(p.symbol)}
    assert classes == set(range(len(visemes.CLASSES)))
    times = (np.arange(int(recital.seconds * 25)) + 0.5) / 25
    mouths = mouths_at(recital, times, seed=1, liveliness=1.0)
    assert (
        np.abs(mouths[:20] - REST).max() == 0 and mouths[:, OPEN].max() > 0.7 and mouths[:, ROUND].max() > 0.5
    )
    assert mouths[visemes.closures(recital.phones, times), OPEN].max() <= visemes.CLOSED
    speaking = recital.pcm[SPEECH_RATE : SPEECH_RATE * 3]
    assert np.abs(recital.pcm[:SPEECH_RATE]).max() == 0 and np.abs(speaking).max() > 0.02


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"codec": "libx265", "rotation": 90, "rate": Fraction(30000, 1001), "jitter": 0.01, "channels": 2},
        {"rotation": 270, "rate": Fraction(24), "sound_rate": 44100},
        {"rotation": 180, "channels": 0},
    ],
)
def test_films_are_what_telephones_write(tmp_path, changed):
    shoot = Shoot(**{**{f: getattr(SMALL, f) for f in ("width", "height", "idle")}, **changed})
    path = tmp_path / "film.mp4"
    truth = film(path, babble(1.0, seed=2), shoot)
    with av.open(str(path)) as found:
        picture = found.streams.video[0]
        frames = list(found.decode(video=0))
        assert picture.codec_context.name == {"libx264": "h264", "libx265": "hevc"}[shoot.codec]
        turned = shoot.rotation in (90, 270)
        assert (frames[0].width, frames[0].height) == ((320, 180) if turned else (180, 320))
        assert frames[0].rotation % 360 == shoot.rotation
        assert [f.time for f in frames] == pytest.approx(list(truth.times), abs=1e-4)
        assert [s.channels for s in found.streams.audio] == ([shoot.channels] if shoot.channels else [])
    read = load_truth(path)
    assert read is not None and np.array_equal(read.points, truth.points) and read.phones == truth.phones
    assert float(np.diff(truth.times).std()) > 0.001 if shoot.jitter else True


def test_a_truth_belongs_to_one_film(tmp_path):
    path = tmp_path / "film.mp4"
    film(path, babble(0.5), SMALL)
    with path.open("ab") as file:
        file.write(b"x")
    with pytest.raises(SetupError, match="another film"):
        load_truth(path)
    truth_path(path).unlink()
    assert load_truth(path) is None


def test_a_film_that_cannot_be_written_says_so(tmp_path):
    with pytest.raises(SetupError, match="cannot be written: nothing ends"):
        film(tmp_path / "film.nothing", babble(0.5), SMALL)


def test_sound_comes_late_by_the_offset(tmp_path):
    from persona.clone.film import heard

    recital = babble(1.0, seed=4)
    plain = heard(recital, Shoot(room=0.0))
    late = heard(recital, Shoot(room=0.0, offset=0.1))
    early = heard(recital, Shoot(room=0.0, offset=-0.1))
    k = SPEECH_RATE // 10
    assert np.array_equal(late[k:], plain[:-k]) and np.array_equal(early[:-k], plain[k:])
