"""Music and jingles: at their loudness, without a seam or an edge; files that will not do are named."""

from pathlib import Path

import av
import numpy as np
import pyloudnorm
import pytest

from bot.stage.bed import JOIN_S, Bed, looped
from bot.stage.sounds import (
    CHIME,
    HOUSE,
    JINGLE_LUFS,
    at_loudness,
    house_music,
    jingle,
    music_bed,
    read_sound,
    rested,
)
from bot.stage.strand import BLOCK, RATE
from products.errors import ContentError


def write(path: Path, samples: np.ndarray, rate: int = 44_100, codec: str = "pcm_s16le") -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="stereo")
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray((samples * 32767).astype(np.int16).T.reshape(1, -1)), "s16", "stereo"
        )
        frame.sample_rate = rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def tone(seconds: float, rate: int = 44_100, level: float = 0.3) -> np.ndarray:
    t = np.arange(int(seconds * rate)) / rate
    return np.stack([level * np.sin(2 * np.pi * 330 * t), level * np.sin(2 * np.pi * 331 * t)])


def lufs(x: np.ndarray) -> float:
    return float(pyloudnorm.Meter(RATE).integrated_loudness(x.T.astype(np.float64)))


def step(x: np.ndarray) -> float:
    return float(np.abs(np.diff(x, axis=1)).max())


def test_a_file_of_any_rate_becomes_48_khz_stereo_of_its_length(tmp_path: Path) -> None:
    sound = read_sound(write(tmp_path / "a.wav", tone(2.0)), 10)
    assert sound.shape == (2, pytest.approx(2 * RATE, abs=64)) and sound.dtype == np.float32
    assert read_sound(write(tmp_path / "b.wav", tone(6.0)), 1.5).shape == (2, 1.5 * RATE)


@pytest.mark.parametrize("content", [b"", b"not a sound at all", None])
def test_what_is_no_sound_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "theme.mp3"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ContentError, match=r"theme\.mp3"):
        read_sound(path, 10)


def test_silence_and_wrong_lengths_are_refused(tmp_path: Path) -> None:
    silent = write(tmp_path / "silent.wav", tone(6, level=0.0))
    with pytest.raises(ContentError, match="silence"):
        music_bed(silent, -20)
    with pytest.raises(ContentError, match="silence"):
        jingle(silent)
    with pytest.raises(ContentError, match="needs 4"):
        music_bed(write(tmp_path / "short.wav", tone(1)), -20)
    with pytest.raises(ContentError, match="longer than 10 s"):
        jingle(write(tmp_path / "long.wav", tone(12)))


@pytest.mark.parametrize("seconds", [0.3, 1.0, 5.0])
def test_loudness_is_what_was_asked_for(seconds: float) -> None:
    x = tone(seconds, RATE).astype(np.float32)
    loud = at_loudness(x, -21, "x")
    assert lufs(np.tile(loud, -(-2 * RATE // loud.shape[1]))) == pytest.approx(-21, abs=0.2)


def test_a_jingle_begins_and_ends_at_rest(tmp_path: Path) -> None:
    for sound in (jingle(CHIME), jingle(write(tmp_path / "j.wav", tone(1.0)))):
        assert np.abs(sound[:, :2]).max() < 1e-3 and np.abs(sound[:, -2:]).max() < 1e-3
        assert lufs(np.tile(sound, 3)) == pytest.approx(JINGLE_LUFS, abs=1.5)
    assert np.abs(rested(np.ones((2, 100), np.float32))[:, 0]).max() == 0


def test_the_house_music_is_the_same_each_time_and_has_no_seam_by_itself() -> None:
    a = house_music()
    assert np.array_equal(a, house_music()) and a.shape == (2, 24 * RATE)
    assert np.abs(a[:, 0] - a[:, -1]).max() <= 1.5 * step(a)


def test_a_loop_has_no_seam_and_keeps_its_loudness_over_the_join() -> None:
    rng = np.random.default_rng(1)
    n = 10 * RATE
    f = np.fft.rfftfreq(n, 1 / RATE)
    x = np.fft.irfft(np.fft.rfft(rng.standard_normal((2, n))) * (f < 2000), n).astype(np.float32)
    x *= 0.1 / x.std()
    loop = looped(x).T / 32767
    assert loop.shape == (2, n - JOIN_S * RATE)
    twice = np.concatenate([loop, loop], axis=1)
    assert step(twice) <= 1.05 * step(x)
    join = loop[:, : int(JOIN_S * RATE)]
    assert 20 * np.log10(join.std() / x.std()) == pytest.approx(0, abs=0.7)


def play(bed: Bed, voiced: list[bool]) -> np.ndarray:
    return np.concatenate([bed.block(v) for v in voiced], axis=1)


def test_the_bed_makes_room_for_a_voice_and_comes_back() -> None:
    bed = music_bed(HOUSE, -18)
    level = play(bed, [False] * 250 + [True] * 150 + [False] * 250)
    db = [20 * np.log10(level[:, i * BLOCK : (i + 25) * BLOCK].std() + 1e-9) for i in (200, 300, 600)]
    flat = play(music_bed(HOUSE, -18), [False] * 650)
    same = [20 * np.log10(flat[:, i * BLOCK : (i + 25) * BLOCK].std() + 1e-9) for i in (200, 300, 600)]
    assert [a - b for a, b in zip(db, same, strict=True)] == pytest.approx([0, -9, 0], abs=0.6)


def test_the_bed_comes_in_slowly_and_goes_round_and_round_without_a_click() -> None:
    bed = music_bed(HOUSE, -18)
    x = play(bed, [k % 90 < 40 for k in range(25 * 60)])
    assert np.abs(x[:, : BLOCK // 4]).max() < 0.002
    assert step(x) <= 1.2 * step(play(music_bed(HOUSE, -18), [False] * 250))


def test_the_bed_alone_stands_as_far_under_speech_as_was_asked_for() -> None:
    x = play(music_bed(HOUSE, -18), [False] * 25 * 24)
    assert lufs(x[:, 5 * RATE :]) == pytest.approx(-16 - 18, abs=1.0)
