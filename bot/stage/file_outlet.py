"""The file channel: the same packets into .flv or .mp4, on a thread: a slow disk never holds the air."""

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.stage.encoder import Encoder, Packet
from bot.stage.outbox import Outbox
from bot.stage.outlet import OutletState, OutletStats
from bot.stage.recording import FileRecorder
from products.errors import CastmateError

OUTBOX_S = 30  # seconds of packets that may wait for the disk


class FileOutlet:
    """Writes a show into one file. Raises SetupError at once when the file cannot be made."""

    def __init__(self, name: str, path: Path, encoder: Encoder, metadata: Mapping[str, str]) -> None:
        self.name = name
        self._file = FileRecorder(path, encoder, metadata)
        self._outbox = Outbox(max_frames=OUTBOX_S * encoder.fps)
        self._state, self._sent, self._error = OutletState.LIVE, 0, ""
        self._wants_key = True  # the show is on already: the file is not to begin in mid-sentence
        self._thread = threading.Thread(target=self._run, name=f"outlet-{name}", daemon=True)
        self._thread.start()

    def put(self, packets: Iterable[Packet]) -> None:
        self._outbox.put(packets)

    def wants_key(self) -> bool:
        """True once: a file begins with a keyframe, and the next regular one may be a GOP away."""
        wanted, self._wants_key = self._wants_key, False
        return wanted

    def stats(self) -> OutletStats:
        failed = self._state is OutletState.FAILED
        return OutletStats(
            self._state, self._sent, self._outbox.dropped, 0, self._error, len(self._outbox), failed
        )

    def finish(self) -> None:
        """No more packets will come. Returns at once."""
        self._outbox.finish()

    def close(self, timeout: float) -> bool:
        """Finishes the file; True if it did within `timeout` seconds and nothing failed."""
        self.finish()
        self._thread.join(timeout)
        return self._state is OutletState.CLOSED

    def _run(self) -> None:
        try:
            while not self._outbox.finished:
                if (packet := self._outbox.get(0.5)) is not None:
                    self._file.write([packet])
                    self._sent += 1
            self._file.close()
            self._state = OutletState.CLOSED
        except CastmateError as e:
            self._state, self._error = OutletState.FAILED, e.message
        except Exception as e:  # noqa: BLE001 (nobody else would see it: the channel shows it)
            self._state, self._error = OutletState.FAILED, f"our own fault: {type(e).__name__}"
        finally:
            self._outbox.hold()
