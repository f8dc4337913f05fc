"""One encode of picture and sound, whose packets every muxer and sender copies."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import PictureType
from numpy.typing import NDArray

from connectors.base import IngestLimits
from products.errors import Bug

AUDIO_RATE = 48_000
AAC_FRAME = 1024  # samples; an AAC-LC frame, the only size that FFmpeg's encoder takes
# FFmpeg 8.1 at 128 kb/s, speech: a third of the CPU of "twoloop", 5 dB more signal to noise, and fewer bands
# whose noise passes the masking threshold (9 against 25 in a hundred)
_AAC_CODER = "fast"
_BT709 = 1  # ITU-T H.273: primaries, transfer and matrix 1 are BT.709
_LIMITED = 1  # AVCOL_RANGE_MPEG

Kind = Literal["video", "audio"]


@dataclass(frozen=True, slots=True)
class EncoderSettings:
    """How to encode. kb/s, seconds. One x264 thread costs the least and gives equal bytes each run."""

    preset: str = "superfast"
    video_kbps: int = 2500
    audio_kbps: int = 128
    keyframe_s: float = 2.0
    threads: int = 1

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

    Video: H.264 Annex B, pts = frame index. Audio: an AAC-LC frame of 1024 samples, pts = index of its
    first sample (the encoder's first packet is priming: pts -1024).
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


class Template:
    """A copy of the encoder's stream parameters: other threads make muxers from it, not from the encoder."""

    def __init__(self, video: Any, audio: Any) -> None:
        self._container = av.open(os.devnull, "w", format="null")
        self.video = self._container.add_stream_from_template(video)
        self.audio = self._container.add_stream_from_template(audio)

    def add_to(self, container: Any) -> dict[Kind, Any]:
        """Adds both streams to an output container. Never `add_stream("libx264")` there: it would bring
        its own SPS."""
        return {
            "video": container.add_stream_from_template(self.video),
            "audio": container.add_stream_from_template(self.audio),
        }


class Encoder:
    """H.264 + AAC-LC. Not thread-safe: the air thread owns it; packets are safe to hand on.

    Raises Bug for samples of a wrong shape and for use after close.
    """

    def __init__(self, width: int, height: int, fps: int, settings: EncoderSettings | None = None) -> None:
        self.width, self.height, self.fps = width, height, fps
        self.settings = settings or EncoderSettings()
        self._container = av.open(os.devnull, "w", format="null")
        self.video_stream = self._add_video()
        self.audio_stream = self._add_audio()
        self._container.start_encoding()  # opens both codecs: extradata is known from here on
        self.video_extradata = bytes(self.video_stream.codec_context.extradata)
        self.audio_extradata = bytes(self.audio_stream.codec_context.extradata)
        self._template = Template(self.video_stream, self.audio_stream)
        self._pending = np.zeros((2, 0), np.float32)
        self._sample = 0
        self._key_next = False
        self._closed = False

    def _add_video(self) -> Any:
        s = self.settings
        gop = max(1, round(s.keyframe_s * self.fps))
        options = {
            "preset": s.preset, "tune": "zerolatency", "profile": "main", "forced-idr": "1",
            "maxrate": f"{s.video_kbps}k", "bufsize": f"{2 * s.video_kbps}k",
            # repeated headers: any keyframe can start a stream, also in raw Annex B
            "x264-params": f"repeat-headers=1:scenecut=0:bframes=0:keyint={gop}:min-keyint=1",
        }  # fmt: skip
        stream = self._container.add_stream("libx264", rate=self.fps, options=options)
        cc = stream.codec_context
        cc.width, cc.height, cc.pix_fmt, cc.bit_rate = self.width, self.height, "yuv420p", s.video_kbps * 1000
        cc.gop_size, cc.time_base, cc.thread_count = gop, Fraction(1, self.fps), s.threads
        cc.color_primaries = cc.color_trc = cc.colorspace = _BT709
        cc.color_range = _LIMITED
        cc.flags |= av.codec.context.Flags.global_header
        return stream

    def _add_audio(self) -> Any:
        stream = self._container.add_stream("aac", rate=AUDIO_RATE, options={"aac_coder": _AAC_CODER})
        cc = stream.codec_context
        cc.layout, cc.format, cc.bit_rate = "stereo", "fltp", self.settings.audio_kbps * 1000
        cc.time_base = Fraction(1, AUDIO_RATE)
        cc.flags |= av.codec.context.Flags.global_header
        return stream

    @property
    def codecs(self) -> str:
        """For MediaSource.isTypeSupported: from the real SPS (RFC 6381), e.g. "avc1.42c01f,mp4a.40.2"."""
        sps = self.video_extradata.find(b"\x00\x00\x01\x67")
        if sps < 0:
            raise Bug("The encoder gave no SPS in its extradata.")
        profile = self.video_extradata[sps + 4 : sps + 7].hex()
        return f"avc1.{profile},mp4a.40.2"

    def template(self) -> Template:
        """The stream parameters for muxers, from any thread and at any time."""
        return self._template

    def force_key(self) -> None:
        """Makes the next frame a keyframe, for a channel that has come back. The next is a GOP later."""
        self._key_next = True

    def encode(self, n: int, frame: av.VideoFrame, samples: NDArray[np.float32]) -> list[Packet]:
        """Frame index `n` (rising) and its samples, float32 [2, any]; the packets that came out.

        An air that skips frame numbers hands over the skipped ticks' samples too: sound is counted, never
        stretched. The frame may be overwritten as soon as this returns: libx264 copies its input (media.md
        4.4).
        """
        if self._closed:
            raise Bug("The encoder was used after close.")
        if samples.ndim != 2 or samples.shape[0] != 2:
            raise Bug(f"The encoder takes samples of shape [2, n], got {list(samples.shape)}.")
        frame.pts, frame.time_base = n, Fraction(1, self.fps)
        frame.pict_type = PictureType.I if self._key_next else PictureType.NONE
        self._key_next = False
        out = self._packets("video", self.video_stream.codec_context.encode(frame))
        self._pending = np.concatenate([self._pending, samples], axis=1)
        while self._pending.shape[1] >= AAC_FRAME:
            out += self._encode_audio(self._pending[:, :AAC_FRAME])
            self._pending = self._pending[:, AAC_FRAME:]
        return out

    def close(self) -> list[Packet]:
        """The last packets; silence fills the last AAC frame. Further calls give nothing."""
        if self._closed:
            return []
        self._closed = True
        out = self._packets("video", self.video_stream.codec_context.encode(None))
        if rest := self._pending.shape[1]:
            out += self._encode_audio(np.pad(self._pending, ((0, 0), (0, AAC_FRAME - rest))))
        out += self._packets("audio", self.audio_stream.codec_context.encode(None))
        return out

    def _encode_audio(self, samples: NDArray[np.float32]) -> list[Packet]:
        frame = AudioFrame.from_ndarray(
            np.ascontiguousarray(samples, np.float32), format="fltp", layout="stereo"
        )
        frame.sample_rate, frame.pts, frame.time_base = AUDIO_RATE, self._sample, Fraction(1, AUDIO_RATE)
        self._sample += AAC_FRAME
        return self._packets("audio", self.audio_stream.codec_context.encode(frame))

    def _packets(self, kind: Kind, packets: Iterable[Any]) -> list[Packet]:
        base = Fraction(1, self.fps) if kind == "video" else Fraction(1, AUDIO_RATE)
        duration = 1 if kind == "video" else AAC_FRAME
        return [
            Packet(kind, bytes(p), p.pts, p.dts, duration, base, kind == "audio" or bool(p.is_keyframe))
            for p in packets
        ]
