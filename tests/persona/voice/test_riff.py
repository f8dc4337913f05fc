import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from singing import RATE, sung, wav

from persona.voice.riff import read_pcm, read_wav

SOUND = sung("Hello, you.")


@pytest.mark.parametrize("bits", [16, 24, 32])
@pytest.mark.parametrize("channels", [1, 2])
def test_depths_and_channels_give_the_same_sound(bits, channels):
    samples, rate = read_wav(wav(SOUND, channels=channels, bits=bits))
    assert rate == RATE and samples.dtype == np.float32
    np.testing.assert_allclose(samples, SOUND, atol=1e-4)


@pytest.mark.parametrize("size", [0xFFFFFFFF, 10**9])
def test_a_stream_s_header_without_an_end_is_read_to_the_end(size):
    samples, _ = read_wav(wav(SOUND, size=size))
    assert len(samples) == len(SOUND)


def test_chunks_in_front_are_passed_over():
    data = wav(SOUND)
    other = data[:12] + b"LIST" + struct.pack("<I", 5) + b"abcde\0" + data[12:]
    np.testing.assert_array_equal(read_wav(other)[0], read_wav(data)[0])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no WAV"),
        (b"<html>no</html>", "no WAV"),
        (wav(SOUND)[:40], "no samples"),
        (wav(SOUND, rate=100), "100 samples a second"),
        (
            wav(SOUND, channels=1).replace(struct.pack("<HH", 1, 1), struct.pack("<HH", 85, 1), 1),
            "compressed",
        ),
        (
            b"RIFF" + struct.pack("<I", 4) + b"WAVEdata" + struct.pack("<I", 2) + b"\0\0",
            "before their format",
        ),
        (wav(np.full(100, np.nan, np.float32), bits=32), "no numbers"),
    ],
)
def test_what_is_no_sound_is_named(data, why):
    with pytest.raises(ValueError, match=why):
        read_wav(data)


@given(st.binary(max_size=200))
def test_no_bytes_break_it(data):
    for read in (read_wav, read_pcm):
        try:
            samples, rate = read(data)
        except ValueError:
            continue
        assert len(samples) and 8000 <= rate <= 192_000 and np.abs(samples).max() <= 1


@given(st.integers(12, 60), st.binary(min_size=1, max_size=8))
def test_no_damaged_head_breaks_it(at, noise):
    data = bytearray(wav(SOUND[:500]))
    data[at : at + len(noise)] = noise
    try:
        samples, _ = read_wav(bytes(data))
    except ValueError:
        return
    assert np.isfinite(samples).all()
