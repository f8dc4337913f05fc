"""Real servers for the end-to-end tests. All bind to 127.0.0.1, on ports that the system gives."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_CONF = """
{user}
load_module {module};
worker_processes 1;
pid nginx.pid;
error_log error.log info;
events {{ worker_connections 256; }}
rtmp {{ server {{
  listen 127.0.0.1:{rtmp}; chunk_size 4096; ping 5s; ping_timeout 5s; access_log rtmp.log;
  application live {{ live on; meta copy; record all; record_path {record}; record_suffix -%s.flv;
  record_unique on; drop_idle_publisher 10s; }} }} }}
http {{ access_log off;
  client_body_temp_path cb; proxy_temp_path pt; fastcgi_temp_path ft; uwsgi_temp_path ut; scgi_temp_path st;
  server {{ listen 127.0.0.1:{http}; location /stat {{ rtmp_stat all; }} }} }}
"""
_MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def wait_for(what, seconds: float = 15.0):
    """The first true value of `what()`; fails the test when none comes in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := what():
            return value
        time.sleep(0.05)
    raise AssertionError(f"{getattr(what, '__name__', what)} did not come true within {seconds} s")


@dataclass
class NginxRtmp:
    """A running nginx-rtmp. `url`: where to push, without a key; `record`: its FLV recordings."""

    folder: Path
    rtmp: int
    http: int

    @property
    def url(self) -> str:
        return f"rtmp://127.0.0.1:{self.rtmp}/live"

    @property
    def record(self) -> Path:
        return self.folder / "rec"

    @property
    def pid_file(self) -> Path:
        return self.folder / "nginx.pid"

    def start(self) -> None:
        subprocess.run(
            [_nginx(), "-p", str(self.folder), "-c", "nginx.conf"], check=True, capture_output=True
        )
        wait_for(self._answers)

    def stop(self) -> None:
        """Ends it at once; the port refuses from now on."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int(self.pid_file.read_text()), signal.SIGTERM)
        wait_for(lambda: not self.pid_file.exists())

    def worker(self) -> int:
        """The process id of the worker, which holds the connections."""
        master = int(self.pid_file.read_text())
        out = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(master)], capture_output=True, text=True, check=True
        )
        return int(out.stdout.split()[0])

    def stat(self) -> str:
        """The state of all streams as XML."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/stat", timeout=5) as answer:
            return answer.read().decode()

    def recordings(self) -> list[Path]:
        return sorted(self.record.glob("*.flv"), key=lambda p: p.stat().st_mtime)

    def _answers(self) -> bool:
        try:
            return "<rtmp>" in self.stat()
        except OSError:
            return False


def _nginx() -> str:
    return shutil.which("nginx") or "/usr/sbin/nginx"


def nginx_rtmp_missing() -> str:
    """Why nginx-rtmp cannot run here; empty when it can."""
    if not Path(_nginx()).exists() or not _MODULE.exists():
        return "nginx with its rtmp module is missing: apt-get install nginx libnginx-mod-rtmp"
    return ""


@contextlib.contextmanager
def nginx_rtmp(folder: Path) -> Iterator[NginxRtmp]:
    """A real RTMP server with recording. Under root its worker stays root, to reach the folder."""
    folder = folder / "nginx"
    for name in ("rec", "cb", "pt", "ft", "ut", "st"):
        (folder / name).mkdir(parents=True)
    server = NginxRtmp(folder, free_port(), free_port())
    user = "" if os.getuid() else "user root;"
    conf = _CONF.format(user=user, module=_MODULE, rtmp=server.rtmp, http=server.http, record=folder / "rec")
    (folder / "nginx.conf").write_text(conf)
    server.start()
    try:
        yield server
    finally:
        with contextlib.suppress(Exception):
            os.kill(server.worker(), signal.SIGCONT)
        server.stop()


@contextlib.contextmanager
def blackhole() -> Iterator[int]:
    """The port of a server that accepts connections and never reads a byte."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        server.settimeout(0.1)
        yield server.getsockname()[1]


_NODE_SERVER = Path(__file__).parent / "node" / "node_modules" / "node-media-server" / "bin" / "app.js"


@dataclass
class NodeMediaServer:
    """A running node-media-server. `url`: where to push, without a key; it records what it gets as FLV."""

    folder: Path
    rtmp: int
    http: int
    rtmps: int = 0
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"rtmp://127.0.0.1:{self.rtmp}/live"

    def start(self) -> None:
        with (self.folder / "log.txt").open("ab") as log:
            command = ["node", str(_NODE_SERVER), "-c", "nms.json"]
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        wait_for(self._answers, 30)

    def stop(self) -> None:
        """Ends it at once; the port refuses from now on."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def worker(self) -> int:
        return self.process.pid

    def recordings(self) -> list[Path]:
        return sorted((self.folder / "record").rglob("*.flv"), key=lambda p: p.stat().st_mtime)

    def _answers(self) -> bool:
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.rtmp)) == 0


def node_media_server_missing() -> str:
    """Why node-media-server cannot run here; empty when it can."""
    if shutil.which("node") is None or not _NODE_SERVER.exists():
        return "node-media-server is missing: scripts/node-packages"
    return ""


@contextlib.contextmanager
def node_media_server(folder: Path, tls: tuple[Path, Path] | None = None) -> Iterator[NodeMediaServer]:
    """A real RTMP server of another make, which takes HEVC too. tls: key and certificate, for RTMPS."""
    folder = folder / "nms"
    folder.mkdir(parents=True)
    server = NodeMediaServer(folder, free_port(), free_port())
    jwt = {"secret": "x", "expiresIn": "24h", "refreshExpiresIn": "7d", "algorithm": "HS256", "users": []}
    conf = {
        "bind": "127.0.0.1", "notify": {"url": ""}, "store": {"path": "data", "maxHistory": 100},
        "auth": {"play": False, "publish": False, "secret": "x", "jwt": jwt},
        "rtmp": {"port": server.rtmp}, "http": {"port": server.http}, "webadmin": {"enable": False},
        "record": {"auto": True, "path": "record"},
    }  # fmt: skip
    if tls is not None:
        server.rtmps = free_port()
        conf["rtmps"] = {"port": server.rtmps, "key": str(tls[0]), "cert": str(tls[1])}
    (folder / "nms.json").write_text(json.dumps(conf))
    server.start()
    try:
        yield server
    finally:
        server.stop()
