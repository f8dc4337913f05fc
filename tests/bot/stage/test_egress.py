"""Egress without a network: waits, redaction, the file channel, a sender that dies at once, time-outs."""

import os
import random
import signal
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import synthetic
from servers import blackhole, free_port, wait_for

from bot.clock import SystemClock
from bot.stage import child, connection, egress
from bot.stage.egress import Backoff, NetworkOutlet, open_outlet, redact
from bot.stage.mux import FragmentMuxer
from bot.stage.outlet import OutletState
from bot.stage.recording import Recorder
from bot.stage.senders import rtmp as sender
from bot.stage.sinks import FragmentSink, OutletSink, RecorderSink
from bot.stage.turns import turn_for
from connectors.base import Ingest, Secret
from products.errors import RemoteError, SetupError

KEY = "live_SECRET-key_42"


def ingest(port, **more):
    return Ingest("rtmp", Secret(f"rtmp://127.0.0.1:{port}/live/{KEY}"), "rtmp://127.0.0.1", **more)


def outlet(port, enc, **more):
    return NetworkOutlet("own", ingest(port), enc, {}, clock=SystemClock(), rng=random.Random(1), **more)


def feed(out, enc, frames=10_000):
    """Feeds the channel from a thread, faster than life; the returned event stops it."""
    stop = threading.Event()

    def run():
        for packets in synthetic.ticks(enc, frames):
            if stop.wait(0.005):
                return
            out.put(packets)

    threading.Thread(target=run, daemon=True).start()
    return stop


def test_waits_double_to_three_seconds_and_are_shortened_at_random():
    backoff = Backoff(random.Random(7))
    waits = [backoff.next() for _ in range(9)]
    for wait, full in zip(waits, [0.5, 1, 2, 3, 3, 3, 3, 3, 3], strict=True):
        assert full / 2 <= wait <= full
    assert len(set(waits)) == 9
    backoff.reset()
    assert backoff.next() <= 0.5


def test_a_server_that_is_gone_for_long_is_tried_less_often_but_for_ever():
    backoff = Backoff(random.Random(7))
    waits = [backoff.next() for _ in range(5000)]
    assert max(waits[:100]) <= 3
    assert 15 <= min(waits[100:]) and max(waits) <= 30


@pytest.mark.parametrize(
    "text",
    [
        f"Error opening rtmp://a.example/live/{KEY}: Connection refused",
        f"BrokenPipeError(32, 'Broken pipe', 'RTMPS://a.example:443/app/{KEY}?x={KEY}')",
        f"key {KEY} was refused",
        f"rtmp://user:{KEY}@a.example/app/x",
    ],
)
def test_redact_leaves_no_key(text):
    assert KEY not in redact(text, KEY)


def test_redact_keeps_what_helps():
    text = redact(f"Error opening rtmp://a.example:1935/live/{KEY}: Connection refused")
    assert text == "Error opening rtmp://a.example:1935/***: Connection refused"


def test_a_server_that_refuses_is_said_counted_and_tried_again():
    enc = synthetic.encoder()
    out = outlet(free_port(), enc)
    stop = feed(out, enc)
    wait_for(lambda: out.stats().reconnects >= 1)
    stats = out.stats()
    stop.set()
    assert "refuses the connection" in stats.last_error
    assert KEY not in repr(stats)
    assert stats.dropped > 0
    out.close(2)
    assert out.stats().state is OutletState.CLOSED


@pytest.mark.parametrize("refused", [True, False])
def test_what_was_wrong_is_still_told_when_the_show_ends_in_the_middle_of_the_next_try(monkeypatch, refused):
    monkeypatch.setattr(egress.Lines, "gone", False)  # its last words are read before it is seen to be gone
    enc = synthetic.encoder()
    out = outlet(free_port(), enc)
    if refused:
        stop = feed(out, enc)
        wait_for(lambda: out.stats().reconnects >= 1)
        stop.set()  # the next sender waits for its first packet, which never comes
    wait_for(lambda: out.stats().state is OutletState.CONNECTING)
    out.close(5)
    told = "the server refuses the connection" if refused else "the show ended before the connection stood"
    assert out.stats().last_error.endswith(told)


