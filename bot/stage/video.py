"""A video encode, and what comes out of it: H.264 or HEVC, in software or on a graphics card."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

import av
from av.video.frame import PictureType

from connectors.base import IngestLimits
from products.errors import Bug, SetupError

CODECS: Mapping[str, str] = {
    "libx264": "h264",
    "h264_nvenc": "h264",
    "libx265": "hevc",
    "hevc_nvenc": "hevc",
}
_BT709 = 1  # ITU-T H.273: primaries, transfer and matrix 1 are BT.709
_LIMITED = 1  # AVCOL_RANGE_MPEG

Kind = Literal["video", "audio"]


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """How to encode. kb/s, seconds. One x264 thread costs the least and gives equal bytes each run.

    codec    one of CODECS; preset counts for libx264 and libx265
    """

    preset: str = "superfast"
    video_kbps: int = 2500
    audio_kbps: int = 128
    keyframe_s: float = 2.0
    threads: int = 1
    codec: str = "libx264"

    @classmethod
    def offline(cls, video_kbps: int = 2500) -> "EncoderSettings":
        """For rehearsals: the fastest preset; nobody waits for the picture."""
        return cls(preset="ultrafast", video_kbps=video_kbps)

    def within(self, limits: IngestLimits) -> "EncoderSettings":
        """These settings, lowered to what an ingest takes. Apply it for each channel of a show in turn."""
        return replace(
            self,
            video_kbps=min(self.video_kbps, limits.max_video_kbps or self.video_kbps),
            audio_kbps=min(self.audio_kbps, limits.max_audio_kbps or self.audio_kbps),
            keyframe_s=min(self.keyframe_s, limits.max_keyframe_s or self.keyframe_s),
        )


@dataclass(frozen=True, slots=True)
class Packet:
    """An encoded packet that may cross threads. pts, dts, duration in units of `time_base` seconds.

    Video: H.264 or HEVC, Annex B, pts = frame index. Audio: an AAC-LC frame of 1024 samples, pts = index of
    its first sample (the encoder's first packet is priming: pts -1024).
    """

    kind: Kind
    data: bytes
    pts: int
    dts: int
    duration: int
    time_base: Fraction
    is_key: bool

    @property
    def seconds(self) -> Fraction:
        return self.pts * self.time_base


def _options(s: EncoderSettings, gop: int) -> dict[str, str]:
    """No B-frames, no look-ahead, keyframes where they are asked for, and headers before each of them: any
    keyframe can start a stream, also in raw Annex B."""
    rate = {"maxrate": f"{s.video_kbps}k", "bufsize": f"{2 * s.video_kbps}k", "forced-idr": "1"}
    keys = f"repeat-headers=1:scenecut=0:bframes=0:keyint={gop}:min-keyint=1"
    if s.codec == "libx264":
        own = {"preset": s.preset, "tune": "zerolatency", "profile": "main", "x264-params": keys}
    elif s.codec == "libx265":
        quiet = f"{keys}:log-level=none:pools={s.threads}:frame-threads=1"
        own = {"preset": s.preset, "tune": "zerolatency", "x265-params": quiet}
    else:
        own = {"preset": "p4", "tune": "ull", "rc": "cbr", "bf": "0", "delay": "0", "profile": "main"}
    return {**rate, **own}


class VideoEncoder:
    """Pictures in, packets out. Not thread-safe: the air thread owns it.

    Raises SetupError when this machine cannot encode so: a graphics card that is not there.
    """

    def __init__(self, width: int, height: int, fps: int, settings: EncoderSettings) -> None:
        if settings.codec not in CODECS:
            raise Bug(f"Nothing encodes with {settings.codec}.")
        self.fps, self.settings, self.kbps = fps, settings, settings.video_kbps
        gop = max(1, round(settings.keyframe_s * fps))
        self._container = av.open(os.devnull, "w", format="null")
        try:
            self.stream = self._open(width, height, gop)
        except (av.FFmpegError, ValueError) as e:
            raise SetupError(
                f"This machine cannot encode with {settings.codec} ({type(e).__name__}).",
                remedy="An _nvenc encoder needs an NVIDIA card with a video encoder and its driver; "
                "libx264 and libx265 run everywhere.",
            ) from e
        self.extradata = bytes(self.stream.codec_context.extradata or b"")
        self._base = Fraction(1, fps)
        self._key_next = False

    def _open(self, width: int, height: int, gop: int) -> Any:
        s = self.settings
        stream: Any = self._container.add_stream(s.codec, rate=self.fps, options=_options(s, gop))
        cc = stream.codec_context
        cc.width, cc.height, cc.pix_fmt, cc.bit_rate = width, height, "yuv420p", s.video_kbps * 1000
        cc.gop_size, cc.time_base, cc.thread_count = gop, Fraction(1, self.fps), s.threads
        cc.color_primaries = cc.color_trc = cc.colorspace = _BT709
        cc.color_range = _LIMITED
        cc.flags |= av.codec.context.Flags.global_header
        self._container.start_encoding()  # opens the codec: extradata is known from here on
        return stream

    def force_key(self) -> None:
        """Makes the next frame a keyframe."""
        self._key_next = True

    def set_kbps(self, kbps: int) -> None:
        """Another rate from the next frame on, up to that of the settings; the headers stay the same.

        libx264 and the nvenc encoders follow `bit_rate` while they run (libavcodec/libx264.c and nvenc.c,
        reconfig_encoder); libx265 does not, and keeps its rate.
        """
        self.kbps = min(kbps, self.settings.video_kbps)
        self.stream.codec_context.bit_rate = self.kbps * 1000

    def encode(self, n: int, frame: av.VideoFrame) -> list[Packet]:
        """Frame index `n`, rising. The frame may be overwritten as soon as this returns: the encoders copy
        it (media.md 4.4)."""
        frame.pts, frame.time_base = n, self._base
        frame.pict_type = PictureType.I if self._key_next else PictureType.NONE
        self._key_next = False
        return self._packets(self.stream.codec_context.encode(frame))

    def flush(self) -> list[Packet]:
        return self._packets(self.stream.codec_context.encode(None))

    def _packets(self, packets: Iterable[Any]) -> list[Packet]:
        out = []
        for p in packets:
            key, data = bool(p.is_keyframe), bytes(p)
            if key and self.settings.codec.endswith("_nvenc"):  # has them in its extradata alone
                data = self.extradata + data
            out.append(Packet("video", data, p.pts, p.dts, 1, self._base, key))
        return out
