"""Everybody who looks at a show, in a process of its own. It does not give way to the show: on a busy machine
it would read so slowly that the console closes its sockets.

    python -m bench.crowd_guests BASE SHOW COOKIES CONSOLES VIEWERS

Prints "here" once all are connected. Ends when its input does, and prints what came of them as JSON.
"""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import websockets

PREVIEWS = 10  # every tenth console watches the picture
COMMENTS_A_SECOND = 2.0
AT_ONCE = 50  # connecting at a time
WAIT_S = 240.0


@dataclass
class Crowd:
    """What came of everybody. `closed`: sockets that the console closed; `lost`: that never opened."""

    here: int = 0
    messages: int = 0
    media: int = 0
    sent: int = 0
    refused: int = 0
    closed: int = 0
    lost: int = 0


def connect(url: str, **more: Any) -> websockets.connect:
    """As a page of that server would."""
    origin = websockets.Origin("http://" + url.split("/", 3)[2])
    return websockets.connect(
        url, origin=origin, max_size=None, open_timeout=WAIT_S, compression=None, ping_interval=None, **more
    )


async def follow(url: str, crowd: Crowd, cookie: str) -> None:
    """A console's socket, until it is cancelled."""
    async with connect(url, additional_headers={"cookie": cookie}) as ws:
        crowd.here += 1
        async for data in ws:
            crowd.messages += isinstance(data, str)
            crowd.media += isinstance(data, bytes)


async def chat(url: str, crowd: Crowd, number: int, viewers: int) -> None:
    """A viewer who reads, and writes when it is their turn."""
    async with connect(url) as ws:
        crowd.here += 1

        async def write() -> None:
            await asyncio.sleep(number / COMMENTS_A_SECOND)
            while True:
                await ws.send(json.dumps({"text": f"How much is it, {number}?", "name": f"v{number}"}))
                await asyncio.sleep(viewers / COMMENTS_A_SECOND)

        writing = asyncio.ensure_future(write())
        try:
            async for data in ws:
                crowd.messages += 1
                if isinstance(data, str) and ("sent" in data or "refused" in data):
                    kind = json.loads(data)["type"]
                    crowd.sent += kind == "sent"
                    crowd.refused += kind == "refused"
        finally:
            writing.cancel()


async def guest(socket: Any, crowd: Crowd) -> None:
    """Counts how a socket ended, if it does before all do."""
    before = crowd.here
    try:
        await socket
        crowd.closed += 1
    except websockets.ConnectionClosed:
        crowd.closed += 1
    except (OSError, TimeoutError, websockets.WebSocketException) as error:
        crowd.lost += 1
        print(f"lost after {before} were here: {error!r}", file=sys.stderr)


async def everybody(base: str, show: str, cookies: list[str], viewers: int) -> Crowd:
    sockets = base.replace("http", "ws", 1)
    crowd, tasks = Crowd(), list[asyncio.Task[None]]()

    def comes(socket: Any) -> None:
        tasks.append(asyncio.ensure_future(guest(socket, crowd)))

    for number, cookie in enumerate(cookies):
        comes(follow(f"{sockets}/console/{show}/feed", crowd, cookie))
        if number % PREVIEWS == 0:
            comes(follow(f"{sockets}/console/{show}/media", crowd, cookie))
    for number in range(viewers):
        comes(chat(f"{sockets}/room/{show}/chat", crowd, number, viewers))
        while len(tasks) - crowd.here - crowd.lost > AT_ONCE:  # noqa: ASYNC110  no event tells it
            await asyncio.sleep(0.05)
    while crowd.here + crowd.lost < len(tasks):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    print("here", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return crowd


def main() -> None:
    base, show, cookies, consoles, viewers = sys.argv[1:]
    signed_in = Path(cookies).read_text("utf-8").splitlines()[: int(consoles)]
    print(json.dumps(asdict(asyncio.run(everybody(base, show, signed_in, int(viewers))))))


if __name__ == "__main__":
    main()
