"""A verification that a page asked for: its progress and its verdict, line by line as JSON.

The request owns the work: it runs in a thread while the answer is being written, and whoever goes away ends
it at its next step.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.to_thread
from anyio import CapacityLimiter

from bot.dossier import Step, Verdict
from products.errors import CastmateError, ContentError

EVERY_S = 0.2
TROUBLES = 20


@dataclass(slots=True)
class _Progress:
    """Written by the working thread, read by the answer: single values, so that no lock is needed."""

    what: str = "ledger"
    share: float = 0.0
    stop: bool = False

    def step(self, what: str, share: float) -> None:
        if self.stop:
            raise ContentError("Nobody waits for this verification any more.", remedy="Ask again.")
        self.what, self.share = what, share


async def verification(
    work: Callable[[Step], Verdict], limiter: CapacityLimiter, keep: Callable[[Verdict], dict[str, Any]]
) -> AsyncIterator[bytes]:
    """Runs `work` in a thread. Lines: {"what", "share"} while it goes on, at last {"verdict"} as `keep` gives
    it, or {"why"} when it could not be done.
    """
    progress = _Progress()

    async def run() -> Verdict:
        return await anyio.to_thread.run_sync(lambda: work(progress.step), limiter=limiter)

    task = asyncio.ensure_future(run())
    try:
        while not task.done():
            yield _line({"what": progress.what, "share": round(progress.share, 3)})
            await asyncio.wait([task], timeout=EVERY_S)
        try:
            yield _line({"verdict": keep(task.result())})
        except CastmateError as error:
            yield _line({"why": str(error)})
    finally:
        progress.stop = True
        with anyio.CancelScope(shield=True):
            await asyncio.wait([task])
        task.exception()  # whoever went away has no use for it


def verdict_view(verdict: Verdict, stamp: object) -> dict[str, Any]:
    """What a page says of a verdict. `stamp`: of the ledger as it is now."""
    report = verdict.report
    grown = stamp != verdict.stamp
    return {
        "at": verdict.at.isoformat(),
        "ok": verdict.ok,
        "whole": report.ok,
        "entries": report.entries,
        "signed": report.signed,
        "authentic": report.authentic,
        "root": report.root,
        "stands": report.troubles[0].entry if report.troubles else None,
        "troubles": [str(t) for t in report.troubles[:TROUBLES]],
        "segments": verdict.segments,
        "damages": list(verdict.damages[:TROUBLES]),
        "grown": grown and report.ok and not report.closed,
        "changed": grown and (report.closed or not report.ok),
    }


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
