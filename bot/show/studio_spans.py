"""The studio's own part of a question's trace: from the order to speak until its first sound is made."""

from dataclasses import dataclass

from bot.clock import SystemClock
from bot.show.studio import Cancel, ClauseReady, Order, Report, Say, SayFailed
from bot.traces import Span, Spans, TracePlan

MOST = 32  # orders; far fewer can be under way. What was overtaken is never told


class StudioSpans:
    """Told of orders and reports as they pass; each from one thread at a time. Lines that answer nobody bring
    no trace and are passed over.
    """

    def __init__(self, spans: Spans) -> None:
        self._spans = spans
        self._under_way: dict[int, Span] = {}

    def ordered(self, order: Order) -> None:
        if isinstance(order, Say) and order.trace:
            self._under_way[order.number] = self._spans.begin(
                "studio.first_sound", order.trace, line=order.number, language=order.line.language
            )
            while len(self._under_way) > MOST:
                self._under_way.pop(min(self._under_way), None)
        elif isinstance(order, Cancel):
            for number in [n for n in tuple(self._under_way) if order.first <= n <= order.last]:
                self._end(number, "cancelled")

    def reported(self, report: Report) -> None:
        if isinstance(report, ClauseReady):
            self._end(report.number, "spoken")
        elif isinstance(report, SayFailed):
            self._end(report.number, "failed")

    def close(self) -> None:
        """Blocks for a moment."""
        self._spans.close()

    def _end(self, number: int, fate: str) -> None:
        span = self._under_way.pop(number, None)
        if span is not None:
            span.end(fate=fate)


@dataclass(frozen=True, slots=True)
class FollowStudio:
    """Opens it in the studio's process; a value that can be pickled."""

    plan: TracePlan

    def __call__(self) -> StudioSpans:
        return StudioSpans(self.plan.open("studio", SystemClock().now))
