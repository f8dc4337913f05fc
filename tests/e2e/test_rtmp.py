"""A real nginx-rtmp receives the show, whatever happens to it; the air is never blocked."""

import contextlib
import itertools
import json
import shutil
import socket
import ssl
import subprocess
import threading
from pathlib import Path

import av
import numpy as np
import pytest
import synthetic
from sending import KEY, RECORD, Air, goes_on, keyframes, live
from servers import (
    free_port,
    nginx_rtmp,
    nginx_rtmp_missing,
    node_media_server,
    node_media_server_missing,
    wait_for,
)

from bot.clock import SystemClock
from bot.stage.aigc import read_aigc
from bot.stage.outlet import OutletState
from bot.stage.turns import turn_for
from connectors.base import Ingest, IngestLimits, Secret

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(bool(nginx_rtmp_missing()), reason=nginx_rtmp_missing() or "-"),
    pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is missing: apt-get install ffmpeg"),
]


def probe(path, *entries):
    command = ["ffprobe", "-v", "error", "-of", "json", *entries, str(path)]
    return json.loads(subprocess.check_output(command))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with nginx_rtmp(tmp_path_factory.mktemp("rtmp")) as server:
        yield server


def test_the_next_show_takes_the_channel_over_when_the_one_before_has_ended(server, tmp_path):
    url, now = f"{server.url}/relay", SystemClock().now
    with Air(url, turn=turn_for(tmp_path, url, now)) as first:
        wait_for(live(first.outlets[0]))
        with Air(url, turn=turn_for(tmp_path, url, now)) as second:
            wait_for(lambda: second.outlets[0].stats().waits_turn)
            assert second.outlets[0].stats().reconnects == 0, "the server was not asked twice for one name"
            assert first.stop() == [True]
            wait_for(live(second.outlets[0]))
            stats = wait_for(lambda: (s := second.outlets[0].stats()).gap_s is not None and s)
            assert 0 < stats.gap_s < 60 and stats.last_error == ""
            goes_on(second, 10)


def recordings(server, name):
    return [p for p in server.recordings() if p.name.startswith(name)]


def test_a_server_receives_the_show_and_ffprobe_reads_it_back(server, tmp_path):
    pulled = tmp_path / "pulled.flv"
    with Air(f"{server.url}/{KEY}") as air:
        wait_for(live(air.outlets[0]))
        pull = ["ffmpeg", "-v", "error", "-i", f"{server.url}/{KEY}", "-t", "3", "-c", "copy", str(pulled)]
        subprocess.run(pull, check=True, timeout=30)
        wait_for(lambda: air.ticks >= 25 * 6)
        assert air.stop() == [True]
    stats = air.outlets[0].stats()
    assert (stats.state, stats.dropped, stats.reconnects, stats.last_error) == (OutletState.CLOSED, 0, 0, "")
    assert read_aigc(pulled) == json.loads(RECORD)  # nginx-rtmp with `meta copy` hands the record on

    (path,) = wait_for(lambda: recordings(server, KEY))
    streams = {s["codec_type"]: s for s in probe(path, "-show_streams")["streams"]}
    assert (streams["video"]["codec_name"], streams["audio"]["codec_name"]) == ("h264", "aac")
    assert streams["video"]["r_frame_rate"] == "25/1"
    assert (streams["video"]["color_space"], streams["video"]["color_range"]) == ("bt709", "tv")
    assert (streams["audio"]["sample_rate"], streams["audio"]["channels"]) == ("48000", 2)
    keys = keyframes(path)
    assert keys[0] == 0
    assert len(keys) >= 3
    assert max(b - a for a, b in itertools.pairwise(keys)) <= 2.001
    with av.open(str(path)) as c:
        frames = [round(float(f.pts * f.time_base) * 25) for f in c.decode(video=0)]
    assert frames == list(range(air.ticks))
    assert max(map(abs, synthetic.offsets(path))) <= 0.002


