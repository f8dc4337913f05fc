"""A channel's way out: a thread that feeds a sender process and replaces it when it dies."""

import random
import re
import subprocess
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

import certifi

from bot.clock import Clock
from bot.stage.child import SenderFailed
from bot.stage.connection import Connection, Route, route_of
from bot.stage.encoder import Encoder, Packet, Template
from bot.stage.file_outlet import FileOutlet
from bot.stage.handover import Lines
from bot.stage.ladder import Congestion
from bot.stage.outbox import Outbox
from bot.stage.outlet import Outlet, OutletState, OutletStats
from bot.stage.pulse import Health
from bot.stage.rollover import Rollover
from bot.stage.turns import Turn
from connectors.base import Ingest
from products.errors import CastmateError, RemoteError

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 3.0  # a server that is back is found within 5 s
PATIENT_AFTER, PATIENT_WAIT_S = 100, 30.0  # some minutes of failures: less often
GOOD_AFTER_S = 5.0  # a connection that held this long starts the waits anew
ALARM_AFTER, ALARM_AFTER_S = 5, 30.0  # attempts in a row, or seconds without a live stream: somebody looks
ALARM_ROLLOVERS = 3  # change-overs in a row that failed
OUTBOX_S = 4  # seconds of packets that may wait
LOOK_S = 0.1
_STATES = {
    Health.CONNECTING: OutletState.CONNECTING,
    Health.LIVE: OutletState.LIVE,
    Health.STALLED: OutletState.STALLED,
}


class Backoff:
    """Waits of 0.5 s doubling to 3 s, each shortened at random by up to half: channels spread out. After
    PATIENT_AFTER failures the server is tried every half minute at most."""

    def __init__(self, rng: random.Random) -> None:
        self._rng, self.failures = rng, 0

    def next(self) -> float:
        longest = LONGEST_WAIT_S if self.failures < PATIENT_AFTER else PATIENT_WAIT_S
        wait = min(longest, FIRST_WAIT_S * float(2 ** min(self.failures, 10)))
        self.failures += 1
        return wait * self._rng.uniform(0.5, 1.0)

    def reset(self) -> None:
        self.failures = 0


_ADDRESS = re.compile(
    r"\b(rtmps?|srt|(?:whip\+)?https?)://([^/\s'\"?#]+)([/?#][^\s'\"]*?)?(?=:?(?:[\s'\"]|$))", re.IGNORECASE
)


def redact(text: str, *secrets: str) -> str:
    """`text` without stream keys: of an address only protocol and host stay; each of `secrets` goes."""
    for secret in sorted((s for s in secrets if s), key=len, reverse=True):
        text = text.replace(secret, "***")
    return _ADDRESS.sub(lambda m: f"{m[1]}://{m[2].rsplit('@', 1)[-1]}" + ("/***" if m[3] else ""), text)


