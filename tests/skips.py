"""In CI nothing is skipped by accident: a skipped test fails, unless it needs what few machines have."""

import os
from collections.abc import Iterator

import pytest

ALLOWED = ("../shared", "GPU")


def _may_skip(reason: str) -> bool:
    return any(word in reason for word in ALLOWED)


def _judge(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not os.environ.get("CI") or report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not _may_skip(reason):
        report.outcome = "failed"
        report.longrepr = f"Skipped, which in CI counts as failed: {reason}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Iterator[None]:
    report = yield
    _judge(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Iterator[None]:
    report = yield
    _judge(report)
    return report
