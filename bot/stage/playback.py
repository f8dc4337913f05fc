"""Looks at what a platform plays back, where its connector names an address (RTMP, HTTP-FLV, HLS).

Only keyframes are decoded: whether a picture arrives, bears the AI label and is not black. The platform may
have scaled the picture: it is brought back to the stage's size first. A thread of its own; an address that
does not answer is asked again, and closing waits for no platform.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import av
import cv2
import numpy as np

from bot.stage.judges import Check, Spell, is_black
from bot.stage.picture import view_of
from bot.stage.watch import LabelWatch
from connectors.base import Secret

AGAIN_S = 3.0  # before an address is asked again
SILENT_S = 6.0  # a stream from which nothing comes for so long is opened anew
GONE_S = 20.0  # patience: platforms are that far behind the show, and further
LABEL_S = 3.0  # patience: a platform's own coding may spoil one keyframe
SCORE = 0.7  # of the label; a second encoding blurs it


class Playback:
    """Watches one address until `close`. Times are seconds since it was made, by `clock`.

    spells   ended spells of the checks `arrives`, `label`, `black`, each once; `close` gives the rest
    """

    def __init__(
        self,
        name: str,
        url: Secret,
        label: LabelWatch,
        size: tuple[int, int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name, self._url, self._label, self._size, self._clock = name, url, label, size, clock
        self._born = clock()
        self._checks = {
            "arrives": Check("arrives", GONE_S),
            "label": Check("label", LABEL_S),
            "black": Check("black", LABEL_S, least=True),
        }
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self.error = ""
        self.pictures = 0
        self._thread = threading.Thread(target=self._run, name=f"playback-{name}", daemon=True)
        self._thread.start()

    def spells(self) -> tuple[Spell, ...]:
        with self._lock:
            return tuple(s for c in self._checks.values() for s in c.take())

    def bad(self) -> dict[str, float]:
        """Check -> since when it has been bad, of those that are."""
        with self._lock:
            return {k: c.bad_since for k, c in self._checks.items() if c.bad_since is not None}

    def close(self) -> tuple[Spell, ...]:
        """Stops looking; what is left. Does not wait for a platform that does not answer."""
        self._stopping.set()
        self._thread.join(0.2)
        with self._lock:
            return tuple(s for c in self._checks.values() for s in c.close())

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._pull()
                self.error = "it ended"
            except (av.error.FFmpegError, OSError, ValueError) as error:
                self.error = f"{type(error).__name__}: {error.strerror if isinstance(error, OSError) else ''}"
            self._see("arrives", False)
            self._stopping.wait(AGAIN_S)

    def _pull(self) -> None:
        with av.open(self._url.reveal(), "r", timeout=(SILENT_S, SILENT_S)) as stream:
            video = stream.streams.video[0]
            video.codec_context.skip_frame = "NONKEY"
            video.codec_context.thread_count = 1
            for packet in stream.demux(video):
                if self._stopping.is_set():
                    return
                self._see("arrives", True)
                for frame in packet.decode():
                    self._look(frame)

    def _look(self, frame: Any) -> None:
        luma = view_of(frame.planes[0])
        if luma.shape != self._size:
            across, down = self._size[1], self._size[0]
            luma = cv2.resize(luma, (across, down), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
        score = self._label.score(luma)
        self.pictures += 1
        self._see("label", score >= SCORE, score)
        self._see("black", not is_black(luma), float(luma[::8, ::8].mean()))

    def _see(self, check: str, ok: bool, value: float | None = None) -> None:
        with self._lock:
            self._checks[check].see(ok, self._clock() - self._born, value)
