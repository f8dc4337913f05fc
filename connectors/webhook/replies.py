"""Answers on their way to the shop's tool, until it says that it has them."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

KEPT = 200  # of the last answers, for tools that ask for them
ASKS_EVERY_S = 10.0
ANSWER_S = 5.0  # so long a tool may take to confirm


@dataclass(slots=True)
class Reply:
    """`number`: 1, 2, ... in this show."""

    number: int
    text: str
    reply_to: str
    at: datetime
    done: asyncio.Event = field(default_factory=asyncio.Event)
    refused: str = ""

    @property
    def id(self) -> str:
        return f"r-{self.number}"

    @property
    def form(self) -> dict[str, Any]:
        """As it is sent."""
        at = self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"type": "reply", "id": self.id, "text": self.text, "reply_to": self.reply_to, "at": at}


class Replies:
    """The last KEPT answers. Listeners are told of each new one at once; a tool that asks gets what it lacks.
    `time`: monotonic seconds.
    """

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._last: deque[Reply] = deque(maxlen=KEPT)
        self._number = 0
        self._listeners: list[Callable[[Reply], None]] = []
        self._more = asyncio.Event()
        self._askers, self._asked_at = 0, float("-inf")
        self._closed = False

    @property
    def heard(self) -> bool:
        """Whether anybody is there to take an answer; who asks is away between two questions."""
        here = bool(self._listeners) or self._askers > 0
        return here or self._time() - self._asked_at < ASKS_EVERY_S

    def add(self, text: str, reply_to: str, now: datetime) -> Reply:
        """Hands it to all who listen."""
        self._number += 1
        reply = Reply(self._number, text, reply_to, now)
        self._last.append(reply)
        for listener in list(self._listeners):
            listener(reply)
        self._wake()
        return reply

    def listen(self, listener: Callable[[Reply], None]) -> Callable[[], None]:
        """Calls it for each new answer, until what is returned is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def confirm(self, id_: str, refused: str = "") -> bool:
        """The tool has it, or will not write it. Whether there is such an answer."""
        for reply in self._last:
            if reply.id == id_:
                reply.refused = refused
                reply.done.set()
                return True
        return False

    async def after(self, number: int, wait_s: float) -> list[Reply]:
        """Those after `number`, at once where there are some, else the first that come within `wait_s`. Who
        asks for those after it has all up to it: they are confirmed.
        """
        for reply in self._last:
            if reply.number <= number:
                reply.done.set()
        self._askers += 1
        try:
            async with asyncio.timeout(wait_s):
                while not (found := self._since(number)) and not self._closed:
                    await self._more.wait()
        except TimeoutError:
            return []
        finally:
            self._askers, self._asked_at = self._askers - 1, self._time()
        return found

    def close(self) -> None:
        """Nobody waits any longer."""
        self._closed = True
        self._wake()

    def _since(self, number: int) -> list[Reply]:
        return [r for r in self._last if r.number > number]

    def _wake(self) -> None:
        self._more.set()
        self._more = asyncio.Event()
