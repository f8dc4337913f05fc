"""nginx with its RTMP module on loopback, from our own files, for as long as a block runs."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")
CONF = """
{user}
load_module {module};
daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log warn;
events {{ worker_connections 256; }}
rtmp {{ server {{ listen 127.0.0.1:{port}; chunk_size 4096; access_log off;
  application live {{ live on; meta copy; }} }} }}
"""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def have_nginx() -> bool:
    return _nginx() is not None and MODULE.exists()


def _nginx() -> str | None:
    return shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[str]:
    """An RTMP server; gives the address of its application, e.g. rtmp://127.0.0.1:40001/live."""
    folder.mkdir(parents=True)
    port, user = free_port(), "" if os.getuid() else "user root;"
    (folder / "nginx.conf").write_text(CONF.format(user=user, module=MODULE, port=port), encoding="ascii")
    command = [str(_nginx()), "-p", str(folder), "-c", "nginx.conf", "-e", str(folder / "error.log")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _answers(port)
            yield f"rtmp://127.0.0.1:{port}/live"
        finally:
            server.terminate()


def _answers(port: int, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SystemExit("nginx did not start; see its error.log.")
