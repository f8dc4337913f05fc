"""One connection to a server: a sender process, the muxer that feeds it, and its health."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.stage.child import SenderChild, SenderFailed
from bot.stage.encoder import Packet, Template
from bot.stage.mux import StreamMuxer
from bot.stage.pulse import PATIENCE, Health, Patience, Pulse
from connectors.base import Ingest
from products.errors import SetupError

WHIP = Patience(dial=7.0, stalled=2.5, dead=4.5)  # an answer, then ICE and DTLS; reports about once a second
RATE_S = 2.0  # what came through is measured over so long
START_S = 20.0  # a sender process that says nothing for so long never started


@dataclass(frozen=True, slots=True)
class Route:
    """How an Ingest is reached. program: the module of bot.stage.senders; form: what it reads, "flv" or
    "mpegts"; order: its first line, with the address: never shown."""

    program: str
    form: str
    order: Mapping[str, object] = field(repr=False)
    patience: Patience = PATIENCE


def route_of(ingest: Ingest, ca_file: str, kbps: int = 2500) -> Route:
    """kbps: what the stream takes at its full rate. Raises SetupError for a kind that nothing sends to."""
    order = {"url": ingest.url.reveal(), "ca_file": ca_file, "kbps": kbps}
    if ingest.kind in ("rtmp", "rtmps"):
        return Route("rtmp", "flv", order)
    if ingest.kind == "srt":
        return Route("srt", "mpegts", order)
    if ingest.kind == "whip":
        return Route("whip", "mpegts", order, WHIP)
    raise SetupError(f"Nothing sends to {ingest.kind}.", remedy="Use rtmp, rtmps, srt, whip or file.")


class Connection:
    """`start` it, `write` packets, `pump` often. One thread uses it; `kill` may come from any.

    health    as of the last pump
    """

    def __init__(self, program: str, time: Callable[[], float]) -> None:
        self._child, self._time = SenderChild(program), time
        self._muxer: StreamMuxer | None = None
        self._pulse: Pulse | None = None
        self._told = 0.0
        self._fed = False
        self.health = Health.CONNECTING
        self.started = False
        self._confirmed: deque[tuple[float, int]] = deque()  # (seconds, bytes) of the last RATE_S

    def start(self, route: Route, template: Template, metadata: Mapping[str, str]) -> None:
        """Tells the sender where to send; the stream begins at the next keyframe that is written."""
        self._child.start(route.order)
        self._muxer = StreamMuxer(template, self._child, metadata, route.form)
        self._patience = route.patience
        self._told, self.started = self._time(), True

    def write(self, packet: Packet) -> int:
        """The number of packets that went in: 0 before the first keyframe."""
        assert self._muxer is not None
        n = self._muxer.write([packet])
        self._fed = self._fed or n > 0
        return n

    def pump(self, timeout: float) -> None:
        """Moves bytes and looks at the health. Raises SenderFailed when the connection is over."""
        report, now = self._child.pump(timeout), self._time()
        if self._pulse is None:
            if report is not None and self._fed:
                self._pulse = Pulse(now, self._patience)
            elif now - self._told > START_S and self._fed:
                raise SenderFailed("the sender did not start")
            else:
                return
        self.health = self._pulse.see(now, report)
        if report is not None and report.acked is not None:
            self._confirmed.append((now, report.acked))
            while now - self._confirmed[0][0] > RATE_S:
                self._confirmed.popleft()
        if self.health is Health.DEAD:
            raise SenderFailed("the server does not take the stream")

    @property
    def waiting(self) -> bool:
        """The sender has not taken all that was written."""
        return self._child.waiting

    @property
    def pending(self) -> int:
        """Bytes that the system holds unconfirmed."""
        return 0 if self._pulse is None else self._pulse.pending

    @property
    def confirmed_kbps(self) -> float | None:
        """What the server confirmed of late; None before that can be said."""
        if len(self._confirmed) < 2 or (span := self._confirmed[-1][0] - self._confirmed[0][0]) < RATE_S / 2:
            return None
        return (self._confirmed[-1][1] - self._confirmed[0][1]) / 125 / span

    @property
    def age(self) -> float:
        """Seconds since media flows."""
        return 0.0 if self._pulse is None else self._pulse.age(self._time())

    def wants_key(self) -> bool:
        """True once after the far side asked for a keyframe."""
        wanted, self._child.key_wanted = self._child.key_wanted, False
        return wanted

    def finish(self) -> None:
        """The stream ends here: the trailer is written, the sender closes it properly. Pump until `gone`."""
        if self._muxer is not None:
            self._muxer.close()
        self._child.finish()

    @property
    def gone(self) -> bool:
        return self._child.gone

    @property
    def pid(self) -> int:
        """The sender's process."""
        return self._child.pid

    def kill(self) -> None:
        self._child.kill()

    def release(self) -> None:
        """The end, whatever state it is in. On the owning thread."""
        self._child.release()
