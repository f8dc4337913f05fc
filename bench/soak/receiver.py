"""A viewer of the stream behind a third party's server: decodes every picture and sound that arrives.

    python -m bench.soak.receiver ADDRESS LABEL.npz OUT.jsonl

Writes a line each second of arrival. What it looks for: the label, pictures that do not move at all, sound
that is not there at all, gaps in the time stamps and in the arrival, and how both time stamps keep together.
"""

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from bot.stage.picture import Overlay, view_of
from bot.stage.watch import LabelWatch

LOOK_EVERY = 5  # frames: 0.2 s
SILENT = 1e-5  # RMS of a block; the room tone is 80 times louder
CELL = 8  # pixels a side
MOVED = 2.0  # levels by which some cell of a living picture changes: see Stillness


def save_label(path: Path, label: Overlay) -> None:
    """For a receiver in a process of its own."""
    np.savez(path, x=label.x, y=label.y, pre_y=label.pre_y, pre_u=label.pre_u, pre_v=label.pre_v,
             ia_y=label.ia_y, ia_c=label.ia_c)  # fmt: skip


def load_label(path: Path) -> Overlay:
    with np.load(path) as d:
        return Overlay(
            "label", int(d["x"]), int(d["y"]), d["pre_y"], d["pre_u"], d["pre_v"], d["ia_y"], d["ia_c"]
        )


@dataclass(slots=True)
class Second:
    """What came in one second. Time stamps in seconds; `*_gap` the longest step between two of a kind;
    `stood`, `silent`: for how long the picture did not move, nothing sounded, at most, in seconds.
    """

    at: float
    video: int = 0
    audio: int = 0
    video_pts: float = 0.0
    audio_pts: float = 0.0
    video_gap: float = 0.0
    audio_gap: float = 0.0
    arrival_gap: float = 0.0
    looks: int = 0
    labelled: int = 0
    score: float = 1.0
    stood: float = 0.0
    silent: float = 0.0
    rms: float = 0.0
    restarts: int = 0


class Stillness:
    """For how long a decoded picture has not moved. Equal pixels would not tell: an encoder that has rate to
    spare refines a picture that stands, so that no two decoded ones are quite equal for seconds.

    Means of cells of 8 x 8 pixels do: at 625 to 2500 kb/s the sample's host at its stillest moves some cell
    by 2.1 levels each tick, and by 10 in five; what the encoder makes of a still, by 1.5 at most.
    """

    def __init__(self) -> None:
        self._since: NDArray[np.float32] | None = None  # the picture that stands
        self.seconds = 0.0

    def look(self, luma: NDArray[np.uint8], tick_s: float = 0.04) -> float:
        """Luma [h, w] of the next picture; seconds for which none has moved, up to this one."""
        size = luma.shape[1] // CELL, luma.shape[0] // CELL
        cells = cv2.resize(luma.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        if self._since is None or float(np.abs(cells - self._since).max()) >= MOVED:
            self._since, self.seconds = cells, 0.0
        else:
            self.seconds += tick_s
        return self.seconds


class Receiver:
    """Takes decoded frames and sums them up by the second."""

    def __init__(self, label: Overlay, out: Path) -> None:
        self._watch, self._out = LabelWatch(label), out
        self._began = time.monotonic()
        self._second = Second(0.0)
        self._still = Stillness()
        self._silent = 0.0
        self._pts: dict[str, float] = {}
        self._arrived = self._began
        self._n = 0

    def restart(self) -> None:
        """The connection was lost: what lies between is a gap of ours to see, not of the time stamps."""
        self._pts.clear()
        self._second.restarts += 1

    def packet(self) -> None:
        now = time.monotonic()
        self._second.arrival_gap = max(self._second.arrival_gap, now - self._arrived)
        self._arrived = now
        if now - self._began >= self._second.at + 1:
            self._write(now - self._began)

    def video(self, frame: av.VideoFrame) -> None:
        at, s = float(frame.time or 0.0), self._second
        s.video, s.video_pts, s.video_gap = s.video + 1, at, max(s.video_gap, self._step("video", at))
        luma = view_of(frame.planes[0])
        s.stood = max(s.stood, self._still.look(luma))
        if self._n % LOOK_EVERY == 0:
            score = self._watch.score(luma)
            s.looks, s.labelled, s.score = s.looks + 1, s.labelled + (score >= 0.8), min(s.score, score)
        self._n += 1

    def audio(self, frame: av.AudioFrame) -> None:
        at, s = float(frame.time or 0.0), self._second
        s.audio, s.audio_pts, s.audio_gap = s.audio + 1, at, max(s.audio_gap, self._step("audio", at))
        rms = float(np.sqrt(np.mean(np.square(frame.to_ndarray(), dtype=np.float64))))
        self._silent = self._silent + frame.samples / frame.sample_rate if rms < SILENT else 0.0
        s.silent, s.rms = max(s.silent, self._silent), max(s.rms, rms)

    def _step(self, kind: str, at: float) -> float:
        step = at - self._pts.get(kind, at)
        self._pts[kind] = at
        return abs(step)

    def _write(self, now: float) -> None:
        with self._out.open("a", encoding="utf-8") as file:
            file.write(json.dumps({k: round(v, 6) for k, v in asdict(self._second).items()}) + "\n")
        old = self._second
        self._second = Second(float(int(now)), video_pts=old.video_pts, audio_pts=old.audio_pts)


def watch(address: str, receiver: Receiver) -> None:
    """One connection to its end. Raises av.error.FFmpegError."""
    with av.open(address, options={"rw_timeout": "5000000"}) as source:
        video, audio = source.streams.video[0], source.streams.audio[0]
        video.codec_context.thread_count = 1
        for packet in source.demux(video, audio):
            receiver.packet()
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    receiver.video(frame)
                elif isinstance(frame, av.AudioFrame):
                    receiver.audio(frame)


def main(address: str, label: str, out: str) -> None:
    """Until it is ended from outside; dials again when the stream is not there."""
    receiver = Receiver(load_label(Path(label)), Path(out))
    while True:
        try:
            watch(address, receiver)
        except (av.error.FFmpegError, IndexError, OSError):
            pass
        receiver.restart()
        time.sleep(0.5)


if __name__ == "__main__":
    main(*sys.argv[1:4])
