"""A collector of traces for tests: OTLP by HTTP, read by the messages of the official opentelemetry-proto."""

import gzip
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True, slots=True)
class Received:
    """A span. `process`: who sent it (service.name); times in ns; `parent`: "" for the first of a trace."""

    process: str
    name: str
    trace: str
    id: str
    parent: str
    start: int
    end: int
    facts: dict[str, object]

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / 1e9


class Collector:
    """Listens on this machine; `raw` is all that came, byte for byte."""

    def __init__(self) -> None:
        self.spans: list[Received] = []
        self.raw = b""
        self.status = 200
        self.key = ""  # the authorization header that came last
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                collector.key = self.headers.get("authorization", "")
                if collector.status == 200:
                    assert self.path == "/v1/traces"
                    assert self.headers["content-type"] == "application/x-protobuf"
                    packed = self.headers.get("content-encoding") == "gzip"
                    collector.take(gzip.decompress(body) if packed else body)
                self.send_response(collector.status)
                self.send_header("content-type", "application/x-protobuf")
                self.end_headers()
                self.wfile.write(ExportTraceServiceResponse().SerializeToString())

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def take(self, body: bytes) -> None:
        self.raw += body
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            names = {a.key: a.value.string_value for a in resource.resource.attributes}
            for scope in resource.scope_spans:
                assert scope.scope.name == "castmate"
                for span in scope.spans:
                    facts = {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in span.attributes}
                    assert not span.events and not span.status.message
                    self.spans.append(
                        Received(
                            names["service.name"], span.name, span.trace_id.hex(), span.span_id.hex(),
                            span.parent_span_id.hex(), span.start_time_unix_nano, span.end_time_unix_nano,
                            {key.removeprefix("castmate."): value for key, value in facts.items()},
                        )
                    )  # fmt: skip

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def __enter__(self) -> "Collector":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def of(self, question: str) -> list[Received]:
        """All spans of the trace of a question, in the order of their beginnings."""
        (trace,) = {s.trace for s in self.spans if s.facts.get("question") == question}
        return sorted((s for s in self.spans if s.trace == trace), key=lambda s: (s.start, -s.end))


def tree(spans: list[Received]) -> list[str]:
    """ "room.message > question > question.speak": each span with those that it is part of."""
    by_id = {s.id: s for s in spans}

    def path(span: Received) -> str:
        above = by_id.get(span.parent)
        return span.name if above is None else f"{path(above)} > {span.name}"

    return [path(span) for span in spans]
