"""castmate connectors login twitch: by a code that is typed on any device, or in this machine's browser."""

import asyncio
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from connectors.account import Account
from connectors.login import Operator
from connectors.outside import Outside
from connectors.twitch.endpoints import endpoints_of
from connectors.twitch.helix import Helix
from connectors.twitch.oauth import OAuth
from products.errors import SetupError

PORT = "17484"  # Twitch wants the redirect URL registered beforehand, port and all
WAIT_S = 300.0
LONGEST_LINE = 8192
_PAGE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
    b"Referrer-Policy: no-referrer\r\n\r\n"
    b"<!doctype html><title>Castmate</title><p>You may close this page and go back to Castmate."
)
_NOTHING = b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


async def log_in(account: Account, outside: Outside, operator: Operator) -> None:
    """Gets tokens and finds out whose they are. Raises SetupError or RemoteError in plain words."""
    async with outside.client() as client:
        where = endpoints_of(account)
        oauth = OAuth(account, outside, where, client)
        if account.text("flow") == "browser":
            await _in_browser(oauth, operator)
        else:
            await _on_any_device(oauth, operator)
        user = await Helix(oauth, outside, where, client).me()
        account.keep(user_id=user.id, login=user.login)
        operator.tell(f"Twitch knows you as {user.display_name or user.login}.")


async def _on_any_device(oauth: OAuth, operator: Operator) -> None:
    code = await oauth.device_code()
    operator.tell(f"Open this page, log in as the channel, and agree. The code is {code.user_code}.")
    operator.show_page(code.verification_uri)
    await oauth.wait_for_device(code)


async def _in_browser(oauth: OAuth, operator: Operator) -> None:
    oauth.account.secret("client_secret")  # this flow needs one: told before a browser opens
    port, state = oauth.account.text("redirect_port", PORT), secrets.token_urlsafe(24)
    redirect = f"http://localhost:{port}"
    back: asyncio.Future[Mapping[str, str]] = asyncio.get_running_loop().create_future()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _one_request(reader, writer, back)

    try:
        server = await asyncio.start_server(answer, "127.0.0.1", int(port), limit=LONGEST_LINE)
    except (OSError, ValueError, OverflowError):
        raise SetupError(
            f"Port {port} is taken, and Twitch sends the browser back there.", remedy="Use the device code."
        ) from None
    async with server:
        operator.tell(f"Agree in the browser. The redirect URL of the application must be {redirect}.")
        operator.show_page(oauth.consent_url(redirect, state))
        try:
            query = await asyncio.wait_for(back, WAIT_S)
        except TimeoutError:
            raise SetupError("No browser came back from the login.", remedy="Use the device code.") from None
    await oauth.exchange(query, redirect, state)


async def _one_request(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, back: "asyncio.Future[Mapping[str, str]]"
) -> None:
    try:
        line = (await asyncio.wait_for(reader.readline(), 10)).decode("ascii", "replace").split()
        target = line[1] if len(line) > 1 and line[0] == "GET" else ""
        query = dict(parse_qsl(urlsplit(target).query))
        wanted = bool(query.keys() & {"code", "error"})  # browsers ask for /favicon.ico too
        writer.write(_PAGE if wanted else _NOTHING)
        await writer.drain()
        if wanted and not back.done():
            back.set_result(query)
    except (TimeoutError, OSError, ValueError):
        return  # not our browser: the login goes on waiting
    finally:
        writer.close()
