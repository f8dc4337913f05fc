"""Who gets which packets: continuous pictures over every change of source, and others left alone."""

import av
import pytest
import synthetic

from bot.stage.encoder import Encoder, EncoderSettings
from bot.stage.fanout import Fanout
from bot.stage.ladder import Congestion
from products.errors import SetupError

RATE = 800


class Channel:
    """An outlet that notes what it gets. `mark`: how its line is."""

    def __init__(self, name: str) -> None:
        self.name, self.got, self.mark = name, [], Congestion(0.0, 0, 0, True)
        self.finished = self.key = False

    def put(self, packets) -> None:
        self.got += packets

    def wants_key(self) -> bool:
        wanted, self.key = self.key, False
        return wanted

    def congestion(self) -> Congestion:
        return self.mark

    def finish(self) -> None:
        self.finished = True

    def pictures(self):
        return [p for p in self.got if p.kind == "video"]


class Show:
    def __init__(self, *names: str, settings: EncoderSettings | None = None) -> None:
        self.encoder = Encoder(
            synthetic.WIDTH, synthetic.HEIGHT, 25, settings or EncoderSettings("ultrafast", RATE)
        )
        self.fanout = Fanout(self.encoder)
        self.channels = [Channel(name) for name in names]
        for channel in self.channels:
            self.fanout.add(channel)
        self._ticks = synthetic.ticks(self.encoder, 10_000, noise=True)
        self.n = 0

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 25)):
            self.fanout.take(self.n, next(self._ticks))
            self.n += 1


def kbps(pictures, seconds: float = 4) -> float:
    last = pictures[-round(seconds * 25) :]
    return sum(len(p.data) for p in last) * 8 / 1000 / seconds


NARROW = Congestion(2.0, 100_000, 0, True)
WELL = Congestion(0.0, 0, 0, True)


def test_a_lone_channel_lowers_the_shared_encode_and_it_comes_back() -> None:
    show = Show("a")
    (a,) = show.channels
    show.run(6)
    full = kbps(a.pictures())
    a.mark = NARROW
    show.run(16)
    assert kbps(a.pictures()) < 0.5 * full
    assert show.fanout.rates() == {"a": 200}
    a.mark = WELL
    show.run(70)
    assert kbps(a.pictures()) == pytest.approx(full, rel=0.2)
    assert [p.pts for p in a.pictures()] == list(range(show.n))


def test_one_sick_channel_gets_an_encode_of_its_own_and_the_others_notice_nothing() -> None:
    show, alone = Show("a", "sick", "b"), Show("a")
    a, sick, b = show.channels
    show.run(4)
    sick.mark = NARROW
    show.run(14)
    assert show.fanout.rates() == {"a": RATE, "sick": 200, "b": RATE}
    sick.mark = WELL
    show.run(70)
    assert show.fanout.rates() == {"a": RATE, "sick": RATE, "b": RATE}
    assert not show.fanout._treatments()
    alone.run(18)
    assert [p.data for p in a.pictures()[: 18 * 25]] == [p.data for p in alone.channels[0].pictures()]
    assert a.got == b.got
    for channel in show.channels:
        assert [p.pts for p in channel.pictures()] == list(range(show.n))
        sound = [p.pts for p in channel.got if p.kind == "audio"]
        assert sound == list(range(sound[0], sound[0] + 1024 * len(sound), 1024))


def test_the_changes_decode_without_a_fault() -> None:
    """One decoder that was given the shared encode's headers reads the sick channel's whole stream."""
    show = Show("a", "sick")
    sick = show.channels[1]
    show.run(3)
    sick.mark = NARROW
    show.run(6)
    sick.mark = WELL
    show.run(40)
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata = show.encoder.video_extradata
    decoder.options = {"err_detect": "explode"}
    frames = [f for p in sick.pictures() for f in decoder.decode(av.Packet(p.data))] + decoder.decode(None)
    assert len(frames) == show.n
    assert all(not f.is_corrupt for f in frames)


def test_the_extra_encode_has_the_same_headers() -> None:
    show = Show("a", "sick")
    show.channels[1].mark = NARROW
    show.run(6)
    (low,) = show.fanout._treatments()
    assert low.video.extradata == show.encoder.video_extradata


def test_two_sick_channels_share_the_one_extra_encode() -> None:
    show = Show("a", "b", "c")
    show.channels[1].mark = show.channels[2].mark = NARROW
    show.run(12)
    assert len(show.fanout._treatments()) == 1
    assert show.fanout.rates() == {"a": RATE, "b": 200, "c": 200}


def test_a_channel_may_have_hevc_while_the_others_have_h264() -> None:
    show = Show("a")
    treatment = show.fanout.treat("libx265")
    assert treatment is not None and show.fanout.treat("libx265") is treatment
    modern = Channel("modern")
    show.fanout.add(modern, treatment)
    show.run(3)
    decoder = av.CodecContext.create("hevc", "r")
    frames = [f for p in modern.pictures() for f in decoder.decode(av.Packet(p.data))] + decoder.decode(None)
    assert len(frames) == show.n
    modern.mark = NARROW
    show.run(12)
    assert show.fanout.rates() == {"a": RATE, "modern": 200}
    assert [p.pts for p in modern.pictures()] == list(range(show.n))


def test_a_channel_that_came_back_gets_a_keyframe_from_its_own_source() -> None:
    show = Show("a", "sick")
    show.run(2.6)
    show.channels[0].key = True
    show.run(0.2)
    keys = [p.pts for p in show.channels[0].pictures() if p.is_key]
    assert keys == [0, 50, 66]


def test_no_card_is_a_clear_error() -> None:
    try:
        Encoder(synthetic.WIDTH, synthetic.HEIGHT, 25, EncoderSettings(codec="h264_nvenc"))
    except SetupError as e:
        assert "h264_nvenc" in e.message and "NVIDIA" in e.remedy
    else:
        pytest.skip("this machine has a GPU that encodes")


def test_the_end_reaches_every_channel() -> None:
    show = Show("a", "b")
    show.run(1)
    show.fanout.take(show.n, show.encoder.close())
    show.fanout.close()
    assert all(c.finished for c in show.channels)
