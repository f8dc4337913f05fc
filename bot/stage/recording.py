"""The show on disk, on a thread of its own: segments of a recording, and whole files of rehearsals."""

import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from bot.stage.aigc import KEY, keep_one_copy, require_aigc
from bot.stage.encoder import Encoder, Packet
from bot.stage.mux import FileMuxer
from bot.stage.outbox import Outbox
from bot.stage.segments import SEGMENT_S, Seal, Segment, SegmentWriter
from products.errors import Bug, CastmateError, SetupError

LOW_BYTES = 32 << 20  # less room than this counts as a full disk: the ledger must still be able to say why
LOOK_S = 1.0  # how often the room is looked at
RECOVER_S = 2.0  # a disk that took packets for so long again counts as mended


class Recorder:
    """Records a show into `folder` without ever making the air wait.

    `write` only queues; a thread muxes, writes, fsyncs, signs and hashes. `on_segment` is called on that
    thread for every closed segment, in order. While the disk fails or has less than `low` bytes left,
    `failure` says why (SetupError), and the show decides: what cannot be recorded must not air. It goes on by
    itself, with a segment of its own, once there is room. When the disk cannot keep up, whole groups of
    pictures are dropped and counted in `dropped`.

    live   False in a rehearsal: `write` then waits for the disk instead of dropping.
    seal   signs each closed segment in place, before it is hashed.
    """

    def __init__(
        self,
        folder: Path,
        encoder: Encoder,
        metadata: Mapping[str, str],
        on_segment: Callable[[Segment], None],
        *,
        seconds: int = SEGMENT_S,
        live: bool = True,
        seal: Seal | None = None,
        low: int = LOW_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise disk_error(folder, e) from e
        self._folder, self._low, self._clock = folder, low, clock
        self._outbox = Outbox(max_frames=30 * encoder.fps if live else 2 * encoder.fps, wait=not live)
        self._writer = SegmentWriter(folder, encoder.template(), metadata, on_segment, seconds, seal)
        self._look_at, self._mended_at = 0.0, 0.0
        self._stopped = False  # for want of room: packets are let go until there is some
        self.failure: CastmateError | None = None
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        return self._outbox.dropped

    def write(self, packets: Iterable[Packet]) -> None:
        self._outbox.put(packets)

    def finish(self) -> None:
        """No more packets will come. Returns at once."""
        self._outbox.finish()

    def close(self, timeout: float = 10.0) -> bool:
        """Writes what waits, closes the last segment. False when that takes longer than `timeout` seconds."""
        self.finish()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._outbox.finished:
                if (packet := self._outbox.get(0.5)) is not None:
                    self._guarded(lambda p=packet: self._take(p))  # type: ignore[misc]
            self._guarded(self._writer.close)
        except CastmateError as e:
            self.failure = e
        except Exception as e:  # noqa: BLE001 (nobody else would see it: the show asks for `failure`)
            self.failure = Bug(f"The recording failed: {type(e).__name__}: {e}.")
        finally:
            self._outbox.hold()

    def _guarded(self, act: Callable[[], None]) -> None:
        """A disk that refuses is no end: the torn segment is given up, and the next keyframe tries again."""
        try:
            act()
        except OSError as e:
            self.failure, self._mended_at = disk_error(self._folder, e), self._clock() + RECOVER_S
            self._writer.abandon()

    def _take(self, packet: Packet) -> None:
        now = self._clock()
        if now >= self._look_at:
            self._look_at = now + LOOK_S
            self._look(now)
        if self._stopped:
            return
        self._writer.write(packet)
        if self.failure is not None and now >= self._mended_at:
            self.failure = None

    def _look(self, now: float) -> None:
        """Stops in order before the disk is full, and goes on when there is room again. Raises OSError."""
        free = shutil.disk_usage(self._folder).free
        if not self._stopped and free < self._low:
            self._stopped = True
            self.failure = SetupError(
                f"{self._folder} has {megabytes(free)} left; {megabytes(self._low)} are kept for the ledger.",
                remedy="Free space: the show goes on by itself.",
            )
            self._writer.close()
        elif self._stopped and free >= 2 * self._low:
            self._stopped, self._mended_at = False, now + RECOVER_S


class FileRecorder:
    """One file for a rehearsal (.mp4 or .flv). Raises SetupError when the file cannot be written."""

    def __init__(self, path: Path, encoder: Encoder, metadata: Mapping[str, str]) -> None:
        if path.suffix.lower() not in (".mp4", ".flv"):
            raise SetupError(f"{path.name}: only .mp4 and .flv can be written.", remedy="Choose such a name.")
        self.path, self._record = path, metadata.get(KEY)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._muxer = FileMuxer(encoder.template(), path, metadata)
        except OSError as e:
            raise disk_error(path, e) from e

    def write(self, packets: Iterable[Packet]) -> None:
        try:
            self._muxer.write(packets)
        except OSError as e:
            raise disk_error(self.path, e) from e

    def close(self) -> None:
        """Finishes the file and checks that it carries the AIGC record."""
        try:
            self._muxer.close()
            if self.path.suffix.lower() == ".mp4":
                keep_one_copy(self.path)
        except OSError as e:
            raise disk_error(self.path, e) from e
        if self._record is not None:
            require_aigc(self.path, self._record)


def disk_error(path: Path, e: OSError) -> SetupError:
    """What the operator is told when a file or folder cannot be written."""
    return SetupError(
        f"{path} cannot be written: {e.strerror or e}.", remedy="Free space or choose another folder."
    )


def megabytes(n: int) -> str:
    """Bytes as people read them: "1,234 MB" (10^6)."""
    return f"{n / 1e6:,.0f} MB"