class NetworkOutlet:
    """One channel that is sent to a server: RTMP, RTMPS, SRT or WHIP.

    encoder    whose packets will come
    ingest     where to push
    metadata   written into each FLV header, e.g. {"AIGC": aigc_record(...)}
    clock, rng time and jitter, injected
    renew      gives the next address when one is spent or runs out; called on a thread that may wait; may
               raise RemoteError. Without it a limited address is used until the server ends it
    ca_file    trusted roots for TLS (default: certifi's)
    template   the streams' parameters, where the packets are not those of the shared encode
    turn       of the address, where shows follow one another on it: it dials once the one before has ended
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
        template: Template | None = None,
        turn: Turn | None = None,
    ) -> None:
        self.name = name
        self._turn, self._waiting_turn = turn, False
        self._gap_s: float | None = None
        self._ended: datetime | None = None
        self._renew, self._used = renew, False
        self._template, self._metadata = template or encoder.template(), dict(metadata)
        self._fps = encoder.fps
        self._kbps = encoder.settings.video_kbps + encoder.settings.audio_kbps
        self._clock, self._backoff = clock, Backoff(rng)
        self._ca_file = ca_file or certifi.where()
        route_of(ingest, self._ca_file)  # an address of no known kind fails here, not on the thread
        self._term = Rollover(ingest, clock.now())
        self._outbox = Outbox(max_frames=OUTBOX_S * encoder.fps)
        self._state, self._last_error = OutletState.IDLE, ""
        self._sent = self._dials = self._rollovers = 0
        self._last_live = clock.time()
        self._want_key = False
        self._pending = 0
        self._confirmed_kbps: float | None = None
        self._lines: Lines | None = None
        self._closing, self._killed = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"outlet-{name}", daemon=True)
        self._thread.start()

    def put(self, packets: Iterable[Packet]) -> None:
        """Queues; never waits. Called by the air after each encode."""
        self._outbox.put(packets)

    def wants_key(self) -> bool:
        """True once when a new connection waits for one: the air then calls `Encoder.force_key`."""
        wanted, self._want_key = self._want_key, False
        return wanted

    def rotate(self) -> None:
        """Go on under a new address (`renew`) as soon as it takes the stream: a key was changed."""
        self._term.asked = True

    def congestion(self) -> Congestion:
        """The marks that the bitrate ladder steps by."""
        live = self._state in (OutletState.LIVE, OutletState.STALLED)
        waiting = self._outbox.frames / self._fps
        return Congestion(waiting, self._pending, self._outbox.overflowed, live, self._confirmed_kbps)

    def stats(self) -> OutletStats:
        return OutletStats(
            self._state,
            self._sent,
            self._outbox.dropped,
            max(0, self._dials - 1),
            self._last_error,
            len(self._outbox),
            self._alarm(),
            self._rollovers,
            gap_s=self._gap_s,
            waits_turn=self._waiting_turn,
        )

    def _route_of(self, ingest: Ingest) -> Route:
        return route_of(ingest, self._ca_file, self._kbps)

    def _alarm(self) -> bool:
        if self._state in (OutletState.CLOSED, OutletState.LIVE):
            return self._term.failures >= ALARM_ROLLOVERS
        return (
            self._state is OutletState.FAILED
            or self._backoff.failures >= ALARM_AFTER
            or (self._backoff.failures > 0 and self._clock.time() - self._last_live >= ALARM_AFTER_S)
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
        if (lines := self._lines) is not None:
            lines.kill()
        self._thread.join(2.0)
        return False

    # ---- the channel's own thread

    def _run(self) -> None:
        wait = 0.0
        while not self._closing.is_set():
            try:
                self._dial(wait)
            except CastmateError as e:
                if self._ended is None or not self._last_error:  # else it breaks since we hung up on it
                    self._last_error = redact(e.message, self._term.ingest.url.reveal())
            except Exception as e:  # noqa: BLE001 (nobody else would see it: the channel shows it and gives up)
                self._state, self._last_error = OutletState.FAILED, f"our own fault: {type(e).__name__}"
            finally:
                self._outbox.hold()
            if self._state is OutletState.FAILED or self._closing.is_set():
                break
            self._state = OutletState.BACKING_OFF
            wait = self._backoff.next()
        if self._turn is not None:
            self._turn.give(self._ended)
        if self._state is not OutletState.FAILED:
            self._state = OutletState.CLOSED

    def _dial(self, wait: float) -> None:
        """One life of the channel: from a dial to the end of the show, or to a RemoteError. The sender
        process starts while we wait: its start then delays nothing."""
        program = self._route_of(self._term.ingest).program
        try:
            first = Connection(program, self._clock.time)
        except (OSError, subprocess.SubprocessError) as e:
            self._closing.wait(wait)
            raise RemoteError(f"The sender could not be started: {type(e).__name__}.") from None
        lines: Lines | None = None
        try:
            if self._closing.wait(wait) or not self._our_turn():
                return
            self._fresh_address()
            route = self._route_of(self._term.ingest)
            first.start(route, self._template, self._metadata)
            self._state, self._used = OutletState.CONNECTING, True
            self._dials += 1
            lines = self._lines = Lines(
                first, self._term, self._renew, self._clock, self._route_of, self._template, self._metadata
            )
            self._feed(lines)
        except SenderFailed as e:
            raise RemoteError(f"{self._term.ingest.shown}: {e.words}") from None
        finally:
            self._lines, self._pending, self._confirmed_kbps = None, 0, None
            first.release()
            if lines is not None:
                lines.release()

    def _our_turn(self) -> bool:
        """Waits while another show still sends to this address. False: we are ending ourselves."""
        turn = self._turn
        if turn is None or turn.take(lambda _: True):
            return True
        self._waiting_turn, self._state = True, OutletState.BACKING_OFF
        self._last_error = "another show still sends to this address; it is its turn until it has ended"
        self._outbox.hold()  # old pictures are of no use once it is our turn
        ours = turn.take(self._closing.wait)
        self._waiting_turn, self._last_error = False, ""
        if ours:
            self._outbox.resume()
            self._want_key = True
        return ours

    def _fresh_address(self) -> None:
        """A new address where the last one is spent. Raises RemoteError and fails where there is none."""
        ingest, now = self._term.ingest, self._clock.now()
        expired = ingest.expires is not None and ingest.expires <= now
        spent = expired or (ingest.single_use and self._used)
        if not spent and (self._renew is None or not self._term.wanted(now)):
            return
        if self._renew is None:
            self._state = OutletState.FAILED
            raise RemoteError(f"The address of {ingest.shown} is spent.", remedy="Open the channel again.")
        self._term.done(self._renew(), now)
        self._used = False

    def _feed(self, lines: Lines) -> None:
        """Moves packets from the outbox to the connections until the show ends."""
        if self._dials > 1:  # the first sender gets the show from its first frame
            self._outbox.resume()
            self._want_key = self._backoff.failures <= ALARM_AFTER
        counted = 0
        while not self._outbox.finished:
            if lines.ready:
                if (packet := self._outbox.get(LOOK_S)) is not None:
                    self._sent += lines.write(packet)
                lines.pump(0)
            else:
                lines.pump(LOOK_S)
            self._judge(lines)
            self._rollovers, counted = self._rollovers + lines.rollovers - counted, lines.rollovers
        self._ended = self._clock.now()
        lines.finish()
        while not lines.gone and not self._killed.is_set():
            lines.pump(LOOK_S)
            if not lines.gone:
                self._killed.wait(LOOK_S)

    def _judge(self, lines: Lines) -> None:
        self._state = _STATES[lines.current.health]
        self._pending = lines.current.pending
        self._confirmed_kbps = lines.current.confirmed_kbps
        self._last_error = lines.trouble or self._last_error
        if lines.want_key:
            lines.want_key, self._want_key = False, True
        if self._state is OutletState.LIVE:
            self._last_live = self._clock.time()
            if self._gap_s is None and self._turn is not None and self._turn.before is not None:
                self._gap_s = (self._clock.now() - self._turn.before).total_seconds()
            if lines.current.age >= GOOD_AFTER_S:
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
    template: Template | None = None,
    turn: Turn | None = None,
) -> Outlet:
    """The outlet for an Ingest: rtmp, rtmps, srt, whip or file. SetupError for another kind or a bad path."""
    if ingest.kind == "file":
        return FileOutlet(name, Path(ingest.url.reveal()), encoder, metadata)
    return NetworkOutlet(
        name,
        ingest,
        encoder,
        metadata,
        clock=clock,
        rng=rng,
        renew=renew,
        ca_file=ca_file,
        template=template,
        turn=turn,
    )
