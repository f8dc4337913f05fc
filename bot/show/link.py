"""The show's end of its link to the console: one WebSocket that comes back by itself. A show airs without it
too.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from random import Random

from pydantic import BaseModel, ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from bot.show.messages import DOWN, Down, Media
from connectors.base import Secret

MAX_MESSAGES = 2000
MAX_MEDIA = 250  # fragments: about fifty seconds
RETRY_S = (0.3, 5.0)
TOKEN_REFUSED = "The console does not take the token: CASTMATE_LINK_TOKEN must be the console's own."
CLOSE_S = 1.0  # for the last words of a connection; a console that does not answer gets no more


class Link:
    """Sends messages and fragments as they come, bounded; hands what comes back to `receive`.

    `welcome` gives what a console must be told first (Hello, state, recent lines), each time it is
    (re)joined. `camera` is given the binary frames that come back: pieces of a live person's camera.
    `dropped` counts messages and fragments that did not fit. `trouble`: why the console does not take this
    show, in words; "" once it does. All methods from the event loop.
    """

    def __init__(
        self,
        url: str,
        token: Secret,
        welcome: Callable[[], Iterable[BaseModel]],
        receive: Callable[[Down], Awaitable[None]],
        random: Random,
        camera: Callable[[bytes], None] = lambda data: None,
    ) -> None:
        self._url, self._token, self._welcome, self._receive = url, token, welcome, receive
        self._random, self._camera = random, camera
        self._out: deque[str | bytes] = deque()
        self._media = 0
        self._need_key = False
        self._something = asyncio.Event()
        self._init: bytes | None = None
        self.connected = self._answered = False
        self.dropped = 0
        self.trouble = ""

    def send(self, message: BaseModel) -> None:
        if not self.connected:
            return  # the welcome tells all that matters
        if len(self._out) >= MAX_MESSAGES:
            self.dropped += 1
            return
        self._out.append(message.model_dump_json())
        self._something.set()

    def send_media(self, media: Media, data: bytes) -> None:
        frame = bytes((media,)) + data
        if media is Media.INIT:
            self._init = frame
        if not self.connected:
            return
        if media is Media.DELTA and (self._need_key or self._media >= MAX_MEDIA):
            self._need_key = True
            self.dropped += 1
            return
        if self._media >= MAX_MEDIA:  # a console that does not read: start again at this keyframe
            self._drop_media()
        if media is Media.KEY:
            self._need_key = False
        self._out.append(frame)
        self._media += 1
        self._something.set()

    def _drop_media(self) -> None:
        """Takes back what waits of the picture, but its init segment."""
        kept = [f for f in self._out if isinstance(f, str) or f[0] == Media.INIT]
        self.dropped += len(self._out) - len(kept)
        self._out, self._media = deque(kept), sum(isinstance(f, bytes) for f in kept)

    async def run(self) -> None:
        """Until cancelled."""
        wait = RETRY_S[0]
        while True:
            try:
                headers = {"Authorization": f"Bearer {self._token.reveal()}"}
                async with connect(
                    self._url,
                    additional_headers=headers,
                    max_size=4 * 2**20,
                    compression=None,  # pictures cannot be deflated further
                    close_timeout=CLOSE_S,
                ) as socket:
                    wait = RETRY_S[0]
                    try:
                        await self._joined(socket)
                    finally:
                        await _emptied(socket)
            except InvalidStatus as refused:
                status = refused.response.status_code
                self.trouble = TOKEN_REFUSED if status in (401, 403) else f"No console is there ({status})."
            except (OSError, WebSocketException, TimeoutError):
                if not self._answered:  # one that was there comes back, or its operator knows why not
                    self.trouble = self.trouble or "No console answers there."
            finally:
                self.connected = False
            await asyncio.sleep(wait * (0.7 + 0.6 * self._random.random()))
            wait = min(wait * 2, RETRY_S[1])

    async def drain(self, seconds: float) -> None:
        """Waits until everything is sent, at most `seconds`."""
        for _ in range(max(1, round(seconds / 0.02))):
            if not self._out or not self.connected:
                return
            await asyncio.sleep(0.02)

    async def _joined(self, socket: ClientConnection) -> None:
        self._out = deque(m.model_dump_json() for m in self._welcome())
        if self._init is not None:
            self._out.append(self._init)
        self._media, self._need_key = int(self._init is not None), False
        self.connected = True  # whatever is told from here on comes behind the welcome
        answered = False
        async with asyncio.TaskGroup() as tasks:
            writer = tasks.create_task(self._write(socket))
            try:
                async for raw in socket:
                    answered = self._answered = True
                    self.trouble = ""
                    if isinstance(raw, str):
                        await self._read(raw)
                    else:
                        self._camera(raw)
            except (OSError, WebSocketException):
                pass  # the console died without a word; `run` dials again
            writer.cancel()
        if socket.close_reason and not answered:
            self.trouble = f"The console does not take this show: {socket.close_reason}"

    async def _read(self, raw: str) -> None:
        try:
            message = DOWN.validate_json(raw)
        except ValidationError:
            self.dropped += 1  # a console of another version; what we do not know we do not do
            return
        await self._receive(message)

    async def _write(self, socket: ClientConnection) -> None:
        try:
            while True:
                while self._out:
                    frame = self._out.popleft()
                    self._media -= isinstance(frame, bytes)
                    await socket.send(frame)
                self._something.clear()
                await self._something.wait()
        except (OSError, WebSocketException):
            return  # the reader sees the same end and `run` dials again


async def _emptied(socket: ClientConnection) -> None:
    """Gives what was sent CLOSE_S to leave; then cuts: closing in order would wait for who does not read."""
    for _ in range(max(1, round(CLOSE_S / 0.02))):
        if not socket.transport.get_write_buffer_size():
            return
        await asyncio.sleep(0.02)
    socket.transport.abort()
