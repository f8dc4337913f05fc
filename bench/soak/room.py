"""A viewer of the live room: takes the picture over its WebSocket and asks something now and then."""

import asyncio
import json
from dataclasses import dataclass

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

ASKED = (
    "Do the sneakers run small?", "How much is the bottle?", "Is the mug dishwasher safe?", "hello!",
    "Which sizes are left of the sneakers?", "How long do the earbuds last?", "Is shipping free?",
    "What is the backpack made of?",
)  # fmt: skip
ASK_EVERY_S = 30.0


@dataclass(slots=True)
class Seen:
    """What a viewer got. `answers`: replies of the host."""

    fragments: int = 0
    bytes: int = 0
    longest_gap_s: float = 0.0
    asked: int = 0
    answers: int = 0
    refused: int = 0
    lost: int = 0


async def look(base: str, show: str, seen: Seen) -> None:
    """Until cancelled: the picture, as a page takes it."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            async with connect(f"{base}/room/{show}/media", max_size=2**24, origin=_origin(base)) as socket:
                last = loop.time()
                async for frame in socket:
                    now = loop.time()
                    seen.longest_gap_s = max(seen.longest_gap_s, now - last)
                    last = now
                    seen.fragments += isinstance(frame, bytes)
                    seen.bytes += len(frame)
        except (OSError, WebSocketException, TimeoutError):
            pass
        seen.lost += 1
        await asyncio.sleep(1)


async def ask(base: str, show: str, seen: Seen) -> None:
    """Until cancelled: a question every half minute; counts what comes back."""
    number = 0
    while True:
        try:
            async with connect(f"{base}/room/{show}/chat", max_size=2**24, origin=_origin(base)) as socket:
                while True:
                    text = ASKED[number % len(ASKED)]
                    number += 1
                    seen.asked += 1
                    await socket.send(json.dumps({"text": text, "name": "Ann", "ref": str(number)}))
                    await _hear(socket, seen, ASK_EVERY_S)
        except (OSError, WebSocketException, TimeoutError):
            await asyncio.sleep(1)


async def _hear(socket: object, seen: Seen, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            async for raw in socket:  # type: ignore[attr-defined]
                message = json.loads(raw)
                seen.refused += message.get("type") == "refused"
                seen.answers += message.get("type") == "chat" and bool(message.get("own"))
    except TimeoutError:
        return


def _origin(base: str) -> str:  # what a page of this server would send
    return base.replace("ws", "http", 1)
