"""Traces for OpenTelemetry, where somebody wants them: CASTMATE_TRACES names a collector that takes OTLP by
HTTP. Without it nothing of OpenTelemetry is imported, and nobody asks for the time.

A span holds ids, kinds, counts and times. What people write, what is said and who they are stays out: only
the facts of FACTS are taken, and a text that is no id is told by its hash.
"""

import hashlib
import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from products.errors import Bug, SetupError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
    from opentelemetry.trace import Span as OtelSpan

log = logging.getLogger(__name__)

FACTS = frozenset(
    {"show", "question", "channel", "language", "intent", "fate", "writer", "kind", "with", "line"}
    | {"known", "refused", "again", "hand_over", "from_model", "clauses", "askers", "air_ms"}
)
"""What a span may tell, each as castmate.NAME."""
EVERY_MS = 1000  # what a process that dies has not sent yet is lost
WAITING = 2048  # spans; more than that are dropped, never waited for
POST_S = 3.0
CLOSE_S = 2.0
PATH = "/v1/traces"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ID = re.compile(r"[\w:.@+/=~-]{0,120}")

Fact = str | int | bool
Now = Callable[[], datetime]


class Span:
    """Something that lasts. What is not ended is never sent."""

    __slots__ = ("_now", "_span", "carrier")

    def __init__(self, span: "OtelSpan", now: Now) -> None:
        self._span, self._now = span, now
        at = span.get_span_context()
        # W3C Trace Context, 3.2: version, trace, parent, flags.
        self.carrier = f"00-{at.trace_id:032x}-{at.span_id:016x}-{int(at.trace_flags):02x}"

    def tell(self, **facts: Fact) -> None:
        """Raises Bug for a fact that FACTS does not know."""
        for name, value in facts.items():
            if name not in FACTS:
                raise Bug(f"a span may not tell {name!r}")
            self._span.set_attribute(f"castmate.{name}", _safe(value))

    def end(self, **facts: Fact) -> None:
        self.tell(**facts)
        self._span.end(nanoseconds(self._now()))


class Spans:
    """The spans of one process. From any thread; nothing waits for the collector."""

    def __init__(self, provider: "TracerProvider", now: Now) -> None:
        self._provider, self.now = provider, now
        self._tracer = provider.get_tracer("castmate")

    def begin(
        self, name: str, within: "Span | str" = "", *, since: datetime | None = None, **facts: Fact
    ) -> Span:
        """`within`: the span that it is part of, or what another process sent of it (Span.carrier); "" or
        what cannot be read: it is the first of its trace. `since`: when it began, if not now.
        """
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        carrier = within if isinstance(within, str) else within.carrier
        context = TraceContextTextMapPropagator().extract({"traceparent": carrier} if carrier else {})
        at = nanoseconds(since or self.now())
        span = Span(self._tracer.start_span(name, context, start_time=at), self.now)
        span.tell(**facts)
        return span

    def close(self, wait_s: float = CLOSE_S) -> None:
        """Sends what waits, for `wait_s` at most. Blocks."""
        closing = threading.Thread(target=self._provider.shutdown, name="traces-close", daemon=True)
        closing.start()
        closing.join(wait_s)


@dataclass(frozen=True, slots=True)
class TracePlan:
    """Where traces go. A value that can be pickled, for processes that are started. `url`: base address of
    the collector; `show`: of this process, "" for none.
    """

    url: str
    show: str = ""

    def open(self, process: str, now: Now) -> Spans:
        """`process`: console, show or studio. Raises SetupError when OpenTelemetry is not installed."""
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError as error:
            raise SetupError(
                "CASTMATE_TRACES is set, but OpenTelemetry is not installed.",
                remedy="pip install 'castmate[traces]', or leave the setting out.",
            ) from error
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # _told says it, once
        names = {"service.name": f"castmate-{process}", "service.version": version("castmate")}
        if self.show:
            names["castmate.show"] = self.show
        provider = TracerProvider(resource=Resource.create(names), shutdown_on_exit=False)
        exporter = _told(OTLPSpanExporter(endpoint_of(self.url), timeout=POST_S))
        provider.add_span_processor(BatchSpanProcessor(exporter, WAITING, EVERY_MS))
        return Spans(provider, now)


def endpoint_of(url: str) -> str:
    """Where spans are posted. Raises SetupError for what is no address, or holds a password."""
    try:
        parts = urlsplit(url.strip())
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query
    except ValueError:
        fine = False
    if not fine:
        raise SetupError("CASTMATE_TRACES is no web address.", remedy="E.g. http://collector:4318")
    if "@" in parts.netloc:
        raise SetupError(
            "CASTMATE_TRACES holds a password.", remedy="Put it into OTEL_EXPORTER_OTLP_HEADERS instead."
        )
    base = parts.geturl().rstrip("/")
    return base if base.endswith(PATH) else base + PATH


def nanoseconds(at: datetime) -> int:
    """Since 1970, exact to the microsecond."""
    return (at - EPOCH) // timedelta(microseconds=1) * 1000


def _safe(value: Fact) -> Fact:
    """A text that is an id, or its hash: no sentence gets through."""
    if not isinstance(value, str) or _ID.fullmatch(value):
        return value
    return "#" + hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _told(exporter: Any) -> "SpanExporter":
    """The exporter, with one line in our log when the collector cannot be reached, and one when it can."""
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    class Told(SpanExporter):
        def __init__(self) -> None:
            self._well = True

        def export(self, spans: "Sequence[ReadableSpan]") -> "SpanExportResult":
            result: SpanExportResult = exporter.export(spans)
            well = result is SpanExportResult.SUCCESS
            if well is not self._well:
                log.warning(
                    "traces reach the collector again" if well else "traces do not reach the collector"
                )
            self._well = well
            return result

        def shutdown(self) -> None:
            exporter.shutdown()

    return Told()
