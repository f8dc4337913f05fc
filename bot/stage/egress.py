"""A channel's way out: a thread that feeds a sender process and replaces it when it dies."""

import random
import re
import subprocess
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import certifi

from bot.clock import Clock
from bot.stage.child import SenderChild, SenderFailed
from bot.stage.encoder import Encoder, Packet
from bot.stage.file_outlet import FileOutlet
from bot.stage.mux import FlvMuxer
from bot.stage.outbox import Outbox
from bot.stage.outlet import Outlet, OutletState, OutletStats
from connectors.base import Ingest
from products.errors import CastmateError, RemoteError, SetupError

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 8.0
GOOD_AFTER_S = 5.0  # a connection that held this long starts the waits anew
ALARM_AFTER = 5  # attempts in a row that failed: somebody should look
OUTBOX_S = 4  # seconds of packets that may wait
STALLED_S = 3.0  # nothing confirmed by the server for this long
LIVE_BYTES = 8_000  # confirmed bytes beyond any RTMP handshake: the server takes the stream


class Backoff:
    """Waits of 0.5 s doubling to 8 s, each shortened at random by up to half: channels spread out."""

    def __init__(self, rng: random.Random) -> None:
        self._rng, self.failures = rng, 0

    def next(self) -> float:
        wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * float(2 ** min(self.failures, 10)))
        self.failures += 1
        return wait * self._rng.uniform(0.5, 1.0)

    def reset(self) -> None:
        self.failures = 0


_ADDRESS = re.compile(r"\b(rtmps?|srt|https?)://([^/\s'\"]+)(/[^\s'\"]*?)?(?=:?(?:[\s'\"]|$))", re.IGNORECASE)


def redact(text: str, *secrets: str) -> str:
    """`text` without stream keys: of an address only protocol and host stay; each of `secrets` goes."""
    for secret in sorted((s for s in secrets if s), key=len, reverse=True):
        text = text.replace(secret, "***")
    return _ADDRESS.sub(lambda m: f"{m[1]}://{m[2].rsplit('@', 1)[-1]}" + ("/***" if m[3] else ""), text)