def certificate(folder):
    """A key, and a certificate for "localhost" that vouches for itself."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    make = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {key} -out {cert}"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*make.split(), *names], check=True, capture_output=True)
    return key, cert


class TlsServer:
    """Has a certificate for "localhost" that only `cert` vouches for. `heard`: what came inside TLS."""

    def __init__(self, folder):
        self.heard, (key, self.cert) = [], certificate(folder)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.cert, key)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self):
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), self._context.wrap_socket(peer, server_side=True) as tls:
                if data := tls.recv(1537):
                    self.heard.append(data)


@pytest.mark.parametrize(
    ("host", "trusted", "accepted"),
    [("localhost", False, False), ("localhost", True, True), ("127.0.0.1", True, False)],
    ids=["unknown authority", "known authority", "another name"],
)
def test_a_server_s_certificate_is_verified(tmp_path, host, trusted, accepted):
    """FFmpeg by itself would connect without a word."""
    with TlsServer(tmp_path) as server:
        url = f"rtmps://{host}:{server.port}/live/{KEY}"
        with Air(url, ca_file=str(server.cert) if trusted else None) as air:
            wait_for(lambda: server.heard or air.outlets[0].stats().reconnects >= 1, 20)
            stats = air.outlets[0].stats()
        assert bool(server.heard) is accepted
        if not accepted:
            assert "certificate" in stats.last_error


@pytest.mark.skipif(bool(node_media_server_missing()), reason=node_media_server_missing() or "-")
def test_node_media_server_receives_the_show_by_rtmps(tmp_path):
    key, cert = certificate(tmp_path)
    with node_media_server(tmp_path, (key, cert)) as node:
        with Air(f"rtmps://localhost:{node.rtmps}/live/{KEY}", ca_file=str(cert)) as air:
            wait_for(live(air.outlets[0]))
            goes_on(air, 50)
            assert air.stop() == [True]
        (path,) = wait_for(node.recordings)
        with av.open(str(path)) as c:
            assert sum(1 for _ in c.decode(video=0)) == air.ticks
        assert max(map(abs, synthetic.offsets(path))) <= 0.002


def test_no_process_list_shows_the_key(server):
    with Air(f"{server.url}/{KEY}") as air:
        wait_for(live(air.outlets[0]))
        pid = air.outlets[0]._lines.current.pid
        for name in ("cmdline", "environ"):
            assert KEY.encode() not in Path(f"/proc/{pid}/{name}").read_bytes()


class Numbered(Air):
    """Its pictures say their number, in twelve stripes; so a gap or a repetition shows."""

    BITS = 12

    def _ticks(self):
        work = synthetic.WorkFrame(synthetic.WIDTH, synthetic.HEIGHT)
        work.u[:], work.v[:] = 128, 128
        quiet = np.zeros((2, 1920), np.float32)
        wide = synthetic.WIDTH // self.BITS
        for n in itertools.count():
            for bit in range(self.BITS):
                work.y[:, bit * wide : (bit + 1) * wide] = 220 if n >> bit & 1 else 30
            yield self.encoder.encode(n, work.frame, quiet)


def numbers(path):
    """What the pictures of a recording say."""
    wide, out = synthetic.WIDTH // Numbered.BITS, []
    with av.open(str(path)) as c:
        for frame in c.decode(video=0):
            luma = frame.to_ndarray(format="gray")
            bright = [luma[:, b * wide + 2 : (b + 1) * wide - 2].mean() > 128 for b in range(Numbered.BITS)]
            out.append(sum(int(on) << b for b, on in enumerate(bright)))
    return out


def rolling(server, names, stream_s):
    """Addresses that serve `stream_s` each, under the names in turn."""
    limits, addresses = IngestLimits(max_stream_s=stream_s), iter(names)

    def renew():
        return Ingest("rtmp", Secret(f"{server.url}/{next(addresses)}"), "rtmp://own", limits)

    return renew


@pytest.mark.parametrize(
    "names", [("one", "two", "three", "four", "five", "six"), ("same",) * 6], ids=["keys", "one key"]
)
def test_limited_broadcasts_follow_one_another_without_a_missing_picture(server, names):
    """Each address serves 3 s at most: twice a change-over, with keys of their own and with one for all."""
    renew = rolling(server, names, 3)
    with Numbered(ingest=renew(), renew=renew) as air:
        wait_for(lambda: air.outlets[0].stats().rollovers >= 2, 40)
        wait_for(live(air.outlets[0]))
        goes_on(air, 15)
        assert air.stop() == [True]
    stats = air.outlets[0].stats()
    assert (stats.dropped, stats.reconnects) == (0, 0)
    paths = wait_for(lambda: (r := recordings(server, "same" if names[0] == "same" else "")) and r)
    seen = [numbers(p) for p in paths if p.name.split("-")[0] in names]
    seen = sorted((s for s in seen if s), key=lambda s: s[0])
    assert len(seen) >= 3
    for part in seen:
        assert part == list(range(part[0], part[-1] + 1))
    for before, after in itertools.pairwise(seen):
        assert after[0] <= before[-1] + 1
    assert seen[0][0] == 0
    assert seen[-1][-1] == air.ticks - 1


def test_a_rotated_key_is_taken_up_in_mid_show_and_a_refused_one_costs_nothing(server):
    """The first new address leads nowhere: the old one goes on until the second takes the stream."""
    good = Ingest("rtmp", Secret(f"{server.url}/rotated-new"), "rtmp://own")
    nowhere = Ingest("rtmp", Secret(f"rtmp://127.0.0.1:{free_port()}/live/{KEY}"), "rtmp://nowhere")
    answers = iter([nowhere, good])
    first = Ingest("rtmp", Secret(f"{server.url}/rotated-old"), "rtmp://own")
    with Numbered(ingest=first, renew=lambda: next(answers)) as air:
        wait_for(live(air.outlets[0]))
        air.outlets[0].rotate()
        wait_for(lambda: "refuses" in air.outlets[0].stats().last_error)
        assert air.outlets[0].stats().state is OutletState.LIVE
        wait_for(lambda: air.outlets[0].stats().rollovers == 1, 30)
        goes_on(air, 15)
        air.stop()
    (old,), (new,) = wait_for(
        lambda: all(r := (recordings(server, "rotated-old"), recordings(server, "rotated-new"))) and r
    )
    assert numbers(new)[0] <= numbers(old)[-1] + 1
    assert KEY not in repr(air.outlets[0].stats())
