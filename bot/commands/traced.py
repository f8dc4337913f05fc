"""What becomes of questions, for an OpenTelemetry collector, where the settings name one."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.app import ShowBuilder
from bot.clock import SystemClock
from bot.settings import Settings
from bot.show.studio_spans import FollowStudio
from bot.show.trail import QuestionTrail
from bot.traces import Spans, TracePlan


def console_spans(settings: Settings) -> Spans | None:
    """Those of the console's process; None: nobody wants any. Raises SetupError."""
    return TracePlan(settings.traces).open("console", SystemClock().now) if settings.traces else None


@contextmanager
def traces_of(builder: ShowBuilder) -> Iterator[None]:
    """The questions of this show are followed, here and in its studio. Raises SetupError."""
    url = builder.settings.traces
    if not url:
        yield
        return
    plan = TracePlan(url, builder.shop.show.show)
    spans = plan.open("show", SystemClock().now)
    builder.trail, builder.follow = QuestionTrail(spans), FollowStudio(plan)
    try:
        yield
    finally:
        spans.close()