class NetworkOutlet:
    """One RTMP or RTMPS channel.

    encoder    whose packets will come
    ingest     where to push; `renew` gives the next address when it was single-use or has expired (called
               on the channel's thread; may raise RemoteError)
    metadata   written into each FLV header, e.g. {"AIGC": aigc_record(...)}
    clock, rng time and jitter, injected
    ca_file    trusted roots for rtmps (default: certifi's)
    """

    def __init__(
        self,
        name: str,
        ingest: Ingest,
        encoder: Encoder,
        metadata: Mapping[str, str],
        *,
        clock: Clock,
        rng: random.Random,
        renew: Callable[[], Ingest] | None = None,
        ca_file: str | None = None,
    ) -> None:
        self.name = name
        self._ingest, self._renew, self._used = ingest, renew, False
        self._template, self._metadata = encoder.template(), dict(metadata)
        self._clock, self._backoff = clock, Backoff(rng)
        self._ca_file = ca_file or certifi.where()
        self._outbox = Outbox(max_frames=OUTBOX_S * encoder.fps)
        self._state, self._last_error = OutletState.IDLE, ""
        self._sent = self._dials = 0
        self._want_key = False
        self._child: SenderChild | None = None
        self._closing, self._killed = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"outlet-{name}", daemon=True)
        self._thread.start()

    def put(self, packets: Iterable[Packet]) -> None:
        """Queues; never waits. Called by the air after each encode."""
        self._outbox.put(packets)

    def wants_key(self) -> bool:
        """True once after a redial: the air then calls `Encoder.force_key`; nobody waits a GOP."""
        wanted, self._want_key = self._want_key, False
        return wanted

    def stats(self) -> OutletStats:
        return OutletStats(
            self._state,
            self._sent,
            self._outbox.dropped,
            max(0, self._dials - 1),
            self._last_error,
            len(self._outbox),
            self._state is OutletState.FAILED or self._backoff.failures >= ALARM_AFTER,
        )

    def finish(self) -> None:
        """No more packets will come: it sends what waits, writes the trailer, ends. Returns at once."""
        self._outbox.finish()
        self._closing.set()

    def close(self, timeout: float = 5.0) -> bool:
        """Like `finish`, and waits. After `timeout` seconds the sender is killed; True if it was not."""
        self.finish()
        self._thread.join(timeout)
        if not self._thread.is_alive():
            return not self._killed.is_set()
        self._killed.set()
        if (child := self._child) is not None:
            child.kill()
        self._thread.join(2.0)
        return False

    # ---- the channel's own thread

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._redial_address()
                self._connection()
            except CastmateError as e:
                self._last_error = redact(e.message, self._ingest.url.reveal())
            except Exception as e:  # noqa: BLE001 (nobody else would see it: the channel shows it and gives up)
                self._state, self._last_error = OutletState.FAILED, f"our own fault: {type(e).__name__}"
            finally:
                self._outbox.hold()
            if self._state is OutletState.FAILED or self._closing.is_set():
                break
            self._state = OutletState.BACKING_OFF
            self._closing.wait(self._backoff.next())
        if self._state is not OutletState.FAILED:
            self._state = OutletState.CLOSED

    def _redial_address(self) -> None:
        """A fresh address where the last one is spent. Raises RemoteError and fails where there is none."""
        ingest = self._ingest
        expired = ingest.expires is not None and ingest.expires <= self._clock.now()
        if not expired and not (ingest.single_use and self._used):
            return
        if self._renew is None:
            self._state = OutletState.FAILED
            raise RemoteError(f"The address of {ingest.shown} is spent.", remedy="Open the channel again.")
        self._ingest, self._used = self._renew(), False

    def _connection(self) -> None:
        """One sender from birth to death. Returns at the channel's end; RemoteError when it broke."""
        self._state, self._used = OutletState.CONNECTING, True
        self._dials += 1
        try:
            child = self._child = SenderChild(self._ingest.url.reveal(), self._ca_file, self._killed)
        except (OSError, subprocess.SubprocessError) as e:
            raise RemoteError(f"The sender could not be started: {type(e).__name__}.") from None
        try:
            self._feed(child)
        except SenderFailed as e:
            raise RemoteError(f"{self._ingest.shown}: {e.words}") from None
        finally:
            self._child = None
            child.release()

    def _feed(self, child: SenderChild) -> None:
        """Moves packets from the outbox to the sender."""
        child.start()
        muxer = FlvMuxer(self._template, child, self._metadata)
        born = moved = self._clock.time()
        acked = 0
        if self._dials > 1:  # the first sender gets the show from its first frame
            self._outbox.resume()
            self._want_key = self._backoff.failures <= ALARM_AFTER
        while not self._outbox.finished:
            packet = self._outbox.get(0.2)
            if packet is not None:
                self._sent += muxer.write([packet])
            child.poll()
            now = self._clock.time()
            if child.acked is None or child.acked > acked:
                acked, moved = child.acked or acked, now
            self._judge(child, now - born, now - moved)
        if not self._killed.is_set():
            muxer.close()
            child.end()

    def _judge(self, child: SenderChild, age: float, still: float) -> None:
        """The state by what the server has confirmed; by age alone where the system does not tell."""
        if child.acked is None:
            live = age >= GOOD_AFTER_S
        else:
            live = child.acked >= LIVE_BYTES
        if not live:
            return
        self._state = OutletState.STALLED if still >= STALLED_S else OutletState.LIVE
        if age >= GOOD_AFTER_S and self._state is OutletState.LIVE:
            self._backoff.reset()


def open_outlet(
    name: str,
    ingest: Ingest,
    encoder: Encoder,
    metadata: Mapping[str, str],
    *,
    clock: Clock,
    rng: random.Random,
    renew: Callable[[], Ingest] | None = None,
    ca_file: str | None = None,
) -> Outlet:
    """The outlet for an Ingest: rtmp, rtmps or file. SetupError for another kind or a bad path."""
    if ingest.kind == "file":
        return FileOutlet(name, Path(ingest.url.reveal()), encoder, metadata)
    if ingest.kind in ("rtmp", "rtmps"):
        return NetworkOutlet(
            name, ingest, encoder, metadata, clock=clock, rng=rng, renew=renew, ca_file=ca_file
        )
    raise SetupError(f"Nothing sends to {ingest.kind}.", remedy="Use rtmp, rtmps or file.")
