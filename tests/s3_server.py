"""A real S3 service of others (moto), which checks every signature, and a line to it that fails."""

import contextlib
import http.client
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PYTHON = Path(__file__).parents[1] / ".venv" / "s3" / "bin" / "python"
PROGRAM = Path(__file__).parent / "s3_moto.py"
BUCKET = "castmate"


def s3_missing() -> str:
    """Why it cannot run here; empty when it can."""
    return "" if PYTHON.with_name("moto_server").exists() else "there is no S3 service: scripts/s3-service"


@dataclass(frozen=True)
class S3Server:
    """`owner` may all, `reader` reads and lists: key id and key of each."""

    port: int
    owner: tuple[str, str]
    reader: tuple[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """Its log goes into `folder`."""
    with (folder / "s3.log").open("wb") as log:
        process = subprocess.Popen(
            [PYTHON, PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            told = process.stdout.readline().split()
            assert len(told) == 5, (folder / "s3.log").read_text()
            port, key_id, key, reader_id, reader_key = told
            yield S3Server(int(port), (key_id, key), (reader_id, reader_key))
        finally:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()


@dataclass
class Line:
    """What becomes of requests, one after another; when nothing is told, they pass.

    `faults`: for the next requests whose method it names: "PUT 503", "PUT cut" (after half of the body the
    connection is closed), "GET bend" (one byte of the answer is another), "GET short" (half of the answer),
    "* slow" (no answer for two seconds).
    """

    target: int
    faults: deque[str] = field(default_factory=deque)
    seen: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)  # all that left this machine: addresses, headers, bodies
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fault_for(self, method: str) -> str:
        if self.faults and self.faults[0].split()[0] in (method, "*"):
            return self.faults.popleft().split()[1]
        return ""


@contextlib.contextmanager
def faulty_line(target: int) -> Iterator[Line]:
    line = Line(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            fault = line.fault_for(self.command)
            line.seen.append(f"{self.command} {self.path} {fault}".strip())
            size = int(self.headers.get("content-length", 0))
            if fault == "cut":
                self.rfile.read(size // 2)
                self.hang_up()
                return
            body = self.rfile.read(size)
            line.sent.append(f"{self.path}\n{self.headers}\n".encode() + body)
            if fault == "slow":
                time.sleep(2)
                self.hang_up()
                return
            if fault.isdigit():
                self.answer(int(fault), [], b"<Error><Code>SlowDown</Code></Error>")
                return
            self.answer(*self.ask(body), fault=fault)

        def ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            there = http.client.HTTPConnection("127.0.0.1", line.target, timeout=30)
            there.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                there.putheader(name, value)
            there.endheaders(body)
            answer = there.getresponse()
            data = answer.read()
            there.close()
            return answer.status, answer.getheaders(), data

        def answer(self, status: int, headers: list[tuple[str, str]], data: bytes, fault: str = "") -> None:
            told = {k: v for k, v in headers if k.lower() not in ("connection", "transfer-encoding", "date")}
            size = told.pop("content-length", told.pop("Content-Length", str(len(data))))
            if fault == "bend" and data:
                data = data[:-1] + bytes([data[-1] ^ 1])
            self.send_response(status)
            for name, value in told.items():
                self.send_header(name, value)
            self.send_header("content-length", size if self.command == "HEAD" else str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data[: len(data) // 2] if fault == "short" else data)
            if fault == "short":
                self.hang_up()

        def hang_up(self) -> None:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.handle_error = True, lambda *_: None
    line.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield line
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
