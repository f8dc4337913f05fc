"""A verification that a page asked for: told as it goes on, ended when nobody waits."""

import json
import threading

from anyio import CapacityLimiter

from bot.console.verifying import verification
from products.errors import ContentError


async def test_progress_then_the_verdict():
    go = threading.Event()

    def work(step):
        step("recording", 0.5)
        assert go.wait(60)
        return "whole"

    lines = verification(work, CapacityLimiter(1), lambda verdict: {"said": verdict})
    found = [json.loads(await anext(lines))]
    while found[-1] != {"what": "recording", "share": 0.5}:
        found.append(json.loads(await anext(lines)))
    go.set()
    found += [json.loads(line) async for line in lines]
    assert found[-1] == {"verdict": {"said": "whole"}} and found[0]["what"] in ("ledger", "recording")


async def test_what_went_wrong_is_said():
    def work(step):
        raise ContentError("It cannot be read.", remedy="Mend it.")

    found = [line async for line in verification(work, CapacityLimiter(1), lambda verdict: {})]
    assert "It cannot be read." in json.loads(found[-1])["why"]


async def test_whoever_goes_away_ends_it():
    stopped = threading.Event()

    def work(step):
        try:
            for _ in range(100_000):
                step("ledger", 0.1)
                stopped.wait(0.001)
        except ContentError:
            stopped.set()
            raise

    limiter = CapacityLimiter(1)
    lines = verification(work, limiter, lambda verdict: {})
    await anext(lines)
    await lines.aclose()
    assert stopped.is_set() and limiter.available_tokens == 1
