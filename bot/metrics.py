"""What Prometheus reads: the figures of shows (bot/show/messages.py, Health) under their metric names.

Labels hold ids of shows, names of channels ("rtmp-1") and kinds of processes; never a key, never a viewer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.show.messages import Health
from products.errors import SetupError

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
MB = 1024.0 * 1024.0


@dataclass(frozen=True, slots=True)
class Known:
    """A figure and its metric. `of`: the label that a figure's own suffix fills ("dropped.rtmp-1")."""

    figure: str
    metric: str
    text: str
    counts: bool = False
    of: str = ""
    times: float = 1.0


KNOWN = (
    Known("ticks", "castmate_air_ticks", "Ticks (pictures) made.", counts=True),
    Known("lagged", "castmate_air_ticks_lagged", "Ticks done after their deadline.", counts=True),
    Known("repeated", "castmate_air_ticks_repeated", "Ticks that showed the last picture again, for want of "
          "the studio's.", counts=True),
    Known("advanced", "castmate_air_ticks_advanced", "Ticks that were made at once after a stall of the air, "
          "the host idle.", counts=True),
    Known("skipped", "castmate_air_ticks_skipped", "Ticks by which the clock was moved on.", counts=True),
    Known("worst_late_s", "castmate_air_worst_lateness_seconds", "Longest lateness of a tick so far."),
    Known("busy_ms", "castmate_air_busy_seconds_per_tick", "Mean work of a tick.", times=0.001),
    Known("av_offset_ms", "castmate_av_offset_seconds", "Sound against picture, measured in our own decoded "
          "stream.", times=0.001),
    Known("av_step_ms", "castmate_av_step_seconds", "End of the newest picture less end of the newest sound "
          "in what is encoded; swings by 0.021, must not wander.", times=0.001),
    Known("momentary_lufs", "castmate_loudness_momentary_lufs", "Loudness of the last 400 ms as sent."),
    Known("integrated_lufs", "castmate_loudness_integrated_lufs", "Loudness since the start as sent."),
    Known("caption_offset_ms", "castmate_caption_offset_seconds", "Captions against sound in our own decoded "
          "stream.", times=0.001),
    Known("studio_lead_s", "castmate_studio_lead_seconds", "Speech and motion made ahead, in the border."),
    Known("studio_restarts", "castmate_studio_restarts", "Times the studio was started again.", counts=True),
    Known("mouths_missed", "castmate_studio_mouths_missed", "Pictures whose mouth rested: the painter of "
          "many shows did not bring it in time.", counts=True),
    Known("label_score", "castmate_label_score", "Match of the AI label in our own decoded picture, -1..1."),
    Known("label_unseen_s", "castmate_label_unseen_seconds", "Time since the label was last seen."),
    Known("overlays_failed", "castmate_overlays_failed", "Overlays that could not be drawn.", counts=True),
    Known("chat_dropped", "castmate_chat_dropped", "Chat messages for which there was no room.",
          counts=True),
    Known("eye_dropped", "castmate_eye_packets_dropped", "Packets that our own eye did not see.",
          counts=True),
    Known("link_dropped", "castmate_link_dropped", "Messages and fragments that the console did not take.",
          counts=True),
    Known("ledger_entries", "castmate_ledger_entries", "Entries of the ledger with a receipt.", counts=True),
    Known("disk_free_mb", "castmate_disk_free_bytes", "Room on the disk that the show writes to.", times=1e6),
    Known("llm_resting", "castmate_llm_resting", "1 while the language model is left alone after failures."),
    Known("llm_tokens", "castmate_llm_tokens_last_hour", "Tokens that the language model took in an hour."),
    Known("llm_money", "castmate_llm_money_last_hour", "What they cost, in the money of its prices."),
    Known("question_s", "castmate_question_to_sound_seconds", "From the last answered question to its "
          "answer's first sound."),
    Known("turn_s", "castmate_turn_to_sound_seconds", "The part of it in which the answer waited for no "
          "other answer and no person's word."),
    Known("viewers", "castmate_room_viewers", "Viewers in the live room."),
    Known("orders", "castmate_show_orders", "Orders that came in while the show was on.", counts=True),
    Known("store_waiting", "castmate_store_waiting", "Files that are not in the shop's store yet."),
    Known("store_failed", "castmate_store_failures", "Tries of the store that failed.", counts=True),
    Known("store_dropped", "castmate_store_dropped", "Files for which there was no room to wait.",
          counts=True),
    Known("live", "castmate_channel_live", "1 while the channel's server takes the stream.", of="channel"),
    Known("alarm", "castmate_channel_alarm", "1 when the channel failed too often or for too long.",
          of="channel"),
    Known("sent", "castmate_channel_packets_sent", "Packets sent.", counts=True, of="channel"),
    Known("dropped", "castmate_channel_packets_dropped", "Packets dropped.", counts=True, of="channel"),
    Known("reconnects", "castmate_channel_reconnects", "Times the channel dialled again.", counts=True,
          of="channel"),
    Known("rollovers", "castmate_channel_rollovers", "Changes to a new address without a gap.", counts=True,
          of="channel"),
    Known("queue_ms", "castmate_channel_queue_seconds", "Stream that waits in the outbox.", of="channel",
          times=0.001),
    Known("congestion", "castmate_channel_congestion", "Share of the outbox that is full, 0..1.",
          of="channel"),
    Known("out_kbps", "castmate_channel_video_bits_per_second", "Video rate that the channel gets; 0: not "
          "known.", of="channel", times=1000.0),
    Known("gap_ms", "castmate_channel_takeover_gap_seconds", "From the last packet of the show before on "
          "this channel until ours were taken.", of="channel", times=0.001),
    Known("rss_mb", "castmate_process_resident_bytes", "Memory of a process, with what it shares.",
          of="process", times=MB),
    Known("private_mb", "castmate_process_private_bytes", "Memory of a process, its own pages alone.",
          of="process", times=MB),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """The latest figures of one show. `up`: it is heard of at the moment; without that no figure is given."""

    show: str
    figures: Mapping[str, float]
    up: bool = True


class ShowCollector(Collector):
    """Asks `shows` at each reading. A figure that nobody has is left out, never given as 0."""

    def __init__(self, shows: Callable[[], Iterable[Shown]]) -> None:
        self._shows = shows

    def collect(self) -> Iterator[Metric]:
        shows = list(self._shows())
        up = GaugeMetricFamily("castmate_show_up", "1 while the show is heard of.", labels=("show",))
        for shown in shows:
            up.add_metric((shown.show,), float(shown.up))
        yield up
        for known in KNOWN:
            family = _family(known)
            for shown in shows:
                for name, value in shown.figures.items() if shown.up else ():
                    figure, _, of = name.partition(".")
                    if figure == known.figure and bool(of) == bool(known.of):
                        labels = (shown.show, of) if known.of else (shown.show,)
                        family.add_metric(labels, value * known.times)
            if family.samples:
                yield family


def _family(known: Known) -> CounterMetricFamily | GaugeMetricFamily:
    labels = ("show", known.of) if known.of else ("show",)
    kind = CounterMetricFamily if known.counts else GaugeMetricFamily
    return kind(known.metric, known.text, labels=labels)


def exposition(shows: Callable[[], Iterable[Shown]]) -> bytes:
    """The text that Prometheus reads, of CONTENT_TYPE."""
    registry = CollectorRegistry()
    registry.register(ShowCollector(shows))
    return generate_latest(registry)


def serve_metrics(port: int, collector: Collector) -> tuple[WSGIServer, Thread]:
    """/metrics on loopback, from a thread of its own. Port 0: any free one. Raises SetupError when the port
    is taken.
    """
    registry = CollectorRegistry()
    registry.register(collector)
    try:
        served: tuple[WSGIServer, Thread] = start_http_server(port, "127.0.0.1", registry)
    except OSError as error:
        raise SetupError(
            f"The metrics cannot be served on 127.0.0.1:{port}: {error.strerror}.",
            remedy="Choose another port, e.g. --metrics 9108.",
        ) from error
    return served


class Exporter:
    """/metrics of one show on loopback, for a `castmate air` without a console. `take` each Health."""

    def __init__(self, show: str, port: int) -> None:
        """Listens. Port 0: any free one. Raises SetupError when the port is taken."""
        self._shown = Shown(show, {})
        self._server, self._thread = serve_metrics(port, ShowCollector(lambda: (self._shown,)))
        self.port = int(self._server.server_port)

    def take(self, health: Health) -> None:
        """The figures of the last second."""
        self._shown = Shown(self._shown.show, dict(health.figures))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=2)
