"""Encoder: integer time, keyframes where they belong, BT.709 tags, sound in whole AAC frames."""

import av
import numpy as np
import pytest
import synthetic

from bot.stage.encoder import EncoderSettings
from bot.stage.mux import FileMuxer
from connectors.base import IngestLimits
from products.errors import Bug


def of(packets, kind):
    return [p for p in packets if p.kind == kind]


def test_picture_time_is_the_frame_index_and_a_keyframe_comes_every_two_seconds():
    _, packets = synthetic.show(120)
    video = of(packets, "video")
    assert [p.pts for p in video] == list(range(120))
    assert [p.dts for p in video] == list(range(120))
    assert [p.pts for p in video if p.is_key] == [0, 50, 100]


def test_each_frame_comes_out_on_its_own_tick():
    enc = synthetic.encoder()
    for n, packets in enumerate(synthetic.ticks(enc, 5)):
        assert [p.pts for p in of(packets, "video")] == [n]


def test_sound_time_is_the_sample_count_and_nothing_is_lost():
    _, packets = synthetic.show(30)
    pts = [p.pts for p in of(packets, "audio")]
    assert pts == list(range(-1024, 1024 * (len(pts) - 1), 1024))
    assert pts[-1] + 1024 >= 30 * 1920


def test_a_forced_keyframe_comes_next_and_the_regular_one_a_gop_later():
    enc = synthetic.encoder()
    keys = []
    for n, packets in enumerate(synthetic.ticks(enc, 90)):
        keys += [p.pts for p in of(packets, "video") if p.is_key]
        if n == 29:
            enc.force_key()
    assert keys == [0, 30, 80]


def test_a_keyframe_stands_alone_in_annex_b():
    _, packets = synthetic.show(55)
    later = next(p for p in packets if p.kind == "video" and p.pts == 50)
    decoder = av.CodecContext.create("h264", "r")
    frames = decoder.decode(av.Packet(later.data)) + decoder.decode(None)
    assert [(f.width, f.height) for f in frames] == [(synthetic.WIDTH, synthetic.HEIGHT)]


def test_the_stream_says_bt709_limited_range_and_yuv420p(tmp_path):
    enc, packets = synthetic.show(5)
    muxer = FileMuxer(enc.template(), tmp_path / "a.mp4", {})
    muxer.write(packets)
    muxer.close()
    with av.open(str(tmp_path / "a.mp4")) as c:
        cc = c.streams.video[0].codec_context
        assert (int(cc.color_primaries), int(cc.color_trc), int(cc.colorspace), int(cc.color_range)) == (
            1,
            1,
            1,
            1,
        )
        assert cc.pix_fmt == "yuv420p"
        assert c.streams.audio[0].codec_context.profile == "LC"
        assert c.streams.audio[0].codec_context.sample_rate == 48_000


def test_codecs_come_from_the_real_sps():
    enc = synthetic.encoder(EncoderSettings(preset="superfast"))
    at = enc.video_extradata.index(b"\x00\x00\x01\x67") + 4
    assert enc.codecs == f"avc1.{enc.video_extradata[at : at + 3].hex()},mp4a.40.2"
    assert enc.codecs.startswith("avc1.4d")  # main profile: what every platform takes


def test_equal_input_gives_equal_packets():
    assert synthetic.show(40)[1] == synthetic.show(40)[1]


def test_the_rate_stays_near_what_was_asked_for_on_noise():
    enc = synthetic.encoder(EncoderSettings(video_kbps=300))
    work = synthetic.WorkFrame(enc.width, enc.height)
    rng = np.random.default_rng(0)
    size = 0
    for n in range(200):
        work.y[:] = rng.integers(16, 235, work.y.shape)
        size += sum(
            len(p.data)
            for p in enc.encode(n, work.frame, np.zeros((2, 1920), np.float32))
            if p.kind == "video"
        )
    assert size * 8 / 8.0 <= 300_000 * 1.25


@pytest.mark.parametrize("shape", [(1920,), (1, 1920), (1920, 2)])
def test_samples_of_a_wrong_shape_are_a_bug(shape):
    enc = synthetic.encoder()
    with pytest.raises(Bug, match=r"\[2, n\]"):
        enc.encode(0, synthetic.WorkFrame(enc.width, enc.height).frame, np.zeros(shape, np.float32))


def test_close_is_repeatable_and_nothing_is_taken_after_it():
    enc, _ = synthetic.show(3)
    assert enc.close() == []
    with pytest.raises(Bug, match="after close"):
        next(synthetic.ticks(enc, 1))


def test_settings_are_lowered_to_what_every_channel_takes():
    asked = EncoderSettings(video_kbps=7000, audio_kbps=192)
    fits = asked.within(IngestLimits(6000, None, 1.0)).within(IngestLimits(None, 128, None))
    assert (fits.video_kbps, fits.audio_kbps, fits.keyframe_s) == (6000, 128, 1.0)
    assert asked.within(IngestLimits()) == asked
