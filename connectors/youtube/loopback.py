"""The address on this machine that the operator's browser comes back to after it agreed.

"Loopback IP address" of developers.google.com/identity/protocols/oauth2/native-app; RFC 8252 7.3: 127.0.0.1
and a port of the system's choice, open only while somebody logs in.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

from connectors.youtube.oauth import OAuth, Tokens, code_from, verifier_of
from products.errors import SetupError

LONGEST_LINE = 8192
_PAGE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
    b"Referrer-Policy: no-referrer\r\n\r\n"
    b"<!doctype html><title>Castmate</title><p>You may close this page and go back to Castmate."
)
_NOTHING = b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Loopback:
    """Waits for one browser. `redirect`: where it comes back to."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._back: asyncio.Future[Mapping[str, str]] | None = None
        self.redirect = ""

    async def __aenter__(self) -> "Loopback":
        self._back = asyncio.get_running_loop().create_future()
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0, limit=LONGEST_LINE)
        self.redirect = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()

    async def query(self, seconds: float) -> Mapping[str, str]:
        """What the browser brought. Raises SetupError when none came in time."""
        assert self._back is not None
        try:
            return await asyncio.wait_for(asyncio.shield(self._back), seconds)
        except TimeoutError:
            raise SetupError(
                "No browser came back from the login.",
                remedy="Start it again, or choose the login on another device.",
            ) from None

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = (await asyncio.wait_for(reader.readline(), 10)).decode("ascii", "replace").split()
            target = line[1] if len(line) > 1 and line[0] == "GET" else ""
            query = dict(parse_qsl(urlsplit(target).query))
            wanted = bool(query.keys() & {"code", "error"})  # browsers ask for /favicon.ico too
            writer.write(_PAGE if wanted else _NOTHING)
            await writer.drain()
            if wanted and self._back is not None and not self._back.done():
                self._back.set_result(query)
        except (TimeoutError, OSError, ValueError):
            return  # not our browser: the login goes on waiting
        finally:
            writer.close()


async def login_in_browser(
    oauth: OAuth,
    now: Callable[[], datetime],
    random: bytes,
    show: Callable[[str], None],
    seconds: float = 300.0,
) -> Tokens:
    """The whole flow. `show` is given the address to open; `random`: 48 bytes of a safe source."""
    state, verifier = random[:16].hex(), verifier_of(random[16:48])
    async with Loopback() as back:
        show(oauth.consent_url(back.redirect, state, verifier))
        code = code_from(await back.query(seconds), state)
        return await oauth.exchange(code, verifier, back.redirect, now())
