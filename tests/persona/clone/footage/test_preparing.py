"""Good footage: what is written is whole, lies in step with its sound, and shows the mouth that was drawn."""

from fractions import Fraction

import numpy as np
import pytest
from filmed import by_id, prepared

from persona.clone.film import Shoot
from persona.clone.footage import checks
from persona.clone.footage.checks import Verdict
from persona.clone.footage.listening import Heard
from persona.clone.footage.preparing import filled, first_held_out
from persona.clone.lips import OPEN
from persona.clone.prepared import FPS, load_prepared
from persona.clone.recital import babble

OFFSET = 0.1


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """Eleven seconds (enough here) from a telephone held upright: HEVC, turned, 30000/1001 uneven frames a
    second, stereo; the sound comes 100 ms late.
    """
    shoot = Shoot(
        width=360, height=640, rate=Fraction(30000, 1001), jitter=0.008, codec="libx265", rotation=90,
        channels=2, sound_rate=44_100, idle=1.5, offset=OFFSET, seed=3,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("good")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "ACCEPTED_S", 8.0)
        made = prepared(folder, shoot, recital=babble(7.5, seed=3))
    assert made.prepared is not None, [c for c in made.checks if c.verdict is Verdict.STOP]
    return made, folder / "made"


def test_it_is_accepted_with_warnings_for_its_length_and_size(outcome):
    found = {c.id for c in outcome[0].checks if c.verdict is Verdict.WARN}
    assert found == {"length", "picture", "size"}
    assert by_id(outcome[0])["script"].verdict is Verdict.UNKNOWN


def test_what_was_written_is_whole(outcome):
    made, folder = outcome
    read = load_prepared(folder)
    assert read.count == len(made.prepared.crops) == int(made.facts.seconds * FPS)
    assert read.head.kind == "drawn" and read.size == 128
    assert round(read.count * 0.6) <= read.head.held_out <= round(read.count * 0.8)
    assert read.mel.shape[0] == pytest.approx(read.count * 4, abs=20)
    assert not (folder / "crops.part").exists()


def test_the_offset_is_found_from_lips_and_phones(outcome):
    """The picture of frame n was drawn some time before (n + 0.5) / 25 s, so 100 ms look like about 80."""
    assert outcome[0].offset.trusted
    assert outcome[0].offset.seconds == pytest.approx(OFFSET - 0.02, abs=0.03)


def test_the_crops_show_the_mouth_that_was_drawn(outcome):
    made = outcome[0].prepared
    openings, drawn = made.openings(), made.controls[:, OPEN]
    assert np.corrcoef(openings, drawn)[0, 1] > 0.95
    names, points = made.head.names, made.points
    middle = ((points[:, names.upper] + points[:, names.lower]) / 2).round().astype(int)
    luma = made.crops.mean(axis=3)
    seen = luma[np.arange(made.count), middle[:, 1], middle[:, 0]]
    assert seen[drawn > 0.5].mean() < seen[drawn < 0.02].mean() - 20, "an open mouth is dark inside"


def test_the_head_stands_still_in_the_crops(outcome):
    made = outcome[0].prepared
    moved = np.einsum("nij,npj->npi", made.matrices[:, :, :2], made.rigid) + made.matrices[:, None, :, 2]
    assert moved.std(axis=0).max() < 0.7


def test_idle_frames_are_at_rest(outcome):
    made = outcome[0].prepared
    frames = np.concatenate([np.arange(s.first, s.past) for s in made.head.idle])
    assert len(frames) > 2 * FPS * 0.8 and made.controls[frames, OPEN].max() < 0.05


def test_missing_points_are_filled_from_their_neighbours():
    rows = np.array([[0.0, 10.0], [4.0, 2.0]], np.float32)
    out = filled(rows[:, :, None], [1, 5], 7)
    assert out[:, 0, 0].tolist() == [0, 0, 1, 2, 3, 4, 4] and out[3, 1, 0] == 6


def test_the_report_shows_and_says_it(outcome):
    from datetime import UTC, datetime

    from persona.clone.footage.report import report

    page = report(outcome[0], "Footage <film>", "ana-2026", datetime(2026, 11, 23, 12, tzinfo=UTC))
    assert "Footage &lt;film&gt;" in page and "<film>" not in page
    assert page.count("data:image/jpeg;base64,") >= 9 and page.count("<svg") == 2
    assert "A clone can be made. It would be better" in page and "ana-2026" in page
    assert "http://" not in page and "https://" not in page, "it opens without a network"


def speaking(*parts):
    """Heard of parts: seconds that are spoken (positive) and silent (negative)."""
    flags = np.concatenate([np.full(round(abs(s) * 100), s > 0) for s in parts])
    return Heard(np.zeros(len(flags), np.float32), flags, -20.0, -60.0, 0.0)


@pytest.mark.parametrize(
    ("parts", "seconds"),
    [
        ((-10, 40, -10), 42),  # as the script asks: the last tenth is silence, and a fifth of the speech too
        ((60,), 48),
        ((-2, 56, -2), 46.8),
        ((20, -40), 36),  # never more than four tenths
        ((-60,), 48),
        ((), 48),
    ],
)
def test_behind_what_is_learnt_lies_a_fifth_of_the_speech(parts, seconds):
    heard = speaking(*parts) if parts else Heard(np.zeros(0), np.zeros(0, bool), 0.0, 0.0, 0.0)
    assert first_held_out(heard, 1500) == pytest.approx(seconds * 25, abs=1)