def test_the_key_is_in_no_argument_and_no_environment_of_the_sender(monkeypatch):
    seen = {}
    popen = child.subprocess.Popen

    def spy(args, **more):
        seen.update(args=args, env=more.get("env"))
        return popen(args, **more)

    monkeypatch.setattr(child.subprocess, "Popen", spy)
    enc = synthetic.encoder()
    out = outlet(free_port(), enc)
    wait_for(lambda: seen)
    out.close(2)
    assert KEY not in repr(seen)


def test_a_single_use_address_is_never_dialled_twice():
    enc, renewed, dialled = synthetic.encoder(), [], []
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]

        def renew():
            renewed.append(1)
            if len(renewed) > 1:
                raise RemoteError("The platform gives no new address.")
            return ingest(port, single_use=True)

        def reset_all():
            while True:
                try:
                    peer, _ = server.accept()
                except OSError:
                    return
                dialled.append(1)
                peer.close()

        threading.Thread(target=reset_all, daemon=True).start()
        out = NetworkOutlet(
            "k", ingest(port, single_use=True), enc, {},
            clock=SystemClock(), rng=random.Random(1), renew=renew,
        )  # fmt: skip
        stop = feed(out, enc)
        wait_for(lambda: len(renewed) >= 2)
        stop.set()
        out.close(2)
        assert len(dialled) == 2
        assert "no new address" in out.stats().last_error
        server.shutdown(socket.SHUT_RDWR)


def test_an_expired_address_without_a_new_one_fails_and_says_so():
    enc, spent = synthetic.encoder(), {"expires": datetime(2020, 1, 1, tzinfo=UTC)}
    out = NetworkOutlet("k", ingest(9, **spent), enc, {}, clock=SystemClock(), rng=random.Random(1))
    wait_for(lambda: out.stats().state is OutletState.FAILED)
    assert "is spent" in out.stats().last_error
    assert out.close(2)


def test_an_address_that_expires_later_is_used():
    enc = synthetic.encoder()
    later = SystemClock().now() + timedelta(hours=1)
    out = NetworkOutlet(
        "k", ingest(free_port(), expires=later), enc, {}, clock=SystemClock(), rng=random.Random(1)
    )
    wait_for(lambda: out.stats().state is OutletState.CONNECTING)
    out.close(2)


def test_close_kills_a_sender_that_does_not_end():
    """A server that never answers: the sender would sit in its close for seconds."""
    enc = synthetic.encoder()
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        out = outlet(server.getsockname()[1], enc)
        stop = feed(out, enc)
        wait_for(lambda: out.stats().sent > 20)
        pid = out._lines.current.pid
        stop.set()
        assert out.close(0.2) is False
        assert not Path(f"/proc/{pid}").exists()


def test_a_sender_that_cannot_start_is_a_failure_like_any_other(monkeypatch):
    monkeypatch.setattr(child, "_RUN", "raise SystemExit(5)  # {root} {program}")
    enc = synthetic.encoder()
    out = outlet(free_port(), enc)
    stop = feed(out, enc)
    wait_for(lambda: out.stats().reconnects >= 1)
    stop.set()
    out.close(2)
    assert "ended without a word" in out.stats().last_error


def test_a_sender_that_is_killed_is_replaced():
    enc = synthetic.encoder()
    with blackhole() as port:
        out = outlet(port, enc)
        stop = feed(out, enc)
        wait_for(lambda: out.stats().sent > 5)
        os.kill(out._lines.current.pid, signal.SIGKILL)
        wait_for(lambda: out.stats().reconnects >= 1)
        stop.set()
        assert "without a word" in out.stats().last_error
        out.close(0.5)


