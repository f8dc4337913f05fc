"""docs/webhook.md says what is so: its examples are sent, its figures are the code's."""

import asyncio
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from connectors.webhook import door, forms, gate, replies
from connectors.webhook.connector import INBOX, LISTEN, STALE
from connectors.webhook.entry import ENTRY
from connectors.webhook.signatures import TOLERANCE, secret_from

PAGE = (Path(__file__).parents[3] / "docs" / "webhook.md").read_text("utf-8")
SECRET = secret_from(bytes(range(32)))


def example(kind: str, name: str) -> str:
    found = re.search(rf"<!-- {kind}: {name} -->\n```\n(.*?)```", PAGE, re.DOTALL)
    assert found, name
    return found[1]


async def test_the_example_of_events_is_answered_as_it_says():
    from connectors.feed import Feed

    def now() -> datetime:
        return datetime(2026, 11, 23, 12, 0, 4, tzinfo=UTC)

    loop = asyncio.get_running_loop()
    feed = Feed("rtmp", now, stale=STALE)
    house = gate.Gate("rtmp", door.Door(SECRET), feed, replies.Replies(loop.time), now=now, time=loop.time)
    head, _, body = example("example", "events").partition("\n\n")
    first, *lines = head.splitlines()
    method, path = first.split()
    headers = dict(line.split(": ", 1) for line in lines)
    headers["Authorization"] = headers["Authorization"].replace("whsec_...", SECRET.reveal())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(house.app), base_url="http://tool") as client:
        answer = await client.request(method, path, headers=headers, content=body)
    assert answer.json() == json.loads(example("answer", "events"))


def test_the_example_of_a_reply_is_one():
    at = datetime(2026, 11, 23, 12, 0, 4, 120_000, tzinfo=UTC)
    reply = replies.Replies(lambda: 0.0)

    async def added():
        return reply.add("Yes, to ten metres.", "m-1", at)

    assert asyncio.run(added()).form == json.loads(example("example", "reply"))


def test_its_table_of_fields_is_the_form():
    rows = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert rows == set(forms.Sent.model_fields)
    assert all(f"`{kind}`" in PAGE for kind in forms.Kind.__args__)


@pytest.mark.parametrize(
    "words",
    [
        f"| {forms.MOST_BODY // 1024} KiB |",
        f"| events in a request | {forms.MOST_EVENTS} |",
        f"{door.EVENTS_PER_S} a second, {door.EVENTS_BURST:,} at once",
        f"{door.REQUESTS_PER_S} a second, {door.REQUESTS_BURST} at once",
        f"| sockets | {gate.MOST_TOOLS} |",
        f"{INBOX:,} events",
        f"up to {forms.LONGEST_TEXT:,} characters",
        f"it has {replies.ANSWER_S:.0f} seconds",
        f"at most {gate.LONGEST_WAIT_S:.0f}",
        f"The last {replies.KEPT} are kept",
        f"within {gate.HELLO_S:.0f} seconds",
        LISTEN,
        "five minutes",
        "Older than ten minutes",
    ],
)
def test_its_figures_are_the_code_s(words):
    assert words in " ".join(PAGE.split())
    assert (TOLERANCE.total_seconds(), STALE.total_seconds()) == (300, 600)


def test_it_names_what_the_login_asks_for():
    assert {f.name for f in ENTRY.fields} >= {"replies_to"}
    assert "replies_to" in PAGE
