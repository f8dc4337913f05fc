"""The web pages for as long as a command runs, and errors that reach the command line one at a time."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from bot.console.server import serve
from bot.console.settings import ConsoleSettings

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}


@asynccontextmanager
async def pages(
    settings: ConsoleSettings,
    host: str,
    port: int,
    app: FastAPI | None = None,
    *,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[tuple[str, asyncio.TaskGroup]]:
    """Serves the pages while the block runs; gives their address ("http://127.0.0.1:8484") and a group for
    tasks that end with the block.

    Raises what went wrong by itself, not in a group: SetupError when the port is taken.
    """
    stop, on, addresses = asyncio.Event(), asyncio.Event(), list[str]()

    def ready(base: str) -> None:
        addresses.append(base)
        on.set()

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(serve(settings, host, port, stop=stop, ready=ready, app=app, tls=tls))
            await on.wait()
            try:
                yield addresses[0], group
            finally:
                stop.set()
    except BaseExceptionGroup as errors:
        raise _first(errors) from errors


def link_address(base: str, host: str) -> str:
    """Where shows on this machine find the console: ws(s)://HOST:PORT/link."""
    own = base.replace(f"//{host}:", f"//{WILDCARDS[host]}:") if host in WILDCARDS else base
    own = own.replace(f"//[{host}]:", f"//{WILDCARDS[host]}:") if host in WILDCARDS else own
    return own.replace("http", "ws", 1) + "/link"


def _first(errors: BaseExceptionGroup) -> BaseException:
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