def test_a_fault_of_our_own_fails_the_channel_and_raises_the_alarm(monkeypatch):
    def broken(*args):
        raise KeyError("x")

    monkeypatch.setattr(connection, "StreamMuxer", broken)
    out = outlet(free_port(), synthetic.encoder())
    wait_for(lambda: out.stats().state is OutletState.FAILED)
    assert "KeyError" in out.stats().last_error
    assert out.stats().alarm
    assert out.close(2)


def test_tls_is_verified_for_rtmps_and_only_there():
    """An option that nobody uses is fatal to FFmpeg, so plain rtmp gets none of them."""
    assert "tls_verify=1:ca_file=/ca.pem" in sender.fifo_options("rtmps://h/a/k", "/ca.pem")["format_opts"]
    assert "tls" not in sender.fifo_options("rtmp://h/a/k", "/ca.pem")["format_opts"]


def test_the_file_channel_writes_the_same_packets(tmp_path):
    enc = synthetic.encoder()
    where = Ingest("file", Secret(str(tmp_path / "a.flv")), "a.flv")
    out = open_outlet("file", where, enc, {}, clock=SystemClock(), rng=random.Random(1))
    for packets in synthetic.ticks(enc, 60):
        out.put(packets)
    out.put(enc.close())
    assert out.close(10)
    assert out.stats().state is OutletState.CLOSED
    assert max(map(abs, synthetic.offsets(tmp_path / "a.flv"))) <= 0.001


def test_a_kind_that_nothing_sends_to_is_refused():
    enc = synthetic.encoder()
    with pytest.raises(SetupError, match="Nothing sends to ndi"):
        open_outlet(
            "x", Ingest("ndi", Secret("ndi://h"), "h"), enc, {}, clock=SystemClock(), rng=random.Random(1)
        )


def test_the_sinks_take_what_the_air_gives(tmp_path):
    enc, pieces, segments = synthetic.encoder(), [], []
    where = Ingest("file", Secret(str(tmp_path / "a.mp4")), "a.mp4")
    out = open_outlet("file", where, enc, {}, clock=SystemClock(), rng=random.Random(1))
    recorder = Recorder(tmp_path / "rec", enc, {}, segments.append)
    sinks = [
        OutletSink(out, enc),
        RecorderSink(recorder),
        FragmentSink(FragmentMuxer(enc.template(), {}), pieces.append),
    ]
    for n, packets in enumerate(synthetic.ticks(enc, 60)):
        for sink in sinks:
            sink.take(n, packets)
    last = enc.close()
    for sink in sinks:
        sink.take(60, last)
        sink.close()
    assert out.close(10)
    assert recorder.close(10)
    assert segments[0].frames == 60
    assert len(pieces) >= 10


def test_a_channel_that_another_show_still_sends_to_is_dialled_when_that_has_ended(tmp_path):
    enc, now = synthetic.encoder(), SystemClock().now
    address = ingest(free_port()).url.reveal()
    before = turn_for(tmp_path, address, now)
    assert before.take(lambda seconds: True)
    out = outlet(free_port(), enc, turn=turn_for(tmp_path, address, now))
    stop = feed(out, enc)
    wait_for(lambda: out.stats().waits_turn)
    assert "another show" in out.stats().last_error and not out.stats().alarm
    assert (out.stats().sent, out.stats().reconnects) == (0, 0)
    before.give(now())
    wait_for(lambda: out.stats().reconnects >= 1)  # nobody listens there: it was dialled, and is again
    assert not out.stats().waits_turn
    stop.set()
    out.close()
    assert turn_for(tmp_path, address, now).take(lambda seconds: True), "and gives its own turn"


def test_a_channel_that_waits_for_its_turn_can_be_closed(tmp_path):
    enc, now = synthetic.encoder(), SystemClock().now
    before = turn_for(tmp_path, "rtmp://x", now)
    before.take(lambda seconds: True)
    out = outlet(free_port(), enc, turn=turn_for(tmp_path, "rtmp://x", now))
    wait_for(lambda: out.stats().waits_turn)
    assert out.close() and out.stats().state is OutletState.CLOSED
