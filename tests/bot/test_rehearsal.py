"""The film of a rehearsal is measured as it is: length and loudness of what a viewer would hear."""

import math

import numpy as np
import pytest
import synthetic

from bot.rehearsal import measure_film
from bot.stage.mux import FileMuxer


def film(path, seconds: float, level: float):
    """A film with a 997 Hz tone of `level` in both channels."""
    encoder = synthetic.encoder(synthetic.EncoderSettings(preset="ultrafast", audio_kbps=192))
    work = synthetic.WorkFrame(encoder.width, encoder.height)
    muxer = FileMuxer(encoder.template(), path, {})
    ticks = round(seconds * 25)
    tone = level * np.sin(2 * np.pi * 997 * np.arange(ticks * 1920) / 48_000)
    both = np.stack([tone, tone]).astype(np.float32)
    for n in range(ticks):
        muxer.write(encoder.encode(n, work.frame, both[:, n * 1920 : (n + 1) * 1920]))
    muxer.write(encoder.close())
    muxer.close()
    return path


@pytest.mark.parametrize("dbfs", [-16.0, -23.0])
def test_a_tone_in_both_channels_is_as_loud_as_the_standard_says(tmp_path, dbfs: float) -> None:
    """ITU-R BS.1770-4: a 997 Hz sine at 0 dBFS in one channel reads -3.01 LKFS, in both 0."""
    loudness, seconds = measure_film(film(tmp_path / "a.mp4", 4.0, 10 ** (dbfs / 20)))
    assert loudness == pytest.approx(dbfs, abs=0.3)
    assert seconds == pytest.approx(4.0, abs=0.06)


def test_silence_is_endlessly_quiet(tmp_path) -> None:
    loudness, seconds = measure_film(film(tmp_path / "a.mp4", 1.0, 0.0))
    assert math.isinf(loudness) and loudness < 0 and seconds == pytest.approx(1.0, abs=0.06)
